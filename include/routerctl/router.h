/*
 * Routers: what may be asked of one, walk the table of those that are known, and
 * register another. A router is data (which wish it honours under which of its
 * policies, its flags, its pod) plus two small functions. Those that ship are
 * registered in every new context by the very same call.
 */
#ifndef ROUTERCTL_ROUTER_H
#define ROUTERCTL_ROUTER_H

#include <routerctl/document.h>
#include <routerctl/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- wishes ---- */

/* Everything that a gateway, or a service with prefill and decode halves, may ask. */
typedef enum rctl_wish {
    RCTL_WISH_ROUND_ROBIN = 0, /* the backends of a model take turns */
    RCTL_WISH_RANDOM,
    RCTL_WISH_LEAST_LOAD,      /* the backend with the least work gets the next request */
    RCTL_WISH_PREFIX,          /* prompts that start alike go to one backend */
    RCTL_WISH_KV_AWARE,        /* by the KV blocks that engines report to hold */
    RCTL_WISH_LOAD_REQUESTS,   /* beside the strategy: evens out requests in flight */
    RCTL_WISH_LOAD_KV,         /* beside the strategy: avoids engines whose KV cache is full */
    RCTL_WISH_LOAD_GPU,        /* reads the utilisation of GPUs itself */
    RCTL_WISH_SESSION,         /* requests of one session go to one backend; by a header */
    RCTL_WISH_MODELS,          /* several models behind one router */
    RCTL_WISH_ALIASES,         /* further names for a model */
    RCTL_WISH_WEIGHTS,         /* a model's requests shared out by weight */
    RCTL_WISH_PD,              /* drives prefill and decode pods; by engine and connector */
    RCTL_WISH_STATIC,          /* a given list of backends */
    RCTL_WISH_K8S,             /* finds the pods of one service by itself */
    RCTL_WISH_K8S_MANY,        /* finds the pods of several services by itself */
    RCTL_WISH_HOT_RELOAD,      /* takes changed routes without a restart */
    RCTL_WISH_SEMANTIC_CACHE,  /* nlpFilters.semanticCache of a service */
    RCTL_WISH_PROMPT_GUARD,    /* nlpFilters.promptGuard of a service */
    RCTL_WISH_CACHE_THRESHOLD, /* the share of a prompt from which a prefix counts as known */
    RCTL_WISH_API_KEY,         /* clients must show a key */
    RCTL_WISH_BACKEND_TLS,     /* speaks TLS to the backends, checked by a given CA */
    RCTL_WISH_HTTP_ROUTE,      /* stands behind HTTPRoutes of the Gateway API */
    RCTL_WISH_PICKER,          /* leaves the choice to the endpoint picker of InferencePools */
    RCTL_WISH__COUNT
} rctl_wish;

/* A set of wishes is 64 bits, one for each. */
#define RCTL_WISH_BIT(wish) (UINT64_C(1) << (wish))

/* A short name for a wish ("prefix affinity"), and one sentence about it. Static storage;
 * NULL past the end. */
RCTL_EXPORT const char *rctl_wish_name(rctl_wish wish);
RCTL_EXPORT const char *rctl_wish_doc(rctl_wish wish);

/* ---- what a router is asked to do ---- */

/* One backend. */
typedef struct rctl_router_backend {
    const char *url;        /* "http://chat.team-a.svc:8000", without a slash at the end */
    const char *model;      /* that it serves; NULL when that is not known */
    rctl_engine_role role;
    int32_t bootstrap_port; /* of prefill; 0 when it has none */
    int64_t weight;         /* 1 when none was given */
    int64_t pods;           /* behind the URL; -1 when nobody knows */
    const char *service;    /* name of the Service that the URL leads to; NULL for addresses */
    int32_t service_port;
} rctl_router_backend;

/* A further name for a model. */
typedef struct rctl_router_alias {
    const char *alias, *model;
} rctl_router_alias;

/* The labels that pods must have, all of them. */
typedef struct rctl_router_selector {
    rctl_engine_role role;
    const char *model; /* of the pods */
    const char *model_label; /* value of their label "model" */
    const char *const *keys, *const *values;
    size_t n_labels;
    int64_t pods; /* that there will be */
} rctl_router_selector;

/* One router, as the manifests ask for it. Lives for one callback. */
typedef struct rctl_router_job {
    size_t size;               /* sizeof(rctl_router_job) of the library */
    const char *name, *name_space; /* of the gateway or service */
    uint64_t wishes;           /* must be honoured: RCTL_WISH_BIT() or-ed */
    uint64_t soft;             /* honoured where that is possible */
    const char *policy;        /* the row that the solver chose; NULL before that */
    const char *version;       /* of the router; NULL when it is not known */
    int32_t port;              /* that it listens on */
    const char *session_header; /* lower case; NULL without sessions */
    double cache_threshold;    /* 0 to 1; below 0 when none was given */
    const char *engine, *connector; /* of the halves; NULL outside P/D */
    const rctl_router_backend *backends; /* with static discovery */
    size_t n_backends;
    const rctl_router_alias *aliases;
    size_t n_aliases;
    const rctl_router_selector *selectors; /* with k8s discovery, one for each service or half */
    size_t n_selectors;
    int32_t pod_port;          /* that the selected pods listen on */
    bool fronts;               /* some backends are themselves routers, in front of halves */
    const char *api_key_env;   /* variable that holds the key of clients; NULL when none */
    const char *ca_file;       /* CA of the backends; NULL when none */
    const char *folder;        /* where files of rctl_router_out_file() are mounted */
} rctl_router_job;

/*
 * What a callback produces; every text is copied. `why` says in a few words what
 * made the thing, or is NULL. The calls return 0, NOMEM or INVALID_ARG; a callback
 * hands on what is not 0.
 */
