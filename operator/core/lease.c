/*
 * Leader election. A leader writes until `renewed` + deadline; another may write from
 * `others_until`, which is a duration after it first saw that renewal or a later one. So
 * there is at least duration - deadline in between, for writes to come to an end.
 */
#include "core/lease.h"

#include <assert.h>
#include <string.h>

const struct lease_limits lease_default = {15 * CORE_SECOND, 10 * CORE_SECOND, 2 * CORE_SECOND,
                                           5 * CORE_SECOND, 15 * CORE_SECOND};

enum {
    LONGEST_TERM = 300, /* seconds: a record that claims more was edited by hand */
    RELEASED_TERM = 1,  /* what a release writes as the duration, as client-go does */
    STUCK = 20          /* seconds beyond the duration */
};

bool lease_limits_fit(const struct lease_limits *limits)
{
    return limits->retry > 0 && limits->deadline > limits->retry + limits->retry / 5 &&
           limits->duration > limits->deadline && limits->duration % CORE_SECOND == 0 &&
           limits->request_timeout > 0 && limits->vacant >= 0;
}

void lease_init(struct lease *lease, const struct lease_limits *limits, core_time now)
{
    assert(lease_limits_fit(limits));
    memset(lease, 0, sizeof(*lease));
    lease->limits = limits;
    lease->at = now;
    lease->must_look = true;
}

static bool is_over(const struct lease *lease)
{
    return lease->state == LEASE_LOST || lease->state == LEASE_RELEASED;
}

static core_time write_end(const struct lease *lease)
{
    return core_after(lease->renewed, lease->limits->deadline);
}

bool lease_may_write(const struct lease *lease, core_time now)
{
    return lease->state == LEASE_LEADING && now >= lease->write_from && now < write_end(lease);
}

bool lease_is_stuck(const struct lease *lease, core_time now)
{
    core_time patience = lease->limits->duration + STUCK * CORE_SECOND;

    return lease->state == LEASE_LEADING && now > core_after(lease->renewed, patience);
}

core_time lease_due(const struct lease *lease)
{
    core_time due = lease->at;

    if (is_over(lease))
        return CORE_NEVER;
    if (lease->in_flight)
        due = core_after(lease->started, lease->limits->request_timeout);
    if (lease->state != LEASE_FOLLOWING)
        due = core_sooner(due, write_end(lease));
    return due;
}

static void end(struct lease *lease, enum lease_state state)
{
    lease->state = state;
    lease->in_flight = false;
}

void lease_release(struct lease *lease, core_time now)
{
    if (is_over(lease) || lease->state == LEASE_RELEASING)
        return;
    if (lease->state == LEASE_FOLLOWING && !lease->claimed && !lease->in_flight) {
        end(lease, LEASE_RELEASED);
        return;
    }
    if (lease->state == LEASE_FOLLOWING)
        lease->renewed = now; /* what may still become ours is given back within a deadline */
    lease->state = LEASE_RELEASING;
    lease->at = now;
}

/* ---- requests ---- */

static enum lease_verb choose_verb(const struct lease *lease, core_time now)
{
    if (lease->must_look)
        return LEASE_GET;
    if (!lease->exists)
        return LEASE_CREATE;
    return lease->state != LEASE_FOLLOWING || now >= lease->free_at ? LEASE_UPDATE : LEASE_GET;
}

static void fill_request(struct lease *lease, core_time now, int64_t wall,
                         struct lease_request *request)
{
    bool taking = !lease->exists || !lease->ours;

    request->release = lease->giving_back;
    request->resource_version = lease->exists ? lease->rv : NULL;
    request->duration_seconds = lease->limits->duration / CORE_SECOND;
    /* The mark of a release says that nobody writes any more. In a term in which we had
     * to wait for somebody else, we do not know that. */
    if (lease->giving_back && now >= lease->write_from)
        request->duration_seconds = RELEASED_TERM;
    request->transitions = lease->exists ? lease->transitions + taking : 0;
    request->acquired = taking ? wall : lease->acquired;
    request->renewed = wall;
}

enum lease_act lease_poll(struct lease *lease, core_time now, int64_t wall, uint64_t random,
                          struct lease_request *ret_request)
{
    static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};
    struct lease_request request = {.verb = LEASE_GET};
    bool out = lease->in_flight;

    if (lease_due(lease) > now)
        return LEASE_IDLE;
    if (lease->state != LEASE_FOLLOWING && now >= write_end(lease)) {
        end(lease, lease->state == LEASE_LEADING ? LEASE_LOST : LEASE_RELEASED);
        return out ? LEASE_ABANDON : LEASE_IDLE;
    }
    if (out) {
        lease_failed(lease, &no_reply, now, random);
        return LEASE_ABANDON;
    }
    request.verb = choose_verb(lease, now);
    lease->giving_back = lease->state == LEASE_RELEASING && request.verb == LEASE_UPDATE;
    if (request.verb != LEASE_GET)
        fill_request(lease, now, wall, &request);
    lease->verb = request.verb;
    lease->in_flight = true;
    lease->started = now;
    *ret_request = request;
    return LEASE_SEND;
}

/* ---- what is known of the record ---- */

