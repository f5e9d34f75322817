/* The status of what services refer to: halves, speculation, caches. */
#include "reconcile/reconcile.h"

static void observe_half(struct reconcile_round *round, const char *field, const char *suffix,
                         const char *condition)
{
    struct reconcile_workload work =
        reconcile_workload(round, kinds_child_name(round->arena, round->self->name, suffix));
    struct text_builder *out = &round->render.builder;

    text_put_map(out, field);
    text_put_int(out, "ready", work.ready);
    text_put_int(out, "replicas", work.pods);
    text_put_end(out);
    reconcile_say(round, condition, work.condition.status, work.condition.reason, "%s",
                  work.condition.message);
}

/* A pod that serves, and the same as before while it does. */
static void put_pod(struct reconcile_round *round, const char *field, const char *component)
{
    text_put_str(&round->render.builder, field,
                 reconcile_ready_pod(round, component, text_get_str(round->old_status, field)));
}

void reconcile_observe_pdd(struct reconcile_round *round)
{
    static const char *const needed[] = {"PrefillReady", "DecodeReady", NULL};

    observe_half(round, "prefill", "-prefill", "PrefillReady");
    observe_half(round, "decode", "-decode", "DecodeReady");
    put_pod(round, "prefillPod", "prefill");
    put_pod(round, "decodeTargetPod", "decode");
    reconcile_sum_up(round, needed, "pods of both halves serve");
}

static void sort_names(const char **items, const char **spare, size_t n)
{
    size_t half = n / 2, i = 0, j = half, k = 0;

    if (n < 2)
        return;
    sort_names(items, spare, half);
    sort_names(items + half, spare, n - half);
    memcpy(spare, items, half * sizeof(*items));
    while (i < half && j < n)
        items[k++] = strcmp(spare[i], items[j]) <= 0 ? spare[i++] : items[j++];
    memcpy(items + k, spare + i, (half - i) * sizeof(*items));
}

/* Who refers to it, in an order of names. */
void reconcile_observe_sd(struct reconcile_round *round)
{
    static const char *const needed[] = {NULL};
    const struct kinds_world *kinds = round->world->kinds;
    uint32_t first = kinds->first_to[round->object->index];
    uint32_t end = kinds->first_to[round->object->index + 1];
    const char **users =
        base_arena_alloc(round->arena, 2 * ((size_t)(end - first) + 1) * sizeof(*users));
    size_t n = 0;

    for (uint32_t i = first; i < end; i++) {
        const rctl_object *user = kinds->objects[kinds->edges[kinds->edges_to[i]].from];

        users[n++] = base_arena_format(round->arena, "%s/%s", user->kind->kind, user->name);
    }
    sort_names(users, users + n, n);
    if (n) {
        text_put_list(&round->render.builder, "usedBy");
        for (size_t i = 0; i < n; i++)
            if (i == 0 || strcmp(users[i], users[i - 1]) != 0)
                text_put_str(&round->render.builder, NULL, users[i]);
        text_put_end(&round->render.builder);
    }
    reconcile_sum_up(round, needed, "services may use it");
}

/* ---- caches ---- */

static bool passes_threshold(const struct reconcile_round *round, rctl_object *gateway)
{
    const struct kinds_world *kinds = round->world->kinds;
    struct rctl_diags silent = kinds_silent(kinds);
    struct kinds_front front;

    return !gateway->has_errors && kinds_object_front(kinds, gateway, &silent, &front) &&
           front.solution.chosen &&
           (front.solution.chosen->honoured & front.asked &
            RCTL_WISH_BIT(RCTL_WISH_CACHE_THRESHOLD));
}

/* Whether a gateway before a service that uses the cache goes by its hit rate. */
static bool router_enforces(const struct reconcile_round *round)
{
    const struct kinds_world *kinds = round->world->kinds;
    uint32_t at = round->object->index;

    for (uint32_t i = kinds->first_to[at]; i < kinds->first_to[at + 1]; i++) {
        uint32_t user = kinds->edges[kinds->edges_to[i]].from;

        for (uint32_t k = kinds->first_to[user]; k < kinds->first_to[user + 1]; k++) {
            rctl_object *gateway = kinds->objects[kinds->edges[kinds->edges_to[k]].from];

            if (gateway->kind->spec == &shape_igw_spec && passes_threshold(round, gateway))
                return true;
        }
    }
    return false;
}

/* Of a threshold that nobody acts on: it is watched, and nothing measures it yet. */
static void say_threshold(struct reconcile_round *round, const char *type, bool watched)
{
    if (watched)
        reconcile_say(round, type, STATUS_UNKNOWN, "NotMeasured", "nothing was measured yet");
}

void reconcile_observe_icache(struct reconcile_round *round)
{
    static const char *const needed[] = {NULL};
    const struct icache_spec *spec = kinds_object_spec(round->object, round->arena);
    const struct transfer_policy *policy = spec->transfer_policy;
    bool server = spec->tiers && spec->tiers->server && spec->tiers->server->enabled.v;
    bool hit_rate = policy && policy->threshold_hit_rate.at;
    bool eviction = policy && policy->eviction_threshold.at;
    bool by_router = hit_rate && router_enforces(round);

    if (hit_rate || eviction)
        text_put_str(&round->render.builder, "enforcement",
                     by_router && eviction && server ? "router and cache server"
                     : by_router                     ? "router"
                     : eviction && server            ? "cache server"
                                                     : "observed");
    say_threshold(round, "HitRateLow", hit_rate && !by_router);
    say_threshold(round, "EvictionPressure", eviction && !server);
    if (server) {
        struct reconcile_workload work = reconcile_workload(
            round, kinds_child_name(round->arena, round->self->name, "-lmcache"));

        if (work.condition.status != STATUS_TRUE) {
            reconcile_say(round, "Ready", work.condition.status, work.condition.reason,
                          "cache server: %s", work.condition.message);
            return;
        }
    }
    reconcile_sum_up(round, needed, server ? "the cache server serves" : "services may use it");
}
