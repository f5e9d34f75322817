/* The model of an API server. */
#include "support/model.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- trees ---- */

static void keep(void *ctx, const struct text_doc *doc)
{
    *(const struct text_node **)ctx = doc->root;
}

const struct text_node *model_parse(struct base_arena *arena, const char *data, size_t len)
{
    const struct text_node *root = NULL;
    struct rctl_diags diags;
    struct text_reader reader = {.arena = arena,
                                 .keys = text_interner_new(arena),
                                 .limits = &text_limits_default,
                                 .diags = &diags,
                                 .each = keep,
                                 .ctx = &root};

    diag_init(&diags, arena, 0);
    text_read(&reader, data, len);
    return root;
}

/* Whether anything of a map is left once what `old` had is taken out. */
static bool is_left(const struct text_node *live, const struct text_node *old)
{
    for (uint32_t i = 0; i < live->len; i++) {
        const struct text_pair *pair = &live->u.pairs[i];
        const struct text_node *had = text_get(old, pair->key);

        if (!had || (pair->value.type == TEXT_MAP && is_left(&pair->value, had)))
            return true;
    }
    return false;
}

/*
 * Server-side apply with one manager whose lists are single values: what the last body
 * had and the new one has not goes, what others added stays.
 */
static void put_merged(struct text_builder *out, const char *key, const struct text_node *live,
                       const struct text_node *old, const struct text_node *new)
{
    if (!new && old && live && (live->type != TEXT_MAP || !is_left(live, old)))
        return;
    if ((new && new->type != TEXT_MAP) || !live || live->type != TEXT_MAP) {
        if (new || live)
            text_put_node(out, key, new ? new : live);
        return;
    }
    text_put_map(out, key);
    for (uint32_t i = 0; i < live->len; i++)
        put_merged(out, live->u.pairs[i].key, &live->u.pairs[i].value,
                   text_get(old, live->u.pairs[i].key), text_get(new, live->u.pairs[i].key));
    for (uint32_t i = 0; new && i < new->len; i++)
        if (!text_get(live, new->u.pairs[i].key))
            text_put_node(out, new->u.pairs[i].key, &new->u.pairs[i].value);
    text_put_end(out);
}

static const struct text_node *merged(struct server *model, const struct text_node *live,
                                      const struct text_node *old, const struct text_node *new)
{
    put_merged(model->out, NULL, live, old, new);
    return text_build_finish(model->out);
}

static const struct text_node *parse(struct server *model, const char *json)
{
    return model_parse(model->arena, json, strlen(json));
}

/* ---- defaults ---- */

/* The same amount comes back in other words: 64Gi as 65536Mi. */
static const struct text_node *rewrite_quantity(struct server *model, const struct text_node *node)
{
    const char *end = node->type == TEXT_STR ? strstr(node->u.str, "Gi") : NULL;
    struct text_node *copy = base_arena_alloc(model->arena, sizeof(*copy));

    *copy = *node;
    if (end && end[2] == '\0') {
        copy->u.str =
            base_arena_format(model->arena, "%ldMi", strtol(node->u.str, NULL, 10) * 1024);
        copy->len = (uint32_t)strlen(copy->u.str);
    }
    return copy;
}

static void put_container(struct server *model, const struct text_node *container)
{
    text_put_map(model->out, NULL);
    for (uint32_t i = 0; i < container->len; i++) {
        const struct text_pair *pair = &container->u.pairs[i];

        if (strcmp(pair->key, "resources") != 0) {
            text_put_node(model->out, pair->key, &pair->value);
            continue;
        }
        text_put_map(model->out, pair->key);
        for (uint32_t k = 0; k < pair->value.len; k++) {
            const struct text_pair *group = &pair->value.u.pairs[k];

            text_put_map(model->out, group->key);
            for (uint32_t n = 0; n < group->value.len; n++)
                text_put_node(model->out, group->value.u.pairs[n].key,
                              rewrite_quantity(model, &group->value.u.pairs[n].value));
            text_put_end(model->out);
        }
        text_put_end(model->out);
    }
    if (!text_get(container, "imagePullPolicy"))
        text_put_str(model->out, "imagePullPolicy", "IfNotPresent");
    text_put_end(model->out);
}

static const struct text_node *with_containers(struct server *model, const struct text_node *root)
{
    const struct text_node *list = text_path_find(root, "spec.template.spec.containers");
    const struct text_node *made;

    text_put_map(model->out, NULL);
    text_put_map(model->out, "spec");
    text_put_map(model->out, "template");
    text_put_map(model->out, "spec");
    text_put_list(model->out, "containers");
    for (uint32_t i = 0; i < list->len; i++)
        put_container(model, &list->u.items[i]);
    text_put_end(model->out);
    text_put_str(model->out, "dnsPolicy", "ClusterFirst");
    text_put_end(model->out);
    text_put_end(model->out);
    text_put_int(model->out, "revisionHistoryLimit", 10);
    text_put_end(model->out);
    text_put_end(model->out);
    made = text_build_finish(model->out);
    return merged(model, root, NULL, made);
}

