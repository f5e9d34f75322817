/*
 * opcore/watch: which request comes next and when, for each answer that a server gives.
 * The objects of these tests are numbers that nobody has to free.
 */
#include "core/watch.h"
#include "support/memory.h"

#include <stdio.h>

struct rig {
    struct memory memory;
    struct watch watch;
    core_time now;
    struct watch_request request;
    int added, updated, deleted;
};

static void drain(struct rig *rig)
{
    struct known_change change;

    while (known_change(&rig->watch.known, &change)) {
        rig->added += change.type == KNOWN_ADDED;
        rig->updated += change.type == KNOWN_UPDATED;
        rig->deleted += change.type == KNOWN_DELETED;
        known_accept(&rig->watch.known);
    }
}

static void start(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    memory_init(&rig->memory);
    watch_init(&rig->watch, &rig->memory.mem.from, &watch_default, 11, 0);
}

static void stop(struct rig *rig)
{
    drain(rig);
    watch_done(&rig->watch);
    memory_done(&rig->memory);
}

/* Goes on to the next request, which must come no later than `within`. */
static void expect(struct rig *rig, enum watch_verb verb, core_time within)
{
    core_time due = core_later(watch_due(&rig->watch), rig->now);

    drain(rig);
    due = core_later(watch_due(&rig->watch), rig->now);
    cr_assert(due - rig->now <= within, "%lld ms", (long long)((due - rig->now) / CORE_MS));
    rig->now = due;
    cr_assert_eq(watch_poll(&rig->watch, rig->now, 0, &rig->request), WATCH_SEND);
    cr_assert_eq(rig->request.verb, verb);
}

static void fail(struct rig *rig, int status, enum answer_reason reason, core_time retry_after)
{
    watch_failed(&rig->watch, &(struct answer){status, reason, retry_after}, rig->now, 0);
    drain(rig);
}

static void item(struct rig *rig, const char *name, const char *uid, const char *rv)
{
    cr_assert_eq(watch_item(&rig->watch, &(struct known_meta){"ns", name, uid, rv}, NULL), 0);
    drain(rig);
}

static void page(struct rig *rig, const char *rv, const char *token)
{
    cr_assert_eq(watch_page(&rig->watch, rv, token, rig->now, 0), 0);
    drain(rig);
}

static int event(struct rig *rig, const char *name, const char *uid, const char *rv, bool gone)
{
    int code = watch_event(&rig->watch, &(struct known_meta){"ns", name, uid, rv}, NULL, gone,
                           rig->now, 0);

    drain(rig);
    return code;
}

/* Listed with objects a and b at version 10, and a stream open. */
static void start_watching(struct rig *rig)
{
    start(rig);
    expect(rig, WATCH_LIST, 0);
    item(rig, "a", "1", "8");
    item(rig, "b", "2", "9");
    page(rig, "10", NULL);
    expect(rig, WATCH_STREAM, 0);
    watch_opened(&rig->watch, rig->now);
}

TEST(opcore_watch, the_way_in)
{
    struct rig rig;

    start(&rig);
    expect(&rig, WATCH_LIST, 0);
    cr_assert_eq(rig.request.limit, 500);
    cr_assert_null(rig.request.resource_version, "the first list is a consistent one");
    cr_assert_null(rig.request.continue_token);
    item(&rig, "a", "1", "8");
    page(&rig, "10", "next");
    cr_assert_not(rig.watch.synced);
    cr_assert_eq(rig.added, 0, "nothing comes out before the last page");
    expect(&rig, WATCH_LIST, 0);
    cr_assert_eq(rig.request.limit, 500);
    cr_assert_str_eq(rig.request.continue_token, "next");
    cr_assert_null(rig.request.resource_version);
    item(&rig, "b", "2", "9");
    page(&rig, "11", "");
    cr_assert(rig.watch.synced && rig.watch.consistent);
    cr_assert_eq(rig.added, 2);
    expect(&rig, WATCH_STREAM, 0);
    cr_assert_str_eq(rig.request.resource_version, "10", "that of the first page");
    cr_assert(rig.request.timeout_seconds >= 300 && rig.request.timeout_seconds <= 600);
    stop(&rig);
}

