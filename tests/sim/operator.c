/* One operator of the simulation. */
#include "sim/operator_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct watch_limits few_on_a_page = {
    .page = 5,
    .list_timeout = 30 * CORE_SECOND,
    .stream_least = 300,
    .stream_most = 600,
    .stream_grace = 5 * CORE_SECOND,
    .stream_short = CORE_SECOND,
    .stream_apart = CORE_SECOND,
    .silence = 3 * CORE_MINUTE,
    .backoff = &backoff_watch,
    .missing = &backoff_missing,
};

/* ---- memory, time, counting ---- */

static void *take(void *ctx, size_t size)
{
    struct sim_operator *operator = ctx;
    void *ptr;

    if (!operator->generous && world_happens(operator->world, FAULT_NO_MEMORY))
        return NULL;
    ptr = malloc(size);
    if (!ptr)
        abort();
    operator->held += size;
    return ptr;
}

static void give_back(void *ctx, void *ptr, size_t size)
{
    struct sim_operator *operator = ctx;

    operator->held -= size;
    free(ptr);
}

core_time operator_now(const struct sim_operator *operator)
{
    return operator->offset + operator->world->now / 1000 * operator->rate;
}

static core_time global(const struct sim_operator *operator, core_time at)
{
    if (at == CORE_NEVER)
        return CORE_NEVER;
    if (at <= operator_now(operator))
        return operator->world->now;
    return ((at - operator->offset) / operator->rate + 1) * 1000;
}

uint64_t operator_random(struct sim_operator *operator)
{
    return (uint64_t)world_chance(operator->world, 1u << 31) << 31 |
           world_chance(operator->world, 1u << 31);
}

static void count(struct sim_operator *operator, struct window *window, size_t most,
                  const char *what)
{
    core_time now = operator->world->now;

    if (window->n >= most && now - window->at[(window->n - most) % OPERATOR_WINDOW] < CORE_MINUTE)
        world_broken(operator->world, "operator %d: more than %zu %s in a minute",
                     operator->index, most, what);
    window->at[window->n++ % OPERATOR_WINDOW] = now;
}

/* ---- life ---- */

static void start(struct sim_operator *operator)
{
    rctl_allocator from = {take, give_back, operator};
    core_time now = operator_now(operator);

    operator->alive = true;
    operator->stopping = false;
    operator->life++;
    operator->identity = ++operator->world->identities;
    operator->drain_again = 0;
    for (int i = 0; i < MODEL_RESOURCES; i++)
        watch_init(&operator->watches[i], &from, &few_on_a_page, operator_random(operator), now);
    queue_init(&operator->queue, &from, &queue_default, operator_random(operator));
    lease_init(&operator->lease, &lease_default, now);
    memset(operator->cache, 0, sizeof(operator->cache));
    memset(operator->worked, 0, sizeof(operator->worked));
    memset(operator->workers, 0, sizeof(operator->workers));
    memset(operator->lists, 0, sizeof(operator->lists));
    memset(operator->streams, 0, sizeof(operator->streams));
    memset(&operator->leases, 0, sizeof(operator->leases));
    world_say(operator->world, "operator %d lives as %" PRIu64, operator->index,
              operator->identity);
}

struct sim_operator *operator_new(struct world *world, int index)
{
    struct sim_operator *operator = calloc(1, sizeof(*operator));

    if (!operator)
        abort();
    operator->world = world;
    operator->index = index;
    operator->rate = 900 + (int64_t)world_chance(world, 201);
    operator->offset = (core_time)world_chance(world, 1000) * CORE_MINUTE;
    operator->restart = (core_time)world_chance(world, 5000) * CORE_MS;
    return operator;
}

void operator_hang_up(struct sim_operator *operator, int channel)
{
    struct world_request request = {.operator = operator->index, .channel = channel};

    operator->ids[channel]++;
    world_hang_up(operator->world, &request);
}

