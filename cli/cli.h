/*
 * What the files of rctl share: exit codes, the arguments of a run, and the table of
 * commands. Only the installed headers of the library are used here; what rctl can
 * do, any other program can do, too.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <routerctl.h>

enum cli_exit {
    CLI_FINE = 0,
    CLI_FAULTS = 1, /* the documents have errors */
    CLI_USAGE = 2,
    CLI_BROKEN = 3 /* something could not be read or written */
};

enum cli_color { CLI_COLOR_AUTO, CLI_COLOR_ALWAYS, CLI_COLOR_NEVER };

/* The values of an option that may be given several times. */
struct cli_words {
    const char **items;
    size_t n_items;
};

/* Everything that options can set; a command reads the members that its rows name. */
struct cli_args {
    unsigned color;  /* enum cli_color */
    unsigned output; /* which of the choices of --output */
    const char *name_space;
    const char *split;
    const char *now;
    struct cli_words endpoints, worlds, engines, routers;
    const char *gateway, *requests, *snapshot;
    const char *kubeconfig, *context;
    size_t max_errors, send, port, replicas, timeout;
    bool max_errors_given, send_given, port_given, replicas_given, timeout_given;
    bool live, all_namespaces, fake_engines, keep;
    bool closed, strict, quiet, explain, pass_through, namespaced, help;
    char **operands;
    size_t n_operands;
};

struct opt_row;
struct cli_command {
    const char *name;
    const char *operands; /* as shown: "PATH..." */
    const char *summary;  /* one line for the list of commands */
    const char *details;  /* more for its own help; may be NULL */
    const char *examples;
    const struct opt_row *options;
    size_t n_options;
    size_t min_operands, max_operands;
    int (*run)(const struct cli_args *args); /* returns an enum cli_exit */
};

extern const struct cli_command cmd_validate, cmd_render, cmd_diff, cmd_plan, cmd_status,
    cmd_graph, cmd_simulate, cmd_run_local, cmd_crds, cmd_rbac, cmd_docs, cmd_explain, cmd_version;

#define CLI_COUNT(array) (sizeof(array) / sizeof(array)[0])

#endif
