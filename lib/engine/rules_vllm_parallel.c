/* vLLM's rules on parallelism: pipeline, data, context and expert parallel sizes. */
#include "engine/rules.h"

static bool has_load_balancer(const struct rule_view *view)
{
    return rule_on(view, "data-parallel-external-lb") || rule_on(view, "data-parallel-hybrid-lb");
}

/* One rank in each pod, chosen from outside. */
static bool has_external_rank(const struct rule_view *view)
{
    return rule_on(view, "data-parallel-external-lb") || rule_get(view, "data-parallel-rank");
}

static int64_t world(const struct rule_view *view)
{
    int64_t size = rule_int(view, "tensor-parallel-size", 1);
    int64_t pp = rule_int(view, "pipeline-parallel-size", 1);
    int64_t dp = rule_int(view, "data-parallel-size", 1);

    return size > 4096 || pp > 4096 || dp > 4096 ? INT64_MAX : size * pp * dp;
}

static const char *pipeline_executor(const struct rule_view *view)
{
    static const char *const able[] = {"mp", "ray", "external_launcher", NULL};
    const char *executor = rule_get(view, "distributed-executor-backend");

    if (rule_int(view, "pipeline-parallel-size", 1) <= 1 || !executor ||
        base_str_in(executor, able))
        return NULL;
    return base_arena_format(view->arena, "%s cannot run pipeline stages",
                             engine_quote(executor, view->arena));
}

static const char *nodes_backend(const struct rule_view *view)
{
    const char *backend = rule_get(view, "data-parallel-backend");

    if (rule_int(view, "nnodes", 1) <= 1 || !backend || strcmp(backend, "mp") == 0)
        return NULL;
    return base_arena_format(view->arena, "%s does not work on several nodes, only 'mp' does",
                             engine_quote(backend, view->arena));
}

static const char *nodes_uneven(const struct rule_view *view)
{
    int64_t nodes = rule_int(view, "nnodes", 1), size = world(view);

    if (nodes <= 1 || size % nodes == 0)
        return NULL;
    return base_arena_format(view->arena, "%lld does not divide the world size %lld",
                             (long long)nodes, (long long)size);
}

static const char *node_rank(const struct rule_view *view)
{
    int64_t nodes = rule_int(view, "nnodes", 1), rank = rule_int(view, "node-rank", 0);

    if (rank < nodes)
        return NULL;
    return base_arena_format(view->arena, "%lld is not below nnodes %lld", (long long)rank,
                             (long long)nodes);
}

static const char *dp_local(const struct rule_view *view)
{
    int64_t local = rule_int(view, "data-parallel-size-local", 0);
    int64_t dp = rule_int(view, "data-parallel-size", 1);

    if (local <= dp)
        return NULL;
    return base_arena_format(view->arena, "%lld is above data-parallel-size %lld",
                             (long long)local, (long long)dp);
}

static const char *dp_rank(const struct rule_view *view)
{
    int64_t rank = rule_int(view, "data-parallel-rank", -1);
    int64_t dp = rule_int(view, "data-parallel-size", 1);

    if (rank < dp)
        return NULL;
    return base_arena_format(view->arena, "%lld is not below data-parallel-size %lld",
                             (long long)rank, (long long)dp);
}

static const char *dp_rank_local(const struct rule_view *view)
{
    int64_t local = rule_int(view, "data-parallel-size-local", 1);

    if (!has_external_rank(view) || local == 1)
        return NULL;
    return base_arena_format(view->arena, "%lld does not go with a rank that is given from outside",
                             (long long)local);
}

static const char *dp_external(const struct rule_view *view)
{
    return rule_on(view, "data-parallel-external-lb") &&
                   rule_int(view, "data-parallel-size", 1) <= 1
               ? "an external load balancer needs more than one data parallel rank"
               : NULL;
}

