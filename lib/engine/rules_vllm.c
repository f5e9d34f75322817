/*
 * vLLM's rules on sizes: what one scheduler step may hold, and how speculation and
 * adapters eat into it. vLLM checks these when it starts; here they are told before.
 */
#include "engine/rules.h"

static const char *tokens_below_length(const struct rule_view *view)
{
    int64_t tokens = rule_int(view, "max-num-batched-tokens", 0);
    int64_t length = rule_int(view, "max-model-len", 0);

    /* With chunked prefill, which is on unless switched off, a long prompt takes turns. */
    if (!rule_off(view, "enable-chunked-prefill") || tokens <= 0 || tokens >= length)
        return NULL;
    return base_arena_format(view->arena,
                             "%lld is below max-model-len %lld without chunked prefill",
                             (long long)tokens, (long long)length);
}

static const char *tokens_below_seqs(const struct rule_view *view)
{
    int64_t tokens = rule_int(view, "max-num-batched-tokens", 0);
    int64_t seqs = rule_int(view, "max-num-seqs", 0);

    if (tokens <= 0 || tokens >= seqs)
        return NULL;
    return base_arena_format(view->arena, "%lld is below max-num-seqs %lld", (long long)tokens,
                             (long long)seqs);
}

static const char *tokens_above_capacity(const struct rule_view *view)
{
    int64_t tokens = rule_int(view, "max-num-batched-tokens", 0);
    int64_t seqs = rule_int(view, "max-num-seqs", 0);
    int64_t length = rule_int(view, "max-model-len", 0);

    if (tokens <= 0 || seqs <= 0 || length <= 0 || seqs > INT64_MAX / length ||
        tokens <= seqs * length)
        return NULL;
    return base_arena_format(view->arena,
                             "%lld is more than max-num-seqs x max-model-len can ever fill (%lld)",
                             (long long)tokens, (long long)(seqs * length));
}

static const char *long_prefill(const struct rule_view *view)
{
    int64_t threshold = rule_int(view, "long-prefill-token-threshold", 0);
    int64_t length = rule_int(view, "max-model-len", 0);

    if (length <= 0 || threshold <= length)
        return NULL;
    return base_arena_format(view->arena, "%lld is above max-model-len %lld",
                             (long long)threshold, (long long)length);
}

/* Token slots that drafting keeps for each request of a step. */
static int64_t draft_slots(const struct rule_view *view)
{
    const char *method = rule_method(view);
    int64_t k = view->job->speculation->num_tokens;

    if (strcmp(method, "draft_model") == 0)
        return 1;
    if (strcmp(method, "dflash") == 0)
        return k;
    return strcmp(method, "dspark") == 0 ? k - 1 : 0;
}

static const char *draft_slots_left(const struct rule_view *view)
{
    int64_t tokens = rule_int(view, "max-num-batched-tokens", 0);
    int64_t seqs = rule_int(view, "max-num-seqs", 0);
    int64_t slots;

    if (!view->job->speculation || tokens <= 0 || seqs <= 0)
        return NULL;
    slots = draft_slots(view);
    if (slots <= 0 || tokens / slots > seqs || (tokens / slots == seqs && tokens % slots))
        return NULL;
    return base_arena_format(view->arena,
                             "%lld leaves no room beside %lld draft slots for each of %lld "
                             "requests",
                             (long long)tokens, (long long)slots, (long long)seqs);
}

static const char *speculation_budget(const struct rule_view *view)
{
    int64_t tokens = rule_int(view, "max-num-batched-tokens", 0);

    if (!view->job->speculation || tokens <= 0 || tokens >= 8192)
        return NULL;
    return base_arena_format(view->arena, "%lld tokens a step is little for speculation",
                             (long long)tokens);
}

static const char *lora_tokens(const struct rule_view *view)
{
    int64_t tokens = rule_int(view, "max-num-batched-tokens", 0);
    int64_t seqs = rule_int(view, "max-num-seqs", 0);
    int64_t k;

    if (!view->job->speculation || !rule_on(view, "enable-lora") || tokens <= 0 || seqs <= 0)
        return NULL;
    k = view->job->speculation->num_tokens;
    if (k > INT32_MAX || seqs > INT32_MAX || tokens >= seqs * (k + 1))
        return NULL;
    return base_arena_format(view->arena,
                             "%lld is below max-num-seqs x (drafted tokens + 1), which is %lld",
                             (long long)tokens, (long long)(seqs * (k + 1)));
}

static const char *async_speculation(const struct rule_view *view)
{
    static const char *const able[] = {"eagle", "eagle3",     "mtp",    "draft_model",
                                       "dspark", "ngram_gpu", NULL};

    if (!view->job->speculation || !rule_on(view, "async-scheduling") ||
        base_str_in(rule_method(view), able))
        return NULL;
    return base_arena_format(view->arena, "cannot be forced on with speculation '%s'",
                             rule_method(view));
}

