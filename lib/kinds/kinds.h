/*
 * kinds: the six kinds, what holds between their objects, and the engine jobs
 * that follow from them. An object's spec is decoded when it is looked at, into
 * memory that is used again for the next; only trees and names are kept.
 */
#ifndef KINDS_KINDS_H
#define KINDS_KINDS_H

#include "discovery/discovery.h"
#include "engine/engine.h"
#include "kinds/shapes.h"
#include "router/router.h"

#include <routerctl/document.h>
#include <routerctl/kind.h>

struct kinds_check;
struct kinds_world;

/* What a context knows besides the kinds: everything that can be registered. */
struct kinds_tables {
    struct engine_registry engines;
    struct router_registry routers;
    struct discovery_registry discoveries;
};

/* ---- registry.c: one row a kind ---- */

struct kinds_column { /* of `kubectl get` */
    const char *name, *type, *path, *doc;
    int priority; /* 1: only with -o wide */
};

struct kinds_cel { /* a rule of ours that CEL can say as well */
    const char *rule, *message;
};

/*
 * The name of an object that rendering makes; two owners of one name collide. A
 * Deployment is always called like its Service, which speaks for both.
 */
struct kinds_claim {
    const char *kind, *name;
    const struct text_node *at; /* where the user chose it; NULL: derived from metadata.name */
};

struct kinds_kind {
    const char *kind, *plural, *singular, *short_name, *doc;
    const struct schema_shape *spec, *status;
    const struct kinds_column *columns;
    size_t n_columns;
    const struct kinds_cel *cel;
    size_t n_cel;
    /* Rules between the fields of one object, and with what it refers to. */
    void (*rules)(struct kinds_check *check, const void *spec);
    /* At most KINDS_MOST_CLAIMS names; returns how many. */
    size_t (*claims)(const struct kinds_check *check, const void *spec,
                     struct kinds_claim *ret_claims);
};
enum { KINDS_MOST_CLAIMS = 3 };

extern const struct kinds_kind kinds_table[];
extern const size_t kinds_count;
/* By kind, plural, singular or short name, in any case; NULL when there is none. */
const struct kinds_kind *kinds_find(const char *name);
/*
 * The names that a field of such a syntax may hold, one after the other: those that
 * are registered. NULL past the end, and for every other syntax.
 */
const char *kinds_choice(const struct kinds_tables *tables, enum schema_syntax syntax, size_t i);
/* A core Service, which our objects may refer to. */
extern const struct kinds_kind kinds_service;

/* ---- world.c: all objects of a set, found by name ---- */

struct rctl_object {
    const struct kinds_world *world;
    const struct kinds_kind *kind;
    const char *name, *name_space;
    const struct text_node *root, *spec;   /* spec may be NULL */
    struct text_mark mark;
    uint32_t file, index;
    bool has_errors;
    bool lacks_target; /* a reference that rendering needs points at nothing */
    bool backend_is_foreign; /* in a cluster: its backend's Service exists and is not ours */
};

struct kinds_named {
    const char *kind, *name;
    uint32_t object;
    struct diag_mark mark;
};

/* A document of another group, kept only when it is to be passed through. */
struct kinds_other {
    const struct text_node *root;
};

/* What the provider of a gateway is to read. */
struct kinds_feed {
    const char *name_space, *gateway;
    const char *data;
    size_t len;
    uint32_t file;
    bool used;
};

/* A reference that found its target. */
struct kinds_edge {
    uint32_t from, to; /* indices of objects */
    const struct schema_field *field;
};

