/*
 * Conditions and the status around them. What is observed at rest must give the very
 * status that stands there, or every write would cause the next: times move only when
 * a condition flips, and nothing in here counts or measures.
 */
#include "reconcile/reconcile.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const words[] = {"True", "False", "Unknown"};

void reconcile_say(struct reconcile_round *round, const char *type, enum reconcile_status status,
                   const char *reason, const char *message, ...)
{
    char text[1024];
    va_list args;

    va_start(args, message);
    vsnprintf(text, sizeof(text), message, args);
    va_end(args);
    assert(round->n_conditions < RECONCILE_MOST_CONDITIONS);
    assert(base_str_in(type, round->controller->told.conditions));
    round->conditions[round->n_conditions++] = (struct reconcile_condition){
        type, status, reason, base_arena_text(round->arena, text, strlen(text))};
}

const struct reconcile_condition *reconcile_find_condition(const struct reconcile_round *round,
                                                           const char *type)
{
    for (size_t i = 0; i < round->n_conditions; i++)
        if (strcmp(round->conditions[i].type, type) == 0)
            return &round->conditions[i];
    return NULL;
}

const struct diag_entry *reconcile_find_diag(const struct reconcile_round *round,
                                             enum diag_code code)
{
    const struct rctl_diags *diags = round->world->kinds->diags;
    const char *label = kinds_object_label(round->object, round->arena);

    for (size_t i = 0; i < diags->n_items; i++)
        if (diags->items[i]->code == code && base_str_eq(diags->items[i]->told.object, label))
            return diags->items[i];
    return NULL;
}

void reconcile_sum_up(struct reconcile_round *round, const char *const *types, const char *message)
{
    for (size_t i = 0; i < round->n_children; i++) {
        const struct reconcile_child *child = &round->children[i];

        if (child->state != CHILD_LEAVING && child->state != CHILD_IMMUTABLE)
            continue;
        reconcile_say(round, "Ready", STATUS_FALSE,
                      child->state == CHILD_LEAVING ? "Terminating" : "Replacing",
                      child->state == CHILD_LEAVING
                          ? "%s '%s' is being deleted, and is made again afterwards"
                          : "%s '%s' is made anew, since it cannot be changed",
                      reconcile_resources[child->resource].kind, child->output->name);
        return;
    }
    for (; *types; types++) {
        const struct reconcile_condition *condition = reconcile_find_condition(round, *types);

        if (!condition || condition->status == STATUS_TRUE)
            continue;
        reconcile_say(round, "Ready", condition->status, condition->reason, "%s: %s", *types,
                      condition->message);
        return;
    }
    reconcile_say(round, "Ready", STATUS_TRUE, "Serving", "%s", message);
}

/* ---- what stands there ---- */

const struct text_node *reconcile_told(const struct text_node *status, const char *type)
{
    const struct text_node *list = text_get(status, "conditions");

    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++)
        if (base_str_eq(text_get_str(&list->u.items[i], "type"), type))
            return &list->u.items[i];
    return NULL;
}

static enum reconcile_status read_word(const char *word)
{
    return strcmp(word, "True") == 0    ? STATUS_TRUE
           : strcmp(word, "False") == 0 ? STATUS_FALSE
                                        : STATUS_UNKNOWN;
}

bool reconcile_say_again(struct reconcile_round *round, const char *type)
{
    const struct text_node *old = reconcile_told(round->old_status, type);
    const struct text_node *seen = text_get(old, "observedGeneration");
    const char *word = text_get_str(old, "status"), *reason = text_get_str(old, "reason");
    const char *message = text_get_str(old, "message");
    int64_t generation = -1;

    if (seen)
        text_int(seen, &generation);
    if (!word || !reason || !message || generation != round->self->generation)
        return false;
    reconcile_say(round, type, read_word(word), reason, "%s", message);
    return true;
}

struct reconcile_condition reconcile_ready_of(const struct reconcile_round *round,
                                              enum reconcile_resource resource, const char *name)
{
    const struct reconcile_object *object = reconcile_read(round, resource, name);
    const char *kind = reconcile_resources[resource].kind;
    const struct text_node *status = object ? text_get(object->root, "status") : NULL;
    const struct text_node *seen = text_get(status, "observedGeneration");
    const struct text_node *ready = reconcile_told(status, "Ready");
    const char *word = text_get_str(ready, "status");
    int64_t generation = -1;

    if (seen)
        text_int(seen, &generation);
    if (!word || !object || generation != object->generation)
        return (struct reconcile_condition){
            NULL, STATUS_UNKNOWN, "NotObserved",
            base_arena_format(round->arena, "nothing is known yet of %s '%s'", kind, name)};
    return (struct reconcile_condition){
        NULL,
        read_word(word),
        strcmp(word, "True") == 0 ? "Ready" : "NotReady",
        base_arena_format(round->arena, "%s '%s' is %sready", kind, name,
                          strcmp(word, "True") == 0 ? "" : "not ")};
}

/* ---- writing ---- */

static void put_condition(struct reconcile_round *round,
                          const struct reconcile_condition *condition)
{
    const struct text_node *old = reconcile_told(round->old_status, condition->type);
    const char *time = text_get_str(old, "lastTransitionTime");
    struct text_builder *out = &round->render.builder;
    char now[BASE_TIME_SIZE];

    if (!time || !base_str_eq(text_get_str(old, "status"), words[condition->status])) {
        base_time_print(round->world->now, now);
        time = now;
    }
    text_put_map(out, NULL);
    text_put_str(out, "lastTransitionTime", time);
    text_put_str(out, "message", condition->message);
    text_put_int(out, "observedGeneration", round->self->generation);
    text_put_str(out, "reason", condition->reason);
    text_put_str(out, "status", words[condition->status]);
    text_put_str(out, "type", condition->type);
    text_put_end(out);
}

