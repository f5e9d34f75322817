/*
 * api: one file per public header; argument checks and composition, no logic. Each
 * public call that allocates runs its body under base_try(), which turns "out of
 * memory" into a return code.
 */
#ifndef API_API_H
#define API_API_H

#include "kinds/kinds.h"

#include <routerctl.h>

struct rctl_ctx {
    struct base_mem mem;
    struct base_arena arena;
    struct kinds_tables tables;
};

/*
 * A set has memory of its own, apart from its context's, so that sets may work in
 * parallel. The file's text is needed only while it is read.
 */
struct rctl_set {
    struct base_mem mem;
    struct base_arena arena, scratch;
    struct rctl_diags diags;
    struct kinds_world world;
    struct text_limits limits;
    struct text_interner *keys;
    const char **files;
    size_t n_files, files_room;
};

/*
 * Reads every document of one text, as rctl_set_add() does; `each` gets them one after the
 * other, with an empty scratch arena.
 */
int api_read(struct rctl_set *set, const char *name, const char *data, size_t len,
             void (*each)(void *ctx, uint32_t file, const struct text_doc *doc), void *ctx);

struct render;
struct reconcile_object;
struct reconcile_plan;
struct reconcile_world;
const struct render *api_render_of(const rctl_render *render);

struct reconcile_world *api_world_of(rctl_world *world);
/* The plan, and the object that it is for: NULL when that is not in the world. */
const struct reconcile_plan *api_plan_of(const rctl_plan *plan,
                                         const struct reconcile_object **ret_self);

/* Takes what the caller's version of an options struct has; the rest stays zero. */
bool api_read_options(const void *given, size_t size, void *ret);

/* The number of a further file of a set, for its diagnostics; the name is copied. */
uint32_t api_add_file(struct rctl_set *set, const char *name);

/* Writes what `body` makes: a scratch arena and a buffer in front of the sink. */
struct api_writer {
    struct base_mem mem;
    struct base_arena arena;
    struct base_buf out;
    const void *arg;
    void (*body)(struct api_writer *writer);
};
int api_write(const rctl_allocator *allocator, const rctl_sink *sink,
              void (*body)(struct api_writer *writer), const void *arg);

/*
 * A call that the callback of an engine or a router makes. It runs between two frames of the
 * library, so "out of memory" is turned into a return code, for the callback to hand on.
 */
struct api_call {
    void (*body)(const struct api_call *call);
    void *out; /* what the callback was given */
    const char *a, *b, *c;
    int64_t number;
    rctl_severity severity;
};
int api_call(struct base_mem *mem, struct api_call call);

#endif
