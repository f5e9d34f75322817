/*
 * diff: two Kubernetes objects compared as the API server would see them. Quantities
 * are equal by amount, lists by their merge keys, and what is absent equals what is
 * empty. Rows say what Kubernetes knows and a tree does not.
 */
#ifndef DIFF_DIFF_H
#define DIFF_DIFF_H

#include "schema/schema.h"

/* One place that differs; NULL stands for what is absent. */
struct diff_item {
    const char *path; /* "spec.template.spec.containers[0].image" */
    const struct text_node *from, *to;
};

struct diff {
    struct base_arena *arena; /* of everything below */
    /* Also what only `from` has counts: else `to` need only be contained in `from`. */
    bool both_ways;
    size_t most; /* items kept; more are only counted. 0: all */
    struct diff_item *items;
    size_t n_items, room;
    size_t n_found;
};

/* Adds what differs to the list; `kind` is that of both objects. */
void diff_objects(struct diff *diff, const char *kind, const struct text_node *from,
                  const struct text_node *to);
/* Whether `from` has all that `to` says; for values that are no whole objects. */
bool diff_covers(const char *kind, const struct text_node *from, const struct text_node *to,
                 struct base_arena *arena);

/* ---- rows.c ---- */

struct diff_row {
    const char *kind; /* NULL: every kind */
    const char *path;
    const char *merge_key;             /* of a list whose items have an identity */
    const struct schema_shape *shape;  /* rows for all that is below */
    bool exact;                        /* one value: what others add to it changes it */
};
/* What is known of a place outside of shapes; NULL when nothing is. */
const struct diff_row *diff_find_row(const char *kind, const struct text_path *path);
/* A map of a pod that is one value, like a selector. */
bool diff_is_exact(const struct schema_field *field);
/* A field of which the server drops the value zero, so that absent means zero. */
bool diff_zero_is_absent(const char *field);

/* A path that no update can change; NULL when `path` is not below one. */
const char *diff_immutable(const char *kind, const char *path);
/* Whether a change there makes other pods. */
bool diff_restarts(const char *kind, const char *path);

#endif