TEST(opcore_watch, events_move_on)
{
    struct rig rig;

    start_watching(&rig);
    cr_assert_eq(event(&rig, "a", "1", "12", false), 0);
    cr_assert_eq(event(&rig, "c", "3", "13", false), 0);
    cr_assert_eq(event(&rig, "b", "2", "14", true), 0);
    watch_bookmark(&rig.watch, "20", rig.now);
    cr_assert_eq(rig.updated, 1);
    cr_assert_eq(rig.added, 3);
    cr_assert_eq(rig.deleted, 1);
    rig.now += CORE_MINUTE;
    watch_ended(&rig.watch, rig.now, 0);
    expect(&rig, WATCH_STREAM, 0);
    cr_assert_str_eq(rig.request.resource_version, "20");
    stop(&rig);
}

TEST(opcore_watch, expired_stream_lists_what_changed)
{
    struct rig rig;

    start_watching(&rig);
    fail(&rig, 410, ANSWER_REASON_NONE, 0);
    cr_assert_eq(rig.watch.state, WATCH_EXPIRED);
    cr_assert_eq(rig.watch.known.n_known, 2, "what is known stays");
    expect(&rig, WATCH_LIST, 2 * CORE_SECOND);
    cr_assert_eq(rig.request.limit, 0);
    cr_assert_str_eq(rig.request.resource_version, "10");
    /* That version is too old or too new as well: at once without one, in pages. */
    fail(&rig, 504, ANSWER_REASON_FUTURE, 0);
    expect(&rig, WATCH_LIST, 0);
    cr_assert_eq(rig.request.limit, 500);
    cr_assert_null(rig.request.resource_version);
    item(&rig, "b", "7", "30");
    page(&rig, "31", NULL);
    cr_assert_eq(rig.deleted, 2, "a, and the b before");
    cr_assert_eq(rig.watch.known.vanished, 2);
    cr_assert_eq(rig.watch.stats.lists[WATCH_CAUSE_FIRST], 1);
    cr_assert_eq(rig.watch.stats.lists[WATCH_CAUSE_EXPIRED], 1);
    cr_assert_eq(rig.watch.stats.lists[WATCH_CAUSE_FUTURE], 1);
    stop(&rig);
}

TEST(opcore_watch, expired_between_pages)
{
    struct rig rig;

    start(&rig);
    expect(&rig, WATCH_LIST, 0);
    item(&rig, "a", "1", "8");
    page(&rig, "10", "t1");
    expect(&rig, WATCH_LIST, 0);
    fail(&rig, 410, ANSWER_REASON_NONE, 0);
    expect(&rig, WATCH_LIST, 0);
    cr_assert_eq(rig.request.limit, 0, "one list without pages");
    cr_assert_null(rig.request.continue_token);
    cr_assert_null(rig.request.resource_version);
    fail(&rig, 410, ANSWER_REASON_NONE, 0);
    cr_assert_gt(watch_due(&rig.watch), rig.now, "and not a loop");
    expect(&rig, WATCH_LIST, 2 * CORE_SECOND);
    cr_assert_eq(rig.request.limit, 500);
    stop(&rig);
}

TEST(opcore_watch, a_token_that_repeats_itself)
{
    struct rig rig;

    start(&rig);
    expect(&rig, WATCH_LIST, 0);
    page(&rig, "10", "t");
    expect(&rig, WATCH_LIST, 0);
    item(&rig, "a", "1", "8");
    page(&rig, "10", "t");
    expect(&rig, WATCH_LIST, 0);
    cr_assert_eq(rig.request.limit, 0);
    item(&rig, "a", "1", "8");
    page(&rig, "12", NULL);
    cr_assert_eq(rig.added, 1);
    stop(&rig);
}

