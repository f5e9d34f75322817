/* An API server in memory. What it was at any version is read from its log. */
#include "sim/apimodel.h"

#include <stdlib.h>
#include <string.h>

void model_init(struct model *model)
{
    memset(model, 0, sizeof(*model));
    model->rv = model->next_uid = 1;
    for (int i = 0; i < MODEL_RESOURCES; i++)
        model->served[i] = true;
}

void model_done(struct model *model)
{
    free(model->log);
}

const struct model_event *model_at(const struct model *model, int resource, int key, uint64_t rv)
{
    for (size_t i = model->n_log; i-- > 0;) {
        const struct model_event *event = &model->log[i];

        if (event->resource == resource && event->key == key && event->rv <= rv)
            return event->gone ? NULL : event;
    }
    return NULL;
}

static void append(struct model *model, int resource, int key, uint64_t uid, bool gone)
{
    if (model->n_log == model->cap_log) {
        model->cap_log = model->cap_log ? 2 * model->cap_log : 256;
        model->log = realloc(model->log, model->cap_log * sizeof(*model->log));
        if (!model->log)
            abort();
    }
    model->log[model->n_log++] = (struct model_event){++model->rv, resource, key, uid, gone};
}

void model_change(struct model *model, int resource, int key, enum model_change change)
{
    const struct model_event *now = model_at(model, resource, key, model->rv);
    uint64_t uid = now ? now->uid : 0;

    if (uid && change != MODEL_WRITE)
        append(model, resource, key, uid, /* gone= */ true);
    if (uid && change == MODEL_WRITE)
        append(model, resource, key, uid, /* gone= */ false);
    else if (change == MODEL_RECREATE || (!uid && change == MODEL_WRITE))
        append(model, resource, key, model->next_uid++, /* gone= */ false);
}

static struct answer answer(int status, enum answer_reason reason)
{
    return (struct answer){status, reason, 0};
}

void model_list(const struct model *model, const struct model_list *list, uint64_t behind,
                struct model_page *ret_page)
{
    uint64_t rv = list->has_token ? list->token_rv : list->has_rv ? behind : model->rv;

    memset(ret_page, 0, sizeof(*ret_page));
    if (!model->served[list->resource])
        ret_page->answer = answer(404, ANSWER_REASON_NO_STATUS);
    else if (list->has_token && list->token_rv < model->floor)
        ret_page->answer = answer(410, ANSWER_REASON_NONE);
    else if (list->has_rv && list->rv > behind)
        ret_page->answer = answer(504, ANSWER_REASON_FUTURE);
    else
        ret_page->answer = answer(200, ANSWER_REASON_NONE);
    if (ret_page->answer.status != 200)
        return;
    ret_page->rv = rv;
    for (int key = list->has_token ? list->token_key : 0; key < MODEL_KEYS; key++) {
        const struct model_event *object = model_at(model, list->resource, key, rv);

        if (!object)
            continue;
        if (list->limit && ret_page->n_items == list->limit) {
            ret_page->has_token = true;
            ret_page->token_key = key;
            return;
        }
        ret_page->items[ret_page->n_items++] = *object;
    }
}

struct answer model_watch(const struct model *model, int resource, uint64_t rv)
{
    if (!model->served[resource])
        return answer(404, ANSWER_REASON_NO_STATUS);
    if (rv < model->floor)
        return answer(410, ANSWER_REASON_NONE);
    return answer(200, ANSWER_REASON_NONE);
}

const struct model_event *model_next(const struct model *model, int resource, uint64_t rv)
{
    size_t i = model->n_log;

    while (i > 0 && model->log[i - 1].rv > rv)
        i--;
    for (; i < model->n_log; i++)
        if (model->log[i].resource == resource)
            return &model->log[i];
    return NULL;
}

struct answer model_lease_write(struct model *model, uint64_t rv, uint64_t holder,
                                int64_t duration, int64_t transitions)
{
    struct model_lease *lease = &model->lease;

    if (rv == 0 && lease->exists)
        return answer(409, ANSWER_REASON_ALREADY_EXISTS);
    if (rv != 0 && !lease->exists)
        return answer(404, ANSWER_REASON_NONE);
    if (rv != 0 && rv != lease->rv)
        return answer(409, ANSWER_REASON_NONE);
    *lease = (struct model_lease){true, ++model->rv, holder, duration, transitions};
    return answer(rv ? 200 : 201, ANSWER_REASON_NONE);
}
