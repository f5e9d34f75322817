/*
 * Texts of nodes, how wide they are and how they are cut. Names of a family differ
 * at their ends, so what is left out is the middle.
 */
#include "graph/graph.h"

/* Scripts from Hangul on may be wide; taking too much room is the lesser harm. */
static size_t cells_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    return (first & 0xc0) == 0x80 ? 0 : first < 0xe1 ? 1 : 2;
}

size_t graph_cells(const char *text)
{
    size_t cells = 0;

    for (; *text; text++)
        cells += cells_of((unsigned char)*text);
    return cells;
}

static const char *char_end(const char *text)
{
    do
        text++;
    while (((unsigned char)*text & 0xc0) == 0x80);
    return text;
}

const char *graph_cut(const char *text, size_t most, struct base_arena *arena)
{
    size_t cells = graph_cells(text), tail = (most - 1) * 2 / 5, head = most - 1 - tail, used = 0;
    const char *first = text, *second;

    if (cells <= most)
        return text;
    while (used + cells_of((unsigned char)*first) <= head) {
        used += cells_of((unsigned char)*first);
        first = char_end(first);
    }
    for (second = first; cells - used > tail; second = char_end(second))
        used += cells_of((unsigned char)*second);
    return base_arena_format(arena, "%.*s\xe2\x80\xa6%s", (int)(first - text), text, second);
}

const char *graph_kind_line(const struct graph *graph, const struct graph_node *node)
{
    return base_arena_format(graph->arena, "%s%s%s%s",
                             node->look == GRAPH_MISSING ? "missing: " : "", node->kind,
                             graph->many_namespaces ? " in " : "",
                             graph->many_namespaces ? node->name_space : "");
}

const char *graph_node_label(const struct graph *graph, const struct graph_node *node)
{
    return base_arena_format(graph->arena, "%s/%s%s%s", node->kind,
                             graph->many_namespaces ? node->name_space : "",
                             graph->many_namespaces ? "/" : "", node->name);
}

const char *graph_node_place(const struct graph *graph, const struct graph_node *node)
{
    const rctl_object *object = node->object;

    if (!object)
        return NULL;
    return diag_escape_text(
        graph->arena, base_arena_format(graph->arena, "%s:%u",
                                        object->world->diags->files[object->file],
                                        (unsigned)object->mark.line));
}
