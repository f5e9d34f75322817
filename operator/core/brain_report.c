/* What is counted and told. Counting is best effort: without memory, a count is lost. */
#include "core/brain_parts.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

void brain_tell(const struct brain *brain, const struct brain_note *note)
{
    struct brain_note whole = *note;

    if (!brain->options.tell)
        return;
    whole.controller = note->controller ? note->controller : "";
    whole.kind = note->kind ? note->kind : "";
    whole.ns = note->ns ? note->ns : "";
    whole.name = note->name ? note->name : "";
    whole.reason = note->reason ? note->reason : "";
    brain->options.tell(brain->options.tell_ctx, &whole);
}

static double seconds(core_time span)
{
    return (double)span / (double)CORE_SECOND;
}

/* ---- as it happens ---- */

static const char *const probe_results[] = {[BRAIN_PROBE_HEALTHY] = "healthy",
                                            [BRAIN_PROBE_UNHEALTHY] = "unhealthy",
                                            [BRAIN_PROBE_REFUSED] = "refused"};

int brain_start_metrics(struct brain *brain)
{
    static const char *const results[] = {"success", "error", "requeue", "requeue_after"};
    static const enum metrics_id counters[] = {
        METRICS_RECONCILE_ERRORS, METRICS_RECONCILE_TERMINAL_ERRORS, METRICS_RECONCILE_PANICS,
        METRICS_RECONCILE_TIMEOUTS, METRICS_ACTIVE_WORKERS, METRICS_APPLY_NOOP};
    struct metrics *metrics = &brain->metrics;
    int code = RCTL_OK;

    for (uint32_t i = 0; i < brain->n_controllers; i++) {
        const char *labels[] = {brain->controllers[i].told->name, NULL};

        for (size_t j = 0; code == RCTL_OK && j < sizeof(results) / sizeof(*results); j++) {
            labels[1] = results[j];
            code = metrics_add(metrics, METRICS_RECONCILE_TOTAL, labels, 0);
        }
        for (size_t j = 0; code == RCTL_OK && j < sizeof(counters) / sizeof(*counters); j++)
            code = metrics_add(metrics, counters[j], labels, 0);
        if (code == RCTL_OK)
            code = metrics_set(metrics, METRICS_MAX_CONCURRENT, labels, brain->limits->workers);
    }
    for (size_t i = 0; code == RCTL_OK && i < sizeof(probe_results) / sizeof(*probe_results); i++)
        code = metrics_add(metrics, METRICS_PROBES, &probe_results[i], 0);
    return code;
}

void brain_count_call(struct brain *brain, const char *method, int status, core_time now)
{
    char code[16] = "<error>";
    const char *const labels[] = {code, method, brain->options.host};

    if (status) {
        snprintf(code, sizeof(code), "%d", status);
        brain->replied = true;
        brain->silent = CORE_NEVER;
    } else if (brain->silent == CORE_NEVER) {
        brain->silent = now;
    }
    metrics_add(&brain->metrics, METRICS_REQUESTS, labels, 1);
}

void brain_count_begin(struct brain *brain, const struct brain_round *round)
{
    const char *name = brain->controllers[round->controller].told->name;
    const char *const labels[] = {name, name};

    metrics_observe(&brain->metrics, METRICS_QUEUE_WAITED, labels, seconds(round->work.waited));
}

void brain_count_round(struct brain *brain, const struct brain_round *round,
                       struct outcome outcome, const struct outcome_round *how, core_time now,
                       core_time ran)
{
    struct metrics *metrics = &brain->metrics;
    const char *name = brain->controllers[round->controller].told->name;
    const char *const total[] = {name, outcome_label(outcome)};
    const char *const names[] = {name, name};

    metrics_add(metrics, METRICS_RECONCILE_TOTAL, total, 1);
    metrics_observe(metrics, METRICS_RECONCILE_TIME, names, seconds(ran));
    metrics_observe(metrics, METRICS_QUEUE_WORKED, names, seconds(ran));
    if (outcome.kind == OUTCOME_RETRY || outcome.terminal_error)
        metrics_add(metrics, METRICS_RECONCILE_ERRORS, names, 1);
    if (outcome.terminal_error)
        metrics_add(metrics, METRICS_RECONCILE_TERMINAL_ERRORS, names, 1);
    if (how->code == RCTL_E_BUG)
        metrics_add(metrics, METRICS_RECONCILE_PANICS, names, 1);
    if (round->step == BRAIN_STEP_OUT && how->failed && !how->failed->status &&
        now - round->sent >= brain->limits->write_timeout)
        metrics_add(metrics, METRICS_RECONCILE_TIMEOUTS, names, 1);
}

