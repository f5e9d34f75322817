/*
 * The list/watch machine of one resource. What is known stays known through every
 * failure; only a complete list or an event ends an object.
 */
#include "core/watch.h"

#include "core/mem.h"

#include <assert.h>
#include <string.h>

const struct watch_limits watch_default = {
    .page = 500,
    .list_timeout = 30 * CORE_SECOND,
    .stream_least = 300,
    .stream_most = 600,
    .stream_grace = 5 * CORE_SECOND,
    .stream_short = CORE_SECOND,
    .stream_apart = CORE_SECOND,
    .silence = 3 * CORE_MINUTE,
    .backoff = &backoff_watch,
    .missing = &backoff_missing,
};

void watch_init(struct watch *watch, const rctl_allocator *from,
                const struct watch_limits *limits, uint64_t seed, core_time now)
{
    memset(watch, 0, sizeof(*watch));
    watch->limits = limits;
    watch->at = watch->last_event = now;
    known_init(&watch->known, from, seed);
}

static void forget_token(struct watch *watch)
{
    mem_free_text(&watch->known.items.from, watch->token);
    watch->token = NULL;
}

void watch_done(struct watch *watch)
{
    forget_token(watch);
    known_done(&watch->known);
}

/* ---- what comes next ---- */

core_time watch_due(const struct watch *watch)
{
    core_time due = watch->in_flight ? watch->deadline : watch->at;

    if (watch->known.mode != KNOWN_SETTLED)
        return CORE_NEVER;
    if (watch->asked && (watch->in_flight ? watch->verb == WATCH_STREAM
                                          : watch->state == WATCH_LISTED))
        return CORE_AT_ONCE;
    if (watch->in_flight && watch->bookmarked)
        due = core_sooner(due, core_after(watch->sign, watch->limits->silence));
    return due;
}

static void must_list(struct watch *watch, enum watch_how how, enum watch_cause cause, core_time at)
{
    watch->state = watch->synced ? WATCH_EXPIRED : WATCH_EMPTY;
    watch->how = how;
    watch->cause = cause;
    watch->at = at;
}

static void send_list(struct watch *watch, core_time now, struct watch_request *request)
{
    request->verb = WATCH_LIST;
    request->limit = watch->how == WATCH_PAGED ? watch->limits->page : 0;
    request->continue_token = watch->token;
    if (watch->how == WATCH_SINCE)
        request->resource_version = watch->rv;
    if (!watch->token) {
        watch->stats.lists[watch->cause]++;
        watch->broken_items = false;
    }
    watch->state = WATCH_LISTING;
    watch->deadline = core_after(now, watch->limits->list_timeout);
}

static void send_stream(struct watch *watch, core_time now, uint64_t random,
                        struct watch_request *request)
{
    const struct watch_limits *limits = watch->limits;

    request->verb = WATCH_STREAM;
    request->resource_version = watch->rv;
    request->timeout_seconds =
        limits->stream_least +
        (uint32_t)(random % (limits->stream_most - limits->stream_least + 1));
    watch->stats.streams++;
    watch->in_stream = 0;
    watch->stream_end = core_after(now, request->timeout_seconds * CORE_SECOND);
    watch->stream_end = core_after(watch->stream_end, limits->stream_grace);
    watch->deadline = core_after(now, limits->list_timeout);
}

static enum watch_act abandon(struct watch *watch, core_time now, uint64_t random)
{
    static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};

    if (watch->state == WATCH_WATCHING)
        watch_ended(watch, now, random);
    else
        watch_failed(watch, &no_reply, now, random);
    return WATCH_ABANDON;
}

enum watch_act watch_poll(struct watch *watch, core_time now, uint64_t random,
                          struct watch_request *ret_request)
{
    struct watch_request request = {.verb = WATCH_DISCOVER};

    if (watch_due(watch) > now)
        return WATCH_IDLE;
    if (watch->in_flight)
        return abandon(watch, now, random);
    if (watch->asked && !watch->token && watch->state != WATCH_MISSING) {
        watch->asked = false;
        must_list(watch, WATCH_PAGED, WATCH_CAUSE_ASKED, now);
    }
    watch->in_flight = true;
    watch->bookmarked = false;
    watch->started = watch->sign = now;
    if (watch->state == WATCH_MISSING)
        watch->deadline = core_after(now, watch->limits->list_timeout);
    else if (watch->state == WATCH_LISTED)
        send_stream(watch, now, random, &request);
    else
        send_list(watch, now, &request);
    watch->verb = request.verb;
    *ret_request = request;
    return WATCH_SEND;
}

