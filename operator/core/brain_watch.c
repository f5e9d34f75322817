/*
 * What is known: lists and streams go into the watches, their changes into the links
 * between objects and, along these, into the queues.
 */
#include "core/brain_parts.h"

#include "core/mem.h"

#include <string.h>

/* ---- copies ---- */

static void take_name(void *ctx, rctl_link link, uint64_t name)
{
    struct brain *brain = ctx;
    struct link *names = mem_grow(&brain->options.from, brain->names, &brain->cap_names,
                                  brain->n_names + 1, sizeof(*names));

    brain->lacks_names |= !names;
    if (!names)
        return;
    brain->names = names;
    names[brain->n_names++] = (struct link){.name = name, .asks = link == RCTL_LINK_ASKS};
}

static struct object_copy *copy_object(struct brain *brain, uint32_t number,
                                       const struct object *object)
{
    const struct brain_resource *resource = &brain->resources[number];
    const struct object_owner *owner = object_controller(&object->meta);
    const rctl_links links = {.size = sizeof(links), .ctx = brain, .link = take_name};
    const rctl_observed observed = {.size = sizeof(observed),
                                    .api_version = resource->told->api_version,
                                    .kind = resource->told->kind,
                                    .name = object->meta.name,
                                    .owner_api_version = owner->api_version,
                                    .owner_kind = owner->kind,
                                    .owner_name = owner->name,
                                    .data = object->bytes,
                                    .len = object->n};
    struct object_ties ties = {.resource = number, .shared = resource->told->shared};
    struct object_copy *copy;

    brain->n_names = 0;
    brain->lacks_names = false;
    if (rctl_links_of(brain->options.ctx, &observed, &links, &ties.seen) != RCTL_OK ||
        brain->lacks_names)
        return NULL;
    ties.links = brain->names;
    ties.n_links = brain->n_names;
    ties.users = resource->controller ? resource->controller->told->users : 0;
    copy = object_copy_new(&brain->options.from, object, &ties);
    if (copy)
        copy->states = brain_read_states(brain, number, &object->meta);
    return copy;
}

/* ---- from a change to keys ---- */

static int add_key(struct brain *brain, const struct object_copy *copy, enum queue_band band,
                   core_time due, core_time now)
{
    struct brain_controller *controller = brain->resources[copy->resource].controller;

    return controller ? queue_add_at(&controller->queue,
                                     brain_key(controller, copy->ns, copy->name), band, due, now)
                      : RCTL_OK;
}

/* A plan of many objects costs more, and more of them will change: let it wait for them. */
static core_time gather(const struct brain *brain, const struct object_copy *copy)
{
    core_time span = brain->limits->gather * (1 + (core_time)copy->needed);

    return span < brain->limits->gather_most ? span : brain->limits->gather_most;
}

/* RCTL_E_NOMEM: some may have been added; the whole may be repeated. */
static int add_concerned(struct brain *brain, struct object_copy *changed, enum queue_band band,
                         core_time now)
{
    const struct links *links = &brain->links;
    int code = RCTL_OK;

    /* What children became is mostly for statuses, and those can wait for other children. */
    if (!changed->shared)
        band = QUEUE_RESYNC;
    links_find_woken(&brain->links, changed);
    for (uint32_t i = 0; code == RCTL_OK && i < links->n_found; i++)
        code = add_key(brain, links->found[i], band,
                       core_after(now, gather(brain, links->found[i])), now);
    return code;
}

bool brain_resync(struct brain *brain, struct brain_controller *controller, core_time now)
{
    for (uint32_t i = 0; i < brain->n_places; i++) {
        const struct known *known =
            &brain->watches[controller->primary * brain->n_places + i].watch.known;

        for (uint32_t number = 0; number < known->items.used; number++) {
            const struct object_copy *copy = known_at(known, number);

            if (copy && add_key(brain, copy, QUEUE_RESYNC, now, now) != RCTL_OK)
                return false;
        }
    }
    return true;
}

