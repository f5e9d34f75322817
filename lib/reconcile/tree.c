/* One object of our kinds as a tree: its condition Ready, columns, conditions, and the rest. */
#include "reconcile/tree.h"

static const char *const words[] = {"True", "False", "Unknown"};

/* ---- order ---- */

const char *tree_owner(const struct reconcile_object *object)
{
    const char *uid = text_get_str(object->controller, "uid");

    return uid ? uid : "";
}

static const char *label_of(const struct reconcile_object *object, const char *name)
{
    const char *value = text_get_str(text_get(object->meta, "labels"), name);

    return value ? value : "";
}

const char *tree_instance(const struct reconcile_object *pod)
{
    return label_of(pod, TREE_INSTANCE);
}

const char *tree_service(const struct reconcile_object *slice)
{
    return label_of(slice, "kubernetes.io/service-name");
}

static int compare_owned(const void *one, const void *other)
{
    const struct reconcile_object *a = *(const struct reconcile_object *const *)one;
    const struct reconcile_object *b = *(const struct reconcile_object *const *)other;
    int order = strcmp(tree_owner(a), tree_owner(b));

    if (order == 0)
        order = (a->resource > b->resource) - (a->resource < b->resource);
    if (order == 0)
        order = strcmp(a->name_space, b->name_space);
    return order ? order : strcmp(a->name, b->name);
}

/* By namespace, a label and name. */
static int compare_labelled(const void *one, const void *other,
                            const char *(*label)(const struct reconcile_object *object))
{
    const struct reconcile_object *a = *(const struct reconcile_object *const *)one;
    const struct reconcile_object *b = *(const struct reconcile_object *const *)other;
    int order = strcmp(a->name_space, b->name_space);

    if (order == 0)
        order = strcmp(label(a), label(b));
    return order ? order : strcmp(a->name, b->name);
}

static int compare_pods(const void *one, const void *other)
{
    return compare_labelled(one, other, tree_instance);
}

static int compare_slices(const void *one, const void *other)
{
    return compare_labelled(one, other, tree_service);
}

void tree_index(struct tree_index *index, const struct reconcile_world *world,
                struct base_arena *arena)
{
    const size_t size = sizeof(*index->owned);
    const struct reconcile_object **spare = base_arena_alloc(arena, (world->n_items + 1) * size);

    *index = (struct tree_index){.world = world};
    index->owned = base_arena_alloc(arena, (world->n_items + 1) * size);
    index->pods = base_arena_alloc(arena, (world->n_items + 1) * size);
    index->slices = base_arena_alloc(arena, (world->n_items + 1) * size);
    for (size_t i = 0; i < world->n_items; i++) {
        const struct reconcile_object *item = &world->items[i];

        if (item->resource < RES_CHILDREN && *tree_owner(item))
            index->owned[index->n_owned++] = item;
        else if (item->resource == RES_POD)
            index->pods[index->n_pods++] = item;
        else if (item->resource == RES_ENDPOINT_SLICE)
            index->slices[index->n_slices++] = item;
    }
    base_sort(index->owned, spare, index->n_owned, size, compare_owned);
    base_sort(index->pods, spare, index->n_pods, size, compare_pods);
    base_sort(index->slices, spare, index->n_slices, size, compare_slices);
}

/* ---- conditions ---- */

static int64_t generation_of(const struct text_node *told, int64_t fallback)
{
    const struct text_node *seen = text_get(told, "observedGeneration");

    if (seen)
        text_int(seen, &fallback);
    return fallback;
}

static enum reconcile_status read_status(const char *word)
{
    return base_str_eq(word, "True")    ? STATUS_TRUE
           : base_str_eq(word, "False") ? STATUS_FALSE
                                        : STATUS_UNKNOWN;
}

static struct reconcile_condition read_condition(const struct text_node *told)
{
    const char *reason = text_get_str(told, "reason"), *message = text_get_str(told, "message");

    return (struct reconcile_condition){
        text_get_str(told, "type"), read_status(text_get_str(told, "status")),
        reason ? reason : "", message ? message : ""};
}

struct reconcile_condition tree_ready(const struct reconcile_object *object,
                                      struct base_arena *arena)
{
    const struct text_node *status = text_get(object->root, "status");
    const struct text_node *told = reconcile_told(status, "Ready");
    int64_t seen = generation_of(told, generation_of(status, object->generation));

    if (told && seen >= object->generation)
        return read_condition(told);
    return (struct reconcile_condition){
        "Ready", STATUS_UNKNOWN, "NotObserved",
        told ? base_arena_format(arena, "the operator has not looked at generation %lld yet",
                                 (long long)object->generation)
             : "the operator has not looked at it yet; is it running?"};
}

void tree_put_condition(struct text_builder *out, const char *key,
                        const struct reconcile_condition *condition)
{
    text_put_map(out, key);
    if (!key)
        text_put_str(out, "type", condition->type);
    text_put_str(out, "status", words[condition->status]);
    text_put_str(out, "reason", condition->reason);
    text_put_str(out, "message", condition->message);
    text_put_end(out);
}

/* All but Ready, which stands above them. */
static void put_conditions(struct tree_maker *maker)
{
    const struct text_node *list =
        text_get(text_get(maker->self->root, "status"), "conditions");

    text_put_list(maker->out, "conditions");
    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++) {
        struct reconcile_condition condition = read_condition(&list->u.items[i]);

        if (condition.type && strcmp(condition.type, "Ready") != 0)
            tree_put_condition(maker->out, NULL, &condition);
    }
    text_put_end(maker->out);
}

/* ---- columns ---- */

/* Those of `kubectl get` that have a plain path; Ready and its reason are told, age moves. */
static void put_columns(struct tree_maker *maker)
{
    const struct kinds_kind *kind = kinds_find(reconcile_resources[maker->self->resource].kind);

    text_put_map(maker->out, "columns");
    for (size_t i = 0; i < kind->n_columns; i++) {
        const struct kinds_column *column = &kind->columns[i];
        const struct text_node *value;

        if (strchr(column->path, '[') || strcmp(column->type, "date") == 0)
            continue;
        value = text_path_find(maker->self->root, column->path + 1);
        if (value && value->type != TEXT_NULL)
            text_put_node(maker->out, column->name, value);
    }
    text_put_end(maker->out);
}

/* ---- all ---- */

static void put_object(struct text_builder *out, const void *arg)
{
    struct tree_maker maker = *(const struct tree_maker *)arg;
    struct reconcile_condition ready = tree_ready(maker.self, maker.arena);

    maker.out = out;
    text_put_map(out, NULL);
    text_put_str(out, "kind", reconcile_resources[maker.self->resource].kind);
    text_put_str(out, "namespace", maker.self->name_space);
    text_put_str(out, "name", maker.self->name);
    if (maker.self->deleting)
        text_put_bool(out, "deleting", true);
    tree_put_condition(out, "ready", &ready);
    put_columns(&maker);
    put_conditions(&maker);
    tree_put_children(&maker);
    tree_put_references(&maker);
    tree_put_users(&maker);
    text_put_end(out);
}

const struct text_node *tree_make(const struct tree_index *index,
                                  const struct reconcile_object *self, struct base_arena *arena)
{
    const struct tree_maker maker = {.index = index, .self = self, .arena = arena};

    base_arena_reset(index->world->scratch);
    return text_built(arena, put_object, &maker);
}
