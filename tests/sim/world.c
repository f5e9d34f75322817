/*
 * The clock of the simulation. A run has a wild part, with changes and
 * faults of all kinds, and a calm part, after which everything has to be in order.
 */
#include "sim/world.h"

#include "sim/network.h"
#include "sim/operator.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WILD (6 * CORE_MINUTE)
#define CALM (26 * CORE_MINUTE) /* longer than every wait there is, one after another */
#define QUIET (5 * CORE_MINUTE) /* of it, at the end */

/* ---- chance and words ---- */

uint32_t world_chance(struct world *world, uint32_t below)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(world->random >> 33) % below;
}

bool world_happens(struct world *world, enum world_fault fault)
{
    uint32_t rate = world->faults[fault];

    return !world->calm && rate && world_chance(world, 1000) < rate;
}

void world_say(struct world *world, const char *format, ...)
{
    va_list args;

    if (!world->trace)
        return;
    va_start(args, format);
    printf("%10.3f  ", (double)world->now / 1e9);
    vprintf(format, args);
    printf("\n");
    va_end(args);
}

void world_broken(struct world *world, const char *format, ...)
{
    va_list args;
    size_t len;

    if (*world->fault)
        return;
    va_start(args, format);
    vsnprintf(world->fault, sizeof(world->fault) - 20, format, args);
    va_end(args);
    len = strlen(world->fault);
    snprintf(world->fault + len, sizeof(world->fault) - len, " (at %.3f s)",
             (double)world->now / 1e9);
    world_say(world, "BROKEN: %s", world->fault);
}

/* ---- what happens by itself ---- */

static void change_something(struct world *world)
{
    int resource = (int)world_chance(world, MODEL_RESOURCES);
    int key = (int)world_chance(world, MODEL_KEYS);
    enum model_change change = (enum model_change)(world_chance(world, 5) % 3);

    if (world->model.served[resource]) {
        model_change(&world->model, resource, key, change);
        network_changed(world, resource);
    }
    if (world_happens(world, FAULT_COMPACT))
        world->model.floor = world->model.rv - world_chance(world, 3) % world->model.rv;
}

static void tamper(struct world *world)
{
    struct model_lease *lease = &world->model.lease;
    static const int64_t durations[] = {15, 0, -1, 1, 40, 1000000000};

    lease->rv = ++world->model.rv;
    switch (world_chance(world, 3)) {
    case 0: lease->exists = false; break;
    case 1: lease->holder = 0; break; /* by hand: the duration stays */
    default:
        lease->holder = 1000000;
        lease->duration = durations[world_chance(world, 6)];
    }
    if (lease->holder == 0 && lease->duration == 1)
        lease->duration = 15; /* the mark of a release is not for hands */
    world_say(world, "somebody edits the lease");
}

static void mischief(struct world *world)
{
    static const int storms[] = {410, 429, 500, 503, 403, 401};
    struct sim_operator *operator = world->operators[world_chance(world, WORLD_OPERATORS)];
    int resource = (int)world_chance(world, MODEL_RESOURCES);

    if (world_happens(world, FAULT_PAUSE))
        operator_pause(operator, (core_time)world_chance(world, 40000) * CORE_MS);
    if (world_happens(world, FAULT_CRASH))
        operator_kill(operator);
    else if (world_happens(world, FAULT_STOP))
        operator_stop(operator);
    if (world_happens(world, FAULT_TAMPER))
        tamper(world);
    if (world_happens(world, FAULT_STORM)) {
        world->storm_end = world->now + (core_time)world_chance(world, 120) * CORE_SECOND;
        world->storm_status = storms[world_chance(world, 6)];
        world_say(world, "a storm of %d", world->storm_status);
    }
    if (world_happens(world, FAULT_UNSERVE))
        world->model.served[resource] = false;
    else if (world_chance(world, 10) == 0)
        world->model.served[resource] = true;
}

