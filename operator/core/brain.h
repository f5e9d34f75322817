/*
 * brain: the operator without its hands. It puts the machines of this folder together:
 * one watch for each resource that a controller reads, a cache, a queue for each
 * controller, rounds of work that carry plans out, the lease, Events and metrics. What is
 * to be done for an object is said by rctl_reconcile().
 *
 * The caller's loop:
 *   1. while brain_poll() is true: send the call it returns, or cancel the one it names;
 *   2. sleep until brain_due() or until something comes in;
 *   3. feed what came in: answers by the calls below, one at a time.
 *
 * Each call ends in exactly one of three ways: a feeding call returns false, brain_done()
 * or one of its sisters was called, or brain_poll() cancels it. After that its id is
 * forgotten; what is fed for an id that is not out is passed over.
 *
 * Time, chance and memory are arguments, as everywhere in the core. `now` is of a clock
 * that counts sleep, `wall` of the wall, `random` fresh for each call. Lack of memory never
 * loses work; it is tried again later. One thread.
 */
#ifndef CORE_BRAIN_H
#define CORE_BRAIN_H

#include "core/breaker.h"
#include "core/events.h"
#include "core/lease.h"
#include "core/metrics.h"
#include "core/object.h"
#include "core/queue.h"
#include "core/watch.h"

#include <routerctl/context.h>

enum { BRAIN_RESOURCES = 32, BRAIN_CONTROLLERS = 32 }; /* at most */

struct brain_limits {
    const struct watch_limits *watch;
    const struct queue_limits *queue;
    const struct lease_limits *lease;
    const struct breaker_limits *breaker;
    const struct events_limits *events;
    uint32_t workers;        /* rounds at the same time, at least 1 */
    uint32_t replans;        /* in a round, after a conflict */
    core_time replan_wait;   /* before each; events come in meanwhile */
    core_time write_timeout; /* no longer than the lease's duration - deadline */
    core_time resync;        /* all objects are looked at again so often */
    unsigned resync_percent; /* chance adds up to this part of it */
    core_time held;          /* until deletions that the breaker stopped are asked for again */
    core_time gather;        /* from a change to those that it concerns, since more may follow;
                                as much again for each object that their plans are made of */
    core_time gather_most;
};

/* The machines' own, and 8, 5, 10 ms, 5 s, 10 h, 10 %, 30 s, 1 ms, 1 s. */
extern const struct brain_limits brain_default;

/* What happens inside, for logs. Texts live until the callee returns; "" for none. */
enum brain_word {
    BRAIN_SYNCED,   /* `kind`: a resource was listed for the first time */
    BRAIN_MISSING,  /* `kind`: the server does not serve it */
    BRAIN_FAULT,    /* `kind`: a list or watch failed, by `status` */
    BRAIN_LEADS,
    BRAIN_WRITES,   /* an action of `reason` is sent for the object */
    BRAIN_PROBES,   /* a backend is asked: `name` is the URL */
    BRAIN_REFUSED,  /* it failed by `status` */
    BRAIN_ROUND,    /* a round for the object ended as `reason` says */
    BRAIN_HELD,     /* the breaker stopped a deletion */
    BRAIN_WORD__COUNT
};

struct brain_note {
    enum brain_word word;
    const char *controller; /* its name; "" where none is concerned */
    const char *kind, *ns, *name;
    const char *reason;
    int status;             /* of HTTP; 0 for no reply */
};

/* Texts and limits are lent and must outlive the brain; the namespaces are, too. */
struct brain_options {
    rctl_allocator from;
    const rctl_ctx *ctx;
    const char *const *namespaces; /* that are watched; none means all */
    size_t n_namespaces;
    const char *identity;          /* of this process, new for each; a holder's, an Event's */
    bool elects;                   /* there is a lease; else this process may always write */
    const char *lease_ns, *lease_name;
    bool probes;                   /* backends may be asked for their health */
    const char *host;              /* of the API server, for a label of the metrics */
    uint64_t seed;
    const struct brain_limits *limits; /* NULL: brain_default */
    void (*tell)(void *ctx, const struct brain_note *note); /* may be NULL */
    void *tell_ctx;
};

struct brain;

/* RCTL_E_NOMEM; RCTL_E_INVALID_ARG when there are too many controllers or resources. */
int brain_new(const struct brain_options *options, core_time now, struct brain **ret_brain);
/* Forgets everything; calls that are out are the caller's to cancel. Takes NULL. */
struct brain *brain_free(struct brain *brain);

/* ---- what it wants ---- */

