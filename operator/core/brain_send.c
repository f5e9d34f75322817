/*
 * Calls: what the machines want, as requests. All texts are made before an id is given out;
 * when memory is refused, nothing is out.
 */
#include "core/brain_parts.h"

#include "core/request.h"

#include <string.h>

static const char json[] = "application/json";
static const char apply[] = "application/apply-patch+yaml";
static const char merge_patch[] = "application/merge-patch+json";

static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};

/* Puts path and body into the call, and gives it its number. */
static bool finish(struct brain *brain, uint32_t owner, const char *content_type,
                   struct brain_call *call)
{
    const char *path = text_end(&brain->path);
    const char *body = content_type ? text_end(&brain->body) : NULL;

    if (!path || (content_type && !body))
        return false;
    call->path = path;
    call->content_type = content_type;
    call->body = body;
    call->body_len = content_type ? brain->body.n : 0;
    call->id = brain_new_id(brain, owner);
    return true;
}

static void begin(struct brain *brain)
{
    text_begin(&brain->path);
    text_begin(&brain->body);
}

bool brain_send_watch(struct brain *brain, struct brain_watch *watch,
                      const struct watch_request *request, struct brain_call *call)
{
    static const enum brain_call_type types[] = {[WATCH_LIST] = BRAIN_LIST,
                                                 [WATCH_STREAM] = BRAIN_STREAM,
                                                 [WATCH_DISCOVER] = BRAIN_DISCOVER};
    const struct brain_resource *resource = &brain->resources[watch->resource];
    const struct request_place place = {.api_version = resource->told->api_version,
                                        .plural = resource->told->plural,
                                        .ns = watch->ns};
    bool streams = request->verb == WATCH_STREAM;

    begin(brain);
    request_watch(&brain->path, &place, resource->labels, request);
    *call = (struct brain_call){.type = types[request->verb],
                                .method = "GET",
                                .streams = streams,
                                .timeout = streams ? 0 : brain->limits->watch->list_timeout,
                                .api_version = resource->told->api_version,
                                .kind = resource->told->kind};
    if (!finish(brain, (uint32_t)(watch - brain->watches), NULL, call))
        return false;
    watch->id = call->id;
    return true;
}

/* ---- actions ---- */

static const struct {
    enum brain_call_type type;
    const char *method, *content_type;
} ways[RCTL_ACTION__COUNT] = {
    [RCTL_ACTION_APPLY] = {BRAIN_APPLY, "PATCH", apply},
    [RCTL_ACTION_STATUS] = {BRAIN_STATUS, "PATCH", apply},
    [RCTL_ACTION_DELETE] = {BRAIN_DELETE, "DELETE", json},
    [RCTL_ACTION_PROBE] = {BRAIN_PROBE, "GET", NULL},
};

/* RCTL_OK, or why the body could not be made. */
static int add_action(struct brain *brain, struct brain_round *round, const rctl_action *action)
{
    struct request_place place = {action->api_version, action->plural, action->name_space,
                                  action->name, NULL};
    bool force = action->precondition != RCTL_PRECONDITION_ABSENT;
    rctl_sink sink = text_sink(&brain->body);

    switch (action->type) {
    case RCTL_ACTION_STATUS: place.sub = "status"; /* fall through */
    case RCTL_ACTION_APPLY:
        request_apply(&brain->path, &place, force);
        return rctl_plan_write_body(round->plan, round->action, &sink);
    case RCTL_ACTION_DELETE:
        request_path(&brain->path, &place);
        request_delete_body(&brain->body, action->uid);
        return RCTL_OK;
    default: text_add(&brain->path, action->url); return RCTL_OK;
    }
}

