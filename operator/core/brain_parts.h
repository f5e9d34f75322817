/*
 * brain_parts: what the brain is made of; for its own files. brain.c puts it together,
 * brain_poll.c says what comes next, brain_watch.c takes what lists and streams bring, brain_work.c
 * carries plans out, brain_send.c makes calls, brain_report.c counts and tells.
 */
#ifndef CORE_BRAIN_PARTS_H
#define CORE_BRAIN_PARTS_H

#include "core/brain.h"
#include "core/links.h"
#include "core/outcome.h"
#include "core/probes.h"
#include "core/text.h"

#include <routerctl/reconcile.h>

/* One that some controller reads. */
struct brain_resource {
    const rctl_resource *told;
    const char *labels; /* a selector, when all who read it want the same; else NULL */
    bool unserved;      /* the server does not have it */
    struct brain_controller *controller; /* whose primary objects these are, or NULL */
    const char *const *conditions; /* of our kinds; NULL of others */
    uint32_t states[OBJECT_CONDITIONS][OBJECT_STATE__COUNT]; /* objects, by each of those */
};

struct brain_watch {
    struct watch watch;
    uint32_t resource;
    const char *ns;         /* NULL: all */
    struct breaker breaker; /* doubts its lists */
    uint64_t id;            /* of the call that is out, 0 for none */
    bool listed;            /* a list is complete and its changes are not all taken */
    bool has_fault;         /* the call ended while changes waited; told to the watch after */
    struct answer fault;
    bool synced;            /* was told */
};

struct brain_controller {
    const rctl_controller *told;
    uint32_t primary; /* its resource */
    struct queue queue;
    uint32_t running;
    core_time resync_at;
};

enum brain_step {
    BRAIN_STEP_FREE,
    BRAIN_STEP_PLAN, /* at `at` */
    BRAIN_STEP_NEXT, /* the next action */
    BRAIN_STEP_OUT   /* a call is out */
};

/* A round of work on a key. */
struct brain_round {
    enum brain_step step;
    uint32_t controller;
    struct queue_work work;
    core_time at;
    rctl_world *world;
    rctl_plan *plan;
    struct probes_place probes;
    size_t action;     /* of the plan: the one that is next, or out */
    uint32_t replans;
    bool wrote;        /* a child */
    bool probed;       /* so there is something new to plan with */
    uint64_t id;
    const char *method; /* of the call that is out */
    core_time sent;     /* when it was */
    char rv[RV_SIZE];   /* of its object, as it was known then; "" for none */
};

struct brain {
    struct brain_options options;
    const struct brain_limits *limits;
    struct brain_resource resources[BRAIN_RESOURCES];
    uint32_t n_resources;
    struct brain_controller controllers[BRAIN_CONTROLLERS];
    uint32_t n_controllers;
    struct brain_watch *watches; /* n_places for each resource */
    uint32_t n_watches, n_places;
    struct brain_round *rounds;
    struct links links;
    struct link *names; /* of the object that comes in */
    uint32_t n_names, cap_names;
    bool lacks_names;   /* memory for them was refused */
    struct probes probes;
    struct lease lease;
    uint64_t lease_id;
    const char *lease_method;
    struct events events;
    uint64_t event_id;
    const char *event_method;
    uint32_t event; /* the item that is out */
    struct metrics metrics;
    struct text path, body;
    uint64_t serial;      /* of calls */
    uint32_t turn;        /* the controller that gets the next free worker */
    core_time again;      /* memory was refused: try to go on then; else CORE_NEVER */
    bool stopping, leads; /* leads: was told */
    bool learns;          /* an answer to a write of ours is taken in */
    bool replied;         /* some call had a reply */
    core_time silent;     /* since when none had one; CORE_NEVER when the latest had */
};

/* Numbers of calls: the low bits say whose they are. */
enum { BRAIN_ID_BITS = 20 };
uint64_t brain_new_id(struct brain *brain, uint32_t owner);
uint32_t brain_lease_owner(const struct brain *brain);
uint32_t brain_event_owner(const struct brain *brain);
uint32_t brain_round_owner(const struct brain *brain, const struct brain_round *round);
/* The one whose call is out by that id, or NULL. */
struct brain_watch *brain_watch_of(struct brain *brain, uint64_t id);
struct brain_round *brain_round_of(struct brain *brain, uint64_t id);