static void draw_faults(struct world *world)
{
    static const uint32_t rates[] = {0, 0, 5, 20, 100, 250};

    for (size_t i = 0; i < FAULT__COUNT; i++)
        world->faults[i] = rates[world_chance(world, 6)];
}

/* ---- a run ---- */

static void handle(struct world *world, struct world_message *message)
{
    struct world_message again = {.kind = message->kind};
    core_time later;

    switch ((enum network_kind)message->kind) {
    case NETWORK_TO_SERVER: network_serve(world, message); break;
    case NETWORK_TO_OPERATOR:
        later = operator_receive(world->operators[message->request.operator], message);
        if (later) {
            network_put_off(world, message, later);
            return;
        }
        break;
    case NETWORK_LOOK: network_look(world, message); break;
    case NETWORK_WRITE_MADE: network_write_made(world, message); break;
    case NETWORK_CHANGE:
        change_something(world);
        if (!world->calm)
            network_post(world, &again,
                         world->now + (core_time)world_chance(world, 4000) * CORE_MS);
        break;
    case NETWORK_MISCHIEF:
        mischief(world);
        if (!world->calm)
                network_post(world, &again, world->now + CORE_SECOND);
        break;
    }
    free(message);
}

static void check_writers(struct world *world)
{
    int writers = 0;

    for (int i = 0; i < WORLD_OPERATORS; i++)
        writers += operator_may_write(world->operators[i]);
    if (writers > 1)
        world_broken(world, "%d operators may write", writers);
}

static void run_until(struct world *world, core_time end)
{
    while (!*world->fault) {
        core_time next = world->n_heap ? world->heap[0]->at : CORE_NEVER;
        bool message = true;
        int who = -1;

        for (int i = 0; i < WORLD_OPERATORS; i++) {
            core_time due = operator_due(world->operators[i]);

            if (due < next) {
                next = due;
                who = i;
                message = false;
            }
        }
        if (next > end)
            break;
        world->now = core_later(world->now, next);
        if (message) {
            handle(world, network_take(world));
            for (int i = 0; i < WORLD_OPERATORS; i++)
                operator_step(world->operators[i]);
        } else {
            operator_step(world->operators[who]);
        }
        check_writers(world);
    }
    world->now = core_later(world->now, end);
}

static void begin(struct world *world, uint64_t seed, bool trace)
{
    struct world_message message = {.kind = NETWORK_CHANGE};

    memset(world, 0, sizeof(*world));
    world->seed = world->random = seed;
    world->trace = trace;
    model_init(&world->model);
    draw_faults(world);
    for (int i = 0; i < 40; i++)
        change_something(world);
    for (int i = 0; i < WORLD_OPERATORS; i++)
        world->operators[i] = operator_new(world, i);
    network_post(world, &message, 0);
    message.kind = NETWORK_MISCHIEF;
    network_post(world, &message, 0);
}

static void calm_down(struct world *world)
{
    world->calm = true;
    world->storm_end = 0;
    for (int i = 0; i < MODEL_RESOURCES; i++)
        world->model.served[i] = true;
    world_say(world, "calm");
}

bool world_run(struct world *world, uint64_t seed, bool trace)
{
    int leaders = 0;

    begin(world, seed, trace);
    run_until(world, WILD);
    calm_down(world);
    run_until(world, WILD + CALM - QUIET);
    for (int i = 0; i < WORLD_OPERATORS; i++)
        operator_mark(world->operators[i]);
    run_until(world, WILD + CALM);
    for (int i = 0; i < WORLD_OPERATORS && !*world->fault; i++)
        leaders += operator_check(world->operators[i]);
    if (!*world->fault && leaders != 1)
        world_broken(world, "%d operators lead at the end", leaders);
    if (!*world->fault && world->writes == 0)
        world_broken(world, "nobody ever wrote");
    for (int i = 0; i < WORLD_OPERATORS; i++)
        operator_free(world->operators[i]);
    model_done(&world->model);
    while (world->n_heap)
        free(network_take(world));
    free(world->heap);
    return *world->fault == '\0';
}
