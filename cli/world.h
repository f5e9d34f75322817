/*
 * A cluster as the library takes it: what there is, from files or asked of it, and what is about
 * to be applied.
 */
#ifndef CLI_WORLD_H
#define CLI_WORLD_H

#include "io.h"
#include "opt.h"

struct world {
    rctl_ctx *ctx;
    rctl_world *world;
    char *name_space; /* of objects that name none, when a cluster was asked for it */
};

/* The rows of commands that may ask a cluster. */
#define OPT_WORLD                                                                                  \
    {                                                                                              \
        "world", '\0', OPT_LIST, offsetof(struct cli_args, worlds), 0, "PATH", NULL,               \
            "What a cluster has: objects as kubectl get -o json prints them; may be repeated"      \
    }
#define OPT_LIVE                                                                                   \
    {                                                                                              \
        "live", '\0', OPT_SWITCH, offsetof(struct cli_args, live), 0, NULL, NULL,                  \
            "Ask the cluster of the kubeconfig what it has; nothing is written to it"              \
    }
#define OPT_CLUSTER                                                                                \
    {"all-namespaces",                                                                             \
     'A',                                                                                          \
     OPT_SWITCH,                                                                                   \
     offsetof(struct cli_args, all_namespaces),                                                    \
     0,                                                                                            \
     NULL,                                                                                         \
     NULL,                                                                                         \
     "Ask for all namespaces of the cluster"},                                                     \
        {"kubeconfig", '\0', OPT_TEXT, offsetof(struct cli_args, kubeconfig), 0, "FILE", NULL,     \
         "How to reach the cluster [$KUBECONFIG, else ~/.kube/config]"},                           \
    {                                                                                              \
        "context", '\0', OPT_TEXT, offsetof(struct cli_args, context), 0, "NAME", NULL,            \
            "Of the kubeconfig [its current-context]"                                              \
    }

/* Whether the options about clusters go together; tells when they do not. */
bool world_check_args(const struct cli_args *args);

/*
 * Reads --world, or asks the cluster when `args->live` is set; then the operands, as edits, and
 * --endpoints. `now`: the moment. Returns an enum cli_exit: all but CLI_FINE after telling what
 * went wrong. What there is has to be whole: nothing is said about half of a cluster.
 */
int world_open(struct world *world, const struct cli_args *args, rctl_time now);
void world_close(struct world *world);
/* Tells all that is wrong; CLI_FAULTS when there are errors. */
int world_end(const struct world *world, const struct cli_args *args);

#endif