/* In the order of the controller's row. */
static void put_conditions(struct reconcile_round *round)
{
    struct text_builder *out = &round->render.builder;

    text_put_list(out, "conditions");
    for (const char *const *type = round->controller->told.conditions; *type; type++) {
        const struct reconcile_condition *condition = reconcile_find_condition(round, *type);

        if (condition)
            put_condition(round, condition);
    }
    text_put_end(out);
}

/*
 * Of an object that is not accepted, nobody knows what it wants, and so whether that
 * serves: what was said before might be wrong by now.
 */
static void say_refused(struct reconcile_round *round, const struct reconcile_condition *refusal)
{
    reconcile_say(round, "Accepted", refusal->status, refusal->reason, "%s", refusal->message);
    reconcile_say(round, "Ready", STATUS_FALSE, "NotAccepted",
                  "generation %lld is not accepted; what runs is left alone",
                  (long long)round->self->generation);
    for (const char *const *type = round->controller->told.conditions; *type; type++)
        if (!reconcile_find_condition(round, *type) && reconcile_told(round->old_status, *type))
            reconcile_say(round, *type, STATUS_UNKNOWN, "NotAccepted",
                          "nothing is looked at while the object is not accepted");
}

static const struct text_node *make_body(struct reconcile_round *round,
                                         const struct reconcile_condition *refusal)
{
    struct text_builder *out = &round->render.builder;

    text_put_map(out, NULL);
    text_put_str(out, "apiVersion", RCTL_API_VERSION);
    text_put_str(out, "kind", round->controller->told.kind);
    text_put_map(out, "metadata");
    text_put_str(out, "name", round->self->name);
    text_put_str(out, "namespace", round->self->name_space);
    if (round->self->uid[0])
        text_put_str(out, "uid", round->self->uid);
    text_put_end(out);
    text_put_map(out, "status");
    text_put_int(out, "observedGeneration", round->self->generation);
    if (refusal) {
        say_refused(round, refusal);
    } else {
        reconcile_say(round, "Accepted", STATUS_TRUE, "Accepted",
                      "the spec is valid and all references lead somewhere");
        base_arena_reset(round->world->scratch);
        round->controller->observe(round);
    }
    put_conditions(round);
    text_put_end(out);
    text_put_end(out);
    return text_build_finish(out);
}

/* ---- does it differ? ---- */

static bool is_nothing(const struct text_node *node)
{
    return !node || node->type == TEXT_NULL;
}

/* Conditions of other writers are theirs. */
static bool conditions_differ(const struct reconcile_round *round, const struct text_node *now)
{
    for (const char *const *type = round->controller->told.conditions; *type; type++) {
        const struct text_node *a = reconcile_told(now, *type);
        const struct text_node *b = reconcile_told(round->old_status, *type);

        if (is_nothing(a) != is_nothing(b) || (a && b && !text_equal(a, b)))
            return true;
    }
    return false;
}

static bool status_differs(const struct reconcile_round *round, const struct text_node *now)
{
    const struct schema_shape *shape = round->object->kind->status;

    for (size_t i = 0; i < shape->n_fields; i++) {
        const char *name = shape->fields[i].name;
        const struct text_node *a = text_get(now, name), *b = text_get(round->old_status, name);

        if (strcmp(name, "conditions") == 0)
            continue;
        if (is_nothing(a) != is_nothing(b) || (!is_nothing(a) && !text_equal(a, b)))
            return true;
    }
    return conditions_differ(round, now);
}

/* ---- events: what changed for better or worse, once ---- */

static void add_event(struct reconcile_round *round, const struct reconcile_condition *condition,
                      bool warning)
{
    struct reconcile_action *action =
        reconcile_add(round, RCTL_ACTION_EVENT, round->self->resource, round->self->name_space,
                      round->self->name);

    action->told.uid = round->self->uid[0] ? round->self->uid : NULL;
    action->told.reason = condition->reason;
    action->told.message = condition->message;
    action->told.warning = warning;
}

static void add_events(struct reconcile_round *round)
{
    static const struct {
        const char *type;
        enum reconcile_status good;
        bool first; /* also tell when it is good from the start */
    } rows[] = {{"Accepted", STATUS_TRUE, false},
                {"Degraded", STATUS_FALSE, false},
                {"Ready", STATUS_TRUE, true}};

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        const struct reconcile_condition *now = reconcile_find_condition(round, rows[i].type);
        const char *old =
            text_get_str(reconcile_told(round->old_status, rows[i].type), "status");
        bool good = now && now->status == rows[i].good;

        if (!now || now->status == STATUS_UNKNOWN || base_str_eq(old, words[now->status]))
            continue;
        /* Nothing is ready when it is new, and what is refused is not ready either. */
        if (strcmp(rows[i].type, "Ready") == 0 && !good &&
            (!base_str_eq(old, "True") || strcmp(now->reason, "NotAccepted") == 0))
            continue;
        if (old || !good || rows[i].first)
            add_event(round, now, !good && strcmp(now->reason, "Progressing") != 0);
    }
}

void reconcile_write_status(struct reconcile_round *round,
                            const struct reconcile_condition *refusal)
{
    const struct text_node *body = make_body(round, refusal);
    struct reconcile_action *action;

    if (!status_differs(round, text_get(body, "status")))
        return;
    action = reconcile_add(round, RCTL_ACTION_STATUS, round->self->resource,
                           round->self->name_space, round->self->name);
    action->body = body;
    action->told.reason = "status";
    if (round->self->uid[0]) {
        action->told.precondition = RCTL_PRECONDITION_UID;
        action->told.uid = round->self->uid;
    }
    add_events(round);
}
