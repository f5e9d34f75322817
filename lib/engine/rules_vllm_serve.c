/*
 * vLLM's rules on caches, adapters, offloading and the front end. A pod has a KV
 * connector when it is one half of a P/D pair or keeps its cache elsewhere.
 */
#include "engine/rules.h"

static bool has_cache_tier(const struct rule_view *view)
{
    const rctl_kv_cache *cache = view->job->cache;

    return cache && (cache->cpu_bytes > 0 || cache->disk_bytes > 0 || cache->server_host);
}

static bool has_connector(const struct rule_view *view)
{
    return view->job->role != RCTL_ROLE_SERVE || has_cache_tier(view) ||
           rule_get(view, "kv-offloading-size");
}

static const char *connector_excludes(const struct rule_view *view)
{
    return has_connector(view) && rule_on(view, "use-replayssm")
               ? "does not work with a KV connector, which this pod has"
               : NULL;
}

static const char *connector_experts(const struct rule_view *view)
{
    return has_connector(view) && rule_on(view, "enable-return-routed-experts")
               ? "does not work with a KV connector, which this pod has"
               : NULL;
}

static const char *offload_twice(const struct rule_view *view)
{
    if (!rule_get(view, "kv-offloading-size"))
        return NULL;
    if (view->job->role != RCTL_ROLE_SERVE)
        return "would take the place of the connector between prefill and decode";
    return has_cache_tier(view) ? "would take the place of the cache that is referenced" : NULL;
}

static bool event_setting(const struct rule_view *view, const char *key,
                          const struct text_node **ret_node)
{
    *ret_node = engine_config_json(view->config, "kv-events-config", key);
    return *ret_node != NULL;
}

static bool has_events(const struct rule_view *view)
{
    const struct text_node *node;

    return event_setting(view, "enable_kv_cache_events", &node) && node->type == TEXT_BOOL &&
           text_bool(node);
}

static const char *events_without_cache(const struct rule_view *view)
{
    return has_events(view) && rule_off(view, "enable-prefix-caching")
               ? "announces cache events while prefix caching is off"
               : NULL;
}

static const char *events_off(const struct rule_view *view)
{
    const struct text_node *node;

    return event_setting(view, "publisher", &node) && node->type == TEXT_STR &&
                   strcmp(node->u.str, "null") != 0 && !has_events(view)
               ? "names a publisher while events are off"
               : NULL;
}

static const char *lora_cpu(const struct rule_view *view)
{
    int64_t cpu = rule_int(view, "max-cpu-loras", INT64_MAX), gpu = rule_int(view, "max-loras", 1);

    if (cpu >= gpu)
        return NULL;
    return base_arena_format(view->arena, "%lld is below max-loras %lld", (long long)cpu,
                             (long long)gpu);
}

static const char *offload_group(const struct rule_view *view)
{
    int64_t size = rule_int(view, "offload-group-size", 0);
    int64_t count = rule_int(view, "offload-num-in-group", 1);

    if (size <= 0 || count <= size)
        return NULL;
    return base_arena_format(view->arena, "%lld is above offload-group-size %lld",
                             (long long)count, (long long)size);
}

static const char *offload_step(const struct rule_view *view)
{
    return rule_int(view, "offload-group-size", 0) > 0 &&
                   rule_int(view, "offload-prefetch-step", 1) < 1
               ? "must be at least 1 when layers are offloaded"
               : NULL;
}

static const char *offload_both(const struct rule_view *view)
{
    const char *gigabytes = rule_get(view, "cpu-offload-gb");
    double value;

    return gigabytes && base_num_double(gigabytes, &value) && value > 0 &&
                   rule_int(view, "offload-group-size", 0) > 0
               ? "two ways of offloading weights are asked for"
               : NULL;
}

/* A flag, and the key of a JSON flag that says the same. */
static const char *given_twice(const struct rule_view *view, const char *flag, const char *json,
                               const char *key)
{
    if (!rule_get(view, flag) || !engine_config_has_part(view->config, json, key))
        return NULL;
    return base_arena_format(view->arena, "is given here and as '%s' of %s", key, json);
}

static const char *backend_twice(const struct rule_view *view)
{
    return given_twice(view, "attention-backend", "attention-config", "backend");
}

static const char *sizes_twice(const struct rule_view *view)
{
    return given_twice(view, "cudagraph-capture-sizes", "compilation-config",
                       "cudagraph_capture_sizes");
}

static const char *max_size_twice(const struct rule_view *view)
{
    return given_twice(view, "max-cudagraph-capture-size", "compilation-config",
                       "max_cudagraph_capture_size");
}

static const char *autotune_twice(const struct rule_view *view)
{
    return given_twice(view, "enable-flashinfer-autotune", "kernel-config",
                       "enable_flashinfer_autotune");
}

