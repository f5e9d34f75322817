/*
 * Rounds of work: a key from a queue, a snapshot, a plan, its actions one after the other,
 * and one of the four ends. Whether writing is allowed is asked before each action.
 */
#include "core/brain_parts.h"

#include <assert.h>
#include <string.h>

static const struct answer no_reply = {0, ANSWER_REASON_NONE, 0};

/* ---- beginning and ending ---- */

core_time brain_work_due(const struct brain *brain)
{
    core_time due = CORE_NEVER;
    bool any_free = false;

    for (uint32_t i = 0; i < brain->limits->workers; i++)
        any_free |= brain->rounds[i].step == BRAIN_STEP_FREE;
    if (!any_free || brain->stopping || !brain_is_synced(brain))
        return CORE_NEVER;
    for (uint32_t i = 0; i < brain->n_controllers; i++)
        due = core_sooner(due, queue_due(&brain->controllers[i].queue));
    return brain_write_due(brain, due);
}

bool brain_begin_round(struct brain *brain, core_time now)
{
    struct brain_round *round = brain->rounds;

    if (brain_work_due(brain) > now || !brain_may_write(brain, now))
        return false;
    while (round->step != BRAIN_STEP_FREE)
        round++;
    for (uint32_t i = 0; i < brain->n_controllers; i++) {
        uint32_t number = (brain->turn + i) % brain->n_controllers;
        struct brain_controller *controller = &brain->controllers[number];
        struct queue_work work;

        if (!queue_get(&controller->queue, now, &work))
            continue;
        *round = (struct brain_round){
            .step = BRAIN_STEP_PLAN, .controller = number, .work = work, .at = now};
        controller->running++;
        brain->turn = number + 1;
        brain_count_begin(brain, round);
        return true;
    }
    return false;
}

static void drop_plan(struct brain_round *round)
{
    round->plan = rctl_plan_free(round->plan);
    round->world = rctl_world_free(round->world);
}

void brain_end_round(struct brain *brain, struct brain_round *round,
                     const struct outcome_round *how, core_time now, uint64_t random)
{
    struct brain_controller *controller = &brain->controllers[round->controller];
    struct outcome outcome = outcome_judge(how, now, random);
    struct brain_round copy = *round;
    core_time ran;

    drop_plan(round);
    brain_tell(brain, &(struct brain_note){.word = BRAIN_ROUND,
                                           .controller = controller->told->name,
                                           .kind = round->work.key.kind,
                                           .ns = round->work.key.ns,
                                           .name = round->work.key.name,
                                           .reason = outcome_label(outcome),
                                           .status = how->failed ? how->failed->status : 0});
    if (round->probed)
        queue_again(&controller->queue, round->work.item, now);
    round->step = BRAIN_STEP_FREE;
    controller->running--;
    ran = outcome_apply(outcome, &controller->queue, round->work.item, now, random);
    brain_count_round(brain, &copy, outcome, how, now, ran);
}

static void end_failed(struct brain *brain, struct brain_round *round,
                       const struct answer *answer, core_time now, uint64_t random)
{
    brain_end_round(brain, round, &(struct outcome_round){.failed = answer}, now, random);
}

/* RCTL_OK is the end of work on what is not there. */
static void end_unplanned(struct brain *brain, struct brain_round *round, int code,
                          core_time now, uint64_t random)
{
    brain_end_round(brain, round, &(struct outcome_round){.code = code}, now, random);
}

/* ---- planning ---- */

static struct object_copy *find_primary(struct brain *brain, const struct brain_round *round)
{
    const struct queue_key *key = &round->work.key;
    const struct brain_watch *watch =
        brain_watch_for(brain, brain->controllers[round->controller].primary, key->ns);

    return watch ? known_get(&watch->watch.known, key->ns, key->name) : NULL;
}

/* A world of what the plan for an object needs. */
static int make_world(struct brain *brain, struct brain_round *round, struct object_copy *self,
                      int64_t wall)
{
    const struct links *links = &brain->links;
    rctl_world_options options = {.size = sizeof(options),
                                  .no_probes = !brain->options.probes,
                                  .find_probe = probes_find,
                                  .find_ctx = &round->probes};
    int code = rctl_world_new(brain->options.ctx, &options, &round->world);

    round->probes = (struct probes_place){.probes = &brain->probes, .ns = round->work.key.ns};
    if (code == RCTL_OK)
        code = rctl_world_set_now(round->world, wall);
    for (uint32_t i = 0; code == RCTL_OK && i < brain->n_resources; i++)
        if (brain->resources[i].unserved)
            code = rctl_world_set_unserved(round->world, brain->resources[i].told->api_version,
                                           brain->resources[i].told->kind);
    links_find_needed(&brain->links, self);
    self->needed = links->n_found;
    for (uint32_t i = 0; code == RCTL_OK && i < links->n_found; i++)
        code = rctl_world_add(round->world, links->found[i]->name, links->found[i]->bytes,
                              links->found[i]->n);
    return code;
}

