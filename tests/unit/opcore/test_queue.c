/*
 * opcore/queue: no key is lost, none runs twice at once, delays and waits are kept, the
 * bands and namespaces get their turns; and lack of memory changes nothing. Random
 * sequences are compared with a model that is an array.
 */
#include "core/queue.h"
#include "support/memory.h"

#include <stdio.h>

static struct queue_key key_of(char text[16], uint32_t i)
{
    static const char *const spaces[] = {"a", "b", "c", "d"};

    snprintf(text, 16, "n%u", i);
    return (struct queue_key){"Kind", spaces[i % 4], text};
}

static void start(struct memory *memory, struct queue *queue)
{
    memory_init(memory);
    queue_init(queue, &memory->mem.from, &queue_default, 7);
}

static void stop(struct memory *memory, struct queue *queue)
{
    queue_done(queue);
    memory_done(memory);
}

static void expect(struct queue *queue, const char *ns, const char *name, core_time now)
{
    struct queue_work work;

    cr_assert(queue_get(queue, now, &work), "%s/%s is not ready", ns, name);
    cr_assert_str_eq(work.key.ns, ns);
    cr_assert_str_eq(work.key.name, name);
    queue_finish(queue, work.item, now);
}

TEST(opcore_queue, merges_what_is_added_twice)
{
    struct queue_key key = {"Kind", "a", "x"};
    struct queue_work work;
    struct memory memory;
    struct queue queue;

    start(&memory, &queue);
    cr_assert_eq(queue_add_at(&queue, key, QUEUE_RESYNC, 100, 0), 0);
    cr_assert_eq(queue_add_at(&queue, key, QUEUE_FRESH, 200, 0), 0);
    cr_assert_eq(queue_due(&queue), 100, "the earliest time");
    cr_assert_not(queue_get(&queue, 99, &work));
    cr_assert(queue_get(&queue, 130, &work));
    cr_assert_eq(work.band, QUEUE_FRESH, "the upper band");
    cr_assert_eq(work.waited, 30);
    cr_assert_eq(queue_finish(&queue, work.item, 170), 40);
    cr_assert_eq(queue_due(&queue), CORE_NEVER);
    cr_assert_eq(queue.items.n, 0);
    stop(&memory, &queue);
}

TEST(opcore_queue, comes_again_when_added_while_running)
{
    struct queue_key key = {"Kind", "a", "x"};
    struct queue_work work;
    struct queue_stats stats;
    struct memory memory;
    struct queue queue;

    start(&memory, &queue);
    queue_add(&queue, key, QUEUE_FRESH, 0);
    cr_assert(queue_get(&queue, 0, &work));
    queue_add(&queue, key, QUEUE_RESYNC, 5);
    queue_add_at(&queue, key, QUEUE_RESYNC, 900, 5);
    cr_assert_eq(queue_due(&queue), CORE_NEVER, "it runs, so it may not be given out");
    queue_stats(&queue, 50, &stats);
    cr_assert_eq(stats.running, 1);
    cr_assert_eq(stats.unfinished, 50);
    cr_assert_eq(stats.longest, 50);
    queue_finish(&queue, work.item, 60);
    queue_stats(&queue, 60, &stats);
    cr_assert_eq(stats.depth[QUEUE_RESYNC], 1);
    cr_assert_eq(stats.adds, 2);
    expect(&queue, "a", "x", 60);
    stop(&memory, &queue);
}

TEST(opcore_queue, failures_wait_longer_and_success_forgets)
{
    struct queue_key key = {"Kind", "a", "x"};
    struct queue_work work;
    struct memory memory;
    struct queue queue;
    core_time now = 0;

    start(&memory, &queue);
    queue_add(&queue, key, QUEUE_FRESH, 0);
    for (unsigned i = 0; i < 10; i++) {
        core_time due;

        cr_assert(queue_get(&queue, now, &work));
        cr_assert_eq(work.failures, i);
        due = queue_retry(&queue, work.item, CORE_AT_ONCE, now, 0);
        cr_assert_eq(due - now, (5 * CORE_MS) << i);
        queue_finish(&queue, work.item, now);
        cr_assert_eq(queue_due(&queue), due);
        now = due;
    }
    cr_assert(queue_get(&queue, now, &work));
    queue_forget(&queue, work.item);
    cr_assert_eq(queue_retry(&queue, work.item, now + CORE_SECOND, now, 0), now + CORE_SECOND);
    queue_finish(&queue, work.item, now);
    stop(&memory, &queue);
}

