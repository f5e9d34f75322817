/*
 * tree: what the objects of a world say of themselves, each with what belongs to it, what it
 * refers to and who refers to it. Only what the cluster says is told; what should be is a plan.
 */
#ifndef RECONCILE_TREE_H
#define RECONCILE_TREE_H

#include "reconcile/reconcile.h"

/* The objects of a world by what they belong to. */
struct tree_index {
    const struct reconcile_world *world;
    const struct reconcile_object **owned; /* by the uid of their controller, kind and name */
    size_t n_owned;
    const struct reconcile_object **pods; /* by namespace, instance and name */
    size_t n_pods;
    const struct reconcile_object **slices; /* by namespace, name of the Service and of their own */
    size_t n_slices;
};

/* Sorted into the arena. The world is sealed. */
void tree_index(struct tree_index *index, const struct reconcile_world *world,
                struct base_arena *arena);

#define TREE_INSTANCE "app.kubernetes.io/instance"
/* The uid of its controller; the label of a pod; the Service of an EndpointSlice. "" for none. */
const char *tree_owner(const struct reconcile_object *object);
const char *tree_instance(const struct reconcile_object *pod);
const char *tree_service(const struct reconcile_object *slice);

/* What a tree is made of: a value as docs/json.md describes it. */
struct tree_maker {
    const struct tree_index *index;
    const struct reconcile_object *self;
    struct base_arena *arena;
    struct text_builder *out;
};
const struct text_node *tree_make(const struct tree_index *index,
                                  const struct reconcile_object *self, struct base_arena *arena);

/* "ready" and what follows: the condition Ready, when it speaks of the present spec. */
struct reconcile_condition tree_ready(const struct reconcile_object *object,
                                      struct base_arena *arena);
void tree_put_condition(struct text_builder *out, const char *key,
                        const struct reconcile_condition *condition);

/* ---- tree_children.c ---- */
void tree_put_children(struct tree_maker *maker);
/* How many endpoints of a Service are ready, and how many are not; nothing when none are known. */
void tree_put_endpoints(struct tree_maker *maker, const char *service);

/* ---- tree_refs.c ---- */
void tree_put_references(struct tree_maker *maker);
void tree_put_users(struct tree_maker *maker);

/* ---- tree_text.c ---- */
/* Lines with box characters, for a terminal. */
void tree_write_text(const struct text_node *tree, bool color, struct base_arena *arena,
                     struct base_buf *out);

#endif
