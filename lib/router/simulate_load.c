/*
 * Policies that look at no content: turns, lots, and the least loaded. The routers
 * written in Rust list their endpoints in an order that is drawn when they start,
 * so their turns are a fixed circle that nobody knows beforehand.
 */
#include "router/simulate_parts.h"

#include <stdlib.h>

/* ---- turns ---- */

struct sim_rotation {
    struct sim_place **places;
    size_t n, next;
};

/* A circle of `n` places that the router orders when it starts. */
static struct sim_rotation *draw_rotation(struct sim_step *step, const struct sim_group *among)
{
    struct sim_rotation *rotation = base_arena_zalloc(step->sim->arena, sizeof(*rotation));

    rotation->n = among->n;
    rotation->places =
        base_arena_zalloc(step->sim->arena, rotation->n * sizeof(*rotation->places));
    for (size_t i = 0; i < rotation->n; i++)
        rotation->places[i] = sim_draw(step, ROUTER_SIM_RANDOM, among);
    return rotation;
}

void sim_turns(struct sim_step *step)
{
    struct sim_pool *pool = step->pool;
    size_t turn;

    if (!pool->rotation)
        pool->rotation = draw_rotation(step, &pool->open);
    turn = pool->rotation->next++ % pool->rotation->n;
    if (pool->rotation->n == 1)
        sim_answer(step, pool->rotation->places[0], "the only endpoint to choose");
    else
        sim_answer(step, pool->rotation->places[turn],
                   "turn %zu of %zu, in an order that is drawn when the router starts", turn + 1,
                   pool->rotation->n);
}

static int by_url(const void *a, const void *b)
{
    return strcmp((*(struct sim_place *const *)a)->at->url,
                  (*(struct sim_place *const *)b)->at->url);
}

/* The distinct URLs in their order; equal sets of URLs share one counter. */
static struct sim_rotation *ps_rotation(struct sim_step *step)
{
    struct base_arena *arena = step->sim->arena;
    struct sim_pool *pool = step->pool;
    struct sim_rotation *rotation = base_arena_zalloc(arena, sizeof(*rotation)), *same;
    struct base_buf name;
    size_t n = 0;

    rotation->places = base_arena_zalloc(arena, 2 * pool->open.n * sizeof(*rotation->places));
    for (size_t i = 0; i < pool->open.n; i++)
        rotation->places[i] = &pool->places[i];
    base_sort(rotation->places, rotation->places + pool->open.n, pool->open.n,
              sizeof(*rotation->places), by_url);
    base_buf_init(&name, arena, NULL);
    for (size_t i = 0; i < pool->open.n; i++) {
        const char *url = rotation->places[i]->at->url;

        if (n && strcmp(rotation->places[n - 1]->at->url, url) == 0)
            continue;
        rotation->places[n++] = rotation->places[i];
        base_buf_puts(&name, url);
        base_buf_putc(&name, '\n');
    }
    rotation->n = n;
    same = sim_find(&step->sim->turns, name.data, name.len);
    if (!same)
        sim_set(arena, &step->sim->turns, name.data, name.len, rotation);
    return same ? same : rotation;
}

void sim_ps_round_robin(struct sim_step *step)
{
    struct sim_rotation *rotation;
    size_t turn;

    if (!step->pool->rotation)
        step->pool->rotation = ps_rotation(step);
    rotation = step->pool->rotation;
    turn = rotation->next++ % rotation->n;
    sim_answer(step, rotation->places[turn], "turn %zu of %zu, in the order of the URLs", turn + 1,
               rotation->n);
}

/* ---- lots ---- */

void sim_random(struct sim_step *step)
{
    sim_answer(step, sim_draw(step, ROUTER_SIM_RANDOM, &step->pool->open),
               step->pool->open.n == 1 ? "the only endpoint to choose" : "drawn for each request");
}

/* sglang-router asks the engines for their load, now and then: any may be the lower one. */
void sim_two_polled(struct sim_step *step)
{
    sim_answer(step, sim_draw(step, ROUTER_SIM_RANDOM, &step->pool->open), "%s",
               step->pool->open.n == 1 ? "the only endpoint to choose"
                                       : "two are drawn, and the lower load, as last read, wins");
}

/*
 * vllm-router counts its own requests, as vLLM does not answer what it asks: who has
 * the most of all never wins.
 */
void sim_two_choices(struct sim_step *step)
{
    const struct sim_group *open = &step->pool->open;
    struct sim_group *among = base_arena_zalloc(step->sim->arena, sizeof(*among));
    const struct router_sim_endpoint *most = open->items[0];
    bool alone = open->n > 1;

    for (size_t i = 1; i < open->n; i++) {
        int64_t load = sim_in_flight(open->items[i]), highest = sim_in_flight(most);

        if (load >= highest) {
            alone = load > highest;
            most = open->items[i];
        }
    }
    for (size_t i = 0; i < open->n; i++)
        if (!alone || open->items[i] != most)
            sim_group_add(step->sim->arena, among, open->items[i]);
    sim_answer(step, sim_draw(step, ROUTER_SIM_RANDOM, among), "%s",
               open->n == 1 ? "the only endpoint to choose"
               : alone      ? "two are drawn, and the busier one loses"
                            : "two are drawn for each request");
}

/*
 * cache_aware of vllm-router and sglang-router. A prompt that is not known goes to
 * the first of the endpoints with the least in flight, one that is known to where
 * it went before; so, with one request after the other, all go to one.
 */
