/*
 * What the objects of a world say of themselves, each as a tree: whether it is ready and why not,
 * what belongs to it and how that is, what it refers to, and who refers to it. What is told is
 * what a cluster says; what should be there is told by plans (reconcile.h) and diffs (diff.h).
 */
#ifndef ROUTERCTL_STATUS_H
#define ROUTERCTL_STATUS_H

#include <routerctl/reconcile.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a status is written. */
typedef enum rctl_status_format {
    RCTL_STATUS_TEXT = 0, /* lines with box characters in UTF-8, for a terminal */
    RCTL_STATUS_JSON = 1  /* an indented array of objects; docs/json.md describes them */
} rctl_status_format;

/* Which objects, and how. Nothing is copied. */
typedef struct rctl_status_options {
    size_t size;            /* sizeof(rctl_status_options), set by the caller */
    const char *kind;       /* by kind, plural, singular or short name, in any case; NULL: all */
    const char *name_space; /* NULL: all */
    const char *name;       /* NULL: all */
    bool color;             /* TEXT: with colours */
} rctl_status_options;

/* How many objects were written, and how many of them say that they are ready. */
typedef struct rctl_status_count {
    size_t shown, ready;
} rctl_status_count;

/*
 * Writes the objects of our kinds that `options` (may be NULL) names, in the order of
 * rctl_world_key(). Text of the cluster is escaped where a terminal could take it for more than
 * text. Nothing can be added to the world any more. Errors: NOMEM (then make a new world),
 * INVALID_ARG, NOT_FOUND (there is no such kind), SINK.
 */
RCTL_EXPORT int rctl_status_write(rctl_world *world, const rctl_status_options *options,
                                  rctl_status_format format, const rctl_sink *sink,
                                  rctl_status_count *ret_count);

#ifdef __cplusplus
}
#endif

#endif
