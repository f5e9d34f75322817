/*
 * graph: the objects of a world as boxes and arrows. collect.c makes them,
 * layout.c and place.c say where they stand, and each format is a file. An arrow
 * goes the way of a request: from what sends or uses to what is sent to or used.
 */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "kinds/kinds.h"

/* What a node is; the rows of graph_looks[] follow this order, as does the legend. */
enum graph_look {
    GRAPH_GATEWAY,
    GRAPH_ROUTER,
    GRAPH_ROUTE,
    GRAPH_SERVICE,
    GRAPH_BACKEND,
    GRAPH_PDD,
    GRAPH_PREFILL,
    GRAPH_DECODE,
    GRAPH_CACHE,
    GRAPH_SPECULATION,
    GRAPH_CORE_SERVICE, /* a Kubernetes Service that somebody else made */
    GRAPH_MISSING,
    GRAPH_LOOK__COUNT
};

struct graph_look_row {
    const char *word;  /* in the legend, and on nodes that are no object */
    uint8_t column;    /* from what clients see to what engines use */
    const char *fill, *stroke;
};
extern const struct graph_look_row graph_looks[GRAPH_LOOK__COUNT];
enum { GRAPH_COLUMNS = 8, GRAPH_DETAILS = 2 };

struct graph_point {
    int32_t x, y;
};

/* All text is safe to show (diag_escape), whole, and in the graph's arena. */
struct graph_node {
    enum graph_look look;
    uint8_t column;
    bool has_errors;
    const rctl_object *object; /* that it is or belongs to; NULL for a backend or a gap */
    const char *kind;          /* "InferenceService", "router"; of a gap the kind that is missing */
    const char *name_space, *name;
    const char *details[GRAPH_DETAILS]; /* NULL when there is no more to say */
    int32_t x, y, width, height;        /* layout: the upper left corner, in pixels */
};

struct graph_edge {
    uint32_t from, to;  /* indices of nodes */
    const char *label;  /* names of models; NULL for none */
    const char *field;  /* wire name of the reference; NULL for an edge that is no reference */
    bool broken;        /* the target is missing, or of a kind that the field does not take */
    bool reversed;      /* `field` belongs to the object that the edge leads to */
    /*
     * Layout, from box to box: curves and lines in turn, a curve first, between one
     * point and the next. An edge that goes back (`back`) is all lines.
     */
    bool back;
    struct graph_point *points;
    uint32_t n_points;
};

struct graph {
    struct base_arena *arena;
    struct graph_node *nodes; /* by namespace, column, kind and name */
    size_t n_nodes, nodes_room;
    struct graph_edge *edges; /* by `from`, then `to`; at most one for each pair */
    size_t n_edges, edges_room;
    bool many_namespaces;
    int32_t width, height;    /* layout */
};

/* ---- collect.c: from a checked world to nodes and edges, in any order ---- */
void graph_collect(const struct kinds_world *world, struct base_arena *arena,
                   struct base_arena *scratch, struct graph *ret);
uint32_t graph_add_node(struct graph *graph, enum graph_look look, const rctl_object *object,
                        const char *kind, const char *name_space, const char *name);
struct graph_edge *graph_add_edge(struct graph *graph, uint32_t from, uint32_t to);

/* ---- describe.c: the small text in a node ---- */
/* Fills the details of an object's node; `spec` may be NULL. */
void graph_describe(struct graph *graph, struct graph_node *node, const void *spec);
/* A URL without the password that it may hold. */
const char *graph_safe_url(const char *url, struct base_arena *arena);

/* ---- order.c: one order, whatever that of the input was ---- */
/* Sorts nodes and edges; equal gaps and backends become one, as do parallel edges. */
void graph_order(struct graph *graph);
/* A stable merge sort of numbers; `spare` has the same room. */
void graph_sort(uint32_t *items, uint32_t *spare, size_t n,
                bool (*after)(const void *ctx, uint32_t a, uint32_t b), const void *ctx);

/* ---- layout.c: columns, long edges, and who stands above whom ---- */
void graph_layout(struct graph *graph);
/* Of the lines of a node, with room above and below. */
int32_t graph_text_height(const struct graph_node *node);

/* ---- label.c: how wide a text is, and how it is cut ---- */
enum {
    GRAPH_KIND_CELLS = 40,
    GRAPH_NAME_CELLS = 28,
    GRAPH_DETAIL_CELLS = 34,
    GRAPH_LABEL_CELLS = 26
};
/* Cells of a fixed-width font: two for what may be wide. */
size_t graph_cells(const char *text);
/* `text`, or its start and end around an ellipsis when it has more cells than that. */
const char *graph_cut(const char *text, size_t most, struct base_arena *arena);
/* "InferenceService", "InferenceService in team-a", "missing: InferenceCache". */
const char *graph_kind_line(const struct graph *graph, const struct graph_node *node);
/* "InferenceService/chat", with the namespace in the middle when there are several. */
const char *graph_node_label(const struct graph *graph, const struct graph_node *node);
/* "manifests/chat.yaml:12", or NULL. */
const char *graph_node_place(const struct graph *graph, const struct graph_node *node);

/* ---- svg.c dot.c mermaid.c text.c ---- */
void graph_write_svg(const struct graph *graph, struct base_buf *out); /* after graph_layout() */
void graph_write_dot(const struct graph *graph, struct base_buf *out);
void graph_write_mermaid(const struct graph *graph, struct base_buf *out);
void graph_write_text(const struct graph *graph, struct base_buf *out);

#endif
