/*
 * One order for the keys of a map, whatever order it was read in: an API server hands
 * out maps by key, and what is rendered from a file and from the server must agree.
 */
#include "text/text.h"

static bool is_sorted(const struct text_node *node)
{
    for (uint32_t i = 0; node->type == TEXT_LIST && i < node->len; i++)
        if (!is_sorted(&node->u.items[i]))
            return false;
    for (uint32_t i = 0; node->type == TEXT_MAP && i < node->len; i++)
        if ((i > 0 && strcmp(node->u.pairs[i - 1].key, node->u.pairs[i].key) > 0) ||
            !is_sorted(&node->u.pairs[i].value))
            return false;
    return true;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct text_pair *)a)->key, ((const struct text_pair *)b)->key);
}

static struct text_node sort(const struct text_node *node, struct base_arena *arena)
{
    struct text_node copy = *node;

    if (node->type == TEXT_LIST && node->len) {
        struct text_node *items = base_arena_alloc(arena, node->len * sizeof(*items));

        for (uint32_t i = 0; i < node->len; i++)
            items[i] = sort(&node->u.items[i], arena);
        copy.u.items = items;
    } else if (node->type == TEXT_MAP && node->len) {
        struct text_pair *pairs = base_arena_alloc(arena, 2 * node->len * sizeof(*pairs));

        for (uint32_t i = 0; i < node->len; i++) {
            pairs[i] = node->u.pairs[i];
            pairs[i].value = sort(&node->u.pairs[i].value, arena);
        }
        base_sort(pairs, pairs + node->len, node->len, sizeof(*pairs), by_key);
        copy.u.pairs = pairs;
    }
    return copy;
}

const struct text_node *text_sorted(const struct text_node *node, struct base_arena *arena)
{
    struct text_node *sorted;

    if (is_sorted(node))
        return node;
    sorted = base_arena_alloc(arena, sizeof(*sorted));
    *sorted = sort(node, arena);
    return sorted;
}
