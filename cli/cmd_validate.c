/* rctl validate: everything that is wrong with a set of manifests. */
#include "load.h"
#include "opt.h"

#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)

static const struct opt_row options[] = {
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "text|json|junit|sarif|github",
     "Format of the list"},
    {"closed", '\0', OPT_SWITCH, AT(closed), 0, NULL, NULL,
     "References to objects that are not given are errors"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Namespace of objects that name none [default]"},
    {"max-errors", '\0', OPT_COUNT, AT(max_errors), AT(max_errors_given), "N", NULL,
     "Show at most N of each severity, 0 for all [100]"},
    {"strict", '\0', OPT_SWITCH, AT(strict), 0, NULL, NULL, "Warnings lead to exit status 1, too"},
    {"quiet", 'q', OPT_SWITCH, AT(quiet), 0, NULL, NULL, "Leave the summary out"},
    OPT_ENDPOINTS,
    OPT_COLOR,
};

static int run(const struct cli_args *args)
{
    static const rctl_diag_format formats[] = {RCTL_DIAG_TEXT, RCTL_DIAG_JSON, RCTL_DIAG_JUNIT,
                                               RCTL_DIAG_SARIF, RCTL_DIAG_GITHUB};
    rctl_set_options how = {.missing = args->closed ? RCTL_MISSING_ERROR : RCTL_MISSING_WARNING};
    struct load load;
    int code;

    if (!load_open(&load, args, &how))
        return CLI_BROKEN;
    code = rctl_set_check(load.set);
    if (code == RCTL_OK)
        code = load_write_diags(&load, formats[args->output],
                                io_wants_color(args, STDOUT_FILENO), &io_stdout);
    if (code == RCTL_OK && !args->quiet)
        load_say_summary(&load);
    code = code == RCTL_OK ? load_exit(&load, args->strict) : io_fail(code);
    load_close(&load);
    return code;
}

const struct cli_command cmd_validate = {
    .name = "validate",
    .operands = "PATH...",
    .summary = "Check manifests and tell everything that is wrong with them",
    .details = "A PATH is a file, a directory with all *.yaml, *.yml and *.json files below it\n"
               "(also as .gz; hidden ones are left out), or - for standard input. The list\n"
               "goes to standard output, the summary to standard error.\n",
    .examples = "  rctl validate manifests/\n"
                "  kustomize build . | rctl validate -\n"
                "  rctl validate --closed -o sarif manifests/ > faults.sarif\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
