/*
 * Questions that every walker asks a value tree: the name of a type, the value
 * of a key, and whether two trees say the same. Trees are never changed here.
 */
#include "text/text.h"

const char *text_type_name(enum text_type type)
{
    switch (type) {
    case TEXT_NULL: return "null";
    case TEXT_BOOL: return "a boolean";
    case TEXT_INT: return "an integer";
    case TEXT_FLOAT: return "a number";
    case TEXT_STR: return "a string";
    case TEXT_LIST: return "a list";
    case TEXT_MAP: return "a map";
    }
    return "a value";
}

/* Looks at `start` first, since two maps to compare mostly have one order. */
static const struct text_pair *find_pair(const struct text_node *map, const char *key, size_t len,
                                         size_t start)
{
    for (size_t n = 0; n < map->len; n++) {
        size_t i = start + n < map->len ? start + n : start + n - map->len;
        const struct text_pair *pair = &map->u.pairs[i];

        if (pair->key_len == len && memcmp(pair->key, key, len) == 0)
            return pair;
    }
    return NULL;
}

const struct text_pair *text_get_pair(const struct text_node *map, const char *key)
{
    if (!map || map->type != TEXT_MAP)
        return NULL;
    return find_pair(map, key, strlen(key), 0);
}

const struct text_node *text_get(const struct text_node *map, const char *key)
{
    const struct text_pair *pair = text_get_pair(map, key);

    return pair ? &pair->value : NULL;
}

const char *text_get_str(const struct text_node *map, const char *key)
{
    const struct text_node *node = text_get(map, key);

    return node && node->type == TEXT_STR ? node->u.str : NULL;
}

static bool is_number(const struct text_node *node)
{
    return node->type == TEXT_INT || node->type == TEXT_FLOAT;
}

static bool numbers_equal(const struct text_node *a, const struct text_node *b)
{
    int64_t whole_a, whole_b;
    double x, y;

    if (text_int(a, &whole_a) && text_int(b, &whole_b))
        return whole_a == whole_b;
    return text_double(a, &x) && text_double(b, &y) && !(x < y) && !(x > y);
}

static bool lists_equal(const struct text_node *a, const struct text_node *b)
{
    for (size_t i = 0; i < a->len; i++)
        if (!text_equal(&a->u.items[i], &b->u.items[i]))
            return false;
    return true;
}

/* Keys are unique, so equal sizes and "each of a is in b" are enough. */
static bool maps_equal(const struct text_node *a, const struct text_node *b)
{
    for (size_t i = 0; i < a->len; i++) {
        const struct text_pair *pair = &a->u.pairs[i];
        const struct text_pair *other = find_pair(b, pair->key, pair->key_len, i);

        if (!other || !text_equal(&pair->value, &other->value))
            return false;
    }
    return true;
}

bool text_equal(const struct text_node *a, const struct text_node *b)
{
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    if (a->type != b->type)
        return false;
    switch ((enum text_type)a->type) {
    case TEXT_NULL: return true;
    case TEXT_BOOL: return text_bool(a) == text_bool(b);
    case TEXT_LIST: return a->len == b->len && lists_equal(a, b);
    case TEXT_MAP: return a->len == b->len && maps_equal(a, b);
    default: return a->len == b->len && memcmp(a->u.str, b->u.str, a->len) == 0;
    }
}
