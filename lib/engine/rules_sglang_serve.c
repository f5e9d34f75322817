/*
 * SGLang's rules on roles, caches, speculation, adapters and the front end. Some of
 * them end the process at start, some silently switch a feature off; both are told.
 */
#include "engine/rules.h"

static bool is_decode(const struct rule_view *view)
{
    return view->job->role == RCTL_ROLE_DECODE;
}

static bool has_dp_attention(const struct rule_view *view)
{
    return rule_on(view, "enable-dp-attention") && rule_int(view, "dp-size", 1) > 1;
}

static bool has_hicache(const struct rule_view *view)
{
    return rule_on(view, "enable-hierarchical-cache") ||
           (view->job->cache && view->job->cache->cpu_bytes > 0 && !is_decode(view));
}

static bool has_storage(const struct rule_view *view)
{
    return rule_get(view, "hicache-storage-backend") ||
           (view->job->cache && view->job->cache->disk_bytes > 0);
}

static const char *served_name(const struct rule_view *view)
{
    return view->job->served_name && strchr(view->job->served_name, ':')
               ? "the name that clients ask for holds ':', which stands for an adapter"
               : NULL;
}

static const char *priority_policy(const struct rule_view *view)
{
    const char *policy = rule_get(view, "schedule-policy");

    if (!rule_on(view, "enable-priority-scheduling") || !policy || strcmp(policy, "fcfs") == 0 ||
        strcmp(policy, "lof") == 0)
        return NULL;
    return base_arena_format(view->arena, "'%s' does not go with priority scheduling", policy);
}

static const char *retraction_policy(const struct rule_view *view)
{
    return rule_is(view, "retraction-policy", "priority") &&
                   !rule_on(view, "enable-priority-scheduling")
               ? "'priority' needs enable-priority-scheduling"
               : NULL;
}

static const char *lora_shape(const struct rule_view *view)
{
    return rule_on(view, "enable-lora") && !rule_get(view, "lora-paths") &&
                   (!rule_get(view, "max-lora-rank") || !rule_get(view, "lora-target-modules"))
               ? "needs lora-paths, or both max-lora-rank and lora-target-modules"
               : NULL;
}

static const char *lora_loaded(const struct rule_view *view)
{
    int64_t loaded = rule_int(view, "max-loaded-loras", INT64_MAX);
    int64_t batch = rule_int(view, "max-loras-per-batch", 8);

    if (loaded >= batch)
        return NULL;
    return base_arena_format(view->arena, "%lld is below max-loras-per-batch %lld",
                             (long long)loaded, (long long)batch);
}

static const char *lora_speculation(const struct rule_view *view)
{
    return (rule_on(view, "enable-lora") || rule_get(view, "lora-paths")) &&
                   view->job->speculation && strcmp(rule_method(view), "ngram") != 0
               ? "adapters work only with speculation 'ngram'"
               : NULL;
}

static const char *ssl_pair(const struct rule_view *view)
{
    return !rule_get(view, "ssl-keyfile") != !rule_get(view, "ssl-certfile")
               ? "ssl-keyfile and ssl-certfile need each other"
               : NULL;
}

static const char *grpc_port(const struct rule_view *view)
{
    return rule_int(view, "grpc-port", 0) == view->job->port && view->job->port != 0
               ? "is the HTTP port as well"
               : NULL;
}

static const char *grpc_excludes(const struct rule_view *view)
{
    if (!rule_get(view, "grpc-port"))
        return NULL;
    if (rule_get(view, "api-key") || rule_get(view, "admin-api-key"))
        return "does not work with API keys";
    return rule_int(view, "tokenizer-worker-num", 1) > 1 ? "needs a single tokenizer worker" : NULL;
}

static const char *graph_padding(const struct rule_view *view)
{
    return rule_on(view, "disable-cuda-graph-padding") && rule_on(view, "enable-torch-compile")
               ? "does not work with enable-torch-compile"
               : NULL;
}

static const char *mixed_chunk(const struct rule_view *view)
{
    return rule_on(view, "enable-mixed-chunk") && view->job->speculation
               ? "is switched off by speculation"
               : NULL;
}

static const char *role_excludes(const struct rule_view *view)
{
    if (view->job->role == RCTL_ROLE_SERVE)
        return NULL;
    if (rule_on(view, "encoder-only"))
        return "encoder-only does not go with prefill or decode";
    return rule_on(view, "language-model-only")
               ? "language-model-only does not go with prefill or decode"
               : NULL;
}

static const char *queue_ignored(const struct rule_view *view)
{
    return view->job->role != RCTL_ROLE_SERVE && rule_get(view, "max-queued-requests")
               ? "does nothing in one half of a P/D pair"
               : NULL;
}

