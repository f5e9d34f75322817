/* What comes next, and what came: the brain's own turns between its machines. */
#include "core/brain_parts.h"

/* ---- time ---- */

static bool is_over(const struct brain *brain)
{
    return brain_state(brain) != BRAIN_WORKING;
}

static bool may_release(const struct brain *brain)
{
    return brain->stopping && brain->options.elects && brain_is_idle(brain) &&
           brain->lease.state != LEASE_RELEASING && brain->lease.state != LEASE_RELEASED &&
           brain->lease.state != LEASE_LOST;
}

static core_time rounds_due(const struct brain *brain)
{
    core_time due = brain_work_due(brain);

    for (uint32_t i = 0; i < brain->limits->workers; i++) {
        const struct brain_round *round = &brain->rounds[i];

        if (round->step == BRAIN_STEP_NEXT)
            return CORE_AT_ONCE;
        if (round->step == BRAIN_STEP_PLAN)
            due = core_sooner(due, round->at);
    }
    return due;
}

core_time brain_due(const struct brain *brain)
{
    core_time due = brain->again;

    if (is_over(brain))
        return CORE_NEVER;
    if (may_release(brain))
        return CORE_AT_ONCE;
    if (brain->options.elects)
        due = core_sooner(due, lease_due(&brain->lease));
    for (uint32_t i = 0; i < brain->n_watches; i++)
        due = core_sooner(due, brain_watch_due(&brain->watches[i]));
    for (uint32_t i = 0; i < brain->n_controllers; i++)
        due = core_sooner(due, brain->controllers[i].resync_at);
    if (!brain->event_id && !brain->stopping)
        due = core_sooner(due, brain_write_due(brain, events_due(&brain->events)));
    return core_sooner(due, rounds_due(brain));
}

/* ---- turns ---- */

static void settle_all(struct brain *brain, core_time now, uint64_t random)
{
    if (brain->again != CORE_NEVER && brain->again > now)
        return;
    brain->again = CORE_NEVER;
    for (uint32_t i = 0; i < brain->n_watches; i++)
        if (brain->watches[i].watch.known.mode != KNOWN_SETTLED)
            brain_settle(brain, &brain->watches[i], now, random);
}

static void resync(struct brain *brain, core_time now, uint64_t random)
{
    for (uint32_t i = 0; i < brain->n_controllers; i++) {
        struct brain_controller *controller = &brain->controllers[i];

        if (controller->resync_at > now)
            continue;
        controller->resync_at =
            core_after(now, brain_resync(brain, controller, now)
                                ? brain_resync_span(brain, random)
                                : CORE_SECOND);
    }
}

/* One call or one plan, whatever comes first. */
static bool poll_rounds(struct brain *brain, core_time now, int64_t wall, uint64_t random,
                        struct brain_call *call)
{
    for (uint32_t i = 0; i < brain->limits->workers; i++) {
        struct brain_round *round = &brain->rounds[i];
        bool plans = round->step == BRAIN_STEP_PLAN;

        if (round->step != BRAIN_STEP_NEXT && !(plans && round->at <= now))
            continue;
        if (brain_step(brain, round, now, wall, random, call))
            return true;
        if (plans)
            return false;
    }
    return false;
}

static void tell_leading(struct brain *brain)
{
    if (brain->leads || !brain_leads(brain))
        return;
    brain->leads = true;
    brain_tell(brain, &(struct brain_note){.word = BRAIN_LEADS});
}

bool brain_poll(struct brain *brain, core_time now, int64_t wall, uint64_t random,
                struct brain_call *ret_call)
{
    if (is_over(brain))
        return false;
    if (may_release(brain))
        lease_release(&brain->lease, now);
    tell_leading(brain);
    settle_all(brain, now, random);
    if (brain_poll_lease(brain, now, wall, random, ret_call))
        return true;
    if (is_over(brain))
        return false;
    for (uint32_t i = 0; i < brain->n_watches; i++)
        if (brain_poll_watch(brain, &brain->watches[i], now, random, ret_call))
            return true;
    resync(brain, now, random);
    if (poll_rounds(brain, now, wall, random, ret_call))
        return true;
    if (brain_begin_round(brain, now) && poll_rounds(brain, now, wall, random, ret_call))
        return true;
    return !brain->stopping && brain_poll_event(brain, now, ret_call);
}

/* ---- answers ---- */

static void event_done(struct brain *brain, const struct answer *answer, core_time now)
{
    brain->event_id = 0;
    brain_count_call(brain, brain->event_method, answer->status, now);
    events_result(&brain->events, brain->event, answer, now);
}

void brain_done(struct brain *brain, uint64_t id, const struct answer *answer,
                const struct object *object, core_time now, uint64_t random)
{
    struct brain_watch *watch = brain_watch_of(brain, id);
    struct brain_round *round = brain_round_of(brain, id);

    if (watch) {
        /* An opened stream was counted when it was opened. */
        if (watch->watch.state != WATCH_WATCHING)
            brain_count_call(brain, "GET", answer->status, now);
        brain_watch_over(brain, watch, answer, now, random);
    } else if (round) {
        brain_count_call(brain, round->method, answer->status, now);
        brain_acted(brain, round, answer, object, now, random);
    } else if (id && id == brain->lease_id) {
        brain->lease_id = 0;
        brain_count_call(brain, brain->lease_method, answer->status, now);
        lease_failed(&brain->lease, answer, now, random);
    } else if (id && id == brain->event_id) {
        event_done(brain, answer, now);
    }
}

void brain_lease_answered(struct brain *brain, uint64_t id, const struct lease_record *record,
                          core_time now, uint64_t random)
{
    if (!id || id != brain->lease_id)
        return;
    brain->lease_id = 0;
    brain_count_call(brain, brain->lease_method, 200, now);
    lease_answered(&brain->lease, record, now, random);
}
