/*
 * All objects of a set and the index that finds them by kind, namespace and name.
 * Arrays double in the arena; the old halves are the price of owning nothing else.
 */
#include "kinds/kinds.h"

enum { FIRST_ROOM = 16 };

void kinds_world_init(struct kinds_world *world, struct base_arena *arena,
                      struct base_arena *scratch, struct rctl_diags *diags,
                      const struct kinds_tables *tables)
{
    *world = (struct kinds_world){.arena = arena,
                                  .scratch = scratch,
                                  .diags = diags,
                                  .tables = tables,
                                  .default_namespace = "default"};
}

struct rctl_diags kinds_silent(const struct kinds_world *world)
{
    struct rctl_diags diags;

    diag_init(&diags, world->scratch, /* cap= */ 1);
    diags.files = world->diags->files;
    diags.n_files = world->diags->n_files;
    return diags;
}

void *kinds_world_grow(struct kinds_world *world, void *items, size_t n, size_t *room,
                       size_t size)
{
    void *larger;

    if (n < *room)
        return items;
    *room = *room ? *room * 2 : FIRST_ROOM;
    larger = base_arena_alloc(world->arena, *room * size);
    if (n)
        memcpy(larger, items, n * size);
    return larger;
}

static uint64_t hash_name(const char *kind, const char *name_space, const char *name)
{
    uint64_t hash = base_hash(BASE_HASH_SEED, kind, strlen(kind) + 1);

    hash = base_hash(hash, name_space, strlen(name_space) + 1);
    return base_hash(hash, name, strlen(name));
}

static size_t find_bucket(const struct kinds_world *world, const char *kind,
                          const char *name_space, const char *name)
{
    size_t at = (size_t)hash_name(kind, name_space, name) & (world->n_buckets - 1);

    for (; world->buckets[at]; at = (at + 1) & (world->n_buckets - 1)) {
        const rctl_object *object = world->objects[world->buckets[at] - 1];

        if (strcmp(object->name, name) == 0 && strcmp(object->name_space, name_space) == 0 &&
            strcmp(object->kind->kind, kind) == 0)
            break;
    }
    return at;
}

rctl_object *kinds_world_find(const struct kinds_world *world, const char *kind,
                              const char *name_space, const char *name)
{
    uint32_t found;

    if (world->n_buckets == 0)
        return NULL;
    found = world->buckets[find_bucket(world, kind, name_space, name)];
    return found ? world->objects[found - 1] : NULL;
}

static void rebuild_index(struct kinds_world *world)
{
    world->n_buckets = world->n_buckets ? world->n_buckets * 2 : 4 * FIRST_ROOM;
    world->buckets =
        base_arena_zalloc(world->arena, world->n_buckets * sizeof(*world->buckets));
    for (size_t i = 0; i < world->n_objects; i++) {
        const rctl_object *object = world->objects[i];
        size_t at = find_bucket(world, object->kind->kind, object->name_space, object->name);

        if (!world->buckets[at])
            world->buckets[at] = (uint32_t)i + 1;
    }
}

static void add_object(struct kinds_world *world, rctl_object *object)
{
    const rctl_object *first = NULL;

    world->objects = kinds_world_grow(world, world->objects, world->n_objects,
                                      &world->objects_room, sizeof(rctl_object *));
    if (2 * (world->n_objects + 1) > world->n_buckets)
        rebuild_index(world);
    if (object->name[0] != '\0') {
        size_t at = find_bucket(world, object->kind->kind, object->name_space, object->name);

        if (world->buckets[at])
            first = world->objects[world->buckets[at] - 1];
        else
            world->buckets[at] = (uint32_t)world->n_objects + 1;
    }
    object->index = (uint32_t)world->n_objects;
    world->objects[world->n_objects++] = object;
    if (object->kind != &kinds_service) {
        world->ours = kinds_world_grow(world, world->ours, world->n_ours, &world->ours_room,
                                       sizeof(rctl_object *));
        world->ours[world->n_ours++] = object;
    }
    if (first && object->kind != &kinds_service) {
        struct diag_entry *entry = diag_add(
            world->diags, DIAG_OBJECT_DUPLICATE,
            (struct diag_mark){object->file, object->mark.line, object->mark.column},
            kinds_object_label(object, world->scratch), "metadata.name", "give one of them another name, or remove it",
            "%s '%s' is given twice in namespace '%s'", object->kind->kind, object->name,
            object->name_space);

        diag_related(world->diags, entry,
                     (struct diag_mark){first->file, first->mark.line, first->mark.column},
                     "first given here");
        object->has_errors = true;
    }
}

static void add_tree(struct kinds_world *world, uint32_t file, const struct text_node *root,
                     struct text_mark mark)
{
    const struct text_node *items = text_get(root, "items");
    const char *kind = text_get_str(root, "kind");
    rctl_object *object;

    if (kind && items && items->type == TEXT_LIST && base_str_eq(kind, "List")) {
        for (uint32_t i = 0; i < items->len; i++)
            add_tree(world, file, &items->u.items[i], items->u.items[i].mark);
        return;
    }
    object = kinds_object_new(world, file, root, mark);
    if (object)
        add_object(world, object);
    if (world->keep_others && (!object || object->kind == &kinds_service) &&
        root->type == TEXT_MAP && kind) {
        world->others = kinds_world_grow(world, world->others, world->n_others,
                                         &world->others_room, sizeof(*world->others));
        world->others[world->n_others++] = (struct kinds_other){root};
    }
}

void kinds_world_add(struct kinds_world *world, uint32_t file, const struct text_doc *doc)
{
    world->n_documents++;
    if (doc->root)
        add_tree(world, file, doc->root, doc->mark);
}