bool brain_send_action(struct brain *brain, struct brain_round *round,
                       const rctl_action *action, struct brain_call *call)
{
    bool probes = action->type == RCTL_ACTION_PROBE;

    begin(brain);
    *call = (struct brain_call){.type = ways[action->type].type,
                                .method = ways[action->type].method,
                                .ns = probes ? round->work.key.ns : NULL,
                                .timeout = probes ? action->timeout : brain->limits->write_timeout,
                                .api_version = probes ? NULL : action->api_version,
                                .kind = probes ? NULL : action->kind};
    if (add_action(brain, round, action) != RCTL_OK ||
        !finish(brain, brain_round_owner(brain, round), ways[action->type].content_type, call))
        return false;
    round->id = call->id;
    round->method = call->method;
    return true;
}

/* ---- the lease ---- */

static bool send_lease(struct brain *brain, const struct lease_request *request,
                       struct brain_call *call)
{
    static const char *const methods[] = {
        [LEASE_GET] = "GET", [LEASE_CREATE] = "POST", [LEASE_UPDATE] = "PUT"};
    const struct brain_options *options = &brain->options;
    const struct request_place place = {
        .api_version = "coordination.k8s.io/v1",
        .plural = "leases",
        .ns = options->lease_ns,
        .name = request->verb == LEASE_CREATE ? NULL : options->lease_name};
    bool reads = request->verb == LEASE_GET;

    begin(brain);
    if (reads) {
        request_path(&brain->path, &place);
    } else {
        request_plain(&brain->path, &place);
        request_lease_body(&brain->body, options->lease_ns, options->lease_name,
                           options->identity, request);
    }
    *call = (struct brain_call){.type = BRAIN_LEASE,
                                .method = methods[request->verb],
                                .timeout = brain->limits->lease->request_timeout,
                                .api_version = "coordination.k8s.io/v1",
                                .kind = "Lease"};
    if (!finish(brain, brain_lease_owner(brain), reads ? NULL : json, call))
        return false;
    brain->lease_id = call->id;
    brain->lease_method = call->method;
    return true;
}

bool brain_poll_lease(struct brain *brain, core_time now, int64_t wall, uint64_t random,
                      struct brain_call *call)
{
    struct lease_request request;

    if (!brain->options.elects)
        return false;
    switch (lease_poll(&brain->lease, now, wall, random, &request)) {
    case LEASE_SEND:
        if (send_lease(brain, &request, call))
            return true;
        lease_failed(&brain->lease, &no_reply, now, random);
        return false;
    case LEASE_ABANDON:
        brain_count_call(brain, brain->lease_method, 0, now);
        *call = (struct brain_call){.id = brain->lease_id, .cancel = true, .silent = true};
        brain->lease_id = 0;
        return true;
    case LEASE_IDLE: break;
    }
    return false;
}

/* ---- Events ---- */

/* They regard primary objects, whose kinds the controllers name. */
static const char *api_version_of(const struct brain *brain, const char *kind)
{
    for (uint32_t i = 0; i < brain->n_controllers; i++)
        if (strcmp(brain->controllers[i].told->kind, kind) == 0)
            return brain->resources[brain->controllers[i].primary].told->api_version;
    return "";
}

bool brain_poll_event(struct brain *brain, core_time now, struct brain_call *call)
{
    struct events_request request;
    struct request_place place = {.api_version = "events.k8s.io/v1", .plural = "events"};
    bool patches;

    if (brain->event_id || !brain_may_write(brain, now) ||
        !events_take(&brain->events, now, &request))
        return false;
    patches = request.verb == EVENTS_PATCH;
    place.ns = request.ns;
    place.name = patches ? request.name : NULL;
    begin(brain);
    request_plain(&brain->path, &place);
    request_event_body(&brain->body, &request, api_version_of(brain, request.about.kind),
                       brain->options.identity);
    *call = (struct brain_call){.type = BRAIN_EVENT,
                                .method = patches ? "PATCH" : "POST",
                                .timeout = brain->limits->write_timeout,
                                .api_version = "events.k8s.io/v1",
                                .kind = "Event"};
    if (!finish(brain, brain_event_owner(brain), patches ? merge_patch : json, call)) {
        events_result(&brain->events, request.item, &no_reply, now);
        return false;
    }
    brain->event_id = call->id;
    brain->event_method = call->method;
    brain->event = request.item;
    return true;
}
