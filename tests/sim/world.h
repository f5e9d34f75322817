/*
 * world: the clock, the network and its faults, and what must always hold. Operators
 * (operator.h) send requests into it; what comes back arrives as calls, later, twice, out
 * of order, or never. All of it follows from one seed.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "core/lease.h"
#include "core/watch.h"
#include "sim/apimodel.h"

enum { WORLD_OPERATORS = 3 };

/* A request goes out on a channel: one for each resource, then these. */
enum { CHANNEL_LEASE = MODEL_RESOURCES, CHANNEL_WRITE, CHANNEL__COUNT };

struct world_request {
    int operator, life; /* who, and in which of its lives */
    int channel;
    uint64_t id;        /* an answer to another than the latest of a channel is late */
    enum watch_verb verb;
    struct model_list list; /* of a list; rv of a stream, too */
    uint32_t timeout_seconds;
    enum lease_verb lease_verb;
    uint64_t lease_rv, holder;
    int64_t duration, transitions;
    uint64_t identity;  /* of a write */
};

/* What arrives at an operator. */
enum world_news {
    NEWS_ANSWER, /* of any request; for a stream, its head */
    NEWS_EVENTS, /* of a stream: one or two, that belong together */
    NEWS_BOOKMARK,
    NEWS_ERROR,  /* an ERROR event */
    NEWS_END     /* of a stream */
};

struct world_message {
    core_time at;
    uint64_t order;
    int kind; /* of world.c; not for operators */
    int stream;
    struct world_request request;
    enum world_news news;
    struct answer answer;
    struct model_page page;
    struct model_event events[2];
    size_t n_events;
    uint64_t rv;
    struct model_lease lease;
};

/* What may go wrong; how often is drawn anew for each seed. */
enum world_fault {
    FAULT_LOST,       /* a request never arrives */
    FAULT_LOST_REPLY, /* it is done, but that is not told */
    FAULT_REFUSED,
    FAULT_SLOW,
    FAULT_BEHIND,     /* a server that has not seen the latest versions */
    FAULT_CUT,        /* of a stream, like the next four */
    FAULT_FREEZE,
    FAULT_REPEAT,
    FAULT_REORDER,
    FAULT_ERROR,
    FAULT_COMPACT,
    FAULT_UNSERVE,
    FAULT_NO_MEMORY,
    FAULT_WORK_FAILS,
    FAULT_WORK_WAKES,
    FAULT_PAUSE,
    FAULT_CRASH,
    FAULT_STOP,
    FAULT_TAMPER,     /* with the lease, by hand */
    FAULT_STORM,      /* for a while, every request gets the same refusal */
    FAULT__COUNT
};

struct world_stream {
    bool open, frozen;
    struct world_request from;
    uint64_t cursor;
    core_time start, end, bookmark;
    core_time look; /* when it is looked at next */
};

struct sim_operator;
struct world {
    uint64_t seed, random;
    bool trace;
    core_time now;
    bool calm; /* no more faults or changes */
    core_time storm_end;
    int storm_status;
    uint32_t faults[FAULT__COUNT]; /* in a thousand */
    struct model model;
    struct world_message **heap;
    size_t n_heap, cap_heap;
    uint64_t order;
    struct world_stream streams[WORLD_OPERATORS * MODEL_RESOURCES];
    struct sim_operator *operators[WORLD_OPERATORS];
    uint64_t identities;     /* given out */
    uint64_t writer;         /* who wrote last */
    uint64_t writes;
    uint64_t ended[4096 / 64]; /* identities after whom another has written */
    char fault[200];         /* the first promise that was broken; "" while all hold */
};

/* Lives through one seed. Returns whether every promise held; else `fault` says which. */
bool world_run(struct world *world, uint64_t seed, bool trace);

/* For operators: */
uint32_t world_chance(struct world *world, uint32_t below);
bool world_happens(struct world *world, enum world_fault fault); /* not when calm */
void world_send(struct world *world, const struct world_request *request);
void world_hang_up(struct world *world, const struct world_request *request);
void world_broken(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void world_say(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
