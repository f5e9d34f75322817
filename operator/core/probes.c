/* The newest result of each URL, and how many of its kind came in a row. */
#include "core/probes.h"

#include "core/mem.h"

#include <string.h>

struct item {
    struct slot slot;
    rctl_probe_result result;
    uint32_t in_a_row;
    int64_t wall;
    uint64_t told; /* the serial of the newest result */
    char *body;
    uint32_t body_len; /* also the size of its memory */
};

void probes_init(struct probes *probes, const rctl_allocator *from, uint64_t seed)
{
    slots_init(&probes->items, from, sizeof(struct item), 2, seed);
    probes->serial = 0;
}

static void forget_body(struct probes *probes, struct item *item)
{
    mem_free(&probes->items.from, item->body, item->body_len, 1);
    item->body = NULL;
    item->body_len = 0;
}

static void forget(struct probes *probes, uint32_t number)
{
    forget_body(probes, slots_get(&probes->items, number));
    slots_remove(&probes->items, number);
}

void probes_done(struct probes *probes)
{
    for (uint32_t i = 0; i < probes->items.used; i++)
        if (slots_get(&probes->items, i))
            forget(probes, i);
    slots_done(&probes->items);
}

static void make_room(struct probes *probes)
{
    uint32_t oldest = SLOTS_NONE;
    uint64_t told = UINT64_MAX;

    if (probes->items.n < PROBES_MOST)
        return;
    for (uint32_t i = 0; i < probes->items.used; i++) {
        const struct item *item = slots_get(&probes->items, i);

        if (item && item->told < told) {
            told = item->told;
            oldest = i;
        }
    }
    forget(probes, oldest);
}

int probes_note(struct probes *probes, const char *ns, const char *url, rctl_probe_result result,
                const char *body, size_t body_len, int64_t wall)
{
    const char *const parts[] = {ns, url};
    uint32_t number = slots_find(&probes->items, parts), cap = 0;
    char *copy = NULL;
    struct item *item;

    if (!body)
        body_len = 0;
    if (body_len > PROBES_BODY)
        body_len = PROBES_BODY;
    if (body_len) {
        copy = probes->items.from.alloc(probes->items.from.ctx, body_len);
        if (!copy)
            return RCTL_E_NOMEM;
        memcpy(copy, body, body_len);
        cap = (uint32_t)body_len;
    }
    if (number == SLOTS_NONE) {
        make_room(probes);
        if (slots_add(&probes->items, parts, &number) != RCTL_OK) {
            mem_free(&probes->items.from, copy, cap, 1);
            return RCTL_E_NOMEM;
        }
    }
    item = slots_get(&probes->items, number);
    forget_body(probes, item);
    item->body = copy;
    item->body_len = cap;
    if (item->in_a_row && item->result == result)
        item->in_a_row += item->in_a_row < UINT32_MAX;
    else
        item->in_a_row = 1;
    item->result = result;
    item->wall = wall;
    item->told = ++probes->serial;
    return RCTL_OK;
}

const rctl_probe *probes_find(void *ctx, const char *url)
{
    struct probes_place *place = ctx;
    const struct slots *items = &place->probes->items;
    const char *const parts[] = {place->ns, url};
    uint32_t number = slots_find(items, parts);
    const struct item *item;

    if (number == SLOTS_NONE)
        return NULL;
    item = slots_get(items, number);
    place->found = (rctl_probe){.size = sizeof(place->found),
                                .url = item->slot.parts[1],
                                .result = item->result,
                                .in_a_row = item->in_a_row,
                                .at = item->wall,
                                .body = item->body,
                                .body_len = item->body_len};
    return &place->found;
}
