/*
 * A layered layout. The column of a node follows from what it is, so that no circle
 * of references can mislead it, and each edge passes at most all columns: the work
 * grows with n log n. Within the columns a few sweeps put nodes near to what they
 * are linked with. Whole numbers only: the same picture on every machine.
 */
#include "graph/layout.h"

enum {
    SWEEPS = 6,
    GAP = 72,          /* between two columns, beside what labels take */
    MOST_BUSY = 140,   /* a gap where many edges turn is wider, so that they stay apart */
    LABEL_ROOM = 14,   /* around a label, the head of the arrow included */
    PASS_HEIGHT = 8,   /* what a passing edge takes of a column */
    KEY_SCALE = 256
};

/* ---- sizes ---- */

static int32_t text_width(size_t cells, int32_t tenths)
{
    return (int32_t)cells * tenths / 10;
}

static int32_t wider(int32_t width, const char *text, size_t most, int32_t tenths,
                     struct base_arena *arena)
{
    int32_t own = text_width(graph_cells(graph_cut(text, most, arena)), tenths);

    return own > width ? own : width;
}

/* Cells are 0.602 em wide in the fonts that svg.c asks for. */
static int32_t node_width(const struct graph *graph, const struct graph_node *node)
{
    struct base_arena *arena = graph->arena;
    int32_t width = wider(80, graph_kind_line(graph, node), GRAPH_KIND_CELLS, 61, arena);

    if (node->has_errors)
        width += text_width(8, 61);
    width = wider(width, node->name, GRAPH_NAME_CELLS, 79, arena);
    for (size_t i = 0; i < GRAPH_DETAILS && node->details[i]; i++)
        width = wider(width, node->details[i], GRAPH_DETAIL_CELLS, 67, arena);
    return width + 24;
}

int32_t graph_text_height(const struct graph_node *node)
{
    return 39 + (node->details[0] ? node->details[1] ? 26 : 13 : 0);
}

static int32_t node_height(const struct graph_node *node, int32_t n_labels)
{
    int32_t height = graph_text_height(node);

    return height > 13 * n_labels + 16 ? height : 13 * n_labels + 16;
}

static void measure(struct layout *layout)
{
    struct graph *graph = layout->graph;
    int32_t *labels = base_arena_zalloc(layout->arena, (graph->n_nodes + 1) * sizeof(*labels));

    for (size_t i = 0; i < graph->n_edges; i++)
        labels[graph->edges[i].to] += graph->edges[i].label != NULL;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        struct graph_node *node = &graph->nodes[i];
        int32_t *width = &layout->column_width[node->column];

        node->width = node_width(graph, node);
        node->height = node_height(node, labels[i]);
        *width = node->width > *width ? node->width : *width;
    }
}

/* Leaves out the columns that nothing stands in, and says where the others begin. */
static void place_columns(struct layout *layout)
{
    struct graph *graph = layout->graph;
    int32_t labels[GRAPH_COLUMNS] = {0}, x = LAYOUT_MARGIN, gap = GAP;
    size_t starts[GRAPH_COLUMNS] = {0};
    uint8_t number[GRAPH_COLUMNS] = {0};

    for (size_t i = 0; i < graph->n_edges; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        int32_t *width = &labels[graph->nodes[edge->to].column];

        starts[graph->nodes[edge->from].column] += 3;
        if (edge->label)
            *width = wider(*width, edge->label, GRAPH_LABEL_CELLS, 61, layout->arena);
    }
    for (size_t i = 0; i < GRAPH_COLUMNS; i++) {
        size_t at = layout->n_columns;

        if (layout->column_width[i] == 0)
            continue;
        number[i] = (uint8_t)at;
        layout->label_width[at] = labels[i] ? labels[i] + LABEL_ROOM : 0;
        x += at > 0 ? gap + layout->label_width[at] : 0;
        gap = GAP + (int32_t)(starts[i] < MOST_BUSY ? starts[i] : MOST_BUSY);
        layout->column_x[at] = x;
        layout->column_width[at] = layout->column_width[i];
        x += layout->column_width[at];
        layout->n_columns++;
    }
    graph->width = x + LAYOUT_MARGIN;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        struct graph_node *node = &graph->nodes[i];

        node->column = number[node->column];
        node->x = layout->column_x[node->column];
        node->width = layout->column_width[node->column];
    }
}

