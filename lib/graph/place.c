/*
 * Heights and lines, once the order in each column is known. Each slot is drawn to
 * the mean of what it is linked with; where slots would then overlap, those that
 * push each other move as one block (isotonic regression, in linear time).
 */
#include "graph/layout.h"

enum {
    SWEEPS = 5,
    NODE_GAP = 12,
    PASS_GAP = 6,
    GROUP_GAP = 22,
    LANE = 10,     /* between two edges that go back */
    PORT = 10,     /* between two edges at one side of a node */
    LABEL_PORT = 13 /* the same when their labels stand above them */
};

/* A run of slots that touch each other; `sum` is of where they want the first one. */
struct block {
    int64_t sum, weight;
    size_t n;
};

struct placer {
    struct layout *layout;
    struct block *blocks;
    int64_t *offsets;
};

static bool passes(const struct layout_slot *slot)
{
    return slot->node == LAYOUT_NONE;
}

static int64_t distance(const struct layout_slot *a, const struct layout_slot *b)
{
    return (a->height + b->height) / 2 + (passes(a) || passes(b) ? PASS_GAP : NODE_GAP);
}

/* Long edges want to be straight, most of all where nothing but edges is around. */
static int64_t weight_of(const struct layout_slot *a, const struct layout_slot *b)
{
    return passes(a) && passes(b) ? 8 : passes(a) || passes(b) ? 2 : 1;
}

static void add_wishes(const struct layout *layout, const struct layout_links *links,
                       uint32_t at, int64_t *sum, int64_t *weight)
{
    const struct layout_slot *slot = &layout->slots[at];

    for (uint32_t i = links->first[at]; i < links->first[at + 1]; i++) {
        const struct layout_link *link = &layout->links[links->items[i]];
        const struct layout_slot *other = &layout->slots[link->from == at ? link->to : link->from];

        *sum += other->y * weight_of(slot, other);
        *weight += weight_of(slot, other);
    }
}

static void align_row(struct placer *placer, size_t row, const struct layout_links *links)
{
    struct layout *layout = placer->layout;
    const uint32_t *slots = layout->rows + layout->first_row[row];
    size_t n = layout->first_row[row + 1] - layout->first_row[row], n_blocks = 0, at = 0;
    int64_t offset = 0;

    for (size_t i = 0; i < n; i++) {
        struct block block = {0, 0, 1}, *above;

        if (i > 0)
            offset += distance(&layout->slots[slots[i - 1]], &layout->slots[slots[i]]);
        placer->offsets[i] = offset;
        add_wishes(layout, links, slots[i], &block.sum, &block.weight);
        if (block.weight == 0) {
            block.sum = layout->slots[slots[i]].y;
            block.weight = 1;
        }
        block.sum -= offset * block.weight;
        for (; n_blocks > 0; n_blocks--) {
            above = &placer->blocks[n_blocks - 1];
            if (above->sum / above->weight <= block.sum / block.weight)
                break;
            block = (struct block){above->sum + block.sum, above->weight + block.weight,
                                   above->n + block.n};
        }
        placer->blocks[n_blocks++] = block;
    }
    for (size_t i = 0; i < n_blocks; i++)
        for (size_t k = 0; k < placer->blocks[i].n; k++, at++)
            layout->slots[slots[at]].y =
                placer->blocks[i].sum / placer->blocks[i].weight + placer->offsets[at];
}

static void align_group(struct placer *placer, size_t group)
{
    size_t n = placer->layout->n_columns, first = group * n;

    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        for (size_t i = 0; i < n; i++)
            align_row(placer, first + i, &placer->layout->in);
        for (size_t i = n; i-- > 0;)
            align_row(placer, first + i, &placer->layout->out);
    }
}

/* Moves a group so that it starts at `top`; returns where it ends. */
static int64_t move_group(struct layout *layout, size_t group, int64_t top)
{
    size_t first = layout->first_row[group * layout->n_columns];
    size_t end = layout->first_row[(group + 1) * layout->n_columns];
    int64_t least = INT64_MAX, most = top;

    for (size_t i = first; i < end; i++) {
        const struct layout_slot *slot = &layout->slots[layout->rows[i]];

        if (slot->y - slot->height / 2 < least)
            least = slot->y - slot->height / 2;
    }
    for (size_t i = first; i < end; i++) {
        struct layout_slot *slot = &layout->slots[layout->rows[i]];

        slot->y += top - least;
        if (slot->y + (slot->height + 1) / 2 > most)
            most = slot->y + (slot->height + 1) / 2;
    }
    return most;
}

/* Edges that go back run above their group; `lanes` is how many each group has. */
static void place_groups(struct placer *placer, const uint32_t *lanes, int32_t *tops)
{
    struct layout *layout = placer->layout;
    int64_t y = LAYOUT_MARGIN;

    for (size_t group = 0; group < layout->n_groups; group++) {
        align_group(placer, group);
        y += (int64_t)lanes[group] * LANE;
        tops[group] = (int32_t)y;
        y = move_group(layout, group, y) + GROUP_GAP;
    }
    layout->graph->height = (int32_t)(layout->n_groups ? y - GROUP_GAP : y) + LAYOUT_MARGIN;
    for (size_t i = 0; i < layout->graph->n_nodes; i++)
        layout->graph->nodes[i].y = (int32_t)(layout->slots[i].y - layout->slots[i].height / 2);
}

/* ---- lines ---- */

struct far_end {
    const struct layout *layout;
    bool of_in;
};

