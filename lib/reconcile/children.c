/*
 * The children of an object: what rendering wants of them against what was observed,
 * and the writes that follow. A write never reaches what is not ours, and a delete
 * always names the uid.
 */
#include "reconcile/reconcile.h"

enum { MOST_PATHS = 20 };

static const char *kind_of(enum reconcile_resource resource)
{
    return reconcile_resources[resource].kind;
}

/* ---- comparing ---- */

static void judge_differences(struct reconcile_child *child, enum reconcile_ownership ownership)
{
    const struct diff *diff = &child->diff;

    child->state = diff->n_found ? CHILD_DIFFERS : CHILD_EQUAL;
    for (size_t i = 0; i < diff->n_items; i++) {
        const char *path = diff->items[i].path;

        if (strncmp(path, "metadata.", 9) != 0)
            child->spec_differs = true;
        if (!child->immutable)
            child->immutable = diff_immutable(kind_of(child->resource), path);
    }
    if (!base_str_eq(reconcile_annotation(child->observed, RECONCILE_HASH_KEY), child->hash))
        child->spec_differs = true;
    if (child->immutable)
        child->state = ownership == OWNED_BY_US ? CHILD_IMMUTABLE : CHILD_STUCK;
}

static void compare_child(struct reconcile_round *round, struct reconcile_child *child)
{
    const struct text_node *labels = text_get(text_get(child->output->root, "metadata"), "labels");
    enum reconcile_ownership ownership = OWNED_BY_US;

    if (round->world->unserved[child->resource]) {
        child->state = CHILD_UNSERVED;
        return;
    }
    child->observed = reconcile_read(round, child->resource, child->output->name);
    if (child->observed) {
        ownership = reconcile_ownership(child->observed, round->self,
                                        text_get_str(labels, "app.kubernetes.io/component"),
                                        round->world->scratch);
        if (ownership == OWNED_BY_OTHERS) {
            child->state = CHILD_FOREIGN;
            return;
        }
    }
    child->wanted = child->output->root;
    if (child->resource == RES_DEPLOYMENT &&
        reconcile_is_autoscaled(round, child->output->name)) {
        child->autoscaled = true;
        child->wanted = reconcile_without_replicas(round, child->wanted);
    }
    child->hash = reconcile_hash(round, child->wanted);
    child->body = reconcile_body(round, child);
    child->spec_differs = !child->observed;
    if (!child->observed)
        return;
    child->diff = (struct diff){.arena = round->arena};
    diff_objects(&child->diff, kind_of(child->resource), child->observed->root, child->body);
    judge_differences(child, ownership);
    if (child->observed->deleting)
        child->state = CHILD_LEAVING;
}

/*
 * What pods need comes before the pods. Of two halves, which must agree on image, model
 * and connector, "decode" comes before "prefill": no order spares a time in which old
 * and new pods stand side by side, so both are written in one plan, and when the first
 * write fails, the second is not tried and both halves stay as they were.
 */
static int compare_order(const void *one, const void *other)
{
    const struct reconcile_child *a = one, *b = other;
    int order = (a->resource > b->resource) - (a->resource < b->resource);

    return order ? order : strcmp(a->output->name, b->output->name);
}

void reconcile_compare(struct reconcile_round *round)
{
    size_t n = round->render.n_outputs;
    struct reconcile_child *spare;

    if (n == 0)
        return;
    round->children = base_arena_zalloc(round->arena, 2 * n * sizeof(*round->children));
    spare = round->children + n;
    round->n_children = n;
    for (size_t i = 0; i < n; i++) {
        const struct render_output *output = &round->render.outputs[i];

        round->children[i] = (struct reconcile_child){
            .output = output,
            .resource = reconcile_find_resource(output->api_version, output->kind)};
        assert(round->children[i].resource < RES_CHILDREN);
    }
    base_sort(round->children, spare, n, sizeof(*spare), compare_order);
    for (size_t i = 0; i < n; i++)
        compare_child(round, &round->children[i]);
}

