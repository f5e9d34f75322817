/*
 * simulate: where a router would send each request, and why. Each policy follows
 * what the router itself does, not what the policy is called: its hash, the order
 * of its look-ups, its trees. What a router draws by lot, or takes from something
 * that the input does not hold, is told as that, with all that may come out of it.
 *
 * One assumption is made throughout: the router has just started, its endpoints
 * are as the snapshot says and stay so, the requests that the snapshot shows as
 * running or waiting came through it and share neither prompt nor session with the
 * new ones, and each new request is answered before the next one comes.
 */
#ifndef ROUTER_SIMULATE_H
#define ROUTER_SIMULATE_H

#include "base/base.h"
#include "text/text.h"

/* ---- what is simulated ---- */

struct router_sim_alias {
    const char *alias, *model;
};

/* How the router is started. Zero is "not given", where nothing else is said. */
struct router_sim_setup {
    const char *router, *policy; /* "smg", "cache_aware" */
    const char *session_header;  /* any case; NULL: none, or the router's own */
    double cache_threshold;      /* below 0: the router's own */
    double overload_usage;       /* smg: KV usage above which affinity is given up; 0: never */
    int64_t balance_abs;         /* smg: 0: its own; the other routers' have no say here, */
    double balance_rel;          /* as nothing is in flight that was not before */
    bool routing_key_override;   /* smg */
    bool no_overload_protection; /* smg */
    int64_t overload_waiting;    /* smg: 0: its own, 8 */
    double overload_kv;          /* smg: 0: its own, 0.8 */
    const char *assignment_mode; /* manual: NULL is "random" */
    bool pairs;                  /* in front of prefill and decode engines */
    bool health_checks;          /* production-stack: takes sick endpoints out */
    bool static_list;            /* endpoints are listed for the router in the given order */
    const struct router_sim_alias *aliases;
    size_t n_aliases;
};

struct router_sim_endpoint {
    const char *url, *model;
    bool healthy;
    int64_t running, waiting;
    double kv_usage;   /* 0 to 1; below 0: not known */
    double throughput; /* tokens a second that the engine reports; 0: none */
};

struct router_sim_header {
    const char *name, *value;
};

struct router_sim_request {
    const char *id, *model; /* id may be NULL */
    const struct router_sim_header *headers;
    size_t n_headers;
    const struct text_node *body; /* a map: what is posted; the model may be missing in it */
};

/* ---- what comes out ---- */

enum router_sim_how {
    ROUTER_SIM_CERTAIN,
    ROUTER_SIM_RANDOM, /* drawn by the router, for the request or when it starts */
    ROUTER_SIM_UNKNOWN /* by something that the input does not hold; `why` says what */
};

struct router_sim_answer {
    enum router_sim_how how;
    int status;      /* 0: it is sent on; else what the router answers itself */
    const char *url; /* NULL: refused, or not certain */
    const char *const *candidates; /* when not certain: one of these; never empty then */
    size_t n_candidates;
    size_t same_as;  /* goes where this request went (from 1); 0: not known to follow one */
    const char *why; /* a few words, lower case, without a full stop */
};

struct router_sim;

/* NULL when the policy can be simulated, or why it cannot. */
const char *router_sim_refuses(const struct router_sim_setup *setup);
/* The release that the simulation was held against, "smg 1.13.0". */
const char *router_sim_release(const struct router_sim_setup *setup);
/* Keeps pointers to all that is given. The setup must not be refused. */
struct router_sim *router_sim_new(struct base_arena *arena, const struct router_sim_setup *setup,
                                  const struct router_sim_endpoint *endpoints, size_t n);
/* The next request. Strings of the answer live in the arena. */
void router_sim_next(struct router_sim *sim, const struct router_sim_request *request,
                     struct router_sim_answer *ret_answer);

/* ---- simulate_read.c: a snapshot and requests from JSON ---- */

struct router_sim_source {
    struct base_arena *arena;
    struct text_interner *keys;
    const struct text_limits *limits;
    struct rctl_diags *diags;
    uint32_t file;
    const char *data;
    size_t len;
};

/* {"endpoints": [...]}; returns what could be read, after telling what is wrong. */
struct router_sim_endpoint *router_sim_read_endpoints(const struct router_sim_source *source,
                                                      size_t *ret_n);
/* One object after the other; `each` gets those without faults, with their line. */
void router_sim_read_requests(const struct router_sim_source *source,
                              void (*each)(void *ctx, const struct router_sim_request *request,
                                           uint32_t line),
                              void *ctx);

#endif