void operator_kill(struct sim_operator *operator)
{
    if (!operator->alive)
        return;
    for (int i = 0; i < MODEL_RESOURCES; i++) {
        operator_hang_up(operator, i);
        operator_end_watch(operator, &operator->watches[i]);
    }
    queue_done(&operator->queue);
    if (operator->held || operator->objects)
        world_broken(operator->world, "operator %d leaks %zu bytes, %zu objects",
                     operator->index, operator->held, operator->objects);
    operator->alive = false;
    operator->paused = 0;
    operator->ids[CHANNEL_LEASE]++;
    operator->restart = operator->world->now +
                        (core_time)(500 + world_chance(operator->world, 5000)) * CORE_MS;
    world_say(operator->world, "operator %d ends", operator->index);
}

void operator_free(struct sim_operator *operator)
{
    if (operator)
        operator_kill(operator);
    free(operator);
}

void operator_pause(struct sim_operator *operator, core_time span)
{
    operator->paused = core_later(operator->paused, operator->world->now + span);
    world_say(operator->world, "operator %d pauses", operator->index);
}

void operator_stop(struct sim_operator *operator)
{
    operator->stopping = true;
}

bool operator_may_write(const struct sim_operator *operator)
{
    return operator->alive && lease_may_write(&operator->lease, operator_now(operator));
}

/* ---- sending ---- */

static struct world_request new_request(struct sim_operator *operator, int channel)
{
    return (struct world_request){
        .operator = operator->index,
        .life = operator->life,
        .channel = channel,
        .id = ++operator->ids[channel],
    };
}

static void poll_watch(struct sim_operator *operator, int resource)
{
    struct watch *watch = &operator->watches[resource];
    struct watch_request wanted;
    struct world_request request;

    while (operator_drain(operator, resource)) {
        enum watch_act act =
            watch_poll(watch, operator_now(operator), operator_random(operator), &wanted);

        if (act == WATCH_IDLE)
            break;
        if (act == WATCH_ABANDON) {
            operator_hang_up(operator, resource);
            continue;
        }
        request = new_request(operator, resource);
        request.verb = wanted.verb;
        request.timeout_seconds = wanted.timeout_seconds;
        request.list.resource = resource;
        request.list.limit = wanted.limit;
        request.list.has_rv = wanted.resource_version != NULL;
        if (wanted.resource_version)
            request.list.rv = strtoull(wanted.resource_version, NULL, 10);
        request.list.has_token = wanted.continue_token != NULL;
        if (wanted.continue_token &&
            sscanf(wanted.continue_token, "%" SCNu64 ":%d", &request.list.token_rv,
                   &request.list.token_key) != 2)
            abort();
        if (wanted.verb == WATCH_LIST && !wanted.continue_token)
            count(operator, &operator->lists[resource], 40, "lists");
        if (wanted.verb == WATCH_STREAM)
            count(operator, &operator->streams[resource], 65, "streams");
        world_send(operator->world, &request);
    }
}

static void poll_lease(struct sim_operator *operator)
{
    struct lease_request wanted;
    struct world_request request;

    for (;;) {
        int64_t wall = (int64_t)operator_random(operator); /* may say anything */
        enum lease_act act = lease_poll(&operator->lease, operator_now(operator), wall,
                                        operator_random(operator), &wanted);

        if (act == LEASE_IDLE)
            break;
        if (act == LEASE_ABANDON) {
            operator->ids[CHANNEL_LEASE]++;
            continue;
        }
        count(operator, &operator->leases, 75, "lease requests");
        request = new_request(operator, CHANNEL_LEASE);
        request.lease_verb = wanted.verb;
        if (wanted.resource_version)
            request.lease_rv = strtoull(wanted.resource_version, NULL, 10);
        request.holder = wanted.release ? 0 : operator->identity;
        request.duration = wanted.duration_seconds;
        request.transitions = wanted.transitions;
        world_send(operator->world, &request);
    }
}

/* ---- working ---- */

