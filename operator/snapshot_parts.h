/*
 * What the files of the snapshot share: its options, and the lists that it is made of.
 */
#ifndef OPERATOR_SNAPSHOT_PARTS_H
#define OPERATOR_SNAPSHOT_PARTS_H

#include "io/bytes.h"
#include "io/client.h"
#include "io/json.h"
#include "io/loop.h"

#include <routerctl/reconcile.h>
#include <stdbool.h>
#include <stddef.h>

/* Nothing is printed unless all is there. */
enum snapshot_exit { SNAPSHOT_WHOLE = 0, SNAPSHOT_USAGE = 2, SNAPSHOT_BROKEN = 3 };

/* ---- snapshot_options.c ---- */

enum { SNAPSHOT_NAMESPACES = 64 };

/* Texts live as long as `argv`, and until snapshot_options_done(). NULL for what is not told. */
struct snapshot_options {
    const char *kubeconfig, *context;
    const char *namespaces[SNAPSHOT_NAMESPACES];
    size_t n_namespaces; /* 0: the context's own, unless all are wanted */
    bool all_namespaces, show_namespace;
    long seconds;
    char *words; /* what the namespaces point into */
};

/* False when there is nothing to run: *ret_code is the exit status then. */
bool snapshot_read_options(int argc, char **argv, struct snapshot_options *options,
                           int *ret_code);
void snapshot_options_done(struct snapshot_options *options);

/* One line on standard error, its control characters masked. */
void snapshot_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- snapshot_list.c ---- */

enum snapshot_state {
    SNAPSHOT_WAITING,
    SNAPSHOT_UNDER_WAY,
    SNAPSHOT_DONE, /* this and all below: there is no more to ask */
    SNAPSHOT_LEFT_OUT,
    SNAPSHOT_FORBIDDEN
};

struct snapshot;

/* One resource in one namespace. */
struct snapshot_list {
    struct snapshot *all;
    const rctl_resource *resource;
    bool only_ours;
    const char *ns;       /* NULL: all of them */
    struct bytes items;   /* with commas between */
    size_t before;        /* bytes of the pages before this one */
    char *token;          /* of the page to ask for; NULL for the first one */
    enum snapshot_state state;
    core_time at;         /* not to be asked for earlier */
    unsigned tries, restarts;
    struct json_list *page; /* under way, or NULL */
};

struct snapshot {
    struct snapshot_options options;
    struct auth *auth;
    struct loop *loop;
    struct client *client;
    struct snapshot_list *lists;
    size_t n_lists, n_under_way, n_bytes;
    core_time deadline;
    bool forbidden, broken; /* which was told */
    bool whole;
    char failed[CLIENT_MESSAGE]; /* what was to be tried again last; "" for nothing */
};

/* Asks for the next page of a list. */
void snapshot_ask(struct snapshot_list *list, core_time now);
/* "deployments.apps,pods", as kubectl writes them: what was left out. */
void snapshot_left_out(const struct snapshot *all, struct bytes *names);

#endif
