/* The way of one round: what is wanted, what is there, what to write, what to say. */
#include "reconcile/reconcile.h"

struct reconcile_action *reconcile_add(struct reconcile_round *round, rctl_action_type type,
                                       enum reconcile_resource resource, const char *name_space,
                                       const char *name)
{
    struct reconcile_plan *plan = round->plan;
    const rctl_resource *row = &reconcile_resources[resource];

    if (plan->n_actions == plan->room) {
        struct reconcile_action *larger;

        plan->room = plan->room ? 2 * plan->room : 8;
        larger = base_arena_alloc(&plan->arena, plan->room * sizeof(*larger));
        if (plan->n_actions)
            memcpy(larger, plan->actions, plan->n_actions * sizeof(*larger));
        plan->actions = larger;
    }
    plan->actions[plan->n_actions] = (struct reconcile_action){
        .told = {.type = type,
                 .api_version = row->api_version,
                 .kind = row->kind,
                 .plural = row->plural,
                 .name_space = name_space,
                 .name = name,
                 .reason = ""},
    };
    return &plan->actions[plan->n_actions++];
}

void reconcile_wake(struct reconcile_round *round, rctl_time at)
{
    if (round->plan->wake_at == 0 || at < round->plan->wake_at)
        round->plan->wake_at = at;
}

const struct reconcile_object *reconcile_read(const struct reconcile_round *round,
                                              enum reconcile_resource resource, const char *name)
{
    assert(reconcile_reads(&round->controller->told, resource));
    return reconcile_find(round->world, resource, round->self->name_space, name);
}

/* ---- what is wrong with the object ---- */

static const char *refusal_reason(enum diag_code code)
{
    switch (code) {
    case DIAG_REF_MISSING: return "RefNotFound";
    case DIAG_RENDER_BROKEN_TARGET: return "RefInvalid";
    case DIAG_OBJECT_NAME_COLLISION: return "NameTaken";
    default: return "Invalid";
    }
}

/* The first error of the object, and how many more there are. */
static struct reconcile_condition describe_errors(const struct reconcile_round *round)
{
    const struct rctl_diags *diags = round->world->kinds->diags;
    const char *label = kinds_object_label(round->object, round->arena);
    const struct diag_entry *first = NULL;
    size_t n = 0;

    for (size_t i = 0; i < diags->n_items; i++) {
        const struct diag_entry *entry = diags->items[i];

        if (entry->told.severity != RCTL_SEVERITY_ERROR ||
            !base_str_eq(entry->told.object, label))
            continue;
        if (n++ == 0)
            first = entry;
    }
    if (!first)
        return (struct reconcile_condition){"Accepted", STATUS_FALSE, "Invalid",
                                            "the object has faults"};
    return (struct reconcile_condition){
        "Accepted", STATUS_FALSE, refusal_reason(first->code),
        base_arena_format(round->arena, "%s%s%s [%s]%s",
                          first->told.path ? first->told.path : "", first->told.path ? ": " : "",
                          first->told.message, first->told.code,
                          n > 1 ? base_arena_format(round->arena, ", and %zu more error%s", n - 1,
                                                    n > 2 ? "s" : "")
                                : "")};
}

static struct reconcile_condition describe_obstacle(const struct reconcile_round *round,
                                                    const struct reconcile_child *child)
{
    const char *kind = reconcile_resources[child->resource].kind;
    const char *owner =
        diag_escape_text(round->arena, text_get_str(child->observed->controller, "name"));
    const char *owner_kind =
        diag_escape_text(round->arena, text_get_str(child->observed->controller, "kind"));

    if (child->state == CHILD_STUCK)
        return (struct reconcile_condition){
            "Accepted", STATUS_FALSE, "ImmutableField",
            base_arena_format(round->arena,
                              "%s '%s' has another %s, which cannot be changed, and no owner; "
                              "delete it, or give it another name",
                              kind, child->output->name, child->immutable)};
    if (owner && owner_kind)
        return (struct reconcile_condition){
            "Accepted", STATUS_FALSE, "NameTaken",
            base_arena_format(round->arena, "%s '%s' belongs to %s '%s'", kind,
                              child->output->name, owner_kind, owner)};
    return (struct reconcile_condition){
        "Accepted", STATUS_FALSE, "NameTaken",
        base_arena_format(round->arena, "%s '%s' exists and is not ours", kind,
                          child->output->name)};
}

static void refuse(struct reconcile_round *round, const struct reconcile_condition *refusal)
{
    round->plan->refusal = refusal->message;
    reconcile_write_status(round, refusal);
}

/* ---- the round ---- */

/*
 * A gateway whose provider has told no endpoints wants a router, and nobody can say
 * yet which: to take that for "no router" would delete the one that runs.
 */
static bool waits_for_endpoints(const struct reconcile_round *round)
{
    struct rctl_diags silent = kinds_silent(round->world->kinds);
    struct kinds_front front;

    return round->object->kind->spec == &shape_igw_spec &&
           kinds_object_front(round->world->kinds, round->object, &silent, &front) &&
           !front.solution.chosen;
}

void reconcile_run(struct reconcile_round *round)
{
    const struct reconcile_child *obstacle;
    struct reconcile_condition refusal;

    round->old_status = text_get(round->self->root, "status");
    if (round->object->has_errors) {
        refusal = describe_errors(round);
        refuse(round, &refusal);
        return;
    }
    if (waits_for_endpoints(round)) {
        reconcile_write_status(round, NULL);
        return;
    }
    render_one(&round->render, round->object);
    reconcile_compare(round);
    obstacle = reconcile_find_obstacle(round);
    if (obstacle) {
        refusal = describe_obstacle(round, obstacle);
        refuse(round, &refusal);
        return;
    }
    round->plan->children = round->children;
    round->plan->n_children = round->n_children;
    reconcile_apply_children(round);
    reconcile_delete_orphans(round);
    reconcile_write_status(round, NULL);
}
