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

/* Of a status. */
struct object_condition {
    const char *type, *status;
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
    const struct object_condition *conditions; /* of our kinds alone */
    size_t n_conditions;
};

/* An object: its metadata, and its bytes, without managedFields, with a NUL behind. */
struct object {
    struct object_meta meta;
    const char *bytes;
    size_t n;
};

/* A name that an object answers to or asks for; see links.h. */
struct link {
    uint64_t name;
    struct object_copy *object;
    struct link *next, *before;
    bool asks;
};

/* What is asked about an object beside its metadata. */
struct object_ties {
    uint32_t resource; /* a number of the brain's */
    bool shared;       /* as rctl_resource says */
    unsigned users;    /* as rctl_controller says; 0 for what is not of our kinds */
    uint64_t seen;     /* as rctl_links_of() told it, and the links */
    const struct link *links; /* name and asks alone are set */
    uint32_t n_links;
};

/* Of an object's conditions in an order of the brain's: two bits each, an object_state. */
typedef uint32_t object_states;
enum object_state { OBJECT_SILENT, OBJECT_TRUE, OBJECT_FALSE, OBJECT_UNKNOWN, OBJECT_STATE__COUNT };
enum { OBJECT_CONDITIONS = 16 };

/* A copy in one block of memory. What the core asks about an object, and its bytes. */
struct object_copy {
    size_t size; /* of the block */
    uint32_t resource;
    bool shared;
    unsigned users;
    uint64_t seen;
    struct link *links;
    uint32_t n_links;
    uint32_t walk;   /* the newest one that came by */
    uint32_t needed; /* objects that its newest plan was made of */
    const char *ns, *name, *uid;
    const char *bytes;
    size_t n;
    object_states states; /* see brain_count_states() */
};

/* The controller by owner reference, or one that is "" all over. */
const struct object_owner *object_controller(const struct object_meta *meta);

/* NULL when memory is refused. */
struct object_copy *object_copy_new(const rctl_allocator *from, const struct object *object,
                                    const struct object_ties *ties);
/* Whether others would see no difference between the two. */
bool object_copies_look_alike(const struct object_copy *a, const struct object_copy *b);
/* Takes NULL. It must be in no index. */
void object_copy_free(const rctl_allocator *from, struct object_copy *copy);

#endif
