/*
 * Two renderings compared, or what a cluster has and what is rendered: which objects came, went
 * or changed, and where. Values are compared as an API server would: quantities by amount, lists
 * by their merge keys.
 */
#ifndef ROUTERCTL_DIFF_H
#define ROUTERCTL_DIFF_H

#include <routerctl/reconcile.h>
#include <routerctl/render.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque: what a comparison found. */
typedef struct rctl_diff rctl_diff;

/* What happened to an object from the older to the newer rendering. */
typedef enum rctl_change_type {
    RCTL_CHANGE_ADDED = 0,
    RCTL_CHANGE_REMOVED = 1,
    RCTL_CHANGE_CHANGED = 2,
    RCTL_CHANGE_REFUSED = 3 /* of a world: nothing of `manifest` is done, see `refusal` */
} rctl_change_type;

/* One object that differs. Lent by the diff. */
typedef struct rctl_change {
    rctl_change_type type;
    rctl_manifest manifest; /* of the newer rendering, unless it was REMOVED; of an object
                               of our kinds when it is REFUSED */
    bool restarts;          /* CHANGED: the pod template does, so pods are replaced */
    const char *immutable;  /* CHANGED: a path that cannot be changed in place, or NULL */
    /* CHANGED: where. None: what was asked for before and is no more is taken out. */
    size_t n_places;
    const char *refusal;    /* REFUSED: why the object is not accepted, in one sentence */
} rctl_change;

/*
 * Compares two renderings, which must outlive the diff. The order is that of the newer
 * rendering; what was removed comes last. Errors: NOMEM, INVALID_ARG.
 */
RCTL_EXPORT int rctl_diff_new(const rctl_render *from, const rctl_render *to,
                              rctl_diff **ret_diff);
/*
 * Compares what a world has with what the operator would make of the objects that
 * rctl_world_edit() was given: the fields that it sets, and no others. The order is that of
 * rctl_world_key(), then that of a plan. Makes plans, so nothing can be added to the world any
 * more, which must outlive the diff. Errors: NOMEM (then make a new world), INVALID_ARG.
 */
RCTL_EXPORT int rctl_diff_world(rctl_world *world, rctl_diff **ret_diff);
/* Frees either. NULL is fine. Returns NULL. */
RCTL_EXPORT rctl_diff *rctl_diff_free(rctl_diff *diff);

/* How many objects differ, and the one at `index`. Errors: NOT_FOUND (past the end),
 * INVALID_ARG. */
RCTL_EXPORT size_t rctl_diff_count(const rctl_diff *diff);
RCTL_EXPORT int rctl_diff_get(const rctl_diff *diff, size_t index, rctl_change *ret_change);
/* The path of one place of a change; NULL past the end. Lent by the diff. */
RCTL_EXPORT const char *rctl_diff_path(const rctl_diff *diff, size_t index, size_t place);
/* Writes the older or newer value at a place of a change as JSON on one line. Errors: NOMEM,
 * INVALID_ARG, NOT_FOUND (that rendering has none there), SINK. */
RCTL_EXPORT int rctl_diff_write_value(const rctl_diff *diff, size_t index, size_t place,
                                      bool newer, const rctl_sink *sink);

/* Writes the whole diff as one indented JSON array of objects; docs/json.md describes them.
 * Errors: NOMEM, INVALID_ARG, SINK. */
RCTL_EXPORT int rctl_diff_write(const rctl_diff *diff, const rctl_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
