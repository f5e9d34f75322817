/* Names of rendered objects: a function of the owner's name and nothing else. */
#include "kinds/kinds.h"

enum { LONGEST = 63, HASH_DIGITS = 8 };

const char *kinds_child_name(struct base_arena *arena, const char *owner, const char *suffix)
{
    size_t owner_len = strlen(owner), suffix_len = strlen(suffix);
    size_t keep = LONGEST - suffix_len - HASH_DIGITS - 1;

    if (owner_len + suffix_len <= LONGEST)
        return base_arena_format(arena, "%s%s", owner, suffix);
    while (keep > 0 && (owner[keep - 1] == '-' || owner[keep - 1] == '.'))
        keep--;
    return base_arena_format(arena, "%.*s-%08x%s", (int)keep, owner,
                             (unsigned)(base_hash(BASE_HASH_SEED, owner, owner_len) & 0xffffffff),
                             suffix);
}
