/*
 * slots: a hash table from texts to items, each with a number that stays while the
 * item lives. Used by the queue, the store of known objects and the events.
 *
 * A key has a fixed number of texts, which the table copies. An item is a struct of
 * the caller's that starts with a struct slot. The hash is seeded from outside,
 * because names come from users who could otherwise choose ones that collide.
 */
#ifndef CORE_SLOTS_H
#define CORE_SLOTS_H

#include <routerctl/base.h>

#define SLOTS_NONE UINT32_MAX

struct slot {
    const char **parts; /* the texts of the key, in memory of their own; NULL when free */
    size_t size;        /* of that memory */
    uint64_t hash;
    uint32_t next_free;
};

struct slots {
    rctl_allocator from;
    uint64_t seed;
    size_t item_size;
    uint32_t n_parts;
    unsigned char *items;
    uint32_t cap;     /* items there is room for */
    uint32_t used;    /* numbers given out so far: 0 to used - 1 */
    uint32_t n;       /* items that live */
    uint32_t free;    /* a chain of free numbers below `used` */
    uint32_t *index;  /* number + 1 by hash, 0 for none */
    uint32_t n_index; /* a power of two, at least twice `used` */
};

void slots_init(struct slots *slots, const rctl_allocator *from, size_t item_size,
                uint32_t n_parts, uint64_t seed);
void slots_done(struct slots *slots);

/* The number of the item with that key, or SLOTS_NONE. O(1). */
uint32_t slots_find(const struct slots *slots, const char *const *parts);
/*
 * Adds an item whose key is not there yet; all behind its struct slot is zero.
 * Items may move in memory, but their keys never do. RCTL_E_NOMEM.
 */
int slots_add(struct slots *slots, const char *const *parts, uint32_t *ret_number);
/* Forgets an item and its key. Needs no memory; other items stay where they are. */
void slots_remove(struct slots *slots, uint32_t number);

/* The item with a number below `used`; NULL when that number is free. */
void *slots_get(const struct slots *slots, uint32_t number);

#endif