static const char *decode_radix(const struct rule_view *view)
{
    if (!rule_on(view, "disaggregation-decode-enable-radix-cache"))
        return NULL;
    if (!is_decode(view))
        return "works only in the decode half";
    if (view->job->speculation)
        return "excludes speculation";
    return rule_on(view, "enable-hisparse") ? "excludes enable-hisparse" : NULL;
}

static const char *decode_offload(const struct rule_view *view)
{
    if (!rule_on(view, "disaggregation-decode-enable-offload-kvcache"))
        return NULL;
    if (!is_decode(view))
        return "works only in the decode half";
    return rule_get(view, "hicache-storage-backend") ? NULL : "needs hicache-storage-backend";
}

static const char *retraction_backup(const struct rule_view *view)
{
    if (!rule_is(view, "disaggregation-decode-retraction-backup", "host_pool"))
        return NULL;
    if (!is_decode(view))
        return "'host_pool' works only in the decode half";
    return rule_on(view, "disaggregation-decode-enable-offload-kvcache")
               ? "'host_pool' excludes disaggregation-decode-enable-offload-kvcache"
               : NULL;
}

static const char *decode_context(const struct rule_view *view)
{
    return is_decode(view) && rule_int(view, "attn-cp-size", 1) > 1
               ? "must be 1 in the decode half"
               : NULL;
}

static const char *dcp_decode(const struct rule_view *view)
{
    if (!is_decode(view) || rule_int(view, "dcp-size", 1) <= 1)
        return NULL;
    return has_hicache(view) || rule_on(view, "disaggregation-decode-enable-radix-cache")
               ? "above 1 excludes a radix or hierarchical cache in the decode half"
               : NULL;
}

static const char *hicache_radix(const struct rule_view *view)
{
    return has_hicache(view) && rule_on(view, "disable-radix-cache")
               ? "a hierarchical cache needs the radix cache"
               : NULL;
}

static const char *cache_off(const struct rule_view *view)
{
    return view->job->cache && !has_hicache(view) && rule_on(view, "disable-radix-cache")
               ? "turns off the cache that is referenced"
               : NULL;
}

static const char *hicache_unified(const struct rule_view *view)
{
    return has_hicache(view) && rule_on(view, "enable-unified-memory")
               ? "excludes a hierarchical cache"
               : NULL;
}

static const char *hicache_dcp(const struct rule_view *view)
{
    return has_hicache(view) && has_storage(view) && rule_int(view, "dcp-size", 1) > 1
               ? "above 1 excludes a hierarchical cache with storage"
               : NULL;
}

static const char *hicache_layout(const struct rule_view *view)
{
    const char *layout = rule_get(view, "hicache-mem-layout");
    const char *io = rule_get(view, "hicache-io-backend");

    if (!has_hicache(view))
        return NULL;
    layout = layout ? layout : "page_first";
    io = io ? io : "kernel";
    if (strcmp(layout, "page_first") == 0 && strcmp(io, "direct") == 0)
        return "with 'direct' input and output, page_first becomes page_first_direct";
    if (strcmp(layout, "page_first_direct") == 0 && strcmp(io, "kernel") == 0)
        return "page_first_direct turns input and output to 'direct'";
    return strcmp(layout, "layer_first") == 0 &&
                   rule_is(view, "hicache-storage-backend", "mooncake")
               ? "with mooncake storage, layer_first becomes another layout"
               : NULL;
}

static const char *lmcache_config(const struct rule_view *view)
{
    return rule_on(view, "enable-lmcache") && !rule_get(view, "lmcache-config-file")
               ? "needs lmcache-config-file"
               : NULL;
}

static const char *lmcache_unused(const struct rule_view *view)
{
    return rule_on(view, "enable-lmcache") && has_hicache(view)
               ? "does nothing beside a hierarchical cache"
               : NULL;
}

static const char *speculation_attention(const struct rule_view *view)
{
    return view->job->speculation && rule_is(view, "attention-backend", "flex_attention")
               ? "'flex_attention' excludes speculation"
               : NULL;
}

static const char *speculation_dp(const struct rule_view *view)
{
    static const char *const unable[] = {"draft_model", "ngram", "dflash", "dspark", NULL};

    if (!has_dp_attention(view) || !base_str_in(rule_method(view), unable))
        return NULL;
    return base_arena_format(view->arena, "does not work with speculation '%s'",
                             rule_method(view));
}

static bool is_one(const char *text)
{
    double value;

    return !text || (base_num_double(text, &value) && value >= 1 && value <= 1);
}

static const char *rejection_sampling(const struct rule_view *view)
{
    const char *method = rule_method(view);

    if (!rule_on(view, "speculative-use-rejection-sampling"))
        return NULL;
    if (strcmp(method, "eagle") != 0 && strcmp(method, "eagle3") != 0)
        return "needs speculation 'eagle' or 'eagle3'";
    if (!is_one(rule_get(view, "speculative-accept-threshold-single")) ||
        !is_one(rule_get(view, "speculative-accept-threshold-acc")))
        return "needs both accept thresholds at 1.0";
    return rule_on(view, "enable-deterministic-inference")
               ? "excludes enable-deterministic-inference"
               : NULL;
}

