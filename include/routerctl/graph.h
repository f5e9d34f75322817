/*
 * From a set of documents to a picture of what refers to what.
 */
#ifndef ROUTERCTL_GRAPH_H
#define ROUTERCTL_GRAPH_H

#include <routerctl/document.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In which form a graph is drawn. */
typedef enum rctl_graph_format {
    RCTL_GRAPH_SVG = 0,     /* one file that needs no other: no fonts, scripts or images */
    RCTL_GRAPH_DOT = 1,     /* for Graphviz */
    RCTL_GRAPH_MERMAID = 2, /* a flowchart for Markdown */
    RCTL_GRAPH_TEXT = 3     /* a tree for a terminal */
} rctl_graph_format;

/*
 * Draws the objects of the set, the parts that they stand for (routers, prefill and
 * decode pods, backends) and what refers to what. A reference to something that is
 * not in the set leads to a node that says so, in red where there are colours.
 * Objects with errors are drawn as far as they can be read, and marked.
 *
 * The same files give the same text, in whatever order they were added, unless an
 * object is given twice: then the first one is the one that others refer to. Checks
 * the set first when that was not done, so its diagnostics may grow; the drawing
 * itself adds none. Errors: NOMEM, INVALID_ARG, SINK.
 */
RCTL_EXPORT int rctl_graph_write(rctl_set *set, rctl_graph_format format, const rctl_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
