/*
 * What an operator does, as a function: from a snapshot of a cluster to the writes that
 * bring it nearer to what the objects ask for. Nothing is read, written or waited for
 * here; a program hands in what it observed, carries the plan out and asks again.
 *
 *     rctl_world_new(ctx, NULL, &world);
 *     rctl_world_add(world, "list", json, len);         any number of observed objects
 *     rctl_world_set_now(world, now);
 *     rctl_reconcile(world, "InferenceService", "team-a", "chat", &plan);
 *
 * How a plan is carried out: its actions in their order, the first that fails ends it;
 * then (or when anything changes) the next plan is made from a new snapshot. Every
 * body holds all that is wanted, so the same plan may be carried out twice.
 */
#ifndef ROUTERCTL_RECONCILE_H
#define ROUTERCTL_RECONCILE_H

#include <routerctl/context.h>
#include <routerctl/diag.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The name under which all bodies are applied. Another one would leave behind what this owns. */
#define RCTL_FIELD_MANAGER "router-controller"

/* ---- controllers: what is read and written; watches and RBAC follow from it ---- */

/* A kind of object on an API server. */
typedef struct rctl_resource {
    const char *api_version, *kind, *plural;
    bool optional; /* a cluster may not serve it: then there is nothing to watch */
    bool shared;   /* plans go by it also for objects that do not ask for it themselves */
} rctl_resource;

/* What a controller looks at. */
typedef struct rctl_read {
    const rctl_resource *resource;
    const char *labels; /* a selector of those that are wanted, or NULL: all */
} rctl_read;

/* What a controller changes. */
typedef struct rctl_write {
    const rctl_resource *resource;
    bool status; /* its status; else it is created, patched and deleted */
} rctl_write;

/* One controller. Static storage, every member set. */
typedef struct rctl_controller {
    const char *name; /* "inferenceservice" */
    const char *kind; /* of its primary objects */
    unsigned users;   /* its plans go by those that ask for them, so many steps away */
    const rctl_read *reads;
    size_t n_reads;
    const rctl_write *writes;
    size_t n_writes;
    const char *const *conditions; /* that it may set, NULL-ended */
} rctl_controller;

/* How many controllers there are, and the one at `index`, NULL past the end. Any thread. */
RCTL_EXPORT size_t rctl_controllers_count(void);
RCTL_EXPORT const rctl_controller *rctl_controllers_get(size_t index);

/* ---- the world: a snapshot ---- */

/* How observed objects are read. Zero in a limit means its default, in brackets. */
typedef struct rctl_world_options {
    size_t size;                   /* sizeof(rctl_world_options), set by the caller */
    const char *default_namespace; /* of objects that name none; NULL: "default" */
    size_t max_bytes;              /* of one text [64 MiB] */
    uint32_t max_depth;            /* of nesting [128] */
    bool no_probes;                /* plans ask for no PROBE */
    /* What came of the PROBE of a URL, or NULL, for those who keep many; rctl_world_add_probe()
     * is not needed then. What it returns is looked at at once. May be NULL. */
    const struct rctl_probe *(*find_probe)(void *ctx, const char *url);
    void *find_ctx;
} rctl_world_options;

/* Opaque: what was observed. */
typedef struct rctl_world rctl_world;

/*
 * Makes an empty world. `options` may be NULL. It is filled by the calls below and may
 * not change any more once a plan was made from it. One thread at a time. Errors:
 * NOMEM, INVALID_ARG.
 */
RCTL_EXPORT int rctl_world_new(const rctl_ctx *ctx, const rctl_world_options *options,
                               rctl_world **ret_world);
/* Frees a world; its plans must be gone. NULL is fine. Returns NULL. */
RCTL_EXPORT rctl_world *rctl_world_free(rctl_world *world);

/*
 * Adds observed objects as an API server gives them, in JSON or YAML: one, several, or
 * lists of any kind. `name` is used in places only and, like `data`, not kept. Objects of
 * kinds that no controller reads are passed over. The order is irrelevant. Errors: NOMEM,
 * INVALID_ARG (also once a plan was made).
 */
RCTL_EXPORT int rctl_world_add(rctl_world *world, const char *name, const char *data, size_t len);
/*
 * Adds what a user is about to apply: an object that was observed gets the new labels,
 * annotations and spec, any other one is taken as new. Call it after all of
 * rctl_world_add(). Errors as there.
 */
