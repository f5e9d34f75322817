/* A hash table with numbered items: open addressing over an array of items. */
#include "core/slots.h"

#include "core/mem.h"

#include <assert.h>
#include <string.h>

enum { FIRST = 16 };

static struct slot *slot_at(const struct slots *slots, uint32_t number)
{
    return (struct slot *)(void *)(slots->items + slots->item_size * number);
}

static uint64_t hash_parts(const struct slots *slots, const char *const *parts)
{
    uint64_t hash = slots->seed ^ UINT64_C(14695981039346656037);

    for (uint32_t i = 0; i < slots->n_parts; i++) {
        const char *text = parts[i];

        /* The NUL counts, so that "ab" "c" differs from "a" "bc". */
        do
            hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
        while (*text++);
    }
    hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 32;
}

static bool same_parts(const struct slots *slots, const struct slot *slot,
                       const char *const *parts)
{
    for (uint32_t i = 0; i < slots->n_parts; i++)
        if (strcmp(slot->parts[i], parts[i]) != 0)
            return false;
    return true;
}

void slots_init(struct slots *slots, const rctl_allocator *from, size_t item_size,
                uint32_t n_parts, uint64_t seed)
{
    assert(item_size >= sizeof(struct slot));
    memset(slots, 0, sizeof(*slots));
    slots->from = *from;
    slots->item_size = item_size;
    slots->n_parts = n_parts;
    slots->seed = seed;
    slots->free = SLOTS_NONE;
}

static void free_key(struct slots *slots, struct slot *slot)
{
    slots->from.release(slots->from.ctx, (void *)slot->parts, slot->size);
    slot->parts = NULL;
}

void slots_done(struct slots *slots)
{
    for (uint32_t i = 0; i < slots->used; i++)
        if (slot_at(slots, i)->parts)
            free_key(slots, slot_at(slots, i));
    mem_free(&slots->from, slots->items, slots->cap, slots->item_size);
    mem_free(&slots->from, slots->index, slots->n_index, sizeof(*slots->index));
    slots_init(slots, &slots->from, slots->item_size, slots->n_parts, slots->seed);
}

void *slots_get(const struct slots *slots, uint32_t number)
{
    struct slot *slot;

    assert(number < slots->used);
    slot = slot_at(slots, number);
    return slot->parts ? slot : NULL;
}

uint32_t slots_find(const struct slots *slots, const char *const *parts)
{
    uint64_t hash;

    if (!slots->n)
        return SLOTS_NONE;
    hash = hash_parts(slots, parts);
    for (uint64_t at = hash;; at++) {
        uint32_t found = slots->index[at & (slots->n_index - 1)];

        if (!found)
            return SLOTS_NONE;
        if (slot_at(slots, found - 1)->hash == hash &&
            same_parts(slots, slot_at(slots, found - 1), parts))
            return found - 1;
    }
}

static void index_number(struct slots *slots, uint32_t number)
{
    uint64_t at = slot_at(slots, number)->hash;

    while (slots->index[at & (slots->n_index - 1)])
        at++;
    slots->index[at & (slots->n_index - 1)] = number + 1;
}

/* Room for one more: the index first, because a larger index is right with old items. */
static int make_room(struct slots *slots)
{
    void *items;

    if (2 * slots->used >= slots->n_index) {
        uint32_t n_index = 0, want = slots->n_index ? 2 * slots->n_index : 2 * FIRST;
        uint32_t *index = mem_grow(&slots->from, NULL, &n_index, want, sizeof(*index));

        if (!index)
            return RCTL_E_NOMEM;
        mem_free(&slots->from, slots->index, slots->n_index, sizeof(*index));
        assert(n_index == want);
        memset(index, 0, n_index * sizeof(*index));
        slots->index = index;
        slots->n_index = n_index;
        for (uint32_t i = 0; i < slots->used; i++)
            if (slot_at(slots, i)->parts)
                index_number(slots, i);
    }
    items = mem_grow(&slots->from, slots->items, &slots->cap, slots->used + 1, slots->item_size);
    if (!items)
        return RCTL_E_NOMEM;
    slots->items = items;
    return RCTL_OK;
}

/* One block: the pointers to the texts, then the texts. */
static const char **copy_parts(const struct slots *slots, const char *const *parts,
                               size_t *ret_size)
{
    size_t size = slots->n_parts * sizeof(char *);
    const char **copy;
    char *text;

    for (uint32_t i = 0; i < slots->n_parts; i++)
        size += strlen(parts[i]) + 1;
    copy = slots->from.alloc(slots->from.ctx, size);
    if (!copy)
        return NULL;
    text = (char *)(copy + slots->n_parts);
    for (uint32_t i = 0; i < slots->n_parts; i++) {
        size_t len = strlen(parts[i]) + 1;

        copy[i] = memcpy(text, parts[i], len);
        text += len;
    }
    *ret_size = size;
    return copy;
}

int slots_add(struct slots *slots, const char *const *parts, uint32_t *ret_number)
{
    uint32_t number = slots->free;
    const char **copy;
    struct slot *slot;
    size_t size;

    if (number == SLOTS_NONE && make_room(slots) != RCTL_OK)
        return RCTL_E_NOMEM;
    copy = copy_parts(slots, parts, &size);
    if (!copy)
        return RCTL_E_NOMEM;
    if (number == SLOTS_NONE)
        number = slots->used++;
    else
        slots->free = slot_at(slots, number)->next_free;
    slot = slot_at(slots, number);
    memset(slot, 0, slots->item_size);
    slot->parts = copy;
    slot->size = size;
    slot->hash = hash_parts(slots, copy);
    index_number(slots, number);
    slots->n++;
    *ret_number = number;
    return RCTL_OK;
}

/*
 * Takes a number out of the index. What stands behind it moves up, as long as that
 * brings it no further than its own place, so that no search meets a gap too early.
 */
static void unindex(struct slots *slots, uint32_t number)
{
    uint32_t mask = slots->n_index - 1;
    uint32_t gap = (uint32_t)slot_at(slots, number)->hash & mask;

    while (slots->index[gap] != number + 1)
        gap = (gap + 1) & mask;
    for (uint32_t at = (gap + 1) & mask; slots->index[at]; at = (at + 1) & mask) {
        uint32_t home = (uint32_t)slot_at(slots, slots->index[at] - 1)->hash & mask;

        if (((at - home) & mask) >= ((at - gap) & mask)) {
            slots->index[gap] = slots->index[at];
            gap = at;
        }
    }
    slots->index[gap] = 0;
}

void slots_remove(struct slots *slots, uint32_t number)
{
    struct slot *slot = slots_get(slots, number);

    assert(slot);
    unindex(slots, number);
    free_key(slots, slot);
    slot->next_free = slots->free;
    slots->free = number;
    slots->n--;
}