void brain_note_sent(const struct brain *brain, struct brain_round *round,
                     const rctl_action *action, core_time now)
{
    const char *ns = action->name_space ? action->name_space : "";
    uint32_t resource = BRAIN_RESOURCES;
    const struct brain_watch *watch = NULL;
    const char *rv = NULL;

    if (action->type == RCTL_ACTION_APPLY || action->type == RCTL_ACTION_STATUS)
        resource = brain_find_resource(brain, action->api_version, action->kind);
    if (resource < BRAIN_RESOURCES)
        watch = brain_watch_for(brain, resource, ns);
    if (watch)
        rv = known_rv(&watch->watch.known, ns, action->name);
    round->sent = now;
    memcpy(round->rv, rv ? rv : "", rv ? strlen(rv) + 1 : 1);
}

void brain_count_apply(struct brain *brain, const struct brain_round *round,
                       const struct object *object)
{
    if (*round->rv && strcmp(round->rv, object->meta.rv) == 0)
        metrics_add(&brain->metrics, METRICS_APPLY_NOOP,
                    &brain->controllers[round->controller].told->name, 1);
}

void brain_count_probe(struct brain *brain, enum brain_probe result)
{
    metrics_add(&brain->metrics, METRICS_PROBES, &probe_results[result], 1);
}

/* ---- conditions ---- */

static const char *const states[OBJECT_STATE__COUNT] = {
    [OBJECT_TRUE] = "True", [OBJECT_FALSE] = "False", [OBJECT_UNKNOWN] = "Unknown"};

static object_states read_state(const struct object_meta *meta, const char *type)
{
    for (size_t i = 0; i < meta->n_conditions; i++)
        for (object_states state = OBJECT_TRUE; state < OBJECT_STATE__COUNT; state++)
            if (strcmp(meta->conditions[i].type, type) == 0 &&
                strcmp(meta->conditions[i].status, states[state]) == 0)
                return state;
    return OBJECT_SILENT;
}

object_states brain_read_states(const struct brain *brain, uint32_t resource,
                                const struct object_meta *meta)
{
    const char *const *types = brain->resources[resource].conditions;
    object_states all = 0;

    for (uint32_t i = 0; types && types[i]; i++) {
        assert(i < OBJECT_CONDITIONS);
        all |= read_state(meta, types[i]) << 2 * i;
    }
    return all;
}

void brain_count_states(struct brain *brain, const struct object_copy *copy, int by)
{
    struct brain_resource *resource = &brain->resources[copy->resource];

    for (uint32_t i = 0; resource->conditions && resource->conditions[i]; i++)
        resource->states[i][copy->states >> 2 * i & 3] += (uint32_t)by;
}

/* ---- when asked ---- */

static void report_conditions(struct brain *brain, const struct brain_resource *resource)
{
    for (uint32_t i = 0; resource->conditions && resource->conditions[i]; i++)
        for (int state = OBJECT_TRUE; state < OBJECT_STATE__COUNT; state++) {
            const char *const labels[] = {resource->told->kind, resource->conditions[i],
                                          states[state]};

            metrics_set(&brain->metrics, METRICS_CONDITIONS, labels, resource->states[i][state]);
        }
}