TEST(opcore_queue, all_retries_together_are_limited)
{
    struct queue_work work;
    struct memory memory;
    struct queue queue;
    core_time last = 0;
    char text[16];

    start(&memory, &queue);
    for (uint32_t i = 0; i < 300; i++)
        cr_assert_eq(queue_add(&queue, key_of(text, i), QUEUE_FRESH, 0), 0);
    while (queue_get(&queue, 0, &work)) {
        last = core_later(last, queue_retry(&queue, work.item, CORE_AT_ONCE, 0, 0));
        queue_finish(&queue, work.item, 0);
    }
    cr_assert_eq(last, 200 * 100 * CORE_MS, "100 at once, then 10 a second");
    stop(&memory, &queue);
}

TEST(opcore_queue, namespaces_take_turns)
{
    const char *const spaces[] = {"big", "big", "big", "big", "small", "small"};
    struct memory memory;
    struct queue queue;
    char text[16];

    start(&memory, &queue);
    for (uint32_t i = 0; i < 6; i++) {
        snprintf(text, sizeof(text), "n%u", i);
        queue_add(&queue, (struct queue_key){"Kind", spaces[i], text}, QUEUE_FRESH, 0);
    }
    expect(&queue, "big", "n0", 0);
    expect(&queue, "small", "n4", 0);
    expect(&queue, "big", "n1", 0);
    expect(&queue, "small", "n5", 0);
    expect(&queue, "big", "n2", 0);
    expect(&queue, "big", "n3", 0);
    stop(&memory, &queue);
}

/* Counts, over a hundred turns at `now`, how many went to the lower band. */
static int resync_turns(core_time now)
{
    struct queue_work work;
    struct memory memory;
    struct queue queue;
    char text[16];
    int turns = 0;

    start(&memory, &queue);
    for (uint32_t i = 0; i < 200; i++)
        queue_add(&queue, key_of(text, i), i < 100 ? QUEUE_RESYNC : QUEUE_FRESH, 0);
    for (int i = 0; i < 100; i++) {
        cr_assert(queue_get(&queue, now, &work));
        turns += work.band == QUEUE_RESYNC;
        queue_finish(&queue, work.item, now);
    }
    stop(&memory, &queue);
    return turns;
}

TEST(opcore_queue, bands)
{
    cr_assert_eq(resync_turns(CORE_SECOND), 2, "each 50th");
    cr_assert_eq(resync_turns(2 * CORE_MINUTE), 50, "each second one, after a minute");
    cr_assert_eq(queue_priority(QUEUE_FRESH), 0);
    cr_assert_eq(queue_priority(QUEUE_RESYNC), -100);
}

TEST(opcore_queue, raised_to_the_upper_band)
{
    struct memory memory;
    struct queue queue;
    char text[16];

    start(&memory, &queue);
    for (uint32_t i = 0; i < 8; i += 4)
        queue_add(&queue, key_of(text, i), QUEUE_RESYNC, 0);
    queue_add(&queue, key_of(text, 4), QUEUE_FRESH, 0);
    expect(&queue, "a", "n4", 0);
    expect(&queue, "a", "n0", 0);
    stop(&memory, &queue);
}

