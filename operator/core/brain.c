/* The brain put together: what there is to watch, what comes next, what came. */
#include "core/brain_parts.h"

#include "core/mem.h"

#include <assert.h>
#include <string.h>

const struct brain_limits brain_default = {
    .watch = &watch_default,
    .queue = &queue_default,
    .lease = &lease_default,
    .breaker = &breaker_default,
    .events = &events_default,
    .workers = 8,
    .replans = 5,
    .replan_wait = 10 * CORE_MS,
    .write_timeout = 5 * CORE_SECOND,
    .resync = 600 * CORE_MINUTE,
    .resync_percent = 10,
    .held = 30 * CORE_SECOND,
    .gather = CORE_MS,
    .gather_most = CORE_SECOND,
};

enum {
    PLACES_MOST = 1000,  /* namespaces that are watched one by one */
    SILENCE = 30         /* seconds without any reply, and the server is out of reach */
};

/* ---- calls and their owners ---- */

uint64_t brain_new_id(struct brain *brain, uint32_t owner)
{
    return ++brain->serial << BRAIN_ID_BITS | owner;
}

uint32_t brain_lease_owner(const struct brain *brain)
{
    return brain->n_watches;
}

uint32_t brain_event_owner(const struct brain *brain)
{
    return brain->n_watches + 1;
}

uint32_t brain_round_owner(const struct brain *brain, const struct brain_round *round)
{
    return brain->n_watches + 2 + (uint32_t)(round - brain->rounds);
}

static uint32_t owner_of(uint64_t id)
{
    return (uint32_t)(id & ((UINT64_C(1) << BRAIN_ID_BITS) - 1));
}

struct brain_watch *brain_watch_of(struct brain *brain, uint64_t id)
{
    uint32_t owner = owner_of(id);

    if (owner >= brain->n_watches || brain->watches[owner].id != id)
        return NULL;
    return &brain->watches[owner];
}

struct brain_round *brain_round_of(struct brain *brain, uint64_t id)
{
    uint32_t first = brain->n_watches + 2, owner = owner_of(id);
    struct brain_round *round;

    if (owner < first || owner - first >= brain->limits->workers)
        return NULL;
    round = &brain->rounds[owner - first];
    return round->step == BRAIN_STEP_OUT && round->id == id ? round : NULL;
}

/* ---- making one ---- */

uint32_t brain_find_resource(const struct brain *brain, const char *api_version,
                             const char *kind)
{
    for (uint32_t i = 0; i < brain->n_resources; i++)
        if (strcmp(brain->resources[i].told->kind, kind) == 0 &&
            strcmp(brain->resources[i].told->api_version, api_version) == 0)
            return i;
    return BRAIN_RESOURCES;
}

static int add_read(struct brain *brain, struct brain_controller *controller,
                    const rctl_read *read)
{
    uint32_t number =
        brain_find_resource(brain, read->resource->api_version, read->resource->kind);
    struct brain_resource *resource = &brain->resources[number];

    if (number == BRAIN_RESOURCES) {
        if (brain->n_resources == BRAIN_RESOURCES)
            return RCTL_E_INVALID_ARG;
        number = brain->n_resources++;
        resource = &brain->resources[number];
        resource->told = read->resource;
        resource->labels = read->labels;
    }
    if (resource->labels && (!read->labels || strcmp(resource->labels, read->labels) != 0))
        resource->labels = NULL;
    if (strcmp(read->resource->kind, controller->told->kind) == 0) {
        resource->controller = controller;
        resource->conditions = controller->told->conditions;
        controller->primary = number;
    }
    return RCTL_OK;
}

static int add_controllers(struct brain *brain, core_time now)
{
    size_t n = rctl_controllers_count();
    int code = n > BRAIN_CONTROLLERS ? RCTL_E_INVALID_ARG : RCTL_OK;

    for (size_t i = 0; code == RCTL_OK && i < n; i++) {
        struct brain_controller *controller = &brain->controllers[i];

        controller->told = rctl_controllers_get(i);
        controller->primary = BRAIN_RESOURCES;
        controller->resync_at = core_after(now, brain_resync_span(brain, brain->options.seed));
        queue_init(&controller->queue, &brain->options.from, brain->limits->queue,
                   brain->options.seed);
        brain->n_controllers++;
        for (size_t j = 0; code == RCTL_OK && j < controller->told->n_reads; j++)
            code = add_read(brain, controller, &controller->told->reads[j]);
        if (code == RCTL_OK && controller->primary == BRAIN_RESOURCES)
            code = RCTL_E_INVALID_ARG; /* it does not read its own objects */
    }
    return code;
}

