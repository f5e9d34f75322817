/*
 * events: which Events of Kubernetes to send. The same thing that happens again is no new
 * Event but a series on the first: announced at once by a count of 2, then brought up to
 * date every half hour, and closed after six minutes of quiet.
 *
 * Events are best effort. Recording never blocks; what does not fit or cannot be sent
 * after a dozen tries is dropped and counted.
 */
#ifndef CORE_EVENTS_H
#define CORE_EVENTS_H

#include "core/answer.h"
#include "core/slots.h"

struct events_limits {
    uint32_t most;     /* events that are remembered at a time */
    core_time quiet;   /* a series ends after so long without another */
    core_time refresh; /* between two updates of a series that goes on */
    core_time retry;
    uint32_t tries;
};

extern const struct events_limits events_default; /* 1000, 6 min, 30 min, 10 s, 12 */

enum { EVENTS_NOTE_MAX = 1024, EVENTS_NAME_MAX = 253 }; /* bytes, as the API allows */

/* What happened. No text is NULL; ns is "" for cluster-scoped kinds. */
struct events_about {
    const char *kind, *ns, *name, *uid; /* of the object that it regards */
    const char *type, *reason, *action; /* type is Normal or Warning */
    const char *note;                   /* not part of the identity; cut when too long */
};

struct events {
    const struct events_limits *limits;
    struct slots items;
    core_time due; /* no item is due before this */
    uint64_t serial;
    uint64_t dropped;
};

/* CREATE is a POST; PATCH changes only the series. */
enum events_verb { EVENTS_CREATE, EVENTS_PATCH };

/* Texts live until events_result(). */
struct events_request {
    uint32_t item;
    enum events_verb verb;
    struct events_about about;
    const char *ns;           /* where the Event lives: that of the object, or default */
    char name[EVENTS_NAME_MAX + 1];
    int64_t first, last;      /* wall time: eventTime, series.lastObservedTime */
    uint32_t count;           /* series.count; no series when it is 1 */
};

void events_init(struct events *events, const rctl_allocator *from,
                 const struct events_limits *limits, uint64_t seed);
void events_done(struct events *events);

/* Notes that it happened. RCTL_E_NOMEM and RCTL_E_LIMIT: dropped, counted, go on. */
int events_record(struct events *events, const struct events_about *about, core_time now,
                  int64_t wall);

/* Nothing is to be sent before this time; CORE_NEVER when nothing is remembered. */
core_time events_due(const struct events *events);
/* The next request, if one is due. It is out until events_result(). */
bool events_take(struct events *events, core_time now, struct events_request *ret_request);
void events_result(struct events *events, uint32_t item, const struct answer *answer,
                   core_time now);

/* The longest start of a text that has at most `most` bytes and no broken UTF-8 end. */
size_t events_cut(const char *text, size_t most);

#endif