RCTL_EXPORT int rctl_world_edit(rctl_world *world, const char *name, const char *data,
                                size_t len);
/* Hands over what the provider of a gateway reads, as rctl_set_discover() does. Errors: NOMEM,
 * INVALID_ARG (also once a plan was made). */
RCTL_EXPORT int rctl_world_discover(rctl_world *world, const char *gateway, const char *name,
                                    const char *data, size_t len);

/* What a backend answered. */
typedef enum rctl_probe_result {
    RCTL_PROBE_HEALTHY = 0,
    RCTL_PROBE_UNHEALTHY = 1,
    RCTL_PROBE_REFUSED = 2 /* the policy of the program forbids to ask there */
} rctl_probe_result;

/* What came of a PROBE. All is copied. */
typedef struct rctl_probe {
    size_t size;            /* sizeof(rctl_probe), set by the caller */
    const char *url;        /* as the action named it */
    rctl_probe_result result;
    uint32_t in_a_row;      /* results of this kind since the last other one, at least 1 */
    rctl_time at;           /* of the newest */
    const char *body;       /* of the newest answer, or NULL; may be cut */
    size_t body_len;
} rctl_probe;

/* Adds what came of a PROBE. Errors: NOMEM, INVALID_ARG (also once a plan was made). */
RCTL_EXPORT int rctl_world_add_probe(rctl_world *world, const rctl_probe *probe);
/*
 * Says that the API server does not serve a kind, such as one of an optional CRD. Plans leave
 * children of that kind out, go on with the rest, and say so in a condition. A kind that no
 * controller reads is passed over. Errors: INVALID_ARG (also once a plan was made).
 */
RCTL_EXPORT int rctl_world_set_unserved(rctl_world *world, const char *api_version,
                                        const char *kind);
/* Sets the moment of the snapshot; 0 (1970) when never set. Errors: INVALID_ARG (also once a
 * plan was made). */
RCTL_EXPORT int rctl_world_set_now(rctl_world *world, rctl_time now);

/* The objects of our kinds in the world, in an order of names; for those who want all plans.
 * The strings live as long as the world. Errors: NOMEM, INVALID_ARG, NOT_FOUND (past the end). */
typedef struct rctl_key {
    const char *kind, *name_space, *name;
} rctl_key;
RCTL_EXPORT int rctl_world_key(rctl_world *world, size_t index, rctl_key *ret_key);

/* What is wrong with the texts and objects. Complete once a plan was made. */
RCTL_EXPORT const rctl_diags *rctl_world_diags(const rctl_world *world);

/* ---- links: which objects a plan needs ---- */

/*
 * Names tie the objects of a namespace: each answers to some, and those of our kinds ask
 * for others. The plan for an object needs that object, all that answer to a name for which
 * it asks, and whatever `shared` object answers to a name for which one of our kinds asks
 * that is needed itself. A controller with `users` needs, that many steps away, those of
 * our kinds that ask for a name to which its object answers, with what they need.
 *
 * A world of these gives the plan that a world of the whole namespace gives, and an object
 * that is not among them, before and after a change, need not wake anybody.
 */
typedef enum rctl_link { RCTL_LINK_ANSWERS = 0, RCTL_LINK_ASKS = 1 } rctl_link;

/* Who is told the links of an object. */
typedef struct rctl_links {
    size_t size; /* sizeof(rctl_links), set by the caller */
    void *ctx;
    /* Once or more for each name, which is told as a number that stands for it. */
    void (*link)(void *ctx, rctl_link link, uint64_t name);
} rctl_links;

/* An object as an API server gives it, and what its metadata say. */
typedef struct rctl_observed {
    size_t size; /* sizeof(rctl_observed), set by the caller */
    const char *api_version, *kind, *name;
    const char *owner_api_version, *owner_kind, *owner_name; /* its controller; NULL: none */
    const char *data; /* JSON */
    size_t len;
} rctl_observed;

/*
 * Tells the links of an object. `ret_seen` stays the same, with the links, as long as plans for
 * other objects would not change with it. Errors: NOMEM, INVALID_ARG.
 */
