/*
 * reconcile: from a snapshot of a cluster to a plan for one object. What is wanted
 * comes from kinds and render, the same code as on files; what differs from diff. The
 * rest is here: whose an object is, what to write in which order, and what the status
 * may say. Nothing outside of the snapshot is asked, not even the time.
 */
#ifndef RECONCILE_RECONCILE_H
#define RECONCILE_RECONCILE_H

#include "diff/diff.h"
#include "render/render.h"

#include <routerctl/reconcile.h>

/* ---- tables.c: controllers, and the kinds that they read and write ---- */

/* In the order in which children are applied: what pods mount or run as, then pods. */
enum reconcile_resource {
    RES_SERVICE_ACCOUNT,
    RES_ROLE,
    RES_ROLE_BINDING,
    RES_CONFIG_MAP,
    RES_SERVICE,
    RES_DEPLOYMENT,
    RES_BUDGET,
    RES_NETWORK_POLICY,
    RES_INGRESS,
    RES_HTTP_ROUTE,
    RES_POOL,
    RES_CHILDREN, /* how many of them are children */
    RES_ENDPOINT_SLICE = RES_CHILDREN,
    RES_POD,
    RES_AUTOSCALER,
    RES_SCALED_OBJECT,
    RES_INFSVC,
    RES_PDD,
    RES_SD,
    RES_IGW,
    RES_ICACHE,
    RES_SROUTE,
    RES__COUNT
};

extern const rctl_resource reconcile_resources[RES__COUNT];
/* By apiVersion and kind; RES__COUNT when there is no such row. */
enum reconcile_resource reconcile_find_resource(const char *api_version, const char *kind);

struct reconcile_round;
struct reconcile_controller {
    rctl_controller told;
    /* Adds conditions and writes the other fields of the status; see status.c. */
    void (*observe)(struct reconcile_round *round);
};
extern const struct reconcile_controller reconcile_controllers[];
extern const size_t reconcile_n_controllers;
const struct reconcile_controller *reconcile_find_controller(const char *kind);
bool reconcile_reads(const rctl_controller *controller, enum reconcile_resource resource);

/* ---- world.c: the snapshot ---- */

struct reconcile_object {
    enum reconcile_resource resource;
    const char *name_space, *name, *uid, *created, *version; /* "" when not given */
    const struct text_node *controller; /* the owner reference that controls it, or NULL */
    bool deleting;
    bool edited;                /* as a user is about to apply it */
    int64_t generation;
    const struct text_node *root, *meta;
    uint32_t file;
    rctl_object *ours;          /* of our kinds, once the world is sealed */
};

struct reconcile_world {
    struct base_arena *arena, *scratch; /* like those of a kinds_world */
    struct kinds_world *kinds;
    struct render checker;
    struct text_builder builder; /* set up and cleaned by the caller */
    struct reconcile_object *items;
    size_t n_items, room;
    uint32_t *buckets; /* index + 1, 0 = empty */
    size_t n_buckets;
    rctl_probe *probes;
    size_t n_probes, probes_room;
    rctl_time now;
    bool no_probes;
    const rctl_probe *(*find_probe)(void *ctx, const char *url); /* may be NULL */
    void *find_ctx;
    bool unserved[RES__COUNT];
    bool sealed, whole; /* begun, and done */
};

void reconcile_world_add(struct reconcile_world *world, uint32_t file,
                         const struct text_doc *doc, bool edit);
void reconcile_world_add_probe(struct reconcile_world *world, const rctl_probe *probe);
/* Puts all in order, links and checks; nothing can be added afterwards. */
void reconcile_world_seal(struct reconcile_world *world);
/* The objects of our kinds in an order of namespaces, kinds and names; never NULL. */
rctl_key *reconcile_keys(struct reconcile_world *world, size_t *ret_n);
/* NULL when there is none. The world is sealed. */
const struct reconcile_object *reconcile_find(const struct reconcile_world *world,
                                              enum reconcile_resource resource,
                                              const char *name_space, const char *name);
const rctl_probe *reconcile_find_probe(const struct reconcile_world *world, const char *url);

struct reconcile_object reconcile_describe(const struct reconcile_world *world,
                                           enum reconcile_resource resource, uint32_t file,
                                           const struct text_node *root);

