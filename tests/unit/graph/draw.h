/*
 * Graphs for unit tests: from manifests by the public calls, each document a file of
 * its own so that their order may change and their places stay.
 */
#ifndef UNIT_GRAPH_DRAW_H
#define UNIT_GRAPH_DRAW_H

#include "api/api.h"
#include "graph/graph.h"
#include "support/memory.h"

#include <stdio.h>

#define DRAW_HEAD(kind, name)                                                                      \
    "apiVersion: production-stack.vllm.ai/v1alpha1\nkind: " kind "\nmetadata:\n  name: " name      \
    "\nspec:\n"

struct draw {
    struct memory memory; /* of the graph */
    struct base_arena scratch;
    rctl_ctx *ctx;
    rctl_set *set;
    struct graph graph;
};

static inline void draw_open(struct draw *draw, const char *const *documents, size_t n,
                             bool backwards)
{
    memory_init(&draw->memory);
    base_arena_init(&draw->scratch, &draw->memory.mem);
    cr_assert_eq(rctl_ctx_new(NULL, &draw->ctx), RCTL_OK);
    cr_assert_eq(rctl_set_new(draw->ctx, NULL, &draw->set), RCTL_OK);
    for (size_t i = 0; i < n; i++) {
        size_t at = backwards ? n - 1 - i : i;
        char name[32];

        snprintf(name, sizeof(name), "%zu.yaml", at);
        cr_assert_eq(rctl_set_add(draw->set, name, documents[at], strlen(documents[at])), RCTL_OK);
    }
    cr_assert_eq(rctl_set_check(draw->set), RCTL_OK);
    graph_collect(&draw->set->world, &draw->memory.arena, &draw->scratch, &draw->graph);
}

static inline void draw_close(struct draw *draw)
{
    rctl_set_free(draw->set);
    rctl_ctx_free(draw->ctx);
    base_arena_done(&draw->scratch);
    memory_done(&draw->memory);
}

/* The text of a graph in a format, in the graph's memory. */
static inline const char *draw_write(struct draw *draw,
                                     void (*write)(const struct graph *, struct base_buf *))
{
    struct base_buf out;

    base_buf_init(&out, &draw->memory.arena, NULL);
    write(&draw->graph, &out);
    return out.data;
}

#endif
