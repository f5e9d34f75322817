/* From a finished round to the queue. */
#include "core/outcome.h"

/* A plan that wants to be woken in the past would keep a worker busy. */
#define SOONEST_WAKE CORE_SECOND

/* What a failed action means for its key. */
static const enum outcome_kind kinds[ANSWER__COUNT] = {
    [ANSWER_FINE] = OUTCOME_SETTLED,
    [ANSWER_NO_REPLY] = OUTCOME_RETRY,
    [ANSWER_OUR_FAULT] = OUTCOME_WAITING,
    [ANSWER_UNAUTHORIZED] = OUTCOME_RETRY,
    [ANSWER_FORBIDDEN] = OUTCOME_RETRY,
    [ANSWER_TERMINATING] = OUTCOME_WAITING,
    [ANSWER_GONE] = OUTCOME_RETRY,
    [ANSWER_NOT_SERVED] = OUTCOME_RETRY,
    [ANSWER_EXISTS] = OUTCOME_RETRY,
    [ANSWER_CONFLICT] = OUTCOME_RETRY,
    [ANSWER_EXPIRED] = OUTCOME_RETRY,
    [ANSWER_FUTURE] = OUTCOME_RETRY,
    [ANSWER_INVALID] = OUTCOME_WAITING,
    [ANSWER_THROTTLED] = OUTCOME_RETRY,
    [ANSWER_SERVER] = OUTCOME_RETRY,
};

static enum outcome_kind judge(const struct outcome_round *round)
{
    /* Out of memory passes; every other fault of planning is the same next time. */
    if (round->code != RCTL_OK)
        return round->code == RCTL_E_NOMEM ? OUTCOME_RETRY : OUTCOME_WAITING;
    return round->failed ? kinds[answer_classify(round->failed)] : OUTCOME_SETTLED;
}

struct outcome outcome_judge(const struct outcome_round *round, core_time now, uint64_t random)
{
    struct outcome outcome = {judge(round), CORE_AT_ONCE, false};
    core_time told = round->failed ? round->failed->retry_after : 0;

    switch (outcome.kind) {
    case OUTCOME_RETRY:
        if (told > 0)
            outcome.at = core_after(now, told + core_share(told, random));
        break;
    case OUTCOME_WAITING: outcome.terminal_error = true; break;
    default:
        if (round->has_wake) {
            outcome.kind = OUTCOME_WAKE;
            outcome.at = core_later(round->wake_at, core_after(now, SOONEST_WAKE));
        } else if (round->waits_for_user) {
            outcome.kind = OUTCOME_WAITING;
        }
    }
    return outcome;
}

const char *outcome_label(struct outcome outcome)
{
    if (outcome.kind == OUTCOME_RETRY || outcome.terminal_error)
        return "error";
    return outcome.kind == OUTCOME_WAKE ? "requeue_after" : "success";
}

core_time outcome_apply(struct outcome outcome, struct queue *queue, uint32_t item,
                        core_time now, uint64_t random)
{
    if (outcome.kind == OUTCOME_RETRY)
        queue_retry(queue, item, outcome.at, now, random);
    else
        queue_forget(queue, item);
    if (outcome.kind == OUTCOME_WAKE)
        queue_again(queue, item, outcome.at);
    return queue_finish(queue, item, now);
}
