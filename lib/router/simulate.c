/*
 * The frame of a simulation: which policies there are, which endpoints a request
 * may reach, and how an answer is made of a place.
 */
#include "router/simulate_parts.h"

#include <stdarg.h>
#include <stdio.h>

static const struct sim_policy policies[] = {
    {"production-stack", "roundrobin", sim_ps_round_robin, false},
    {"production-stack", "session", sim_ps_session, false},
    {"production-stack", "prefixaware", sim_ps_prefix, false},
    {"vllm-router", "round_robin", sim_turns, true},
    {"vllm-router", "random", sim_random, true},
    {"vllm-router", "power_of_two", sim_two_choices, true},
    {"vllm-router", "cache_aware", sim_first_idle, true},
    {"vllm-router", "consistent_hash", sim_vr_consistent_hash, true},
    {"vllm-router", "sticky_least_loaded", sim_vr_sticky, true},
    {"sglang-router", "round_robin", sim_turns, true},
    {"sglang-router", "random", sim_random, true},
    {"sglang-router", "power_of_two", sim_two_polled, true},
    {"sglang-router", "cache_aware", sim_first_idle, true},
    {"sglang-router", "manual", sim_manual, true},
    {"smg", "round_robin", sim_turns, false},
    {"smg", "random", sim_random, false},
    {"smg", "least_load", sim_smg_least_load, false},
    {"smg", "cache_aware", sim_smg_cache_aware, false},
};

static const struct {
    const char *router, *release;
} releases[] = {
    {"production-stack", "production-stack 0.1.12"},
    {"vllm-router", "vllm-router 0.1.17"},
    {"sglang-router", "sglang-router 0.3.2"},
    {"smg", "smg 1.13.0"},
};

static const struct sim_policy *find_policy(const struct router_sim_setup *setup)
{
    for (size_t i = 0; i < BASE_COUNT(policies); i++)
        if (base_str_eq(policies[i].router, setup->router) &&
            base_str_eq(policies[i].name, setup->policy))
            return &policies[i];
    return NULL;
}

const char *router_sim_release(const struct router_sim_setup *setup)
{
    for (size_t i = 0; i < BASE_COUNT(releases); i++)
        if (base_str_eq(releases[i].router, setup->router))
            return releases[i].release;
    return NULL;
}

const char *router_sim_refuses(const struct router_sim_setup *setup)
{
    if (base_str_eq(setup->router, "gateway-api"))
        return "whatever implements the Gateway chooses";
    if (setup->pairs)
        return "a request goes to a prefill and a decode engine at once";
    if (base_str_eq(setup->policy, "kvaware"))
        return "it asks the LMCache controller, which knows what the engines hold";
    if (base_str_eq(setup->policy, "session") && !setup->session_header)
        return "it needs the name of a session header";
    if (!find_policy(setup))
        return "how it chooses is not known here";
    return NULL;
}

/* ---- tables and groups ---- */

void *sim_find(const struct sim_table *table, const char *key, size_t len)
{
    uint32_t at = text_index_find(&table->index, key, len);

    return at == TEXT_INDEX_NONE ? NULL : table->items[at];
}

void sim_set(struct base_arena *arena, struct sim_table *table, const char *key, size_t len,
             void *value)
{
    uint32_t at = text_index_find(&table->index, key, len);

    if (at != TEXT_INDEX_NONE) {
        table->items[at] = value;
        return;
    }
    if (table->n_items == table->room) {
        size_t room = table->room ? table->room * 2 : 16;
        void **larger = base_arena_alloc(arena, room * sizeof(*larger));

        if (table->n_items)
            memcpy(larger, table->items, table->n_items * sizeof(*larger));
        table->items = larger;
        table->room = room;
    }
    if (!table->index.arena)
        text_index_init(&table->index, arena);
    text_index_set(&table->index, base_arena_text(arena, key, len), len,
                   (uint32_t)table->n_items);
    table->items[table->n_items++] = value;
}

void sim_group_add(struct base_arena *arena, struct sim_group *group,
                   const struct router_sim_endpoint *endpoint)
{
    if (group->n == group->room) {
        size_t room = group->room ? group->room * 2 : 8;
        struct sim_group larger = {
            .items = base_arena_alloc(arena, room * sizeof(*larger.items)),
            .urls = base_arena_alloc(arena, room * sizeof(*larger.urls)),
            .n = group->n,
            .room = room,
        };

        if (group->n) {
            memcpy(larger.items, group->items, group->n * sizeof(*larger.items));
            memcpy(larger.urls, group->urls, group->n * sizeof(*larger.urls));
        }
        *group = larger;
    }
    group->items[group->n] = endpoint;
    group->urls[group->n++] = endpoint->url;
}

