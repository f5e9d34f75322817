/*
 * SGLang: its flags, the neutral keys that are other words there, what its pods look
 * like, and its arguments for roles, speculation and cache tiers. The image has no
 * entry point, so the command is ours.
 */
#include "engine/flag_words.h"
#include "engine/rules.h"

enum { BOOTSTRAP_PORT = 8998, DEFAULT_RUNNING = 48 };

static const rctl_flag flags[] = {
#include "engine/flags_sglang.def"
};

/*
 * The chunk is the real budget of a prefill step and is shared out over the ranks of
 * DP attention; the cap of a prefill batch must not undercut it.
 */
static const rctl_engine_neutral neutral[] = {
    {"block-size", "page-size", NULL, NULL, false, NULL},
    {"enable-prefix-caching", "disable-radix-cache", "false", "true", false, NULL},
    {"enable-prefix-caching", "disable-radix-cache", "true", "false", false, NULL},
    {"enforce-eager", "cuda-graph-backend-decode", "true", "disabled", false, NULL},
    {"enforce-eager", "cuda-graph-backend-prefill", "true", "disabled", false, NULL},
    {"enforce-eager", "disable-decode-cuda-graph", "false", "false", false, NULL},
    {"gpu-memory-utilization", "mem-fraction-static", NULL, NULL, false,
     "it counts weights and KV cache only, so the same number leaves less room beside them"},
    {"max-model-len", "context-length", NULL, NULL, false, NULL},
    {"max-num-batched-tokens", "chunked-prefill-size", NULL, NULL, true, NULL},
    {"max-num-batched-tokens", "max-prefill-tokens", NULL, NULL, false, NULL},
    {"max-num-seqs", "max-running-requests", NULL, NULL, true, NULL},
};

static const struct method {
    const char *name, *algorithm;
    enum { NO_DRAFT, MAY_DRAFT, NEEDS_DRAFT } draft;
    bool steps; /* takes a number of steps and a width besides the tokens to verify */
} method_facts[] = {
    {"draft_model", "STANDALONE", NEEDS_DRAFT, true},
    {"eagle", "EAGLE", NEEDS_DRAFT, true},
    {"eagle3", "EAGLE3", NEEDS_DRAFT, true},
    {"mtp", "NEXTN", MAY_DRAFT, true},
    {"ngram", "NGRAM", NO_DRAFT, false},
    {"dflash", "DFLASH", NEEDS_DRAFT, false},
    {"dspark", "DSPARK", MAY_DRAFT, false},
};

static void check_speculation(const rctl_speculation *speculation, const struct method *method,
                              const rctl_engine_config *config, rctl_engine_out *out)
{
    int64_t tp = engine_config_int(config, "tp-size", 1);

    if (method->draft == NEEDS_DRAFT && !speculation->draft_model)
        engine_fault(out, DIAG_ENGINE_DRAFT_MISSING, NULL, "name the draft model",
                     "speculation '%s' needs a draft model", method->name);
    if (method->draft == NO_DRAFT && speculation->draft_model)
        engine_fault(out, DIAG_ENGINE_DRAFT_UNUSED, NULL,
                     "remove the draft model, or choose a method that uses it",
                     "speculation '%s' uses no draft model", method->name);
    if (speculation->draft_tensor_parallel > 0 && speculation->draft_tensor_parallel != tp)
        engine_fault(out, DIAG_ENGINE_DRAFT_TENSOR_PARALLEL, NULL,
                     "remove draftTensorParallelSize, or set it to the target's size",
                     "SGLang runs the draft at the target's tensor parallel size %lld",
                     (long long)tp);
    if (speculation->lookup_min > 0 || speculation->lookup_max > 0)
        engine_fault(out, DIAG_ENGINE_LOOKUP_UNUSED, NULL, "remove the look-up window",
                     "SGLang has no bounds for a look-up in the prompt");
}

