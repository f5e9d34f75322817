/* Names of rendered objects, which follow from the owner's name alone, and sets of names. */
#include "kinds/kinds.h"

enum { LONGEST = 63, HASH_DIGITS = 8 };

const char *const kinds_child_suffixes[] = {"",        "-router",   "-prefill",
                                            "-decode", "-lmcache", NULL};

const char *kinds_child_name(struct base_arena *arena, const char *owner, const char *suffix)
{
    size_t owner_len = strlen(owner), suffix_len = strlen(suffix);
    size_t keep = LONGEST - suffix_len - HASH_DIGITS - 1;

    if (owner_len + suffix_len <= LONGEST)
        return base_arena_join(arena, (const char *const[]){owner, suffix, NULL});
    while (keep > 0 && (owner[keep - 1] == '-' || owner[keep - 1] == '.'))
        keep--;
    return base_arena_format(arena, "%.*s-%08x%s", (int)keep, owner,
                             (unsigned)(base_hash(BASE_HASH_SEED, owner, owner_len) & 0xffffffff),
                             suffix);
}

const char *kinds_route_name(struct base_arena *arena, const char *gateway, const char *model)
{
    uint64_t hash = base_hash(BASE_HASH_SEED, model, strlen(model));

    return kinds_child_name(
        arena, gateway, base_arena_format(arena, "-%08x", (unsigned)(hash & 0xffffffff)));
}

struct kinds_names kinds_names_new(struct base_arena *arena, size_t n)
{
    struct kinds_names names = {.n_buckets = 16};

    while (names.n_buckets < 2 * n)
        names.n_buckets *= 2;
    names.items = base_arena_alloc(arena, (n + 1) * sizeof(*names.items));
    names.buckets = base_arena_zalloc(arena, names.n_buckets * sizeof(*names.buckets));
    return names;
}

size_t kinds_names_first(struct kinds_names *names, const char *name, size_t i)
{
    size_t at = (size_t)base_hash(BASE_HASH_SEED, name, strlen(name)) & (names->n_buckets - 1);

    names->items[i] = name;
    for (; names->buckets[at]; at = (at + 1) & (names->n_buckets - 1))
        if (strcmp(names->items[names->buckets[at] - 1], name) == 0)
            return names->buckets[at] - 1;
    names->buckets[at] = (uint32_t)i + 1;
    return i;
}