struct kinds_world {
    struct base_arena *arena;   /* lives as long as the set */
    struct base_arena *scratch; /* forgotten with every object */
    struct rctl_diags *diags;
    const struct kinds_tables *tables;
    const char *default_namespace;
    rctl_missing missing;
    bool keep_others;
    bool every_router; /* solutions hold the verdicts on all routers, for explanations */
    bool in_cluster; /* as an API server gave them: what is not here does not exist */
    rctl_object **objects;    /* Services too, because others refer to them */
    size_t n_objects, objects_room;
    rctl_object **ours;       /* without the Services */
    size_t n_ours, ours_room;
    struct kinds_other *others;
    size_t n_others, others_room;
    uint32_t *buckets; /* index + 1, 0 = empty */
    size_t n_buckets;
    struct kinds_edge *edges; /* in order of `from` */
    size_t n_edges, edges_room;
    uint32_t *first_from;     /* where those of an object start; n_objects + 1 */
    uint32_t *edges_to;       /* edge numbers in order of `to` */
    uint32_t *first_to;       /* where those of an object start; n_objects + 1 */
    struct kinds_feed *feeds;
    size_t n_feeds, feeds_room;
    struct kinds_named *named; /* names that rendering will make */
    size_t n_named, named_room;
    size_t n_documents;
    bool checked;
};

void kinds_world_init(struct kinds_world *world, struct base_arena *arena,
                      struct base_arena *scratch, struct rctl_diags *diags,
                      const struct kinds_tables *tables);
/* One document, as it was read; lists are taken apart. */
void kinds_world_add(struct kinds_world *world, uint32_t file, const struct text_doc *doc);
/* `kind` is the word that a manifest uses: "InferenceCache", "Service". */
rctl_object *kinds_world_find(const struct kinds_world *world, const char *kind,
                              const char *name_space, const char *name);
/*
 * A list for a second look at what was checked: what it would say again is not
 * wanted. Lives in the scratch arena.
 */
struct rctl_diags kinds_silent(const struct kinds_world *world);
/* Room for one more in a growing array of the world's arena. */
void *kinds_world_grow(struct kinds_world *world, void *items, size_t n, size_t *room,
                       size_t size);

/* ---- object.c: from a tree to an object ---- */

/* Returns NULL for documents that are not ours, after telling what is wrong. */
rctl_object *kinds_object_new(struct kinds_world *world, uint32_t file,
                              const struct text_node *root, struct text_mark mark);
/* "Kind/namespace/name", for messages. */
const char *kinds_object_label(const rctl_object *object, struct base_arena *arena);
/* A decoded spec with what the cluster knows better: whether Auto means External. */
const void *kinds_object_settle(const rctl_object *object, void *spec);
/* Decodes the spec without a word, trees included; NULL when there is none. */
const void *kinds_object_spec(const rctl_object *object, struct base_arena *arena);

/* ---- check.c: everything that is wrong with the objects of a world ---- */

struct kinds_check {
    struct schema_walk walk;
    struct kinds_world *world;
    rctl_object *object;
    struct text_path spec;     /* "spec" */
    bool backend_is_external;  /* an InferenceService whose backend somebody else runs */
};

/* A path below another, for the length of one expression. */
#define KINDS_AT(parent, name) (&(const struct text_path){(parent), (name), 0})
#define KINDS_ITEM(parent, i) (&(const struct text_path){(parent), NULL, (i)})

void kinds_world_check(struct kinds_world *world);

/* ---- links.c: what holds between objects ---- */
void kinds_link(struct kinds_world *world, const rctl_object *from, const rctl_object *to,
                const struct schema_field *field);
/* A member of a decoded reference, by wire name; NULL when its shape has none such. */
const struct schema_str *kinds_ref_text(const struct schema_field *field, const void *ref,
                                        const char *name);
/* Every REF of a decoded spec: is the target there, is it of the right kind? */
void kinds_check_refs(struct kinds_check *check, const void *spec);
void kinds_check_claims(struct kinds_check *check, const void *spec);
/* After the last object: sorts the links, then tells cycles and name collisions. */
void kinds_links_done(struct kinds_world *world);

/* ---- names.c ---- */
/*
 * The name of a child: owner and suffix, or, when that is longer than the 63
 * characters of a Service or a label, its start, a hash and the suffix.
 */
const char *kinds_child_name(struct base_arena *arena, const char *owner, const char *suffix);
/* All suffixes there are, but for those of routes; NULL-ended. */
extern const char *const kinds_child_suffixes[];
/* The HTTPRoute of one model. */
const char *kinds_route_name(struct base_arena *arena, const char *gateway, const char *model);