void sim_first_idle(struct sim_step *step)
{
    struct sim_pool *pool = step->pool;

    if (!pool->rotation) {
        struct sim_group *idle = base_arena_zalloc(step->sim->arena, sizeof(*idle));
        int64_t least = INT64_MAX;

        for (size_t i = 0; i < pool->open.n; i++)
            if (sim_in_flight(pool->open.items[i]) < least)
                least = sim_in_flight(pool->open.items[i]);
        for (size_t i = 0; i < pool->open.n; i++)
            if (sim_in_flight(pool->open.items[i]) == least)
                sim_group_add(step->sim->arena, idle, pool->open.items[i]);
        pool->rotation = draw_rotation(step, idle);
    }
    sim_answer(step, pool->rotation->places[0],
               pool->rotation->n == 1 ? "the fewest requests in flight"
                                      : "the first of those with the fewest requests in flight, in "
                                        "an order that is drawn when the router starts");
}

/* ---- smg: expected wait ---- */

/*
 * The score of an endpoint is (tokens waiting + tokens sent since its load was read)
 * / throughput + 0.15 k / (1 - k), k being its KV usage; the lowest wins, equal ones
 * draw. How often the loads are read between two requests is not known, so an
 * endpoint counts as possible when what was sent so far could lift the best one
 * above it.
 */
#define MEAN_TOKENS 1024.0
#define DEFAULT_THROUGHPUT 2000.0
#define KV_WEIGHT 0.15
#define KV_MOST 0.999
enum { OVER_WAITING = 8 };
#define OVER_KV 0.8

struct scored {
    double score;
    const struct router_sim_endpoint *endpoint;
};

struct sim_wait {
    struct scored *scored; /* lowest first */
    struct sim_group group;
    double step; /* what one request adds to the score of the best */
    size_t ties; /* that have the lowest score */
    bool unknown; /* a load that is not reported */
};

static bool is_over(const struct router_sim_setup *setup,
                    const struct router_sim_endpoint *endpoint)
{
    int64_t waiting = setup->overload_waiting ? setup->overload_waiting : OVER_WAITING;
    double kv = setup->overload_kv > 0 ? setup->overload_kv : OVER_KV;

    return !setup->no_overload_protection &&
           (endpoint->waiting >= waiting || endpoint->kv_usage >= kv);
}

void sim_smg_open_pool(struct router_sim *sim, struct sim_pool *pool)
{
    struct sim_group kept = {0};

    for (size_t i = 0; i < pool->open.n; i++)
        if (!is_over(sim->setup, pool->open.items[i]))
            sim_group_add(sim->arena, &kept, pool->open.items[i]);
    pool->all_over = pool->open.n > 0 && kept.n == 0;
    if (kept.n > 0)
        pool->open = kept;
}

static double throughput_of(const struct router_sim_endpoint *endpoint)
{
    return endpoint->throughput > 0 ? endpoint->throughput : DEFAULT_THROUGHPUT;
}

static double score_of(const struct router_sim_endpoint *endpoint)
{
    double k = endpoint->kv_usage < 0         ? 0
               : endpoint->kv_usage > KV_MOST ? KV_MOST
                                              : endpoint->kv_usage;

    return (double)endpoint->waiting * MEAN_TOKENS / throughput_of(endpoint) +
           KV_WEIGHT * k / (1.0 - k);
}

static int by_score(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->endpoint < y->endpoint ? -1 : x->endpoint > y->endpoint;
}

static struct sim_wait *new_wait(struct sim_step *step)
{
    const struct sim_group *open = &step->pool->open;
    struct sim_wait *wait = base_arena_zalloc(step->sim->arena, sizeof(*wait));

    wait->scored = base_arena_alloc(step->sim->arena, 2 * open->n * sizeof(*wait->scored));
    for (size_t i = 0; i < open->n; i++) {
        wait->scored[i] = (struct scored){score_of(open->items[i]), open->items[i]};
        wait->unknown |= open->items[i]->kv_usage < 0;
    }
    base_sort(wait->scored, wait->scored + open->n, open->n, sizeof(*wait->scored), by_score);
    for (size_t i = 0; i < open->n; i++)
        sim_group_add(step->sim->arena, &wait->group, wait->scored[i].endpoint);
    while (wait->ties < open->n && wait->scored[wait->ties].score == wait->scored[0].score)
        wait->ties++;
    wait->step = MEAN_TOKENS / throughput_of(wait->scored[0].endpoint);
    return wait;
}

struct sim_place *sim_smg_least_wait(struct sim_step *step)
{
    struct sim_pool *pool = step->pool;
    struct sim_group *among;
    struct sim_wait *wait;
    double reach;
    size_t n = 0;

    if (!pool->wait)
        pool->wait = new_wait(step);
    wait = pool->wait;
    reach = wait->scored[0].score + (double)(pool->n_requests - 1) * wait->step;
    while (n < pool->open.n && (wait->scored[n].score <= reach || wait->unknown))
        n++;
    if (n == 1)
        for (size_t i = 0; i < pool->open.n; i++)
            if (pool->open.items[i] == wait->scored[0].endpoint)
                return &pool->places[i];
    among = base_arena_alloc(step->sim->arena, sizeof(*among));
    *among = (struct sim_group){wait->group.items, wait->group.urls, n, n};
    return sim_draw(step,
                    n == wait->ties && !wait->unknown ? ROUTER_SIM_RANDOM : ROUTER_SIM_UNKNOWN,
                    among);
}

void sim_smg_least_load(struct sim_step *step)
{
    struct sim_place *place;

    if (step->pool->open.n == 1) {
        sim_answer(step, &step->pool->places[0], "the only endpoint to choose");
        return;
    }
    place = sim_smg_least_wait(step);
    sim_answer(step, place, "%s",
               place->at                          ? "the shortest expected wait"
               : place->how == ROUTER_SIM_RANDOM  ? "drawn among equal loads"
               : step->pool->wait->unknown        ? "depends on loads that the snapshot lacks"
                                                  : "depends on when the loads are read next");
}
