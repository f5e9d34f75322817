/* rctl diff: what is rendered otherwise of two sets of manifests, or than a cluster has. */
#include "load.h"
#include "world.h"

#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)

enum { OUTPUT_TEXT, OUTPUT_JSON };

static const struct opt_row options[] = {
    OPT_WORLD,
    OPT_LIVE,
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "text|json", "Format of the differences"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Namespace of objects that name none [default]"},
    {"max-errors", '\0', OPT_COUNT, AT(max_errors), AT(max_errors_given), "N", NULL,
     "Show at most N of each severity, 0 for all [100]"},
    OPT_ENDPOINTS,
    OPT_CLUSTER,
    OPT_COLOR,
};

/* Of each of the two operands. */
struct side {
    struct load load;
    rctl_render *render;
    bool open;
};

static int open_side(struct side *side, const struct cli_args *args, size_t operand)
{
    rctl_set_options how = {.missing = RCTL_MISSING_RENDER};
    struct cli_args one = *args;
    int code;

    one.operands = args->operands + operand;
    one.n_operands = 1;
    if (!load_open(&side->load, &one, &how))
        return RCTL_E_SINK; /* it was told */
    side->open = true;
    code = rctl_set_check(side->load.set);
    return code == RCTL_OK ? rctl_render_new(side->load.set, &side->render) : code;
}

static void close_side(struct side *side)
{
    rctl_render_free(side->render);
    if (side->open)
        load_close(&side->load);
}

/* ---- printing ---- */

static int print_value(const rctl_diff *diff, size_t index, size_t place, bool newer)
{
    int code = rctl_diff_write_value(diff, index, place, newer, &io_stdout);

    if (code != RCTL_E_NOT_FOUND)
        return code;
    io_print("nothing");
    return RCTL_OK;
}

static int print_change(const rctl_diff *diff, size_t index, const rctl_change *change)
{
    static const char signs[] = {'+', '-', '~', '!'};
    const rctl_manifest *manifest = &change->manifest;
    int code = RCTL_OK;

    io_print("%c %s %s/%s", signs[change->type], manifest->kind, manifest->name_space,
             manifest->name);
    if (change->refusal)
        io_print(": not accepted: %s", change->refusal);
    if (change->restarts)
        io_print(": pods restart");
    if (change->immutable)
        io_print(": %s cannot be changed, it is deleted and made anew", change->immutable);
    io_print("\n");
    if (change->type == RCTL_CHANGE_CHANGED && change->n_places == 0)
        io_print("    what is not asked for any more is taken out\n");
    for (size_t i = 0; i < change->n_places && code == RCTL_OK; i++) {
        io_print("    %s: ", rctl_diff_path(diff, index, i));
        code = print_value(diff, index, i, /* newer= */ false);
        io_print(" -> ");
        if (code == RCTL_OK)
            code = print_value(diff, index, i, /* newer= */ true);
        io_print("\n");
    }
    return code;
}

static int print_diff(const rctl_diff *diff, const struct cli_args *args)
{
    rctl_change change;
    int code = RCTL_OK;

    if (args->output == OUTPUT_JSON)
        return rctl_diff_write(diff, &io_stdout);
    for (size_t i = 0; code == RCTL_OK && rctl_diff_get(diff, i, &change) == RCTL_OK; i++)
        code = print_change(diff, i, &change);
    return code;
}

/* ---- two sets of manifests ---- */

static int print_sides(const struct side sides[2], const struct cli_args *args,
                       bool *ret_differs)
{
    rctl_diff *diff = NULL;
    int code = rctl_diff_new(sides[0].render, sides[1].render, &diff);

    if (code == RCTL_OK)
        code = print_diff(diff, args);
    *ret_differs = rctl_diff_count(diff) > 0;
    rctl_diff_free(diff);
    return code;
}

static int run_sides(const struct cli_args *args)
{
    struct side sides[2] = {0};
    bool color = io_wants_color(args, STDERR_FILENO), differs = false;
    int code = open_side(&sides[0], args, 0);

    if (code == RCTL_OK)
        code = open_side(&sides[1], args, 1);
    if (code == RCTL_OK)
        code = print_sides(sides, args, &differs);
    for (int i = 0; i < 2 && code == RCTL_OK; i++)
        code = load_write_diags(&sides[i].load, RCTL_DIAG_TEXT, color, &io_stderr);
    if (code != RCTL_OK)
        code = io_fail(code);
    /* Where there are errors, objects are missing: the difference is not all. */
    for (int i = 0; i < 2 && code == CLI_FINE; i++)
        code = load_exit(&sides[i].load, /* strict= */ false);
    if (code == CLI_FINE && differs)
        code = CLI_FAULTS;
    close_side(&sides[1]);
    close_side(&sides[0]);
    return code;
}

/* ---- a cluster and a set of manifests ---- */

static int run_world(const struct cli_args *args)
{
    struct world world;
    rctl_diff *diff = NULL;
    int code = world_open(&world, args, (rctl_time)time(NULL) * RCTL_SECOND), told;

    if (code == CLI_FINE) {
        code = rctl_diff_world(world.world, &diff);
        if (code == RCTL_OK)
            code = print_diff(diff, args);
        told = world_end(&world, args);
        code = code != RCTL_OK ? io_fail(code) : rctl_diff_count(diff) ? CLI_FAULTS : told;
    }
    rctl_diff_free(diff);
    world_close(&world);
    return code;
}

static int run(const struct cli_args *args)
{
    bool world = args->live || args->worlds.n_items;

    if (!world_check_args(args))
        return CLI_USAGE;
    if (world)
        return run_world(args);
    if (args->n_operands == 2)
        return run_sides(args);
    io_say("diff needs OLD and NEW, or --live or --world and what is to be applied");
    return CLI_USAGE;
}

const struct cli_command cmd_diff = {
    .name = "diff",
    .operands = "OLD NEW | --live PATH...",
    .summary = "Print what is rendered otherwise of two sets of manifests, or than a cluster has",
    .details = "OLD and NEW are files or folders, as for validate. With --live, or --world, what\n"
               "is rendered of the PATHs is compared with what the cluster has: the fields that\n"
               "the operator sets, and no others. Quantities are compared by amount and lists by\n"
               "what identifies their items. Exit status: 0 when there is no difference, 1 when\n"
               "something differs or has errors.\n",
    .examples = "  rctl diff chat-v1.yaml chat-v2.yaml\n"
                "  rctl diff production/ staging/\n"
                "  rctl diff --live production/\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