const struct reconcile_child *reconcile_find_obstacle(const struct reconcile_round *round)
{
    for (size_t i = 0; i < round->n_children; i++)
        if (round->children[i].state == CHILD_FOREIGN || round->children[i].state == CHILD_STUCK)
            return &round->children[i];
    return NULL;
}

const struct reconcile_child *reconcile_find_child(const struct reconcile_round *round,
                                                   enum reconcile_resource resource,
                                                   const char *name)
{
    for (size_t i = 0; i < round->n_children; i++)
        if (round->children[i].resource == resource &&
            strcmp(round->children[i].output->name, name) == 0)
            return &round->children[i];
    return NULL;
}

/* ---- writing ---- */

static void expect_uid(rctl_action *action, const struct reconcile_object *object)
{
    if (!object->uid[0])
        return;
    action->precondition = RCTL_PRECONDITION_UID;
    action->uid = object->uid;
}

static void apply_child(struct reconcile_round *round, const struct reconcile_child *child)
{
    struct reconcile_action *action =
        reconcile_add(round, RCTL_ACTION_APPLY, child->resource, round->self->name_space,
                      child->output->name);
    const char **paths;

    action->body = child->body;
    if (child->state == CHILD_ABSENT) {
        action->told.precondition = RCTL_PRECONDITION_ABSENT;
        action->told.reason = "create";
        return;
    }
    expect_uid(&action->told, child->observed);
    action->told.reason = "changed";
    paths = base_arena_alloc(round->arena, MOST_PATHS * sizeof(*paths));
    for (size_t i = 0; i < child->diff.n_items; i++) {
        const char *path = child->diff.items[i].path;

        if (action->told.n_paths < MOST_PATHS && !strstr(path, "[\"" RECONCILE_HASH_KEY "\"]"))
            paths[action->told.n_paths++] = path;
        action->told.restarts |= diff_restarts(kind_of(child->resource), path);
    }
    action->told.paths = paths;
    if (action->told.n_paths == 0)
        action->told.message = "what is not wanted any more is taken out";
}

static void delete_object(struct reconcile_round *round, const struct reconcile_object *object,
                          const char *reason, const char *immutable)
{
    struct reconcile_action *action = reconcile_add(round, RCTL_ACTION_DELETE, object->resource,
                                                    object->name_space, object->name);

    assert(object->uid[0]);
    expect_uid(&action->told, object);
    action->told.reason = reason;
    action->told.immutable = immutable;
    action->told.replaces = immutable != NULL;
    action->told.restarts = immutable && object->resource == RES_DEPLOYMENT;
}

void reconcile_apply_children(struct reconcile_round *round)
{
    for (size_t i = 0; i < round->n_children; i++) {
        const struct reconcile_child *child = &round->children[i];

        if (child->state == CHILD_ABSENT || child->state == CHILD_DIFFERS)
            apply_child(round, child);
        else if (child->state == CHILD_IMMUTABLE)
            delete_object(round, child->observed, "replace", child->immutable);
    }
}

static bool writes(const struct reconcile_round *round, int resource)
{
    const rctl_controller *controller = &round->controller->told;

    for (size_t i = 0; i < controller->n_writes; i++)
        if (controller->writes[i].resource == &reconcile_resources[resource])
            return true;
    return false;
}

static bool is_orphan(const struct reconcile_round *round, const struct reconcile_object *item)
{
    return !item->deleting && item->uid[0] && item->controller &&
           base_str_eq(text_get_str(item->controller, "uid"), round->self->uid) &&
           strcmp(item->name_space, round->self->name_space) == 0 &&
           !reconcile_find_child(round, item->resource, item->name);
}

/* Pods first, then what they used. */
void reconcile_delete_orphans(struct reconcile_round *round)
{
    const struct reconcile_world *world = round->world;

    for (int resource = RES_CHILDREN - 1; resource >= 0 && round->self->uid[0]; resource--) {
        if (!writes(round, resource))
            continue;
        for (size_t i = 0; i < world->n_items; i++)
            if ((int)world->items[i].resource == resource && is_orphan(round, &world->items[i]))
                delete_object(round, &world->items[i], "not wanted any more", NULL);
    }
}
