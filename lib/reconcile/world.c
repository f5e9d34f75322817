/*
 * The snapshot: observed objects of the kinds that controllers read, found by name, and
 * those of our kinds linked and checked by the code that checks files. The older of
 * two objects comes first, whatever order they came in, since the older one wins.
 */
#include "reconcile/reconcile.h"

enum { FIRST_BUCKETS = 64 };

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* ---- index ---- */

static size_t find_bucket(const struct reconcile_world *world, enum reconcile_resource resource,
                          const char *name_space, const char *name)
{
    uint64_t hash = base_hash(BASE_HASH_SEED + resource, name_space, strlen(name_space) + 1);
    size_t at = (size_t)base_hash(hash, name, strlen(name)) & (world->n_buckets - 1);

    for (; world->buckets[at]; at = (at + 1) & (world->n_buckets - 1)) {
        const struct reconcile_object *item = &world->items[world->buckets[at] - 1];

        if (item->resource == resource && strcmp(item->name, name) == 0 &&
            strcmp(item->name_space, name_space) == 0)
            break;
    }
    return at;
}

static void rebuild_index(struct reconcile_world *world, size_t n_buckets)
{
    world->n_buckets = n_buckets;
    world->buckets = base_arena_zalloc(world->arena, n_buckets * sizeof(*world->buckets));
    for (size_t i = 0; i < world->n_items; i++) {
        const struct reconcile_object *item = &world->items[i];

        world->buckets[find_bucket(world, item->resource, item->name_space, item->name)] =
            (uint32_t)i + 1;
    }
}

static struct reconcile_object *find(const struct reconcile_world *world,
                                     enum reconcile_resource resource, const char *name_space,
                                     const char *name)
{
    uint32_t found;

    if (world->n_buckets == 0)
        return NULL;
    found = world->buckets[find_bucket(world, resource, name_space, name)];
    return found ? &world->items[found - 1] : NULL;
}

const struct reconcile_object *reconcile_find(const struct reconcile_world *world,
                                              enum reconcile_resource resource,
                                              const char *name_space, const char *name)
{
    return find(world, resource, name_space, name);
}

/* ---- adding ---- */

/* The one owner that controls an object. */
static const struct text_node *find_controller(const struct text_node *meta)
{
    const struct text_node *owners = text_get(meta, "ownerReferences");

    for (uint32_t i = 0; owners && owners->type == TEXT_LIST && i < owners->len; i++) {
        const struct text_node *owner = &owners->u.items[i];
        const struct text_node *controls = text_get(owner, "controller");

        if (controls && controls->type == TEXT_BOOL && text_bool(controls))
            return owner;
    }
    return NULL;
}

struct reconcile_object reconcile_describe(const struct reconcile_world *world,
                                           enum reconcile_resource resource, uint32_t file,
                                           const struct text_node *root)
{
    const struct text_node *meta = text_get(root, "metadata");
    const struct text_node *generation = text_get(meta, "generation");
    const char *name_space = text_get_str(meta, "namespace");
    struct reconcile_object object = {
        .resource = resource,
        .name_space = name_space && *name_space ? name_space : world->kinds->default_namespace,
        .name = or_empty(text_get_str(meta, "name")),
        .uid = or_empty(text_get_str(meta, "uid")),
        .created = or_empty(text_get_str(meta, "creationTimestamp")),
        .version = or_empty(text_get_str(meta, "resourceVersion")),
        .controller = find_controller(meta),
        .deleting = text_get_str(meta, "deletionTimestamp") != NULL,
        .root = root,
        .meta = meta,
        .file = file,
    };

    if (generation)
        text_int(generation, &object.generation);
    return object;
}

/* Versions are decimal numbers that may be longer than any type of ours. */
static bool is_newer(const struct reconcile_object *a, const struct reconcile_object *b)
{
    size_t one = strlen(a->version), other = strlen(b->version);

    return one != other ? one > other : strcmp(a->version, b->version) > 0;
}

