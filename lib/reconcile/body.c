/*
 * What is sent of a child: the rendered object, and beside it who owns it and what was
 * applied. Server-side apply removes what an earlier body had and this one has not;
 * the hash tells that there is such a thing when nothing else shows it.
 */
#include "reconcile/reconcile.h"

const char *reconcile_annotation(const struct reconcile_object *object, const char *key)
{
    return text_get_str(text_get(object->meta, "annotations"), key);
}

const char *reconcile_hash(struct reconcile_round *round, const struct text_node *wanted)
{
    struct base_buf json;

    base_buf_init(&json, round->world->scratch, NULL);
    text_write_json(wanted, /* indent= */ 0, &json);
    return base_arena_format(round->arena, "%016llx",
                             (unsigned long long)base_hash(BASE_HASH_SEED, json.data, json.len));
}

/* ---- replicas ---- */

static bool targets(const struct reconcile_object *scaler, const char *deployment)
{
    const struct text_node *ref =
        text_get(text_get(scaler->root, "spec"), "scaleTargetRef");
    const char *kind = text_get_str(ref, "kind");

    /* KEDA's may leave the kind out. */
    return base_str_eq(text_get_str(ref, "name"), deployment) &&
           (!kind || strcmp(kind, "Deployment") == 0);
}

bool reconcile_is_autoscaled(const struct reconcile_round *round, const char *deployment)
{
    const struct reconcile_world *world = round->world;

    assert(reconcile_reads(&round->controller->told, RES_AUTOSCALER));
    assert(reconcile_reads(&round->controller->told, RES_SCALED_OBJECT));
    for (size_t i = 0; i < world->n_items; i++) {
        const struct reconcile_object *item = &world->items[i];

        if ((item->resource == RES_AUTOSCALER || item->resource == RES_SCALED_OBJECT) &&
            !item->deleting && strcmp(item->name_space, round->self->name_space) == 0 &&
            targets(item, deployment))
            return true;
    }
    return false;
}

/* The map with an entry replaced, or left out when `value` is NULL. */
static struct text_node replace(struct base_arena *arena, const struct text_node *map,
                                const char *key, const struct text_node *value)
{
    struct text_pair *pairs = base_arena_alloc(arena, (map->len + 1) * sizeof(*pairs));
    struct text_node copy = *map;

    copy.len = 0;
    for (uint32_t i = 0; i < map->len; i++) {
        if (strcmp(map->u.pairs[i].key, key) == 0 && !value)
            continue;
        pairs[copy.len] = map->u.pairs[i];
        if (strcmp(map->u.pairs[i].key, key) == 0)
            pairs[copy.len].value = *value;
        copy.len++;
    }
    copy.u.pairs = pairs;
    return copy;
}

const struct text_node *reconcile_without_replicas(struct reconcile_round *round,
                                                   const struct text_node *root)
{
    struct text_node *copy = base_arena_alloc(round->arena, sizeof(*copy));
    struct text_node spec = replace(round->arena, text_get(root, "spec"), "replicas", NULL);

    *copy = replace(round->arena, root, "spec", &spec);
    return copy;
}

/* Whether somebody else than us has set the replicas, so that they stay when we let go. */
static bool replicas_are_taken(const struct reconcile_object *deployment)
{
    const struct text_node *managers = text_get(deployment->meta, "managedFields");

    for (uint32_t i = 0; managers && managers->type == TEXT_LIST && i < managers->len; i++) {
        const struct text_node *entry = &managers->u.items[i];
        const struct text_node *spec = text_get(text_get(entry, "fieldsV1"), "f:spec");

        if (!base_str_eq(text_get_str(entry, "manager"), RCTL_FIELD_MANAGER) &&
            text_get(spec, "f:replicas"))
            return true;
    }
    return false;
}

/*
 * An autoscaler's Deployment gets no replicas from us. But who lets go of a field that
 * nobody else holds makes the server forget it, and one pod would be left: until the
 * autoscaler has set it once, what is there is said again.
 */