/* How many objects of a resource there are. */
uint32_t brain_count_known(const struct brain *brain, uint32_t resource);
bool brain_is_idle(const struct brain *brain); /* no round, and no Event is out */
/* Until all objects are looked at again. */
core_time brain_resync_span(const struct brain *brain, uint64_t random);
bool brain_may_write(const struct brain *brain, core_time now);
/* The earliest time from `at` on at which writing may be allowed. */
core_time brain_write_due(const struct brain *brain, core_time at);
struct queue_key brain_key(const struct brain_controller *controller, const char *ns,
                           const char *name);
/* The watch of a resource that sees a namespace; NULL when none does. */
struct brain_watch *brain_watch_for(const struct brain *brain, uint32_t resource,
                                    const char *ns);
/* BRAIN_RESOURCES when no controller reads it. */
uint32_t brain_find_resource(const struct brain *brain, const char *api_version,
                             const char *kind);

/* ---- brain_watch.c ---- */

/* Takes the changes that wait, into cache and queues. False when memory is refused. */
bool brain_settle(struct brain *brain, struct brain_watch *watch, core_time now, uint64_t random);
/* All objects of a controller are to be looked at again. Likewise. */
bool brain_resync(struct brain *brain, struct brain_controller *controller, core_time now);
/* Puts the answer to a write of ours where the next snapshot sees it. */
void brain_learn(struct brain *brain, const struct object *object, core_time now,
                 uint64_t random);
void brain_watch_over(struct brain *brain, struct brain_watch *watch,
                      const struct answer *answer, core_time now, uint64_t random);
/* When it must be looked at, for the watch or its breaker. */
core_time brain_watch_due(const struct brain_watch *watch);
bool brain_poll_watch(struct brain *brain, struct brain_watch *watch, core_time now,
                      uint64_t random, struct brain_call *call);

/* ---- brain_work.c ---- */

/* A free worker takes the next key of some controller, if there is one. */
bool brain_begin_round(struct brain *brain, core_time now);
/* Goes on with a round; true with a call. */
bool brain_step(struct brain *brain, struct brain_round *round, core_time now, int64_t wall,
                uint64_t random, struct brain_call *call);
void brain_acted(struct brain *brain, struct brain_round *round, const struct answer *answer,
                 const struct object *object, core_time now, uint64_t random);
void brain_end_round(struct brain *brain, struct brain_round *round,
                     const struct outcome_round *how, core_time now, uint64_t random);
/* When a new round may begin; CORE_NEVER when no worker is free. */
core_time brain_work_due(const struct brain *brain);

/* ---- brain_send.c ---- */

/* Each fills the call, its id last. False when memory is refused. */
bool brain_send_watch(struct brain *brain, struct brain_watch *watch,
                      const struct watch_request *request, struct brain_call *call);
bool brain_send_action(struct brain *brain, struct brain_round *round,
                       const rctl_action *action, struct brain_call *call);
bool brain_poll_lease(struct brain *brain, core_time now, int64_t wall, uint64_t random,
                      struct brain_call *call);
bool brain_poll_event(struct brain *brain, core_time now, struct brain_call *call);

/* ---- brain_report.c ---- */

void brain_tell(const struct brain *brain, const struct brain_note *note);
void brain_count_call(struct brain *brain, const char *method, int status, core_time now);
void brain_count_begin(struct brain *brain, const struct brain_round *round);
void brain_count_probe(struct brain *brain, enum brain_probe result);
void brain_count_round(struct brain *brain, const struct brain_round *round,
                       struct outcome outcome, const struct outcome_round *how, core_time now,
                       core_time ran);
/* What is needed to judge the answer. */
void brain_note_sent(const struct brain *brain, struct brain_round *round,
                     const rctl_action *action, core_time now);
/* An APPLY or STATUS was answered. */
void brain_count_apply(struct brain *brain, const struct brain_round *round,
                       const struct object *object);
/* What the conditions of an object say, to be kept with its copy. */
object_states brain_read_states(const struct brain *brain, uint32_t resource,
                                const struct object_meta *meta);
/* A copy comes into the cache (1) or goes (-1). */
void brain_count_states(struct brain *brain, const struct object_copy *copy, int by);
/* Makes combinations appear, so that rates begin at 0. */
int brain_start_metrics(struct brain *brain);

#endif
