/* What must hold for an operator of the simulation at the end. */
#include "sim/operator_state.h"

#include <inttypes.h>

static uint64_t count_lists(const struct sim_operator *operator)
{
    uint64_t lists = 0;

    for (int i = 0; i < MODEL_RESOURCES; i++)
        for (size_t k = 0; k < WATCH_CAUSE__COUNT; k++)
            lists += operator->watches[i].stats.lists[k];
    return lists;
}

void operator_mark(struct sim_operator *operator)
{
    operator->marked_lists = count_lists(operator);
    operator->marked_works = operator->works;
}

static void check_object(struct sim_operator *operator, int resource, int key, bool leads)
{
    const struct model *model = &operator->world->model;
    const struct model_event *truth = model_at(model, resource, key, model->rv);
    const struct object *cached = &operator->cache[resource][key];
    const struct object *worked = &operator->worked[resource][key];

    if (cached->uid != (truth ? truth->uid : 0) || cached->rv != (truth ? truth->rv : 0))
        world_broken(operator->world,
                     "operator %d, resource %d, key %d: has uid %" PRIu64 " rv %" PRIu64
                     ", the server uid %" PRIu64 " rv %" PRIu64,
                     operator->index, resource, key, cached->uid, cached->rv,
                     truth ? truth->uid : 0, truth ? truth->rv : 0);
    if (leads && (worked->uid != cached->uid || worked->rv != cached->rv))
        world_broken(operator->world,
                     "operator %d, resource %d, key %d: was lost on its way to a worker",
                     operator->index, resource, key);
}

bool operator_check(struct sim_operator *operator)
{
    bool leads = operator_may_write(operator);

    if (!operator->alive) {
        world_broken(operator->world, "operator %d is dead", operator->index);
        return false;
    }
    for (int i = 0; i < MODEL_RESOURCES; i++)
        for (int key = 0; key < MODEL_KEYS; key++)
            check_object(operator, i, key, leads);
    if (count_lists(operator) != operator->marked_lists)
        world_broken(operator->world, "operator %d still lists", operator->index);
    if (operator->works != operator->marked_works)
        world_broken(operator->world, "operator %d still works", operator->index);
    return leads;
}
