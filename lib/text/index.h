/*
 * index: a set of strings with a number each, for maps and anchors that a user's
 * file makes large. A crit-bit tree and not a hash: a look-up costs at most the
 * length of the key, whatever keys somebody thinks up to make it slow.
 */
#ifndef TEXT_INDEX_H
#define TEXT_INDEX_H

#include "base/base.h"

#define TEXT_INDEX_NONE UINT32_MAX

struct text_index_leaf {
    const char *key;
    uint32_t len;
    uint32_t value;
};

struct text_index_fork {
    uint32_t child[2]; /* a fork, or a leaf when LEAF_BIT is set */
    uint32_t byte;
    uint8_t mask; /* all bits set but the one that tells the children apart */
};

struct text_index {
    struct base_arena *arena;
    struct text_index_leaf *leaves;
    struct text_index_fork *forks; /* one fewer than leaves */
    uint32_t n, room, root;
};

void text_index_init(struct text_index *index, struct base_arena *arena);
/* Forgets all keys but keeps the room that they took. */
void text_index_reset(struct text_index *index);
/* The number that the key was added with, or TEXT_INDEX_NONE. */
uint32_t text_index_find(const struct text_index *index, const char *key, size_t len);
/* Gives the key a number, also when it had one; the key is not copied. */
void text_index_set(struct text_index *index, const char *key, size_t len, uint32_t value);

#endif
