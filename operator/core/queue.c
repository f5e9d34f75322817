/*
 * The work queue. An item lives while its key is delayed, ready or running, and stands
 * in exactly one of the arrays; each of them always has room for every item, which is
 * why only adding a new key can fail.
 */
#include "core/queue.h"

#include "core/mem.h"

#include <assert.h>
#include <string.h>

const struct queue_limits queue_default = {&backoff_queue, 10, 100, 50, 5 * CORE_SECOND};

enum state { DELAYED, READY, RUNNING };

struct item {
    struct slot slot;
    enum state state;
    enum queue_band band;
    enum queue_band again_band;
    bool again;            /* added while running */
    uint32_t place;        /* in its array */
    core_time due;         /* of a delayed one, or of one that comes again */
    core_time since;       /* ready or running since */
    uint64_t round, order; /* the turn of a ready one */
    struct backoff backoff;
};

int queue_priority(enum queue_band band)
{
    return band == QUEUE_FRESH ? 0 : -100;
}

void queue_init(struct queue *queue, const rctl_allocator *from,
                const struct queue_limits *limits, uint64_t seed)
{
    memset(queue, 0, sizeof(*queue));
    queue->limits = limits;
    queue->delayed.by_due = true;
    slots_init(&queue->items, from, sizeof(struct item), 3, seed);
    bucket_init(&queue->retry_bucket, limits->retries_per_second, limits->retry_burst);
}

static struct item *get_item(const struct queue *queue, uint32_t number)
{
    struct item *item = slots_get(&queue->items, number);

    assert(item);
    return item;
}

/* ---- the arrays ---- */

static void heaps(struct queue *queue, struct queue_heap *ret_heaps[4])
{
    ret_heaps[0] = &queue->delayed;
    ret_heaps[1] = &queue->ready[QUEUE_FRESH];
    ret_heaps[2] = &queue->ready[QUEUE_RESYNC];
    ret_heaps[3] = &queue->running;
}

void queue_done(struct queue *queue)
{
    struct queue_heap *all[4];

    heaps(queue, all);
    for (size_t i = 0; i < 4; i++)
        mem_free(&queue->items.from, all[i]->at, all[i]->cap, sizeof(*all[i]->at));
    slots_done(&queue->items);
    memset(all[0], 0, sizeof(*all[0]));
    memset(queue->ready, 0, sizeof(queue->ready));
    memset(all[3], 0, sizeof(*all[3]));
}

static int make_room(struct queue *queue)
{
    struct queue_heap *all[4];

    heaps(queue, all);
    for (size_t i = 0; i < 4; i++) {
        uint32_t *at = mem_grow(&queue->items.from, all[i]->at, &all[i]->cap,
                                queue->items.n + 1, sizeof(*at));

        if (!at)
            return RCTL_E_NOMEM;
        all[i]->at = at;
    }
    return RCTL_OK;
}

static bool goes_before(const struct queue *queue, const struct queue_heap *heap, uint32_t a,
                        uint32_t b)
{
    const struct item *x = get_item(queue, a), *y = get_item(queue, b);

    if (heap->by_due && x->due != y->due)
        return x->due < y->due;
    if (!heap->by_due && x->round != y->round)
        return x->round < y->round;
    return x->order < y->order;
}

static void set_place(struct queue *queue, struct queue_heap *heap, uint32_t place,
                      uint32_t number)
{
    heap->at[place] = number;
    get_item(queue, number)->place = place;
}

