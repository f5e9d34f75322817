/*
 * The picture. One file that stands alone: attributes instead of a style sheet, so
 * that it may stand inside a page, too, and a background of its own, so that its
 * colours work on a dark one. Whatever a colour says is also said in words.
 */
#include "graph/graph.h"

#define FONT "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
#define RED "#c01c1c"
#define INK "#1b1f24"
#define LINE "#5c6773"

enum { PAD = 12, LEGEND_LEFT = 24, LEGEND_LINE = 22, LEGEND_LEAST = 640, SWATCH = 14 };

static void put_text(struct base_buf *out, const char *text)
{
    base_buf_xml(out, text, strlen(text));
}

/* ---- legend ---- */

/* The head of an arrow, whose point is here. */
static void write_head(int32_t x, int32_t y, const char *color, struct base_buf *out)
{
    base_buf_format(out, "<path d=\"M%d %dl-8 -4v8z\" fill=\"%s\"/>", x, y, color);
}

struct legend {
    struct base_buf *out;
    int32_t x, y, width;
};

static int32_t legend_width(const char *word)
{
    return SWATCH + 6 + (int32_t)graph_cells(word) * 67 / 10;
}

/* Room for one more entry, on a new line when this one is full. */
static void legend_next(struct legend *legend, const char *word)
{
    if (legend->x > LEGEND_LEFT && legend->x + legend_width(word) > legend->width) {
        legend->x = LEGEND_LEFT;
        legend->y += LEGEND_LINE;
    }
}

static void legend_word(struct legend *legend, const char *word)
{
    base_buf_format(legend->out, "<text x=\"%d\" y=\"%d\">%s</text>\n", legend->x + SWATCH + 6,
                    legend->y + 11, word);
    legend->x += legend_width(word) + 20;
}

static void legend_box(struct legend *legend, const char *word, const char *fill,
                       const char *stroke, const char *more)
{
    legend_next(legend, word);
    base_buf_format(legend->out,
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"3\" fill=\"%s\" "
                    "stroke=\"%s\"%s/>",
                    legend->x, legend->y, SWATCH, SWATCH, fill, stroke, more);
    legend_word(legend, word);
}

static void legend_arrow(struct legend *legend, const char *word)
{
    legend_next(legend, word);
    base_buf_format(legend->out, "<path d=\"M%d %dh%d\" stroke=\"" LINE "\"/>", legend->x,
                    legend->y + SWATCH / 2, SWATCH);
    write_head(legend->x + SWATCH, legend->y + SWATCH / 2, LINE, legend->out);
    legend_word(legend, word);
}

/* Returns the height of the legend. What is not in the picture is not in the legend. */
static int32_t write_legend(const struct graph *graph, int32_t width, struct base_buf *out)
{
    struct legend legend = {out, LEGEND_LEFT, 16, width - LEGEND_LEFT};
    bool seen[GRAPH_LOOK__COUNT] = {false}, errors = false;

    for (size_t i = 0; i < graph->n_nodes; i++) {
        seen[graph->nodes[i].look] = true;
        errors |= graph->nodes[i].has_errors;
    }
    base_buf_puts(out, "<g font-size=\"11\" fill=\"" INK "\">\n");
    for (size_t i = 0; i < GRAPH_MISSING; i++)
        if (seen[i])
            legend_box(&legend, graph_looks[i].word, graph_looks[i].fill, graph_looks[i].stroke,
                       "");
    if (errors)
        legend_box(&legend, "has errors", "#ffffff", RED, " stroke-width=\"2.5\"");
    if (seen[GRAPH_MISSING])
        legend_box(&legend, "missing, or a reference that is broken", "#ffffff", RED,
                   " stroke-dasharray=\"4 3\"");
    if (graph->n_edges)
        legend_arrow(&legend, "sends to, or uses");
    if (graph->n_nodes == 0)
        legend_word(&legend, "there are no objects to draw");
    base_buf_puts(out, "</g>\n");
    return legend.y + LEGEND_LINE;
}

/* ---- edges ---- */

static void write_path(const struct graph_edge *edge, struct base_buf *out)
{
    const struct graph_point *points = edge->points;

    base_buf_format(out, "M%d %d", points[0].x, points[0].y);
    for (uint32_t i = 1; i < edge->n_points; i++) {
        int32_t middle = (points[i - 1].x + points[i].x) / 2;

        if (edge->back || i % 2 == 0 || points[i - 1].y == points[i].y)
            base_buf_format(out, "L%d %d", points[i].x, points[i].y);
        else
            base_buf_format(out, "C%d %d %d %d %d %d", middle, points[i - 1].y, middle,
                            points[i].y, points[i].x, points[i].y);
    }
}

static void write_edge_title(const struct graph *graph, const struct graph_edge *edge,
                             struct base_buf *out)
{
    base_buf_puts(out, "<title>");
    put_text(out, graph_node_label(graph, &graph->nodes[edge->from]));
    base_buf_puts(out, " to ");
    put_text(out, graph_node_label(graph, &graph->nodes[edge->to]));
    if (edge->field)
        base_buf_format(out, edge->reversed ? ", by its %s" : ", by %s", edge->field);
    if (edge->label) {
        base_buf_puts(out, ": ");
        put_text(out, edge->label);
    }
    if (edge->broken)
        base_buf_puts(out, " (broken)");
    base_buf_puts(out, "</title>");
}

