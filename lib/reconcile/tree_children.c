/* What belongs to an object: Deployments with their pods, Services with endpoints, the rest. */
#include "reconcile/tree.h"

/* Where to begin in a sorted list: the first that is not before the key. */
static size_t find_first(const struct reconcile_object **items, size_t n,
                         int (*compare)(const struct reconcile_object *item, const char *name_space,
                                        const char *key),
                         const char *name_space, const char *key)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(items[middle], name_space, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int compare_instance(const struct reconcile_object *pod, const char *name_space,
                            const char *instance)
{
    int order = strcmp(pod->name_space, name_space);

    return order ? order : strcmp(tree_instance(pod), instance);
}

static int compare_service(const struct reconcile_object *slice, const char *name_space,
                           const char *service)
{
    int order = strcmp(slice->name_space, name_space);

    return order ? order : strcmp(tree_service(slice), service);
}

static int compare_owner(const struct reconcile_object *child, const char *name_space,
                         const char *uid)
{
    (void)name_space;
    return strcmp(tree_owner(child), uid);
}

/* ---- pods ---- */

static bool is_labelled(const struct reconcile_object *pod, const struct text_node *wanted)
{
    const struct text_node *labels = text_get(pod->meta, "labels");

    for (uint32_t i = 0; i < wanted->len; i++) {
        const struct text_node *value = text_get(labels, wanted->u.pairs[i].key);

        if (!value || !text_equal(value, &wanted->u.pairs[i].value))
            return false;
    }
    return true;
}

/* What a container waits for, or why it ended, that keeps the pod from being ready. */
static bool explain_containers(const struct text_node *list, struct reconcile_condition *ret)
{
    static const char *const states[] = {"waiting", "terminated"};

    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++) {
        for (size_t k = 0; k < BASE_COUNT(states); k++) {
            const struct text_node *state =
                text_get(text_get(&list->u.items[i], "state"), states[k]);
            const char *reason = text_get_str(state, "reason");
            const char *message = text_get_str(state, "message");

            if (!reason || strcmp(reason, "Completed") == 0)
                continue;
            ret->reason = reason;
            ret->message = message ? message : "";
            return true;
        }
    }
    return false;
}

/* Why a pod is not ready; false when it is. */
static bool explain_pod(const struct reconcile_object *pod, struct reconcile_condition *ret)
{
    const struct text_node *status = text_get(pod->root, "status");
    const struct text_node *ready = reconcile_told(status, "Ready");
    const struct text_node *scheduled = reconcile_told(status, "PodScheduled");
    const char *reason = text_get_str(scheduled, "reason");
    const char *message = text_get_str(scheduled, "message");

    *ret = (struct reconcile_condition){"Ready", STATUS_FALSE, "NotReady", ""};
    if (base_str_eq(text_get_str(ready, "status"), "True"))
        return false;
    if (base_str_eq(text_get_str(scheduled, "status"), "False") && reason) {
        ret->reason = reason;
        ret->message = message ? message : "";
    } else if (!explain_containers(text_get(status, "initContainerStatuses"), ret)) {
        explain_containers(text_get(status, "containerStatuses"), ret);
    }
    return true;
}

/* Those that are not ready, and why. */
static void put_pods(struct tree_maker *maker, const struct reconcile_object *deployment)
{
    const struct tree_index *index = maker->index;
    const char *name_space = deployment->name_space;
    const struct text_node *wanted =
        text_get(text_get(text_get(deployment->root, "spec"), "selector"), "matchLabels");
    const char *instance = text_get_str(wanted, TREE_INSTANCE);
    struct reconcile_condition why;
    size_t i = index->n_pods;

    /* All that we make has that label. */
    if (instance)
        i = find_first(index->pods, index->n_pods, compare_instance, name_space, instance);
    text_put_list(maker->out, "pods");
    for (; i < index->n_pods && compare_instance(index->pods[i], name_space, instance) == 0;
         i++) {
        const struct reconcile_object *pod = index->pods[i];

        if (pod->deleting || !is_labelled(pod, wanted) || !explain_pod(pod, &why))
            continue;
        text_put_map(maker->out, NULL);
        text_put_str(maker->out, "name", pod->name);
        tree_put_condition(maker->out, "ready", &why);
        text_put_end(maker->out);
    }
    text_put_end(maker->out);
}

static void put_deployment(struct tree_maker *maker, const struct reconcile_object *deployment)
{
    struct text_builder *out = maker->out;
    struct reconcile_workload work = reconcile_deployment(deployment, maker->arena);

    tree_put_condition(out, "ready", &work.condition);
    text_put_map(out, "replicas");
    text_put_int(out, "wanted", work.wanted);
    text_put_int(out, "total", work.pods);
    text_put_int(out, "updated", work.updated);
    text_put_int(out, "ready", work.ready);
    text_put_end(out);
    put_pods(maker, deployment);
}

/* ---- endpoints ---- */

/* Whoever does not say so is ready. */
static bool is_ready(const struct text_node *endpoint)
{
    const struct text_node *ready = text_get(text_get(endpoint, "conditions"), "ready");

    return !ready || ready->type != TEXT_BOOL || text_bool(ready);
}

void tree_put_endpoints(struct tree_maker *maker, const char *service)
{
    const struct tree_index *index = maker->index;
    const char *name_space = maker->self->name_space, *family = NULL;
    int64_t ready = 0, others = 0;
    size_t first =
        find_first(index->slices, index->n_slices, compare_service, name_space, service);

    if (first == index->n_slices || compare_service(index->slices[first], name_space, service))
        return;
    for (size_t i = first;
         i < index->n_slices && compare_service(index->slices[i], name_space, service) == 0; i++) {
        const struct text_node *root = index->slices[i]->root;
        const struct text_node *list = text_get(root, "endpoints");

        /* Of two families each pod has an address: count one. */
        if (!family)
            family = text_get_str(root, "addressType");
        if (!base_str_eq(family, text_get_str(root, "addressType")))
            continue;
        for (uint32_t k = 0; list && list->type == TEXT_LIST && k < list->len; k++) {
            if (is_ready(&list->u.items[k]))
                ready++;
            else
                others++;
        }
    }
    text_put_map(maker->out, "endpoints");
    text_put_int(maker->out, "ready", ready);
    text_put_int(maker->out, "notReady", others);
    text_put_end(maker->out);
}

/* ---- all ---- */

void tree_put_children(struct tree_maker *maker)
{
    const struct tree_index *index = maker->index;
    const char *uid = maker->self->uid;

    text_put_list(maker->out, "children");
    for (size_t i = find_first(index->owned, index->n_owned, compare_owner, NULL, uid);
         i < index->n_owned && strcmp(tree_owner(index->owned[i]), uid) == 0; i++) {
        const struct reconcile_object *child = index->owned[i];

        if (strcmp(child->name_space, maker->self->name_space) != 0)
            continue;
        text_put_map(maker->out, NULL);
        text_put_str(maker->out, "kind", reconcile_resources[child->resource].kind);
        text_put_str(maker->out, "name", child->name);
        if (child->deleting)
            text_put_bool(maker->out, "deleting", true);
        if (child->resource == RES_DEPLOYMENT)
            put_deployment(maker, child);
        else if (child->resource == RES_SERVICE)
            tree_put_endpoints(maker, child->name);
        text_put_end(maker->out);
    }
    text_put_end(maker->out);
}