/* Up to `n` names, told apart: equal ones are answered by where they came first. */
struct kinds_names {
    const char **items;
    uint32_t *buckets; /* index + 1, 0 = empty */
    size_t n_buckets;
};
struct kinds_names kinds_names_new(struct base_arena *arena, size_t n);
/* Adds the name with the number `i`, below `n`; returns the number of the first equal one. */
size_t kinds_names_first(struct kinds_names *names, const char *name, size_t i);

/* ---- extras.c: speculation and cache, by whatever way they are referred to ---- */
struct kinds_extras {
    const rctl_object *sd_object, *cache_object;
    const struct sd_spec *sd;           /* NULL when none */
    const struct icache_spec *cache;    /* NULL when none */
};
struct kinds_extras kinds_service_extras(const struct kinds_world *world,
                                         const rctl_object *object,
                                         const struct infsvc_spec *spec,
                                         struct rctl_diags *diags);
/* A PDD has those of the services and caches that refer to it. */
struct kinds_extras kinds_pdd_extras(const struct kinds_world *world, const rctl_object *object,
                                     struct rctl_diags *diags);

/* ---- jobs.c: the engine pods that an object asks for ---- */

/* Engines listen here in every rendered pod unless backendRef says otherwise. */
#define KINDS_ENGINE_PORT 8000
#define KINDS_LMCACHE_PORT 5555
#define KINDS_MODEL_DIR "/models"
/* Value of the label app.kubernetes.io/managed-by. */
#define KINDS_MANAGER "router-controller"

/* One engine pod: what is asked of the engine, and what it makes of that. */
struct kinds_job {
    rctl_engine_job job;
    rctl_speculation speculation;
    rctl_kv_cache cache;
    const rctl_engine *engine;
    struct kinds_extras extras;
    struct engine_input input;
    struct engine_result result;
    const char *image;
};

/*
 * Builds the job, checks it and resolves its arguments, all in the world's scratch
 * arena; faults go to `diags`. False when the engine is unknown or none is run.
 */
bool kinds_service_job(const struct kinds_world *world, const rctl_object *object,
                       const struct infsvc_spec *spec, struct rctl_diags *diags,
                       struct kinds_job *ret);
/* The prefill half and the decode half. */
bool kinds_pdd_jobs(const struct kinds_world *world, const rctl_object *object,
                    const struct pdd_spec *spec, struct rctl_diags *diags,
                    struct kinds_job ret[2]);
/* A managed service runs an engine of its own: neither External nor with a PDD. */
bool kinds_service_runs_engine(const struct infsvc_spec *spec);
/* A quantity as whole units, rounded up; 0 for NULL. */
int64_t kinds_quantity(const char *text);

/* ---- fronts.c, gateway_job.c: the routers that gateways and halves ask for ---- */

/* Routers listen here in every rendered pod. */
#define KINDS_ROUTER_PORT 8000
/* Where the files of a router are mounted, and the CA of its backends. */
#define KINDS_ROUTER_DIR "/etc/router"
#define KINDS_ROUTER_CA_DIR "/etc/router-ca"
#define KINDS_ROUTER_KEY_ENV "ROUTER_API_KEY"
#define KINDS_PICKER_PORT 9002

/* One router: what is asked of it, which one it is, and what it is told. */
struct kinds_front {
    rctl_router_job job;
    uint64_t asked;                  /* all wishes; job.wishes ends as those that are honoured */
    struct router_solution solution;
    struct router_result result;     /* of the chosen router; empty without one */
    const struct router_choice *choice; /* spec.router, or what stands for it when absent */
    const char *image;               /* NULL when there is no router, or it runs no pods */
    const char *component;           /* label of its pods: "gateway" or "router" */
    const char *service;             /* name of its Service */
    int32_t service_port;
};

/*
 * Builds the job, solves it and makes the command line, all in the world's scratch
 * arena; faults go to `diags`. False when the spec is too broken to ask.
 */
