/*
 * object: an object of the API server as the core sees it: what its metadata say, and its
 * bytes, which the core keeps and hands on but never reads. And a copy of it that lasts.
 */
#ifndef CORE_OBJECT_H
#define CORE_OBJECT_H

#include <routerctl/base.h>

struct object_owner {
    const char *api_version, *kind, *name, *uid;
    bool controller;
};

struct object_label {
    const char *name, *value;
};

/* Texts are never NULL: "" for what is not there. All live until the callback returns. */
struct object_meta {
    const char *api_version, *kind, *ns, *name, *uid, *rv;
    const char *managed_by; /* the label app.kubernetes.io/managed-by */
    int64_t generation;     /* 0 for none */
    bool deleting;          /* deletionTimestamp is set */
    const struct object_label *labels;
    size_t n_labels;
    const struct object_owner *owners;
    size_t n_owners;
};

/* An object: its metadata, and its bytes, without managedFields, with a NUL behind. */
struct object {
    struct object_meta meta;
    const char *bytes;
    size_t n;
};

/* A copy in one block of memory. What the core asks about an object, and its bytes. */
struct object_copy {
    struct object_copy *next, *before; /* in the list that the cache keeps it in */
    size_t size;                       /* of the block */
    uint32_t resource;                 /* a number of the cache's */
    const char *ns, *name, *uid;
    /* Of its controller by owner reference; "" without one. */
    const char *owner_api_version, *owner_kind, *owner_name;
    const char *bytes;
    size_t n;
};

/* NULL when memory is refused. */
struct object_copy *object_copy_new(const rctl_allocator *from, uint32_t resource,
                                    const struct object *object);
/* Takes NULL. It must stand in no list. */
void object_copy_free(const rctl_allocator *from, struct object_copy *copy);

#endif
