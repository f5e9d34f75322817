/*
 * The graph as a tree for a terminal: from what nothing leads to down to what is
 * used. Each node is expanded once. The walk keeps a stack of its own, and below
 * a depth that only broken references reach, a node is expanded as a tree of its own.
 */
#include "graph/graph.h"

enum { MOST_DEPTH = 12 };
enum state { NEW, SHOWN };

struct step {
    uint32_t node, next; /* `next`: the edge to go on with */
};

struct walk {
    const struct graph *graph;
    struct base_buf *out;
    uint32_t *first; /* the edges of node i: first[i] up to first[i + 1] */
    char *state;
    struct step stack[MOST_DEPTH + 1];
    size_t depth;
};

static void put_name(struct walk *walk, const struct graph_node *node)
{
    /* A router is told by what it is, not by whose it is: that stands above it. */
    if (node->look == GRAPH_MISSING)
        base_buf_puts(walk->out, "!! missing ");
    base_buf_puts(walk->out, node->look == GRAPH_ROUTER
                                 ? base_arena_format(walk->graph->arena, "router %s", node->name)
                                 : graph_node_label(walk->graph, node));
}

static void put_details(struct walk *walk, const struct graph_node *node)
{
    for (size_t i = 0; i < GRAPH_DETAILS && node->details[i]; i++)
        base_buf_format(walk->out, "%s%s", i ? ", " : " (", node->details[i]);
    base_buf_puts(walk->out, node->details[0] ? ")" : "");
    base_buf_puts(walk->out, node->has_errors ? " !! has errors" : "");
}

/* "llama3: InferenceService/chat", "inferenceCacheRef: ...", "pddRef of InferenceCache/kv". */
static void put_way(struct walk *walk, const struct graph_edge *edge)
{
    if (edge->label)
        base_buf_format(walk->out, "%s: ", edge->label);
    else if (edge->field)
        base_buf_format(walk->out, edge->reversed ? "%s of " : "%s: ", edge->field);
    if (edge->broken && walk->graph->nodes[edge->to].look != GRAPH_MISSING)
        base_buf_puts(walk->out,
                      walk->graph->nodes[edge->from].look == GRAPH_MISSING
                          ? ""
                          : "!! wrong kind or group ");
}

static bool has_more(const struct walk *walk, uint32_t node)
{
    return walk->first[node] < walk->first[node + 1];
}

static void push(struct walk *walk, uint32_t node)
{
    walk->state[node] = SHOWN;
    walk->stack[walk->depth++] = (struct step){node, walk->first[node]};
}

static void show(struct walk *walk, uint32_t at)
{
    put_name(walk, &walk->graph->nodes[at]);
    if (walk->state[at] == SHOWN) {
        base_buf_puts(walk->out, has_more(walk, at) ? " (see above)\n" : "\n");
        return;
    }
    if (walk->depth == MOST_DEPTH && has_more(walk, at)) {
        base_buf_puts(walk->out, " (see below)\n");
        return;
    }
    put_details(walk, &walk->graph->nodes[at]);
    base_buf_putc(walk->out, '\n');
    push(walk, at);
}

static void show_tree(struct walk *walk, uint32_t root)
{
    walk->depth = 0;
    show(walk, root);
    while (walk->depth > 0) {
        struct step *step = &walk->stack[walk->depth - 1];
        const struct graph_edge *edge = &walk->graph->edges[step->next];

        if (step->next++ == walk->first[step->node + 1]) {
            walk->depth--;
            continue;
        }
        base_buf_fill(walk->out, ' ', 2 * walk->depth);
        put_way(walk, edge);
        show(walk, edge->to);
    }
}

void graph_write_text(const struct graph *graph, struct base_buf *out)
{
    size_t n = graph->n_nodes, edge = 0;
    struct walk walk = {.graph = graph, .out = out};
    char *has_way = base_arena_zalloc(graph->arena, n + 1);

    walk.state = base_arena_zalloc(graph->arena, n + 1);
    walk.first = base_arena_alloc(graph->arena, (n + 1) * sizeof(*walk.first));
    for (size_t i = 0; i <= n; i++) {
        while (edge < graph->n_edges && graph->edges[edge].from < i)
            edge++;
        walk.first[i] = (uint32_t)edge;
    }
    for (size_t i = 0; i < graph->n_edges; i++)
        has_way[graph->edges[i].to] = 1;
    for (size_t i = 0; i < n; i++)
        if (!has_way[i])
            show_tree(&walk, (uint32_t)i);
    /* What is left goes in circles, or hangs too deep. */
    for (size_t i = 0; i < n; i++)
        if (walk.state[i] == NEW)
            show_tree(&walk, (uint32_t)i);
    if (n == 0)
        base_buf_puts(out, "there are no objects to draw\n");
}
