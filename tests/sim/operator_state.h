/* What an operator of the simulation is made of; for its own files only. */
#ifndef SIM_OPERATOR_STATE_H
#define SIM_OPERATOR_STATE_H

#include "core/outcome.h"
#include "sim/operator.h"

enum { OPERATOR_WORKERS = 2, OPERATOR_WINDOW = 100 };

struct object {
    uint64_t uid, rv;
};

struct worker {
    bool busy, writing;
    struct queue_work work;
    int resource, key;
    struct object read; /* what it saw when it began */
    core_time until;    /* in the world's time */
};

/* The latest starts of something, to see that it is not done too often. */
struct window {
    core_time at[OPERATOR_WINDOW];
    size_t n;
};

struct sim_operator {
    struct world *world;
    int index, life;
    bool alive, stopping;
    uint64_t identity;
    core_time restart, paused, drain_again; /* in the world's time */
    core_time offset;                       /* of its clock, */
    int64_t rate;                           /* and how fast that goes, in thousandths */
    struct watch watches[MODEL_RESOURCES];
    struct queue queue;
    struct lease lease;
    uint64_t ids[CHANNEL__COUNT]; /* of the latest request on each channel */
    struct object cache[MODEL_RESOURCES][MODEL_KEYS];  /* uid 0: not there */
    struct object worked[MODEL_RESOURCES][MODEL_KEYS]; /* what was worked on last */
    struct worker workers[OPERATOR_WORKERS];
    struct window lists[MODEL_RESOURCES], streams[MODEL_RESOURCES], leases;
    uint64_t marked_lists, marked_works, works;
    size_t held; /* bytes, and objects that the watches hold */
    size_t objects;
    bool generous; /* memory is not refused just now */
};

/* Now, by its own clock; a number of its own chance. */
core_time operator_now(const struct sim_operator *operator);
uint64_t operator_random(struct sim_operator *operator);
/* Closes a connection: what still comes of it is late. */
void operator_hang_up(struct sim_operator *operator, int channel);
/* Drains what a watch brought. False when there was no memory for the queue. */
bool operator_drain(struct sim_operator *operator, int resource);
/* Takes everything back from a watch and ends it. */
void operator_end_watch(struct sim_operator *operator, struct watch *watch);

#endif
