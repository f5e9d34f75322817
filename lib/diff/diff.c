/*
 * The walk over two trees. What a value is (a quantity, a list with a merge key) comes
 * from the rows of the shape that it stands in, or from rows.c outside of shapes.
 */
#include "diff/diff.h"

/* Where the walk is: what is known of the value, and of what is below it. */
struct place {
    const char *kind;
    const struct text_path *path;
    const struct schema_shape *shape; /* of a map, or of a list's items */
    const char *merge_key;
    bool quantity; /* the value is one, or each value of the map */
    bool object;   /* the server keeps it when it is empty: emptyDir: {} */
    bool exact;    /* what only `from` has counts here and below */
    const char *field;
};

static void compare(struct diff *diff, const struct place *place, const struct text_node *from,
                    const struct text_node *to);

static void add(struct diff *diff, const struct place *place, const struct text_node *from,
                const struct text_node *to)
{
    diff->n_found++;
    if (diff->most && diff->n_items == diff->most)
        return;
    if (diff->n_items == diff->room) {
        struct diff_item *larger;

        diff->room = diff->room ? 2 * diff->room : 8;
        larger = base_arena_alloc(diff->arena, diff->room * sizeof(*larger));
        if (diff->n_items)
            memcpy(larger, diff->items, diff->n_items * sizeof(*larger));
        diff->items = larger;
    }
    diff->items[diff->n_items++] =
        (struct diff_item){text_path_print(place->path, diff->arena), from, to};
}

/* ---- single values ---- */

static bool is_absent(const struct text_node *node)
{
    return !node || node->type == TEXT_NULL;
}

/* Nothing, or nothing but empty things. */
static bool is_empty(const struct text_node *node)
{
    if (is_absent(node))
        return true;
    if (node->type != TEXT_MAP)
        return node->len == 0 && (node->type == TEXT_STR || node->type == TEXT_LIST);
    for (uint32_t i = 0; i < node->len; i++)
        if (!is_empty(&node->u.pairs[i].value))
            return false;
    return true;
}

static bool is_zero(const struct text_node *node)
{
    double number;

    return (node->type == TEXT_BOOL && !text_bool(node)) ||
           (text_double(node, &number) && number == 0);
}

static bool same_amount(const struct text_node *a, const struct text_node *b)
{
    int64_t one, other;

    return a->type != TEXT_LIST && a->type != TEXT_MAP && b->type != TEXT_LIST &&
           b->type != TEXT_MAP && base_num_quantity(a->u.str, &one) &&
           base_num_quantity(b->u.str, &other) && one == other;
}

/* 8000 and "8000" are told apart by the type alone, which an IntOrString forgives. */
static bool same_word(const struct text_node *a, const struct text_node *b)
{
    return (a->type == TEXT_INT || a->type == TEXT_STR) &&
           (b->type == TEXT_INT || b->type == TEXT_STR) && strcmp(a->u.str, b->u.str) == 0;
}

static bool same_scalar(const struct place *place, const struct text_node *from,
                        const struct text_node *to)
{
    return text_equal(from, to) || (place->quantity && same_amount(from, to)) ||
           same_word(from, to);
}

/* ---- maps ---- */

/* What is known of the entry `key` of a map. */
static struct place enter(const struct place *map, const char *key, const struct text_path *path)
{
    const struct schema_field *field = map->shape ? schema_find_field(map->shape, key) : NULL;
    struct place place = {.kind = map->kind, .path = path, .exact = map->exact, .field = key};

    if (field) {
        place.shape = field->shape;
        place.merge_key = field->merge_key;
        place.object = field->type == SCHEMA_OBJ;
        place.exact |= diff_is_exact(field);
        place.quantity =
            field->type == SCHEMA_QUANTITY ||
            (field->type == SCHEMA_MAP && field->item == SCHEMA_QUANTITY);
    } else if (map->quantity) {
        place.quantity = true;
    } else if (!map->shape) {
        const struct diff_row *row = diff_find_row(map->kind, path);

        if (row) {
            place.shape = row->shape;
            place.merge_key = row->merge_key;
            place.exact |= row->exact;
        }
    }
    return place;
}

