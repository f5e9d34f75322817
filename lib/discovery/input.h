/*
 * What the providers of this folder share: reading the data with its places, taking
 * the values of known keys, and adding endpoints. Every call raises NOMEM.
 */
#ifndef DISCOVERY_INPUT_H
#define DISCOVERY_INPUT_H

#include "discovery/discovery.h"

enum { DISCOVERY_MOST_WEIGHT = 1000000 };

struct rctl_discovery_out {
    struct base_arena *arena;  /* of the endpoints */
    struct base_arena scratch; /* of everything else; ends with the run */
    struct rctl_diags *diags;
    uint32_t file;
    struct discovery_item *items; /* in scratch, as they came */
    size_t n_items, room;
    bool full; /* the limit was reached, and told */
};

/* ---- out.c ---- */

void discovery_fault(struct rctl_discovery_out *out, enum diag_code code, struct text_mark mark,
                     const struct text_path *path, const char *hint, const char *message, ...)
    __attribute__((format(printf, 6, 7)));
/* `wrong` ends a sentence about the target, which is not shown when it may hold a secret. */
void discovery_bad_target(struct rctl_discovery_out *out, struct text_mark mark,
                          const struct text_path *path, const char *target, const char *wrong,
                          const char *hint);

/* What is known of targets besides their address. */
struct discovery_labels {
    const char *model; /* NULL when not told */
    const char *scheme;
    rctl_engine_role role;
    int64_t weight;
    int64_t bootstrap_port;
};
extern const struct discovery_labels discovery_no_labels;

/* Checks the URL and adds it; `mark` and `path` say where it stands. */
void discovery_add(struct rctl_discovery_out *out, const char *url,
                   const struct discovery_labels *labels, struct text_mark mark,
                   const struct text_path *path);

/* ---- input.c ---- */

/* Calls `each` for every document of the data that could be read. */
void discovery_read(struct rctl_discovery_out *out, const rctl_discovery_job *job,
                    void (*each)(void *ctx, const struct text_node *root), void *ctx);

/* The text of a scalar as it was written, or NULL after telling that it is none. */
const char *discovery_text(struct rctl_discovery_out *out, const struct text_node *node,
                           const struct text_path *path);
/* Whether the value is of a type, after telling that it is not. */
bool discovery_is(struct rctl_discovery_out *out, const struct text_node *node,
                  enum text_type type, const struct text_path *path);

/* One key of a map, and what is done with its value. */
struct discovery_key {
    const char *name;
    void (*take)(struct rctl_discovery_out *out, void *into, const struct text_node *value,
                 const struct text_path *path);
};
const struct discovery_key *discovery_find_key(const struct discovery_key *keys, size_t n,
                                               const char *name);
/* "did you mean 'x'?" about the key nearest to `name`; `otherwise` when none is near. */
const char *discovery_near_key(struct rctl_discovery_out *out, const struct discovery_key *keys,
                               size_t n, const char *name, const char *otherwise);
/* Takes all keys of a map; those that are not in the list are told. */
void discovery_take_map(struct rctl_discovery_out *out, const struct text_node *map,
                        const struct text_path *path, const struct discovery_key *keys, size_t n,
                        void *into);

/* Takers whose `into` is a struct discovery_labels; a bad value is told and not taken. */
void discovery_take_model(struct rctl_discovery_out *out, void *into,
                          const struct text_node *value, const struct text_path *path);
void discovery_take_role(struct rctl_discovery_out *out, void *into,
                         const struct text_node *value, const struct text_path *path);
void discovery_take_weight(struct rctl_discovery_out *out, void *into,
                           const struct text_node *value, const struct text_path *path);
void discovery_take_bootstrap_port(struct rctl_discovery_out *out, void *into,
                                   const struct text_node *value, const struct text_path *path);
void discovery_take_scheme(struct rctl_discovery_out *out, void *into,
                           const struct text_node *value, const struct text_path *path);

/* ---- config.c ---- */

/* Which labels are read for model and role; both members hold the usual name before. */
struct discovery_config {
    const char *model_label, *role_label;
};
/* `config` NULL: the provider has no options. */
void discovery_read_config(struct rctl_discovery_out *out, const rctl_discovery_job *job,
                           struct discovery_config *config);

#endif
