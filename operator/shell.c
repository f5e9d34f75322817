/* See shell.h. */
#include "shell.h"

#include "io/bytes.h"
#include "io/json.h"
#include "io/probe.h"

#include <stdlib.h>
#include <string.h>

struct shell_call {
    struct shell *shell;
    struct shell_call *next, *before;
    uint64_t id;
    enum brain_call_type type;
    bool over; /* the brain wants no more of it */
    struct client_call *client;
    struct probe_call *probe;
    struct json_list *list;     /* of a LIST */
    struct json_stream *stream; /* of a STREAM */
};

static bool is_fine(const struct answer *answer)
{
    return answer->status >= 200 && answer->status < 300;
}

/* ---- calls that are out ---- */

static struct shell_call *add_call(struct shell *shell, const struct brain_call *wanted)
{
    struct shell_call *call = bytes_alloc(sizeof(*call));

    call->shell = shell;
    call->id = wanted->id;
    call->type = wanted->type;
    call->next = shell->calls;
    if (call->next)
        call->next->before = call;
    shell->calls = call;
    return call;
}

static void remove_call(struct shell_call *call)
{
    if (call->next)
        call->next->before = call->before;
    if (call->before)
        call->before->next = call->next;
    else
        call->shell->calls = call->next;
    json_list_free(call->list);
    json_stream_free(call->stream);
    free(call);
}

static void cancel_call(struct shell_call *call, bool silent)
{
    if (call->client)
        client_cancel(call->client, silent);
    if (call->probe)
        probe_cancel(call->probe);
    remove_call(call);
}

static struct shell_call *find_call(struct shell *shell, uint64_t id)
{
    for (struct shell_call *call = shell->calls; call; call = call->next)
        if (call->id == id)
            return call;
    return NULL;
}

/* The call ends with an answer that has no object in it. */
static void tell_answer(struct shell_call *call, const struct answer *answer)
{
    call->over = true;
    brain_done(call->shell->brain, call->id, answer, NULL, loop_now(), loop_random());
}

static void tell_no_reply(struct shell_call *call)
{
    tell_answer(call, &(struct answer){0});
}

/* ---- objects, pages and events ---- */

static void take_item(void *ctx, const struct object *object)
{
    struct shell_call *call = ctx;

    if (!call->over)
        call->over = !brain_item(call->shell->brain, call->id, object, loop_now(), loop_random());
}

static void take_malformed(void *ctx, const char *why)
{
    struct shell_call *call = ctx;

    (void)why;
    if (!call->over)
        call->over = !brain_malformed(call->shell->brain, call->id);
}

/* What was answered to a write; the watch will bring it. */
static void skip_object(void *ctx, const char *why)
{
    (void)ctx;
    (void)why;
}

static void take_event(void *ctx, enum json_event type, const struct object *object)
{
    struct shell_call *call = ctx;
    struct brain *brain = call->shell->brain;

    if (call->over)
        return;
    if (type == JSON_BOOKMARK)
        call->over = !brain_bookmark(brain, call->id, object->meta.rv, loop_now());
    else
        call->over = !brain_event(brain, call->id, object, type == JSON_DELETED, loop_now(),
                                  loop_random());
}

static void take_error(void *ctx, const struct answer *answer, const char *message)
{
    struct shell_call *call = ctx;

    (void)message;
    if (!call->over)
        tell_answer(call, answer);
}

static void take_object(void *ctx, const struct object *object)
{
    struct shell_call *call = ctx;

    call->over = true;
    brain_done(call->shell->brain, call->id, &(struct answer){.status = 200}, object, loop_now(),
               loop_random());
}

/* ---- the client's callbacks ---- */

static void on_open(void *ctx)
{
    struct shell_call *call = ctx;

    if (call->type == BRAIN_STREAM)
        call->over = !brain_opened(call->shell->brain, call->id, loop_now());
}

static bool feed(struct shell_call *call, const char *bytes, size_t n)
{
    return call->list ? json_list_feed(call->list, bytes, n)
                      : json_stream_feed(call->stream, bytes, n);
}

static bool on_data(void *ctx, const char *bytes, size_t n)
{
    struct shell_call *call = ctx;

    if (!call->over && !feed(call, bytes, n))
        tell_no_reply(call);
    if (call->over)
        cancel_call(call, /* silent= */ false);
    return true;
}