static void note_absent(struct lease *lease, core_time now)
{
    lease->exists = lease->ours = lease->claimed = lease->must_look = false;
    lease->free_at = now;
    if (lease->state == LEASE_LEADING)
        end(lease, LEASE_LOST); /* whoever makes it anew cannot know of us */
    else if (lease->state == LEASE_RELEASING)
        end(lease, LEASE_RELEASED);
}

/* Whose rights a version of the record protects, and how long, from its first sight. */
static void judge(struct lease *lease, const struct lease_record *record, core_time now)
{
    core_time vacant_end = core_after(now, lease->limits->vacant);
    core_time term = record->duration_seconds;

    lease->free_at = now;
    if (record->ours && (lease->claimed || lease->state != LEASE_FOLLOWING)) {
        /* We wrote it. Over a version that we had seen, whose rights are known; or where
         * there was none, and nothing tells whether there had been one just before. */
        if (!lease->exists)
            lease->others_until = vacant_end;
    } else if (!record->held) {
        lease->others_until = record->duration_seconds == RELEASED_TERM ? now : vacant_end;
    } else {
        if (term > LONGEST_TERM)
            term = LONGEST_TERM;
        term = core_later(term * CORE_SECOND, lease->limits->duration);
        lease->free_at = lease->others_until = core_after(now, term);
    }
}

static void note_record(struct lease *lease, const struct lease_record *record, core_time now)
{
    if (!lease->exists || strcmp(lease->rv, record->rv) != 0)
        judge(lease, record, now);
    memcpy(lease->rv, record->rv, strlen(record->rv) + 1);
    lease->exists = true;
    lease->must_look = false;
    lease->ours = record->ours;
    lease->transitions = record->transitions > 0 ? record->transitions : 0;
    lease->acquired = record->acquired;
}

/* ---- answers ---- */

/* Leaders keep a steady beat, the others are spread by chance. */
static core_time next_try(const struct lease *lease, core_time told, core_time now,
                          uint64_t random)
{
    core_time wait = lease->limits->retry;

    if (lease->state != LEASE_FOLLOWING)
        return core_later(now, core_after(lease->started, wait));
    wait += core_share(wait / 5 * 6, random);
    return core_after(now, core_later(wait, told));
}

static void looked(struct lease *lease, core_time now, uint64_t random)
{
    if (!lease->ours)
        lease->claimed = false;
    if (lease->state == LEASE_LEADING && !lease->ours) {
        end(lease, LEASE_LOST); /* also when nobody holds it: somebody may have, in between */
    } else if (lease->state == LEASE_RELEASING) {
        lease->at = now;
        if (!lease->ours)
            end(lease, LEASE_RELEASED);
    } else if (lease->state == LEASE_LEADING) {
        lease->at = core_later(now, core_after(lease->renewed, lease->limits->retry));
    } else {
        lease->at = next_try(lease, 0, now, random);
        lease->at = core_sooner(lease->at, core_later(lease->free_at, now));
    }
}

/* Our write was made. What it proves begins when it was sent off, not when it came back. */
static void wrote(struct lease *lease, core_time now, uint64_t random)
{
    lease->claimed = false;
    lease->renewed = lease->started;
    if (lease->giving_back) {
        end(lease, LEASE_RELEASED);
    } else if (lease->state == LEASE_RELEASING) {
        lease->at = now;
    } else {
        if (lease->state == LEASE_FOLLOWING)
            lease->write_from = lease->others_until;
        lease->state = LEASE_LEADING;
        lease->at = next_try(lease, 0, now, random);
    }
}

void lease_answered(struct lease *lease, const struct lease_record *record, core_time now,
                    uint64_t random)
{
    static const struct answer nonsense = {200, ANSWER_REASON_NONE, 0};

    assert(lease->in_flight);
    if (*record->rv == '\0' || strlen(record->rv) >= sizeof(lease->rv) ||
        (lease->verb != LEASE_GET && !lease->giving_back && !record->ours)) {
        lease_failed(lease, &nonsense, now, random);
        return;
    }
    lease->in_flight = false;
    /* A write that was made counts as claimed, so that it is not judged as another's. */
    lease->claimed |= lease->verb != LEASE_GET;
    note_record(lease, record, now);
    if (lease->verb == LEASE_GET)
        looked(lease, now, random);
    else
        wrote(lease, now, random);
}

void lease_failed(struct lease *lease, const struct answer *answer, core_time now,
                  uint64_t random)
{
    enum answer_class class = answer_classify(answer);

    assert(lease->in_flight);
    lease->in_flight = false;
    lease->at = next_try(lease, answer->retry_after, now, random);
    if (class == ANSWER_GONE) {
        note_absent(lease, now);
        if (lease->state == LEASE_FOLLOWING && lease->verb == LEASE_GET)
            lease->at = now;
        return;
    }
    lease->must_look = true;
    if (class == ANSWER_CONFLICT || class == ANSWER_EXISTS) {
        if (lease->state != LEASE_FOLLOWING)
            lease->at = now; /* somebody else wrote it: see at once who leads */
    } else if (lease->verb != LEASE_GET) {
        lease->claimed |= class == ANSWER_NO_REPLY || class == ANSWER_SERVER ||
                          class == ANSWER_FINE;
    }
}
