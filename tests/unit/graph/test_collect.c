/*
 * graph/collect: what becomes a node and what an edge, and that the order of the
 * documents changes no byte.
 */
#include "unit/graph/draw.h"

static const struct graph_node *find(const struct draw *draw, enum graph_look look,
                                     const char *name)
{
    for (size_t i = 0; i < draw->graph.n_nodes; i++)
        if (draw->graph.nodes[i].look == look && strcmp(draw->graph.nodes[i].name, name) == 0)
            return &draw->graph.nodes[i];
    cr_assert_fail("there is no node '%s'", name);
    return NULL;
}

/* NULL when there is none. */
static const struct graph_edge *edge_between(const struct draw *draw,
                                             const struct graph_node *from,
                                             const struct graph_node *to)
{
    for (size_t i = 0; i < draw->graph.n_edges; i++)
        if (&draw->graph.nodes[draw->graph.edges[i].from] == from &&
            &draw->graph.nodes[draw->graph.edges[i].to] == to)
            return &draw->graph.edges[i];
    return NULL;
}

static const char *const documents[] = {
    DRAW_HEAD("InferenceGateway", "door")
    "  router: {type: smg}\n  routes:\n"
    "    - {model: llama3, inferenceServiceRef: chat, weight: 3}\n"
    "    - {model: gone, inferenceServiceRef: nowhere}\n",
    DRAW_HEAD("InferenceService", "chat")
    "  modelName: llama3\n  inferenceCacheRef: kv\n  prefillDecodingRef: halves\n",
    DRAW_HEAD("InferenceService", "alone") "  modelName: llama3\n  backendRef: of-our-own\n",
    DRAW_HEAD("InferenceService", "afar")
    "  modelName: llama3\n  backendMode: External\n  backendRef: of-others\n",
    DRAW_HEAD("PrefillDecodingDisaggregation", "halves") "  modelName: llama3\n",
    DRAW_HEAD("InferenceCache", "kv") "  modelName: llama3\n  pddRef: halves\n  sdRef: draft\n",
    DRAW_HEAD("SpeculativeDecoding", "draft") "  targetModel: llama3\n  draftModel: small\n",
    DRAW_HEAD("StaticRoute", "fixed")
    "  staticBackends: http://me:secret@a:1,http://b:2\n  staticModels: x,y\n"
    "  routerRef: {name: r, namespace: elsewhere}\n",
    DRAW_HEAD("StaticRoute", "fixed-too") "  staticBackends: http://b:2\n  staticModels: z\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: of-others}\n",
    "apiVersion: v1\nkind: Service\nmetadata: {name: unused}\n",
};

TEST(graph_collect, routers_stand_between)
{
    struct draw draw;
    const struct graph_node *service, *router;

    draw_open(&draw, documents, BASE_COUNT(documents), false);
    service = find(&draw, GRAPH_SERVICE, "chat");
    router = find(&draw, GRAPH_ROUTER, "smg");
    cr_expect_not_null(edge_between(&draw, find(&draw, GRAPH_GATEWAY, "door"), router));
    cr_expect_str_eq(edge_between(&draw, router, service)->label, "llama3 (weight 3)");
    router = find(&draw, GRAPH_ROUTER, "production-stack");
    cr_expect_not_null(edge_between(&draw, service, router));
    cr_expect_not_null(edge_between(&draw, router, find(&draw, GRAPH_PDD, "halves")));
    draw_close(&draw);
}

TEST(graph_collect, a_reference_may_point_against_the_arrow)
{
    struct draw draw;
    const struct graph_node *halves, *cache;

    draw_open(&draw, documents, BASE_COUNT(documents), false);
    halves = find(&draw, GRAPH_PDD, "halves");
    cache = find(&draw, GRAPH_CACHE, "kv");
    cr_expect(edge_between(&draw, halves, cache)->reversed);
    cr_expect_null(edge_between(&draw, cache, halves));
    cr_expect_not(edge_between(&draw, cache, find(&draw, GRAPH_SPECULATION, "draft"))->reversed);
    cr_expect_not_null(edge_between(&draw, halves, find(&draw, GRAPH_PREFILL, "halves-prefill")));
    cr_expect_not_null(edge_between(&draw, halves, find(&draw, GRAPH_DECODE, "halves-decode")));
    draw_close(&draw);
}

TEST(graph_collect, what_is_missing_is_a_node)
{
    struct draw draw;
    const struct graph_node *gap;

    draw_open(&draw, documents, BASE_COUNT(documents), false);
    gap = find(&draw, GRAPH_MISSING, "nowhere");
    cr_expect_str_eq(gap->kind, "InferenceService");
    cr_expect(edge_between(&draw, find(&draw, GRAPH_ROUTER, "smg"), gap)->broken);
    gap = find(&draw, GRAPH_MISSING, "r");
    cr_expect_str_eq(gap->name_space, "elsewhere");
    cr_expect(draw.graph.many_namespaces);
    cr_expect(edge_between(&draw, gap, find(&draw, GRAPH_ROUTE, "fixed"))->broken);
    draw_close(&draw);
}

TEST(graph_collect, services_that_we_make_are_not_missed)
{
    struct draw draw;
    const struct graph_node *afar;

    draw_open(&draw, documents, BASE_COUNT(documents), false);
    afar = find(&draw, GRAPH_SERVICE, "afar");
    cr_expect_not(edge_between(&draw, afar, find(&draw, GRAPH_CORE_SERVICE, "of-others"))->broken);
    for (size_t i = 0; i < draw.graph.n_nodes; i++) {
        cr_expect_str_neq(draw.graph.nodes[i].name, "of-our-own");
        cr_expect_str_neq(draw.graph.nodes[i].name, "unused");
    }
    draw_close(&draw);
}

TEST(graph_collect, backends_are_shared_and_tell_no_password)
{
    struct draw draw;
    const struct graph_node *backend;

    draw_open(&draw, documents, BASE_COUNT(documents), false);
    find(&draw, GRAPH_BACKEND, "http://***@a:1");
    backend = find(&draw, GRAPH_BACKEND, "http://b:2");
    cr_expect_str_eq(edge_between(&draw, find(&draw, GRAPH_ROUTE, "fixed"), backend)->label, "y");
    cr_expect_str_eq(edge_between(&draw, find(&draw, GRAPH_ROUTE, "fixed-too"), backend)->label,
                     "z");
    cr_expect_null(strstr(draw_write(&draw, graph_write_dot), "secret"));
    draw_close(&draw);
}

TEST(graph_collect, the_order_of_documents_is_irrelevant)
{
    static void (*const formats[])(const struct graph *, struct base_buf *) = {
        graph_write_svg, graph_write_dot, graph_write_mermaid, graph_write_text};
    struct draw one, other;

    draw_open(&one, documents, BASE_COUNT(documents), /* backwards= */ false);
    draw_open(&other, documents, BASE_COUNT(documents), /* backwards= */ true);
    graph_layout(&one.graph);
    graph_layout(&other.graph);
    for (size_t i = 0; i < BASE_COUNT(formats); i++)
        cr_expect_str_eq(draw_write(&one, formats[i]), draw_write(&other, formats[i]));
    draw_close(&one);
    draw_close(&other);
}
