/*
 * loop: the one thread's event loop. libevent waits; libcurl's transfers, timers,
 * signals and the HTTP servers hang on it. Transfers go through lanes that share no
 * connection, so that nothing ever queues behind a watch.
 *
 * Adding and cancelling a transfer is noted and done between two turns, because libcurl
 * forbids it inside its own callbacks. So both may be called from anywhere.
 */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "core/clock.h"

#include <curl/curl.h>
#include <stdbool.h>

struct event_base;
struct loop;

enum loop_lane { LOOP_REQUESTS, LOOP_STREAMS, LOOP_PROBES, LOOP_SCRAPES, LOOP_LANE__COUNT };

struct loop_calls {
    /*
     * Called before each wait, so also after whatever has happened. Returns when it
     * wants to be called at the latest; CORE_AT_ONCE: again without a wait.
     */
    core_time (*turn)(void *ctx, core_time now);
    /* SIGTERM or SIGINT came. The second one ends the process by itself, status 1. */
    void (*stop)(void *ctx);
    void *ctx;
};

/* Ignores SIGPIPE in the whole process. NULL when the system refuses what is needed. */
struct loop *loop_new(const struct loop_calls *calls);
/* Cancels what still runs; `done` is called for it. Takes NULL. */
void loop_free(struct loop *loop);
/* Until loop_stop(). 0, or -1 when waiting itself fails. */
int loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

core_time loop_now(void);     /* CLOCK_BOOTTIME */
int64_t loop_wall(void);      /* nanoseconds since 1970 */
uint64_t loop_random(void);   /* from the system; never fails */

struct event_base *loop_base(struct loop *loop);

/* One transfer. The caller's memory, until `done` is called, which is exactly once. */
struct loop_job {
    CURL *easy;                                 /* set up; CURLOPT_PRIVATE is the loop's */
    enum loop_lane lane;
    void (*done)(struct loop_job *job, CURLcode result, bool cancelled);
    /* the loop's own: */
    struct loop_multi *multi;
    struct loop_job *next, *prev;
    bool queued, cancelled;
};

/* `done` is called from the loop, never from within loop_add() or loop_cancel(). */
void loop_add(struct loop *loop, struct loop_job *job);
/* The libcurl callbacks of a job may be called once more before `done`: refuse them. */
void loop_cancel(struct loop *loop, struct loop_job *job);
/* Starts and ends now what was asked for; true when something ended. Only where no callback is
 * under way. */
bool loop_settle(struct loop *loop);
/*
 * The connections that `job` may have used are not trusted any more: later transfers of
 * its lane make new ones, while those under way end on the old ones.
 */
void loop_distrust(struct loop *loop, const struct loop_job *job);

#endif
