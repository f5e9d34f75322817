/*
 * opcore/events: what happens again becomes a series, what is quiet ends, nothing is sent
 * for ever, names and notes keep their limits.
 */
#include "core/events.h"
#include "support/memory.h"

#include <stdio.h>

static const struct events_about about = {
    "InferenceService", "team", "chat", "u1", "Warning", "RefNotFound", "Reconcile", "no cache",
};
static const struct answer fine = {200, ANSWER_REASON_NONE, 0};

static void start(struct memory *memory, struct events *events)
{
    memory_init(memory);
    events_init(events, &memory->mem.from, &events_default, 1);
}

static void stop(struct memory *memory, struct events *events)
{
    events_done(events);
    memory_done(memory);
}

static struct events_request take(struct events *events, core_time now)
{
    struct events_request request;

    cr_assert(events_take(events, now, &request));
    return request;
}

static void nothing(struct events *events, core_time now)
{
    struct events_request request;

    cr_assert_not(events_take(events, now, &request));
    cr_assert_gt(events_due(events), now);
}

TEST(opcore_events, one_event_then_forgotten)
{
    struct events_request request;
    struct memory memory;
    struct events events;

    start(&memory, &events);
    cr_assert_eq(events_record(&events, &about, 0, 255), 0);
    request = take(&events, 0);
    cr_assert_eq(request.verb, EVENTS_CREATE);
    cr_assert_eq(request.count, 1);
    cr_assert_eq(request.first, 255);
    cr_assert_str_eq(request.name, "chat.ff");
    cr_assert_str_eq(request.ns, "team");
    cr_assert_str_eq(request.about.note, "no cache");
    nothing(&events, 0);
    events_result(&events, request.item, &fine, 0);
    nothing(&events, 5 * CORE_MINUTE);
    cr_assert_eq(events.items.n, 1);
    nothing(&events, 6 * CORE_MINUTE);
    cr_assert_eq(events.items.n, 0);
    stop(&memory, &events);
}

TEST(opcore_events, a_series)
{
    struct events_request request;
    struct memory memory;
    struct events events;
    core_time now = 0;
    int sent = 0;

    start(&memory, &events);
    for (int i = 0; i < 3600; i++, now += CORE_SECOND) {
        events_record(&events, &about, now, now);
        while (events_take(&events, now, &request)) {
            cr_assert_eq(request.verb, sent == 0 ? EVENTS_CREATE : EVENTS_PATCH);
            if (sent == 1)
                cr_assert_eq(request.count, 2);
            events_result(&events, request.item, &fine, now);
            sent++;
        }
    }
    cr_assert_eq(sent, 3, "new, a series, and one refresh in the hour");
    request = take(&events, now + 6 * CORE_MINUTE);
    cr_assert_eq(request.count, 3600, "the last word");
    cr_assert_eq(request.last, now - CORE_SECOND);
    events_result(&events, request.item, &fine, now + 6 * CORE_MINUTE);
    nothing(&events, now + 6 * CORE_MINUTE);
    cr_assert_eq(events.items.n, 0);
    stop(&memory, &events);
}

TEST(opcore_events, tries_end)
{
    static const struct answer broken = {503, ANSWER_REASON_NONE, 0};
    struct memory memory;
    struct events events;
    core_time now = 0;
    int tries = 0;

    start(&memory, &events);
    events_record(&events, &about, now, 0);
    while (events.items.n) {
        struct events_request request;

        now = core_later(now, events_due(&events));
        if (!events_take(&events, now, &request))
            continue;
        events_result(&events, request.item, &broken, now);
        tries++;
    }
    cr_assert_eq(tries, 12);
    cr_assert_eq(now, 110 * CORE_SECOND);
    cr_assert_eq(events.dropped, 1);
    stop(&memory, &events);
}

