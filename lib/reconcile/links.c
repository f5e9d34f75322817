/*
 * What an object has to do with others of its namespace, so that a plan can be made from
 * a few objects instead of all. Names tie them: an object answers to some, and one of
 * our kinds asks for others. A key is the hash of such a name; two names that meet in
 * one key only make a world larger than it need be.
 */
#include "reconcile/reconcile.h"

struct linker {
    const rctl_links *to;
    struct base_arena *arena;
    const char *kind; /* of the object */
    const char *name;
};

/* The sorts of names, beside the kinds of ours and Service. */
static const char child[] = "", endpoints[] = "endpoints", pods[] = "pods";

static void tell(const struct linker *linker, rctl_link link, const char *sort, const char *name)
{
    uint64_t hash = base_hash(BASE_HASH_SEED, sort, strlen(sort) + 1);

    if (name)
        linker->to->link(linker->to->ctx, link, base_hash(hash, name, strlen(name)));
}

static void answer(const struct linker *linker, const char *sort, const char *name)
{
    tell(linker, RCTL_LINK_ANSWERS, sort, name);
}

static void ask(const struct linker *linker, const char *sort, const char *name)
{
    tell(linker, RCTL_LINK_ASKS, sort, name);
}

/* What children of an object of the kind answer to. */
static const char *children_of(const struct linker *linker, const char *kind)
{
    return base_arena_join(linker->arena, (const char *const[]){"of ", kind, NULL});
}

/* ---- objects of our kinds ---- */

static void link_ref(void *ctx, const struct schema_field *field, const void *ref,
                     const struct text_path *path)
{
    const struct linker *linker = ctx;
    const struct schema_str *name = kinds_ref_text(field, ref, "name");
    const struct schema_str *kind = kinds_ref_text(field, ref, "kind");

    (void)path;
    if (!name)
        return;
    ask(linker, kind && kind->v ? kind->v : field->target, name->v);
    /* The halves are one engine for all that refer to them: who looks at one looks at all. */
    if (strcmp(field->target, "PrefillDecodingDisaggregation") == 0)
        answer(linker, field->target, name->v);
    if (field->shape == &shape_backend_ref)
        ask(linker, "InferenceGateway", name->v); /* whose Service it may be */
}

static void ask_children(const struct linker *linker, const char *owner)
{
    for (const char *const *suffix = kinds_child_suffixes; *suffix; suffix++)
        ask(linker, child, kinds_child_name(linker->arena, owner, *suffix));
}

static void link_service(const struct linker *linker, const rctl_object *object,
                         const struct infsvc_spec *spec)
{
    const char *name = kinds_service_name(object, spec);

    if (strcmp(name, linker->name) != 0)
        ask_children(linker, name);
    ask(linker, "Service", name);
    ask(linker, endpoints, name);
}

static void link_routes(const struct linker *linker, const struct igw_spec *spec)
{
    const struct gateway_route *routes = spec->routes.items;

    for (size_t i = 0; spec->exposure && i < spec->routes.n_items; i++)
        if (routes[i].model.v)
            ask(linker, child,
                kinds_route_name(linker->arena, linker->name, routes[i].model.v));
}

static void link_claims(const struct linker *linker, rctl_object *object, const void *spec)
{
    const struct kinds_check check = {.walk = {.arena = linker->arena}, .object = object};
    struct kinds_claim claims[KINDS_MOST_CLAIMS];
    size_t n = object->kind->claims ? object->kind->claims(&check, spec, claims) : 0;

    for (size_t i = 0; i < n; i++) {
        ask(linker, child, claims[i].name);
        answer(linker, child, claims[i].name);
    }
}