void watch_relist(struct watch *watch)
{
    watch->asked = true;
}

/* ---- lists ---- */

void watch_malformed(struct watch *watch)
{
    watch->stats.malformed++;
    watch->broken_items = true;
}

int watch_item(struct watch *watch, const struct known_meta *meta, void *object)
{
    int code = known_stage(&watch->known, meta, object);

    assert(watch->in_flight && watch->verb == WATCH_LIST);
    if (code == RCTL_E_LIMIT)
        watch_malformed(watch);
    return code;
}

static void list_complete(struct watch *watch, core_time now)
{
    forget_token(watch);
    memcpy(watch->rv, watch->list_rv, sizeof(watch->rv));
    watch->state = WATCH_LISTED;
    watch->at = now;
    watch->synced = true;
    watch->consistent = watch->how != WATCH_SINCE;
    watch->renewed = false;
    backoff_reset(&watch->missing);
    known_replace(&watch->known, /* keep_missing= */ watch->broken_items);
}

int watch_page(struct watch *watch, const char *rv, const char *continue_token, core_time now,
               uint64_t random)
{
    static const struct answer nonsense = {200, ANSWER_REASON_NONE, 0};
    char *token = NULL;

    assert(watch->in_flight && watch->verb == WATCH_LIST);
    assert(watch->known.mode == KNOWN_SETTLED);
    if (*rv == '\0' || strlen(rv) >= sizeof(watch->list_rv)) {
        watch_failed(watch, &nonsense, now, random);
        return RCTL_OK;
    }
    if (continue_token && *continue_token) {
        if (watch->token && strcmp(watch->token, continue_token) == 0) {
            /* The server turns in a circle. */
            watch_failed(watch, &(struct answer){410, ANSWER_REASON_NONE, 0}, now, random);
            return RCTL_OK;
        }
        token = mem_text(&watch->known.items.from, continue_token);
        if (!token)
            return RCTL_E_NOMEM;
    }
    if (!watch->token)
        memcpy(watch->list_rv, rv, strlen(rv) + 1);
    watch->stats.pages++;
    watch->in_flight = false;
    if (!token) {
        list_complete(watch, now);
        return RCTL_OK;
    }
    forget_token(watch);
    watch->token = token;
    watch->at = now;
    return RCTL_OK;
}

/* ---- streams ---- */

void watch_opened(struct watch *watch, core_time now)
{
    assert(watch->in_flight && watch->verb == WATCH_STREAM);
    watch->state = WATCH_WATCHING;
    watch->deadline = watch->stream_end;
    watch->renewed = false;
    watch->sign = now;
}

static void note_sign(struct watch *watch, const char *rv, core_time now)
{
    watch->sign = watch->last_event = now;
    if (rv_compare(rv, watch->rv) != RV_OLDER)
        memcpy(watch->rv, rv, strlen(rv) + 1);
}

int watch_event(struct watch *watch, const struct known_meta *meta, void *object, bool gone,
                core_time now, uint64_t random)
{
    enum rv_order order = rv_compare(meta->rv, watch->rv);
    bool late = order == RV_OLDER || order == RV_SAME;
    int code;

    assert(watch->in_flight && watch->state == WATCH_WATCHING);
    if (!gone && late && !known_has(&watch->known, meta->ns, meta->name)) {
        /* It was deleted since, or its event was held up: only a list can tell. The
         * object is refused, as if it could not be read. */
        watch_failed(watch, &(struct answer){200, ANSWER_REASON_NONE, 0}, now, random);
        must_list(watch, WATCH_PAGED, WATCH_CAUSE_DISORDER, watch->at);
        return RCTL_E_LIMIT;
    }
    code = known_event(&watch->known, meta, object, gone);
    if (code == RCTL_E_LIMIT)
        watch->stats.malformed++;
    if (code != RCTL_OK)
        return code;
    watch->stats.events++;
    watch->in_stream++;
    note_sign(watch, meta->rv, now);
    return RCTL_OK;
}

