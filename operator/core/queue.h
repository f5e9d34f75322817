/*
 * queue: which key is worked on next. A key (kind, namespace, name) stands in it once,
 * is never worked on twice at the same time, and is not lost: one that is added while
 * it is worked on comes again afterwards.
 *
 * Two bands: what users changed goes before what is merely looked at again (the first list,
 * a resync, what children became). Inside a band, namespaces take turns, and keys of one namespace come in the
 * order in which they were added. So that changes cannot starve the rest, each 50th
 * turn goes to the lower band, and each second one when its first key waits too long.
 *
 * Memory: adding a new key may fail with RCTL_E_NOMEM, and then nothing has changed.
 * All else needs none; what comes again after work is never lost to lack of memory.
 * Each call costs O(log n).
 */
#ifndef CORE_QUEUE_H
#define CORE_QUEUE_H

#include "core/backoff.h"
#include "core/bucket.h"
#include "core/slots.h"

enum queue_band { QUEUE_FRESH, QUEUE_RESYNC, QUEUE_BAND__COUNT };

/* The number that controller-runtime's metrics show as priority: 0 and -100. */
int queue_priority(enum queue_band band);

struct queue_limits {
    const struct backoff_limits *backoff; /* of a key that failed */
    uint32_t retries_per_second;          /* of all keys together; 0 for no limit */
    uint32_t retry_burst;
    uint32_t turn;      /* each such turn goes to the lower band */
    core_time patience; /* the first key of the lower band that waits longer hurries */
};

extern const struct queue_limits queue_default; /* backoff_queue, 10/s, 100, 50, 5 s */

struct queue_key {
    const char *kind, *ns, *name; /* ns is "" for cluster-scoped kinds; never NULL */
};

/* Numbers of items, in an order that an owner of the heap defines. */
struct queue_heap {
    uint32_t *at;
    uint32_t n, cap;
    bool by_due; /* else by turn */
};

enum { QUEUE_ROUNDS = 256 };

/* The turns of one band. Namespaces share a counter when their hashes meet. */
struct queue_rounds {
    uint64_t now;
    uint64_t next[QUEUE_ROUNDS];
};

struct queue {
    const struct queue_limits *limits;
    struct slots items;
    struct queue_heap delayed, ready[QUEUE_BAND__COUNT];
    struct queue_heap running; /* no heap: in any order */
    struct queue_rounds rounds[QUEUE_BAND__COUNT];
    struct bucket retry_bucket;
    uint64_t order;         /* of adding */
    uint32_t fresh_in_row;  /* turns of the upper band while the lower one waited */
    uint64_t adds, retries; /* so far */
};

/* A key to be worked on. The texts live until queue_finish(). */
struct queue_work {
    uint32_t item;
    struct queue_key key;
    enum queue_band band;
    core_time waited;  /* since it was ready, for workqueue_queue_duration_seconds */
    unsigned failures; /* in a row, so far */
};

struct queue_stats {
    uint32_t depth[QUEUE_BAND__COUNT]; /* ready now */
    uint32_t delayed, running;
    uint64_t adds, retries;
    core_time unfinished; /* the sum of how long the running ones have run */
    core_time longest;    /* the longest of them */
};

void queue_init(struct queue *queue, const rctl_allocator *from,
                const struct queue_limits *limits, uint64_t seed);
void queue_done(struct queue *queue);

/* The key is to be worked on at once, or at `due`. Merges: earliest time, upper band. */
int queue_add(struct queue *queue, struct queue_key key, enum queue_band band, core_time now);
int queue_add_at(struct queue *queue, struct queue_key key, enum queue_band band,
                 core_time due, core_time now);

/* The next key, if one is ready. It is running until queue_finish(). */
bool queue_get(struct queue *queue, core_time now, struct queue_work *ret_work);
/* Whether a key of the band waits for queue_get(). */
bool queue_has_ready(const struct queue *queue, enum queue_band band);
/* When queue_get() has something: CORE_AT_ONCE, the time of the next one, CORE_NEVER. */
core_time queue_due(const struct queue *queue);

/*
 * What follows for a running key; the last call for it is queue_finish().
 * queue_retry() counts a failure and returns when the key comes again: after its own
 * waiting time, not before `not_before`, and not faster than all retries may come.
 */
core_time queue_retry(struct queue *queue, uint32_t item, core_time not_before, core_time now,
                      uint64_t random);
void queue_again(struct queue *queue, uint32_t item, core_time due);
void queue_forget(struct queue *queue, uint32_t item); /* it went well: no failures */
/* Returns how long it ran, for workqueue_work_duration_seconds. */
core_time queue_finish(struct queue *queue, uint32_t item, core_time now);

void queue_stats(struct queue *queue, core_time now, struct queue_stats *ret_stats);

#endif