static void *zeroed(const rctl_allocator *from, size_t n, size_t item_size)
{
    void *array = from->alloc(from->ctx, n * item_size);

    return array ? memset(array, 0, n * item_size) : NULL;
}

static int add_watches(struct brain *brain, core_time now)
{
    const struct brain_options *options = &brain->options;
    uint32_t n;

    if (options->n_namespaces > PLACES_MOST)
        return RCTL_E_INVALID_ARG;
    brain->n_places = options->n_namespaces ? (uint32_t)options->n_namespaces : 1;
    n = brain->n_resources * brain->n_places;
    brain->watches = zeroed(&options->from, n, sizeof(*brain->watches));
    if (!brain->watches)
        return RCTL_E_NOMEM;
    for (; brain->n_watches < n; brain->n_watches++) {
        struct brain_watch *watch = &brain->watches[brain->n_watches];

        watch->resource = brain->n_watches / brain->n_places;
        if (options->n_namespaces)
            watch->ns = options->namespaces[brain->n_watches % brain->n_places];
        watch_init(&watch->watch, &options->from, brain->limits->watch, options->seed, now);
        breaker_init(&watch->breaker, brain->limits->breaker);
    }
    return RCTL_OK;
}

static int start(struct brain *brain, core_time now)
{
    const struct brain_options *options = &brain->options;
    int code = add_controllers(brain, now);

    if (code == RCTL_OK)
        code = add_watches(brain, now);
    if (code != RCTL_OK)
        return code;
    brain->rounds = zeroed(&options->from, brain->limits->workers, sizeof(*brain->rounds));
    return !brain->rounds ? RCTL_E_NOMEM : brain_start_metrics(brain);
}

int brain_new(const struct brain_options *options, core_time now, struct brain **ret_brain)
{
    struct brain *brain = options->from.alloc(options->from.ctx, sizeof(*brain));
    int code;

    if (!brain)
        return RCTL_E_NOMEM;
    memset(brain, 0, sizeof(*brain));
    brain->options = *options;
    brain->limits = options->limits ? options->limits : &brain_default;
    brain->again = CORE_NEVER;
    brain->silent = now;
    links_init(&brain->links, &options->from, options->seed);
    probes_init(&brain->probes, &options->from, options->seed);
    lease_init(&brain->lease, brain->limits->lease, now);
    events_init(&brain->events, &options->from, brain->limits->events, options->seed);
    metrics_init(&brain->metrics, &options->from);
    text_init(&brain->path, &options->from);
    text_init(&brain->body, &options->from);
    code = start(brain, now);
    if (code != RCTL_OK) {
        brain_free(brain);
        return code;
    }
    *ret_brain = brain;
    return RCTL_OK;
}

/* Changes that wait are done with in the order of the machine, then all is forgotten. */
static void forget_objects(struct brain *brain, struct known *known)
{
    struct known_change change;

    for (int pass = 0; pass < 3; pass++) {
        while (known_change(known, &change)) {
            struct object_copy *old = change.type == KNOWN_UPDATED ||
                                      change.type == KNOWN_DELETED ? change.old : NULL;
            struct object_copy *new = change.object;

            object_copy_free(&brain->options.from, old);
            if (change.type == KNOWN_DELETED || change.type == KNOWN_UNUSED)
                object_copy_free(&brain->options.from, new);
            known_accept(known);
        }
        if (pass == 0)
            known_discard(known);
        else if (pass == 1)
            known_clear(known);
    }
}

struct brain *brain_free(struct brain *brain)
{
    const rctl_allocator *from;
    rctl_allocator copy;

