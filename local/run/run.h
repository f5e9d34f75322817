/* run: what the files of rctl-run-local share that start processes, send and report. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "http.h"
#include "plan.h"
#include "process.h"

enum run_exit { RUN_FINE = 0, RUN_WRONG = 1, RUN_USAGE = 2, RUN_BROKEN = 3 };

struct run_options {
    struct plan_wish wish;
    size_t send;          /* requests to each router that clients reach; 0: none */
    const char *requests; /* a file of them, or NULL */
    double seconds;       /* that a router may take to be ready */
    bool json, keep;
};

/* Who answered one name at one router, and how. */
struct run_row {
    const char *router, *asked;
    const char *backend; /* NULL: a failure, see `why` */
    const char *why;     /* "status 503: ...", or why that backend is wrong; else NULL */
    size_t n;
    double *ms;
    size_t room;
};

/* One session that was made up: whether one backend answered all of it. */
struct run_session {
    const char *router, *asked, *backend;
    size_t number;
    bool moved;
};

struct run {
    struct run_options options;
    struct pool *pool;
    struct plan plan;
    struct http *http;
    struct process *processes; /* of each process of the plan; NULL until they are started */
    const char *fake;          /* rctl-fake-engine */
    const volatile sig_atomic_t *stop;
    struct run_row *rows;
    size_t n_rows, rows_room;
    struct run_session *sessions;
    size_t n_sessions, sessions_room;
    bool wrong;
};

/* "rctl run-local: MESSAGE" on standard error. */
void run_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A short sleep, ended early by a signal. */
void run_nap(void);

/* ---- start.c ---- */

/* Whether all programs that are needed are there; tells which are not. */
bool start_check(struct run *run);
/* Starts all and waits until they are ready; false after telling what went wrong. */
bool start_all(struct run *run);
/* Whether all that were started still run; tells of the first one that does not. */
bool start_watch(struct run *run);

/* ---- send.c ---- */

/* Sends what the options say, and fills the rows. False: told why it could not. */
bool send_all(struct run *run);

/* ---- report.c ---- */

/* What runs here, and what is otherwise than in a cluster. */
void report_plan(const struct run *run);
void report_rows(const struct run *run);
/* Handshakes that engines refused, which explain failures of pairs. */
void report_refusals(struct run *run);

#endif
