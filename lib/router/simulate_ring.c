/*
 * Hash rings: production-stack's session policy (uhashring with its defaults: 160
 * points for each URL, "URL-N", by MD5) and vllm-router's consistent_hash (160
 * points, "URL:N", by its own hash, which is narrow enough for points to meet).
 */
#include "router/simulate_parts.h"

#include <stdio.h>
#include <stdlib.h>

enum { POINTS = 160, SHORT_TEXT = 100 };

/* ---- rings ---- */

struct point {
    unsigned char hash[16]; /* the highest byte first */
    struct sim_place *place;
};

struct sim_ring {
    struct point *points; /* in order */
    size_t n;
};

typedef void (*hash_fn)(const char *key, size_t len, unsigned char ret_hash[16]);

static void hash_md5(const char *key, size_t len, unsigned char ret_hash[16])
{
    router_md5(key, len, ret_hash);
}

static void hash_fbi(const char *key, size_t len, unsigned char ret_hash[16])
{
    uint64_t hash = router_fbi_hash(key, len);

    memset(ret_hash, 0, 16);
    for (unsigned i = 0; i < 8; i++)
        ret_hash[i] = (unsigned char)(hash >> (56 - 8 * i));
}

static int by_hash(const void *a, const void *b)
{
    return memcmp(((const struct point *)a)->hash, ((const struct point *)b)->hash, 16);
}

/* Points of several URLs that meet: the one that the router lists last has it. */
static void merge_points(const struct sim_step *step, struct sim_ring *ring)
{
    size_t n = 0;

    for (size_t i = 0; i < ring->n;) {
        struct sim_group *among = NULL;
        size_t end = i + 1;

        for (; end < ring->n && by_hash(&ring->points[i], &ring->points[end]) == 0; end++)
            if (ring->points[end].place != ring->points[i].place && !among)
                among = base_arena_zalloc(step->sim->arena, sizeof(*among));
        for (size_t k = i; among && k < end; k++)
            sim_group_add(step->sim->arena, among, ring->points[k].place->at);
        ring->points[n] = ring->points[i];
        if (among)
            ring->points[n].place = sim_draw(step, ROUTER_SIM_RANDOM, among);
        n++;
        i = end;
    }
    ring->n = n;
}

static struct sim_ring *new_ring(const struct sim_step *step, char separator, hash_fn hash)
{
    struct base_arena *arena = step->sim->arena;
    struct sim_pool *pool = step->pool;
    struct sim_ring *ring = base_arena_zalloc(arena, sizeof(*ring));
    struct sim_table urls = {0};

    ring->points = base_arena_alloc(arena, 2 * pool->open.n * POINTS * sizeof(*ring->points));
    for (size_t i = 0; i < pool->open.n; i++) {
        const char *url = pool->open.urls[i];
        size_t len = strlen(url);
        char *key = base_arena_alloc(arena, len + 8);

        if (sim_find(&urls, url, len))
            continue;
        sim_set(arena, &urls, url, len, pool);
        memcpy(key, url, len);
        for (int k = 0; k < POINTS; k++) {
            int n = snprintf(key + len, 8, "%c%d", separator, k);

            hash(key, len + (size_t)n, ring->points[ring->n].hash);
            ring->points[ring->n++].place = &pool->places[i];
        }
    }
    base_sort(ring->points, ring->points + ring->n, ring->n, sizeof(*ring->points), by_hash);
    merge_points(step, ring);
    return ring;
}

/* The first point behind the hash, or at it when `or_at`; behind the last, the first. */
static struct sim_place *find_on(const struct sim_ring *ring, const unsigned char hash[16],
                                 bool or_at)
{
    size_t low = 0, high = ring->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = memcmp(ring->points[mid].hash, hash, 16);

        if (order < 0 || (order == 0 && !or_at))
            low = mid + 1;
        else
            high = mid;
    }
    return ring->points[low == ring->n ? 0 : low].place;
}

/* ---- production-stack: session ---- */

static bool was_seen(const struct router_sim *sim, const char *url)
{
    return sim_find(&sim->seen, url, strlen(url)) != NULL;
}

/* Without a session: an endpoint without requests so far, else the lowest rate. */
static void by_rate(struct sim_step *step)
{
    struct sim_pool *pool = step->pool;
    size_t i = 0;

    while (i < pool->open.n && was_seen(step->sim, pool->open.urls[i]))
        i++;
    if (i == pool->open.n || (!step->sim->setup->static_list && pool->open.n > 1)) {
        sim_answer(step, sim_draw(step, ROUTER_SIM_UNKNOWN, &pool->open),
                   "no session; the lowest request rate of the last minute");
        return;
    }
    sim_answer(step, &pool->places[i],
               "no session; the first in the list that got no request so far");
    sim_set(step->sim->arena, &step->sim->seen, pool->open.urls[i], strlen(pool->open.urls[i]),
            pool);
}

/* The session of a body as Python prints it; false when that is not known here. */
static bool print_session(const struct text_node *node, const char **ret_text)
{
    if (!node || node->type == TEXT_NULL)
        *ret_text = NULL;
    else if (node->type == TEXT_BOOL)
        *ret_text = text_bool(node) ? "True" : "False";
    else if (node->type == TEXT_STR)
        *ret_text = node->u.str;
    else if (node->type == TEXT_INT)
        *ret_text = strcmp(node->u.str, "-0") == 0 ? "0" : node->u.str;
    else
        return false;
    return true;
}

