/* rctl crds: the CustomResourceDefinitions, made from the same tables as the checks. */
#include "io.h"
#include "opt.h"
#include "split.h"

#include <stdio.h>
#include <string.h>

static const struct opt_row options[] = {
    {"split", '\0', OPT_TEXT, offsetof(struct cli_args, split), 0, "DIR", NULL,
     "Write one file for each kind to DIR"},
};

/* All that a kind may be called, four names each. */
static const char *kind_name(const void *ctx, size_t i)
{
    rctl_kind_info kind = {0};

    (void)ctx;
    rctl_kinds_get(i / 4, &kind);
    switch (i % 4) {
    case 0: return kind.kind;
    case 1: return kind.plural;
    case 2: return kind.singular;
    default: return kind.short_name;
    }
}

static bool find_kind(const char *name, rctl_kind_info *ret_kind)
{
    const char *nearest;

    if (rctl_kinds_find(name, ret_kind) == RCTL_OK)
        return true;
    nearest = opt_suggest(name, kind_name, NULL, 4 * rctl_kinds_count());
    if (nearest)
        io_say("unknown kind '%s'; did you mean '%s'?", name, nearest);
    else
        io_say("unknown kind '%s'", name);
    return false;
}

/* Whether the arguments ask for a kind: all, when they name none. */
static bool is_wanted(const struct cli_args *args, const rctl_kind_info *kind)
{
    rctl_kind_info named;

    for (size_t i = 0; i < args->n_operands; i++)
        if (rctl_kinds_find(args->operands[i], &named) == RCTL_OK &&
            strcmp(named.kind, kind->kind) == 0)
            return true;
    return args->n_operands == 0;
}

static int write_kind(const rctl_ctx *ctx, const rctl_kind_info *kind, struct split *split,
                      bool first)
{
    const rctl_sink *sink = &io_stdout;
    char name[256];

    if (split) {
        snprintf(name, sizeof(name), "%s_%s", RCTL_GROUP, kind->plural);
        sink = split_add(split, name, ".yaml");
    } else if (!first) {
        io_print("---\n");
    }
    return sink ? rctl_gen_crd(ctx, kind->kind, sink) : RCTL_E_SINK;
}

static int write_kinds(const rctl_ctx *ctx, const struct cli_args *args, struct split *split)
{
    bool first = true;
    int code = RCTL_OK;

    for (size_t i = 0; i < rctl_kinds_count() && code == RCTL_OK; i++) {
        rctl_kind_info kind;

        if (rctl_kinds_get(i, &kind) != RCTL_OK || !is_wanted(args, &kind))
            continue;
        code = write_kind(ctx, &kind, split, first);
        first = false;
    }
    if (code == RCTL_OK && split && !split_commit(split, /* prune= */ args->n_operands == 0))
        code = RCTL_E_SINK;
    return code;
}

static int run(const struct cli_args *args)
{
    struct split *split = NULL;
    rctl_ctx *ctx = NULL;
    int code;

    for (size_t i = 0; i < args->n_operands; i++) {
        rctl_kind_info kind;

        if (!find_kind(args->operands[i], &kind))
            return CLI_USAGE;
    }
    code = rctl_ctx_new(NULL, &ctx);
    if (code == RCTL_OK && args->split && !(split = split_open(args->split)))
        code = RCTL_E_SINK;
    if (code == RCTL_OK)
        code = write_kinds(ctx, args, split);
    if (split)
        split_close(split);
    rctl_ctx_free(ctx);
    return code == RCTL_OK ? CLI_FINE : io_fail(code);
}

const struct cli_command cmd_crds = {
    .name = "crds",
    .operands = "[KIND...]",
    .summary = "Print the CustomResourceDefinitions of all kinds, or of some",
    .examples = "  rctl crds | kubectl apply -f -\n"
                "  rctl crds infsvc\n"
                "  rctl crds --split crds/\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .max_operands = SIZE_MAX,
    .run = run,
};
