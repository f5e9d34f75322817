/* Objects by namespace and resource, in lists that need no memory of their own. */
#include "core/cache.h"

#include <assert.h>
#include <string.h>

void cache_init(struct cache *cache, const rctl_allocator *from, uint64_t seed)
{
    memset(cache, 0, sizeof(*cache));
    slots_init(&cache->spaces, from, sizeof(struct cache_space), 1, seed);
    cache->chain = SLOTS_NONE;
}

void cache_done(struct cache *cache)
{
    slots_done(&cache->spaces);
}

static uint32_t find_number(const struct cache *cache, const char *ns)
{
    const char *const parts[] = {ns};

    return slots_find(&cache->spaces, parts);
}

struct cache_space *cache_find(struct cache *cache, const char *ns)
{
    uint32_t number = find_number(cache, ns);

    return number == SLOTS_NONE ? NULL : slots_get(&cache->spaces, number);
}

int cache_reserve(struct cache *cache, const char *ns)
{
    const char *const parts[] = {ns};
    uint32_t number = slots_find(&cache->spaces, parts);
    struct cache_space *space;

    if (number != SLOTS_NONE)
        return RCTL_OK;
    if (slots_add(&cache->spaces, parts, &number) != RCTL_OK)
        return RCTL_E_NOMEM;
    space = slots_get(&cache->spaces, number);
    space->generation = ++cache->generation;
    return RCTL_OK;
}

static void drop_if_empty(struct cache *cache, uint32_t number)
{
    struct cache_space *space = slots_get(&cache->spaces, number);

    if (space->n == 0 && !space->chained)
        slots_remove(&cache->spaces, number);
}

void cache_add(struct cache *cache, struct object_copy *copy)
{
    struct cache_space *space = cache_find(cache, copy->ns);
    struct object_copy **head;

    assert(space && copy->resource < CACHE_RESOURCES);
    head = &space->heads[copy->resource];
    copy->before = NULL;
    copy->next = *head;
    if (*head)
        (*head)->before = copy;
    *head = copy;
    space->n++;
    space->generation = ++cache->generation;
    cache->counts[copy->resource]++;
}

void cache_remove(struct cache *cache, struct object_copy *copy)
{
    uint32_t number = find_number(cache, copy->ns);
    struct cache_space *space;

    assert(number != SLOTS_NONE);
    space = slots_get(&cache->spaces, number);
    if (copy->next)
        copy->next->before = copy->before;
    if (copy->before)
        copy->before->next = copy->next;
    else
        space->heads[copy->resource] = copy->next;
    copy->next = copy->before = NULL;
    space->n--;
    space->generation = ++cache->generation;
    cache->counts[copy->resource]--;
    drop_if_empty(cache, number);
}

void cache_touch(struct cache *cache, const char *ns)
{
    struct cache_space *space = cache_find(cache, ns);

    if (space)
        space->generation = ++cache->generation;
}

void cache_wake(struct cache *cache, const char *ns, enum queue_band band, uint32_t controllers)
{
    uint32_t number = find_number(cache, ns);
    struct cache_space *space;

    assert(number != SLOTS_NONE);
    if (!controllers)
        return;
    space = slots_get(&cache->spaces, number);
    space->woken[band] |= controllers;
    if (space->chained)
        return;
    space->chained = true;
    space->next = cache->chain;
    cache->chain = number;
}

struct cache_space *cache_next_woken(struct cache *cache)
{
    return cache->chain == SLOTS_NONE ? NULL : slots_get(&cache->spaces, cache->chain);
}

void cache_woken(struct cache *cache)
{
    uint32_t number = cache->chain;
    struct cache_space *space = slots_get(&cache->spaces, number);

    assert(space->chained);
    memset(space->woken, 0, sizeof(space->woken));
    space->chained = false;
    cache->chain = space->next;
    drop_if_empty(cache, number);
}
