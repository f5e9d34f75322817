/* The small text in a node: the model, the engine and its replicas, sizes. */
#include "graph/graph.h"

const char *graph_safe_url(const char *url, struct base_arena *arena)
{
    const char *at = strrchr(url, '@'), *start = strstr(url, "://");

    start = start ? start + 3 : url;
    return at && at > start ? base_arena_format(arena, "%.*s***%s", (int)(start - url), url, at)
                            : url;
}

static const char *replicas(struct base_arena *arena, const char *what, int64_t n)
{
    return base_arena_format(arena, "%s%s%lld replica%s", what, *what ? ", " : "", (long long)n,
                             n == 1 ? "" : "s");
}

static void describe_gateway(struct base_arena *arena, struct graph_node *node,
                             const struct igw_spec *spec)
{
    const char *strategy = spec->route_strategy.v, *policy = spec->scheduling_policy.v;

    node->details[0] = strategy && policy ? base_arena_format(arena, "%s, %s", strategy, policy)
                       : strategy         ? strategy
                                          : policy;
    if (spec->session_affinity.v)
        node->details[1] = base_arena_format(arena, "sessions by %s", spec->session_key.v);
}

static void describe_service(struct base_arena *arena, struct graph_node *node,
                             const struct infsvc_spec *spec)
{
    node->details[0] = spec->model_name.v;
    if (base_str_eq(spec->backend_mode.v, "External"))
        node->details[1] = "External backend";
    else if (!spec->prefill_decoding_ref)
        node->details[1] = replicas(arena, spec->engine.v, spec->replicas.v);
}

static void describe_half(struct base_arena *arena, struct graph_node *node,
                          const struct pdd_spec *spec)
{
    node->details[0] = replicas(arena, spec->engine.v,
                                node->look == GRAPH_PREFILL ? spec->prefill_replicas.v
                                                            : spec->decode_replicas.v);
}

static void describe_pdd(struct base_arena *arena, struct graph_node *node,
                         const struct pdd_spec *spec)
{
    const struct engine_registry *engines = &node->object->world->tables->engines;
    const rctl_engine *engine = engine_registry_find(engines, spec->engine.v);
    const char *connector = spec->kv_transfer ? spec->kv_transfer->connector.v : NULL;

    if (!connector && engine && engine->connectors)
        connector = engine->connectors[0];
    node->details[0] = spec->model_name.v;
    if (connector)
        node->details[1] = base_arena_format(arena, "KV blocks by %s", connector);
}

static void add_tier(struct base_buf *out, const char *what, const char *size)
{
    base_buf_format(out, "%s%s%s%s", out->len ? ", " : "", what, size ? " " : "",
                    size ? size : "");
}

static void describe_cache(struct base_arena *arena, struct graph_node *node,
                           const struct icache_spec *spec)
{
    const struct cache_tiers *tiers = spec->tiers;
    struct base_buf text;

    base_buf_init(&text, arena, NULL);
    if (tiers && tiers->cpu)
        add_tier(&text, "cpu", tiers->cpu->size.v);
    if (tiers && tiers->disk)
        add_tier(&text, "disk", tiers->disk->size.v);
    if (tiers && tiers->server && tiers->server->enabled.v)
        add_tier(&text, "server", tiers->server->size.v);
    node->details[0] = spec->model_name.v;
    node->details[1] = text.len ? text.data : NULL;
}

static void describe_speculation(struct base_arena *arena, struct graph_node *node,
                                 const struct sd_spec *spec)
{
    node->details[0] = base_arena_format(arena, "%s, %lld tokens", spec->method.v,
                                         (long long)spec->num_speculative_tokens.v);
    node->details[1] = spec->draft_model.v;
}

void graph_describe(struct graph *graph, struct graph_node *node, const void *spec)
{
    struct base_arena *arena = graph->arena;
    const struct igw_spec *gateway = spec;

    switch (node->look) {
    case GRAPH_GATEWAY: describe_gateway(arena, node, spec); break;
    case GRAPH_ROUTER:
        if (node->object->kind->spec == &shape_igw_spec)
            node->details[1] =
                replicas(arena, "", gateway->router ? gateway->router->replicas.v : 1);
        break;
    case GRAPH_ROUTE: node->details[0] = ((const struct sroute_spec *)spec)->routing_logic.v; break;
    case GRAPH_SERVICE: describe_service(arena, node, spec); break;
    case GRAPH_PDD: describe_pdd(arena, node, spec); break;
    case GRAPH_PREFILL:
    case GRAPH_DECODE: describe_half(arena, node, spec); break;
    case GRAPH_CACHE: describe_cache(arena, node, spec); break;
    case GRAPH_SPECULATION: describe_speculation(arena, node, spec); break;
    default: break; /* what is not ours has no spec */
    }
    for (size_t i = 0; i < GRAPH_DETAILS; i++)
        node->details[i] = diag_escape_text(arena, node->details[i]);
    if (!node->details[0]) {
        node->details[0] = node->details[1];
        node->details[1] = NULL;
    }
}