static void make_plan(struct brain *brain, struct brain_round *round, core_time now, int64_t wall,
                      uint64_t random)
{
    const struct queue_key *key = &round->work.key;
    struct object_copy *self = find_primary(brain, round);
    int code;

    if (!self) {
        end_unplanned(brain, round, RCTL_OK, now, random);
        return;
    }
    code = make_world(brain, round, self, wall);
    if (code == RCTL_OK)
        code = rctl_reconcile(round->world, key->kind, key->ns, key->name, &round->plan);
    if (code != RCTL_OK) {
        end_unplanned(brain, round, code, now, random);
        return;
    }
    round->action = 0;
    round->step = BRAIN_STEP_NEXT;
}

/* All actions are done. */
static void end_done(struct brain *brain, struct brain_round *round, core_time now, int64_t wall,
                     uint64_t random)
{
    rctl_time wake = rctl_plan_wake_at(round->plan);
    struct outcome_round how = {
        .waits_for_user = rctl_plan_refusal(round->plan) != NULL,
        .has_wake = wake != 0,
        .wake_at = core_after(now, wake > wall ? wake - wall : 0),
    };

    brain_end_round(brain, round, &how, now, random);
}

/* ---- actions ---- */

static void record(struct brain *brain, const struct brain_round *round, const char *type,
                   const char *reason, const char *note, core_time now, int64_t wall)
{
    const struct queue_key *key = &round->work.key;
    const struct object_copy *primary = find_primary(brain, round);
    const struct events_about about = {.kind = key->kind,
                                       .ns = key->ns,
                                       .name = key->name,
                                       .uid = primary ? primary->uid : "",
                                       .type = type,
                                       .reason = reason,
                                       .action = "Reconcile",
                                       .note = note};

    events_record(&brain->events, &about, now, wall); /* what is dropped is counted there */
}

/* May one more be deleted, as far as the lists say of which the plan was made? */
static bool may_delete(struct brain *brain, const struct brain_round *round,
                       const rctl_action *action, core_time now)
{
    const rctl_controller *told = brain->controllers[round->controller].told;
    uint32_t target = brain_find_resource(brain, action->api_version, action->kind);
    uint32_t managed = target < BRAIN_RESOURCES ? brain_count_known(brain, target) : 0;
    bool may = true;

    for (size_t i = 0; i < told->n_reads; i++) {
        const rctl_resource *read = told->reads[i].resource;
        struct brain_watch *watch =
            brain_watch_for(brain, brain_find_resource(brain, read->api_version, read->kind),
                            round->work.key.ns);
        bool again = false;

        for (size_t j = 0; j < i; j++) /* one resource may be read for two reasons */
            again |= told->reads[j].resource == read;
        if (watch && !again)
            may &= breaker_ask(&watch->breaker, 1, managed, now);
    }
    return may;
}

static void tell_action(const struct brain *brain, const struct brain_round *round,
                        const rctl_action *action, enum brain_word word, int status)
{
    bool probes = action->type == RCTL_ACTION_PROBE;

    brain_tell(brain,
               &(struct brain_note){.word = word,
                                    .controller = brain->controllers[round->controller].told->name,
                                    .kind = probes ? "" : action->kind,
                                    .ns = action->name_space ? action->name_space : "",
                                    .name = probes ? action->url : action->name,
                                    .reason = action->reason,
                                    .status = status});
}

static bool send_action(struct brain *brain, struct brain_round *round, const rctl_action *action,
                        core_time now, int64_t wall, uint64_t random, struct brain_call *call)
{
    if (!brain_may_write(brain, now)) {
        end_failed(brain, round, &no_reply, now, random);
        return false;
    }
    if (action->type == RCTL_ACTION_DELETE && !may_delete(brain, round, action, now)) {
        struct outcome_round how = {.has_wake = true,
                                    .wake_at = core_after(now, brain->limits->held)};

        tell_action(brain, round, action, BRAIN_HELD, 0);
        record(brain, round, "Warning", "DeletionsHeld",
               "a list of objects shrank; nothing is deleted until two lists agree", now, wall);
        brain_end_round(brain, round, &how, now, random);
        return false;
    }
    if (!brain_send_action(brain, round, action, call)) {
        end_unplanned(brain, round, RCTL_E_NOMEM, now, random);
        return false;
    }
    round->step = BRAIN_STEP_OUT;
    brain_note_sent(brain, round, action, now);
    tell_action(brain, round, action,
                action->type == RCTL_ACTION_PROBE ? BRAIN_PROBES : BRAIN_WRITES, 0);
    return true;
}

