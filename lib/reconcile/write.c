/* A whole plan as one JSON object, for people and for programs in other languages. */
#include "reconcile/reconcile.h"

static const char *const types[RCTL_ACTION__COUNT] = {
    [RCTL_ACTION_APPLY] = "Apply", [RCTL_ACTION_DELETE] = "Delete",
    [RCTL_ACTION_STATUS] = "Status", [RCTL_ACTION_EVENT] = "Event",
    [RCTL_ACTION_PROBE] = "Probe",
};
static const char *const preconditions[] = {
    [RCTL_PRECONDITION_NONE] = NULL,
    [RCTL_PRECONDITION_ABSENT] = "Absent",
    [RCTL_PRECONDITION_UID] = "Uid",
};

static void put_true(struct text_builder *out, const char *key, bool value)
{
    if (value)
        text_put_bool(out, key, true);
}

static void put_action(struct text_builder *out, const struct reconcile_action *action)
{
    const rctl_action *told = &action->told;

    text_put_map(out, NULL);
    text_put_str(out, "type", types[told->type]);
    text_put_str(out, "apiVersion", told->api_version);
    text_put_str(out, "kind", told->kind);
    text_put_str(out, "namespace", told->name_space);
    text_put_str(out, "name", told->name);
    text_put_str(out, "reason", told->reason);
    text_put_str(out, "message", told->message);
    text_put_str(out, "precondition", preconditions[told->precondition]);
    text_put_str(out, "uid", told->uid);
    put_true(out, "warning", told->warning);
    put_true(out, "restarts", told->restarts);
    put_true(out, "replaces", told->replaces);
    text_put_str(out, "immutable", told->immutable);
    if (told->n_paths) {
        text_put_list(out, "paths");
        for (size_t i = 0; i < told->n_paths; i++)
            text_put_str(out, NULL, told->paths[i]);
        text_put_end(out);
    }
    if (told->type == RCTL_ACTION_PROBE) {
        text_put_str(out, "url", told->url);
        text_put_int(out, "timeoutSeconds", told->timeout / RCTL_SECOND);
    }
    if (action->body)
        text_put_node(out, "body", action->body);
    text_put_end(out);
}

void reconcile_put_plan(const struct reconcile_plan *plan, const struct reconcile_object *self,
                        struct text_builder *out)
{
    char time[BASE_TIME_SIZE];

    text_put_map(out, NULL);
    text_put_str(out, "kind", reconcile_resources[self->resource].kind);
    text_put_str(out, "namespace", self->name_space);
    text_put_str(out, "name", self->name);
    text_put_str(out, "refusal", plan->refusal);
    if (plan->wake_at) {
        base_time_print(plan->wake_at, time);
        text_put_str(out, "wakeAt", time);
    }
    text_put_list(out, "actions");
    for (size_t i = 0; i < plan->n_actions; i++)
        put_action(out, &plan->actions[i]);
    text_put_end(out);
    text_put_end(out);
}