TEST(opcore_queue, refused_memory_changes_nothing)
{
    struct memory memory;
    struct queue queue;
    struct queue_work work;
    char text[16];
    uint32_t n = 0;

    start(&memory, &queue);
    for (uint32_t i = 0; i < 150; i++) {
        for (size_t fail = 1;; fail++) {
            struct queue_stats stats;
            int code;

            memory.fail_at = memory.calls + fail;
            code = queue_add(&queue, key_of(text, i), QUEUE_FRESH, 0);
            memory.fail_at = 0;
            queue_stats(&queue, 0, &stats);
            cr_assert_eq(stats.depth[QUEUE_FRESH], i + (code == RCTL_OK));
            if (code == RCTL_OK)
                break;
            cr_assert_eq(code, RCTL_E_NOMEM);
        }
    }
    /* From here on, there is no memory at all, and none is needed. */
    memory.fail_at = memory.calls + 1;
    while (queue_get(&queue, 0, &work)) {
        queue_retry(&queue, work.item, CORE_AT_ONCE, 0, 0);
        queue_finish(&queue, work.item, 0);
        n++;
    }
    cr_assert_eq(n, 150);
    while (queue_get(&queue, CORE_MINUTE, &work))
        queue_finish(&queue, work.item, CORE_MINUTE);
    cr_assert_eq(queue.items.n, 0);
    stop(&memory, &queue);
}

/* ---- against a model ---- */

enum { KEYS = 60, WORKERS = 4 };

struct model {
    bool wanted[KEYS];   /* delayed or ready, also behind a running one */
    core_time due[KEYS];
    bool running[KEYS];
};

struct world {
    struct queue queue;
    struct model model;
    struct queue_work work[WORKERS];
    uint32_t keys[WORKERS];
    uint32_t n_work;
    uint64_t random;
    core_time now;
};

static uint32_t chance(struct world *world, uint32_t below)
{
    world->random = world->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(world->random >> 33) % below;
}

static void want(struct model *model, uint32_t key, core_time due)
{
    model->due[key] = model->wanted[key] ? core_sooner(model->due[key], due) : due;
    model->wanted[key] = true;
}

static void add_one(struct world *world)
{
    uint32_t key = chance(world, KEYS);
    core_time due = world->now + (chance(world, 2) ? (core_time)chance(world, 1000) : 0);
    char text[16];

    cr_assert_eq(queue_add_at(&world->queue, key_of(text, key),
                              chance(world, 3) ? QUEUE_FRESH : QUEUE_RESYNC, due, world->now),
                 0);
    want(&world->model, key, due);
}

static void get_one(struct world *world)
{
    struct queue_work *work = &world->work[world->n_work];
    struct model *model = &world->model;
    bool ready = false;
    uint32_t key;

    for (uint32_t i = 0; i < KEYS; i++)
        ready |= model->wanted[i] && !model->running[i] && model->due[i] <= world->now;
    cr_assert_eq(queue_due(&world->queue) <= world->now, ready);
    cr_assert_eq(queue_get(&world->queue, world->now, work), ready);
    if (!ready)
        return;
    key = (uint32_t)strtoul(work->key.name + 1, NULL, 10);
    cr_assert(model->wanted[key] && !model->running[key] && model->due[key] <= world->now);
    model->wanted[key] = false;
    model->running[key] = true;
    world->keys[world->n_work++] = key;
}

static void finish_one(struct world *world)
{
    uint32_t i = chance(world, world->n_work), key = world->keys[i];
    struct queue_work work = world->work[i];

    switch (chance(world, 4)) {
    case 0:
        want(&world->model, key,
             queue_retry(&world->queue, work.item, CORE_AT_ONCE, world->now, world->random));
        break;
    case 1:
        queue_forget(&world->queue, work.item);
        queue_again(&world->queue, work.item, world->now + 77);
        want(&world->model, key, world->now + 77);
        break;
    default: queue_forget(&world->queue, work.item);
    }
    queue_finish(&world->queue, work.item, world->now);
    world->model.running[key] = false;
    world->work[i] = world->work[--world->n_work];
    world->keys[i] = world->keys[world->n_work];
}

TEST(opcore_queue, random_sequences)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct world *world = calloc(1, sizeof(*world));
        struct memory memory;

        memory_init(&memory);
        queue_init(&world->queue, &memory.mem.from, &queue_default, seed);
        world->random = seed;
        for (int step = 0; step < 2000; step++) {
            switch (chance(world, 4)) {
            case 0: add_one(world); break;
            case 1:
                if (world->n_work < WORKERS)
                    get_one(world);
                break;
            case 2:
                if (world->n_work)
                    finish_one(world);
                break;
            default: world->now += (core_time)chance(world, 50); break;
            }
        }
        queue_done(&world->queue);
        memory_done(&memory);
        free(world);
    }
}