/* ---- changes ---- */

/* All that needs memory comes first, so that a change is taken whole or not at all. */
static bool take_change(struct brain *brain, struct brain_watch *watch,
                        const struct known_change *change, core_time now)
{
    const rctl_allocator *from = &brain->options.from;
    bool ends = change->type == KNOWN_UPDATED || change->type == KNOWN_DELETED;
    bool begins = change->type == KNOWN_ADDED || change->type == KNOWN_UPDATED;
    bool first = watch->watch.known.mode == KNOWN_REPLACE &&
                 watch->watch.cause == WATCH_CAUSE_FIRST;
    enum queue_band band = first ? QUEUE_RESYNC : QUEUE_FRESH;
    struct object_copy *old = ends ? change->old : NULL, *new = change->object;

    if (begins && links_reserve(&brain->links, new->n_links) != RCTL_OK)
        return false;
    if ((begins || old) &&
        add_key(brain, begins ? new : old, brain->learns ? QUEUE_RESYNC : band,
                brain->learns ? core_after(now, gather(brain, old ? old : new)) : now,
                now) != RCTL_OK)
        return false;
    if (!(begins && old && object_copies_look_alike(old, new)) &&
        ((old && add_concerned(brain, old, band, now) != RCTL_OK) ||
         (begins && add_concerned(brain, new, band, now) != RCTL_OK)))
        return false;
    if (old) {
        links_remove(&brain->links, old);
        brain_count_states(brain, old, -1);
    }
    if (begins) {
        new->needed = old ? old->needed : 0;
        links_add(&brain->links, new);
        brain_count_states(brain, new, 1);
    }
    object_copy_free(from, old);
    if (!begins)
        object_copy_free(from, new);
    return true;
}

static void tell_watch(struct brain *brain, const struct brain_watch *watch, enum brain_word word,
                       int status)
{
    brain_tell(brain, &(struct brain_note){.word = word,
                                           .kind = brain->resources[watch->resource].told->kind,
                                           .ns = watch->ns ? watch->ns : "",
                                           .status = status});
}

static void list_taken(struct brain *brain, struct brain_watch *watch, core_time now)
{
    const struct known *known = &watch->watch.known;

    watch->listed = false;
    breaker_listed(&watch->breaker, known->appeared, known->vanished, watch->watch.consistent,
                   now);
    if (!watch->synced)
        tell_watch(brain, watch, BRAIN_SYNCED, 200);
    watch->synced = true;
}

bool brain_settle(struct brain *brain, struct brain_watch *watch, core_time now, uint64_t random)
{
    struct known *known = &watch->watch.known;
    struct known_change change;

    while (known_change(known, &change)) {
        if (!take_change(brain, watch, &change, now)) {
            brain->again = core_after(now, CORE_SECOND);
            return false;
        }
        known_accept(known);
    }
    if (watch->listed)
        list_taken(brain, watch, now);
    if (watch->has_fault) {
        watch->has_fault = false;
        brain_watch_over(brain, watch, &watch->fault, now, random);
    }
    return true;
}

void brain_learn(struct brain *brain, const struct object *object, core_time now,
                 uint64_t random)
{
    const struct object_meta *meta = &object->meta;
    uint32_t resource = brain_find_resource(brain, meta->api_version, meta->kind);
    struct brain_watch *watch =
        resource < BRAIN_RESOURCES ? brain_watch_for(brain, resource, meta->ns) : NULL;
    struct object_copy *copy;
    struct watch *machine;

    if (!watch)
        return;
    /* Not into a list, which may be older and would make it vanish again; and only what the
     * stream has still to bring: of anything else it may have told the end already. */
    machine = &watch->watch;
    if ((machine->state != WATCH_LISTED && machine->state != WATCH_WATCHING) ||
        rv_compare(meta->rv, machine->rv) != RV_NEWER ||
        !brain_settle(brain, watch, now, random))
        return;
    copy = copy_object(brain, resource, object);
    if (!copy)
        return; /* the stream will bring it */
    if (known_event(&machine->known,
                    &(struct known_meta){meta->ns, meta->name, meta->uid, meta->rv}, copy,
                    /* gone= */ false) != RCTL_OK) {
        object_copy_free(&brain->options.from, copy);
        return;
    }
    /* What else came of the write is on its way. */
    brain->learns = true;
    brain_settle(brain, watch, now, random);
    brain->learns = false;
}