static void begin_work(struct sim_operator *operator)
{
    for (size_t i = 0; i < OPERATOR_WORKERS; i++) {
        struct worker *worker = &operator->workers[i];

        if (worker->busy || operator->stopping || !operator_may_write(operator) ||
            !queue_get(&operator->queue, operator_now(operator), &worker->work))
            continue;
        worker->busy = true;
        worker->writing = false;
        worker->resource = worker->work.key.kind[0] - 'A';
        worker->key = atoi(worker->work.key.name);
        worker->read = operator->cache[worker->resource][worker->key];
        worker->until = operator->world->now +
                        (core_time)world_chance(operator->world, 400) * CORE_MS;
        operator->works++;
    }
}

static void end_work(struct sim_operator *operator, struct worker *worker)
{
    struct answer failed = {0, ANSWER_REASON_NONE, 0};
    struct outcome_round round = {0};
    struct outcome outcome;

    if (!operator_may_write(operator) || world_happens(operator->world, FAULT_WORK_FAILS)) {
        failed.status = world_chance(operator->world, 2) ? 503 : 409;
        round.failed = &failed;
    } else if (world_happens(operator->world, FAULT_WORK_WAKES)) {
        round.has_wake = true;
        round.wake_at = operator_now(operator);
        round.wake_at += (core_time)world_chance(operator->world, 60) * CORE_SECOND;
    }
    if (!round.failed)
        operator->worked[worker->resource][worker->key] = worker->read;
    outcome = outcome_judge(&round, operator_now(operator), operator_random(operator));
    outcome_apply(outcome, &operator->queue, worker->work.item, operator_now(operator),
                  operator_random(operator));
    worker->busy = false;
}

/* A write is on its way for no longer than the lease leaves for it. */
static void go_on_working(struct sim_operator *operator)
{
    for (size_t i = 0; i < OPERATOR_WORKERS; i++) {
        struct worker *worker = &operator->workers[i];
        struct world_request request;

        if (!worker->busy || worker->until > operator->world->now)
            continue;
        if (worker->writing || !operator_may_write(operator)) {
            end_work(operator, worker);
            continue;
        }
        worker->writing = true;
        worker->until = operator->world->now +
                        (core_time)(1 + world_chance(operator->world, 4500)) * CORE_MS;
        request = new_request(operator, CHANNEL_WRITE);
        request.identity = operator->identity;
        request.timeout_seconds = (uint32_t)((worker->until - operator->world->now) / CORE_MS);
        world_send(operator->world, &request);
    }
}

static bool is_busy(const struct sim_operator *operator)
{
    for (size_t i = 0; i < OPERATOR_WORKERS; i++)
        if (operator->workers[i].busy)
            return true;
    return false;
}

core_time operator_due(const struct sim_operator *operator)
{
    core_time due = CORE_NEVER;

    if (!operator->alive)
        return core_later(operator->restart, operator->paused);
    for (int i = 0; i < MODEL_RESOURCES; i++) {
        due = core_sooner(due, global(operator, watch_due(&operator->watches[i])));
        if (operator->watches[i].known.mode != KNOWN_SETTLED)
            due = core_sooner(due, operator->drain_again);
    }
    due = core_sooner(due, global(operator, lease_due(&operator->lease)));
    for (size_t i = 0; i < OPERATOR_WORKERS; i++)
        if (operator->workers[i].busy)
            due = core_sooner(due, operator->workers[i].until);
        else if (operator_may_write(operator) && !operator->stopping)
            due = core_sooner(due, global(operator, queue_due(&operator->queue)));
    return core_later(due, operator->paused);
}

void operator_step(struct sim_operator *operator)
{
    if (operator->world->now < operator->paused)
        return;
    if (!operator->alive && operator->world->now >= operator->restart)
        start(operator);
    if (!operator->alive)
        return;
    for (int i = 0; i < MODEL_RESOURCES; i++)
        if (operator->watches[i].known.mode == KNOWN_SETTLED ||
            operator->world->now >= operator->drain_again)
            poll_watch(operator, i);
    poll_lease(operator);
    go_on_working(operator);
    begin_work(operator);
    if (operator->stopping && !is_busy(operator))
        lease_release(&operator->lease, operator_now(operator));
    if (operator->lease.state == LEASE_LOST || operator->lease.state == LEASE_RELEASED)
        operator_kill(operator);
}
