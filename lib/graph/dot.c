/* The graph in the language of Graphviz. */
#include "graph/graph.h"

/*
 * Graphviz reads escapes and HTML entities in its strings, so both are hidden from
 * it; a newline in `text` starts a line in the label.
 */
static void put_string(struct base_buf *out, const char *text)
{
    base_buf_putc(out, '"');
    for (; *text; text++) {
        switch (*text) {
        case '"': base_buf_puts(out, "\\\""); break;
        case '\\': base_buf_puts(out, "\\\\"); break;
        case '&': base_buf_puts(out, "&amp;"); break;
        case '\n': base_buf_puts(out, "\\n"); break;
        default: base_buf_putc(out, *text);
        }
    }
    base_buf_putc(out, '"');
}

static void write_node(const struct graph *graph, size_t i, struct base_buf *out)
{
    const struct graph_node *node = &graph->nodes[i];
    const struct graph_look_row *look = &graph_looks[node->look];
    const char *place = graph_node_place(graph, node);
    struct base_buf label;

    base_buf_init(&label, graph->arena, NULL);
    base_buf_format(&label, "%s\n%s", graph_kind_line(graph, node), node->name);
    for (size_t k = 0; k < GRAPH_DETAILS && node->details[k]; k++)
        base_buf_format(&label, "\n%s", node->details[k]);
    if (node->has_errors)
        base_buf_puts(&label, "\nhas errors");
    base_buf_format(out, "  n%zu [label=", i);
    put_string(out, label.data);
    base_buf_puts(out, ", tooltip=");
    put_string(out, place ? place : node->name);
    base_buf_format(out, ", fillcolor=\"%s\", color=\"%s\"", look->fill,
                    node->has_errors ? graph_looks[GRAPH_MISSING].stroke : look->stroke);
    if (node->look == GRAPH_MISSING)
        base_buf_puts(out, ", style=\"rounded,filled,dashed\"");
    else if (node->has_errors)
        base_buf_puts(out, ", penwidth=2.5");
    base_buf_puts(out, "];\n");
}

static void write_edge(const struct graph_edge *edge, struct base_buf *out)
{
    const char *between = " [";

    base_buf_format(out, "  n%u -> n%u", (unsigned)edge->from, (unsigned)edge->to);
    if (edge->label) {
        base_buf_puts(out, " [label=");
        put_string(out, edge->label);
        between = ", ";
    }
    if (edge->field) {
        base_buf_format(out, "%stooltip=\"%s\"", between, edge->field);
        between = ", ";
    }
    if (edge->broken) {
        base_buf_format(out, "%scolor=\"%s\", style=dashed", between,
                        graph_looks[GRAPH_MISSING].stroke);
        between = ", ";
    }
    base_buf_puts(out, *between == ',' ? "];\n" : ";\n");
}

void graph_write_dot(const struct graph *graph, struct base_buf *out)
{
    base_buf_puts(out, "digraph objects {\n"
                       "  rankdir=LR;\n"
                       "  node [shape=box, style=\"rounded,filled\"];\n");
    for (size_t i = 0; i < graph->n_nodes; i++)
        write_node(graph, i, out);
    for (size_t i = 0; i < graph->n_edges; i++)
        write_edge(&graph->edges[i], out);
    base_buf_puts(out, "}\n");
}