/* ---- groups ---- */

static uint32_t find_root(uint32_t *parents, uint32_t node)
{
    while (parents[node] != node) {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    return node;
}

/* Groups are numbered in the order of their first nodes. */
static void find_groups(struct layout *layout)
{
    const struct graph *graph = layout->graph;
    uint32_t *parents = base_arena_alloc(layout->arena, (graph->n_nodes + 1) * sizeof(*parents));

    for (size_t i = 0; i < graph->n_nodes; i++)
        parents[i] = (uint32_t)i;
    for (size_t i = 0; i < graph->n_edges; i++) {
        uint32_t a = find_root(parents, graph->edges[i].from);
        uint32_t b = find_root(parents, graph->edges[i].to);

        parents[a > b ? a : b] = a > b ? b : a;
    }
    for (size_t i = 0; i < graph->n_nodes; i++) {
        uint32_t root = find_root(parents, (uint32_t)i);

        layout->slots[i].group =
            root == i ? (uint32_t)layout->n_groups++ : layout->slots[root].group;
    }
}

/* ---- slots and links ---- */

static bool goes_back(const struct graph *graph, const struct graph_edge *edge)
{
    return graph->nodes[edge->from].column >= graph->nodes[edge->to].column;
}

static void make_slots(struct layout *layout)
{
    struct graph *graph = layout->graph;
    size_t n_slots = graph->n_nodes, n_links = 0;

    for (size_t i = 0; i < graph->n_edges; i++) {
        struct graph_edge *edge = &graph->edges[i];

        edge->back = goes_back(graph, edge);
        if (!edge->back)
            n_links += (size_t)(graph->nodes[edge->to].column - graph->nodes[edge->from].column);
    }
    n_slots += n_links;
    layout->slots = base_arena_alloc(layout->arena, (n_slots + 1) * sizeof(*layout->slots));
    layout->links = base_arena_alloc(layout->arena, (n_links + 1) * sizeof(*layout->links));
    layout->edge_links =
        base_arena_alloc(layout->arena, (graph->n_edges + 1) * sizeof(*layout->edge_links));
    for (size_t i = 0; i < graph->n_nodes; i++)
        layout->slots[i] = (struct layout_slot){.node = (uint32_t)i,
                                                .column = graph->nodes[i].column,
                                                .height = graph->nodes[i].height};
    layout->n_slots = graph->n_nodes;
}

static void make_links(struct layout *layout)
{
    const struct graph *graph = layout->graph;

    for (size_t i = 0; i < graph->n_edges; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        uint32_t at = edge->from;

        layout->edge_links[i] = edge->back ? LAYOUT_NONE : (uint32_t)layout->n_links;
        for (uint8_t column = graph->nodes[at].column; !edge->back && at != edge->to;) {
            uint32_t next = edge->to;

            if (++column < graph->nodes[edge->to].column) {
                next = (uint32_t)layout->n_slots++;
                layout->slots[next] = (struct layout_slot){.node = LAYOUT_NONE,
                                                           .group = layout->slots[at].group,
                                                           .column = column,
                                                           .height = PASS_HEIGHT};
            }
            layout->links[layout->n_links++] = (struct layout_link){.from = at, .to = next};
            at = next;
        }
    }
}

/* A counting sort of links by one of their ends. */
static struct layout_links index_links(const struct layout *layout, bool by_to)
{
    struct layout_links index = {
        base_arena_zalloc(layout->arena, (layout->n_slots + 2) * sizeof(uint32_t)),
        base_arena_alloc(layout->arena, (layout->n_links + 1) * sizeof(uint32_t))};

    for (size_t i = 0; i < layout->n_links; i++)
        index.first[(by_to ? layout->links[i].to : layout->links[i].from) + 2]++;
    for (size_t i = 2; i < layout->n_slots + 2; i++)
        index.first[i] += index.first[i - 1];
    for (size_t i = 0; i < layout->n_links; i++)
        index.items[index.first[(by_to ? layout->links[i].to : layout->links[i].from) + 1]++] =
            (uint32_t)i;
    return index;
}

static void make_rows(struct layout *layout)
{
    size_t n_rows = layout->n_groups * layout->n_columns, n = layout->n_slots;
    uint32_t *first = base_arena_zalloc(layout->arena, (n_rows + 2) * sizeof(*first));

    layout->rows = base_arena_alloc(layout->arena, (n + 1) * sizeof(*layout->rows));
    layout->spare = base_arena_alloc(layout->arena, (n + 1) * sizeof(*layout->spare));
    layout->first_row = first;
    for (size_t i = 0; i < n; i++)
        first[layout->slots[i].group * layout->n_columns + layout->slots[i].column + 2]++;
    for (size_t i = 2; i < n_rows + 2; i++)
        first[i] += first[i - 1];
    for (size_t i = 0; i < n; i++) {
        struct layout_slot *slot = &layout->slots[i];
        size_t row = slot->group * layout->n_columns + slot->column;

        slot->position = first[row + 1] - first[row];
        layout->rows[first[row + 1]++] = (uint32_t)i;
    }
}

/* ---- who stands above whom ---- */

static bool key_after(const void *ctx, uint32_t a, uint32_t b)
{
    const int64_t *keys = ctx;

    return keys[a] > keys[b];
}

/* Sorts a row by the mean position of what its slots are linked with on one side. */
static void sort_row(struct layout *layout, size_t row, bool by_in, int64_t *keys)
{
    const struct layout_links *links = by_in ? &layout->in : &layout->out;
    uint32_t *slots = layout->rows + layout->first_row[row];
    size_t n = layout->first_row[row + 1] - layout->first_row[row];
    int64_t last = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t first = links->first[slots[i]], end = links->first[slots[i] + 1];
        int64_t sum = 0;

        for (uint32_t k = first; k < end; k++) {
            const struct layout_link *link = &layout->links[links->items[k]];

            sum += layout->slots[by_in ? link->from : link->to].position;
        }
        /* What has no link on that side stays with the one above it. */
        last = keys[slots[i]] = end > first ? sum * KEY_SCALE / (end - first) : last;
    }
    graph_sort(slots, layout->spare, n, key_after, keys);
    for (size_t i = 0; i < n; i++)
        layout->slots[slots[i]].position = (uint32_t)i;
}

static void sort_rows(struct layout *layout)
{
    int64_t *keys = base_arena_alloc(layout->arena, (layout->n_slots + 1) * sizeof(*keys));

    for (size_t group = 0; group < layout->n_groups; group++) {
        size_t first = group * layout->n_columns;

        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (size_t i = layout->n_columns - 1; i-- > 0;)
                sort_row(layout, first + i, /* by_in= */ false, keys);
            for (size_t i = 1; i < layout->n_columns; i++)
                sort_row(layout, first + i, /* by_in= */ true, keys);
        }
    }
}

void graph_layout(struct graph *graph)
{
    struct layout layout = {.graph = graph, .arena = graph->arena};

    measure(&layout);
    place_columns(&layout);
    if (graph->n_nodes > 0) {
        make_slots(&layout);
        find_groups(&layout);
        make_links(&layout);
        layout.out = index_links(&layout, /* by_to= */ false);
        layout.in = index_links(&layout, /* by_to= */ true);
        make_rows(&layout);
        sort_rows(&layout);
    }
    layout_place(&layout);
}