/*
 * A status after other writes can wait while there are children of others to make: until its
 * turn comes there is more to say, which saves a write.
 */
static bool put_off_status(struct brain *brain, struct brain_round *round,
                           const rctl_action *action, core_time now, uint64_t random)
{
    struct brain_controller *controller = &brain->controllers[round->controller];
    bool others = false;
    int code;

    for (uint32_t i = 0; i < brain->n_controllers; i++)
        others |= queue_has_ready(&brain->controllers[i].queue, QUEUE_FRESH);
    if (action->type != RCTL_ACTION_STATUS || !round->wrote || !others)
        return false;
    code = queue_add_at(&controller->queue, round->work.key, QUEUE_RESYNC,
                        core_after(now, brain->limits->gather_most), now);
    assert(code == RCTL_OK); /* a key that is worked on needs no memory */
    (void)code;
    end_unplanned(brain, round, RCTL_OK, now, random);
    return true;
}

bool brain_step(struct brain *brain, struct brain_round *round, core_time now, int64_t wall,
                uint64_t random, struct brain_call *call)
{
    rctl_action action;

    if (round->step == BRAIN_STEP_PLAN)
        make_plan(brain, round, now, wall, random);
    while (round->step == BRAIN_STEP_NEXT) {
        if (rctl_plan_get(round->plan, round->action, &action) != RCTL_OK) {
            end_done(brain, round, now, wall, random);
            return false;
        }
        if (put_off_status(brain, round, &action, now, random))
            return false;
        if (action.type != RCTL_ACTION_EVENT)
            return send_action(brain, round, &action, now, wall, random, call);
        record(brain, round, action.warning ? "Warning" : "Normal", action.reason,
               action.message ? action.message : "", now, wall);
        round->action++;
    }
    return false;
}

/* ---- answers ---- */

static void done_one(struct brain_round *round)
{
    round->action++;
    round->step = BRAIN_STEP_NEXT;
}

void brain_acted(struct brain *brain, struct brain_round *round, const struct answer *answer,
                 const struct object *object, core_time now, uint64_t random)
{
    enum answer_class class = answer_classify(answer);
    rctl_action action;
    int code = rctl_plan_get(round->plan, round->action, &action);

    assert(code == RCTL_OK);
    if (class == ANSWER_FINE || (class == ANSWER_GONE && action.type == RCTL_ACTION_DELETE)) {
        round->wrote |= action.type != RCTL_ACTION_STATUS;
        done_one(round);
        if (class == ANSWER_FINE && object && action.type != RCTL_ACTION_DELETE) {
            brain_count_apply(brain, round, object);
            brain_learn(brain, object, now, random);
        }
    } else {
        tell_action(brain, round, &action, BRAIN_REFUSED, answer->status);
        /* Where nothing should be, a conflict says that somebody else is: it would again. */
        if (class == ANSWER_CONFLICT && action.precondition != RCTL_PRECONDITION_ABSENT &&
            round->replans < brain->limits->replans) {
            core_time wait = brain->limits->replan_wait;

            drop_plan(round);
            round->replans++;
            round->at = core_after(now, wait + core_share(wait / 10, random));
            round->step = BRAIN_STEP_PLAN;
        } else {
            end_failed(brain, round, answer, now, random);
            return;
        }
    }
    if (brain->stopping)
        end_unplanned(brain, round, RCTL_OK, now, random);
}

void brain_probed(struct brain *brain, uint64_t id, enum brain_probe result, const char *body,
                  size_t body_len, core_time now, int64_t wall, uint64_t random)
{
    static const rctl_probe_result results[] = {
        [BRAIN_PROBE_HEALTHY] = RCTL_PROBE_HEALTHY,
        [BRAIN_PROBE_UNHEALTHY] = RCTL_PROBE_UNHEALTHY,
        [BRAIN_PROBE_REFUSED] = RCTL_PROBE_REFUSED,
    };
    struct brain_round *round = brain_round_of(brain, id);
    rctl_action action;
    int code;

    if (!round)
        return;
    code = rctl_plan_get(round->plan, round->action, &action);
    assert(code == RCTL_OK && action.type == RCTL_ACTION_PROBE);
    brain_count_probe(brain, result);
    code = probes_note(&brain->probes, round->work.key.ns, action.url, results[result], body,
                       body_len, wall);
    if (code != RCTL_OK) {
        end_unplanned(brain, round, code, now, random);
        return;
    }
    round->probed = true;
    done_one(round);
    if (brain->stopping)
        end_unplanned(brain, round, RCTL_OK, now, random);
}
