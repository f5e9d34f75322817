/*
 * backoff: how long to wait after a failure. Each failure doubles the wait up to a
 * cap, and chance lengthens it, so that many clients do not come back together.
 */
#ifndef CORE_BACKOFF_H
#define CORE_BACKOFF_H

#include "core/clock.h"

struct backoff_limits {
    core_time first;        /* the wait after one failure */
    core_time cap;          /* no wait is longer, chance aside */
    core_time calm;         /* so long without a failure, and it starts over; 0: never */
    unsigned jitter_percent; /* chance adds up to this part of the wait */
};

/* All zero to start with. */
struct backoff {
    unsigned failures; /* in a row */
    core_time last;    /* the latest failure */
};

/* A list or watch request: client-go's numbers. */
extern const struct backoff_limits backoff_watch;
/* A kind that the server does not serve (yet). */
extern const struct backoff_limits backoff_missing;
/* A key of the work queue. client-go's cap is 1000 s; users wait for ours. */
extern const struct backoff_limits backoff_queue;

/* Counts a failure and returns how long to wait after it. Never overflows. */
core_time backoff_next(struct backoff *backoff, const struct backoff_limits *limits,
                       core_time now, uint64_t random);
/* What was tried went well. */
void backoff_reset(struct backoff *backoff);

#endif