static const struct text_node *with_defaults(struct server *model, const char *kind,
                                             const struct text_node *root)
{
    if (strcmp(kind, "Deployment") == 0) {
        root = with_containers(model, root);
        if (!text_path_find(root, "spec.replicas"))
            root = merged(model, root, NULL, parse(model, "{\"spec\":{\"replicas\":1}}"));
    } else if (strcmp(kind, "Service") == 0 && !text_path_find(root, "spec.clusterIP")) {
        root = merged(model, root, NULL,
                      parse(model, "{\"spec\":{\"clusterIP\":\"10.0.0.7\","
                                   "\"internalTrafficPolicy\":\"Cluster\"}}"));
    }
    return root;
}

/* ---- objects ---- */

struct server_object *model_find(struct server *model, const char *kind, const char *name)
{
    for (size_t i = 0; i < model->n_items; i++)
        if (!model->items[i].gone && strcmp(model->items[i].kind, kind) == 0 &&
            strcmp(model->items[i].name, name) == 0)
            return &model->items[i];
    return NULL;
}

static const char *owner_of(const struct text_node *root)
{
    const struct text_node *list = text_path_find(root, "metadata.ownerReferences");

    return list && list->len ? text_get_str(&list->u.items[0], "uid") : NULL;
}

static struct server_object *add(struct server *model, const struct text_node *root)
{
    const struct text_node *meta = text_get(root, "metadata");
    struct server_object *object = &model->items[model->n_items++];

    assert(model->n_items <= BASE_COUNT(model->items));
    *object = (struct server_object){
        .api_version = text_get_str(root, "apiVersion"),
        .kind = text_get_str(root, "kind"),
        .name_space = "default",
        .name = text_get_str(meta, "name"),
        .uid = base_arena_format(model->arena, "uid-%u", ++model->births),
        .generation = 0,
    };
    return object;
}

/* Stores a new state; a write that changes nothing is none. */
static void store(struct server *model, struct server_object *object, const struct text_node *root)
{
    const struct text_node *before = object->root;

    root = with_defaults(model, object->kind, root);
    if (before && text_equal(before, root))
        return;
    if (!before || !text_equal(text_get(before, "spec") ? text_get(before, "spec") : before,
                               text_get(root, "spec") ? text_get(root, "spec") : root))
        object->generation++;
    object->root = root;
    object->owner = owner_of(root);
    object->version = ++model->version;
}

void model_put(struct server *model, const struct text_node *root)
{
    const char *kind = text_get_str(root, "kind");
    const char *name = text_get_str(text_get(root, "metadata"), "name");
    struct server_object *object = model_find(model, kind, name);
    const struct text_node *status = object ? text_get(object->root, "status") : NULL;

    if (!object)
        object = add(model, root);
    text_put_map(model->out, NULL);
    for (uint32_t i = 0; i < root->len; i++)
        if (strcmp(root->u.pairs[i].key, "status") != 0)
            text_put_node(model->out, root->u.pairs[i].key, &root->u.pairs[i].value);
    if (status)
        text_put_node(model->out, "status", status);
    text_put_end(model->out);
    store(model, object, text_build_finish(model->out));
}

/* ---- actions ---- */

static void put_without(struct server *model, const struct text_node *map, const char *key)
{
    for (uint32_t i = 0; map && i < map->len; i++)
        if (strcmp(map->u.pairs[i].key, key) != 0)
            text_put_node(model->out, map->u.pairs[i].key, &map->u.pairs[i].value);
}

const struct text_node *model_without_status(struct server *model, const struct text_node *root)
{
    text_put_map(model->out, NULL);
    put_without(model, root, "status");
    text_put_end(model->out);
    return text_build_finish(model->out);
}

static bool act_status(struct server *model, struct server_object *object,
                       const struct text_node *body)
{
    text_put_map(model->out, NULL);
    put_without(model, object->root, "status");
    text_put_node(model->out, "status", text_get(body, "status"));
    text_put_end(model->out);
    store(model, object, text_build_finish(model->out));
    return true;
}

/* Of the body, what the server takes for itself is no part of the object. */
static const struct text_node *strip(struct server *model, const struct text_node *body)
{
    text_put_map(model->out, NULL);
    put_without(model, body, "metadata");
    text_put_map(model->out, "metadata");
    put_without(model, text_get(body, "metadata"), "uid");
    text_put_end(model->out);
    text_put_end(model->out);
    return text_build_finish(model->out);
}

static bool act_apply(struct server *model, struct server_object *object,
                      const struct text_node *body)
{
    static const char *const fixed[] = {"spec.selector", "roleRef"};
    const struct text_node *stripped = strip(model, body);

    for (size_t i = 0; object && i < BASE_COUNT(fixed); i++) {
        const struct text_node *a = text_path_find(object->root, fixed[i]);
        const struct text_node *b = text_path_find(stripped, fixed[i]);

        if (strcmp(object->kind, "Service") != 0 && a && b && !text_equal(a, b))
            return false;
    }
    if (!object) {
        object = add(model, stripped);
        store(model, object, stripped);
    } else {
        store(model, object, merged(model, object->root, object->applied, stripped));
    }
    object->applied = stripped;
    return true;
}