static const char *number(rctl_engine_out *out, int64_t value)
{
    return base_arena_format(engine_out_arena(out), "%lld", (long long)value);
}

static void speculate(const rctl_engine_job *job, const rctl_engine_config *config,
                      rctl_engine_out *out)
{
    const rctl_speculation *speculation = job->speculation;
    const struct method *method = NULL;
    const char *why = "speculation that is referenced";

    for (size_t i = 0; speculation && i < BASE_COUNT(method_facts); i++)
        if (strcmp(method_facts[i].name, speculation->method) == 0)
            method = &method_facts[i];
    if (!method)
        return;
    check_speculation(speculation, method, config, out);
    /* Prefill makes one token; only a draft whose state travels along is of use there. */
    if (job->role == RCTL_ROLE_PREFILL && method->draft == NO_DRAFT)
        return;
    engine_out_arg(out, "speculative-algorithm", method->algorithm, why);
    if (speculation->draft_model && method->draft != NO_DRAFT)
        engine_out_arg(out, "speculative-draft-model-path", speculation->draft_model, why);
    if (method->steps) {
        engine_out_arg(out, "speculative-num-steps", number(out, speculation->num_tokens), why);
        engine_out_arg(out, "speculative-eagle-topk", "1", "a chain of drafted tokens, no tree");
    }
    /* The token that was verified last counts as one of them. */
    engine_out_arg(out, "speculative-num-draft-tokens",
                   number(out, speculation->num_tokens < INT64_MAX ? speculation->num_tokens + 1
                                                                   : INT64_MAX),
                   why);
    /* Left out, the engine would lower it to this without a word. */
    if (!engine_config_get(config, "max-running-requests"))
        engine_out_arg(out, "max-running-requests", number(out, DEFAULT_RUNNING),
                       "what SGLang takes with speculation");
}

static void take_role(const rctl_engine_job *job, rctl_engine_out *out)
{
    bool prefill = job->role == RCTL_ROLE_PREFILL;
    const char *word = prefill ? "prefill" : "decode", *why = "this half of the P/D pair";
    const char *port = number(out, BOOTSTRAP_PORT);

    if (job->role == RCTL_ROLE_SERVE)
        return;
    engine_out_label(out, "llm-d.ai/role", word);
    engine_out_arg(out, "disaggregation-mode", word, why);
    engine_out_arg(out, "disaggregation-transfer-backend",
                   job->connector ? job->connector : "nixl", why);
    engine_out_arg(out, "disaggregation-bootstrap-port", port,
                   prefill ? "decode finds prefill through this port" : "the port of prefill");
    if (!prefill)
        return;
    engine_out_port(out, "bootstrap", BOOTSTRAP_PORT);
    engine_out_annotation(out, "sglang.ai/bootstrap-port", port);
}

/* The host pool is given for each rank, in whole gigabytes (10^9). */
static void keep_on_cpu(const rctl_kv_cache *cache, const rctl_engine_config *config,
                        rctl_engine_out *out)
{
    int64_t tp = engine_config_int(config, "tp-size", 1);
    int64_t pp = engine_config_int(config, "pp-size", 1);
    int64_t ranks = tp > 4096 || pp > 4096 ? 1 : tp * pp;
    int64_t each = cache->cpu_bytes / ranks / 1000000000;

    if (each < 1) {
        engine_fault(out, DIAG_ENGINE_TIER, NULL, "give at least 1G for each rank",
                     "the cpu tier is below the gigabyte that each of %lld ranks needs",
                     (long long)ranks);
        return;
    }
    engine_out_arg(out, "enable-hierarchical-cache", NULL, "cpu tier of the cache");
    engine_out_arg(out, "hicache-size", number(out, each), "cpu tier of the cache, for each rank");
    engine_out_host_memory(out, cache->cpu_bytes);
}

