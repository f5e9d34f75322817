/*
 * One copy of each key for a whole set of files, since objects of one kind repeat
 * their keys without end. Only a help: long keys, and those that crowd one place
 * of the table, are copied and forgotten, so nobody can make it slow or large.
 */
#include "text/text.h"

enum { FIRST_SLOTS = 256, MOST_SLOTS = 128 * 1024, LONGEST = 64, PROBES = 8, RECENT = 1024 };

struct slot {
    const char *text; /* NULL: free */
    uint32_t hash, len;
};

struct text_interner {
    struct base_arena *arena;
    struct slot *slots;
    uint32_t n, n_slots; /* a power of two */
    struct slot recent[RECENT]; /* values; each place holds the newest of its hash */
};

struct text_interner *text_interner_new(struct base_arena *arena)
{
    struct text_interner *interner = base_arena_zalloc(arena, sizeof(*interner));

    interner->arena = arena;
    interner->n_slots = FIRST_SLOTS;
    interner->slots = base_arena_zalloc(arena, FIRST_SLOTS * sizeof(struct slot));
    return interner;
}

/* The key's slot or a free one near its place; NULL when there is none. */
static struct slot *find(const struct text_interner *interner, uint32_t hash, const char *text,
                         size_t len)
{
    for (uint32_t i = 0; i < PROBES; i++) {
        struct slot *slot = &interner->slots[(hash + i) & (interner->n_slots - 1)];

        if (!slot->text || (slot->hash == hash && slot->len == len &&
                            memcmp(slot->text, text, len) == 0))
            return slot;
    }
    return NULL;
}

static void grow(struct text_interner *interner)
{
    const struct slot *olds = interner->slots;
    uint32_t n_olds = interner->n_slots;

    interner->slots = base_arena_zalloc(interner->arena, 4 * n_olds * sizeof(struct slot));
    interner->n_slots = 4 * n_olds;
    interner->n = 0;
    for (uint32_t i = 0; i < n_olds; i++) {
        const struct slot *old = &olds[i];
        struct slot *slot = old->text ? find(interner, old->hash, old->text, old->len) : NULL;

        if (slot) {
            *slot = *old;
            interner->n++;
        }
    }
}

const char *text_intern(struct text_interner *interner, const char *text, size_t len)
{
    struct slot *slot;
    uint64_t hash;

    if (len > LONGEST)
        return base_arena_text(interner->arena, text, len);
    if (interner->n * 2 >= interner->n_slots && interner->n_slots < MOST_SLOTS)
        grow(interner);
    hash = base_hash(BASE_HASH_SEED, text, len);
    hash ^= hash >> 32;
    slot = find(interner, (uint32_t)hash, text, len);
    if (!slot)
        return base_arena_text(interner->arena, text, len);
    if (!slot->text) {
        *slot = (struct slot){base_arena_text(interner->arena, text, len), (uint32_t)hash,
                              (uint32_t)len};
        interner->n++;
    }
    return slot->text;
}

const char *text_intern_value(struct text_interner *interner, const char *text, size_t len)
{
    struct slot *slot;
    uint32_t hash;

    if (len > LONGEST)
        return base_arena_text(interner->arena, text, len);
    hash = (uint32_t)base_hash(BASE_HASH_SEED, text, len);
    slot = &interner->recent[(hash ^ hash >> 16) % RECENT];
    if (!slot->text || slot->hash != hash || slot->len != len ||
        memcmp(slot->text, text, len) != 0)
        *slot = (struct slot){base_arena_text(interner->arena, text, len), hash, (uint32_t)len};
    return slot->text;
}
