/*
 * What runs, read from Deployments and pods. A Deployment serves when its controller
 * has seen the newest spec, no pod of an older one is left, and a pod is ready. Its own
 * condition Available does not say that: it also holds while as many pods are missing
 * as the strategy lets be missing, which is all of one.
 */
#include "reconcile/reconcile.h"

/* From the write to the first pod: one text, or the status would be written at each step. */
static const char under_way[] = "the Deployment is being rolled out";

static int64_t number(const struct text_node *map, const char *key, int64_t fallback)
{
    const struct text_node *node = text_get(map, key);

    if (node)
        text_int(node, &fallback);
    return fallback;
}

static const struct text_node *find_condition(const struct text_node *status, const char *type,
                                              const char *word)
{
    const struct text_node *list = text_get(status, "conditions");

    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++)
        if (base_str_eq(text_get_str(&list->u.items[i], "type"), type) &&
            base_str_eq(text_get_str(&list->u.items[i], "status"), word))
            return &list->u.items[i];
    return NULL;
}

/* Why pods do not come, in the words of the Deployment. */
static bool describe_failure(const struct text_node *status, struct reconcile_condition *ret)
{
    const struct text_node *failure = find_condition(status, "ReplicaFailure", "True");
    const char *message;

    if (!failure)
        failure = find_condition(status, "Progressing", "False");
    if (!failure)
        return false;
    message = text_get_str(failure, "message");
    *ret = (struct reconcile_condition){NULL, STATUS_FALSE, "DeploymentFailed",
                                        message ? message : "the Deployment has failed"};
    return true;
}

static struct reconcile_condition judge(struct base_arena *arena, const struct text_node *status,
                                        const struct reconcile_workload *work)
{
    struct reconcile_condition condition = {NULL, STATUS_FALSE, "Progressing", NULL};
    int64_t updated = work->updated;

    if (work->wanted == 0 && work->pods == 0) {
        condition.reason = "ScaledToZero";
        condition.message = "no pod is asked for";
    } else if (updated < work->wanted || work->pods != updated) {
        if (!describe_failure(status, &condition))
            condition.message =
                work->pods == 0
                    ? under_way
                    : base_arena_format(arena, "%lld of %lld pods are up to date, of %lld in all",
                                        (long long)updated, (long long)work->wanted,
                                        (long long)work->pods);
    } else if (work->ready == 0) {
        condition.reason = "NoPodReady";
        if (!describe_failure(status, &condition))
            condition.message = base_arena_format(arena, "0 of %lld pods serve",
                                                  (long long)work->wanted);
    } else {
        condition.status = STATUS_TRUE;
        condition.reason = work->ready < work->wanted ? "PartlyServing" : "Serving";
        condition.message = base_arena_format(arena, "%lld of %lld pods serve",
                                              (long long)work->ready, (long long)work->wanted);
    }
    return condition;
}

struct reconcile_workload reconcile_deployment(const struct reconcile_object *deployment,
                                               struct base_arena *arena)
{
    const struct text_node *status = text_get(deployment->root, "status");
    struct reconcile_workload work = {
        .wanted = number(text_get(deployment->root, "spec"), "replicas", 1),
        .pods = number(status, "replicas", 0),
        .updated = number(status, "updatedReplicas", 0),
        .ready = number(status, "readyReplicas", 0),
        .condition = {NULL, STATUS_FALSE, "Progressing", under_way},
    };

    if (deployment->deleting)
        work.condition = (struct reconcile_condition){NULL, STATUS_FALSE, "Terminating",
                                                      "the Deployment is being deleted"};
    else if (number(status, "observedGeneration", -1) >= deployment->generation)
        work.condition = judge(arena, status, &work);
    return work;
}

struct reconcile_workload reconcile_workload(struct reconcile_round *round, const char *name)
{
    const struct reconcile_child *child = reconcile_find_child(round, RES_DEPLOYMENT, name);
    struct reconcile_workload work = {.condition = {NULL, STATUS_FALSE, "Progressing", under_way}};

    if (!child || !child->observed)
        return work;
    work = reconcile_deployment(child->observed, round->arena);
    if (!child->observed->deleting && child->spec_differs)
        work.condition =
            (struct reconcile_condition){NULL, STATUS_FALSE, "Progressing", under_way};
    return work;
}

/* ---- pods ---- */

bool reconcile_pod_is_ready(const struct reconcile_object *pod)
{
    return !pod->deleting && find_condition(text_get(pod->root, "status"), "Ready", "True");
}

static bool is_ready_pod(const struct reconcile_round *round, const struct reconcile_object *pod,
                         const char *component)
{
    const struct text_node *labels = text_get(pod->meta, "labels");

    return reconcile_pod_is_ready(pod) &&
           strcmp(pod->name_space, round->self->name_space) == 0 &&
           base_str_eq(text_get_str(labels, "app.kubernetes.io/managed-by"), KINDS_MANAGER) &&
           base_str_eq(text_get_str(labels, "app.kubernetes.io/component"), component) &&
           base_str_eq(text_get_str(labels, "app.kubernetes.io/instance"),
                       kinds_child_name(round->arena, round->self->name, ""));
}

const char *reconcile_ready_pod(const struct reconcile_round *round, const char *component,
                                const char *last)
{
    const struct reconcile_world *world = round->world;
    const char *found = NULL;

    assert(reconcile_reads(&round->controller->told, RES_POD));
    for (size_t i = 0; i < world->n_items; i++) {
        const struct reconcile_object *item = &world->items[i];

        if (item->resource != RES_POD || !is_ready_pod(round, item, component))
            continue;
        if (base_str_eq(item->name, last))
            return item->name;
        if (!found || strcmp(item->name, found) < 0)
            found = item->name;
    }
    return found;
}
