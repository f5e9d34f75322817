/* The graph as a Mermaid flowchart, which many Markdown viewers draw. */
#include "graph/graph.h"

/*
 * A quoted text of Mermaid may hold markup; only what can mean nothing stands for
 * itself, and the rest is written by number.
 */
static void put_text(struct base_buf *out, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c >= 0x80 || strchr(" ./:,-_()", c);

        if (plain)
            base_buf_putc(out, *text);
        else
            base_buf_format(out, "#%u;", c);
    }
}

static const char *class_of(const struct graph_node *node)
{
    static const char *const classes[GRAPH_LOOK__COUNT] = {
        "gateway", "router",  "route", "service",     "backend", "pdd",
        "prefill", "decode", "cache", "speculation", "core",    "missing"};

    return classes[node->look];
}

static void write_node(const struct graph *graph, size_t i, struct base_buf *out)
{
    const struct graph_node *node = &graph->nodes[i];

    base_buf_format(out, "  n%zu[\"", i);
    put_text(out, graph_kind_line(graph, node));
    base_buf_puts(out, "<br/><b>");
    put_text(out, node->name);
    base_buf_puts(out, "</b>");
    for (size_t k = 0; k < GRAPH_DETAILS && node->details[k]; k++) {
        base_buf_puts(out, "<br/>");
        put_text(out, node->details[k]);
    }
    if (node->has_errors)
        base_buf_puts(out, "<br/>has errors");
    base_buf_format(out, "\"]:::%s\n", class_of(node));
    if (node->has_errors)
        base_buf_format(out, "  style n%zu stroke:%s,stroke-width:3px\n", i,
                        graph_looks[GRAPH_MISSING].stroke);
}

static void write_edge(const struct graph_edge *edge, struct base_buf *out)
{
    base_buf_format(out, "  n%u %s", (unsigned)edge->from, edge->broken ? "-.->" : "-->");
    if (edge->label) {
        base_buf_puts(out, "|\"");
        put_text(out, edge->label);
        base_buf_puts(out, "\"|");
    }
    base_buf_format(out, " n%u\n", (unsigned)edge->to);
}

static void write_classes(const struct graph *graph, struct base_buf *out)
{
    bool seen[GRAPH_LOOK__COUNT] = {false};

    for (size_t i = 0; i < graph->n_nodes; i++) {
        const struct graph_look_row *look = &graph_looks[graph->nodes[i].look];

        if (seen[graph->nodes[i].look])
            continue;
        seen[graph->nodes[i].look] = true;
        base_buf_format(out, "  classDef %s fill:%s,stroke:%s,color:#1b1f24%s\n",
                        class_of(&graph->nodes[i]), look->fill, look->stroke,
                        graph->nodes[i].look == GRAPH_MISSING ? ",stroke-dasharray:6 4" : "");
    }
}

void graph_write_mermaid(const struct graph *graph, struct base_buf *out)
{
    base_buf_puts(out, "flowchart LR\n");
    for (size_t i = 0; i < graph->n_nodes; i++)
        write_node(graph, i, out);
    for (size_t i = 0; i < graph->n_edges; i++)
        write_edge(&graph->edges[i], out);
    for (size_t i = 0; i < graph->n_edges; i++)
        if (graph->edges[i].broken)
            base_buf_format(out, "  linkStyle %zu stroke:%s\n", i,
                            graph_looks[GRAPH_MISSING].stroke);
    write_classes(graph, out);
}