typedef struct rctl_router_out rctl_router_out;
/* Adds an argument; `value` is NULL for a switch. */
RCTL_EXPORT int rctl_router_out_arg(rctl_router_out *out, const char *flag, const char *value,
                                    const char *why);
/* Adds a further value of the flag that was added last. */
RCTL_EXPORT int rctl_router_out_word(rctl_router_out *out, const char *word);
/* Adds an argument whose value is taken from a variable of the container. */
RCTL_EXPORT int rctl_router_out_arg_env(rctl_router_out *out, const char *flag,
                                        const char *variable, const char *why);
/* Sets an environment variable of the container. */
RCTL_EXPORT int rctl_router_out_env(rctl_router_out *out, const char *name, const char *value);
/* Adds a file of a ConfigMap, in the folder of the job. With `restart` a change of it rolls
 * the pods. */
RCTL_EXPORT int rctl_router_out_file(rctl_router_out *out, const char *name, const char *text,
                                     bool restart);
/* Tells what is left undone, or done in another way than expected; code "router.note". `hint`
 * may be NULL. */
RCTL_EXPORT int rctl_router_out_note(rctl_router_out *out, rctl_severity severity,
                                     const char *message, const char *hint);
/* Tells why this job cannot be done. For `fits` only; the first reason is kept. */
RCTL_EXPORT int rctl_router_out_refuse(rctl_router_out *out, const char *reason);

/* A function of a router, called by the library only. What it is given is lent until it
 * returns. Returns 0, or what a call gave that is not 0. */
typedef int (*rctl_router_fn)(void *ctx, const rctl_router_job *job, rctl_router_out *out);

/* ---- a router ---- */

/* One wish under one policy: how it is honoured, or why it is not. */
typedef struct rctl_router_way {
    rctl_wish wish;
    const char *policy; /* NULL: under every policy without a row of its own */
    const char *how;    /* "--policy cache_aware"; NULL: not honoured, `but` says why */
    const char *flag;   /* that does it: must exist in the router's version; may be NULL */
    const char *only;   /* "a|b": only these headers, or engine/connector pairs; NULL: all */
    const char *but;    /* what a user should know; may be NULL */
    bool remembers;     /* goes by what one router pod has seen, which others do not know */
} rctl_router_way;

/* A policy that the router may be started with. */
typedef struct rctl_router_policy {
    const char *name;
    uint64_t needs;    /* wishes without which the policy is not looked at */
    const char *since; /* first version that has it, or NULL */
} rctl_router_policy;

/* A router. Pointers are kept: tables must outlive the context. */
typedef struct rctl_router {
    size_t size;               /* sizeof(rctl_router), set by whoever fills it */
    const char *name;          /* the word in spec.router.type, lower case */
    const char *title;
    const char *version;       /* that the tables describe, and of `image` */
    const char *image;         /* used when the manifest names none; NULL: it runs no pods */
    const char *const *command; /* NULL-ended; NULL when the image's entry point serves */
    const rctl_router_policy *policies; /* in order of preference */
    size_t n_policies;
    const rctl_router_way *ways; /* of one wish and policy, the first that fits counts */
    size_t n_ways;
    const rctl_flag *flags;    /* in order of name */
    size_t n_flags;
    const char *host_flag, *port_flag;
    const char *metrics_host_flag, *metrics_port_flag; /* NULL: metrics are on the main port */
    const char *live_path, *ready_path; /* HTTP GET, 200 when so */
    int32_t startup_seconds;   /* until it listens, engines that are slow to load included */
    int32_t stop_seconds;      /* that it takes at most to finish what is in flight */
    int32_t run_as_user;       /* a non-root user the image works with; 0: runs as root */
    bool read_only_root;       /* works with a root file system that cannot be written */
    const char *cpu, *memory;  /* requests of a pod that sets none */
    const char *const *pod_verbs; /* on pods, with k8s discovery; NULL-ended */
    rctl_router_fn fits;       /* refuses what the table cannot say; may be NULL */
    rctl_router_fn arguments;  /* arguments and files, without host and ports */
    void *ctx;                 /* given to both */
} rctl_router;

/*
 * Registers a router, behind those that are there: `type: auto` asks them in order.
 * Errors: INVALID_ARG (a needed member is NULL, flags out of order, a row that names
 * an unknown policy or flag, a wrong size), LIMIT (the name is taken), NOMEM.
 */
RCTL_EXPORT int rctl_router_register(rctl_ctx *ctx, const rctl_router *router);
/* The routers of a context in order of registration: how many, the one at `index`, and the
 * one of that name. NULL when there is none. Lent by whoever registered it. */
RCTL_EXPORT size_t rctl_routers_count(const rctl_ctx *ctx);
RCTL_EXPORT const rctl_router *rctl_routers_get(const rctl_ctx *ctx, size_t index);
RCTL_EXPORT const rctl_router *rctl_routers_find(const rctl_ctx *ctx, const char *name);

/* ---- why this router? ---- */

/* In which form it is written. */
typedef enum rctl_routing_format {
    RCTL_ROUTING_TEXT = 0,
    RCTL_ROUTING_JSON = 1
} rctl_routing_format;

/*
 * Writes, for each gateway and each service with prefill and decode halves: the
 * router that was chosen, what was asked for and which router honours it how, and
 * the command line and files of the chosen one. Objects with errors are told with
 * what is missing. Checks the set first when that was not done. Errors: NOMEM,
 * INVALID_ARG, SINK.
 */
RCTL_EXPORT int rctl_routing_write(rctl_set *set, rctl_routing_format format,
                                   const rctl_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
