/*
 * outcome: what follows for a key after a round of work. There are four ends and no
 * fifth: settled, come back at a time, try again after a wait, or wait for the user.
 */
#ifndef CORE_OUTCOME_H
#define CORE_OUTCOME_H

#include "core/answer.h"
#include "core/queue.h"

enum outcome_kind {
    OUTCOME_SETTLED, /* nothing to do until something changes */
    OUTCOME_WAKE,    /* come back at a time */
    OUTCOME_RETRY,   /* something failed that may go well later */
    OUTCOME_WAITING, /* the same would fail again: only a change of the object helps */
    OUTCOME__COUNT
};

/* How a round went. */
struct outcome_round {
    int code;                    /* of planning: 0 or RCTL_E_* */
    const struct answer *failed; /* of the first action that failed; NULL when none did.
                                    A delete that finds nothing has not failed */
    bool waits_for_user;         /* the plan found faults that only the user can mend */
    bool has_wake;               /* the plan wants to be asked again at `wake_at` */
    core_time wake_at;
};

struct outcome {
    enum outcome_kind kind;
    core_time at;        /* WAKE: then. RETRY: not before, CORE_AT_ONCE without a limit */
    bool terminal_error; /* WAITING because something failed, not because of the user's spec */
};

struct outcome outcome_judge(const struct outcome_round *round, core_time now, uint64_t random);

/*
 * The label `result` of controller_runtime_reconcile_total. "error" counts in
 * controller_runtime_reconcile_errors_total as well. Static storage.
 */
const char *outcome_label(struct outcome outcome);

/*
 * Tells the queue, and finishes the key. Returns how long it ran. Needs no memory. A key
 * that was added while it ran comes at once, whatever the outcome.
 */
core_time outcome_apply(struct outcome outcome, struct queue *queue, uint32_t item,
                        core_time now, uint64_t random);

#endif
