/*
 * A set of documents: add files, check them, read what is wrong. The set owns
 * everything that is read from it; freeing it frees all.
 */
#ifndef ROUTERCTL_DOCUMENT_H
#define ROUTERCTL_DOCUMENT_H

#include <routerctl/context.h>
#include <routerctl/diag.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a reference to an object that is not in the set means. */
typedef enum rctl_missing {
    RCTL_MISSING_WARNING = 0, /* it may live in the cluster */
    RCTL_MISSING_ERROR = 1,   /* the set is meant to be complete */
    RCTL_MISSING_RENDER = 2   /* an error where rendering needs the target */
} rctl_missing;

/* How documents are read. Zero in a limit means its default, in brackets. Reaching one is
 * a diagnostic. */
typedef struct rctl_set_options {
    size_t size;              /* sizeof(rctl_set_options), set by the caller */
    const char *default_namespace; /* of objects that name none; NULL: "default" */
    rctl_missing missing;
    bool keep_others;         /* keep documents of other groups for rendering */
    size_t max_bytes;         /* of one file, unpacked [64 MiB] */
    uint32_t max_depth;       /* of nesting [64] */
    size_t max_nodes;         /* values in one file [8 000 000] */
    size_t max_expansions;    /* values that aliases add to one file [100 000] */
    size_t max_string;        /* bytes of one scalar [1 MiB] */
    size_t max_diags;         /* kept for each severity [100]; SIZE_MAX keeps all */
} rctl_set_options;

/* Opaque: documents that were read together, and one object of them. */
typedef struct rctl_set rctl_set;
typedef struct rctl_object rctl_object;

/* Makes an empty set. `options` may be NULL. Errors: NOMEM, INVALID_ARG. */
RCTL_EXPORT int rctl_set_new(const rctl_ctx *ctx, const rctl_set_options *options,
                             rctl_set **ret_set);
/* Frees a set and all that was read from it. NULL is fine. Returns NULL. */
RCTL_EXPORT rctl_set *rctl_set_free(rctl_set *set);

/*
 * Reads every document of one file: YAML or JSON, plain or gzip. `name` is used
 * in places only and copied; `data` is not kept. Faults of the text are
 * diagnostics, not a return code. Errors: NOMEM, INVALID_ARG (also after
 * rctl_set_check()).
 */
RCTL_EXPORT int rctl_set_add(rctl_set *set, const char *name, const char *data, size_t len);

/*
 * Checks all objects: fields, rules of each kind, engine settings, and the
 * references between them. Once for each set, after the last rctl_set_add();
 * again does nothing. Errors: NOMEM, INVALID_ARG.
 */
RCTL_EXPORT int rctl_set_check(rctl_set *set);

/* Everything that is wrong so far. Lent by the set; grows by each call. */
RCTL_EXPORT const rctl_diags *rctl_set_diags(const rctl_set *set);

/* The objects of our kinds in the order read: how many, and the one at `index`. NULL
 * past the end. Lent by the set. */
RCTL_EXPORT size_t rctl_set_count(const rctl_set *set);
RCTL_EXPORT const rctl_object *rctl_set_get(const rctl_set *set, size_t index);
/* How many documents there were in all, those of other groups included. */
RCTL_EXPORT size_t rctl_set_documents(const rctl_set *set);

/* The kind, namespace, name and place of an object. Never NULL; "" for a name that is
 * missing. Lent by the set. */
RCTL_EXPORT const char *rctl_object_kind(const rctl_object *object);
RCTL_EXPORT const char *rctl_object_namespace(const rctl_object *object);
RCTL_EXPORT const char *rctl_object_name(const rctl_object *object);
RCTL_EXPORT rctl_place rctl_object_place(const rctl_object *object);
/* Whether rctl_set_check() found an error in it. */
RCTL_EXPORT bool rctl_object_has_errors(const rctl_object *object);

/*
 * Writes the JSON form of the value at a path ("spec.routes[0].model") as the
 * user wrote it. NOT_FOUND when nothing is there. Errors: NOMEM, INVALID_ARG, SINK.
 */
RCTL_EXPORT int rctl_object_get(const rctl_object *object, const char *path,
                                const rctl_sink *sink);
/*
 * Writes the whole object as YAML: defaults filled in, references in their long
 * form, fields in the order of the schema. Errors: NOMEM, INVALID_ARG, SINK.
 */
RCTL_EXPORT int rctl_object_write(const rctl_object *object, const rctl_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