static const char *draft_tensor_parallel(const struct rule_view *view)
{
    const rctl_speculation *speculation = view->job->speculation;
    int64_t tp = rule_int(view, "tensor-parallel-size", 1);

    if (!speculation || speculation->draft_tensor_parallel <= 1 ||
        speculation->draft_tensor_parallel == tp)
        return NULL;
    return base_arena_format(view->arena,
                             "the draft's tensor parallel size %lld is neither 1 nor the "
                             "target's %lld",
                             (long long)speculation->draft_tensor_parallel, (long long)tp);
}

static const char *lookup_order(const struct rule_view *view)
{
    const rctl_speculation *speculation = view->job->speculation;

    if (!speculation || speculation->lookup_max <= 0 ||
        speculation->lookup_min <= speculation->lookup_max)
        return NULL;
    return base_arena_format(view->arena,
                             "the smallest look-up window %lld is above the largest %lld",
                             (long long)speculation->lookup_min,
                             (long long)speculation->lookup_max);
}

static const char *suffix_package(const struct rule_view *view)
{
    return strcmp(rule_method(view), "suffix") == 0
               ? "speculation 'suffix' needs the package arctic-inference, which the stock "
                 "image lacks"
               : NULL;
}

static const struct rule rules[] = {
    {DIAG_ENGINE_TOKENS_BELOW_LENGTH, "max-num-batched-tokens", tokens_below_length,
     "raise max-num-batched-tokens, or leave chunked prefill on"},
    {DIAG_ENGINE_TOKENS_BELOW_SEQS, "max-num-batched-tokens", tokens_below_seqs,
     "raise max-num-batched-tokens, or lower max-num-seqs"},
    {DIAG_ENGINE_TOKENS_ABOVE_CAPACITY, "max-num-batched-tokens", tokens_above_capacity,
     "lower max-num-batched-tokens"},
    {DIAG_ENGINE_LONG_PREFILL, "long-prefill-token-threshold", long_prefill,
     "lower the threshold, or raise max-model-len"},
    {DIAG_ENGINE_DRAFT_SLOTS, "max-num-batched-tokens", draft_slots_left,
     "raise max-num-batched-tokens, or draft fewer tokens"},
    {DIAG_ENGINE_SPECULATION_BUDGET, "max-num-batched-tokens", speculation_budget,
     "use 8192 or more"},
    {DIAG_ENGINE_LORA_TOKENS, "max-num-batched-tokens", lora_tokens,
     "raise max-num-batched-tokens, or draft fewer tokens"},
    {DIAG_ENGINE_ASYNC_SPECULATION, "async-scheduling", async_speculation,
     "remove the key; the engine chooses by itself"},
    {DIAG_ENGINE_DRAFT_TENSOR_PARALLEL, NULL, draft_tensor_parallel,
     "set draftTensorParallelSize to 1 or to the target's size"},
    {DIAG_ENGINE_LOOKUP_ORDER, NULL, lookup_order, "swap promptLookupMin and promptLookupMax"},
    {DIAG_ENGINE_SUFFIX_PACKAGE, NULL, suffix_package,
     "use an image that has the package, or another method"},
};
const struct rule_list engine_rules_vllm_size = {rules, BASE_COUNT(rules)};

/* GPUs of one pod: ranks that other pods hold do not count. */
static int64_t gpus_needed(const struct rule_view *view)
{
    int64_t size = rule_int(view, "tensor-parallel-size", 1), dp;
    int64_t factors[2] = {rule_int(view, "pipeline-parallel-size", 1),
                          rule_int(view, "prefill-context-parallel-size", 1)};

    dp = rule_int(view, "data-parallel-size-local", rule_int(view, "data-parallel-size", 1));
    if (rule_get(view, "data-parallel-rank") || rule_on(view, "data-parallel-external-lb"))
        dp = 1;
    for (size_t i = 0; i < BASE_COUNT(factors); i++)
        size = size > INT32_MAX || factors[i] > INT32_MAX ? INT32_MAX : size * factors[i];
    if (size > INT32_MAX || dp > INT32_MAX)
        return INT64_MAX;
    return size * (dp < 1 ? 1 : dp);
}

int engine_vllm_rules(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                      rctl_engine_out *out)
{
    const struct rule_list lists[] = {engine_rules_vllm_size, engine_rules_vllm_parallel,
                                      engine_rules_vllm_serve};
    struct rule_view view = {job, config, engine_out_arena(out)};

    (void)ctx;
    engine_rules_run(lists, BASE_COUNT(lists), job, config, out);
    /* Several nodes, or Ray, take GPUs from other pods as well. */
    if (rule_int(&view, "nnodes", 1) == 1 &&
        !rule_is(&view, "distributed-executor-backend", "ray") &&
        !rule_is(&view, "data-parallel-backend", "ray"))
        engine_check_gpus(out, "tensor-parallel-size", gpus_needed(&view));
    return RCTL_OK;
}
