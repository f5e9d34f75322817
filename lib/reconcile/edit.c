/*
 * What a user is about to apply: an observed object becomes what the API server would
 * make of it, with the next generation when its spec means something else.
 */
#include "reconcile/reconcile.h"

static bool same_spec(struct reconcile_world *world, enum reconcile_resource resource,
                      const struct text_node *a, const struct text_node *b)
{
    const struct kinds_kind *kind = kinds_find(reconcile_resources[resource].kind);
    const struct text_node *both[2] = {a, b}, *trees[2];

    if (!a || !b || a->type != TEXT_MAP || b->type != TEXT_MAP)
        return a == b;
    for (int i = 0; i < 2; i++) {
        struct schema_walk walk = {.arena = world->scratch};

        schema_encode(&world->builder, NULL, kind->spec,
                      schema_decode(&walk, kind->spec, both[i], NULL));
        trees[i] = text_build_finish(&world->builder);
    }
    return text_equal(trees[0], trees[1]);
}

static struct text_node number(struct base_arena *arena, int64_t value)
{
    const char *text = base_arena_format(arena, "%lld", (long long)value);

    return (struct text_node){TEXT_INT, TEXT_PLAIN, (uint32_t)strlen(text), {0, 0}, {text}};
}

struct text_node reconcile_with_entry(struct base_arena *arena, const struct text_node *map,
                                      const char *key, const struct text_node *value)
{
    struct text_node copy = *map;
    struct text_pair *pairs = base_arena_alloc(arena, (map->len + 1) * sizeof(*pairs));
    uint32_t at = 0;

    if (map->len)
        memcpy(pairs, map->u.pairs, map->len * sizeof(*pairs));
    while (at < map->len && strcmp(pairs[at].key, key) != 0)
        at++;
    if (at == map->len)
        pairs[copy.len++] = (struct text_pair){
            .key = key, .key_len = (uint32_t)strlen(key), .mark = map->mark};
    pairs[at].value = *value;
    copy.u.pairs = pairs;
    return copy;
}

void reconcile_edit(struct reconcile_world *world, struct reconcile_object *old,
                    const struct text_node *root, uint32_t file)
{
    static const char *const taken[] = {"labels", "annotations"};
    const struct text_node *spec = text_get(root, "spec"), *meta = text_get(root, "metadata");
    struct text_node *edited = base_arena_alloc(world->arena, sizeof(*edited));
    struct text_node new_meta = *old->meta;
    struct reconcile_object object;

    if (spec && !same_spec(world, old->resource, text_get(old->root, "spec"), spec)) {
        struct text_node generation = number(world->arena, old->generation + 1);

        new_meta = reconcile_with_entry(world->arena, &new_meta, "generation", &generation);
    }
    for (size_t i = 0; i < BASE_COUNT(taken); i++)
        if (text_get(meta, taken[i]))
            new_meta = reconcile_with_entry(world->arena, &new_meta, taken[i],
                                            text_get(meta, taken[i]));
    *edited = reconcile_with_entry(world->arena, old->root, "metadata", &new_meta);
    if (spec)
        *edited = reconcile_with_entry(world->arena, edited, "spec", spec);
    object = reconcile_describe(world, old->resource, file, edited);
    object.edited = true;
    *old = object;
}