void sim_ps_session(struct sim_step *step)
{
    const char *key = step->sim->setup->session_header;
    const char *session = sim_header(step->request, key);
    unsigned char hash[16];
    struct sim_place *place;

    if (!session && !print_session(text_get(step->request->body, key), &session)) {
        sim_answer(step, sim_draw(step, ROUTER_SIM_UNKNOWN, &step->pool->open),
                   "'%s' of the body is hashed as Python prints it", key);
        return;
    }
    if (!session) {
        by_rate(step);
        return;
    }
    if (!step->pool->ring)
        step->pool->ring = new_ring(step, '-', hash_md5);
    hash_md5(session, strlen(session), hash);
    place = find_on(step->pool->ring, hash, /* or_at= */ false);
    sim_answer(step, place, "session '%.80s' on the ring", session);
    sim_set(step->sim->arena, &step->sim->seen, place->at->url, strlen(place->at->url),
            step->pool);
}

/* ---- vllm-router: consistent_hash ---- */

/* Headers that name a session, in the order in which they are looked for. */
static const char *const session_headers[] = {"x-session-id", "x-user-id",    "x-tenant-id",
                                              "x-correlation-id", "x-request-id", "x-trace-id",
                                              NULL};

const char *sim_vr_session_header(const struct router_sim_request *request, const char **ret_name)
{
    for (const char *const *name = session_headers; *name; name++) {
        const char *value = sim_header(request, *name);

        if (value && *value) {
            *ret_name = *name;
            return value;
        }
    }
    return NULL;
}

static const char *skip_space(const char *at)
{
    for (size_t n; (n = sim_space(at)) > 0;)
        at += n;
    return at;
}

/* What stands behind the first `word` and a colon, or NULL. */
static const char *behind(const char *text, const char *word)
{
    const char *at = strstr(text, word);

    if (!at)
        return NULL;
    at = skip_space(at + strlen(word));
    return *at == ':' ? at + 1 : NULL;
}

/*
 * The value of a field in what need not be JSON: the router looks for the first place
 * where the name stands in double quotes, in single quotes, or bare, with a colon.
 */
static const char *find_field(struct base_arena *arena, const char *text, const char *field)
{
    static const char *const quotes[] = {"\"", "'", ""};

    for (size_t i = 0; i < BASE_COUNT(quotes); i++) {
        const char *at =
            behind(text, base_arena_format(arena, "%s%s%s", quotes[i], field, quotes[i]));
        const char *end;

        if (!at)
            continue;
        at = skip_space(at);
        if (*at == '"' || *at == '\'') {
            end = strchr(at + 1, *at);
            if (end)
                return base_arena_text(arena, at + 1, (size_t)(end - at - 1));
        } else if (strcspn(at, ", }]\n\r\t") > 0) {
            return base_arena_text(arena, at, strcspn(at, ", }]\n\r\t"));
        }
    }
    return NULL;
}

/* The braces behind "session_params", counted without regard to strings. */
static const char *find_params(struct base_arena *arena, const char *text)
{
    const char *at = behind(text, "\"session_params\"");
    size_t depth = 0;

    if (!at)
        at = behind(text, "'session_params'");
    at = at ? strchr(at, '{') : NULL;
    for (const char *c = at; c && *c; c++) {
        depth += *c == '{';
        depth -= *c == '}';
        if (depth == 0)
            return base_arena_text(arena, at, (size_t)(c - at + 1));
    }
    return NULL;
}

static const char *body_key(struct base_arena *arena, const char *text)
{
    static const struct {
        const char *field, *prefix;
    } fields[] = {{"user", "user"}, {"session_id", "session"}, {"user_id", "user"}};
    const char *params = find_params(arena, text);
    const char *value = params ? find_field(arena, params, "session_id") : NULL;

    if (value)
        return base_arena_format(arena, "session:%s", value);
    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        value = find_field(arena, text, fields[i].field);
        if (value)
            return base_arena_format(arena, "%s:%s", fields[i].prefix, value);
    }
    return NULL;
}

static const char *text_key(struct base_arena *arena, const char *text, size_t len)
{
    const char *key = body_key(arena, text);

    if (key)
        return key;
    if (len > SHORT_TEXT)
        return base_arena_format(arena, "request_hash:%016llx",
                                 (unsigned long long)router_fbi_hash(text, len));
    return base_arena_format(arena, "request:%s", text);
}

void sim_vr_consistent_hash(struct sim_step *step)
{
    struct base_arena *arena = step->sim->arena;
    const char *name, *value = sim_vr_session_header(step->request, &name), *key;
    unsigned char hash[16];

    if (value) {
        key = base_arena_format(arena, "header:%s:%s", name, value);
    } else {
        size_t len = 0;
        const char *text = sim_text_vllm_router(arena, step->request->body, &len);

        if (!text) {
            sim_answer(step, sim_draw(step, ROUTER_SIM_UNKNOWN, &step->pool->open),
                       "neither a session header nor messages nor a prompt");
            return;
        }
        key = text_key(arena, text, len);
    }
    if (!step->pool->ring)
        step->pool->ring = new_ring(step, ':', hash_fbi);
    hash_fbi(key, strlen(key), hash);
    sim_answer(step, find_on(step->pool->ring, hash, /* or_at= */ true), "'%.80s' on the ring",
               key);
}
