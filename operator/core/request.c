/* Paths and bodies, as the API of Kubernetes wants them. */
#include "core/request.h"

#include <routerctl/reconcile.h>

#include <string.h>

enum { REPORTER_MAX = 128 }; /* bytes of an Event's reportingInstance */

static bool given(const char *text)
{
    return text && *text;
}

void request_path(struct text *path, const struct request_place *place)
{
    bool grouped = false;

    for (const char *c = place->api_version; *c; c++)
        grouped |= *c == '/';
    text_add(path, grouped ? "/apis/" : "/api/");
    text_add(path, place->api_version);
    if (given(place->ns)) {
        text_add(path, "/namespaces/");
        text_add_escaped(path, place->ns);
    }
    text_add(path, "/");
    text_add(path, place->plural);
    if (given(place->name)) {
        text_add(path, "/");
        text_add_escaped(path, place->name);
    }
    if (given(place->sub)) {
        text_add(path, "/");
        text_add(path, place->sub);
    }
}

/* ---- queries ---- */

/* "?" before the first parameter, "&" before the others. */
static void add_parameter(struct text *path, bool *any, const char *name, const char *value)
{
    text_add(path, *any ? "&" : "?");
    *any = true;
    text_add(path, name);
    text_add(path, "=");
    text_add_escaped(path, value);
}

static void add_count(struct text *path, bool *any, const char *name, uint32_t count)
{
    if (!count)
        return;
    add_parameter(path, any, name, "");
    text_add_number(path, count);
}

void request_watch(struct text *path, const struct request_place *place, const char *labels,
                   const struct watch_request *request)
{
    bool streams = request->verb == WATCH_STREAM, any = false;

    request_path(path, place);
    if (labels)
        add_parameter(path, &any, "labelSelector", labels);
    if (request->verb == WATCH_DISCOVER) {
        add_count(path, &any, "limit", 1);
        return;
    }
    if (streams) {
        add_parameter(path, &any, "watch", "1");
        add_parameter(path, &any, "allowWatchBookmarks", "true");
    }
    add_count(path, &any, "timeoutSeconds", request->timeout_seconds);
    add_count(path, &any, "limit", request->limit);
    if (request->continue_token)
        add_parameter(path, &any, "continue", request->continue_token);
    if (request->resource_version) {
        add_parameter(path, &any, "resourceVersion", request->resource_version);
        if (!streams)
            add_parameter(path, &any, "resourceVersionMatch", "NotOlderThan");
    }
}

void request_apply(struct text *path, const struct request_place *place, bool force)
{
    bool any = false;

    request_path(path, place);
    add_parameter(path, &any, "fieldManager", RCTL_FIELD_MANAGER);
    add_parameter(path, &any, "force", force ? "true" : "false");
    add_parameter(path, &any, "fieldValidation", "Strict");
}

void request_plain(struct text *path, const struct request_place *place)
{
    bool any = false;

    request_path(path, place);
    add_parameter(path, &any, "fieldManager", RCTL_FIELD_MANAGER);
}

/* ---- bodies ---- */

void request_delete_body(struct text *body, const char *uid)
{
    text_add(body, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\","
                   "\"propagationPolicy\":\"Background\"");
    if (uid) {
        text_add(body, ",\"preconditions\":{\"uid\":");
        text_add_json(body, uid);
        text_add(body, "}");
    }
    text_add(body, "}");
}

/* "<key>": and a string, after a comma. */
static void add_member(struct text *body, const char *key, const char *value)
{
    text_add(body, ",\"");
    text_add(body, key);
    text_add(body, "\":");
    text_add_json(body, value);
}

static void add_time(struct text *body, const char *key, int64_t wall)
{
    text_add(body, ",\"");
    text_add(body, key);
    text_add(body, "\":");
    text_add_time(body, wall);
}

void request_lease_body(struct text *body, const char *ns, const char *name,
                        const char *identity, const struct lease_request *request)
{
    text_add(body, "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\","
                   "\"metadata\":{\"name\":");
    text_add_json(body, name);
    add_member(body, "namespace", ns);
    if (request->resource_version)
        add_member(body, "resourceVersion", request->resource_version);
    text_add(body, "},\"spec\":{\"holderIdentity\":");
    text_add_json(body, request->release ? "" : identity);
    text_add(body, ",\"leaseDurationSeconds\":");
    text_add_number(body, (uint64_t)request->duration_seconds);
    add_time(body, "acquireTime", request->acquired);
    add_time(body, "renewTime", request->renewed);
    text_add(body, ",\"leaseTransitions\":");
    text_add_number(body, (uint64_t)request->transitions);
    text_add(body, "}}");
}

static void add_series(struct text *body, const struct events_request *request)
{
    text_add(body, "\"series\":{\"count\":");
    text_add_number(body, request->count);
    add_time(body, "lastObservedTime", request->last);
    text_add(body, "}");
}

static void add_regarding(struct text *body, const struct events_about *about,
                          const char *api_version)
{
    text_add(body, ",\"regarding\":{\"apiVersion\":");
    text_add_json(body, api_version);
    add_member(body, "kind", about->kind);
    if (*about->ns)
        add_member(body, "namespace", about->ns);
    add_member(body, "name", about->name);
    add_member(body, "uid", about->uid);
    text_add(body, "}");
}

void request_event_body(struct text *body, const struct events_request *request,
                        const char *api_version, const char *identity)
{
    const struct events_about *about = &request->about;
    char instance[REPORTER_MAX + 1];
    size_t len = events_cut(identity, REPORTER_MAX);

    if (request->verb == EVENTS_PATCH) {
        text_add(body, "{");
        add_series(body, request);
        text_add(body, "}");
        return;
    }
    memcpy(instance, identity, len);
    instance[len] = '\0';
    text_add(body, "{\"apiVersion\":\"events.k8s.io/v1\",\"kind\":\"Event\","
                   "\"metadata\":{\"name\":");
    text_add_json(body, request->name);
    add_member(body, "namespace", request->ns);
    text_add(body, "}");
    add_time(body, "eventTime", request->first);
    add_member(body, "reportingController", RCTL_FIELD_MANAGER);
    add_member(body, "reportingInstance", instance);
    add_member(body, "type", about->type);
    add_member(body, "reason", about->reason);
    add_member(body, "action", about->action);
    add_member(body, "note", about->note);
    add_regarding(body, about, api_version);
    if (request->count > 1) {
        text_add(body, ",");
        add_series(body, request);
    }
    text_add(body, "}");
}