static void keep_on_disk(const rctl_kv_cache *cache, rctl_engine_out *out)
{
    if (cache->cpu_bytes <= 0) {
        engine_fault(out, DIAG_ENGINE_TIER, NULL, "add a cpu tier",
                     "SGLang reaches the disk tier only through a cpu tier");
        return;
    }
    engine_out_arg(out, "hicache-storage-backend", "file", "disk tier of the cache");
    engine_out_env(out, "SGLANG_HICACHE_FILE_BACKEND_STORAGE_DIR", cache->disk_path,
                   "disk tier of the cache");
    engine_out_scratch(out, "kv-cache", cache->disk_path, cache->disk_bytes);
    engine_fault(out, DIAG_ENGINE_DISK_UNBOUNDED, NULL, "make the disk tier as large as you can",
                 "SGLang does not keep to the size of the disk tier: a pod that outgrows it is "
                 "evicted");
}

static void keep_cache(const rctl_engine_job *job, const rctl_engine_config *config,
                       rctl_engine_out *out)
{
    const rctl_kv_cache *cache = job->cache;

    if (!cache)
        return;
    if (cache->server_host)
        engine_fault(out, DIAG_ENGINE_TIER, NULL, "use cpu and disk tiers, or vLLM",
                     "SGLang reads the place of an LMCache server only from a file in the pod");
    if (cache->cpu_bytes <= 0 && cache->disk_bytes <= 0)
        return;
    if (job->role == RCTL_ROLE_DECODE) {
        engine_fault(out, DIAG_ENGINE_TIER_PREFILL, NULL, NULL,
                     "the tiers serve the prefill half; SGLang's decode half keeps no prefixes");
        return;
    }
    if (cache->cpu_bytes > 0)
        keep_on_cpu(cache, config, out);
    if (cache->disk_bytes > 0)
        keep_on_disk(cache, out);
}

int engine_sglang_arguments(void *ctx, const rctl_engine_job *job,
                            const rctl_engine_config *config, rctl_engine_out *out)
{
    (void)ctx;
    engine_out_label(out, "llm-d.ai/engine-type", "sglang");
    /* Else /health runs a model step, and a busy engine would be killed as dead. */
    engine_out_env(out, "SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION", "false",
                   "liveness must not wait for a generation");
    take_role(job, out);
    speculate(job, config, out);
    keep_cache(job, config, out);
    return RCTL_OK;
}

static const char *const command[] = {"python3", "-m", "sglang.launch_server", NULL};
static const char *const required[] = {"max-num-batched-tokens", "max-num-seqs", NULL};
static const char *const connectors[] = {"nixl", "mooncake", NULL};
static const char *const methods[] = {"draft_model", "eagle",  "eagle3", "mtp",
                                      "ngram",       "dflash", "dspark", NULL};

const rctl_engine engine_sglang = {
    .size = sizeof(rctl_engine),
    .name = "sglang",
    .title = "SGLang",
    .version = "0.5.18",
    .image = "lmsysorg/sglang:v0.5.18",
    .command = command,
    .model_flag = "model-path",
    .served_name_flag = "served-model-name",
    .host_flag = "host",
    .port_flag = "port",
    .metrics_flag = "enable-metrics",
    .tensor_parallel_flag = "tp-size",
    .pipeline_parallel_flag = "pp-size",
    .data_parallel_flag = "dp-size",
    .health_path = "/health",
    .ready_path = "/health_generate",
    .probe_timeout_seconds = 30,
    .startup_seconds = 3600,
    .run_as_user = 0,
    .cache_dir = "/root/.cache/huggingface",
    .home_dir = "/root",
    .required = required,
    .connectors = connectors,
    .methods = methods,
    .flags = flags,
    .n_flags = BASE_COUNT(flags),
    .neutral = neutral,
    .n_neutral = BASE_COUNT(neutral),
    .check = engine_sglang_rules,
    .arguments = engine_sglang_arguments,
    .dp_attention_flag = "enable-dp-attention",
};