static bool end_after(const void *ctx, uint32_t a, uint32_t b)
{
    const struct far_end *far = ctx;
    const struct layout_link *x = &far->layout->links[a], *y = &far->layout->links[b];

    return far->layout->slots[far->of_in ? x->from : x->to].y >
           far->layout->slots[far->of_in ? y->from : y->to].y;
}

/* Spreads the links of one side of a slot over its height, so that they do not cross. */
static void place_ports(struct layout *layout, uint32_t at, bool of_in, int32_t step)
{
    const struct layout_links *links = of_in ? &layout->in : &layout->out;
    const struct layout_slot *slot = &layout->slots[at];
    uint32_t *items = links->items + links->first[at];
    int32_t n = (int32_t)(links->first[at + 1] - links->first[at]);
    struct far_end far = {layout, of_in};
    int64_t room = passes(slot) ? 0 : slot->height - 16, span = (int64_t)step * (n - 1);

    if (span > room)
        span = room;
    graph_sort(items, layout->spare, (size_t)n, end_after, &far);
    for (int32_t i = 0; i < n; i++) {
        struct layout_link *link = &layout->links[items[i]];
        int32_t *y = of_in ? &link->y_to : &link->y_from;

        *y = (int32_t)(slot->y - span / 2 + (n > 1 ? span * i / (n - 1) : 0));
    }
}

static void draw_forward(const struct layout *layout, struct graph_edge *edge, uint32_t first)
{
    const struct graph_node *from = &layout->graph->nodes[edge->from];
    const struct graph_node *to = &layout->graph->nodes[edge->to];
    size_t n = (size_t)(to->column - from->column), at = 0;
    int32_t y_end = layout->links[first + n - 1].y_to;

    edge->points = base_arena_alloc(layout->arena, (2 * n + 1) * sizeof(*edge->points));
    edge->points[at++] = (struct graph_point){from->x + from->width, layout->links[first].y_from};
    for (size_t i = 0; i + 1 < n; i++) {
        const struct layout_slot *slot = &layout->slots[layout->links[first + i].to];
        int32_t x = layout->column_x[slot->column];

        edge->points[at++] = (struct graph_point){x, (int32_t)slot->y};
        edge->points[at++] =
            (struct graph_point){x + layout->column_width[slot->column], (int32_t)slot->y};
    }
    /* A label stands above a line that is straight as far as it goes. */
    if (edge->label)
        edge->points[at++] = (struct graph_point){to->x - layout->label_width[to->column], y_end};
    edge->points[at++] = (struct graph_point){to->x, y_end};
    edge->n_points = (uint32_t)at;
}

/* Out to the right, above the whole group, and down again on the left of its target. */
static void draw_back(const struct layout *layout, struct graph_edge *edge, int32_t lane)
{
    const struct graph_node *from = &layout->graph->nodes[edge->from];
    const struct graph_node *to = &layout->graph->nodes[edge->to];
    int32_t right = from->x + from->width, aside = 8 + (lane / LANE) % 4 * 3;
    struct graph_point points[] = {
        {right, from->y + 10},       {right + aside, from->y + 10}, {right + aside, lane},
        {to->x - aside - 4, lane}, {to->x - aside - 4, to->y + 10}, {to->x, to->y + 10}};

    edge->n_points = BASE_COUNT(points);
    edge->points = base_arena_alloc(layout->arena, sizeof(points));
    memcpy(edge->points, points, sizeof(points));
}

static void draw_edges(struct layout *layout, uint32_t *lanes, const int32_t *tops)
{
    struct graph *graph = layout->graph;

    for (size_t i = 0; i < graph->n_edges; i++) {
        struct graph_edge *edge = &graph->edges[i];
        uint32_t group = layout->slots[edge->from].group;

        if (edge->back)
            draw_back(layout, edge, tops[group] - LANE * (int32_t)lanes[group]--);
        else
            draw_forward(layout, edge, layout->edge_links[i]);
    }
}

static void place_all_ports(struct layout *layout)
{
    const struct graph *graph = layout->graph;
    bool *labelled = base_arena_zalloc(layout->arena, graph->n_nodes + 1);

    for (size_t i = 0; i < graph->n_edges; i++)
        labelled[graph->edges[i].to] |= graph->edges[i].label != NULL;
    for (size_t i = 0; i < layout->n_slots; i++) {
        bool wide = i < graph->n_nodes && labelled[i];

        place_ports(layout, (uint32_t)i, /* of_in= */ false, PORT);
        place_ports(layout, (uint32_t)i, /* of_in= */ true, wide ? LABEL_PORT : PORT);
    }
}

void layout_place(struct layout *layout)
{
    struct graph *graph = layout->graph;
    size_t n = layout->n_slots + 1;
    struct placer placer = {layout, base_arena_alloc(layout->arena, n * sizeof(struct block)),
                            base_arena_alloc(layout->arena, n * sizeof(int64_t))};
    uint32_t *lanes = base_arena_zalloc(layout->arena, (layout->n_groups + 1) * sizeof(*lanes));
    int32_t *tops = base_arena_alloc(layout->arena, (layout->n_groups + 1) * sizeof(*tops));

    for (size_t i = 0; i < layout->n_slots; i++)
        layout->slots[i].y = 0;
    for (size_t i = 0; i < graph->n_edges; i++)
        lanes[layout->slots[graph->edges[i].from].group] += graph->edges[i].back;
    place_groups(&placer, lanes, tops);
    place_all_ports(layout);
    draw_edges(layout, lanes, tops);
}
