/*
 * Sessions that a router remembers: smg's routing key, which wins over any policy,
 * sglang-router's manual, and vllm-router's sticky_least_loaded.
 */
#include "router/simulate_parts.h"

#define ROUTING_KEY "x-smg-routing-key"
enum { MOST_KEY = 128, KEPT_POOLS = 2 };

/* ---- smg: the routing key ---- */

/* The endpoints of a session, the newest first; each is of another model. */
struct session {
    const struct sim_pool *pools[KEPT_POOLS];
    struct sim_place *places[KEPT_POOLS];
};

/* The length without a last "_t12", the letter being `tag`. */
static size_t strip(const char *key, size_t len, char tag)
{
    size_t at = len;

    while (at > 0 && key[at - 1] >= '0' && key[at - 1] <= '9')
        at--;
    return at < len && at >= 2 && key[at - 1] == tag && key[at - 2] == '_' ? at - 2 : len;
}

/* Turns and retries of a conversation share the key of the conversation. */
static size_t lineage(const char *key)
{
    size_t whole = strlen(key), len = strip(key, strip(key, whole, 'r'), 't');

    return len ? len : whole;
}

static const char *find_key(const struct sim_step *step, size_t *ret_len)
{
    const char *name = step->sim->setup->session_header;
    const char *key = sim_header(step->request, name ? name : ROUTING_KEY);
    size_t len;

    if (key && *key && strlen(key) <= MOST_KEY) {
        *ret_len = lineage(key);
        return key;
    }
    key = text_get_str(step->request->body, "rid");
    len = key ? lineage(key) : 0;
    *ret_len = len;
    return len > 0 && len <= MOST_KEY ? key : NULL;
}

static void remember(struct session *session, const struct sim_pool *pool,
                     struct sim_place *place)
{
    for (size_t i = KEPT_POOLS - 1; i > 0; i--) {
        session->pools[i] = session->pools[i - 1];
        session->places[i] = session->places[i - 1];
    }
    session->pools[0] = pool;
    session->places[0] = place;
}

bool sim_smg_session(struct sim_step *step)
{
    struct router_sim *sim = step->sim;
    struct session *session;
    size_t len = 0;
    const char *key = find_key(step, &len);

    if (!key)
        return false;
    session = sim_find(&sim->sessions, key, len);
    for (size_t i = 0; session && i < KEPT_POOLS; i++) {
        if (session->pools[i] != step->pool)
            continue;
        sim_answer(step, session->places[i], "session '%.*s' is bound", len < 80 ? (int)len : 80,
                   key);
        return true;
    }
    if (!session) {
        session = base_arena_zalloc(sim->arena, sizeof(*session));
        sim_set(sim->arena, &sim->sessions, key, len, session);
    }
    sim->policy->decide(step);
    if (step->place) {
        step->answer->why = base_arena_format(sim->arena, "new session '%.*s': %s",
                                              len < 80 ? (int)len : 80, key, step->answer->why);
        remember(session, step->pool, step->place);
    }
    return true;
}

/* ---- sglang-router: manual ---- */

static struct sim_place *assign(struct sim_step *step)
{
    struct sim_group *least;
    int64_t lowest = INT64_MAX;

    if (!base_str_eq(step->sim->setup->assignment_mode, "min_load"))
        return sim_draw(step, ROUTER_SIM_RANDOM, &step->pool->open);
    least = base_arena_zalloc(step->sim->arena, sizeof(*least));
    for (size_t i = 0; i < step->pool->open.n; i++)
        if (sim_in_flight(step->pool->open.items[i]) < lowest)
            lowest = sim_in_flight(step->pool->open.items[i]);
    for (size_t i = 0; i < step->pool->open.n; i++)
        if (sim_in_flight(step->pool->open.items[i]) == lowest)
            sim_group_add(step->sim->arena, least, step->pool->open.items[i]);
    return sim_draw(step, ROUTER_SIM_RANDOM, least);
}

void sim_manual(struct sim_step *step)
{
    const char *key = sim_header(step->request, ROUTING_KEY);
    struct sim_place *place;

    if (!key || !*key) {
        sim_answer(step, assign(step), "no " ROUTING_KEY "; drawn for each request");
        return;
    }
    place = sim_find(&step->sim->sessions, key, strlen(key));
    if (!place)
        place = assign(step);
    sim_answer(step, place, "session '%.80s' is %s", key, place->first ? "bound" : "new; drawn");
    sim_set(step->sim->arena, &step->sim->sessions, key, strlen(key), place);
}

/* ---- vllm-router: sticky_least_loaded ---- */

/* Of those with the fewest sessions, the highest hash of key and URL; false: a draw. */
static bool fewest_sessions(const struct sim_step *step, const char *key, size_t *ret_i)
{
    const struct sim_pool *pool = step->pool;
    uint64_t highest = 0;
    size_t lowest = SIZE_MAX;
    bool alone = true;

    for (size_t i = 0; i < pool->open.n; i++)
        if (pool->sessions[i] < lowest)
            lowest = pool->sessions[i];
    *ret_i = SIZE_MAX;
    for (size_t i = 0; i < pool->open.n; i++) {
        const char *text;
        uint64_t hash;

        if (pool->sessions[i] != lowest)
            continue;
        text = base_arena_format(step->sim->arena, "%s:%s", key, pool->open.urls[i]);
        hash = router_fbi_hash(text, strlen(text));
        if (*ret_i == SIZE_MAX || hash > highest) {
            highest = hash;
            *ret_i = i;
            alone = true;
        } else if (hash == highest) {
            alone = false;
        }
    }
    return alone;
}

static void place_session(struct sim_step *step, const char *key, bool bind)
{
    struct sim_pool *pool = step->pool;
    struct sim_place *place;
    size_t i = 0;

    if (pool->unsure || !fewest_sessions(step, key, &i)) {
        place = sim_draw(step, ROUTER_SIM_UNKNOWN, &pool->open);
        pool->unsure |= bind;
        sim_answer(step, place, "depends on how an earlier request was counted");
    } else {
        place = &pool->places[i];
        sim_answer(step, place, "%s: the fewest sessions", bind ? "new session" : "no session");
        pool->sessions[i] += bind;
    }
    if (bind)
        sim_set(step->sim->arena, &step->sim->sessions, key, strlen(key), place);
}

void sim_vr_sticky(struct sim_step *step)
{
    struct sim_pool *pool = step->pool;
    const char *name, *key = sim_vr_session_header(step->request, &name), *text;
    struct sim_place *place = key ? sim_find(&step->sim->sessions, key, strlen(key)) : NULL;
    size_t len = 0;

    if (!pool->sessions)
        pool->sessions =
            base_arena_zalloc(step->sim->arena, pool->open.n * sizeof(*pool->sessions));
    if (place) {
        sim_answer(step, place, "session '%.80s' is bound", key);
        return;
    }
    text = key ? key : sim_text_vllm_router(step->sim->arena, step->request->body, &len);
    if (text && (key || *text != '{')) {
        place_session(step, text, key != NULL);
        return;
    }
    /* The router would look for a session in it, and count that. */
    pool->unsure = true;
    sim_answer(step, sim_draw(step, ROUTER_SIM_UNKNOWN, &pool->open),
               "a session may be named in what is neither messages nor plain text");
}
