/*
 * From a checked set to the Kubernetes objects that serve it.
 */
#ifndef ROUTERCTL_RENDER_H
#define ROUTERCTL_RENDER_H

#include <routerctl/document.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque: what a set was rendered to. */
typedef struct rctl_render rctl_render;

/* One rendered object. Lent by the rendering. */
typedef struct rctl_manifest {
    const char *api_version, *kind, *name_space, *name;
    const rctl_object *owner; /* NULL for a document that was passed through */
} rctl_manifest;

/*
 * Renders every object of the set that has no error; the order depends on names
 * only, never on the order of input (documents that are passed through come last,
 * as they were read). What cannot be rendered adds an error to the
 * set's diagnostics and leaves the others alone. Checks the set first when that
 * was not done. The set must outlive the rendering. Errors: NOMEM, INVALID_ARG.
 */
RCTL_EXPORT int rctl_render_new(rctl_set *set, rctl_render **ret_render);
/* Frees a rendering, before its set. NULL is fine. Returns NULL. */
RCTL_EXPORT rctl_render *rctl_render_free(rctl_render *render);

/* How many manifests there are, and the one at `index`. Errors: NOT_FOUND (past the end),
 * INVALID_ARG. */
RCTL_EXPORT size_t rctl_render_count(const rctl_render *render);
RCTL_EXPORT int rctl_render_get(const rctl_render *render, size_t index,
                                rctl_manifest *ret_manifest);

/* In which form manifests are written. */
typedef enum rctl_render_format {
    RCTL_RENDER_YAML = 0,
    RCTL_RENDER_JSON = 1,        /* indented */
    RCTL_RENDER_YAML_EXPLAIN = 2 /* YAML with a comment per argument: what made it */
} rctl_render_format;

/* Writes one manifest. Errors: NOMEM, INVALID_ARG, NOT_FOUND, SINK. */
RCTL_EXPORT int rctl_render_write(const rctl_render *render, size_t index,
                                  rctl_render_format format, const rctl_sink *sink);
/* Writes all manifests: YAML documents apart by "---", or one JSON object of kind List.
 * Errors: NOMEM, INVALID_ARG, SINK. */
RCTL_EXPORT int rctl_render_write_all(const rctl_render *render, rctl_render_format format,
                                      const rctl_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
