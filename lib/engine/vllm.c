/*
 * vLLM: its flags, what its pods look like, and its arguments for speculation. The
 * image's entry point is `vllm serve`, so the arguments start with the model.
 */
#include "engine/flag_words.h"
#include "engine/rules.h"

static const rctl_flag flags[] = {
#include "engine/flags_vllm.def"
};

/* What a method needs besides the number of tokens. */
static const struct method {
    const char *name;
    enum { NO_DRAFT, MAY_DRAFT, NEEDS_DRAFT } draft;
    bool lookup;
} method_facts[] = {
    {"draft_model", NEEDS_DRAFT, false}, {"eagle", NEEDS_DRAFT, false},
    {"eagle3", NEEDS_DRAFT, false},      {"mtp", MAY_DRAFT, false},
    {"ngram", NO_DRAFT, true},           {"ngram_gpu", NO_DRAFT, true},
    {"medusa", NEEDS_DRAFT, false},      {"mlp_speculator", NEEDS_DRAFT, false},
    {"suffix", NO_DRAFT, false},         {"dflash", NEEDS_DRAFT, false},
    {"dspark", MAY_DRAFT, false},
};

static void check_speculation(const rctl_speculation *speculation, const struct method *method,
                              rctl_engine_out *out)
{
    if (method->draft == NEEDS_DRAFT && !speculation->draft_model)
        engine_fault(out, DIAG_ENGINE_DRAFT_MISSING, NULL, "name the draft model",
                     "speculation '%s' needs a draft model", method->name);
    if (method->draft == NO_DRAFT &&
        (speculation->draft_model || speculation->draft_tensor_parallel > 0))
        engine_fault(out, DIAG_ENGINE_DRAFT_UNUSED, NULL,
                     "remove the draft model, or choose a method that uses it",
                     "speculation '%s' uses no draft model", method->name);
    if (!method->lookup && (speculation->lookup_min > 0 || speculation->lookup_max > 0))
        engine_fault(out, DIAG_ENGINE_LOOKUP_UNUSED, NULL,
                     "remove the look-up window, or use the method ngram",
                     "speculation '%s' looks nothing up in the prompt", method->name);
}

static void add_number(struct base_buf *json, const char *key, int64_t value)
{
    if (value > 0)
        base_buf_format(json, ",\"%s\":%lld", key, (long long)value);
}

static void speculate(const rctl_engine_job *job, rctl_engine_out *out)
{
    const rctl_speculation *speculation = job->speculation;
    const struct method *method = NULL;
    struct base_buf json;

    for (size_t i = 0; speculation && i < BASE_COUNT(method_facts); i++)
        if (strcmp(method_facts[i].name, speculation->method) == 0)
            method = &method_facts[i];
    if (!method)
        return;
    check_speculation(speculation, method, out);
    /* Prefill makes one token; only a draft whose state travels along is of use there. */
    if (job->role == RCTL_ROLE_PREFILL && method->draft == NO_DRAFT)
        return;
    base_buf_init(&json, engine_out_arena(out), NULL);
    base_buf_format(&json, "{\"method\":\"%s\"", method->name);
    if (speculation->draft_model && method->draft != NO_DRAFT) {
        base_buf_puts(&json, ",\"model\":");
        base_buf_json(&json, speculation->draft_model, strlen(speculation->draft_model));
    }
    base_buf_format(&json, ",\"num_speculative_tokens\":%lld", (long long)speculation->num_tokens);
    add_number(&json, "draft_tensor_parallel_size", speculation->draft_tensor_parallel);
    add_number(&json, "prompt_lookup_min", speculation->lookup_min);
    add_number(&json, "prompt_lookup_max", speculation->lookup_max);
    base_buf_putc(&json, '}');
    engine_out_arg(out, "speculative-config", json.data, "speculation that is referenced");
}

int engine_vllm_arguments(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                          rctl_engine_out *out)
{
    (void)ctx;
    engine_out_label(out, "llm-d.ai/engine-type", "vllm");
    if (job->role != RCTL_ROLE_SERVE)
        engine_out_label(out, "llm-d.ai/role",
                         job->role == RCTL_ROLE_PREFILL ? "prefill" : "decode");
    engine_vllm_kv(job, config, out);
    speculate(job, out);
    return RCTL_OK;
}

static const char *const required[] = {"tensor-parallel-size", "max-num-batched-tokens",
                                       "max-num-seqs", NULL};
static const char *const connectors[] = {"nixl", "mooncake", "lmcache", NULL};
static const char *const methods[] = {"draft_model", "eagle",          "eagle3", "mtp",
                                      "ngram",       "ngram_gpu",      "medusa", "mlp_speculator",
                                      "suffix",      "dflash",         "dspark", NULL};

/* Neutral keys are vLLM's own words, so it needs no table of them. */
const rctl_engine engine_vllm = {
    .size = sizeof(rctl_engine),
    .name = "vllm",
    .title = "vLLM",
    .version = "0.28.0",
    .image = "vllm/vllm-openai:v0.24.0",
    .model_flag = NULL,
    .served_name_flag = "served-model-name",
    .host_flag = NULL,
    .port_flag = "port",
    .metrics_flag = NULL,
    .tensor_parallel_flag = "tensor-parallel-size",
    .pipeline_parallel_flag = "pipeline-parallel-size",
    .data_parallel_flag = "data-parallel-size",
    .health_path = "/health",
    .ready_path = "/health",
    .probe_timeout_seconds = 5,
    .startup_seconds = 3600,
    .run_as_user = 2000,
    .cache_dir = "/home/vllm/.cache/huggingface",
    .home_dir = "/home/vllm",
    .required = required,
    .connectors = connectors,
    .methods = methods,
    .flags = flags,
    .n_flags = BASE_COUNT(flags),
    .check = engine_vllm_rules,
    .arguments = engine_vllm_arguments,
    .underscores = true,
};
