/*
 * lease: one writer among several operators, by a Lease of coordination.k8s.io.
 *
 * A Lease is no fence, so the rules are strict. Whether somebody else still leads is
 * judged only by our own clock and by whether the record changes; its times are never
 * compared. Whether we may write is judged by when our last good renewal was sent off,
 * so a reply that comes late, a paused process or a lost network cannot make two
 * writers. What was once lost is never won back: the process ends and starts anew.
 *
 * The caller's loop: lease_poll() at lease_due(); SEND: send the request on a connection
 * of its own, with lease_limits.request_timeout; then feed what came back. Before each
 * write to the cluster ask lease_may_write(); a write gets at most duration - deadline to
 * finish. Leave by lease_release() after the last write is done.
 */
#ifndef CORE_LEASE_H
#define CORE_LEASE_H

#include "core/answer.h"
#include "core/rv.h"

#include <stdbool.h>

struct lease_limits {
    core_time duration;        /* whole seconds; others wait so long before they take over */
    core_time deadline;        /* after a good renewal, we write no longer than this */
    core_time retry;           /* between two tries */
    core_time request_timeout; /* of each */
    core_time vacant;          /* a record that is missing or was emptied by hand may
                                  have a writer who does not know it: wait so long */
};

extern const struct lease_limits lease_default; /* 15 s, 10 s, 2 s, 5 s, 15 s */

/* duration > deadline > 1.2 retry > 0, and duration whole seconds of at least one. */
bool lease_limits_fit(const struct lease_limits *limits);

enum lease_state {
    LEASE_FOLLOWING, /* somebody else leads, or nobody yet */
    LEASE_LEADING,
    LEASE_RELEASING, /* giving it back; no longer writing */
    LEASE_RELEASED,  /* the end of a clean stop */
    LEASE_LOST,      /* the other end: stop at once, without cleaning up, and exit */
    LEASE_STATE__COUNT
};

/* GET reads; CREATE is a POST; UPDATE is a PUT with the resourceVersion. */
enum lease_verb { LEASE_GET, LEASE_CREATE, LEASE_UPDATE };

struct lease_request {
    enum lease_verb verb;
    /* of CREATE and UPDATE: */
    bool release;               /* holderIdentity "", else ours */
    const char *resource_version; /* of UPDATE; lives until the next feeding call */
    int64_t duration_seconds;
    int64_t transitions;
    int64_t acquired, renewed;  /* wall time, for acquireTime and renewTime */
};

/* What a Lease says. A field that is absent or cannot be read is 0 or false. */
struct lease_record {
    const char *rv;
    bool held, ours;            /* holderIdentity is not empty; is exactly ours */
    int64_t duration_seconds;
    int64_t transitions;
    int64_t acquired;           /* wall time; only looked at when it is ours */
};

enum lease_act { LEASE_IDLE, LEASE_SEND, LEASE_ABANDON };

struct lease {
    const struct lease_limits *limits;
    enum lease_state state;
    bool in_flight;
    enum lease_verb verb;   /* of the request that is out */
    bool giving_back;       /* it is the last one */
    core_time started;      /* it was sent off */
    core_time at;           /* the next one is due */
    bool must_look;         /* what we know of the record may be old: GET first */
    bool exists, ours;      /* the record, when it was last looked at */
    bool claimed;           /* a write that may have made it ours had no reply */
    char rv[RV_SIZE];
    int64_t transitions, acquired;
    core_time free_at;      /* from here on we may put our name into it */
    core_time others_until; /* and until here another may be writing nevertheless */
    core_time renewed;      /* our last good renewal was sent off */
    core_time write_from;   /* of our term */
};

void lease_init(struct lease *lease, const struct lease_limits *limits, core_time now);

core_time lease_due(const struct lease *lease);
/* `wall` is what the clock on the wall says; it is only passed on. */
enum lease_act lease_poll(struct lease *lease, core_time now, int64_t wall, uint64_t random,
                          struct lease_request *ret_request);

/* Any request was answered by 2xx and the record; a write answers with what it wrote. */
void lease_answered(struct lease *lease, const struct lease_record *record, core_time now,
                    uint64_t random);
/* Any other answer, or none. */
void lease_failed(struct lease *lease, const struct answer *answer, core_time now,
                  uint64_t random);

/* True only while the lease is provably ours, with room for a write to finish. */
bool lease_may_write(const struct lease *lease, core_time now);
/* Give it back. All writes must have ended; from here on, none may be made. */
void lease_release(struct lease *lease, core_time now);
/* Liveness: we believe that we lead, and have not renewed for very long. A deadlock. */
bool lease_is_stuck(const struct lease *lease, core_time now);

#endif
