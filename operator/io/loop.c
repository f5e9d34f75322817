/*
 * The event loop: libevent waits for the sockets that libcurl names, for libcurl's own
 * timers, for one timer of ours and for signals.
 */
#include "io/loop.h"

#include "io/bytes.h"
#include "io/log.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* A pool of connections with its transfers. */
struct loop_multi {
    struct loop *loop;
    CURLM *curl;
    struct event *timer;
    unsigned n_jobs;
    struct loop_multi *next; /* among the retired ones */
};

struct loop {
    struct loop_calls calls;
    struct event_base *base;
    struct event *alarm, *terminate, *interrupt;
    int alarm_fd;
    struct loop_multi *lanes[LOOP_LANE__COUNT];
    struct loop_multi *retired; /* each is freed when its last transfer is over */
    struct loop_job *first, *last;
    bool dirty;                 /* a job waits for loop_settle() */
    bool stopping, stopped;
};

/*
 * Most connections of a lane to one host. Over HTTP/2 one carries all; without a bound a
 * server with few streams a connection gets many connections, and over HTTP/1.1 each
 * watch needs its own.
 */
static const long most_connections[LOOP_LANE__COUNT] = {
    [LOOP_REQUESTS] = 8, [LOOP_STREAMS] = 64, [LOOP_PROBES] = 1, [LOOP_SCRAPES] = 4};

/* ---- time and chance ---- */

static int64_t read_clock(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return now.tv_sec * CORE_SECOND + now.tv_nsec;
}

core_time loop_now(void)
{
    return read_clock(CLOCK_BOOTTIME);
}

int64_t loop_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t loop_random(void)
{
    uint64_t number;

    while (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        continue;
    return number;
}

/* ---- jobs ---- */

static void link_job(struct loop *loop, struct loop_job *job)
{
    job->prev = loop->last;
    job->next = NULL;
    *(loop->last ? &loop->last->next : &loop->first) = job;
    loop->last = job;
}

static void unlink_job(struct loop *loop, struct loop_job *job)
{
    *(job->prev ? &job->prev->next : &loop->first) = job->next;
    *(job->next ? &job->next->prev : &loop->last) = job->prev;
}

static void finish(struct loop *loop, struct loop_job *job, CURLcode result)
{
    if (job->multi) {
        curl_multi_remove_handle(job->multi->curl, job->easy);
        job->multi->n_jobs--;
    }
    unlink_job(loop, job);
    job->done(job, result, job->cancelled);
}

/* Tells the ends of what is over in a pool. */
static void collect(struct loop_multi *multi)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi->curl, &left)) != NULL) {
        CURLcode result = message->data.result;
        char *job = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        finish(multi->loop, (struct loop_job *)(void *)job, result);
    }
}

/* ---- libcurl's sockets and timers ---- */

static void on_ready(evutil_socket_t fd, short what, void *ctx)
{
    struct loop_multi *multi = ctx;
    int running;
    int flags = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);

    curl_multi_socket_action(multi->curl, fd, flags, &running);
    collect(multi);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    struct loop_multi *multi = ctx;
    int running;

    (void)fd, (void)what;
    curl_multi_socket_action(multi->curl, CURL_SOCKET_TIMEOUT, 0, &running);
    collect(multi);
}

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *known)
{
    struct loop_multi *multi = ctx;
    struct event *event = known;
    short wanted = (short)((what & CURL_POLL_IN ? EV_READ : 0) |
                           (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);

    (void)easy;
    if (event)
        event_free(event);
    event = what == CURL_POLL_REMOVE ? NULL
                                     : event_new(multi->loop->base, fd, wanted, on_ready, multi);
    if (event)
        event_add(event, NULL);
    curl_multi_assign(multi->curl, fd, event);
    return 0;
}

static int want_timer(CURLM *curl, long ms, void *ctx)
{
    struct loop_multi *multi = ctx;
    struct timeval after = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

    (void)curl;
    if (ms < 0)
        evtimer_del(multi->timer);
    else
        evtimer_add(multi->timer, &after);
    return 0;
}

static struct loop_multi *new_multi(struct loop *loop, enum loop_lane lane)
{
    struct loop_multi *multi = bytes_alloc(sizeof(*multi));

    multi->loop = loop;
    multi->timer = evtimer_new(loop->base, on_timer, multi);
    multi->curl = curl_multi_init();
    if (!multi->curl || !multi->timer) {
        log_event(LOG_LEVEL_ERROR, "a pool of connections cannot be made", NULL);
        exit(1);
    }
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, want_socket);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, want_timer);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_MAX_HOST_CONNECTIONS, most_connections[lane]);
    return multi;
}

static void free_multi(struct loop_multi *multi)
{
    curl_multi_cleanup(multi->curl);
    event_free(multi->timer);
    free(multi);
}

/* ---- between two turns ---- */

static void free_retired(struct loop *loop)
{
    for (struct loop_multi **at = &loop->retired; *at;) {
        struct loop_multi *multi = *at;

        if (multi->n_jobs > 0) {
            at = &multi->next;
            continue;
        }
        *at = multi->next;
        free_multi(multi);
    }
}