static void end_list(struct shell_call *call)
{
    const char *rv, *token;

    if (json_list_end(call->list, &rv, &token))
        brain_page(call->shell->brain, call->id, rv, token, loop_now(), loop_random());
    else
        tell_no_reply(call);
}

static void end_lease(struct shell_call *call, const struct client_result *result)
{
    struct json_lease lease;

    if (result->body &&
        json_read_lease(result->body, result->body_size, call->shell->identity, &lease))
        brain_lease_answered(call->shell->brain, call->id, &lease.record, loop_now(),
                             loop_random());
    else
        tell_no_reply(call);
}

static void end_write(struct shell_call *call, const struct client_result *result)
{
    const struct json_calls calls = {
        .object = take_object, .malformed = skip_object, .ctx = call};

    if (result->body)
        json_read_object(result->body, result->body_size, &calls);
    if (!call->over)
        tell_answer(call, &result->answer);
}

static void on_done(void *ctx, const struct client_result *result)
{
    struct shell_call *call = ctx;

    call->client = NULL;
    if (call->over)
        ;
    else if (!is_fine(&result->answer))
        tell_answer(call, &result->answer);
    else if (call->type == BRAIN_LIST)
        end_list(call);
    else if (call->type == BRAIN_LEASE)
        end_lease(call, result);
    else if (call->type == BRAIN_APPLY || call->type == BRAIN_STATUS)
        end_write(call, result);
    else
        tell_answer(call, &result->answer);
    remove_call(call);
}

/* ---- probes ---- */

static void on_probed(void *ctx, enum probe_result result, const char *body, size_t n)
{
    static const enum brain_probe words[] = {
        [PROBE_HEALTHY] = BRAIN_PROBE_HEALTHY,
        [PROBE_UNHEALTHY] = BRAIN_PROBE_UNHEALTHY,
        [PROBE_REFUSED] = BRAIN_PROBE_REFUSED,
    };
    struct shell_call *call = ctx;

    call->probe = NULL;
    brain_probed(call->shell->brain, call->id, words[result], body, n, loop_now(), loop_wall(),
                 loop_random());
    remove_call(call);
}

/* ---- sending ---- */

static void send_probe(struct shell *shell, const struct brain_call *wanted)
{
    struct shell_call *call = add_call(shell, wanted);

    call->probe = probe_send(shell->probes, wanted->ns, wanted->path, on_probed, call);
}

static void send_request(struct shell *shell, const struct brain_call *wanted)
{
    struct shell_call *call = add_call(shell, wanted);
    bool reads = wanted->type == BRAIN_LIST || wanted->type == BRAIN_STREAM;
    const struct client_request request = {
        .method = wanted->method,
        .path = wanted->path,
        .content_type = wanted->content_type,
        .body = wanted->body,
        .body_size = wanted->body_len,
        .timeout = wanted->timeout,
        .stream = wanted->streams,
        .on_open = on_open,
        .on_data = reads ? on_data : NULL,
        .on_done = on_done,
        .ctx = call,
    };

    if (wanted->type == BRAIN_LIST)
        call->list = json_list_new(
            wanted->api_version, wanted->kind,
            &(struct json_calls){.object = take_item, .malformed = take_malformed, .ctx = call});
    if (wanted->type == BRAIN_STREAM)
        call->stream = json_stream_new(&(struct json_stream_calls){
            .event = take_event, .error = take_error, .malformed = take_malformed, .ctx = call});
    call->client = client_send(shell->client, &request);
}

core_time shell_turn(struct shell *shell, core_time now)
{
    struct brain_call wanted;

    while (brain_poll(shell->brain, now, loop_wall(), loop_random(), &wanted)) {
        if (wanted.cancel) {
            struct shell_call *call = find_call(shell, wanted.id);

            if (call)
                cancel_call(call, wanted.silent);
        } else if (wanted.type == BRAIN_PROBE) {
            send_probe(shell, &wanted);
        } else {
            send_request(shell, &wanted);
        }
    }
    return brain_due(shell->brain);
}

void shell_done(struct shell *shell)
{
    while (shell->calls)
        cancel_call(shell->calls, /* silent= */ false);
}