static void compare_maps(struct diff *diff, const struct place *map, const struct text_node *from,
                         const struct text_node *to)
{
    for (uint32_t i = 0; i < to->len; i++) {
        const struct text_pair *pair = &to->u.pairs[i];
        struct text_path path = {map->path, pair->key, 0};
        struct place place = enter(map, pair->key, &path);

        compare(diff, &place, text_get(from, pair->key), &pair->value);
    }
    for (uint32_t i = 0; (diff->both_ways || map->exact) && i < from->len; i++) {
        const struct text_pair *pair = &from->u.pairs[i];
        struct text_path path = {map->path, pair->key, 0};
        struct place place = enter(map, pair->key, &path);

        if (!text_get(to, pair->key))
            compare(diff, &place, &pair->value, NULL);
    }
}

/* ---- lists ---- */

static bool covers(const struct diff *diff, const struct place *place,
                   const struct text_node *from, const struct text_node *to)
{
    struct diff trial = {.arena = diff->arena, .both_ways = diff->both_ways, .most = 1};

    compare(&trial, place, from, to);
    return trial.n_found == 0;
}

/*
 * The item of `list` that is meant by `item`. Keys may need a second part to be unique
 * (a port and its protocol), so among several with the same key one that fits is taken.
 */
static uint32_t find_item(const struct diff *diff, const struct place *place,
                          const struct text_node *list, const struct text_node *item,
                          const char *key)
{
    const struct text_node *wanted = text_get(item, key);
    uint32_t found = list->len;

    for (uint32_t i = 0; wanted && i < list->len; i++) {
        const struct text_node *has = text_get(&list->u.items[i], key);

        if (!has || !text_equal(has, wanted))
            continue;
        if (covers(diff, place, &list->u.items[i], item))
            return i;
        if (found == list->len)
            found = i;
    }
    return found;
}

static void compare_keyed(struct diff *diff, const struct place *list, struct place item,
                          const struct text_node *from, const struct text_node *to)
{
    for (uint32_t i = 0; i < to->len; i++) {
        uint32_t at = find_item(diff, &item, from, &to->u.items[i], list->merge_key);

        item.path = &(struct text_path){list->path, NULL, i};
        compare(diff, &item, at < from->len ? &from->u.items[at] : NULL, &to->u.items[i]);
    }
    for (uint32_t i = 0; diff->both_ways && i < from->len; i++) {
        item.path = &(struct text_path){list->path, NULL, i};
        if (find_item(diff, &item, to, &from->u.items[i], list->merge_key) == to->len)
            add(diff, &item, &from->u.items[i], NULL);
    }
}

/* Lists without a key are one value: as long, and each item in its place. */
static void compare_lists(struct diff *diff, const struct place *list,
                          const struct text_node *from, const struct text_node *to)
{
    struct place item = {.kind = list->kind, .shape = list->shape, .quantity = list->quantity,
                         .exact = list->exact, .field = list->field};

    if (list->merge_key) {
        compare_keyed(diff, list, item, from, to);
        return;
    }
    for (uint32_t i = 0; i < from->len || i < to->len; i++) {
        const struct text_path path = {list->path, NULL, i};

        item.path = &path;
        if (i >= from->len || i >= to->len)
            add(diff, &item, i < from->len ? &from->u.items[i] : NULL,
                i < to->len ? &to->u.items[i] : NULL);
        else
            compare(diff, &item, &from->u.items[i], &to->u.items[i]);
    }
}

/* One of the two is absent. */
static void compare_absent(struct diff *diff, const struct place *place,
                           const struct text_node *from, const struct text_node *to)
{
    const struct text_node *only = is_absent(from) ? to : from;

    if (is_absent(only) || (is_empty(only) && !(place->object && only->type == TEXT_MAP)))
        return;
    if (!(is_zero(only) && place->field && diff_zero_is_absent(place->field)))
        add(diff, place, from, to);
}

static void compare(struct diff *diff, const struct place *place, const struct text_node *from,
                    const struct text_node *to)
{
    if (is_absent(from) || is_absent(to))
        compare_absent(diff, place, from, to);
    else if (from->type == TEXT_MAP && to->type == TEXT_MAP)
        compare_maps(diff, place, from, to);
    else if (from->type == TEXT_LIST && to->type == TEXT_LIST)
        compare_lists(diff, place, from, to);
    else if (!same_scalar(place, from, to))
        add(diff, place, from, to);
}

void diff_objects(struct diff *diff, const char *kind, const struct text_node *from,
                  const struct text_node *to)
{
    struct place root = {.kind = kind};

    compare(diff, &root, from, to);
}

bool diff_covers(const char *kind, const struct text_node *from, const struct text_node *to,
                 struct base_arena *arena)
{
    struct diff diff = {.arena = arena, .most = 1};

    diff_objects(&diff, kind, from, to);
    return diff.n_found == 0;
}