/* What is started and ended may ask for more. */
bool loop_settle(struct loop *loop)
{
    bool ended = false;

    while (loop->dirty) {
        struct loop_job *next;

        loop->dirty = false;
        for (struct loop_job *job = loop->first; job; job = next) {
            next = job->next;
            if (job->cancelled) {
                ended = true;
                finish(loop, job, CURLE_ABORTED_BY_CALLBACK);
            } else if (job->queued) {
                job->queued = false;
                job->multi = loop->lanes[job->lane];
                job->multi->n_jobs++;
                curl_multi_add_handle(job->multi->curl, job->easy);
            }
        }
    }
    free_retired(loop);
    return ended;
}

/* The alarm may be late by no more than the kernel is; a past time rings at once. */
static void set_alarm(struct loop *loop, core_time at)
{
    struct itimerspec when;

    memset(&when, 0, sizeof(when));
    if (at != CORE_NEVER) {
        at = core_later(at, 1);
        when.it_value.tv_sec = (time_t)(at / CORE_SECOND);
        when.it_value.tv_nsec = (long)(at % CORE_SECOND);
    }
    timerfd_settime(loop->alarm_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void on_alarm(evutil_socket_t fd, short what, void *ctx)
{
    uint64_t times;

    (void)what, (void)ctx;
    /* The wait is over; the turn that follows does what is due. */
    if (read((int)fd, &times, sizeof(times)) < 0)
        return;
}

static void on_signal(evutil_socket_t number, short what, void *ctx)
{
    struct loop *loop = ctx;

    (void)what;
    if (loop->stopping) {
        log_event(LOG_LEVEL_WARNING, "second signal, ending at once", NULL);
        _exit(1);
    }
    loop->stopping = true;
    log_event(LOG_LEVEL_INFO, "stopping", "signal", strsignal((int)number), NULL);
    loop->calls.stop(loop->calls.ctx);
}

int loop_run(struct loop *loop)
{
    while (!loop->stopped) {
        core_time due;

        loop_settle(loop);
        due = loop->calls.turn(loop->calls.ctx, loop_now());
        /* What ends before it was sent, as there are no credentials, changes what is due. */
        if (loop_settle(loop))
            due = CORE_AT_ONCE;
        if (loop->stopped)
            break;
        set_alarm(loop, due);
        if (event_base_loop(loop->base, EVLOOP_ONCE) < 0)
            return -1;
    }
    return 0;
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}

/* ---- life ---- */

struct loop *loop_new(const struct loop_calls *calls)
{
    struct loop *loop = bytes_alloc(sizeof(*loop));
    struct event **events[] = {&loop->alarm, &loop->terminate, &loop->interrupt};

    /* OpenSSL and libevent write without MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    loop->calls = *calls;
    loop->alarm_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    loop->base = event_base_new();
    if (loop->alarm_fd < 0 || !loop->base || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        loop_free(loop);
        return NULL;
    }
    loop->alarm = event_new(loop->base, loop->alarm_fd, EV_READ | EV_PERSIST, on_alarm, loop);
    loop->terminate = evsignal_new(loop->base, SIGTERM, on_signal, loop);
    loop->interrupt = evsignal_new(loop->base, SIGINT, on_signal, loop);
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
        if (!*events[i] || event_add(*events[i], NULL) < 0) {
            loop_free(loop);
            return NULL;
        }
    }
    for (int lane = 0; lane < LOOP_LANE__COUNT; lane++)
        loop->lanes[lane] = new_multi(loop, (enum loop_lane)lane);
    return loop;
}

static void free_event(struct event *event)
{
    if (event)
        event_free(event);
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    while (loop->first) {
        loop->first->cancelled = true;
        finish(loop, loop->first, CURLE_ABORTED_BY_CALLBACK);
    }
    free_retired(loop);
    for (int lane = 0; lane < LOOP_LANE__COUNT; lane++)
        if (loop->lanes[lane])
            free_multi(loop->lanes[lane]);
    free_event(loop->alarm);
    free_event(loop->terminate);
    free_event(loop->interrupt);
    if (loop->base)
        event_base_free(loop->base);
    if (loop->alarm_fd >= 0)
        close(loop->alarm_fd);
    free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}

void loop_add(struct loop *loop, struct loop_job *job)
{
    curl_easy_setopt(job->easy, CURLOPT_PRIVATE, job);
    job->multi = NULL;
    job->queued = true;
    job->cancelled = false;
    link_job(loop, job);
    loop->dirty = true;
}

void loop_cancel(struct loop *loop, struct loop_job *job)
{
    job->cancelled = true;
    loop->dirty = true;
}

void loop_distrust(struct loop *loop, const struct loop_job *job)
{
    struct loop_multi *multi = job->multi;

    /* Of many that fail together, the first one does it for all. */
    if (!multi || loop->lanes[job->lane] != multi)
        return;
    multi->next = loop->retired;
    loop->retired = multi;
    loop->lanes[job->lane] = new_multi(loop, job->lane);
}
