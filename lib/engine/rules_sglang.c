/*
 * SGLang's rules on sizes and parallelism. Many of them are bare assertions in the
 * engine, so a pod that breaks one ends without a word about why.
 */
#include "engine/rules.h"

static int64_t tp(const struct rule_view *view)
{
    return rule_int(view, "tp-size", 1);
}

static int64_t dp(const struct rule_view *view)
{
    return rule_int(view, "dp-size", 1);
}

static bool has_dp_attention(const struct rule_view *view)
{
    return rule_on(view, "enable-dp-attention") && dp(view) > 1;
}

static const char *prefill_below_running(const struct rule_view *view)
{
    int64_t chunk = rule_int(view, "chunked-prefill-size", 0);
    int64_t running = rule_int(view, "max-running-requests", 0);

    if (chunk <= 0 || chunk >= running)
        return NULL;
    return base_arena_format(view->arena, "%lld is below max-running-requests %lld",
                             (long long)chunk, (long long)running);
}

static const char *nodes_uneven(const struct rule_view *view)
{
    int64_t nodes = rule_int(view, "nnodes", 1), pp = rule_int(view, "pp-size", 1);

    if (nodes <= 1 || (nodes <= INT32_MAX && ((tp(view) % nodes) * (pp % nodes)) % nodes == 0))
        return NULL;
    return base_arena_format(view->arena, "%lld does not divide tp-size x pp-size",
                             (long long)nodes);
}

static const char *node_rank(const struct rule_view *view)
{
    int64_t nodes = rule_int(view, "nnodes", 1), rank = rule_int(view, "node-rank", 0);

    if (rank < nodes)
        return NULL;
    return base_arena_format(view->arena, "%lld is not below nnodes %lld", (long long)rank,
                             (long long)nodes);
}

static const char *pipeline_speculation(const struct rule_view *view)
{
    return view->job->speculation && rule_int(view, "pp-size", 1) > 1
               ? "pipeline parallelism excludes speculation"
               : NULL;
}

static const char *dp_nodes(const struct rule_view *view)
{
    return dp(view) > 1 && rule_int(view, "nnodes", 1) > 1 && !rule_on(view, "enable-dp-attention")
               ? "data parallelism over several nodes needs enable-dp-attention"
               : NULL;
}

static const char *dp_attention_uneven(const struct rule_view *view)
{
    if (!has_dp_attention(view) || tp(view) % dp(view) == 0)
        return NULL;
    return base_arena_format(view->arena, "%lld does not divide tp-size %lld",
                             (long long)dp(view), (long long)tp(view));
}

static const char *dp_attention_idle(const struct rule_view *view)
{
    return rule_on(view, "enable-dp-attention") && dp(view) == 1
               ? "does nothing while dp-size is 1"
               : NULL;
}

static const char *chunk_page(const struct rule_view *view)
{
    int64_t chunk = rule_int(view, "chunked-prefill-size", 0);
    int64_t page = rule_int(view, "page-size", 1);

    if (has_dp_attention(view))
        chunk /= dp(view); /* the engine divides before it checks */
    if (chunk <= 0 || view->job->role == RCTL_ROLE_DECODE || chunk % page == 0)
        return NULL;
    return base_arena_format(view->arena, "%lld tokens a rank are no multiple of page-size %lld",
                             (long long)chunk, (long long)page);
}

static const char *cp_uneven(const struct rule_view *view)
{
    int64_t cp = rule_int(view, "attn-cp-size", 1);
    int64_t ranks = has_dp_attention(view) ? dp(view) : 1;

    if (cp <= 1 || (ranks <= INT32_MAX && cp <= INT32_MAX && tp(view) % (ranks * cp) == 0))
        return NULL;
    return base_arena_format(view->arena, "tp-size %lld is no multiple of it, times dp-size",
                             (long long)tp(view));
}

static const char *moe_dp_uneven(const struct rule_view *view)
{
    int64_t moe = rule_int(view, "moe-dp-size", 1);

    if (tp(view) % moe == 0)
        return NULL;
    return base_arena_format(view->arena, "%lld does not divide tp-size %lld", (long long)moe,
                             (long long)tp(view));
}

static bool has_all_to_all(const struct rule_view *view)
{
    const char *backend = rule_get(view, "moe-a2a-backend");

    return backend && strcmp(backend, "none") != 0;
}

static const char *expert_size(const struct rule_view *view)
{
    int64_t ep = rule_int(view, "ep-size", 1), moe = rule_int(view, "moe-dp-size", 1), size;

    size = ep > INT32_MAX || moe > INT32_MAX ? INT64_MAX : ep * moe;
    if (size == tp(view) || (ep == 1 && size < tp(view)))
        return NULL;
    return base_arena_format(view->arena, "ep-size x moe-dp-size is %lld and tp-size %lld",
                             (long long)size, (long long)tp(view));
}

static const char *dense_size(const struct rule_view *view)
{
    int64_t size = rule_int(view, "moe-dense-tp-size", 1);

    if (size == 1 || size == tp(view))
        return NULL;
    return base_arena_format(view->arena, "%lld is neither 1 nor tp-size %lld", (long long)size,
                             (long long)tp(view));
}

static const char *eplb(const struct rule_view *view)
{
    /* An all-to-all backend makes ep-size equal to tp-size by itself. */
    int64_t ep = rule_int(view, "ep-size", has_all_to_all(view) ? tp(view) : 1);

    return rule_on(view, "enable-eplb") && ep <= 1 ? "balancing experts needs ep-size above 1"
                                                   : NULL;
}