bool model_act(struct server *model, const rctl_action *action, const struct text_node *body)
{
    struct server_object *object = model_find(model, action->kind, action->name);

    if (action->type == RCTL_ACTION_EVENT || action->type == RCTL_ACTION_PROBE)
        return true;
    if (action->precondition == RCTL_PRECONDITION_ABSENT)
        return !object && act_apply(model, NULL, body);
    if (!object)
        return action->type == RCTL_ACTION_DELETE;
    if (!action->uid || strcmp(action->uid, object->uid) != 0)
        return false;
    if (action->type == RCTL_ACTION_STATUS)
        return act_status(model, object, body);
    if (action->type == RCTL_ACTION_APPLY)
        return act_apply(model, object, body);
    object->gone = true;
    model->version++;
    return true;
}

void model_delete(struct server *model, const char *kind, const char *name)
{
    struct server_object *object = model_find(model, kind, name);

    object->gone = true;
    model->version++;
}

/* ---- what goes by itself ---- */

static bool is_alive(const struct server *model, const char *uid)
{
    for (size_t i = 0; i < model->n_items; i++)
        if (!model->items[i].gone && strcmp(model->items[i].uid, uid) == 0)
            return true;
    return false;
}

static void run_deployment(struct server *model, struct server_object *object)
{
    int64_t replicas = 1;
    const struct text_node *status;

    text_int(text_path_find(object->root, "spec.replicas"), &replicas);
    status = parse(model, base_arena_format(
                              model->arena,
                              "{\"status\":{\"observedGeneration\":%lld,\"replicas\":%lld,"
                              "\"updatedReplicas\":%lld,\"readyReplicas\":%lld}}",
                              (long long)object->generation, (long long)replicas,
                              (long long)replicas, (long long)replicas));
    store(model, object, merged(model, object->root, NULL, status));
}

void model_run(struct server *model)
{
    for (size_t i = 0; i < model->n_items; i++) {
        struct server_object *object = &model->items[i];

        if (object->gone)
            continue;
        if (object->owner && !is_alive(model, object->owner)) {
            object->gone = true;
            model->version++;
        } else if (strcmp(object->kind, "Deployment") == 0) {
            run_deployment(model, object);
        }
    }
}

/* ---- what is seen ---- */

static void put_object(const struct server *model, const struct server_object *object,
                       enum model_view view)
{
    bool identity = view == MODEL_WHOLE;
    struct text_builder *out = model->out;
    const struct text_node *meta = text_get(object->root, "metadata");

    text_put_map(out, NULL);
    for (uint32_t i = 0; i < object->root->len; i++)
        if (strcmp(object->root->u.pairs[i].key, "metadata") != 0 &&
            (strcmp(object->root->u.pairs[i].key, "status") != 0 || identity ||
             (view == MODEL_ENDS && strcmp(object->kind, "Deployment") != 0)))
            text_put_node(out, object->root->u.pairs[i].key, &object->root->u.pairs[i].value);
    text_put_map(out, "metadata");
    for (uint32_t i = 0; i < meta->len; i++)
        if (identity || strcmp(meta->u.pairs[i].key, "ownerReferences") != 0)
            text_put_node(out, meta->u.pairs[i].key, &meta->u.pairs[i].value);
    if (identity) {
        text_put_str(out, "uid", object->uid);
        text_put_str(out, "resourceVersion",
                     base_arena_format(model->arena, "%llu", (unsigned long long)object->version));
        text_put_int(out, "generation", object->generation);
        text_put_str(out, "creationTimestamp", "2026-01-01T00:00:00Z");
    }
    text_put_end(out);
    text_put_end(out);
}

static int compare_names(const void *a, const void *b)
{
    const struct server_object *const *one = a, *const *other = b;
    int order = strcmp((*one)->kind, (*other)->kind);

    return order ? order : strcmp((*one)->name, (*other)->name);
}

const char *model_list(const struct server *model, uint64_t seed, enum model_view view)
{
    const struct server_object *order[BASE_COUNT(model->items)];
    struct base_buf json;
    size_t n = 0;

    for (size_t i = 0; i < model->n_items; i++)
        if (!model->items[i].gone)
            order[n++] = &model->items[i];
    qsort(order, n, sizeof(order[0]), compare_names);
    for (size_t i = n; seed && i > 1; i--) {
        const struct server_object *kept = order[i - 1];
        size_t k;

        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        k = (size_t)(seed >> 33) % i;
        order[i - 1] = order[k];
        order[k] = kept;
    }
    text_put_map(model->out, NULL);
    text_put_str(model->out, "apiVersion", "v1");
    text_put_str(model->out, "kind", "List");
    text_put_list(model->out, "items");
    for (size_t i = 0; i < n; i++)
        put_object(model, order[i], view);
    text_put_end(model->out);
    text_put_end(model->out);
    base_buf_init(&json, model->arena, NULL);
    /* Keys in order: what was written when must not show. */
    text_write_json(text_sorted(text_build_finish(model->out), model->arena), 0, &json);
    return json.data;
}