static const char *dp_both(const struct rule_view *view)
{
    return rule_on(view, "data-parallel-external-lb") && rule_on(view, "data-parallel-hybrid-lb")
               ? "external and hybrid load balancing exclude each other"
               : NULL;
}

static const char *dp_hybrid(const struct rule_view *view)
{
    return rule_on(view, "data-parallel-hybrid-lb") && !rule_get(view, "data-parallel-size-local")
               ? "hybrid load balancing needs data-parallel-size-local"
               : NULL;
}

static const char *dcp_uneven(const struct rule_view *view)
{
    int64_t dcp = rule_int(view, "decode-context-parallel-size", 1);
    int64_t tp = rule_int(view, "tensor-parallel-size", 1);

    if (dcp <= 1 || rule_int(view, "prefill-context-parallel-size", 1) > 1 || tp % dcp == 0)
        return NULL;
    return base_arena_format(view->arena, "%lld does not divide tensor-parallel-size %lld",
                             (long long)dcp, (long long)tp);
}

static const char *dcp_backend(const struct rule_view *view)
{
    return rule_is(view, "dcp-comm-backend", "a2a") &&
                   rule_int(view, "decode-context-parallel-size", 1) <= 1
               ? "'a2a' needs decode-context-parallel-size above 1"
               : NULL;
}

static const char *cp_interleave(const struct rule_view *view)
{
    int64_t block = rule_int(view, "block-size", 0);
    int64_t step = rule_int(view, "cp-kv-cache-interleave-size",
                            rule_int(view, "dcp-kv-cache-interleave-size", 1));

    if (block <= 0 || step <= 0 || block % step == 0)
        return NULL;
    return base_arena_format(view->arena, "%lld is no multiple of the interleave size %lld",
                             (long long)block, (long long)step);
}

static const char *pcp_dp(const struct rule_view *view)
{
    return rule_int(view, "prefill-context-parallel-size", 1) > 1 &&
                   rule_int(view, "data-parallel-size", 1) > 1
               ? "prefill context parallelism excludes data parallelism"
               : NULL;
}

static int64_t expert_ranks(const struct rule_view *view)
{
    return rule_int(view, "tensor-parallel-size", 1) > 1 ||
                   rule_int(view, "prefill-context-parallel-size", 1) > 1 ||
                   rule_int(view, "data-parallel-size", 1) > 1
               ? 2
               : 1;
}

static const char *eplb(const struct rule_view *view)
{
    if (!rule_on(view, "enable-eplb"))
        return NULL;
    if (!rule_on(view, "enable-expert-parallel"))
        return "balancing experts needs enable-expert-parallel";
    return expert_ranks(view) < 2 ? "balancing experts needs more than one rank" : NULL;
}

static const char *eplb_redundant(const struct rule_view *view)
{
    const struct text_node *node =
        engine_config_json(view->config, "eplb-config", "num_redundant_experts");
    int64_t count;

    if (!node || !text_int(node, &count) || count == 0 || rule_on(view, "enable-eplb"))
        return NULL;
    return "num_redundant_experts needs enable-eplb";
}

static const char *elastic_ep(const struct rule_view *view)
{
    if (!rule_on(view, "enable-elastic-ep"))
        return NULL;
    if (!rule_on(view, "enable-eplb"))
        return "elastic expert parallelism needs enable-eplb";
    if (rule_int(view, "pipeline-parallel-size", 1) > 1)
        return "elastic expert parallelism excludes pipeline parallelism";
    return has_load_balancer(view)
               ? "elastic expert parallelism excludes external and hybrid load balancing"
               : NULL;
}

static const char *fault_tolerance(const struct rule_view *view)
{
    if (!rule_on(view, "enable-fault-tolerance"))
        return NULL;
    if (!rule_on(view, "data-parallel-external-lb"))
        return "fault tolerance needs data-parallel-external-lb";
    return rule_int(view, "api-server-count", 1) > 1 ? "fault tolerance needs a single API server"
                                                     : NULL;
}