static bool is_same(const struct sim_place *a, const struct sim_place *b)
{
    return a == b || (a->at && b->at && strcmp(a->at->url, b->at->url) == 0);
}

void sim_places_add(struct base_arena *arena, struct sim_places *places, struct sim_place *place,
                    size_t most)
{
    for (size_t i = 0; i < places->n; i++)
        if (is_same(places->items[i], place))
            return;
    if (places->n == most)
        return;
    if (places->n == places->room) {
        size_t room = places->room ? places->room * 2 : 1;
        struct sim_place **larger = base_arena_alloc(arena, room * sizeof(*larger));

        if (places->n)
            memcpy(larger, places->items, places->n * sizeof(*larger));
        places->items = larger;
        places->room = room;
    }
    places->items[places->n++] = place;
}

/* ---- what endpoints there are ---- */

static struct sim_pool *pool_of(struct router_sim *sim, const char *model)
{
    struct sim_pool *pool = sim_find(&sim->pools, model, strlen(model));

    if (!pool) {
        pool = base_arena_zalloc(sim->arena, sizeof(*pool));
        sim_set(sim->arena, &sim->pools, model, strlen(model), pool);
    }
    return pool;
}

/* Which models there are at all, on how many endpoints, and which ones. */
static void note_serving(struct router_sim *sim, const struct router_sim_endpoint *endpoint)
{
    const char *model = endpoint->model;
    const char *key = base_arena_format(sim->arena, "%s\n%s", model, endpoint->url);
    size_t *n = sim_find(&sim->serving, model, strlen(model));

    if (!n) {
        n = base_arena_zalloc(sim->arena, sizeof(*n));
        sim_set(sim->arena, &sim->serving, model, strlen(model), n);
    }
    ++*n;
    sim_set(sim->arena, &sim->serving, key, strlen(key), n);
}

/* Which of its endpoints the router would choose from, as long as nothing changes. */
static void open_pool(struct router_sim *sim, struct sim_pool *pool)
{
    bool sees_health =
        !base_str_eq(sim->setup->router, "production-stack") || sim->setup->health_checks;

    for (size_t i = 0; i < pool->all.n; i++)
        if (pool->all.items[i]->healthy || !sees_health)
            sim_group_add(sim->arena, &pool->open, pool->all.items[i]);
    if (base_str_eq(sim->setup->router, "smg"))
        sim_smg_open_pool(sim, pool);
    pool->places = base_arena_zalloc(sim->arena, pool->open.n * sizeof(*pool->places) + 1);
    text_index_init(&pool->urls, sim->arena);
    for (size_t i = 0; i < pool->open.n; i++) {
        pool->places[i].at = pool->open.items[i];
        text_index_set(&pool->urls, pool->open.urls[i], strlen(pool->open.urls[i]), (uint32_t)i);
        pool->mean += (double)sim_in_flight(pool->open.items[i]) / (double)pool->open.n;
        if (sim_in_flight(pool->open.items[i]) > pool->most)
            pool->most = sim_in_flight(pool->open.items[i]);
    }
}

struct router_sim *router_sim_new(struct base_arena *arena, const struct router_sim_setup *setup,
                                  const struct router_sim_endpoint *endpoints, size_t n)
{
    struct router_sim *sim = base_arena_zalloc(arena, sizeof(*sim));

    sim->arena = arena;
    sim->setup = setup;
    sim->policy = find_policy(setup);
    sim->endpoints = endpoints;
    sim->n_endpoints = n;
    assert(sim->policy);
    for (size_t i = 0; i < n; i++) {
        struct sim_pool *pool = pool_of(sim, sim->policy->one_pool ? "" : endpoints[i].model);

        sim_group_add(arena, &pool->all, &endpoints[i]);
        note_serving(sim, &endpoints[i]);
    }
    for (size_t i = 0; i < sim->pools.n_items; i++)
        open_pool(sim, sim->pools.items[i]);
    for (size_t i = 0; i < setup->n_aliases; i++)
        sim_set(arena, &sim->aliases, setup->aliases[i].alias, strlen(setup->aliases[i].alias),
                base_arena_text(arena, setup->aliases[i].model,
                                strlen(setup->aliases[i].model)));
    return sim;
}

