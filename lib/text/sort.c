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

static void sort_pairs(struct text_pair *pairs, struct text_pair *spare, uint32_t n)
{
    uint32_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    sort_pairs(pairs, spare, half);
    sort_pairs(pairs + half, spare, n - half);
    memcpy(spare, pairs, half * sizeof(*pairs));
    while (i < half && j < n)
        pairs[k++] = strcmp(spare[i].key, pairs[j].key) <= 0 ? spare[i++] : pairs[j++];
    memcpy(pairs + k, spare + i, (half - i) * sizeof(*pairs));
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
        sort_pairs(pairs, pairs + node->len, node->len);
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