static void sift_up(struct queue *queue, struct queue_heap *heap, uint32_t place)
{
    uint32_t number = heap->at[place];

    while (place > 0 && goes_before(queue, heap, number, heap->at[(place - 1) / 2])) {
        set_place(queue, heap, place, heap->at[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    set_place(queue, heap, place, number);
}

static void sift_down(struct queue *queue, struct queue_heap *heap, uint32_t place)
{
    uint32_t number = heap->at[place];

    for (;;) {
        uint32_t child = 2 * place + 1;

        if (child >= heap->n)
            break;
        if (child + 1 < heap->n && goes_before(queue, heap, heap->at[child + 1], heap->at[child]))
            child++;
        if (!goes_before(queue, heap, heap->at[child], number))
            break;
        set_place(queue, heap, place, heap->at[child]);
        place = child;
    }
    set_place(queue, heap, place, number);
}

static void push(struct queue *queue, struct queue_heap *heap, uint32_t number)
{
    assert(heap->n < heap->cap);
    heap->at[heap->n++] = number;
    sift_up(queue, heap, heap->n - 1);
}

static void pull(struct queue *queue, struct queue_heap *heap, uint32_t number)
{
    uint32_t place = get_item(queue, number)->place, last = heap->at[--heap->n];

    assert(heap->at[place] == number);
    if (last == number)
        return;
    set_place(queue, heap, place, last);
    sift_down(queue, heap, place);
    sift_up(queue, heap, get_item(queue, last)->place);
}

/* ---- adding ---- */

static uint64_t *next_round(struct queue *queue, const struct item *item)
{
    uint64_t hash = queue->items.seed;

    for (const char *c = item->slot.parts[1]; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    return &queue->rounds[item->band].next[(hash >> 32) % QUEUE_ROUNDS];
}

/* The key takes the turn after the last one of its namespace, or the present one. */
static void make_ready(struct queue *queue, uint32_t number, core_time since)
{
    struct item *item = get_item(queue, number);
    uint64_t *next = next_round(queue, item);

    if (*next < queue->rounds[item->band].now)
        *next = queue->rounds[item->band].now;
    item->round = (*next)++;
    item->order = ++queue->order;
    item->state = READY;
    item->since = since;
    push(queue, &queue->ready[item->band], number);
}

static void place_item(struct queue *queue, uint32_t number, core_time due, core_time now)
{
    struct item *item = get_item(queue, number);

    if (due <= now) {
        queue->adds++;
        make_ready(queue, number, now);
        return;
    }
    item->state = DELAYED;
    item->due = due;
    item->order = ++queue->order;
    push(queue, &queue->delayed, number);
}

static enum queue_band upper(enum queue_band a, enum queue_band b)
{
    return a < b ? a : b;
}

static void merge(struct queue *queue, uint32_t number, enum queue_band band, core_time due,
                  core_time now)
{
    struct item *item = get_item(queue, number);

    switch (item->state) {
    case RUNNING:
        item->again_band = item->again ? upper(item->again_band, band) : band;
        item->due = item->again ? core_sooner(item->due, due) : due;
        item->again = true;
        break;
    case READY:
        if (band < item->band) {
            pull(queue, &queue->ready[item->band], number);
            item->band = band;
            make_ready(queue, number, item->since);
        }
        break;
    case DELAYED:
        pull(queue, &queue->delayed, number);
        item->band = upper(item->band, band);
        place_item(queue, number, core_sooner(item->due, due), now);
        break;
    }
}

int queue_add_at(struct queue *queue, struct queue_key key, enum queue_band band,
                 core_time due, core_time now)
{
    const char *const parts[] = {key.kind, key.ns, key.name};
    uint32_t number = slots_find(&queue->items, parts);

    if (number != SLOTS_NONE) {
        merge(queue, number, band, due, now);
        return RCTL_OK;
    }
    if (make_room(queue) != RCTL_OK || slots_add(&queue->items, parts, &number) != RCTL_OK)
        return RCTL_E_NOMEM;
    get_item(queue, number)->band = band;
    place_item(queue, number, due, now);
    return RCTL_OK;
}

int queue_add(struct queue *queue, struct queue_key key, enum queue_band band, core_time now)
{
    return queue_add_at(queue, key, band, now, now);
}

/* ---- working ---- */

static void promote(struct queue *queue, core_time now)
{
    while (queue->delayed.n && get_item(queue, queue->delayed.at[0])->due <= now) {
        uint32_t number = queue->delayed.at[0];

        pull(queue, &queue->delayed, number);
        queue->adds++;
        make_ready(queue, number, get_item(queue, number)->due);
    }
}

bool queue_has_ready(const struct queue *queue, enum queue_band band)
{
    return queue->ready[band].n > 0;
}

static enum queue_band choose_band(struct queue *queue, core_time now)
{
    const struct queue_heap *fresh = &queue->ready[QUEUE_FRESH];
    const struct queue_heap *resync = &queue->ready[QUEUE_RESYNC];
    uint32_t turn = queue->limits->turn;

    if (resync->n && now - get_item(queue, resync->at[0])->since >= queue->limits->patience)
        turn = 2;
    if (resync->n && (!fresh->n || queue->fresh_in_row + 1 >= turn)) {
        queue->fresh_in_row = 0;
        return QUEUE_RESYNC;
    }
    queue->fresh_in_row = resync->n ? queue->fresh_in_row + 1 : 0;
    return QUEUE_FRESH;
}

bool queue_get(struct queue *queue, core_time now, struct queue_work *ret_work)
{
    enum queue_band band;
    struct queue_heap *heap;
    struct item *item;
    uint32_t number;

    promote(queue, now);
    band = choose_band(queue, now);
    heap = &queue->ready[band];
    if (!heap->n)
        return false;
    number = heap->at[0];
    pull(queue, heap, number);
    item = get_item(queue, number);
    queue->rounds[band].now = item->round;
    *ret_work = (struct queue_work){
        .item = number,
        .key = {item->slot.parts[0], item->slot.parts[1], item->slot.parts[2]},
        .band = band,
        .waited = now - item->since,
        .failures = item->backoff.failures,
    };
    item->state = RUNNING;
    item->since = now;
    set_place(queue, &queue->running, queue->running.n++, number);
    return true;
}

core_time queue_due(const struct queue *queue)
{
    if (queue->ready[QUEUE_FRESH].n || queue->ready[QUEUE_RESYNC].n)
        return CORE_AT_ONCE;
    return queue->delayed.n ? get_item(queue, queue->delayed.at[0])->due : CORE_NEVER;
}

static struct item *get_running(const struct queue *queue, uint32_t number)
{
    struct item *item = get_item(queue, number);

    assert(item->state == RUNNING);
    return item;
}

core_time queue_retry(struct queue *queue, uint32_t number, core_time not_before, core_time now,
                      uint64_t random)
{
    struct item *item = get_running(queue, number);
    core_time wait = backoff_next(&item->backoff, queue->limits->backoff, now, random);
    core_time due = core_later(core_after(now, wait), bucket_reserve(&queue->retry_bucket, now));

    queue->retries++;
    due = core_later(due, not_before);
    merge(queue, number, item->band, due, now);
    return due;
}

void queue_again(struct queue *queue, uint32_t number, core_time due)
{
    merge(queue, number, get_running(queue, number)->band, due, due);
}

void queue_forget(struct queue *queue, uint32_t number)
{
    backoff_reset(&get_running(queue, number)->backoff);
}

core_time queue_finish(struct queue *queue, uint32_t number, core_time now)
{
    struct item *item = get_running(queue, number);
    uint32_t last = queue->running.at[--queue->running.n];
    core_time ran = now - item->since;

    set_place(queue, &queue->running, item->place, last);
    if (item->again) {
        item->again = false;
        item->band = item->again_band;
        place_item(queue, number, item->due, now);
    } else {
        slots_remove(&queue->items, number);
    }
    return ran;
}

void queue_stats(struct queue *queue, core_time now, struct queue_stats *ret_stats)
{
    promote(queue, now);
    *ret_stats = (struct queue_stats){
        .depth = {queue->ready[QUEUE_FRESH].n, queue->ready[QUEUE_RESYNC].n},
        .delayed = queue->delayed.n,
        .running = queue->running.n,
        .adds = queue->adds,
        .retries = queue->retries,
    };
    for (uint32_t i = 0; i < queue->running.n; i++) {
        core_time ran = now - get_item(queue, queue->running.at[i])->since;

        ret_stats->unfinished += ran;
        ret_stats->longest = core_later(ret_stats->longest, ran);
    }
}
