/* rctl status: what a cluster says of our objects, and of what belongs to them. */
#include "world.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)

/* The choices of --output stand in the order of rctl_status_format. */
static const struct opt_row options[] = {
    OPT_WORLD,
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "text|json", "Format of the objects"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Only objects of this namespace [of the kubeconfig's context]"},
    OPT_CLUSTER,
    OPT_COLOR,
};

/* "infsvc/chat" or "chat": cut at the '/' in a copy. */
static char *choose(const char *operand, rctl_status_options *ret)
{
    size_t n = operand ? strlen(operand) : 0;
    char *copy = io_grow(NULL, n + 1), *slash;

    memcpy(copy, operand ? operand : "", n);
    copy[n] = '\0';
    slash = strchr(copy, '/');
    if (slash)
        *slash = '\0';
    ret->kind = slash ? copy : NULL;
    ret->name = slash ? slash + 1 : n ? copy : NULL;
    return copy;
}

static int print_status(const struct world *world, const struct cli_args *args,
                        const rctl_status_options *how)
{
    rctl_status_count count;
    int code = rctl_status_write(world->world, how, (rctl_status_format)args->output, &io_stdout,
                                 &count);

    if (code != RCTL_OK)
        return io_fail(code);
    if (count.shown == 0 && how->name)
        io_say("there is no %s '%s' here; -n and -A tell where to look",
               how->kind ? how->kind : "object", how->name);
    else if (count.shown == 0)
        io_say("there are no objects to show");
    return count.ready < count.shown || (how->name && count.shown == 0) ? CLI_FAULTS : CLI_FINE;
}

static int run(const struct cli_args *args)
{
    rctl_status_options how = {.size = sizeof(how), .name_space = args->name_space,
                               .color = io_wants_color(args, STDOUT_FILENO)};
    struct cli_args of_world = *args;
    rctl_kind_info kind;
    struct world world;
    char *words;
    int code = CLI_USAGE;

    of_world.live = args->worlds.n_items == 0;
    of_world.n_operands = 0;
    if (!world_check_args(&of_world))
        return CLI_USAGE;
    words = choose(args->n_operands ? args->operands[0] : NULL, &how);
    if (how.kind && rctl_kinds_find(how.kind, &kind) != RCTL_OK) {
        io_say("there is no kind '%s'; see 'rctl explain'", how.kind);
    } else {
        code = world_open(&world, &of_world, (rctl_time)time(NULL) * RCTL_SECOND);
        if (code == CLI_FINE)
            code = print_status(&world, args, &how);
        world_close(&world);
    }
    free(words);
    return code;
}

const struct cli_command cmd_status = {
    .name = "status",
    .operands = "[KIND/NAME | NAME]",
    .summary = "Show the objects of a cluster as trees: what is ready, and why the rest is not",
    .details = "Each object with its columns, the conditions that are not fine, what belongs to\n"
               "it, what it refers to and who refers to it. The cluster of the kubeconfig is\n"
               "asked; nothing is written to it. --world takes what a cluster has from files.\n"
               "Exit status: 0 when all that is shown is ready, 1 when something is not.\n",
    .examples = "  rctl status\n"
                "  rctl status infsvc/chat -n team-a\n"
                "  rctl status -A -o json\n"
                "  rctl status --world now.json\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
