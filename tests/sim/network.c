/*
 * Messages on their way, the streams, and the server that answers through model. A request
 * can be lost, refused or slow; its reply can be lost after it was done.
 */
#include "sim/network.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- messages ---- */

static bool is_before(const struct world_message *a, const struct world_message *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct world_message **a, struct world_message **b)
{
    struct world_message *kept = *a;

    *a = *b;
    *b = kept;
}

void network_put_off(struct world *world, struct world_message *message, core_time at)
{
    struct world_message **heap;
    size_t i = world->n_heap++;

    if (world->n_heap > world->cap_heap) {
        world->cap_heap = world->cap_heap ? 2 * world->cap_heap : 64;
        world->heap = realloc(world->heap, world->cap_heap * sizeof(*world->heap));
        if (!world->heap)
            abort();
    }
    heap = world->heap;
    heap[i] = message;
    message->at = at;
    for (; i > 0 && is_before(heap[i], heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&heap[i], &heap[(i - 1) / 2]);
}

void network_post(struct world *world, const struct world_message *message, core_time at)
{
    struct world_message *copy = malloc(sizeof(*copy));

    if (!copy)
        abort();
    *copy = *message;
    copy->order = ++world->order;
    network_put_off(world, copy, at);
}

struct world_message *network_take(struct world *world)
{
    struct world_message **heap = world->heap, *first = heap[0];
    size_t i = 0, child;

    heap[0] = heap[--world->n_heap];
    while ((child = 2 * i + 1) < world->n_heap) {
        child += child + 1 < world->n_heap && is_before(heap[child + 1], heap[child]);
        if (!is_before(heap[child], heap[i]))
            break;
        swap(&heap[child], &heap[i]);
        i = child;
    }
    return first;
}

static core_time delay(struct world *world)
{
    uint32_t ms = 1 + world_chance(world, 20);

    if (world_happens(world, FAULT_SLOW))
        ms += world_chance(world, 8000);
    return (core_time)ms * CORE_MS;
}

void world_send(struct world *world, const struct world_request *request)
{
    struct world_message message = {.kind = NETWORK_TO_SERVER, .request = *request};

    if (request->channel == CHANNEL_WRITE) {
        /* It is made at some moment of the time that it may take, or not at all. */
        message.kind = NETWORK_WRITE_MADE;
        if (!world_happens(world, FAULT_LOST))
            network_post(world, &message,
                 world->now + (core_time)world_chance(world, request->timeout_seconds) * CORE_MS);
        return;
    }
    if (!world_happens(world, FAULT_LOST))
        network_post(world, &message, world->now + delay(world));
}

static void tell(struct world *world, const struct world_message *message)
{
    struct world_message copy = *message;

    copy.kind = NETWORK_TO_OPERATOR;
    network_post(world, &copy, world->now);
}

/* ---- streams ---- */

static struct world_stream *stream_of(struct world *world, const struct world_request *request)
{
    return &world->streams[request->operator* MODEL_RESOURCES + request->channel];
}

void world_hang_up(struct world *world, const struct world_request *request)
{
    if (request->channel < MODEL_RESOURCES)
        stream_of(world, request)->open = false;
}

/* Looks at a stream at some time, or earlier. Of several looks, only the next counts. */
static void look_at(struct world *world, struct world_stream *stream, core_time at)
{
    struct world_message message = {.kind = NETWORK_LOOK, .stream = (int)(stream - world->streams)};

    if (stream->look <= at)
        return;
    stream->look = at;
    network_post(world, &message, at);
}

void network_changed(struct world *world, int resource)
{
    for (size_t i = 0; i < WORLD_OPERATORS * MODEL_RESOURCES; i++)
        if (world->streams[i].open && world->streams[i].from.channel == resource)
            look_at(world, &world->streams[i], world->now + delay(world));
}

static void end_stream(struct world *world, struct world_stream *stream, enum world_news news,
                       int status)
{
    struct world_message message = {.request = stream->from, .news = news};

    message.answer.status = status;
    stream->open = false;
    tell(world, &message);
}

static void deliver(struct world *world, struct world_stream *stream,
                    const struct model_event *event)
{
    struct world_message message = {.request = stream->from, .news = NEWS_EVENTS};
    const struct model_event *second;

    message.events[message.n_events++] = *event;
    stream->cursor = event->rv;
    second = model_next(&world->model, event->resource, event->rv);
    if (second && world_happens(world, FAULT_REORDER)) {
        message.events[message.n_events++] = *event;
        message.events[0] = *second;
        stream->cursor = second->rv;
    } else if (world_happens(world, FAULT_REPEAT)) {
        message.events[message.n_events++] = *event;
    }
    tell(world, &message);
}

static void look(struct world *world, struct world_stream *stream)
{
    int resource = stream->from.channel;
    const struct model_event *event;

    if (!stream->open)
        return;
    if (world->now < stream->start) {
        look_at(world, stream, stream->start);
        return;
    }
    if (world_happens(world, FAULT_FREEZE))
        stream->frozen = true;
    if (stream->frozen)
        return; /* the connection is dead, and nobody says so */
    if (!world->model.served[resource] || world->now >= stream->end ||
        world_happens(world, FAULT_CUT)) {
        end_stream(world, stream, NEWS_END, 0);
        return;
    }
    if (world->now < world->storm_end) {
        end_stream(world, stream, NEWS_ERROR, world->storm_status);
        return;
    }
    if (world_happens(world, FAULT_ERROR)) {
        static const int statuses[] = {410, 500, 429, 504, 403};

        end_stream(world, stream, NEWS_ERROR, statuses[world_chance(world, 5)]);
        return;
    }
    event = model_next(&world->model, resource, stream->cursor);
    if (event) {
        deliver(world, stream, event);
        look_at(world, stream, world->now + delay(world));
        return;
    }
    if (world->now >= stream->bookmark) {
        struct world_message message = {.request = stream->from, .news = NEWS_BOOKMARK};

        message.rv = stream->cursor = world->model.rv;
        stream->bookmark = world->now + CORE_MINUTE;
        tell(world, &message);
    }
    look_at(world, stream, core_sooner(stream->bookmark, stream->end));
}

void network_look(struct world *world, const struct world_message *message)
{
    struct world_stream *stream = &world->streams[message->stream];

    if (stream->look == message->at) {
        stream->look = CORE_NEVER;
        look(world, stream);
    }
}

/* The head of the answer comes first; then the stream is looked at. */
static void open_stream(struct world *world, const struct world_request *request,
                        core_time start)
{
    struct world_stream *stream = stream_of(world, request);

    *stream = (struct world_stream){
        .open = true,
        .from = *request,
        .cursor = request->list.rv,
        .start = start,
        .end = world->now + request->timeout_seconds * CORE_SECOND,
        .bookmark = world->now + CORE_MINUTE,
        .look = CORE_NEVER,
    };
    look_at(world, stream, start);
}

/* ---- the server ---- */

static void serve_lease(struct world *world, struct world_message *message)
{
    const struct world_request *request = &message->request;
    struct model *model = &world->model;

    if (request->lease_verb == LEASE_GET)
        message->answer.status = model->lease.exists ? 200 : 404;
    else
        message->answer = model_lease_write(model, request->lease_rv, request->holder,
                                            request->duration, request->transitions);
    message->lease = model->lease;
    world_say(world, "lease: operator %d %d -> %d, holder %" PRIu64, request->operator,
              (int)request->lease_verb, message->answer.status, model->lease.holder);
}

static void serve_watch(struct world *world, struct world_message *message)
{
    const struct world_request *request = &message->request;
    uint64_t behind = world->model.rv;

    if (world_happens(world, FAULT_BEHIND))
        behind -= world_chance(world, 5) % behind;
    switch (request->verb) {
    case WATCH_LIST:
        model_list(&world->model, &request->list, behind, &message->page);
        message->answer = message->page.answer;
        break;
    case WATCH_STREAM:
        message->answer = model_watch(&world->model, request->channel, request->list.rv);
        break;
    case WATCH_DISCOVER:
        message->answer.status = world->model.served[request->channel] ? 200 : 404;
        break;
    }
    world_say(world, "resource %d: operator %d %d -> %d, %zu objects", request->channel,
              request->operator, (int)request->verb, message->answer.status,
              message->page.n_items);
}

void network_serve(struct world *world, struct world_message *message)
{
    static const int statuses[] = {500, 503, 429, 401, 403, 504, 502};
    bool is_lease = message->request.channel == CHANNEL_LEASE;
    core_time at = world->now + delay(world);

    message->kind = NETWORK_TO_OPERATOR;
    message->news = NEWS_ANSWER;
    if (world->now < world->storm_end) {
        message->answer.status = world->storm_status;
        network_post(world, message, at);
        return;
    }
    if (world_happens(world, FAULT_REFUSED)) {
        message->answer.status = statuses[world_chance(world, 7)];
        if (world_chance(world, 4) == 0)
            message->answer.retry_after = (core_time)(1 + world_chance(world, 20)) * CORE_SECOND;
        network_post(world, message, at);
        return;
    }
    if (is_lease)
        serve_lease(world, message);
    else
        serve_watch(world, message);
    if (world_happens(world, FAULT_LOST_REPLY)) {
        if (world_chance(world, 2))
            return;
        message->answer.status = 504; /* after it was done */
    }
    network_post(world, message, at);
    if (!is_lease && message->request.verb == WATCH_STREAM && message->answer.status == 200)
        open_stream(world, &message->request, at + 1000);
}

void network_write_made(struct world *world, const struct world_message *message)
{
    uint64_t who = message->request.identity;

    world->writes++;
    if (who >= 4096)
        abort();
    if (world->ended[who / 64] >> who % 64 & 1)
        world_broken(world, "%" PRIu64 " wrote after another had written", who);
    if (world->writer && world->writer != who)
        world->ended[world->writer / 64] |= UINT64_C(1) << world->writer % 64;
    world->writer = who;
}