/* ---- edit.c ---- */
/* The observed object as it will be once the user has applied `root`. */
void reconcile_edit(struct reconcile_world *world, struct reconcile_object *old,
                    const struct text_node *root, uint32_t file);
/* A map with one entry set to another value, or added. */
struct text_node reconcile_with_entry(struct base_arena *arena, const struct text_node *map,
                                      const char *key, const struct text_node *value);

/* ---- plan.c ---- */

struct reconcile_action {
    rctl_action told;
    const struct text_node *body;
};

struct reconcile_child;
struct reconcile_plan {
    struct base_arena arena;
    const struct reconcile_child *children; /* none when the object is not accepted */
    size_t n_children;
    struct reconcile_action *actions;
    size_t n_actions, room;
    rctl_time wake_at;
    const char *refusal; /* why the object is not accepted, or NULL */
};

enum reconcile_state {
    CHILD_ABSENT,
    CHILD_EQUAL,
    CHILD_DIFFERS,
    CHILD_IMMUTABLE, /* differs where no update helps, and may be made anew */
    CHILD_STUCK,     /* the same, but it is not ours enough to be deleted */
    CHILD_FOREIGN,   /* somebody else's */
    CHILD_LEAVING,   /* being deleted */
    CHILD_UNSERVED   /* of a kind that the server does not have */
};

struct reconcile_child {
    const struct render_output *output;
    const struct reconcile_object *observed; /* NULL when absent */
    enum reconcile_resource resource;
    enum reconcile_state state;
    bool spec_differs; /* what runs is not (yet) what is asked for */
    const char *hash;
    const char *immutable;
    const struct text_node *wanted; /* the output without what an autoscaler owns */
    const struct text_node *body;   /* what would be applied */
    struct diff diff;
    bool autoscaled;
};

enum { RECONCILE_MOST_CONDITIONS = 12 };
enum reconcile_status { STATUS_TRUE, STATUS_FALSE, STATUS_UNKNOWN };

struct reconcile_condition {
    const char *type;
    enum reconcile_status status;
    const char *reason, *message;
};

struct reconcile_round {
    struct reconcile_world *world;
    struct reconcile_plan *plan;
    struct base_arena *arena; /* of the plan */
    const struct reconcile_controller *controller;
    const struct reconcile_object *self;
    rctl_object *object;
    struct render render;
    struct reconcile_child *children;
    size_t n_children;
    struct reconcile_condition conditions[RECONCILE_MOST_CONDITIONS];
    size_t n_conditions;
    const struct text_node *old_status; /* may be NULL */
};

/* `render.builder` is set up, and cleaned by the caller even after a jump. */
void reconcile_run(struct reconcile_round *round);
struct reconcile_action *reconcile_add(struct reconcile_round *round, rctl_action_type type,
                                       enum reconcile_resource resource, const char *name_space,
                                       const char *name);
/* Asks for another plan at `at` or earlier. */
void reconcile_wake(struct reconcile_round *round, rctl_time at);
/* An object that the controller says it reads; reading any other is a fault of ours. */
const struct reconcile_object *reconcile_read(const struct reconcile_round *round,
                                              enum reconcile_resource resource, const char *name);

/* ---- write.c ---- */
void reconcile_put_plan(const struct reconcile_plan *plan, const struct reconcile_object *self,
                        struct text_builder *out);

/* ---- owner.c: whose is it? ---- */

enum reconcile_ownership { OWNED_BY_US, OURS_BY_LABELS, OWNED_BY_OTHERS };
/* `component` is the label that a child of the owner would have. */
enum reconcile_ownership reconcile_ownership(const struct reconcile_object *object,
                                             const struct reconcile_object *owner,
                                             const char *component, struct base_arena *scratch);
/* Marks services whose backend somebody else runs, before the world is checked. */
void reconcile_find_foreign_backends(struct reconcile_world *world);

/* ---- children.c: what is wanted against what is there ---- */

