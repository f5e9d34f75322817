/*
 * The table of kinds, for linters, editors and documentation: walk it, or ask
 * for one field.
 */
#ifndef ROUTERCTL_KIND_H
#define ROUTERCTL_KIND_H

#include <routerctl/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The group and version of all kinds. */
#define RCTL_GROUP "production-stack.vllm.ai"
#define RCTL_API_VERSION "production-stack.vllm.ai/v1alpha1"

/* One kind. Static storage, every member set. */
typedef struct rctl_kind_info {
    const char *kind;       /* "InferenceService" */
    const char *plural;     /* "inferenceservices" */
    const char *singular;
    const char *short_name; /* "infsvc" */
    const char *doc;        /* one sentence */
} rctl_kind_info;

/* How many kinds there are, and the one at `index`. Any thread. Errors: NOT_FOUND (past
 * the end), INVALID_ARG. */
RCTL_EXPORT size_t rctl_kinds_count(void);
RCTL_EXPORT int rctl_kinds_get(size_t index, rctl_kind_info *ret_kind);
/* Finds a kind by its name, plural, singular or short name, in any case. Any thread.
 * Errors: NOT_FOUND, INVALID_ARG. */
RCTL_EXPORT int rctl_kinds_find(const char *name, rctl_kind_info *ret_kind);

/* One field. Static storage. */
typedef struct rctl_field_info {
    const char *name;
    const char *type;     /* "string", "integer", "list of objects", ... */
    const char *doc;      /* NULL for fields of Kubernetes' own types */
    const char *fallback; /* default as text, or NULL */
    bool required;
    size_t n_fields;      /* how many fields are below it */
} rctl_field_info;

/* Finds the field at `path` of a kind: "spec.model.source"; "" is the level of spec and
 * status. Any thread. Errors: NOT_FOUND, INVALID_ARG. */
RCTL_EXPORT int rctl_field_find(const char *kind, const char *path, rctl_field_info *ret_field);
/* Finds the field at `index` below `path`. Any thread. Errors: NOT_FOUND (past the end),
 * INVALID_ARG. */
RCTL_EXPORT int rctl_field_child(const char *kind, const char *path, size_t index,
                                 rctl_field_info *ret_field);

#ifdef __cplusplus
}
#endif

#endif
