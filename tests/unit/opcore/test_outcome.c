/* opcore/outcome: which of the four ends a round has, and what the queue is told. */
#include "core/outcome.h"
#include "support/memory.h"

static struct outcome after(int status, core_time retry_after)
{
    struct answer answer = {status, ANSWER_REASON_NONE, retry_after};
    struct outcome_round round = {.failed = &answer, .has_wake = true, .wake_at = 5};

    return outcome_judge(&round, 0, 0);
}

TEST(opcore_outcome, failures)
{
    const int retried[] = {0, 401, 403, 404, 405, 409, 410, 429, 500, 502, 503, 504};
    const int terminal[] = {400, 406, 413, 415, 422};

    for (size_t i = 0; i < sizeof(retried) / sizeof(*retried); i++) {
        struct outcome outcome = after(retried[i], 0);

        cr_assert_eq(outcome.kind, OUTCOME_RETRY, "%d", retried[i]);
        cr_assert_eq(outcome.at, CORE_AT_ONCE, "the wake-up is ignored");
        cr_assert_str_eq(outcome_label(outcome), "error");
        cr_assert_not(outcome.terminal_error);
    }
    for (size_t i = 0; i < sizeof(terminal) / sizeof(*terminal); i++) {
        struct outcome outcome = after(terminal[i], 0);

        cr_assert_eq(outcome.kind, OUTCOME_WAITING, "%d", terminal[i]);
        cr_assert(outcome.terminal_error);
        cr_assert_str_eq(outcome_label(outcome), "error");
    }
    cr_assert_eq(after(429, 30 * CORE_SECOND).at, 30 * CORE_SECOND);
}

TEST(opcore_outcome, plans)
{
    struct outcome_round round = {0};
    struct outcome outcome = outcome_judge(&round, 0, 0);

    cr_assert_eq(outcome.kind, OUTCOME_SETTLED);
    cr_assert_str_eq(outcome_label(outcome), "success");
    round.waits_for_user = true;
    outcome = outcome_judge(&round, 0, 0);
    cr_assert_eq(outcome.kind, OUTCOME_WAITING);
    cr_assert_str_eq(outcome_label(outcome), "success");
    cr_assert_not(outcome.terminal_error);
    round.has_wake = true;
    round.wake_at = CORE_MINUTE;
    outcome = outcome_judge(&round, 0, 0);
    cr_assert_eq(outcome.kind, OUTCOME_WAKE);
    cr_assert_eq(outcome.at, CORE_MINUTE);
    cr_assert_str_eq(outcome_label(outcome), "requeue_after");
    round.wake_at = -CORE_MINUTE;
    cr_assert_eq(outcome_judge(&round, 0, 0).at, CORE_SECOND, "no hot loop");
    round.code = RCTL_E_NOMEM;
    cr_assert_eq(outcome_judge(&round, 0, 0).kind, OUTCOME_RETRY);
    round.code = RCTL_E_BUG;
    cr_assert_eq(outcome_judge(&round, 0, 0).kind, OUTCOME_WAITING);
}

TEST(opcore_outcome, queue_calls)
{
    const struct {
        struct outcome outcome;
        core_time due;
    } cases[] = {
        {{OUTCOME_SETTLED, CORE_AT_ONCE, false}, CORE_NEVER},
        {{OUTCOME_WAITING, CORE_AT_ONCE, true}, CORE_NEVER},
        {{OUTCOME_WAKE, CORE_MINUTE, false}, CORE_MINUTE},
        /* a second failure */
        {{OUTCOME_RETRY, CORE_AT_ONCE, false}, CORE_SECOND + 7 + 10 * CORE_MS},
        {{OUTCOME_RETRY, CORE_MINUTE, false}, CORE_MINUTE},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct queue_key key = {"Kind", "ns", "x"};
        struct queue_work work;
        struct memory memory;
        struct queue queue;

        memory_init(&memory);
        queue_init(&queue, &memory.mem.from, &queue_default, 1);
        queue_add(&queue, key, QUEUE_FRESH, 0);
        cr_assert(queue_get(&queue, 0, &work));
        queue_retry(&queue, work.item, CORE_AT_ONCE, 0, 0);
        queue_finish(&queue, work.item, 0);
        cr_assert(queue_get(&queue, CORE_SECOND, &work));
        cr_assert_eq(outcome_apply(cases[i].outcome, &queue, work.item, CORE_SECOND + 7, 0), 7);
        cr_assert_eq(queue_due(&queue), cases[i].due, "case %zu", i);
        queue_done(&queue);
        memory_done(&memory);
    }
}
