/*
 * opcore/lease: one writer at a time, whatever is lost, late or edited by hand. The
 * simulation in tests/sim lets several of them fight; here each rule is seen alone.
 */
#include "core/lease.h"
#include "support/test.h"

static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};
static const struct answer not_found = {404, ANSWER_REASON_NONE, 0};
static const struct answer conflict = {409, ANSWER_REASON_NONE, 0};

struct rig {
    struct lease lease;
    core_time now;
    struct lease_request request;
};

static void start(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    lease_init(&rig->lease, &lease_default, 0);
}

/* Goes on to the next request; returns how long that took. */
static core_time expect(struct rig *rig, enum lease_verb verb)
{
    core_time before = rig->now;

    rig->now = core_later(rig->now, lease_due(&rig->lease));
    cr_assert_eq(lease_poll(&rig->lease, rig->now, 1000, 0, &rig->request), LEASE_SEND);
    cr_assert_eq(rig->request.verb, verb, "%d", (int)rig->request.verb);
    return rig->now - before;
}

static void see(struct rig *rig, const char *rv, bool held, bool ours, int64_t seconds)
{
    struct lease_record record = {rv, held, ours, seconds, 4, 500};

    lease_answered(&rig->lease, &record, rig->now, 0);
}

/* Leads since a clean release of another, with a renewal sent off just now. */
static void start_leading(struct rig *rig)
{
    start(rig);
    expect(rig, LEASE_GET);
    see(rig, "5", false, false, 1);
    expect(rig, LEASE_UPDATE);
    see(rig, "6", true, true, 15);
    cr_assert(lease_may_write(&rig->lease, rig->now));
}

TEST(opcore_lease, limits)
{
    struct lease_limits limits = lease_default;

    cr_assert(lease_limits_fit(&limits));
    limits.deadline = limits.duration;
    cr_assert_not(lease_limits_fit(&limits));
    limits.deadline = 2400 * CORE_MS;
    cr_assert_not(lease_limits_fit(&limits), "more than 1.2 times the retry period");
    limits = lease_default;
    limits.duration += CORE_MS;
    cr_assert_not(lease_limits_fit(&limits), "whole seconds");
}

TEST(opcore_lease, taken_after_a_release)
{
    struct rig rig;

    start(&rig);
    expect(&rig, LEASE_GET);
    see(&rig, "5", false, false, 1);
    cr_assert_eq(expect(&rig, LEASE_UPDATE), 0);
    cr_assert_str_eq(rig.request.resource_version, "5");
    cr_assert_eq(rig.request.transitions, 5, "one more than before");
    cr_assert_eq(rig.request.acquired, 1000);
    cr_assert_eq(rig.request.duration_seconds, 15);
    cr_assert_not(rig.request.release);
    cr_assert_not(lease_may_write(&rig.lease, rig.now));
    see(&rig, "6", true, true, 15);
    cr_assert(lease_may_write(&rig.lease, rig.now), "a release says that nobody writes");
}

TEST(opcore_lease, created_and_then_waited)
{
    struct rig rig;

    start(&rig);
    expect(&rig, LEASE_GET);
    lease_failed(&rig.lease, &not_found, rig.now, 0);
    cr_assert_eq(expect(&rig, LEASE_CREATE), 0);
    cr_assert_eq(rig.request.transitions, 0);
    rig.now += CORE_SECOND;
    see(&rig, "1", true, true, 15);
    cr_assert_eq(rig.lease.state, LEASE_LEADING);
    /* Somebody may have deleted it under a leader who does not know that yet. */
    while (rig.now < 16 * CORE_SECOND) {
        cr_assert_not(lease_may_write(&rig.lease, rig.now));
        expect(&rig, LEASE_UPDATE);
        see(&rig, "2", true, true, 15);
    }
    cr_assert(lease_may_write(&rig.lease, rig.now));
}

TEST(opcore_lease, a_pause_between_absence_and_creation)
{
    struct rig rig;

    /* Unseen, another makes the record, leads, and the record is deleted. */
    start(&rig);
    expect(&rig, LEASE_GET);
    lease_failed(&rig.lease, &not_found, rig.now, 0);
    rig.now += CORE_MINUTE;
    expect(&rig, LEASE_CREATE);
    see(&rig, "9", true, true, 15);
    cr_assert_eq(rig.lease.write_from, rig.now + 15 * CORE_SECOND);
    /* The same when the reply is lost, and the record only seen. */
    start(&rig);
    expect(&rig, LEASE_GET);
    lease_failed(&rig.lease, &not_found, rig.now, 0);
    rig.now += CORE_MINUTE;
    expect(&rig, LEASE_CREATE);
    lease_failed(&rig.lease, &no_reply, rig.now, 0);
    expect(&rig, LEASE_GET);
    see(&rig, "9", true, true, 15);
    expect(&rig, LEASE_UPDATE);
    see(&rig, "10", true, true, 15);
    cr_assert_eq(rig.lease.write_from, rig.now + 15 * CORE_SECOND);
}