TEST(opcore_watch, failures_of_a_stream_keep_the_version)
{
    const struct {
        int status;
        core_time retry_after, least, most;
    } cases[] = {
        {0, 0, 800 * CORE_MS, 1600 * CORE_MS},
        {429, 0, 800 * CORE_MS, 1600 * CORE_MS},
        {429, 30 * CORE_SECOND, 30 * CORE_SECOND, 60 * CORE_SECOND},
        {500, 0, 800 * CORE_MS, 1600 * CORE_MS},
        {503, 5 * CORE_SECOND, 5 * CORE_SECOND, 10 * CORE_SECOND},
        {403, 0, 800 * CORE_MS, 1600 * CORE_MS},
        {401, 0, 0, 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rig rig;
        core_time failed;

        start_watching(&rig);
        failed = rig.now;
        watch_failed(&rig.watch, &(struct answer){cases[i].status, 0, cases[i].retry_after},
                     rig.now, 123456789123);
        expect(&rig, WATCH_STREAM, cases[i].most);
        cr_assert(rig.now - failed >= cases[i].least, "case %zu", i);
        cr_assert_str_eq(rig.request.resource_version, "10");
        if (cases[i].status == 401) {
            fail(&rig, 401, ANSWER_REASON_NONE, 0);
            cr_assert_gt(watch_due(&rig.watch), rig.now, "one retry at once, not two");
        }
        stop(&rig);
    }
}

TEST(opcore_watch, a_kind_that_is_not_served)
{
    core_time now;
    struct rig rig;

    start_watching(&rig);
    fail(&rig, 404, ANSWER_REASON_NO_STATUS, 0);
    cr_assert_eq(rig.watch.state, WATCH_MISSING);
    cr_assert_eq(rig.deleted, 0, "nothing is deleted because its kind is gone");
    now = rig.now;
    expect(&rig, WATCH_DISCOVER, 11 * CORE_SECOND);
    cr_assert_geq(rig.now - now, 10 * CORE_SECOND);
    for (int i = 0; i < 10; i++) {
        fail(&rig, i % 2 ? 404 : 503, ANSWER_REASON_NONE, 0);
        expect(&rig, WATCH_DISCOVER, 5 * CORE_MINUTE);
    }
    watch_served(&rig.watch, rig.now);
    expect(&rig, WATCH_LIST, 0);
    /* Discovery runs ahead of the endpoints: slowly again, not at once. */
    fail(&rig, 404, ANSWER_REASON_NO_STATUS, 0);
    cr_assert_geq(watch_due(&rig.watch) - rig.now, 5 * CORE_MINUTE);
    expect(&rig, WATCH_DISCOVER, 5 * CORE_MINUTE);
    watch_served(&rig.watch, rig.now);
    expect(&rig, WATCH_LIST, 0);
    item(&rig, "a", "1", "50");
    page(&rig, "60", NULL);
    cr_assert_eq(rig.deleted, 1);
    cr_assert_eq(rig.watch.state, WATCH_LISTED);
    stop(&rig);
}

TEST(opcore_watch, empty_streams_do_not_spin)
{
    struct rig rig;
    int starts = 0;

    start_watching(&rig);
    while (rig.now < 10 * CORE_MINUTE) {
        watch_ended(&rig.watch, rig.now, 0);
        expect(&rig, WATCH_STREAM, CORE_MINUTE);
        watch_opened(&rig.watch, rig.now);
        starts++;
    }
    cr_assert_leq(starts, 30);
    stop(&rig);
}

TEST(opcore_watch, short_streams_with_events_do_not_spin)
{
    struct rig rig;
    int starts = 0;

    start_watching(&rig);
    for (int rv = 100; rig.now < CORE_MINUTE; rv++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", rv);
        event(&rig, "a", "1", text, false);
        watch_ended(&rig.watch, rig.now, 0);
        expect(&rig, WATCH_STREAM, CORE_SECOND);
        watch_opened(&rig.watch, rig.now);
        starts++;
    }
    cr_assert_leq(starts, 60);
    stop(&rig);
}

TEST(opcore_watch, dead_connections_are_given_up)
{
    struct watch_request request;
    struct rig rig;

    start_watching(&rig);
    watch_bookmark(&rig.watch, "15", rig.now);
    cr_assert_eq(watch_due(&rig.watch), rig.now + 3 * CORE_MINUTE, "bookmarks came, then none");
    rig.now += 3 * CORE_MINUTE;
    cr_assert_eq(watch_poll(&rig.watch, rig.now, 0, &request), WATCH_ABANDON);
    cr_assert_not(rig.watch.in_flight);
    expect(&rig, WATCH_STREAM, 0);
    cr_assert_str_eq(rig.request.resource_version, "15");
    /* No head of an answer: a failure after 30 s. */
    rig.now += 30 * CORE_SECOND;
    cr_assert_eq(watch_poll(&rig.watch, rig.now, 0, &request), WATCH_ABANDON);
    cr_assert_gt(watch_due(&rig.watch), rig.now);
    expect(&rig, WATCH_STREAM, 2 * CORE_SECOND);
    watch_opened(&rig.watch, rig.now);
    /* No bookmark at all: the server's own timeout and a little more. */
    cr_assert_eq(watch_due(&rig.watch),
                 rig.now + (rig.request.timeout_seconds + 5) * CORE_SECOND);
    stop(&rig);
}

TEST(opcore_watch, a_storm_of_410_is_slow)
{
    struct rig rig;
    core_time end;
    int lists = 0;

    start_watching(&rig);
    for (int i = 0; i < 10; i++) {
        fail(&rig, 410, ANSWER_REASON_NONE, 0);
        expect(&rig, WATCH_LIST, CORE_MINUTE);
        page(&rig, "10", NULL);
        expect(&rig, WATCH_STREAM, 0);
    }
    for (end = rig.now + 10 * CORE_MINUTE; rig.now < end; lists++) {
        fail(&rig, 410, ANSWER_REASON_NONE, 0);
        expect(&rig, WATCH_LIST, CORE_MINUTE);
        page(&rig, "10", NULL);
        expect(&rig, WATCH_STREAM, 0);
    }
    cr_assert_leq(lists, 20);
    stop(&rig);
}

TEST(opcore_watch, doubtful_events_are_settled_by_a_list)
{
    struct rig rig;

    start_watching(&rig);
    cr_assert_eq(event(&rig, "a", "1", "9", false), 0, "an old event of a known object");
    cr_assert_eq(rig.updated, 1, "newer than what the list had of it");
    cr_assert_str_eq(rig.watch.rv, "10");
    cr_assert_eq(event(&rig, "z", "5", "7", false), RCTL_E_LIMIT);
    cr_assert_not(rig.watch.in_flight);
    expect(&rig, WATCH_LIST, 2 * CORE_SECOND);
    cr_assert_null(rig.request.resource_version);
    cr_assert_eq(rig.watch.stats.lists[WATCH_CAUSE_DISORDER], 1);
    stop(&rig);
}

TEST(opcore_watch, asked_for_a_list)
{
    struct watch_request request;
    struct rig rig;

    start_watching(&rig);
    watch_relist(&rig.watch);
    rig.now += CORE_MINUTE;
    cr_assert_eq(watch_due(&rig.watch), CORE_AT_ONCE);
    cr_assert_eq(watch_poll(&rig.watch, rig.now, 0, &request), WATCH_ABANDON);
    expect(&rig, WATCH_LIST, 0);
    cr_assert_null(rig.request.resource_version);
    item(&rig, "a", "1", "8");
    item(&rig, "b", "2", "9");
    page(&rig, "40", NULL);
    cr_assert_eq(rig.watch.known.appeared + rig.watch.known.vanished, 0);
    expect(&rig, WATCH_STREAM, 0);
    stop(&rig);
}

TEST(opcore_watch, what_cannot_be_read_deletes_nothing)
{
    struct known_meta nameless = {"ns", "a", "", "8"};
    struct rig rig;

    start_watching(&rig);
    fail(&rig, 410, ANSWER_REASON_NONE, 0);
    expect(&rig, WATCH_LIST, 2 * CORE_SECOND);
    cr_assert_eq(watch_item(&rig.watch, &nameless, NULL), RCTL_E_LIMIT);
    watch_malformed(&rig.watch);
    page(&rig, "40", NULL);
    cr_assert_eq(rig.deleted, 0);
    cr_assert_eq(rig.watch.stats.malformed, 2);
    stop(&rig);
}

TEST(opcore_watch, refused_memory_can_be_tried_again)
{
    struct rig rig;
    int refused = 0;

    start(&rig);
    expect(&rig, WATCH_LIST, 0);
    for (int i = 0; i < 40; i++) {
        char name[16];
        struct known_meta meta = {"ns", name, "1", "8"};
        int code;

        snprintf(name, sizeof(name), "n%d", i);
        for (size_t fail = 1;; fail++) {
            rig.memory.fail_at = rig.memory.calls + fail;
            code = watch_item(&rig.watch, &meta, NULL);
            rig.memory.fail_at = 0;
            if (code == RCTL_OK)
                break;
            cr_assert_eq(code, RCTL_E_NOMEM);
            refused++;
        }
        drain(&rig);
    }
    cr_assert_gt(refused, 40);
    rig.memory.fail_at = rig.memory.calls + 1;
    cr_assert_eq(watch_page(&rig.watch, "10", "t", rig.now, 0), RCTL_E_NOMEM);
    cr_assert(rig.watch.in_flight);
    page(&rig, "10", "t");
    expect(&rig, WATCH_LIST, 0);
    page(&rig, "10", NULL);
    cr_assert_eq(rig.added, 40);
    expect(&rig, WATCH_STREAM, 0);
    watch_opened(&rig.watch, rig.now);
    rig.memory.fail_at = rig.memory.calls + 1;
    cr_assert_eq(event(&rig, "new", "9", "11", false), RCTL_E_NOMEM);
    cr_assert_str_eq(rig.watch.rv, "10", "the event is still to come");
    cr_assert_eq(event(&rig, "new", "9", "11", false), 0);
    cr_assert_eq(rig.added, 41);
    stop(&rig);
}