    if (!brain)
        return NULL;
    from = &brain->options.from;
    for (uint32_t i = 0; brain->rounds && i < brain->limits->workers; i++) {
        rctl_plan_free(brain->rounds[i].plan);
        rctl_world_free(brain->rounds[i].world);
    }
    for (uint32_t i = 0; i < brain->n_watches; i++) {
        forget_objects(brain, &brain->watches[i].watch.known);
        watch_done(&brain->watches[i].watch);
    }
    for (uint32_t i = 0; i < brain->n_controllers; i++)
        queue_done(&brain->controllers[i].queue);
    links_done(&brain->links);
    mem_free(from, brain->names, brain->cap_names, sizeof(*brain->names));
    probes_done(&brain->probes);
    events_done(&brain->events);
    metrics_done(&brain->metrics);
    text_done(&brain->path);
    text_done(&brain->body);
    mem_free(from, brain->watches, brain->n_watches, sizeof(*brain->watches));
    mem_free(from, brain->rounds, brain->limits->workers, sizeof(*brain->rounds));
    copy = *from;
    copy.release(copy.ctx, brain, sizeof(*brain));
    return NULL;
}

/* ---- small questions ---- */

uint32_t brain_count_known(const struct brain *brain, uint32_t resource)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < brain->n_places; i++)
        n += brain->watches[resource * brain->n_places + i].watch.known.n_known;
    return n;
}

core_time brain_resync_span(const struct brain *brain, uint64_t random)
{
    core_time span = brain->limits->resync;

    return core_after(span, core_share(span / 100 * brain->limits->resync_percent, random));
}

bool brain_may_write(const struct brain *brain, core_time now)
{
    return !brain->options.elects || lease_may_write(&brain->lease, now);
}

core_time brain_write_due(const struct brain *brain, core_time at)
{
    if (!brain->options.elects)
        return at;
    if (brain->lease.state != LEASE_LEADING)
        return CORE_NEVER;
    return at == CORE_NEVER ? at : core_later(at, brain->lease.write_from);
}

struct queue_key brain_key(const struct brain_controller *controller, const char *ns,
                           const char *name)
{
    return (struct queue_key){controller->told->kind, ns, name};
}

struct brain_watch *brain_watch_for(const struct brain *brain, uint32_t resource,
                                    const char *ns)
{
    for (uint32_t i = 0; i < brain->n_places; i++) {
        struct brain_watch *watch = &brain->watches[resource * brain->n_places + i];

        if (!watch->ns || strcmp(watch->ns, ns) == 0)
            return watch;
    }
    return NULL;
}

bool brain_leads(const struct brain *brain)
{
    return !brain->options.elects || brain->lease.state == LEASE_LEADING;
}

bool brain_is_synced(const struct brain *brain)
{
    for (uint32_t i = 0; i < brain->n_watches; i++) {
        const struct watch *watch = &brain->watches[i].watch;

        if (watch->state != WATCH_MISSING && (!watch->synced || brain->watches[i].listed))
            return false;
    }
    return true;
}

bool brain_knows_leader(const struct brain *brain)
{
    return !brain->options.elects || brain->lease.exists;
}

bool brain_reaches_server(const struct brain *brain, core_time now)
{
    return brain->replied && (brain->silent == CORE_NEVER ||
                              now - brain->silent < SILENCE * CORE_SECOND);
}

bool brain_is_stuck(const struct brain *brain, core_time now)
{
    return brain->options.elects && lease_is_stuck(&brain->lease, now);
}

bool brain_is_idle(const struct brain *brain)
{
    for (uint32_t i = 0; i < brain->limits->workers; i++)
        if (brain->rounds[i].step != BRAIN_STEP_FREE)
            return false;
    return !brain->event_id;
}

enum brain_state brain_state(const struct brain *brain)
{
    if (brain->options.elects && brain->lease.state == LEASE_LOST)
        return BRAIN_LOST;
    if (!brain->stopping || !brain_is_idle(brain))
        return BRAIN_WORKING;
    return !brain->options.elects || brain->lease.state == LEASE_RELEASED ? BRAIN_STOPPED
                                                                          : BRAIN_WORKING;
}

void brain_stop(struct brain *brain, core_time now)
{
    static const struct outcome_round cut = {.code = RCTL_OK};

    brain->stopping = true;
    for (uint32_t i = 0; i < brain->limits->workers; i++) {
        struct brain_round *round = &brain->rounds[i];

        if (round->step == BRAIN_STEP_PLAN || round->step == BRAIN_STEP_NEXT)
            brain_end_round(brain, round, &cut, now, 0);
    }
}
