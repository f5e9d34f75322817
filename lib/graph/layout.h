/*
 * What layout.c and place.c share: slots in columns, and links between slots of
 * neighbouring columns. A slot is a node, or the place where a long edge passes a
 * column. Nodes that no edge connects never influence each other: each connected
 * group is laid out by itself, and the groups stand below each other.
 */
#ifndef GRAPH_LAYOUT_H
#define GRAPH_LAYOUT_H

#include "graph/graph.h"

#define LAYOUT_NONE UINT32_MAX

struct layout_slot {
    uint32_t node;    /* LAYOUT_NONE where an edge passes */
    uint32_t group;
    uint32_t position; /* in its row */
    uint8_t column;
    int32_t height;
    int64_t y;        /* of the middle */
};

struct layout_link {
    uint32_t from, to;    /* slots */
    int32_t y_from, y_to; /* where it touches them */
};

/* Links by slot: those of slot s are items[first[s]] up to items[first[s + 1]]. */
struct layout_links {
    uint32_t *first, *items;
};

struct layout {
    struct graph *graph;
    struct base_arena *arena;
    struct layout_slot *slots; /* those of the nodes first, in the same order */
    size_t n_slots;
    struct layout_link *links;
    size_t n_links;
    struct layout_links out, in;
    uint32_t *edge_links; /* the first link of an edge; LAYOUT_NONE when it goes back */
    /* Row r = group * n_columns + column: rows[first_row[r]] up to rows[first_row[r + 1]]. */
    uint32_t *rows, *first_row, *spare;
    size_t n_groups, n_columns;
    int32_t column_x[GRAPH_COLUMNS], column_width[GRAPH_COLUMNS];
    int32_t label_width[GRAPH_COLUMNS]; /* of the edges that end at a column; 0 for none */
};

enum { LAYOUT_MARGIN = 24 };

/* Gives every node its place and every edge its points. */
void layout_place(struct layout *layout);

#endif