static const char *ep_dispatch(const struct rule_view *view)
{
    const char *algorithm = rule_get(view, "ep-dispatch-algorithm");

    if (!algorithm || has_all_to_all(view) ||
        (strcmp(algorithm, "static") != 0 && strcmp(algorithm, "lp") != 0))
        return NULL;
    return base_arena_format(view->arena, "'%s' needs a moe-a2a-backend", algorithm);
}

static const char *flashinfer_a2a(const struct rule_view *view)
{
    if (!rule_is(view, "moe-a2a-backend", "flashinfer") ||
        (has_dp_attention(view) && dp(view) == tp(view)))
        return NULL;
    return "'flashinfer' needs enable-dp-attention with dp-size equal to tp-size";
}

static const char *dcp_backend(const struct rule_view *view)
{
    const char *backend = rule_get(view, "dcp-comm-backend");

    if (!backend || strcmp(backend, "ag_rs") == 0 || rule_int(view, "dcp-size", 1) > 1)
        return NULL;
    return base_arena_format(view->arena, "'%s' needs dcp-size above 1", backend);
}

static const char *prefill_cp(const struct rule_view *view)
{
    return rule_on(view, "enable-prefill-cp") && !rule_get(view, "cp-strategy")
               ? "needs cp-strategy"
               : NULL;
}

static const char *pdmux(const struct rule_view *view)
{
    if (!rule_on(view, "enable-pdmux"))
        return NULL;
    if (view->job->role != RCTL_ROLE_SERVE)
        return "does not work in one half of a P/D pair";
    if (rule_int(view, "pp-size", 1) > 1)
        return "excludes pipeline parallelism";
    if (rule_int(view, "chunked-prefill-size", 0) != -1)
        return "needs chunked-prefill-size \"-1\"";
    return rule_on(view, "disable-overlap-schedule") ? NULL : "needs disable-overlap-schedule";
}

static const struct rule rules[] = {
    {DIAG_ENGINE_PREFILL_BELOW_RUNNING, "chunked-prefill-size", prefill_below_running,
     "raise it, or lower the number of requests"},
    {DIAG_ENGINE_NODES_UNEVEN, "nnodes", nodes_uneven,
     "choose parallel sizes whose product is a multiple of the nodes"},
    {DIAG_ENGINE_NODE_RANK, "node-rank", node_rank, "number nodes from 0"},
    {DIAG_ENGINE_PIPELINE_SPECULATION, "pp-size", pipeline_speculation,
     "use tensor parallelism, or drop the speculation"},
    {DIAG_ENGINE_DP_NODES, "dp-size", dp_nodes, "add enable-dp-attention, or use one node"},
    {DIAG_ENGINE_DP_ATTENTION_UNEVEN, "dp-size", dp_attention_uneven, "use a divisor of tp-size"},
    {DIAG_ENGINE_DP_ATTENTION_IDLE, "enable-dp-attention", dp_attention_idle,
     "raise dp-size, or remove the key"},
    {DIAG_ENGINE_CHUNK_PAGE, "chunked-prefill-size", chunk_page, "use a multiple of page-size"},
    {DIAG_ENGINE_CP_UNEVEN, "attn-cp-size", cp_uneven, "use a size that divides tp-size"},
    {DIAG_ENGINE_MOE_DP_UNEVEN, "moe-dp-size", moe_dp_uneven, "use a divisor of tp-size"},
    {DIAG_ENGINE_EXPERT_SIZE, "ep-size", expert_size,
     "make ep-size x moe-dp-size equal to tp-size"},
    {DIAG_ENGINE_DENSE_SIZE, "moe-dense-tp-size", dense_size,
     "use 1 or tp-size, or remove the key"},
    {DIAG_ENGINE_EPLB, "enable-eplb", eplb, "raise ep-size, or remove the key"},
    {DIAG_ENGINE_EP_DISPATCH, "ep-dispatch-algorithm", ep_dispatch, "add moe-a2a-backend"},
    {DIAG_ENGINE_FLASHINFER_A2A, "moe-a2a-backend", flashinfer_a2a,
     "add enable-dp-attention, and set dp-size to tp-size"},
    {DIAG_ENGINE_DCP_BACKEND, "dcp-comm-backend", dcp_backend,
     "raise dcp-size, or remove the key"},
    {DIAG_ENGINE_PREFILL_CP, "enable-prefill-cp", prefill_cp, "add cp-strategy"},
    {DIAG_ENGINE_PDMUX, "enable-pdmux", pdmux, "meet the condition, or remove the key"},
};
const struct rule_list engine_rules_sglang_size = {rules, BASE_COUNT(rules)};

int engine_sglang_rules(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                        rctl_engine_out *out)
{
    const struct rule_list lists[] = {engine_rules_sglang_size, engine_rules_sglang_serve};
    struct rule_view view = {job, config, engine_out_arena(out)};
    int64_t pp = rule_int(&view, "pp-size", 1), world = tp(&view);

    (void)ctx;
    engine_rules_run(lists, BASE_COUNT(lists), job, config, out);
    world = world > INT32_MAX || pp > INT32_MAX ? INT32_MAX : world * pp;
    /* DP attention shares the tensor parallel ranks; plain replicas come on top. */
    if (!rule_on(&view, "enable-dp-attention") && dp(&view) > 1)
        world = world > INT32_MAX || dp(&view) > INT32_MAX ? INT64_MAX : world * dp(&view);
    if (rule_int(&view, "nnodes", 1) == 1 && !rule_on(&view, "use-ray"))
        engine_check_gpus(out, "tp-size", world);
    return RCTL_OK;
}
