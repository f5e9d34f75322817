/*
 * graph/layout: boxes do not overlap, no line runs through a box, lines end at their
 * boxes and follow the columns, circles end, and the order of input is irrelevant.
 */
#include "graph/graph.h"
#include "support/memory.h"

#include <stdio.h>

/* A small generator of our own: the same graphs on every machine. */
static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void add_nodes(struct graph *graph, size_t n, uint32_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        char name[96];
        uint32_t at, look = next_random(seed) % GRAPH_LOOK__COUNT;

        snprintf(name, sizeof(name), "n%03zu%.*s", i, (int)(next_random(seed) % 60),
                 "-a-name-that-has-to-be-cut-somewhere-in-the-middle-of-it-all");
        at = graph_add_node(graph, (enum graph_look)look, NULL, graph_looks[look].word, "default",
                            name);
        for (size_t k = 0; k < next_random(seed) % (GRAPH_DETAILS + 1); k++)
            graph->nodes[at].details[k] = "some detail";
        graph->nodes[at].has_errors = next_random(seed) % 5 == 0;
    }
}

/* Edges in any direction, to themselves too: what broken references can lead to. */
static void add_edges(struct graph *graph, size_t n, bool forward, uint32_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t from = next_random(seed) % (uint32_t)graph->n_nodes;
        uint32_t to = next_random(seed) % (uint32_t)graph->n_nodes;
        struct graph_edge *edge;

        if (forward && graph->nodes[from].column >= graph->nodes[to].column)
            continue;
        edge = graph_add_edge(graph, from, to);
        edge->label = next_random(seed) % 3 == 0 ? "a-model" : NULL;
        edge->broken = next_random(seed) % 7 == 0;
    }
}

static void make(struct memory *memory, struct graph *graph, size_t nodes, size_t edges,
                 bool forward, uint32_t seed)
{
    *graph = (struct graph){.arena = &memory->arena};
    add_nodes(graph, nodes, &seed);
    add_edges(graph, edges, forward, &seed);
    graph_order(graph);
    graph_layout(graph);
}

static void expect_apart(const struct graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const struct graph_node *a = &graph->nodes[i];

        cr_assert(a->x >= 0 && a->y >= 0 && a->x + a->width <= graph->width &&
                  a->y + a->height <= graph->height);
        for (size_t k = i + 1; k < graph->n_nodes; k++) {
            const struct graph_node *b = &graph->nodes[k];

            cr_assert(a->x + a->width < b->x || b->x + b->width < a->x ||
                          a->y + a->height < b->y || b->y + b->height < a->y,
                      "%s and %s overlap", a->name, b->name);
        }
    }
}

static void expect_ends(const struct graph *graph)
{
    for (size_t i = 0; i < graph->n_edges; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        const struct graph_node *from = &graph->nodes[edge->from], *to = &graph->nodes[edge->to];
        const struct graph_point *first = edge->points, *last = &first[edge->n_points - 1];

        cr_assert_eq(first->x, from->x + from->width);
        cr_assert(first->y >= from->y && first->y <= from->y + from->height);
        cr_assert_eq(last->x, to->x);
        cr_assert(last->y >= to->y && last->y <= to->y + to->height);
    }
}

static void expect_columns(const struct graph *graph)
{
    for (size_t i = 0; i < graph->n_edges; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        const struct graph_node *from = &graph->nodes[edge->from], *to = &graph->nodes[edge->to];

        cr_assert_eq(edge->back, from->column >= to->column);
        if (!edge->back)
            cr_assert_lt(from->x + from->width, to->x);
        for (uint32_t k = 1; k < edge->n_points && !edge->back; k++)
            cr_assert_leq(edge->points[k - 1].x, edge->points[k].x);
    }
}

/* Curves stay between columns; what is straight within one must pass beside its boxes. */
static void expect_free_lines(const struct graph *graph)
{
    for (size_t i = 0; i < graph->n_edges; i++) {
        const struct graph_edge *edge = &graph->edges[i];

        for (uint32_t k = 1; k < edge->n_points; k++) {
            const struct graph_point *a = &edge->points[k - 1], *b = &edge->points[k];
            int32_t left = a->x < b->x ? a->x : b->x, right = a->x < b->x ? b->x : a->x;
            int32_t top = a->y < b->y ? a->y : b->y, bottom = a->y < b->y ? b->y : a->y;

            for (size_t n = 0; n < graph->n_nodes; n++) {
                const struct graph_node *node = &graph->nodes[n];

                cr_assert(right <= node->x || left >= node->x + node->width || bottom <= node->y ||
                              top >= node->y + node->height,
                          "an edge runs through %s", node->name);
            }
        }
    }
}