void watch_bookmark(struct watch *watch, const char *rv, core_time now)
{
    assert(watch->in_flight && watch->state == WATCH_WATCHING);
    if (*rv == '\0' || strlen(rv) >= sizeof(watch->rv)) {
        watch->stats.malformed++;
        return;
    }
    watch->stats.bookmarks++;
    watch->bookmarked = true;
    note_sign(watch, rv, now);
}

void watch_ended(struct watch *watch, core_time now, uint64_t random)
{
    static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};

    assert(watch->in_flight && watch->verb == WATCH_STREAM);
    if (watch->in_stream == 0 && now - watch->started < watch->limits->stream_short) {
        watch_failed(watch, &no_reply, now, random);
        return;
    }
    watch->in_flight = false;
    watch->state = WATCH_LISTED;
    watch->at = core_later(now, core_after(watch->started, watch->limits->stream_apart));
}

void watch_served(struct watch *watch, core_time now)
{
    assert(watch->in_flight && watch->verb == WATCH_DISCOVER);
    watch->in_flight = false;
    must_list(watch, WATCH_PAGED, WATCH_CAUSE_SERVED, now);
}

/* ---- failures ---- */

/* The wait after a failure: our own, or the server's when that is longer. */
static core_time after_failure(struct watch *watch, core_time now, uint64_t random)
{
    core_time own = backoff_next(&watch->backoff, watch->limits->backoff, now, random);
    core_time told = watch->fault.retry_after;

    return core_after(now, core_later(own, told + core_share(told, random)));
}

static void list_failed(struct watch *watch, enum answer_class class, core_time now,
                        uint64_t random)
{
    enum watch_cause cause = class == ANSWER_FUTURE ? WATCH_CAUSE_FUTURE : WATCH_CAUSE_EXPIRED;
    bool stale = class == ANSWER_EXPIRED || class == ANSWER_FUTURE;
    bool between_pages = watch->token != NULL;

    forget_token(watch);
    known_discard(&watch->known);
    if (stale && watch->how == WATCH_SINCE)
        must_list(watch, WATCH_PAGED, cause, now);
    else if (stale && between_pages)
        must_list(watch, WATCH_WHOLE, cause, now);
    else
        must_list(watch, stale ? WATCH_PAGED : watch->how, WATCH_CAUSE_FAILED,
                  after_failure(watch, now, random));
}

static void stream_failed(struct watch *watch, enum answer_class class, core_time now,
                          uint64_t random)
{
    core_time at = after_failure(watch, now, random);

    if (class == ANSWER_EXPIRED) {
        must_list(watch, WATCH_SINCE, WATCH_CAUSE_EXPIRED, at);
    } else if (class == ANSWER_FUTURE) {
        must_list(watch, WATCH_PAGED, WATCH_CAUSE_FUTURE, at);
    } else {
        watch->state = WATCH_LISTED;
        watch->at = at;
    }
}

static void not_served(struct watch *watch, core_time now, uint64_t random)
{
    core_time wait = backoff_next(&watch->missing, watch->limits->missing, now, random);

    watch->state = WATCH_MISSING;
    watch->at = core_after(now, wait);
}

void watch_failed(struct watch *watch, const struct answer *answer, core_time now,
                  uint64_t random)
{
    enum answer_class class = answer_classify(answer);

    assert(watch->in_flight && watch->known.mode == KNOWN_SETTLED);
    watch->in_flight = false;
    watch->stats.failures++;
    watch->fault = *answer;
    /* A collection is never merely gone: an empty one is a list of nothing. */
    if (class == ANSWER_GONE || class == ANSWER_NOT_SERVED || watch->verb == WATCH_DISCOVER) {
        forget_token(watch);
        known_discard(&watch->known);
        not_served(watch, now, random);
        return;
    }
    if (watch->verb == WATCH_LIST)
        list_failed(watch, class, now, random);
    else
        stream_failed(watch, class, now, random);
    if (class == ANSWER_UNAUTHORIZED && !watch->renewed) {
        watch->renewed = true;
        watch->at = now;
    }
}