/* ---- calls ---- */

static bool makes(const struct brain_controller *controller, const rctl_resource *resource)
{
    const rctl_controller *told = controller->told;

    for (size_t i = 0; i < told->n_writes; i++)
        if (told->writes[i].resource == resource && !told->writes[i].status)
            return true;
    return false;
}

/* Whoever wants a child of a kind that is missing, or has come, has something to say or do. */
static void look_served(struct brain *brain, uint32_t number, core_time now)
{
    struct brain_resource *resource = &brain->resources[number];
    bool unserved = false;

    for (uint32_t i = 0; i < brain->n_places; i++)
        unserved |= brain->watches[number * brain->n_places + i].watch.state == WATCH_MISSING;
    if (unserved == resource->unserved)
        return;
    resource->unserved = unserved;
    for (uint32_t i = 0; i < brain->n_controllers; i++)
        if (makes(&brain->controllers[i], resource->told))
            brain->controllers[i].resync_at = now;
}

void brain_watch_over(struct brain *brain, struct brain_watch *watch,
                      const struct answer *answer, core_time now, uint64_t random)
{
    struct watch *machine = &watch->watch;
    bool fine = answer_classify(answer) == ANSWER_FINE;
    uint64_t failures = machine->stats.failures;

    watch->id = 0;
    if (machine->known.mode != KNOWN_SETTLED) {
        watch->has_fault = true;
        watch->fault = *answer;
        return;
    }
    if (machine->verb == WATCH_STREAM && fine)
        watch_ended(machine, now, random);
    else if (machine->verb == WATCH_DISCOVER && fine)
        watch_served(machine, now);
    else
        watch_failed(machine, answer, now, random);
    if (machine->state == WATCH_MISSING && machine->verb != WATCH_DISCOVER)
        tell_watch(brain, watch, BRAIN_MISSING, answer->status);
    else if (machine->stats.failures != failures && machine->state != WATCH_MISSING)
        tell_watch(brain, watch, BRAIN_FAULT, answer->status);
    look_served(brain, watch->resource, now);
    brain_settle(brain, watch, now, random);
}

core_time brain_watch_due(const struct brain_watch *watch)
{
    const struct watch *machine = &watch->watch;
    core_time due = watch_due(machine);

    if (!machine->asked && (machine->state == WATCH_LISTED || machine->state == WATCH_WATCHING))
        due = core_sooner(due, breaker_due(&watch->breaker));
    return machine->known.mode == KNOWN_SETTLED ? due : CORE_NEVER;
}

bool brain_poll_watch(struct brain *brain, struct brain_watch *watch, core_time now,
                      uint64_t random, struct brain_call *call)
{
    static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};
    struct watch *machine = &watch->watch;
    struct watch_request request;

    if (brain_watch_due(watch) > now)
        return false;
    if (breaker_due(&watch->breaker) <= now)
        watch_relist(machine);
    switch (watch_poll(machine, now, random, &request)) {
    case WATCH_SEND:
        if (brain_send_watch(brain, watch, &request, call))
            return true;
        brain_watch_over(brain, watch, &no_reply, now, random);
        return false;
    case WATCH_ABANDON:
        brain_count_call(brain, "GET", 0, now);
        *call = (struct brain_call){.id = watch->id, .cancel = true, .silent = true};
        watch->id = 0;
        brain_settle(brain, watch, now, random);
        return true;
    case WATCH_IDLE: break;
    }
    return false;
}

