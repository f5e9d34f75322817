/*
 * request: the paths and bodies of what is asked of the API server. Only their text;
 * what is asked when is decided elsewhere.
 */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include "core/events.h"
#include "core/lease.h"
#include "core/text.h"
#include "core/watch.h"

/* Where something is. What is NULL or "" is left out of the path. */
struct request_place {
    const char *api_version; /* "v1", "apps/v1" */
    const char *plural, *ns, *name, *sub; /* sub: "status" */
};

void request_path(struct text *path, const struct request_place *place);

/* A list, a watch, or the question whether the kind is served: a list of one object. */
void request_watch(struct text *path, const struct request_place *place, const char *labels,
                   const struct watch_request *request);
/* Server-side apply. */
void request_apply(struct text *path, const struct request_place *place, bool force);
/* A write of ours that is no apply: of a Lease or an Event. */
void request_plain(struct text *path, const struct request_place *place);

/* Deletes in the background; only the object of that uid when it is not NULL. */
void request_delete_body(struct text *body, const char *uid);
void request_lease_body(struct text *body, const char *ns, const char *name,
                        const char *identity, const struct lease_request *request);
/* A new Event, or the patch of its series. `api_version` is of the object it regards. */
void request_event_body(struct text *body, const struct events_request *request,
                        const char *api_version, const char *identity);

#endif
