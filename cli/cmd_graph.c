/* rctl graph: a picture of the objects and of what refers to what. */
#include "load.h"
#include "opt.h"

#include <stdint.h>
#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)

/* The choices of --output stand in the order of rctl_graph_format. */
static const struct opt_row options[] = {
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "svg|dot|mermaid|text",
     "Format of the picture"},
    {"closed", '\0', OPT_SWITCH, AT(closed), 0, NULL, NULL,
     "References to objects that are not given are errors"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Namespace of objects that name none [default]"},
    {"max-errors", '\0', OPT_COUNT, AT(max_errors), AT(max_errors_given), "N", NULL,
     "Show at most N of each severity, 0 for all [100]"},
    OPT_COLOR,
};

static int run(const struct cli_args *args)
{
    rctl_set_options how = {.missing = args->closed ? RCTL_MISSING_ERROR : RCTL_MISSING_WARNING};
    struct load load;
    int code;

    if (!load_open(&load, args, &how))
        return CLI_BROKEN;
    code = rctl_graph_write(load.set, (rctl_graph_format)args->output, &io_stdout);
    if (code == RCTL_OK || code == RCTL_E_SINK) {
        int told = load_write_diags(&load, RCTL_DIAG_TEXT, io_wants_color(args, STDERR_FILENO),
                                    &io_stderr);

        code = code == RCTL_OK ? told : code;
    }
    code = code == RCTL_OK ? load_exit(&load, /* strict= */ false) : io_fail(code);
    load_close(&load);
    return code;
}

const struct cli_command cmd_graph = {
    .name = "graph",
    .operands = "PATH...",
    .summary = "Draw the manifests: what refers to what, and what is missing",
    .details = "PATHs are the same as for validate. The picture goes to standard output, what is\n"
               "wrong to standard error. An SVG needs no other file and no Graphviz. Objects with\n"
               "errors have a red frame; references that lead nowhere are red and dashed.\n",
    .examples = "  rctl graph manifests/ > objects.svg\n"
                "  rctl graph -o text manifests/\n"
                "  rctl graph -o mermaid manifests/ > objects.mmd\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
