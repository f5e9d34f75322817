/* What arrives at an operator of the simulation, and the changes that come of it. */
#include "sim/operator_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- changes ---- */

static void release(struct sim_operator *operator, void *object)
{
    operator->objects -= object != NULL;
    free(object);
}

bool operator_drain(struct sim_operator *operator, int resource)
{
    struct watch *watch = &operator->watches[resource];
    struct known_change change;

    while (known_change(&watch->known, &change)) {
        struct queue_key key = {resource ? "B" : "A", change.ns, change.name};
        bool fresh = watch->in_flight && watch->verb == WATCH_STREAM;
        int number = atoi(change.name);

        if (change.type == KNOWN_UNUSED) {
            release(operator, change.object);
            known_accept(&watch->known);
            continue;
        }
        if (queue_add(&operator->queue, key, fresh ? QUEUE_FRESH : QUEUE_RESYNC,
                      operator_now(operator)) != RCTL_OK) {
            operator->drain_again = operator->world->now + 50 * CORE_MS;
            return false;
        }
        operator->cache[resource][number] = (struct object){0};
        if (change.type == KNOWN_DELETED)
            release(operator, change.object);
        else
            operator->cache[resource][number] = *(struct object *)change.object;
        release(operator, change.old);
        known_accept(&watch->known);
    }
    return true;
}

void operator_end_watch(struct sim_operator *operator, struct watch *watch)
{
    struct known_change change;

    for (int pass = 0; pass < 3; pass++) {
        while (known_change(&watch->known, &change)) {
            if (change.type != KNOWN_ADDED && change.type != KNOWN_UPDATED)
                release(operator, change.object);
            release(operator, change.old);
            known_accept(&watch->known);
        }
        if (pass == 0)
            known_discard(&watch->known);
        else if (pass == 1)
            known_clear(&watch->known);
    }
    watch_done(watch);
}

/* ---- receiving ---- */

static struct object *new_object(struct sim_operator *operator, const struct model_event *event)
{
    struct object *object = malloc(sizeof(*object));

    if (!object)
        abort();
    *object = (struct object){event->uid, event->rv};
    operator->objects++;
    return object;
}

/* Feeds one object. Without memory it tries again, or gives up the request. */
static bool feed(struct sim_operator *operator, int resource, const struct model_event *event,
                 bool of_list)
{
    static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};
    struct watch *watch = &operator->watches[resource];
    char name[24], uid[24], rv[24], ns[24];
    struct known_meta meta = {ns, name, uid, rv};
    struct object *object;
    int code;

    snprintf(ns, sizeof(ns), "n%d", event->key % 3);
    snprintf(name, sizeof(name), "%d", event->key);
    snprintf(uid, sizeof(uid), "u%" PRIu64, event->uid);
    snprintf(rv, sizeof(rv), "%" PRIu64, event->rv);
    object = new_object(operator, event);
    for (int i = 0; i < 3; i++) {
        code = of_list ? watch_item(watch, &meta, object)
                       : watch_event(watch, &meta, object, event->gone, operator_now(operator),
                                     operator_random(operator));
        if (code != RCTL_E_NOMEM)
            break;
    }
    if (code != RCTL_OK)
        release(operator, object);
    if (code == RCTL_E_NOMEM)
        watch_failed(watch, &no_reply, operator_now(operator), operator_random(operator));
    while (!operator_drain(operator, resource))
        continue; /* in the middle of a reply; after it, the drain waits */
    return watch->in_flight;
}

static void receive_page(struct sim_operator *operator, int resource,
                         const struct world_message *message)
{
    struct watch *watch = &operator->watches[resource];
    char rv[24], token[48];
    int code;

    for (size_t i = 0; i < message->page.n_items; i++)
        if (!feed(operator, resource, &message->page.items[i], /* of_list= */ true))
            return;
    snprintf(rv, sizeof(rv), "%" PRIu64, message->page.rv);
    snprintf(token, sizeof(token), "%" PRIu64 ":%d", message->page.rv, message->page.token_key);
    do
        code = watch_page(watch, rv, message->page.has_token ? token : NULL, operator_now(operator),
                          operator_random(operator));
    while (code == RCTL_E_NOMEM);
}

static void receive_of_watch(struct sim_operator *operator, int resource,
                             const struct world_message *message)
{
    struct watch *watch = &operator->watches[resource];
    core_time now = operator_now(operator);
    char rv[24];

    switch (message->news) {
    case NEWS_ANSWER:
        if (message->answer.status != 200)
            watch_failed(watch, &message->answer, now, operator_random(operator));
        else if (message->request.verb == WATCH_LIST)
            receive_page(operator, resource, message);
        else if (message->request.verb == WATCH_STREAM)
            watch_opened(watch, now);
        else
            watch_served(watch, now);
        break;
    case NEWS_EVENTS:
        /* Out of order, and then one of them lost: no client could tell. */
        operator->generous = message->n_events == 2;
        for (size_t i = 0; i < message->n_events; i++)
            if (!feed(operator, resource, &message->events[i], /* of_list= */ false))
                break;
        operator->generous = false;
        break;
    case NEWS_BOOKMARK:
        snprintf(rv, sizeof(rv), "%" PRIu64, message->rv);
        watch_bookmark(watch, rv, now);
        break;
    case NEWS_ERROR:
        watch_failed(watch, &message->answer, now, operator_random(operator));
        break;
    case NEWS_END: watch_ended(watch, now, operator_random(operator)); break;
    }
    if (!watch->in_flight)
        operator_hang_up(operator, resource);
}

static void receive_of_lease(struct sim_operator *operator, const struct world_message *message)
{
    core_time now = operator_now(operator);
    char rv[24];
    struct lease_record record = {
        .rv = rv,
        .held = message->lease.holder != 0,
        .ours = message->lease.holder == operator->identity,
        .duration_seconds = message->lease.duration,
        .transitions = message->lease.transitions,
    };

    snprintf(rv, sizeof(rv), "%" PRIu64, message->lease.rv);
    if (message->answer.status / 100 == 2)
        lease_answered(&operator->lease, &record, now, operator_random(operator));
    else
        lease_failed(&operator->lease, &message->answer, now, operator_random(operator));
}

core_time operator_receive(struct sim_operator *operator, const struct world_message *message)
{
    const struct world_request *request = &message->request;
    core_time now = operator->world->now;

    if (now < operator->paused)
        return operator->paused;
    if (!operator->alive || request->life != operator->life ||
        request->id != operator->ids[request->channel])
        return 0;
    if (request->channel == CHANNEL_LEASE) {
        receive_of_lease(operator, message);
    } else if (request->channel < MODEL_RESOURCES) {
        while (!operator_drain(operator, request->channel))
            continue; /* what arrived before comes first */
        receive_of_watch(operator, request->channel, message);
    }
    return 0;
}