/* ---- answers ---- */

int64_t sim_in_flight(const struct router_sim_endpoint *endpoint)
{
    return endpoint->running + endpoint->waiting;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

const char *sim_header(const struct router_sim_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        const char *a = request->headers[i].name, *b = name;

        while (*a && lower(*a) == lower(*b))
            a++, b++;
        if (!*a && !*b)
            return request->headers[i].value;
    }
    return NULL;
}

struct sim_place *sim_draw(const struct sim_step *step, enum router_sim_how how,
                           const struct sim_group *among)
{
    struct sim_place *place = base_arena_zalloc(step->sim->arena, sizeof(*place));

    place->how = how;
    place->among = among;
    return place;
}

/* A router that looks at no model sends it on; the engine is who refuses. */
static const char *add_wrong_model(const struct sim_step *step, const char *why)
{
    struct base_arena *arena = step->sim->arena;
    const char *url = step->answer->url, *model = step->request->model, *key;
    const size_t *serving = sim_find(&step->sim->serving, model, strlen(model));

    if (!serving)
        return base_arena_format(arena, "%s; no engine serves '%s'", why, model);
    if (*serving == step->pool->all.n)
        return why;
    if (!url)
        return base_arena_format(arena, "%s; only %zu of %zu engines serve '%s'", why, *serving,
                                 step->pool->all.n, model);
    key = base_arena_format(arena, "%s\n%s", model, url);
    return sim_find(&step->sim->serving, key, strlen(key))
               ? why
               : base_arena_format(arena, "%s; the engine there does not serve '%s'", why, model);
}

static void add_place(struct sim_step *step, struct sim_place *place)
{
    struct router_sim_answer *answer = step->answer;

    if (place->at) {
        answer->how = ROUTER_SIM_CERTAIN;
        answer->url = place->at->url;
    } else if (place->among->n == 1) {
        answer->how = ROUTER_SIM_CERTAIN;
        answer->url = place->among->urls[0];
    } else {
        answer->how = place->how;
        answer->candidates = place->among->urls;
        answer->n_candidates = place->among->n;
        answer->same_as = place->first;
    }
    if (!place->first)
        place->first = step->sim->n_requests;
}

void sim_answer(struct sim_step *step, struct sim_place *place, const char *why, ...)
{
    char text[256];
    va_list args;

    va_start(args, why);
    vsnprintf(text, sizeof(text), why, args);
    va_end(args);
    step->place = place;
    add_place(step, place);
    step->answer->why = base_arena_text(step->sim->arena, text, strlen(text));
    if (!place->at && place->among->n > 1 && step->answer->same_as)
        step->answer->why = base_arena_format(step->sim->arena, "%s; where request %zu went",
                                              text, step->answer->same_as);
    if (step->sim->policy->one_pool)
        step->answer->why = add_wrong_model(step, step->answer->why);
    if (place->at && !place->at->healthy)
        step->answer->why = base_arena_format(
            step->sim->arena, "%s; it is not healthy, but the router does not look",
            step->answer->why);
}

void sim_refuse(struct sim_step *step, int status, const char *why)
{
    *step->answer = (struct router_sim_answer){.status = status, .why = why};
}

void router_sim_next(struct router_sim *sim, const struct router_sim_request *request,
                     struct router_sim_answer *ret_answer)
{
    struct sim_step step = {.sim = sim, .request = request, .answer = ret_answer};
    const char *model = sim->policy->one_pool ? "" : request->model;
    const char *alias = sim_find(&sim->aliases, model, strlen(model));

    *ret_answer = (struct router_sim_answer){.how = ROUTER_SIM_CERTAIN};
    sim->n_requests++;
    if (alias && !sim->policy->one_pool)
        model = alias;
    step.pool = sim_find(&sim->pools, model, strlen(model));
    if (!step.pool && !sim->policy->one_pool) {
        sim_refuse(&step, 404, "no endpoint serves this model");
    } else if (!step.pool || step.pool->open.n == 0) {
        sim_refuse(&step, 503, "no endpoint is healthy");
    } else {
        step.pool->n_requests++;
        if (step.pool->all_over)
            sim_answer(&step, sim_draw(&step, ROUTER_SIM_UNKNOWN, &step.pool->open),
                       "every endpoint is overloaded; the least loaded of them");
        else if (!sim->setup->routing_key_override || !sim_smg_session(&step))
            sim->policy->decide(&step);
    }
}