bool kinds_gateway_front(const struct kinds_world *world, const rctl_object *object,
                         const struct igw_spec *spec, struct rctl_diags *diags,
                         struct kinds_front *ret);
/* The router in front of the halves of a service with prefillDecodingRef. */
bool kinds_service_front(const struct kinds_world *world, const rctl_object *object,
                         const struct infsvc_spec *spec, struct rctl_diags *diags,
                         struct kinds_front *ret);
/* Tells of feeds that no gateway asked for. */
void kinds_check_feeds(struct kinds_world *world);
/* Of either kind; false for every other object. */
bool kinds_object_front(const struct kinds_world *world, const rctl_object *object,
                        struct rctl_diags *diags, struct kinds_front *ret);

struct kinds_front_asker {
    const struct kinds_world *world;
    const rctl_object *object;
    struct schema_walk walk; /* for faults */
    struct kinds_front *front;
    bool allow_degraded;
};
void kinds_front_init(struct kinds_front_asker *asker, const struct kinds_world *world,
                      const rctl_object *object, const struct router_choice *choice,
                      struct rctl_diags *diags, struct kinds_front *front);
/* Chooses the router and makes its arguments; tells when there is none. */
void kinds_front_solve(struct kinds_front_asker *asker);
/* The labels by which the pods of a component are found. */
rctl_router_selector kinds_selector(struct base_arena *arena, const rctl_object *owner,
                                    const char *component);
/* Name of the Service in front of a service's engine or router. */
const char *kinds_service_name(const rctl_object *object, const struct infsvc_spec *spec);

/* ---- rules.c: rules that several kinds share ---- */
/*
 * Whether a field says no more than its default: an API server fills defaults in, so
 * such a value is nobody's wish. `path` is that of the field below `shape`.
 */
bool kinds_is_default(const struct schema_shape *shape, const char *path,
                      const struct text_node *node);
/* Type, image and version of a router; `choice` may be NULL. */
void kinds_check_router(struct kinds_check *check, const struct router_choice *choice);
void kinds_check_engine_name(struct kinds_check *check, const struct schema_str *engine);
/* What the overlay may not set, and what the pod lacks once it is merged. */
void kinds_check_pod_template(struct kinds_check *check, const struct text_node *overlay,
                              const struct schema_str *engine);
/*
 * A target that speaks of another model than the object that refers to it; `field`
 * is where the target, of the given kind, names its model.
 */
void kinds_check_same_model(struct kinds_check *check, const struct ref *ref, const char *kind,
                            const char *field, const char *model, const struct text_path *path);

/* ---- rules_<kind>.c ---- */
void kinds_rules_infsvc(struct kinds_check *check, const void *spec);
void kinds_rules_pdd(struct kinds_check *check, const void *spec);
void kinds_rules_sd(struct kinds_check *check, const void *spec);
void kinds_rules_icache(struct kinds_check *check, const void *spec);
void kinds_rules_igw(struct kinds_check *check, const void *spec);
void kinds_rules_sroute(struct kinds_check *check, const void *spec);
size_t kinds_claims_infsvc(const struct kinds_check *check, const void *spec,
                           struct kinds_claim *ret);
size_t kinds_claims_pdd(const struct kinds_check *check, const void *spec,
                        struct kinds_claim *ret);
size_t kinds_claims_icache(const struct kinds_check *check, const void *spec,
                           struct kinds_claim *ret);
size_t kinds_claims_igw(const struct kinds_check *check, const void *spec,
                        struct kinds_claim *ret);
size_t kinds_claims_sroute(const struct kinds_check *check, const void *spec,
                           struct kinds_claim *ret);
void kinds_check_model_cache(struct schema_walk *walk, const struct text_node *node,
                             const struct text_path *path);

/* ---- csv.c: comma-separated lists of a StaticRoute ---- */
struct kinds_csv {
    const char **items; /* trimmed */
    size_t n_items;
    bool broken; /* an item is empty */
};
struct kinds_csv kinds_csv_split(const char *text, struct base_arena *arena);

#endif
