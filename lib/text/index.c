/*
 * A crit-bit tree over byte strings. A string's end counts as a zero byte, which
 * no key contains, so no key is the beginning of another.
 */
#include "text/index.h"

#define LEAF_BIT UINT32_C(0x80000000)
enum { FIRST_ROOM = 32 };

void text_index_init(struct text_index *index, struct base_arena *arena)
{
    *index = (struct text_index){.arena = arena};
}

void text_index_reset(struct text_index *index)
{
    index->n = 0;
}

static unsigned byte_at(const char *key, size_t len, size_t i)
{
    return i < len ? (unsigned char)key[i] : 0;
}

static unsigned side(const struct text_index_fork *fork, const char *key, size_t len)
{
    return (1 + (fork->mask | byte_at(key, len, fork->byte))) >> 8;
}

/* The leaf that the key must equal if it is there at all. */
static struct text_index_leaf *candidate(const struct text_index *index, const char *key,
                                         size_t len)
{
    uint32_t at = index->root;

    while (!(at & LEAF_BIT))
        at = index->forks[at].child[side(&index->forks[at], key, len)];
    return &index->leaves[at & ~LEAF_BIT];
}

uint32_t text_index_find(const struct text_index *index, const char *key, size_t len)
{
    const struct text_index_leaf *leaf;

    if (index->n == 0)
        return TEXT_INDEX_NONE;
    leaf = candidate(index, key, len);
    return leaf->len == len && memcmp(leaf->key, key, len) == 0 ? leaf->value : TEXT_INDEX_NONE;
}

static void grow(struct text_index *index)
{
    uint32_t room = index->room ? index->room * 2 : FIRST_ROOM;
    struct text_index_leaf *leaves = base_arena_alloc(index->arena, room * sizeof(*leaves));
    struct text_index_fork *forks = base_arena_alloc(index->arena, room * sizeof(*forks));

    if (index->n) {
        memcpy(leaves, index->leaves, index->n * sizeof(*leaves));
        memcpy(forks, index->forks, index->n * sizeof(*forks));
    }
    index->leaves = leaves;
    index->forks = forks;
    index->room = room;
}

/* Hangs a new leaf where the tree first differs from it. */
static void insert(struct text_index *index, uint32_t leaf, uint32_t byte, unsigned differ)
{
    struct text_index_fork *fork = &index->forks[leaf];
    uint32_t *at = &index->root;
    const char *key = index->leaves[leaf].key;
    size_t len = index->leaves[leaf].len;
    unsigned way;

    while (differ & (differ - 1))
        differ &= differ - 1;
    fork->byte = byte;
    fork->mask = (uint8_t)~differ;
    way = side(fork, key, len);
    while (!(*at & LEAF_BIT)) {
        struct text_index_fork *next = &index->forks[*at];

        if (next->byte > byte || (next->byte == byte && next->mask > fork->mask))
            break;
        at = &next->child[side(next, key, len)];
    }
    fork->child[way] = leaf | LEAF_BIT;
    fork->child[1 - way] = *at;
    *at = leaf;
}

void text_index_set(struct text_index *index, const char *key, size_t len, uint32_t value)
{
    struct text_index_leaf *near;
    uint32_t byte = 0, leaf;

    if (index->n == index->room)
        grow(index);
    leaf = index->n;
    index->leaves[leaf] = (struct text_index_leaf){key, (uint32_t)len, value};
    if (leaf == 0) {
        index->root = LEAF_BIT;
        index->n = 1;
        return;
    }
    near = candidate(index, key, len);
    while (byte < len && byte_at(near->key, near->len, byte) == byte_at(key, len, byte))
        byte++;
    if (byte == len && near->len == len) {
        near->value = value;
        return;
    }
    insert(index, leaf, byte,
           byte_at(near->key, near->len, byte) ^ byte_at(key, len, byte));
    index->n++;
}
