/*
 * One order of nodes and edges, whatever that of the documents was: by names. What
 * has no object of its own (gaps, backends) was added once for each reference and
 * becomes one node here, and edges between the same two nodes become one.
 */
#include "graph/graph.h"

void graph_sort(uint32_t *items, uint32_t *spare, size_t n,
                bool (*after)(const void *ctx, uint32_t a, uint32_t b), const void *ctx)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start + width < n; start += 2 * width) {
            size_t end = start + 2 * width < n ? start + 2 * width : n;
            size_t i = 0, j = start + width, at = start;

            if (!after(ctx, items[j - 1], items[j]))
                continue;
            memcpy(spare, items + start, width * sizeof(*items));
            while (i < width && j < end)
                items[at++] = after(ctx, spare[i], items[j]) ? items[j++] : spare[i++];
            memcpy(items + at, spare + i, (width - i) * sizeof(*items));
        }
    }
}

static uint32_t *count_up(struct base_arena *arena, size_t n)
{
    uint32_t *items = base_arena_alloc(arena, (n + 1) * sizeof(*items));

    for (size_t i = 0; i < n; i++)
        items[i] = (uint32_t)i;
    return items;
}

static int compare_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

/* ---- nodes ---- */

/* Parts of an object stand in the order of their owners. */
static int compare_owners(const rctl_object *a, const rctl_object *b)
{
    const char *const *files;
    int diff;

    if (!a || !b)
        return (a != NULL) - (b != NULL);
    diff = strcmp(a->name, b->name);
    diff = diff ? diff : strcmp(a->kind->kind, b->kind->kind);
    if (diff != 0 || a == b)
        return diff;
    /* Twins: only their places tell them apart. */
    files = a->world->diags->files;
    diff = strcmp(files[a->file], files[b->file]);
    if (diff == 0)
        diff = (a->mark.line > b->mark.line) - (a->mark.line < b->mark.line);
    return diff ? diff : (a->mark.column > b->mark.column) - (a->mark.column < b->mark.column);
}

/* What makes two nodes the same, unless objects of their own tell them apart. */
static int compare_names(const struct graph_node *a, const struct graph_node *b)
{
    int diff = strcmp(a->name_space, b->name_space);

    diff = diff ? diff : (int)a->look - (int)b->look;
    diff = diff ? diff : strcmp(a->kind, b->kind);
    return diff ? diff : strcmp(a->name, b->name);
}

static bool is_same_node(const struct graph_node *a, const struct graph_node *b)
{
    return !a->object && !b->object && compare_names(a, b) == 0;
}

static bool node_after(const void *ctx, uint32_t a, uint32_t b)
{
    const struct graph_node *nodes = ctx, *x = &nodes[a], *y = &nodes[b];
    int diff = strcmp(x->name_space, y->name_space);

    diff = diff ? diff : (int)x->look - (int)y->look;
    diff = diff ? diff : compare_owners(x->object, y->object);
    diff = diff ? diff : compare_names(x, y);
    return (diff ? diff : (int)x->column - (int)y->column) > 0;
}

static void order_nodes(struct graph *graph, uint32_t *ret_place)
{
    size_t n = graph->n_nodes, kept = 0;
    uint32_t *order = count_up(graph->arena, n);
    uint32_t *spare = base_arena_alloc(graph->arena, (n + 1) * sizeof(*spare));
    struct graph_node *nodes = base_arena_alloc(graph->arena, (n + 1) * sizeof(*nodes));

    graph_sort(order, spare, n, node_after, graph->nodes);
    for (size_t i = 0; i < n; i++) {
        const struct graph_node *node = &graph->nodes[order[i]];

        /* The first of equals stands in the first of their columns. */
        if (kept == 0 || !is_same_node(&nodes[kept - 1], node))
            nodes[kept++] = *node;
        ret_place[order[i]] = (uint32_t)kept - 1;
    }
    graph->nodes = nodes;
    graph->n_nodes = kept;
}

/* ---- edges ---- */

static bool edge_after(const void *ctx, uint32_t a, uint32_t b)
{
    const struct graph_edge *edges = ctx, *x = &edges[a], *y = &edges[b];
    int diff;

    if (x->from != y->from)
        return x->from > y->from;
    if (x->to != y->to)
        return x->to > y->to;
    diff = compare_text(x->label, y->label);
    diff = diff ? diff : compare_text(x->field, y->field);
    return (diff ? diff : (int)x->broken - (int)y->broken) > 0;
}

/* Edges between the same two nodes: one that names all their models. */
static struct graph_edge join(struct graph *graph, const uint32_t *order, size_t n)
{
    struct graph_edge all = graph->edges[order[0]];
    const char *last = all.label;
    struct base_buf label;

    base_buf_init(&label, graph->arena, NULL);
    if (last)
        base_buf_puts(&label, last);
    for (size_t i = 1; i < n; i++) {
        const struct graph_edge *edge = &graph->edges[order[i]];

        all.broken |= edge->broken;
        if (compare_text(last, edge->label) == 0)
            continue;
        base_buf_format(&label, "%s%s", label.len ? ", " : "", edge->label);
        last = edge->label;
    }
    if (label.len)
        all.label = label.data;
    return all;
}

static void order_edges(struct graph *graph)
{
    size_t n = graph->n_edges, kept = 0;
    uint32_t *order = count_up(graph->arena, n);
    uint32_t *spare = base_arena_alloc(graph->arena, (n + 1) * sizeof(*spare));
    struct graph_edge *edges = base_arena_alloc(graph->arena, (n + 1) * sizeof(*edges));

    graph_sort(order, spare, n, edge_after, graph->edges);
    for (size_t i = 0, end; i < n; i = end) {
        const struct graph_edge *first = &graph->edges[order[i]];

        end = i + 1;
        while (end < n && graph->edges[order[end]].from == first->from &&
               graph->edges[order[end]].to == first->to)
            end++;
        edges[kept++] = join(graph, order + i, end - i);
    }
    graph->edges = edges;
    graph->n_edges = kept;
}

void graph_order(struct graph *graph)
{
    uint32_t *place = base_arena_alloc(graph->arena, (graph->n_nodes + 1) * sizeof(*place));

    order_nodes(graph, place);
    for (size_t i = 0; i < graph->n_edges; i++) {
        graph->edges[i].from = place[graph->edges[i].from];
        graph->edges[i].to = place[graph->edges[i].to];
    }
    order_edges(graph);
}