enum brain_call_type {
    BRAIN_LIST,     /* brain_item() for each, then brain_page(); else brain_done() */
    BRAIN_STREAM,   /* brain_opened(), brain_event(), brain_bookmark(); then brain_done() */
    BRAIN_DISCOVER, /* brain_done() with the status alone; the body is not wanted */
    BRAIN_LEASE,    /* brain_lease_answered(); else brain_done() */
    BRAIN_APPLY,    /* brain_done() with the object that was answered, also for STATUS */
    BRAIN_STATUS,
    BRAIN_DELETE,   /* brain_done() without an object, also for EVENT */
    BRAIN_EVENT,
    BRAIN_PROBE,    /* brain_probed(); not sent to the API server */
    BRAIN_CALL_TYPE__COUNT
};

/* Texts live until the next brain_poll(); copy what the sending needs. */
struct brain_call {
    uint64_t id;
    bool cancel;              /* end the call of that id; nothing else is set */
    bool silent;              /* with cancel: nothing came, its connection may be dead */
    enum brain_call_type type;
    const char *method;
    const char *path;         /* and query; of a PROBE: the URL */
    const char *ns;           /* of a PROBE: of the object that names the URL; else NULL */
    const char *content_type; /* of the body; NULL without one */
    const char *body;
    size_t body_len;
    bool streams;             /* for long: a connection of its own */
    core_time timeout;        /* of all of it, 0 for a stream; the caller ends it then, and
                                 answers with status 0. Lists, streams and the lease are
                                 cancelled by the brain as well */
    const char *api_version, *kind; /* of what is read or written; items may lack them */
};

/*
 * The next call, or false when there is none now. It makes one or two plans at most, so that
 * answers and the lease do not wait for many; brain_due() tells when to come again.
 */
bool brain_poll(struct brain *brain, core_time now, int64_t wall, uint64_t random,
                struct brain_call *ret_call);
core_time brain_due(const struct brain *brain);

/* ---- what came of it ---- */

/*
 * Of a LIST that is answered by 200: its objects one by one, and the end of the page. Of a
 * STREAM: that it was answered by 200, its events and bookmarks. False: the call is over
 * for the brain, so cancel it and feed no more of it.
 */
bool brain_item(struct brain *brain, uint64_t id, const struct object *object, core_time now,
                uint64_t random);
void brain_page(struct brain *brain, uint64_t id, const char *rv, const char *continue_token,
                core_time now, uint64_t random);
bool brain_opened(struct brain *brain, uint64_t id, core_time now);
bool brain_event(struct brain *brain, uint64_t id, const struct object *object, bool gone,
                 core_time now, uint64_t random);
bool brain_bookmark(struct brain *brain, uint64_t id, const char *rv, core_time now);
/* An item, or an event, that cannot be read; it is skipped and counted. */
bool brain_malformed(struct brain *brain, uint64_t id);

/*
 * A call is over. Status 0: no reply. A STREAM that ended without an error has 200; an ERROR
 * event ends it with the code of its Status. `object` is what a 2xx answered, or NULL.
 */
void brain_done(struct brain *brain, uint64_t id, const struct answer *answer,
                const struct object *object, core_time now, uint64_t random);
/* A LEASE call was answered by 2xx and this record. `ours`: its holder is our identity. */
void brain_lease_answered(struct brain *brain, uint64_t id, const struct lease_record *record,
                          core_time now, uint64_t random);

enum brain_probe { BRAIN_PROBE_HEALTHY, BRAIN_PROBE_UNHEALTHY, BRAIN_PROBE_REFUSED };

/* `body` is the start of what was answered, or NULL. */
void brain_probed(struct brain *brain, uint64_t id, enum brain_probe result, const char *body,
                  size_t body_len, core_time now, int64_t wall, uint64_t random);

/* ---- its state ---- */

/*
 * Stop cleanly: no new round begins, and those under way end with the call that is out;
 * then the lease is given back. brain_state() says when that is done.
 */
void brain_stop(struct brain *brain, core_time now);

enum brain_state {
    BRAIN_WORKING,
    BRAIN_STOPPED, /* by brain_stop() */
    BRAIN_LOST     /* the lease: end the process at once, without cleaning up */
};
enum brain_state brain_state(const struct brain *brain);
bool brain_leads(const struct brain *brain);

/* Readiness. */
bool brain_is_synced(const struct brain *brain); /* every resource was listed, or is missing */
bool brain_knows_leader(const struct brain *brain); /* always true without a lease */
bool brain_reaches_server(const struct brain *brain, core_time now); /* some call had a reply */
/* Liveness: see lease_is_stuck(). */
bool brain_is_stuck(const struct brain *brain, core_time now);

/* All of them, brought up to date. The caller may add its own to them. */
struct metrics *brain_metrics(struct brain *brain, core_time now);

#endif
