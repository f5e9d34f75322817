/*
 * options: what the operator is told by its environment and its command line. One row of
 * options.def each.
 */
#ifndef OPERATOR_OPTIONS_H
#define OPERATOR_OPTIONS_H

#include "io/bytes.h"

#include <stdbool.h>

enum options_probe_policy { OPTIONS_SAME_NAMESPACE, OPTIONS_CLUSTER, OPTIONS_ANY };

/* Names that stood in a list. */
struct options_list {
    const char **items;
    size_t n;
};

/* Texts live until options_done(); "" for what was not told. */
struct options {
    const char *ns, *metrics_addr, *health_probe_addr, *gpu_metrics_endpoint, *kubeconfig;
    bool leader_election;
    struct options_list watch_namespaces;
    unsigned log_level, log_format; /* enum log_level, enum log_format */
    unsigned probe_policy;          /* enum options_probe_policy */
    char *texts[16];                /* what the rest points into */
};

enum options_outcome {
    OPTIONS_RUN,
    OPTIONS_SHOWN, /* --help and the like: its text is in `text`, for standard output */
    OPTIONS_WRONG  /* each fault is a line of `text`, for standard error; exit 2 */
};

/* `get` reads the environment: getenv(), or a test's own. */
enum options_outcome options_read(int argc, char **argv, char *(*get)(const char *name),
                                  struct options *options, struct bytes *text);
void options_done(struct options *options);

/* Whether it may name a namespace. */
bool options_is_name(const char *text, size_t n);

#endif