static void link_ours(struct linker *linker, struct reconcile_world *world,
                      const struct reconcile_object *item)
{
    rctl_object *object =
        kinds_object_new(world->kinds, item->file, item->root, item->root->mark);
    const void *spec = object ? kinds_object_spec(object, linker->arena) : NULL;

    answer(linker, linker->kind, linker->name);
    ask(linker, children_of(linker, linker->kind), linker->name);
    ask_children(linker, linker->name);
    if (item->resource == RES_PDD) {
        ask(linker, linker->kind, linker->name);
        ask(linker, pods, kinds_child_name(linker->arena, linker->name, ""));
    }
    if (!spec)
        return;
    schema_each_ref(object->kind->spec, spec, NULL, link_ref, linker);
    link_claims(linker, object, spec);
    if (item->resource == RES_INFSVC)
        link_service(linker, object, spec);
    if (item->resource == RES_IGW)
        link_routes(linker, spec);
}

/* ---- others that have to be read for it ---- */

static void link_other(struct linker *linker, const struct reconcile_object *item)
{
    const struct text_node *labels = text_get(item->meta, "labels");
    const struct text_node *target = text_get(text_get(item->root, "spec"), "scaleTargetRef");

    if (item->resource == RES_ENDPOINT_SLICE)
        answer(linker, endpoints, text_get_str(labels, "kubernetes.io/service-name"));
    else if (item->resource == RES_POD)
        answer(linker, pods, text_get_str(labels, "app.kubernetes.io/instance"));
    else
        answer(linker, child, text_get_str(target, "name"));
}

/* ---- what is seen of an object ---- */

/* Other objects look at the spec, which has a generation, and at the condition Ready. */
static uint64_t shown_of_ours(const struct reconcile_object *item, struct base_arena *arena)
{
    const struct text_node *status = text_get(item->root, "status");
    const struct text_node *seen = text_get(status, "observedGeneration");
    const char *ready = text_get_str(reconcile_told(status, "Ready"), "status");
    const char *text;
    int64_t generation = -1;

    if (seen)
        text_int(seen, &generation);
    text = base_arena_format(arena, "%s %lld %lld %d %s", item->uid, (long long)item->generation,
                             (long long)generation, item->deleting, ready ? ready : "");
    return base_hash(BASE_HASH_SEED, text, strlen(text));
}

static uint64_t shown(const struct reconcile_object *item, const rctl_observed *object,
                      struct base_arena *arena)
{
    switch (item->resource) {
    case RES_ENDPOINT_SLICE: return reconcile_slice_is_ready(item);
    case RES_POD: return reconcile_pod_is_ready(item);
    case RES_AUTOSCALER:
    case RES_SCALED_OBJECT: return base_hash(BASE_HASH_SEED, object->data, object->len);
    default: return shown_of_ours(item, arena);
    }
}

/* ---- all of it ---- */

bool reconcile_link_plain(const rctl_observed *object, const rctl_links *links,
                          struct base_arena *arena)
{
    enum reconcile_resource resource = reconcile_find_resource(object->api_version, object->kind);
    struct linker linker = {links, arena, object->kind, object->name};
    size_t group = strlen(RCTL_GROUP);

    if (object->owner_api_version && object->owner_kind &&
        strncmp(object->owner_api_version, RCTL_GROUP "/", group + 1) == 0)
        answer(&linker, children_of(&linker, object->owner_kind), object->owner_name);
    if (resource >= RES_CHILDREN)
        return false;
    answer(&linker, child, object->name);
    if (resource == RES_SERVICE)
        answer(&linker, object->kind, object->name);
    return true;
}

uint64_t reconcile_link(struct reconcile_world *world, const rctl_observed *object,
                        const rctl_links *links)
{
    const struct reconcile_object *item = world->items;
    struct linker linker = {links, world->scratch, object->kind, object->name};

    if (world->n_items != 1)
        return base_hash(BASE_HASH_SEED, object->data, object->len);
    if (item->resource >= RES_INFSVC)
        link_ours(&linker, world, item);
    else
        link_other(&linker, item);
    return shown(item, object, linker.arena);
}
