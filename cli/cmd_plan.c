/* rctl plan: what the operator would do, asked of the same function on files. */
#include "world.h"

#include <stdint.h>
#include <time.h>
#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)

enum { OUTPUT_TEXT, OUTPUT_JSON };

static const struct opt_row options[] = {
    OPT_WORLD,
    OPT_LIVE,
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "text|json",
     "Format of the plans; json has all bodies"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Namespace of objects that name none [default]"},
    {"now", '\0', OPT_TEXT, AT(now), 0, "TIME", NULL,
     "The moment of the plan, like 2026-01-31T12:00:00Z [the present]"},
    OPT_ENDPOINTS,
    OPT_CLUSTER,
    OPT_COLOR,
};

struct job {
    rctl_world *world;
    size_t created, changed, deleted, restarted;
};

/* ---- printing ---- */

static void print_action(struct job *job, const rctl_action *action)
{
    if (action->type == RCTL_ACTION_DELETE && action->replaces) {
        io_print("  ! %s %s%s: deleted and made anew, %s cannot be changed\n", action->kind,
                 action->name, action->restarts ? ": pods restart" : "", action->immutable);
        job->changed++;
        job->restarted += action->restarts;
    } else if (action->type == RCTL_ACTION_DELETE) {
        io_print("  - %s %s\n", action->kind, action->name);
        job->deleted++;
    } else if (action->precondition == RCTL_PRECONDITION_ABSENT) {
        io_print("  + %s %s\n", action->kind, action->name);
        job->created++;
    } else {
        io_print("  ~ %s %s%s\n", action->kind, action->name,
                 action->restarts ? ": pods restart" : "");
        for (size_t i = 0; i < action->n_paths; i++)
            io_print("      %s\n", action->paths[i]);
        if (action->message)
            io_print("      %s\n", action->message);
        job->changed++;
        job->restarted += action->restarts;
    }
}

/* Statuses, Events and probes come by themselves; the children are what users ask about. */
static void print_text(struct job *job, const rctl_plan *plan, const rctl_key *key)
{
    bool first = true;
    rctl_action action;

    for (size_t i = 0; rctl_plan_get(plan, i, &action) == RCTL_OK; i++) {
        if (action.type != RCTL_ACTION_APPLY && action.type != RCTL_ACTION_DELETE)
            continue;
        if (first)
            io_print("%s %s/%s\n", key->kind, key->name_space, key->name);
        first = false;
        print_action(job, &action);
    }
    if (rctl_plan_refusal(plan))
        io_print("%s %s/%s\n  not accepted, its children are left alone: %s\n", key->kind,
                 key->name_space, key->name, rctl_plan_refusal(plan));
}

static int print_plans(struct job *job, bool json)
{
    rctl_key key;
    int code;

    if (json)
        io_print("[");
    for (size_t i = 0; (code = rctl_world_key(job->world, i, &key)) == RCTL_OK; i++) {
        rctl_plan *plan = NULL;

        code = rctl_reconcile(job->world, key.kind, key.name_space, key.name, &plan);
        if (code == RCTL_OK && json) {
            io_print("%s", i ? "," : "");
            code = rctl_plan_write(plan, &io_stdout);
        } else if (code == RCTL_OK) {
            print_text(job, plan, &key);
        }
        rctl_plan_free(plan);
        if (code != RCTL_OK)
            return code;
    }
    if (json)
        io_print("]\n");
    else if (code == RCTL_E_NOT_FOUND)
        io_print("%zu to create, %zu to change (%zu with a restart of pods), %zu to delete\n",
                 job->created, job->changed, job->restarted, job->deleted);
    return code == RCTL_E_NOT_FOUND ? RCTL_OK : code;
}

static int run(const struct cli_args *args)
{
    rctl_time now = (rctl_time)time(NULL) * RCTL_SECOND;
    struct world world;
    int code;

    if (args->n_operands == 0 && args->worlds.n_items == 0 && !args->live) {
        io_say("plan needs manifests, --world or --live");
        return CLI_USAGE;
    }
    if (!world_check_args(args))
        return CLI_USAGE;
    if (args->now && rctl_time_parse(args->now, &now) != RCTL_OK) {
        io_say("--now needs a time like 2026-01-31T12:00:00Z, not '%s'", args->now);
        return CLI_USAGE;
    }
    code = world_open(&world, args, now);
    if (code == CLI_FINE) {
        struct job job = {.world = world.world};

        code = print_plans(&job, args->output == OUTPUT_JSON);
        code = code == RCTL_OK ? world_end(&world, args) : io_fail(code);
    }
    world_close(&world);
    return code;
}

const struct cli_command cmd_plan = {
    .name = "plan",
    .operands = "[PATH...]",
    .summary = "Print what the operator would do",
    .details = "PATHs are manifests that are about to be applied, the same as for validate.\n"
               "--world gives what a cluster has, and --live asks the cluster itself, in the\n"
               "namespaces of the manifests; without either, nothing exists yet. The plan is\n"
               "made by the function that the operator runs. In text:\n"
               "  + is created    ~ is changed, at these places    - is deleted\n"
               "  ! is deleted and made anew, since a field of it cannot be changed\n",
    .examples = "  rctl plan chat.yaml\n"
                "  rctl plan --live chat.yaml\n"
                "  rctl plan --live -n team-a\n"
                "  kubectl get -n team-a -o json inference,deploy,svc,cm,hpa >now.json\n"
                "  rctl plan --world now.json chat.yaml\n"
                "  rctl plan --world now.json -o json\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 0,
    .max_operands = SIZE_MAX,
    .run = run,
};