static const struct text_node *kept_replicas(const struct reconcile_child *child)
{
    if (!child->autoscaled || !child->observed || replicas_are_taken(child->observed))
        return NULL;
    return text_get(text_get(child->observed->root, "spec"), "replicas");
}

/* ---- the body ---- */

const char *reconcile_applied_time(const struct reconcile_round *round,
                                   const struct reconcile_child *child)
{
    const char *time =
        child->observed ? reconcile_annotation(child->observed, RECONCILE_TIME_KEY) : NULL;
    char now[BASE_TIME_SIZE];

    if (time && base_str_eq(reconcile_annotation(child->observed, RECONCILE_HASH_KEY),
                            child->hash))
        return time;
    base_time_print(round->world->now, now);
    return base_arena_text(round->arena, now, strlen(now));
}

static void put_owner(struct reconcile_round *round)
{
    struct text_builder *out = &round->render.builder;

    text_put_list(out, "ownerReferences");
    text_put_map(out, NULL);
    text_put_str(out, "apiVersion", RCTL_API_VERSION);
    text_put_bool(out, "blockOwnerDeletion", true);
    text_put_bool(out, "controller", true);
    text_put_str(out, "kind", round->controller->told.kind);
    text_put_str(out, "name", round->self->name);
    text_put_str(out, "uid", round->self->uid);
    text_put_end(out);
    text_put_end(out);
}

static void put_annotations(struct reconcile_round *round, const struct reconcile_child *child,
                            const struct text_node *annotations)
{
    struct text_builder *out = &round->render.builder;

    text_put_map(out, "annotations");
    for (uint32_t i = 0; annotations && i < annotations->len; i++)
        text_put_node(out, annotations->u.pairs[i].key, &annotations->u.pairs[i].value);
    text_put_str(out, RECONCILE_HASH_KEY, child->hash);
    if (child->resource == RES_CONFIG_MAP)
        text_put_str(out, RECONCILE_TIME_KEY, reconcile_applied_time(round, child));
    text_put_end(out);
}

static void put_meta(struct reconcile_round *round, const struct reconcile_child *child,
                     const struct text_node *meta)
{
    struct text_builder *out = &round->render.builder;

    text_put_map(out, "metadata");
    put_annotations(round, child, text_get(meta, "annotations"));
    for (uint32_t i = 0; i < meta->len; i++)
        if (strcmp(meta->u.pairs[i].key, "annotations") != 0)
            text_put_node(out, meta->u.pairs[i].key, &meta->u.pairs[i].value);
    /* An object that is in no cluster yet cannot own anything. */
    if (round->self->uid[0])
        put_owner(round);
    /* With a uid in it, a body for what was deleted meanwhile makes nothing. */
    if (child->observed && child->observed->uid[0])
        text_put_str(out, "uid", child->observed->uid);
    text_put_end(out);
}

static void put_spec(struct reconcile_round *round, const struct text_node *spec,
                     const struct text_node *replicas)
{
    struct text_builder *out = &round->render.builder;

    text_put_map(out, "spec");
    for (uint32_t i = 0; i < spec->len; i++)
        text_put_node(out, spec->u.pairs[i].key, &spec->u.pairs[i].value);
    text_put_node(out, "replicas", replicas);
    text_put_end(out);
}

const struct text_node *reconcile_body(struct reconcile_round *round,
                                       const struct reconcile_child *child)
{
    const struct text_node *replicas = kept_replicas(child), *root = child->wanted;
    struct text_builder *out = &round->render.builder;

    text_put_map(out, NULL);
    for (uint32_t i = 0; i < root->len; i++) {
        const struct text_pair *pair = &root->u.pairs[i];

        if (strcmp(pair->key, "metadata") == 0)
            put_meta(round, child, &pair->value);
        else if (replicas && strcmp(pair->key, "spec") == 0)
            put_spec(round, &pair->value, replicas);
        else
            text_put_node(out, pair->key, &pair->value);
    }
    text_put_end(out);
    return text_build_finish(out);
}
