/*
 * opcore/cache: objects stand in their namespace until they are removed, each change makes
 * another generation there and nowhere else, and what was woken is not forgotten.
 */
#include "core/cache.h"
#include "support/memory.h"

static struct object_copy *add(struct memory *memory, struct cache *cache, const char *ns,
                               const char *name, uint32_t resource)
{
    struct object object = {.meta = {.ns = ns, .name = name, .uid = "u", .rv = "1"}};
    struct object_copy *copy = object_copy_new(&memory->mem.from, resource, &object);

    cr_assert_eq(cache_reserve(cache, ns), 0);
    cache_add(cache, copy);
    return copy;
}

static void drop(struct memory *memory, struct cache *cache, struct object_copy *copy)
{
    cache_remove(cache, copy);
    object_copy_free(&memory->mem.from, copy);
}

TEST(opcore_cache, keeps_namespaces_apart)
{
    struct object_copy *a, *b, *c;
    struct memory memory;
    struct cache cache;
    uint64_t before;

    memory_init(&memory);
    cache_init(&cache, &memory.mem.from, 1);
    a = add(&memory, &cache, "one", "a", 0);
    b = add(&memory, &cache, "one", "b", 0);
    before = cache_find(&cache, "one")->generation;
    c = add(&memory, &cache, "two", "c", 1);
    cr_assert_eq(cache_find(&cache, "one")->generation, before);
    cr_assert_eq(cache.counts[0], 2);
    drop(&memory, &cache, a);
    cr_assert_neq(cache_find(&cache, "one")->generation, before);
    cr_assert_eq(cache_find(&cache, "one")->heads[0], b);
    cr_assert_null(b->next);
    drop(&memory, &cache, b);
    cr_assert_null(cache_find(&cache, "one"), "an empty namespace is no more");
    cr_assert_eq(cache_find(&cache, "two")->heads[1], c);
    drop(&memory, &cache, c);
    cache_done(&cache);
    memory_done(&memory);
}

TEST(opcore_cache, remembers_who_is_woken_even_in_an_empty_namespace)
{
    struct object_copy *a;
    struct memory memory;
    struct cache cache;

    memory_init(&memory);
    cache_init(&cache, &memory.mem.from, 1);
    a = add(&memory, &cache, "one", "a", 0);
    cr_assert_null(cache_next_woken(&cache));
    cache_wake(&cache, "one", QUEUE_FRESH, 1);
    cache_wake(&cache, "one", QUEUE_FRESH, 4);
    cache_wake(&cache, "one", QUEUE_RESYNC, 2);
    drop(&memory, &cache, a);
    cr_assert_eq(cache_next_woken(&cache)->woken[QUEUE_FRESH], 5);
    cr_assert_eq(cache_next_woken(&cache)->woken[QUEUE_RESYNC], 2);
    cache_woken(&cache);
    cr_assert_null(cache_next_woken(&cache));
    cr_assert_null(cache_find(&cache, "one"));
    cache_done(&cache);
    memory_done(&memory);
}