RCTL_EXPORT int rctl_links_of(const rctl_ctx *ctx, const rctl_observed *object,
                              const rctl_links *links, uint64_t *ret_seen);

/* ---- plans ---- */

/* Opaque: what is to be done about one object. */
typedef struct rctl_plan rctl_plan;

/*
 * Plans for one object. An object that is not in the world, or that is being deleted, gives
 * an empty plan: its children go with it by their owner references. What is wrong with
 * the object is no error here: the plan writes it into the status, and leaves the children
 * alone. Errors: NOMEM (then make a new world: this one may not be whole), INVALID_ARG (also an
 * unknown kind), BUG.
 */
RCTL_EXPORT int rctl_reconcile(rctl_world *world, const char *kind, const char *name_space,
                               const char *name, rctl_plan **ret_plan);
/* Frees a plan, before its world. NULL is fine. Returns NULL. */
RCTL_EXPORT rctl_plan *rctl_plan_free(rctl_plan *plan);

/* What an action is. */
typedef enum rctl_action_type {
    RCTL_ACTION_APPLY = 0,  /* server-side apply of the body */
    RCTL_ACTION_DELETE = 1, /* in the background */
    RCTL_ACTION_STATUS = 2, /* server-side apply of the body to the status */
    RCTL_ACTION_EVENT = 3,  /* an Event about the primary object; may fail unnoticed */
    RCTL_ACTION_PROBE = 4,  /* GET `url`; tell the next world by rctl_world_add_probe() */
    RCTL_ACTION__COUNT
} rctl_action_type;

/* What must be so, or else the action fails and the plan ends. */
typedef enum rctl_precondition {
    /* EVENT, PROBE, and all actions on objects that are in no cluster yet. */
    RCTL_PRECONDITION_NONE = 0,
    /* Nothing of that name exists: apply without force, and take a conflict as failure. */
    RCTL_PRECONDITION_ABSENT = 1,
    /* `uid`. APPLY and STATUS: it is in the body, apply with force. DELETE: give it. */
    RCTL_PRECONDITION_UID = 2
} rctl_precondition;

/* One action. Every pointer is lent by the plan; what does not concern the type is NULL or 0. */
typedef struct rctl_action {
    rctl_action_type type;
    const char *api_version, *kind, *plural, *name_space, *name;
    rctl_precondition precondition;
    const char *uid;
    const char *reason;       /* a word or two, for logs: "create", "changed"; EVENT: its reason */
    const char *message;      /* EVENT: its note; else more about the reason, or NULL */
    bool warning;             /* EVENT: of type Warning */
    bool restarts;            /* pods are replaced, since their template changes */
    bool replaces;            /* DELETE: `immutable` differs, the next plan makes it anew */
    const char *immutable;    /* "spec.selector" */
    const char *const *paths; /* APPLY of what exists: where it differs, up to 20 */
    size_t n_paths;
    const char *url;          /* PROBE */
    rctl_time timeout;        /* PROBE: of one attempt, in nanoseconds */
} rctl_action;

/* How many actions there are, and the one at `index`. Errors: NOT_FOUND (past the end),
 * INVALID_ARG. */
RCTL_EXPORT size_t rctl_plan_count(const rctl_plan *plan);
RCTL_EXPORT int rctl_plan_get(const rctl_plan *plan, size_t index, rctl_action *ret_action);
/* Writes the body of an APPLY or STATUS as one line of JSON. Errors: NOMEM, INVALID_ARG,
 * NOT_FOUND (other types, and past the end), SINK. */
RCTL_EXPORT int rctl_plan_write_body(const rctl_plan *plan, size_t index, const rctl_sink *sink);
/* Writes the whole plan as one indented JSON object; {} when its object is not there. Errors:
 * NOMEM, INVALID_ARG, SINK. */
RCTL_EXPORT int rctl_plan_write(const rctl_plan *plan, const rctl_sink *sink);
/* When to plan again even if nothing changes; 0: never. */
RCTL_EXPORT rctl_time rctl_plan_wake_at(const rctl_plan *plan);
/*
 * Why the object is not accepted, in one sentence, or NULL. Only a change of the object, or
 * of one beside it, helps then: asking again is of no use.
 */
RCTL_EXPORT const char *rctl_plan_refusal(const rctl_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