static void write_edge(const struct graph *graph, const struct graph_edge *edge,
                       struct base_buf *out)
{
    const struct graph_point *end = &edge->points[edge->n_points - 1];
    const char *color = edge->broken ? RED : LINE;

    base_buf_puts(out, "<g>");
    write_edge_title(graph, edge, out);
    base_buf_puts(out, "<path d=\"");
    write_path(edge, out);
    base_buf_format(out, "\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.4\"%s/>", color,
                    edge->broken ? " stroke-dasharray=\"6 4\"" : "");
    write_head(end->x, end->y, color, out);
    base_buf_puts(out, "</g>\n");
}

/* Labels come after all lines and have a rim, so that no line makes them illegible. */
static void write_label(const struct graph *graph, const struct graph_edge *edge,
                        struct base_buf *out)
{
    const struct graph_point *end = &edge->points[edge->n_points - 1];

    if (!edge->label)
        return;
    base_buf_format(out, "<text x=\"%d\" y=\"%d\"%s>", end->x - 11, end->y - 4,
                    edge->broken ? " fill=\"" RED "\"" : "");
    put_text(out, graph_cut(edge->label, GRAPH_LABEL_CELLS, graph->arena));
    base_buf_puts(out, "</text>\n");
}

/* ---- nodes ---- */

static void write_node_title(const struct graph *graph, const struct graph_node *node,
                             struct base_buf *out)
{
    const char *place = graph_node_place(graph, node);

    base_buf_puts(out, "<title>");
    if (node->look == GRAPH_MISSING)
        base_buf_puts(out, "missing: ");
    put_text(out, graph_node_label(graph, node));
    for (size_t i = 0; i < GRAPH_DETAILS && node->details[i]; i++) {
        base_buf_puts(out, "&#10;");
        put_text(out, node->details[i]);
    }
    if (place) {
        base_buf_puts(out, "&#10;");
        put_text(out, place);
    }
    if (node->has_errors)
        base_buf_puts(out, "&#10;has errors");
    base_buf_puts(out, "</title>");
}

static void write_line(const struct graph *graph, const char *text, size_t most, int32_t x,
                       int32_t y, const char *look, struct base_buf *out)
{
    base_buf_format(out, "<text x=\"%d\" y=\"%d\" %s>", x, y, look);
    put_text(out, graph_cut(text, most, graph->arena));
    base_buf_puts(out, "</text>");
}

static void write_node(const struct graph *graph, const struct graph_node *node,
                       struct base_buf *out)
{
    const struct graph_look_row *look = &graph_looks[node->look];
    int32_t x = node->x + PAD, y = node->y + (node->height - graph_text_height(node)) / 2;
    const char *kind_look = base_arena_format(graph->arena, "font-size=\"10\" fill=\"%s\"",
                                              look->stroke);

    base_buf_puts(out, "<g>");
    write_node_title(graph, node, out);
    base_buf_format(out,
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" fill=\"%s\" "
                    "stroke=\"%s\"%s/>",
                    node->x, node->y, node->width, node->height, look->fill,
                    node->has_errors ? RED : look->stroke,
                    node->has_errors              ? " stroke-width=\"2.5\""
                    : node->look == GRAPH_MISSING ? " stroke-dasharray=\"6 4\""
                                                  : "");
    write_line(graph, graph_kind_line(graph, node), GRAPH_KIND_CELLS, x, y + 15, kind_look, out);
    write_line(graph, node->name, GRAPH_NAME_CELLS, x, y + 29,
               "font-size=\"13\" font-weight=\"bold\"", out);
    for (int i = 0; i < GRAPH_DETAILS && node->details[i]; i++)
        write_line(graph, node->details[i], GRAPH_DETAIL_CELLS, x, y + 43 + 13 * i,
                   "font-size=\"11\"", out);
    if (node->has_errors)
        base_buf_format(out,
                        "<text x=\"%d\" y=\"%d\" font-size=\"10\" font-weight=\"bold\" "
                        "text-anchor=\"end\" fill=\"" RED "\">errors</text>",
                        node->x + node->width - 8, y + 15);
    base_buf_puts(out, "</g>\n");
}

static void write_all(const struct graph *graph, struct base_buf *out)
{
    for (size_t i = 0; i < graph->n_edges; i++)
        write_edge(graph, &graph->edges[i], out);
    for (size_t i = 0; i < graph->n_nodes; i++)
        write_node(graph, &graph->nodes[i], out);
    base_buf_puts(out, "<g font-size=\"10\" text-anchor=\"end\" stroke=\"#ffffff\" "
                       "stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\">\n");
    for (size_t i = 0; i < graph->n_edges; i++)
        write_label(graph, &graph->edges[i], out);
    base_buf_puts(out, "</g>\n");
}

void graph_write_svg(const struct graph *graph, struct base_buf *out)
{
    int32_t width = graph->width > LEGEND_LEAST ? graph->width : LEGEND_LEAST, top, height;
    struct base_buf legend;

    base_buf_init(&legend, graph->arena, NULL);
    top = write_legend(graph, width, &legend);
    height = top + (graph->n_nodes ? graph->height : 0);
    base_buf_format(out,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                    "viewBox=\"0 0 %d %d\" font-family=\"" FONT "\" fill=\"" INK "\">\n"
                    "<title>Objects and what refers to what</title>\n"
                    "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
                    width, height, width, height);
    base_buf_add(out, legend.data, legend.len);
    base_buf_format(out, "<g transform=\"translate(0 %d)\">\n", top);
    write_all(graph, out);
    base_buf_puts(out, "</g>\n</svg>\n");
}