TEST(graph_layout, boxes_and_lines_stay_apart)
{
    for (uint32_t seed = 1; seed <= 40; seed++) {
        struct memory memory;
        struct graph graph;

        memory_init(&memory);
        make(&memory, &graph, 1 + seed * 3, seed * 4, seed % 2 == 0, seed);
        expect_apart(&graph);
        expect_ends(&graph);
        expect_columns(&graph);
        expect_free_lines(&graph);
        memory_done(&memory);
    }
}

TEST(graph_layout, nothing_to_draw)
{
    struct memory memory;
    struct graph graph = {.arena = &memory.arena};

    memory_init(&memory);
    graph_layout(&graph);
    cr_expect_gt(graph.width, 0);
    cr_expect_gt(graph.height, 0);
    memory_done(&memory);
}

static const char *draw(struct memory *memory, const struct graph *graph)
{
    struct base_buf out;

    base_buf_init(&out, &memory->arena, NULL);
    graph_write_svg(graph, &out);
    return out.data;
}

/* Rebuilds a graph with its nodes and edges in another order. */
static void shuffle(const struct graph *from, struct graph *ret, uint32_t seed)
{
    size_t n = from->n_nodes;
    uint32_t *place = base_arena_alloc(from->arena, n * sizeof(*place));
    uint32_t *order = base_arena_alloc(from->arena, (n + from->n_edges) * sizeof(*order));

    *ret = (struct graph){.arena = from->arena};
    for (int edges = 0; edges < 2; edges++) {
        size_t count = edges ? from->n_edges : n;

        for (size_t i = 0; i < count; i++)
            order[i] = (uint32_t)i;
        for (size_t i = count; i-- > 1;) {
            size_t other = next_random(&seed) % (i + 1);
            uint32_t kept = order[i];

            order[i] = order[other];
            order[other] = kept;
        }
        for (size_t i = 0; i < count && !edges; i++) {
            const struct graph_node *node = &from->nodes[order[i]];

            place[order[i]] = graph_add_node(ret, node->look, NULL, node->kind, node->name_space,
                                             node->name);
            memcpy(ret->nodes[place[order[i]]].details, node->details, sizeof(node->details));
            ret->nodes[place[order[i]]].has_errors = node->has_errors;
        }
        for (size_t i = 0; i < count && edges; i++) {
            const struct graph_edge *edge = &from->edges[order[i]];
            struct graph_edge *copy =
                graph_add_edge(ret, place[edge->from], place[edge->to]);

            copy->label = edge->label;
            copy->broken = edge->broken;
        }
    }
}

TEST(graph_layout, the_order_of_input_is_irrelevant)
{
    for (uint32_t seed = 1; seed <= 10; seed++) {
        struct memory memory;
        struct graph one, other;

        memory_init(&memory);
        make(&memory, &one, 60, 100, /* forward= */ false, seed);
        shuffle(&one, &other, seed);
        graph_order(&other);
        graph_layout(&other);
        cr_assert_str_eq(draw(&memory, &one), draw(&memory, &other));
        memory_done(&memory);
    }
}

/* Whoever stands between two neighbours would make their lines cross. */
TEST(graph_layout, sweeps_undo_crossings)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct memory memory;
    struct graph graph = {.arena = &memory.arena};

    memory_init(&memory);
    for (size_t i = 0; i < 4; i++)
        graph_add_node(&graph, GRAPH_SERVICE, NULL, "InferenceService", "default", names[i]);
    for (size_t i = 0; i < 4; i++)
        graph_add_node(&graph, GRAPH_CACHE, NULL, "InferenceCache", "default", names[i]);
    graph_add_node(&graph, GRAPH_ROUTER, NULL, "router", "default", "auto");
    for (uint32_t i = 0; i < 4; i++) {
        graph_add_edge(&graph, i, 4 + (3 - i));
        graph_add_edge(&graph, 8, i);
    }
    graph_order(&graph);
    graph_layout(&graph);
    for (size_t i = 0; i < graph.n_edges; i++)
        for (size_t k = 0; k < graph.n_edges; k++) {
            const struct graph_node *from = &graph.nodes[graph.edges[i].from];
            const struct graph_node *other = &graph.nodes[graph.edges[k].from];

            if (from->column == other->column && from->y < other->y)
                cr_expect_lt(graph.nodes[graph.edges[i].to].y, graph.nodes[graph.edges[k].to].y);
        }
    memory_done(&memory);
}
