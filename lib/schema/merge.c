/*
 * A strategic merge, as kubectl's: maps are merged, a null deletes its key, lists
 * with a merge key are merged item by item, and other lists are replaced whole. Of
 * fields that exclude each other, the overlay's ends the base's, so that a probe
 * by TCP can take the place of one by HTTP. The result shares the nodes of both.
 */
#include "schema/schema.h"

static struct text_node merge_value(const struct schema_field *field,
                                    const struct schema_shape *shape,
                                    const struct text_node *base, const struct text_node *overlay,
                                    struct base_arena *arena);

/* A value without the nulls inside it: they would delete what is not there. */
static struct text_node without_nulls(const struct text_node *node, struct base_arena *arena)
{
    struct text_node copy = *node;

    if (node->type == TEXT_LIST && node->len) {
        struct text_node *items = base_arena_alloc(arena, node->len * sizeof(*items));

        for (uint32_t i = 0; i < node->len; i++)
            items[i] = without_nulls(&node->u.items[i], arena);
        copy.u.items = items;
    } else if (node->type == TEXT_MAP && node->len) {
        struct text_pair *pairs = base_arena_alloc(arena, node->len * sizeof(*pairs));

        copy.len = 0;
        for (uint32_t i = 0; i < node->len; i++) {
            if (node->u.pairs[i].value.type == TEXT_NULL)
                continue;
            pairs[copy.len] = node->u.pairs[i];
            pairs[copy.len++].value = without_nulls(&node->u.pairs[i].value, arena);
        }
        copy.u.pairs = pairs;
    }
    return copy;
}

static bool sets(const struct text_node *map, const char *key)
{
    const struct text_node *value = text_get(map, key);

    return value && value->type != TEXT_NULL;
}

/* Does the overlay choose among fields that exclude each other? */
static bool chooses(const struct schema_shape *shape, const struct text_node *overlay)
{
    for (size_t i = 0; shape && i < shape->n_fields; i++)
        if ((shape->fields[i].flags & SCHEMA_UNION) && sets(overlay, shape->fields[i].name))
            return true;
    return false;
}

static struct text_node merge_maps(const struct schema_shape *shape, const struct text_node *base,
                                   const struct text_node *overlay, struct base_arena *arena)
{
    size_t room = (size_t)base->len + overlay->len;
    struct text_pair *pairs = base_arena_alloc(arena, (room ? room : 1) * sizeof(*pairs));
    struct text_node merged = *base;
    bool chosen = chooses(shape, overlay);

    merged.len = 0;
    for (uint32_t i = 0; i < base->len; i++) {
        const struct text_pair *old = &base->u.pairs[i], *new = text_get_pair(overlay, old->key);
        const struct schema_field *field = shape ? schema_find_field(shape, old->key) : NULL;

        if (new ? new->value.type == TEXT_NULL : chosen && field && (field->flags & SCHEMA_UNION))
            continue;
        pairs[merged.len] = *old;
        if (new)
            pairs[merged.len].value =
                merge_value(field, field ? field->shape : NULL, &old->value, &new->value, arena);
        merged.len++;
    }
    for (uint32_t i = 0; i < overlay->len; i++) {
        const struct text_pair *new = &overlay->u.pairs[i];

        if (new->value.type == TEXT_NULL || text_get_pair(base, new->key))
            continue;
        pairs[merged.len] = *new;
        pairs[merged.len++].value = without_nulls(&new->value, arena);
    }
    merged.u.pairs = pairs;
    return merged;
}

/* The item of the base that has the same key, or `n`. */
static uint32_t find_item(const struct text_node *base, const char *key,
                          const struct text_node *item)
{
    const struct text_node *wanted = text_get(item, key);

    for (uint32_t i = 0; wanted && i < base->len; i++) {
        const struct text_node *has = text_get(&base->u.items[i], key);

        if (has && text_equal(has, wanted))
            return i;
    }
    return base->len;
}

static struct text_node merge_lists(const struct schema_field *field, const struct text_node *base,
                                    const struct text_node *overlay, struct base_arena *arena)
{
    size_t room = (size_t)base->len + overlay->len;
    struct text_node *items = base_arena_alloc(arena, (room ? room : 1) * sizeof(*items));
    struct text_node merged = *base;

    for (uint32_t i = 0; i < base->len; i++)
        items[i] = base->u.items[i];
    for (uint32_t i = 0; i < overlay->len; i++) {
        const struct text_node *item = &overlay->u.items[i];
        uint32_t at = find_item(base, field->merge_key, item);

        if (at < base->len)
            items[at] = merge_value(NULL, field->shape, &items[at], item, arena);
        else
            items[merged.len++] = without_nulls(item, arena);
    }
    merged.u.items = items;
    return merged;
}

static struct text_node merge_value(const struct schema_field *field,
                                    const struct schema_shape *shape,
                                    const struct text_node *base, const struct text_node *overlay,
                                    struct base_arena *arena)
{
    if (base->type == TEXT_MAP && overlay->type == TEXT_MAP)
        return merge_maps(shape, base, overlay, arena);
    if (base->type == TEXT_LIST && overlay->type == TEXT_LIST && field && field->merge_key)
        return merge_lists(field, base, overlay, arena);
    return without_nulls(overlay, arena);
}

const struct text_node *schema_merge(const struct schema_shape *shape,
                                     const struct text_node *base,
                                     const struct text_node *overlay, struct base_arena *arena)
{
    struct text_node *merged;

    if (!overlay || overlay->type == TEXT_NULL)
        return base;
    merged = base_arena_alloc(arena, sizeof(*merged));
    *merged = base ? merge_value(NULL, shape, base, overlay, arena) : without_nulls(overlay, arena);
    return merged;
}