static const char *block_size(const struct rule_view *view)
{
    int64_t size = rule_int(view, "speculative-dflash-block-size", 0);

    if (size == 0 || strcmp(rule_method(view), "dflash") != 0 ||
        size - 1 == view->job->speculation->num_tokens)
        return NULL;
    return base_arena_format(view->arena, "%lld is not one more than the %lld drafted tokens",
                             (long long)size, (long long)view->job->speculation->num_tokens);
}

static const struct rule rules[] = {
    {DIAG_ENGINE_SERVED_NAME, NULL, served_name, "choose a name without ':'"},
    {DIAG_ENGINE_PRIORITY_POLICY, "schedule-policy", priority_policy, "use fcfs or lof"},
    {DIAG_ENGINE_RETRACTION_POLICY, "retraction-policy", retraction_policy,
     "add enable-priority-scheduling, or use length"},
    {DIAG_ENGINE_LORA_SHAPE, "enable-lora", lora_shape, "add what is missing"},
    {DIAG_ENGINE_LORA_LOADED, "max-loaded-loras", lora_loaded,
     "raise max-loaded-loras, or lower max-loras-per-batch"},
    {DIAG_ENGINE_LORA_SPECULATION, "enable-lora", lora_speculation,
     "use the method ngram, or drop the adapters"},
    {DIAG_ENGINE_SSL_PAIR, "ssl-keyfile", ssl_pair, "give both, or none"},
    {DIAG_ENGINE_GRPC_PORT, "grpc-port", grpc_port, "choose another port"},
    {DIAG_ENGINE_GRPC_EXCLUDES, "grpc-port", grpc_excludes, "remove one of the two"},
    {DIAG_ENGINE_GRAPH_PADDING, "disable-cuda-graph-padding", graph_padding,
     "remove one of the two"},
    {DIAG_ENGINE_MIXED_CHUNK, "enable-mixed-chunk", mixed_chunk, "remove the key"},
    {DIAG_ENGINE_ROLE_EXCLUDES, "encoder-only", role_excludes, "remove the key"},
    {DIAG_ENGINE_QUEUE_IGNORED, "max-queued-requests", queue_ignored, "remove the key"},
    {DIAG_ENGINE_DECODE_RADIX, "disaggregation-decode-enable-radix-cache", decode_radix,
     "remove the key"},
    {DIAG_ENGINE_DECODE_OFFLOAD, "disaggregation-decode-enable-offload-kvcache", decode_offload,
     "meet the condition, or remove the key"},
    {DIAG_ENGINE_RETRACTION_BACKUP, "disaggregation-decode-retraction-backup", retraction_backup,
     "use cpu_tensor"},
    {DIAG_ENGINE_DECODE_CONTEXT, "attn-cp-size", decode_context,
     "set it for the prefill half only"},
    {DIAG_ENGINE_DCP_DECODE, "dcp-size", dcp_decode, "use 1, or drop the cache"},
    {DIAG_ENGINE_HICACHE_RADIX, "disable-radix-cache", hicache_radix, "remove the key"},
    {DIAG_ENGINE_CACHE_OFF, "disable-radix-cache", cache_off,
     "remove the key, or the reference to the cache"},
    {DIAG_ENGINE_HICACHE_UNIFIED, "enable-unified-memory", hicache_unified, "remove the key"},
    {DIAG_ENGINE_HICACHE_DCP, "dcp-size", hicache_dcp, "use 1, or drop the storage"},
    {DIAG_ENGINE_HICACHE_LAYOUT, "hicache-mem-layout", hicache_layout,
     "write the layout that is used"},
    {DIAG_ENGINE_LMCACHE_CONFIG, "enable-lmcache", lmcache_config, "add lmcache-config-file"},
    {DIAG_ENGINE_LMCACHE_UNUSED, "enable-lmcache", lmcache_unused, "keep one of the two"},
    {DIAG_ENGINE_SPECULATION_ATTENTION, "attention-backend", speculation_attention,
     "choose another attention backend"},
    {DIAG_ENGINE_SPECULATION_DP, "enable-dp-attention", speculation_dp,
     "choose an EAGLE method, or drop DP attention"},
    {DIAG_ENGINE_REJECTION_SAMPLING, "speculative-use-rejection-sampling", rejection_sampling,
     "meet the condition, or remove the key"},
    {DIAG_ENGINE_BLOCK_SIZE, "speculative-dflash-block-size", block_size,
     "draft one token less than the block holds"},
};
const struct rule_list engine_rules_sglang_serve = {rules, BASE_COUNT(rules)};