void reconcile_compare(struct reconcile_round *round);
/* A child that cannot be had, and why; NULL when all can. */
const struct reconcile_child *reconcile_find_obstacle(const struct reconcile_round *round);
void reconcile_apply_children(struct reconcile_round *round);
void reconcile_delete_orphans(struct reconcile_round *round);
const struct reconcile_child *reconcile_find_child(const struct reconcile_round *round,
                                                   enum reconcile_resource resource,
                                                   const char *name);

/* ---- body.c: what is sent ---- */

#define RECONCILE_HASH_KEY RCTL_GROUP "/applied-hash"
#define RECONCILE_TIME_KEY RCTL_GROUP "/applied-time"
const char *reconcile_hash(struct reconcile_round *round, const struct text_node *wanted);
/* Whether an autoscaler owns the replicas of a Deployment. */
bool reconcile_is_autoscaled(const struct reconcile_round *round, const char *deployment);
const struct text_node *reconcile_without_replicas(struct reconcile_round *round,
                                                   const struct text_node *root);
const struct text_node *reconcile_body(struct reconcile_round *round,
                                       const struct reconcile_child *child);
/* When the content of a child was last another: now, or what it says itself. */
const char *reconcile_applied_time(const struct reconcile_round *round,
                                   const struct reconcile_child *child);
const char *reconcile_annotation(const struct reconcile_object *object, const char *key);

/* ---- status.c: conditions, and the status around them ---- */

void reconcile_say(struct reconcile_round *round, const char *type, enum reconcile_status status,
                   const char *reason, const char *message, ...)
    __attribute__((format(printf, 5, 6)));
/* Says what the status says of this generation; false when it says nothing of it. */
bool reconcile_say_again(struct reconcile_round *round, const char *type);
/* The status of a sound object, or of one that is not accepted; then the events. */
void reconcile_write_status(struct reconcile_round *round,
                            const struct reconcile_condition *refusal);
/* Ready: the first of these conditions that was said and does not hold; True when all do. */
void reconcile_sum_up(struct reconcile_round *round, const char *const *types,
                      const char *message);
/* The first that was told of the object with a code; NULL when nothing was. */
const struct diag_entry *reconcile_find_diag(const struct reconcile_round *round,
                                             enum diag_code code);
/* The condition that a status of the cluster has; NULL when it has none. */
const struct text_node *reconcile_told(const struct text_node *status, const char *type);
const struct reconcile_condition *reconcile_find_condition(const struct reconcile_round *round,
                                                           const char *type);
/* What the status of another of our objects says of its present spec; without a type. */
struct reconcile_condition reconcile_ready_of(const struct reconcile_round *round,
                                              enum reconcile_resource resource, const char *name);

/* ---- workload.c, observe_service.c: what runs ---- */

struct reconcile_workload {
    int64_t wanted, pods, updated, ready;
    struct reconcile_condition condition; /* without a type */
};
/* By what the Deployment says of itself. */
struct reconcile_workload reconcile_deployment(const struct reconcile_object *deployment,
                                               struct base_arena *arena);
/* The same for a child, of which is known whether it is what is asked for. */
struct reconcile_workload reconcile_workload(struct reconcile_round *round, const char *name);
/* Name of a ready pod with the labels; `last` when that is still one. NULL: none. */
const char *reconcile_ready_pod(const struct reconcile_round *round, const char *component,
                                const char *last);

bool reconcile_pod_is_ready(const struct reconcile_object *pod);
bool reconcile_slice_is_ready(const struct reconcile_object *slice);

/* ---- links.c: which other objects a plan needs ---- */

/* What metadata tell. False: nothing more is to be told of an object of that kind. */
bool reconcile_link_plain(const rctl_observed *object, const rctl_links *links,
                          struct base_arena *arena);
/* The rest, from a world of that object alone, which is not sealed; what is seen of it. */
uint64_t reconcile_link(struct reconcile_world *world, const rctl_observed *object,
                        const rctl_links *links);

/* ---- one file a kind, or several small ones ---- */
void reconcile_observe_infsvc(struct reconcile_round *round);
void reconcile_observe_pdd(struct reconcile_round *round);
void reconcile_observe_sd(struct reconcile_round *round);
void reconcile_observe_icache(struct reconcile_round *round);
void reconcile_observe_igw(struct reconcile_round *round);
void reconcile_observe_sroute(struct reconcile_round *round);

#endif