static const char *dbo_backend(const struct rule_view *view)
{
    static const char *const able[] = {"deepep_low_latency", "deepep_high_throughput", "nixl_ep",
                                       NULL};
    const char *backend = rule_get(view, "all2all-backend");

    if (!rule_on(view, "enable-dbo") && rule_int(view, "ubatch-size", 0) <= 1)
        return NULL;
    if (!backend)
        backend = "allgather_reducescatter"; /* what the engine takes by itself */
    if (base_str_in(backend, able))
        return NULL;
    return base_arena_format(view->arena, "'%s' cannot run overlapping batches", backend);
}

static const char *all2all_fallback(const struct rule_view *view)
{
    return rule_is(view, "all2all-backend", "naive") || rule_is(view, "all2all-backend", "pplx")
               ? "is gone, and allgather_reducescatter runs in its place"
               : NULL;
}

static const struct rule rules[] = {
    {DIAG_ENGINE_PIPELINE_EXECUTOR, "distributed-executor-backend", pipeline_executor,
     "use mp, ray or external_launcher"},
    {DIAG_ENGINE_NODES_BACKEND, "data-parallel-backend", nodes_backend, "use mp, or a single node"},
    {DIAG_ENGINE_NODES_UNEVEN, "nnodes", nodes_uneven,
     "choose parallel sizes whose product is a multiple of the nodes"},
    {DIAG_ENGINE_NODE_RANK, "node-rank", node_rank, "number nodes from 0"},
    {DIAG_ENGINE_DP_LOCAL, "data-parallel-size-local", dp_local,
     "lower it, or raise data-parallel-size"},
    {DIAG_ENGINE_DP_RANK, "data-parallel-rank", dp_rank, "number ranks from 0"},
    {DIAG_ENGINE_DP_RANK_LOCAL, "data-parallel-size-local", dp_rank_local, "use 1"},
    {DIAG_ENGINE_DP_EXTERNAL, "data-parallel-external-lb", dp_external,
     "raise data-parallel-size, or remove the key"},
    {DIAG_ENGINE_DP_BOTH, "data-parallel-hybrid-lb", dp_both, "keep one of the two"},
    {DIAG_ENGINE_DP_HYBRID, "data-parallel-hybrid-lb", dp_hybrid, "add data-parallel-size-local"},
    {DIAG_ENGINE_DCP_UNEVEN, "decode-context-parallel-size", dcp_uneven,
     "use a divisor of tensor-parallel-size"},
    {DIAG_ENGINE_DCP_BACKEND, "dcp-comm-backend", dcp_backend,
     "raise decode-context-parallel-size, or remove the key"},
    {DIAG_ENGINE_CP_INTERLEAVE, "block-size", cp_interleave,
     "use a block size that the interleave size divides"},
    {DIAG_ENGINE_PCP_DP, "prefill-context-parallel-size", pcp_dp, "keep one of the two"},
    {DIAG_ENGINE_EPLB, "enable-eplb", eplb, "meet the condition, or remove the key"},
    {DIAG_ENGINE_EPLB_REDUNDANT, "eplb-config", eplb_redundant,
     "add enable-eplb, or remove num_redundant_experts"},
    {DIAG_ENGINE_ELASTIC_EP, "enable-elastic-ep", elastic_ep,
     "meet the condition, or remove the key"},
    {DIAG_ENGINE_FAULT_TOLERANCE, "enable-fault-tolerance", fault_tolerance,
     "meet the condition, or remove the key"},
    {DIAG_ENGINE_DBO_BACKEND, "all2all-backend", dbo_backend,
     "use deepep_low_latency, deepep_high_throughput or nixl_ep"},
    {DIAG_ENGINE_ALL2ALL_FALLBACK, "all2all-backend", all2all_fallback,
     "write allgather_reducescatter"},
};
const struct rule_list engine_rules_vllm_parallel = {rules, BASE_COUNT(rules)};
