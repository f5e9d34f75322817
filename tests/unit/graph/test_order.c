/* graph/order: a stable sort, one node for each gap, one edge for each pair. */
#include "graph/graph.h"
#include "support/memory.h"

static bool tens_after(const void *ctx, uint32_t a, uint32_t b)
{
    (void)ctx;
    return a / 10 > b / 10;
}

TEST(graph_order, the_sort_is_stable_at_every_length)
{
    uint32_t items[70], spare[70];

    for (uint32_t n = 0; n <= 70; n++) {
        for (uint32_t i = 0; i < n; i++)
            items[i] = (i * 37 % 7) * 10 + i % 10;
        graph_sort(items, spare, n, tens_after, NULL);
        for (uint32_t i = 1; i < n; i++)
            cr_assert_leq(items[i - 1] / 10, items[i] / 10);
    }
    /* Equal ones keep their order: their last digits still count up. */
    for (uint32_t i = 0; i < 20; i++)
        items[i] = (i % 2) * 10 + i / 2;
    graph_sort(items, spare, 20, tens_after, NULL);
    for (uint32_t i = 0; i < 20; i++)
        cr_assert_eq(items[i], i);
}

TEST(graph_order, equal_gaps_become_one_node)
{
    struct memory memory;
    struct graph graph = {.arena = &memory.arena};
    uint32_t a, b;

    memory_init(&memory);
    a = graph_add_node(&graph, GRAPH_MISSING, NULL, "InferenceCache", "default", "kv");
    graph.nodes[a].column = 6;
    b = graph_add_node(&graph, GRAPH_MISSING, NULL, "InferenceCache", "default", "kv");
    graph.nodes[b].column = 4;
    graph_add_node(&graph, GRAPH_MISSING, NULL, "InferenceCache", "other", "kv");
    graph_add_node(&graph, GRAPH_MISSING, NULL, "Service", "default", "kv");
    graph_add_edge(&graph, a, b);
    graph_order(&graph);
    cr_assert_eq(graph.n_nodes, 3);
    cr_expect_str_eq(graph.nodes[0].kind, "InferenceCache");
    cr_expect_eq(graph.nodes[0].column, 4);
    cr_expect_str_eq(graph.nodes[2].name_space, "other");
    cr_assert_eq(graph.n_edges, 1);
    cr_expect_eq(graph.edges[0].from, graph.edges[0].to);
    memory_done(&memory);
}

TEST(graph_order, parallel_edges_become_one_with_all_labels)
{
    static const char *const labels[] = {"b", NULL, "a", "b"};
    struct memory memory;
    struct graph graph = {.arena = &memory.arena};

    memory_init(&memory);
    graph_add_node(&graph, GRAPH_ROUTE, NULL, "StaticRoute", "default", "fixed");
    graph_add_node(&graph, GRAPH_BACKEND, NULL, "backend", "default", "http://a");
    for (size_t i = 0; i < BASE_COUNT(labels); i++) {
        struct graph_edge *edge = graph_add_edge(&graph, 0, 1);

        edge->label = labels[i];
        edge->broken = i == 2;
    }
    graph_add_edge(&graph, 1, 0);
    graph_order(&graph);
    cr_assert_eq(graph.n_edges, 2);
    cr_expect_str_eq(graph.edges[0].label, "a, b");
    cr_expect(graph.edges[0].broken);
    cr_expect_null(graph.edges[1].label);
    memory_done(&memory);
}
