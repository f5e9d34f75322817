/* rctl render: the Kubernetes objects that serve what the manifests ask for. */
#include "load.h"
#include "opt.h"
#include "split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)

enum { OUTPUT_YAML, OUTPUT_JSON };

static const struct opt_row options[] = {
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "yaml|json", "Format of the objects"},
    {"split", '\0', OPT_TEXT, AT(split), 0, "DIR", NULL, "Write one file for each object to DIR"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Namespace of objects that name none [default]"},
    {"explain", '\0', OPT_SWITCH, AT(explain), 0, NULL, NULL,
     "Add a comment to each argument: what made it"},
    {"pass-through", '\0', OPT_SWITCH, AT(pass_through), 0, NULL, NULL,
     "Also print documents of other kinds, as they are"},
    {"max-errors", '\0', OPT_COUNT, AT(max_errors), AT(max_errors_given), "N", NULL,
     "Show at most N of each severity, 0 for all [100]"},
    OPT_ENDPOINTS,
    OPT_COLOR,
};

static rctl_render_format format_of(const struct cli_args *args)
{
    if (args->output == OUTPUT_JSON)
        return RCTL_RENDER_JSON;
    return args->explain ? RCTL_RENDER_YAML_EXPLAIN : RCTL_RENDER_YAML;
}

/* "<namespace>_<kind>_<name>"; an object without a namespace starts with its kind. */
static char *name_file(const rctl_manifest *manifest)
{
    const char *space = manifest->name_space ? manifest->name_space : "";
    size_t size = strlen(space) + strlen(manifest->kind) + strlen(manifest->name) + 3;
    char *name = io_grow(NULL, size);

    snprintf(name, size, "%s%s%s_%s", space, *space ? "_" : "", manifest->kind, manifest->name);
    return name;
}

static int write_file(struct split *split, const rctl_render *render, size_t index,
                      const struct cli_args *args)
{
    const char *suffix = args->output == OUTPUT_JSON ? ".json" : ".yaml";
    rctl_manifest manifest;
    const rctl_sink *sink;
    int code = rctl_render_get(render, index, &manifest);
    char *name;

    if (code != RCTL_OK)
        return code;
    name = name_file(&manifest);
    sink = split_add(split, name, suffix);
    free(name);
    return sink ? rctl_render_write(render, index, format_of(args), sink) : RCTL_E_SINK;
}

/* What an object with errors would have rendered is missing, so nothing is removed then. */
static int write_split(const rctl_render *render, const struct cli_args *args, bool complete)
{
    struct split *split = split_open(args->split);
    int code = split ? RCTL_OK : RCTL_E_SINK;

    for (size_t i = 0; i < rctl_render_count(render) && code == RCTL_OK; i++)
        code = write_file(split, render, i, args);
    if (code == RCTL_OK && !split_commit(split, complete))
        code = RCTL_E_SINK;
    if (split)
        split_close(split);
    return code;
}

static int write_all(const struct load *load, const struct cli_args *args)
{
    rctl_render *render = NULL;
    int code = rctl_render_new(load->set, &render);

    if (code == RCTL_OK && args->split)
        code = write_split(render, args, load_exit(load, /* strict= */ false) == CLI_FINE);
    else if (code == RCTL_OK)
        code = rctl_render_write_all(render, format_of(args), &io_stdout);
    rctl_render_free(render);
    return code;
}

static int run(const struct cli_args *args)
{
    rctl_set_options how = {.missing = RCTL_MISSING_RENDER, .keep_others = args->pass_through};
    struct load load;
    int code;

    if (args->explain && args->output == OUTPUT_JSON) {
        io_say("--explain adds comments, which JSON does not have; use -o yaml");
        return CLI_USAGE;
    }
    if (!load_open(&load, args, &how))
        return CLI_BROKEN;
    code = rctl_set_check(load.set);
    if (code == RCTL_OK)
        code = write_all(&load, args);
    if (code == RCTL_OK || code == RCTL_E_SINK) {
        int told = load_write_diags(&load, RCTL_DIAG_TEXT, io_wants_color(args, STDERR_FILENO),
                                    &io_stderr);

        code = code == RCTL_OK ? told : code;
    }
    code = code == RCTL_OK ? load_exit(&load, /* strict= */ false) : io_fail(code);
    load_close(&load);
    return code;
}

const struct cli_command cmd_render = {
    .name = "render",
    .operands = "PATH...",
    .summary = "Print the Kubernetes objects that serve the manifests",
    .details = "PATHs are the same as for validate. Objects go to standard output, what is wrong\n"
               "to standard error. An object with errors is left out; the others still come.\n"
               "\n"
               "With --split, all files are written before the first one is put into place.\n"
               "DIR/.rctl-files lists what rctl wrote: a later run replaces those files, removes\n"
               "the ones that are no longer rendered (unless there were errors), and touches\n"
               "nothing else.\n",
    .examples = "  rctl render manifests/ | kubectl apply -f -\n"
                "  rctl render --explain chat.yaml\n"
                "  rctl render --split out/ manifests/\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