static void add_object(struct reconcile_world *world, const struct reconcile_object *object)
{
    struct reconcile_object *old =
        find(world, object->resource, object->name_space, object->name);

    if (old) {
        if (is_newer(object, old))
            *old = *object;
        return;
    }
    world->items = kinds_world_grow(world->kinds, world->items, world->n_items, &world->room,
                                    sizeof(*world->items));
    if (2 * (world->n_items + 1) > world->n_buckets)
        rebuild_index(world, world->n_buckets ? 2 * world->n_buckets : FIRST_BUCKETS);
    world->items[world->n_items++] = *object;
    world->buckets[find_bucket(world, object->resource, object->name_space, object->name)] =
        (uint32_t)world->n_items;
}

/* ---- documents ---- */

/* "PodList" -> "Pod"; NULL when it is no list. */
static const char *item_kind(struct reconcile_world *world, const char *kind)
{
    size_t len = strlen(kind);

    if (len < 4 || strcmp(kind + len - 4, "List") != 0)
        return NULL;
    return base_arena_text(world->arena, kind, len - 4);
}

static void add_tree(struct reconcile_world *world, uint32_t file, const struct text_node *root,
                     const char *api_version, const char *kind, bool edit)
{
    enum reconcile_resource resource;
    struct reconcile_object object, *old;

    if (root->type != TEXT_MAP || !api_version || !kind)
        return;
    resource = reconcile_find_resource(api_version, kind);
    if (resource == RES__COUNT)
        return;
    /* Items of a typed list do not say what they are. */
    if (!text_get(root, "kind")) {
        struct text_node *whole = base_arena_alloc(world->arena, sizeof(*whole));
        struct text_node word = {TEXT_STR, TEXT_QUOTED, (uint32_t)strlen(kind), {0, 0}, {kind}};

        *whole = reconcile_with_entry(world->arena, root, "kind", &word);
        word.u.str = api_version;
        word.len = (uint32_t)strlen(api_version);
        *whole = reconcile_with_entry(world->arena, whole, "apiVersion", &word);
        root = whole;
    }
    object = reconcile_describe(world, resource, file, root);
    if (object.name[0] == '\0')
        return;
    old = find(world, resource, object.name_space, object.name);
    if (edit && old && resource >= RES_INFSVC && old->meta && old->meta->type == TEXT_MAP) {
        reconcile_edit(world, old, root, file);
        return;
    }
    object.edited = edit;
    add_object(world, &object);
}

void reconcile_world_add(struct reconcile_world *world, uint32_t file, const struct text_doc *doc,
                         bool edit)
{
    const char *api_version = text_get_str(doc->root, "apiVersion");
    const char *kind = text_get_str(doc->root, "kind");
    const struct text_node *items = text_get(doc->root, "items");
    const char *of_items = kind ? item_kind(world, kind) : NULL;

    world->kinds->n_documents++;
    if (!doc->root)
        return;
    if (!of_items || !items) {
        add_tree(world, file, doc->root, api_version, kind, edit);
        return;
    }
    for (uint32_t i = 0; items->type == TEXT_LIST && i < items->len; i++) {
        const struct text_node *item = &items->u.items[i];
        const char *own_version = text_get_str(item, "apiVersion");
        const char *own_kind = text_get_str(item, "kind");

        add_tree(world, file, item, own_version ? own_version : api_version,
                 own_kind ? own_kind : of_items, edit);
    }
}

/* ---- sealing ---- */

/* What has no time yet is the youngest. */
static int compare_ages(const void *one, const void *other)
{
    const struct reconcile_object *a = one, *b = other;
    int order = (a->created[0] == '\0') - (b->created[0] == '\0');

    if (order == 0)
        order = strcmp(a->created, b->created);
    if (order == 0)
        order = strcmp(a->uid, b->uid);
    if (order == 0)
        order = strcmp(a->name_space, b->name_space);
    if (order == 0)
        order = strcmp(a->name, b->name);
    return order ? order : (int)a->resource - (int)b->resource;
}