TEST(opcore_lease, taken_when_it_does_not_change)
{
    core_time seen;
    struct rig rig;

    start(&rig);
    for (int i = 0; i < 20; i++) {
        expect(&rig, LEASE_GET);
        see(&rig, i % 2 ? "7" : "8", true, false, 15);
    }
    seen = rig.now; /* the leader dies */
    while (rig.lease.at < seen + 15 * CORE_SECOND) {
        expect(&rig, LEASE_GET);
        see(&rig, "7", true, false, 15);
    }
    expect(&rig, LEASE_UPDATE);
    cr_assert_eq(rig.now - seen, 15 * CORE_SECOND);
    cr_assert_str_eq(rig.request.resource_version, "7");
    see(&rig, "9", true, true, 15);
    cr_assert(lease_may_write(&rig.lease, rig.now));
}

TEST(opcore_lease, odd_durations)
{
    const struct {
        int64_t seconds;
        core_time wait;
    } cases[] = {{0, 15}, {-1, 15}, {1, 15}, {40, 40}, {1000000000, 300}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct rig rig;

        start(&rig);
        do {
            expect(&rig, LEASE_GET);
            see(&rig, "7", true, false, cases[i].seconds);
        } while (rig.lease.at < cases[i].wait * CORE_SECOND);
        expect(&rig, LEASE_UPDATE);
        cr_assert_eq(rig.now, cases[i].wait * CORE_SECOND, "case %zu", i);
    }
}

TEST(opcore_lease, lost_races_wait)
{
    struct rig rig;

    start(&rig);
    for (int i = 0; i < 5; i++) {
        expect(&rig, LEASE_GET);
        see(&rig, i % 2 ? "5" : "6", false, false, 1);
        expect(&rig, LEASE_UPDATE);
        lease_failed(&rig.lease, &conflict, rig.now, 0);
        cr_assert_geq(lease_due(&rig.lease), rig.now + 2 * CORE_SECOND);
    }
}

TEST(opcore_lease, renewals)
{
    struct rig rig;

    start_leading(&rig);
    for (int i = 0; i < 50; i++) {
        cr_assert_eq(expect(&rig, LEASE_UPDATE), 2 * CORE_SECOND);
        cr_assert_eq(rig.request.transitions, 4, "as the record says");
        cr_assert_eq(rig.request.acquired, 500);
        see(&rig, i % 2 ? "7" : "8", true, true, 15);
        cr_assert(lease_may_write(&rig.lease, rig.now));
    }
}

TEST(opcore_lease, silence_ends_the_term)
{
    struct lease_request request;
    struct rig rig;
    core_time renewed;

    start_leading(&rig);
    renewed = rig.now;
    for (;;) {
        enum lease_act act;

        rig.now = core_later(rig.now, lease_due(&rig.lease));
        act = lease_poll(&rig.lease, rig.now, 0, 0, &request);
        if (rig.lease.state == LEASE_LOST)
            break;
        cr_assert(act == LEASE_SEND || act == LEASE_ABANDON);
        cr_assert(lease_may_write(&rig.lease, rig.now));
    }
    cr_assert_eq(rig.now, renewed + 10 * CORE_SECOND);
    cr_assert_not(lease_may_write(&rig.lease, rig.now));
    cr_assert_eq(lease_due(&rig.lease), CORE_NEVER, "it is never won back");
}

TEST(opcore_lease, a_pause_is_noticed_without_a_call)
{
    struct rig rig;

    start_leading(&rig);
    cr_assert(lease_may_write(&rig.lease, rig.now + 10 * CORE_SECOND - 1));
    cr_assert_not(lease_may_write(&rig.lease, rig.now + 10 * CORE_SECOND));
    cr_assert_not(lease_is_stuck(&rig.lease, rig.now + 35 * CORE_SECOND));
    cr_assert(lease_is_stuck(&rig.lease, rig.now + 35 * CORE_SECOND + 1));
}

TEST(opcore_lease, a_late_reply_counts_from_when_it_was_asked_for)
{
    core_time sent;
    struct rig rig;

    start_leading(&rig);
    expect(&rig, LEASE_UPDATE);
    sent = rig.now;
    rig.now += 4 * CORE_SECOND;
    see(&rig, "7", true, true, 15);
    cr_assert(lease_may_write(&rig.lease, sent + 10 * CORE_SECOND - 1));
    cr_assert_not(lease_may_write(&rig.lease, sent + 10 * CORE_SECOND));
}

TEST(opcore_lease, stolen)
{
    struct rig rig;

    start_leading(&rig);
    expect(&rig, LEASE_UPDATE);
    lease_failed(&rig.lease, &conflict, rig.now, 0);
    cr_assert_eq(expect(&rig, LEASE_GET), 0, "look at once");
    see(&rig, "9", true, false, 15);
    cr_assert_eq(rig.lease.state, LEASE_LOST);
    cr_assert_not(lease_may_write(&rig.lease, rig.now));
}