static void report_queue(struct brain *brain, struct brain_controller *controller, core_time now)
{
    struct metrics *metrics = &brain->metrics;
    const char *name = controller->told->name;
    const char *const labels[] = {name, name};
    struct queue_stats stats;

    queue_stats(&controller->queue, now, &stats);
    for (int band = 0; band < QUEUE_BAND__COUNT; band++) {
        char priority[16];
        const char *const depth[] = {name, name, priority};

        snprintf(priority, sizeof(priority), "%d", queue_priority((enum queue_band)band));
        metrics_set(metrics, METRICS_QUEUE_DEPTH, depth, stats.depth[band]);
    }
    metrics_set(metrics, METRICS_QUEUE_ADDS, labels, (double)stats.adds);
    metrics_set(metrics, METRICS_QUEUE_RETRIES, labels, (double)stats.retries);
    metrics_set(metrics, METRICS_QUEUE_UNFINISHED, labels, seconds(stats.unfinished));
    metrics_set(metrics, METRICS_QUEUE_LONGEST, labels, seconds(stats.longest));
    metrics_set(metrics, METRICS_ACTIVE_WORKERS, labels, controller->running);
}

/* The watches of one resource together. */
struct watch_sum {
    uint64_t lists[WATCH_CAUSE__COUNT], streams, malformed;
    core_time last_event; /* of the one that is quiet for longest */
    bool synced, open;
};

static void report_sum(struct brain *brain, uint32_t resource, const struct watch_sum *sum,
                       core_time now)
{
    static const char *const causes[WATCH_CAUSE__COUNT] = {
        [WATCH_CAUSE_FIRST] = "first",       [WATCH_CAUSE_EXPIRED] = "expired",
        [WATCH_CAUSE_FUTURE] = "future",     [WATCH_CAUSE_DISORDER] = "disorder",
        [WATCH_CAUSE_SERVED] = "served",     [WATCH_CAUSE_ASKED] = "asked",
        [WATCH_CAUSE_FAILED] = "failed",
    };
    const rctl_resource *told = brain->resources[resource].told;
    struct metrics *metrics = &brain->metrics;

    for (int cause = 0; cause < WATCH_CAUSE__COUNT; cause++) {
        const char *const lists[] = {told->plural, causes[cause]};

        metrics_set(metrics, METRICS_RELISTS, lists, (double)sum->lists[cause]);
    }
    metrics_set(metrics, METRICS_WATCH_RESTARTS, &told->plural, (double)sum->streams);
    metrics_set(metrics, METRICS_MALFORMED, &told->plural, (double)sum->malformed);
    metrics_set(metrics, METRICS_WATCH_AGE, &told->plural, seconds(now - sum->last_event));
    metrics_set(metrics, METRICS_CACHE_OBJECTS, &told->plural, brain_count_known(brain, resource));
    metrics_set(metrics, METRICS_CACHE_SYNCED, &told->plural, sum->synced);
    metrics_set(metrics, METRICS_BREAKER_OPEN, &told->kind, sum->open);
}

static void report_watches(struct brain *brain, uint32_t resource, core_time now)
{
    struct watch_sum sum = {.last_event = now, .synced = true};

    for (uint32_t i = 0; i < brain->n_places; i++) {
        const struct brain_watch *watch = &brain->watches[resource * brain->n_places + i];

        for (int cause = 0; cause < WATCH_CAUSE__COUNT; cause++)
            sum.lists[cause] += watch->watch.stats.lists[cause];
        sum.streams += watch->watch.stats.streams;
        sum.malformed += watch->watch.stats.malformed;
        if (watch->watch.state != WATCH_MISSING)
            sum.last_event = core_sooner(sum.last_event, watch->watch.last_event);
        sum.synced &= watch->synced;
        sum.open |= watch->breaker.open;
    }
    report_sum(brain, resource, &sum, now);
}

struct metrics *brain_metrics(struct brain *brain, core_time now)
{
    struct metrics *metrics = &brain->metrics;
    const char *name = brain->options.lease_name;

    for (uint32_t i = 0; i < brain->n_controllers; i++)
        report_queue(brain, &brain->controllers[i], now);
    for (uint32_t i = 0; i < brain->n_resources; i++) {
        report_watches(brain, i, now);
        report_conditions(brain, &brain->resources[i]);
    }
    if (brain->options.elects)
        metrics_set(metrics, METRICS_LEADER, &name, brain_leads(brain));
    metrics_set(metrics, METRICS_EVENTS_DROPPED, NULL, (double)brain->events.dropped);
    return metrics;
}