static void link_kinds(struct reconcile_world *world)
{
    for (size_t i = 0; i < world->n_items; i++) {
        struct reconcile_object *item = &world->items[i];
        struct text_doc doc = {item->root, item->root->mark};
        size_t before = world->kinds->n_objects;

        if (item->resource != RES_SERVICE && item->resource < RES_INFSVC)
            continue;
        base_arena_reset(world->scratch);
        kinds_world_add(world->kinds, item->file, &doc);
        if (world->kinds->n_objects > before)
            item->ours = world->kinds->objects[before];
    }
}

void reconcile_world_seal(struct reconcile_world *world)
{
    struct reconcile_object *spare;

    /* Memory was refused half-way: what is not linked would look as if it were not there. */
    if (world->sealed && !world->whole)
        base_raise(&world->arena->mem->fail, RCTL_E_NOMEM);
    if (world->sealed)
        return;
    world->sealed = true;
    if (world->n_items) {
        spare = base_arena_alloc(world->scratch, world->n_items * sizeof(*spare));
        base_sort(world->items, spare, world->n_items, sizeof(*spare), compare_ages);
        rebuild_index(world, world->n_buckets);
    }
    world->kinds->in_cluster = true;
    world->kinds->missing = RCTL_MISSING_ERROR;
    link_kinds(world);
    reconcile_find_foreign_backends(world);
    world->checker = (struct render){.world = world->kinds, .arena = world->arena};
    render_check(&world->checker);
    world->whole = true;
}

/* ---- keys ---- */

/* Kinds in the order of their controllers. */
static int compare_keys(const void *one_key, const void *other_key)
{
    const rctl_key *a = one_key, *b = other_key;
    int order = strcmp(a->name_space, b->name_space);

    if (order == 0) {
        const struct reconcile_controller *one = reconcile_find_controller(a->kind);
        const struct reconcile_controller *other = reconcile_find_controller(b->kind);

        order = (one > other) - (one < other);
    }
    return order ? order : strcmp(a->name, b->name);
}

rctl_key *reconcile_keys(struct reconcile_world *world, size_t *ret_n)
{
    rctl_key *keys = base_arena_alloc(world->arena, (world->n_items + 1) * 2 * sizeof(*keys));
    size_t n = 0;

    for (size_t i = 0; i < world->n_items; i++) {
        const struct reconcile_object *item = &world->items[i];

        if (item->resource >= RES_INFSVC && item->ours)
            keys[n++] = (rctl_key){reconcile_resources[item->resource].kind, item->name_space,
                                   item->name};
    }
    base_sort(keys, keys + n, n, sizeof(*keys), compare_keys);
    *ret_n = n;
    return keys;
}

/* ---- probes ---- */

void reconcile_world_add_probe(struct reconcile_world *world, const rctl_probe *probe)
{
    rctl_probe *copy = NULL;

    for (size_t i = 0; i < world->n_probes && !copy; i++)
        if (strcmp(world->probes[i].url, probe->url) == 0)
            copy = &world->probes[i];
    if (!copy) {
        world->probes = kinds_world_grow(world->kinds, world->probes, world->n_probes,
                                         &world->probes_room, sizeof(*world->probes));
        copy = &world->probes[world->n_probes++];
    }
    *copy = *probe;
    copy->url = base_arena_text(world->arena, probe->url, strlen(probe->url));
    copy->body = probe->body ? base_arena_text(world->arena, probe->body, probe->body_len) : NULL;
}

const rctl_probe *reconcile_find_probe(const struct reconcile_world *world, const char *url)
{
    if (world->find_probe)
        return world->find_probe(world->find_ctx, url);
    for (size_t i = 0; i < world->n_probes; i++)
        if (strcmp(world->probes[i].url, url) == 0)
            return &world->probes[i];
    return NULL;
}