TEST(opcore_lease, emptied_or_deleted_under_the_leader)
{
    struct rig rig;

    /* Another may have taken it in between, and wait for its own time to write. */
    start_leading(&rig);
    expect(&rig, LEASE_UPDATE);
    lease_failed(&rig.lease, &conflict, rig.now, 0);
    expect(&rig, LEASE_GET);
    see(&rig, "9", false, false, 15);
    cr_assert_eq(rig.lease.state, LEASE_LOST);
    start_leading(&rig);
    expect(&rig, LEASE_UPDATE);
    lease_failed(&rig.lease, &not_found, rig.now, 0);
    cr_assert_eq(rig.lease.state, LEASE_LOST);
}

TEST(opcore_lease, a_conflict_with_our_own_lost_renewal)
{
    struct rig rig;

    start_leading(&rig);
    expect(&rig, LEASE_UPDATE);
    lease_failed(&rig.lease, &no_reply, rig.now, 0);
    expect(&rig, LEASE_GET);
    see(&rig, "7", true, true, 15);
    expect(&rig, LEASE_UPDATE);
    cr_assert_str_eq(rig.request.resource_version, "7");
    see(&rig, "8", true, true, 15);
    cr_assert(lease_may_write(&rig.lease, rig.now));
}

TEST(opcore_lease, emptied_by_hand_is_taken_but_not_written_under)
{
    core_time seen;
    struct rig rig;

    start(&rig);
    expect(&rig, LEASE_GET);
    see(&rig, "7", true, false, 15);
    expect(&rig, LEASE_GET);
    see(&rig, "8", false, false, 15);
    seen = rig.now;
    cr_assert_eq(expect(&rig, LEASE_UPDATE), 0);
    see(&rig, "9", true, true, 15);
    cr_assert_eq(rig.lease.state, LEASE_LEADING);
    cr_assert_not(lease_may_write(&rig.lease, rig.now));
    cr_assert_eq(rig.lease.write_from, seen + 15 * CORE_SECOND);
    /* Leaving before that gives no clean release either. */
    lease_release(&rig.lease, rig.now);
    expect(&rig, LEASE_UPDATE);
    cr_assert(rig.request.release);
    cr_assert_eq(rig.request.duration_seconds, 15);
}

TEST(opcore_lease, a_lost_reply_of_taking_it)
{
    struct rig rig;

    start(&rig);
    expect(&rig, LEASE_GET);
    see(&rig, "5", false, false, 1);
    expect(&rig, LEASE_UPDATE);
    lease_failed(&rig.lease, &no_reply, rig.now, 0);
    expect(&rig, LEASE_GET);
    see(&rig, "6", true, true, 15);
    cr_assert_not(lease_may_write(&rig.lease, rig.now), "seeing it is no renewal");
    cr_assert_eq(expect(&rig, LEASE_UPDATE), 0);
    cr_assert_eq(rig.request.transitions, 4);
    see(&rig, "7", true, true, 15);
    cr_assert(lease_may_write(&rig.lease, rig.now));
}

TEST(opcore_lease, our_name_written_by_another_hand)
{
    struct rig rig;

    start(&rig);
    expect(&rig, LEASE_GET);
    see(&rig, "7", true, false, 15);
    expect(&rig, LEASE_GET);
    see(&rig, "8", true, true, 15);
    cr_assert_geq(rig.lease.free_at, rig.now + 15 * CORE_SECOND, "we know of no such write");
}

TEST(opcore_lease, release)
{
    struct rig rig;

    start_leading(&rig);
    lease_release(&rig.lease, rig.now);
    cr_assert_not(lease_may_write(&rig.lease, rig.now));
    expect(&rig, LEASE_UPDATE);
    cr_assert(rig.request.release);
    cr_assert_eq(rig.request.duration_seconds, 1);
    lease_failed(&rig.lease, &conflict, rig.now, 0);
    expect(&rig, LEASE_GET);
    see(&rig, "8", true, true, 15);
    expect(&rig, LEASE_UPDATE);
    see(&rig, "9", false, false, 1);
    cr_assert_eq(rig.lease.state, LEASE_RELEASED);

    start(&rig);
    expect(&rig, LEASE_GET);
    see(&rig, "7", true, false, 15);
    lease_release(&rig.lease, rig.now);
    cr_assert_eq(rig.lease.state, LEASE_RELEASED, "there is nothing to give back");
}

TEST(opcore_lease, a_release_that_fails_ends)
{
    struct lease_request request;
    struct rig rig;

    start_leading(&rig);
    lease_release(&rig.lease, rig.now);
    for (int i = 0; i < 20 && rig.lease.state == LEASE_RELEASING; i++) {
        rig.now = core_later(rig.now, lease_due(&rig.lease));
        lease_poll(&rig.lease, rig.now, 0, 0, &request);
    }
    cr_assert_eq(rig.lease.state, LEASE_RELEASED);
    cr_assert_leq(rig.now, 10 * CORE_SECOND);
}