/* ---- feeding ---- */

/* Memory was refused, or an object out of order: the machine goes another way. */
static bool give_up(struct brain *brain, struct brain_watch *watch, core_time now,
                    uint64_t random)
{
    static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};

    brain_watch_over(brain, watch, &no_reply, now, random);
    return false;
}

bool brain_item(struct brain *brain, uint64_t id, const struct object *object, core_time now,
                uint64_t random)
{
    const struct object_meta *meta = &object->meta;
    const struct known_meta known = {meta->ns, meta->name, meta->uid, meta->rv};
    struct brain_watch *watch = brain_watch_of(brain, id);
    struct object_copy *copy;
    int code;

    if (!watch || watch->watch.verb != WATCH_LIST)
        return false;
    if (*meta->name == '\0')
        return brain_malformed(brain, id);
    copy = copy_object(brain, watch->resource, object);
    code = copy ? watch_item(&watch->watch, &known, copy) : RCTL_E_NOMEM;
    if (code != RCTL_OK)
        object_copy_free(&brain->options.from, copy);
    if (code == RCTL_E_NOMEM)
        return give_up(brain, watch, now, random);
    brain_settle(brain, watch, now, random);
    return true;
}

void brain_page(struct brain *brain, uint64_t id, const char *rv, const char *continue_token,
                core_time now, uint64_t random)
{
    struct brain_watch *watch = brain_watch_of(brain, id);

    if (!watch || watch->watch.verb != WATCH_LIST)
        return;
    brain_count_call(brain, "GET", 200, now);
    if (watch_page(&watch->watch, rv, continue_token, now, random) != RCTL_OK) {
        give_up(brain, watch, now, random);
        return;
    }
    watch->id = 0;
    watch->listed = watch->watch.known.mode == KNOWN_REPLACE;
    brain_settle(brain, watch, now, random);
}

bool brain_opened(struct brain *brain, uint64_t id, core_time now)
{
    struct brain_watch *watch = brain_watch_of(brain, id);

    if (!watch || watch->watch.verb != WATCH_STREAM)
        return false;
    brain_count_call(brain, "GET", 200, now);
    watch_opened(&watch->watch, now);
    return true;
}

bool brain_event(struct brain *brain, uint64_t id, const struct object *object, bool gone,
                 core_time now, uint64_t random)
{
    const struct object_meta *meta = &object->meta;
    const struct known_meta known = {meta->ns, meta->name, meta->uid, meta->rv};
    struct brain_watch *watch = brain_watch_of(brain, id);
    struct object_copy *copy;
    int code;

    if (!watch || watch->watch.state != WATCH_WATCHING)
        return false;
    if (*meta->name == '\0')
        return brain_malformed(brain, id);
    if (!brain_settle(brain, watch, now, random))
        return give_up(brain, watch, now, random);
    copy = copy_object(brain, watch->resource, object);
    code = copy ? watch_event(&watch->watch, &known, copy, gone, now, random) : RCTL_E_NOMEM;
    if (code != RCTL_OK)
        object_copy_free(&brain->options.from, copy);
    if (code == RCTL_E_NOMEM)
        return give_up(brain, watch, now, random);
    if (!watch->watch.in_flight) { /* out of order */
        watch->id = 0;
        brain_settle(brain, watch, now, random);
        return false;
    }
    brain_settle(brain, watch, now, random);
    return true;
}

bool brain_bookmark(struct brain *brain, uint64_t id, const char *rv, core_time now)
{
    struct brain_watch *watch = brain_watch_of(brain, id);

    if (!watch || watch->watch.state != WATCH_WATCHING)
        return false;
    watch_bookmark(&watch->watch, rv, now);
    return true;
}

bool brain_malformed(struct brain *brain, uint64_t id)
{
    struct brain_watch *watch = brain_watch_of(brain, id);

    if (watch)
        watch_malformed(&watch->watch);
    return watch != NULL;
}