TEST(opcore_events, refused_for_good_and_lost_replies)
{
    static const struct answer invalid = {422, ANSWER_REASON_NONE, 0};
    static const struct answer exists = {409, ANSWER_REASON_ALREADY_EXISTS, 0};
    static const struct answer gone = {404, ANSWER_REASON_NONE, 0};
    struct events_request request;
    struct memory memory;
    struct events events;
    char name[EVENTS_NAME_MAX + 1];

    start(&memory, &events);
    events_record(&events, &about, 0, 0);
    events_result(&events, take(&events, 0).item, &invalid, 0);
    cr_assert_eq(events.items.n, 0);
    events_record(&events, &about, 0, 0);
    request = take(&events, 0);
    memcpy(name, request.name, sizeof(name));
    events_result(&events, request.item, &exists, 0);
    events_record(&events, &about, 1, 1);
    request = take(&events, 1);
    cr_assert_eq(request.verb, EVENTS_PATCH);
    cr_assert_str_eq(request.name, name);
    /* The server forgets Events after an hour. */
    events_result(&events, request.item, &gone, 1);
    request = take(&events, 1);
    cr_assert_eq(request.verb, EVENTS_CREATE);
    cr_assert_str_neq(request.name, name);
    cr_assert_eq(request.count, 2);
    events_result(&events, request.item, &fine, 1);
    stop(&memory, &events);
}

TEST(opcore_events, limits)
{
    char note[3000], name[300], text[16];
    struct events_about long_one = about, many = about;
    struct events_request request;
    struct memory memory;
    struct events events;

    start(&memory, &events);
    /* 341 characters of three bytes are 1023. */
    for (size_t i = 0; i < sizeof(note) - 1; i++)
        note[i] = "\xe2\x82\xac"[i % 3];
    note[sizeof(note) - 1] = '\0';
    memset(name, 'n', sizeof(name) - 1);
    name[235] = '.';
    name[sizeof(name) - 1] = '\0';
    long_one.note = note;
    long_one.name = name;
    long_one.ns = "";
    events_record(&events, &long_one, 0, INT64_MAX);
    request = take(&events, 0);
    cr_assert_eq(strlen(request.about.note), 1023);
    cr_assert_leq(strlen(request.name), EVENTS_NAME_MAX);
    cr_assert_eq(request.name[234], 'n');
    cr_assert_eq(request.name[235], '.');
    cr_assert_eq(request.name[236], '7', "no two dots");
    cr_assert_str_eq(request.ns, "default");
    for (int i = 0; i < 1200; i++) {
        snprintf(text, sizeof(text), "n%d", i);
        many.name = text;
        cr_assert_eq(events_record(&events, &many, 0, 0), i < 999 ? 0 : RCTL_E_LIMIT);
    }
    cr_assert_eq(events.dropped, 201);
    stop(&memory, &events);
}

TEST(opcore_events, cut)
{
    cr_assert_eq(events_cut("abc", 10), 3);
    cr_assert_eq(events_cut("abc", 2), 2);
    cr_assert_eq(events_cut("a\xf0\x9f\x98\x80", 4), 1);
    cr_assert_eq(events_cut("a\xf0\x9f\x98\x80", 5), 5);
    cr_assert_eq(events_cut("\x80\x80\x80", 2), 0, "broken from the start");
}

TEST(opcore_events, refused_memory_changes_nothing)
{
    struct memory memory;
    struct events events;
    char text[16];

    start(&memory, &events);
    for (uint32_t i = 0; i < 50; i++) {
        struct events_about one = about;

        snprintf(text, sizeof(text), "n%u", i);
        one.name = text;
        for (size_t fail = 1;; fail++) {
            int code;

            memory.fail_at = memory.calls + fail;
            code = events_record(&events, &one, 0, 0);
            memory.fail_at = 0;
            cr_assert_eq(events.items.n, i + (code == RCTL_OK));
            if (code == RCTL_OK)
                break;
            cr_assert_eq(code, RCTL_E_NOMEM);
        }
    }
    stop(&memory, &events);
}