static const char *capture_size(const struct rule_view *view)
{
    const struct engine_setting *sizes =
        engine_config_find(view->config, "cudagraph-capture-sizes");
    int64_t given = rule_int(view, "max-cudagraph-capture-size", 0), largest = 0, size;

    if (!sizes || given <= 0)
        return NULL;
    for (size_t i = 0; i < sizes->value.n_items; i++)
        if (base_num_int(sizes->value.items[i], &size) && size > largest)
            largest = size;
    if (largest == given)
        return NULL;
    return base_arena_format(view->arena,
                             "%lld is not the largest of cudagraph-capture-sizes, %lld",
                             (long long)given, (long long)largest);
}

static const char *quantization_old(const struct rule_view *view)
{
    bool old = rule_is(view, "quantization", "fbgemm_fp8") ||
               rule_is(view, "quantization", "fp_quant");

    return old && !rule_on(view, "allow-deprecated-quantization")
               ? "is deprecated and refused without allow-deprecated-quantization"
               : NULL;
}

static const char *mamba_block(const struct rule_view *view)
{
    return rule_get(view, "mamba-block-size") && rule_off(view, "enable-prefix-caching")
               ? "needs prefix caching, which is off"
               : NULL;
}

static const char *tool_parser(const struct rule_view *view)
{
    return rule_on(view, "enable-auto-tool-choice") && !rule_get(view, "tool-call-parser")
               ? "needs tool-call-parser"
               : NULL;
}

static const char *log_outputs(const struct rule_view *view)
{
    return rule_on(view, "enable-log-outputs") && !rule_on(view, "enable-log-requests")
               ? "needs enable-log-requests"
               : NULL;
}

static const char *metrics_off(const struct rule_view *view)
{
    return rule_on(view, "enable-per-request-metrics") && rule_on(view, "disable-log-stats")
               ? "does not work with disable-log-stats"
               : NULL;
}

static const char *speculation_metrics(const struct rule_view *view)
{
    const char *level = rule_get(view, "per-request-spec-decode-metrics");

    return level && strcmp(level, "none") != 0 && !view->job->speculation
               ? "measures speculation, and none is asked for"
               : NULL;
}

static const struct rule rules[] = {
    {DIAG_ENGINE_CONNECTOR_EXCLUDES, "use-replayssm", connector_excludes, "remove the key"},
    {DIAG_ENGINE_CONNECTOR_EXCLUDES, "enable-return-routed-experts", connector_experts,
     "remove the key"},
    {DIAG_ENGINE_OFFLOAD_TWICE, "kv-offloading-size", offload_twice,
     "remove the key; an InferenceCache with a cpu tier combines the two"},
    {DIAG_ENGINE_EVENTS_WITHOUT_CACHE, "kv-events-config", events_without_cache,
     "leave prefix caching on, or turn the events off"},
    {DIAG_ENGINE_EVENTS_OFF, "kv-events-config", events_off, "set enable_kv_cache_events to true"},
    {DIAG_ENGINE_LORA_CPU, "max-cpu-loras", lora_cpu, "raise max-cpu-loras, or lower max-loras"},
    {DIAG_ENGINE_OFFLOAD_GROUP, "offload-num-in-group", offload_group,
     "lower it, or raise offload-group-size"},
    {DIAG_ENGINE_OFFLOAD_STEP, "offload-prefetch-step", offload_step, "use 1 or more"},
    {DIAG_ENGINE_OFFLOAD_BOTH, "cpu-offload-gb", offload_both, "keep one of the two"},
    {DIAG_ENGINE_FLAG_AND_JSON, "attention-backend", backend_twice, "keep one of the two"},
    {DIAG_ENGINE_FLAG_AND_JSON, "cudagraph-capture-sizes", sizes_twice, "keep one of the two"},
    {DIAG_ENGINE_FLAG_AND_JSON, "max-cudagraph-capture-size", max_size_twice,
     "keep one of the two"},
    {DIAG_ENGINE_FLAG_AND_JSON, "enable-flashinfer-autotune", autotune_twice,
     "keep one of the two"},
    {DIAG_ENGINE_CAPTURE_SIZE, "max-cudagraph-capture-size", capture_size,
     "use the largest size, or remove one of the two"},
    {DIAG_ENGINE_QUANTIZATION_OLD, "quantization", quantization_old,
     "choose another method, or add allow-deprecated-quantization"},
    {DIAG_ENGINE_MAMBA_BLOCK, "mamba-block-size", mamba_block,
     "remove the key, or leave prefix caching on"},
    {DIAG_ENGINE_TOOL_PARSER, "enable-auto-tool-choice", tool_parser, "add tool-call-parser"},
    {DIAG_ENGINE_LOG_OUTPUTS, "enable-log-outputs", log_outputs, "add enable-log-requests"},
    {DIAG_ENGINE_METRICS_OFF, "enable-per-request-metrics", metrics_off, "remove one of the two"},
    {DIAG_ENGINE_SPECULATION_METRICS, "per-request-spec-decode-metrics", speculation_metrics,
     "remove the key, or reference a SpeculativeDecoding"},
};
const struct rule_list engine_rules_vllm_serve = {rules, BASE_COUNT(rules)};
