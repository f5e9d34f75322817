/*
 * One call after the other step: checked, met with its other half, waited for, answered.
 * A client that goes away shows when its request has no connection any more; libevent
 * then takes what is written to it and throws it away.
 */
#include "infer.h"

#include "../memory.h"
#include "asked.h"
#include "handshake.h"
#include "prefix.h"
#include "prompt.h"
#include "record.h"
#include "reply.h"
#include "serve.h"
#include "words.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HUNG_MS = 100 };

struct call {
    struct call *next, *prev;
    struct engine *engine;
    struct evhttp_request *request;
    struct json_object *body, *line;
    struct handshake handshake;
    struct transfer_fetch *fetch;
    size_t peer; /* the next one to ask */
    struct event *timer;
    void (*then)(struct call *call); /* when the timer fires */
    struct words words;
    struct reply reply;
    char *id;
    size_t sent; /* tokens, in a stream */
    bool stream, usage;
    double start; /* seconds, of a clock that does not jump */
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- the end of a call ---- */

static void release(struct call *call)
{
    *(call->prev ? &call->prev->next : &call->engine->calls) = call->next;
    if (call->next)
        call->next->prev = call->prev;
    if (call->engine->transfer)
        transfer_forget(call->engine->transfer, call);
    transfer_cancel(call->fetch);
    handshake_done(&call->handshake);
    words_done(&call->words);
    event_free(call->timer);
    json_object_put(call->body);
    free(call->id);
    call->engine->counts.running--;
    free(call);
}

static void end(struct call *call, int status, const char *why)
{
    struct engine_counts *counts = &call->engine->counts;

    if (status == 200) {
        counts->answered++;
        counts->answer_tokens += call->words.n_tokens;
        counts->whole_seconds += now() - call->start;
    } else {
        counts->failed++;
    }
    record_end(call->engine->record, call->line, status, why);
    release(call);
}

static const char *note_refusal(struct engine *engine, const char *why)
{
    engine->counts.refused++;
    snprintf(engine->last_refusal, sizeof(engine->last_refusal), "%s", why);
    return engine->last_refusal;
}

static void refuse(struct call *call, int status, const char *why)
{
    why = note_refusal(call->engine, why);
    serve_error(call->engine, call->request, status, why, "kv_transfer_params");
    end(call, status, why);
}

/* ---- the answer ---- */

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
    struct call *call = ctx;

    (void)fd, (void)what;
    if (call->engine->knobs.hang > 0) {
        struct timeval again = {.tv_usec = HUNG_MS * 1000};

        evtimer_add(call->timer, &again);
        return;
    }
    call->then(call);
}

static void wait_ms(struct call *call, double ms, void (*then)(struct call *call))
{
    struct timeval after = {.tv_sec = (time_t)(ms / 1000)};

    after.tv_usec = (suseconds_t)((ms - (double)after.tv_sec * 1000) * 1000);
    call->then = then;
    evtimer_add(call->timer, &after);
}

static void send_chunk(struct call *call, struct json_object *piece)
{
    struct evbuffer *chunk = evbuffer_new();

    evbuffer_add_printf(chunk, "data: %s\n\n",
                        piece ? json_object_to_json_string_ext(
                                    piece, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)
                              : "[DONE]");
    evhttp_send_reply_chunk(call->request, chunk);
    evbuffer_free(chunk);
    json_object_put(piece);
}

/* Sends tokens until it has to wait, or is done. */
static void stream(struct call *call)
{
    while (evhttp_request_get_connection(call->request)) {
        bool ended = call->sent == call->words.n_tokens;

        send_chunk(call, reply_piece(&call->reply, call->sent));
        if (ended) {
            if (call->usage && call->reply.shape != INFER_GENERATE)
                send_chunk(call, reply_usage(&call->reply));
            send_chunk(call, NULL);
            evhttp_send_reply_end(call->request);
            end(call, 200, NULL);
            return;
        }
        call->sent++;
        if (call->engine->knobs.token_ms > 0 && call->sent < call->words.n_tokens) {
            wait_ms(call, call->engine->knobs.token_ms, stream);
            return;
        }
    }
    evhttp_send_reply_end(call->request);
    end(call, 0, "the client went away");
}

static void start_stream(struct call *call)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(call->request);

    evhttp_add_header(headers, "Content-Type", "text/event-stream; charset=utf-8");
    evhttp_add_header(headers, "X-Fake-Engine", call->engine->options.name);
    evhttp_send_reply_start(call->request, 200, "OK");
    stream(call);
}

static void send_whole(struct call *call)
{
    int status = serve_json(call->engine, call->request, 200, reply_whole(&call->reply));

    end(call, status, NULL);
}

static void first_token(struct call *call)
{
    size_t n = call->words.n_tokens;

    call->engine->counts.first_token_seconds += now() - call->start;
    if (call->stream)
        start_stream(call);
    else if (n > 1 && call->engine->knobs.token_ms > 0)
        wait_ms(call, call->engine->knobs.token_ms * (double)(n - 1), send_whole);
    else
        send_whole(call);
}

static void generate(struct call *call)
{
    wait_ms(call, call->engine->knobs.delay_ms, first_token);
}

/* ---- the other half ---- */

static void on_gone(void *ctx)
{
    generate(ctx);
}

static void nobody_came(struct call *call)
{
    refuse(call, 500, "decode never came for its KV blocks");
}

static void fetch(struct call *call);

static void on_fetched(void *ctx, const char *engine, const char *why)
{
    struct call *call = ctx;
    char text[512];

    if (engine && (!*call->handshake.from || strcmp(engine, call->handshake.from) == 0)) {
        transfer_cancel(call->fetch);
        call->fetch = NULL;
        generate(call);
        return;
    }
    if (!engine && !*call->handshake.host && call->peer < call->engine->options.peers.n_items) {
        fetch(call);
        return;
    }
    if (engine)
        snprintf(text, sizeof(text), "the KV blocks are those of %.100s, not of %.100s", engine,
                 call->handshake.from);
    else
        snprintf(text, sizeof(text), "no KV blocks from prefill: %.200s", why);
    refuse(call, 400, text);
}

/* From where the request says, else from one peer after the other. */
static void fetch(struct call *call)
{
    struct handshake *handshake = &call->handshake;
    char host[sizeof(handshake->host)];
    unsigned port = handshake->port;

    snprintf(host, sizeof(host), "%s", handshake->host);
    if (!*host) {
        const char *peer = call->engine->options.peers.items[call->peer++];
        const char *colon = strrchr(peer, ':');

        snprintf(host, sizeof(host), "%.*s", colon ? (int)(colon - peer) : 0, peer);
        port = colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
    }
    transfer_cancel(call->fetch);
    call->fetch = transfer_fetch(call->engine->base, host, port, handshake->fetch,
                                 handshake->seconds, on_fetched, call);
}

static void meet(struct call *call)
{
    struct handshake *handshake = &call->handshake;

    if (*handshake->fetch && !*handshake->host && call->engine->options.peers.n_items == 0) {
        refuse(call, 500, "this decode half knows no --peer to fetch KV blocks from");
    } else if (*handshake->fetch) {
        fetch(call);
    } else if (handshake->meets) {
        wait_ms(call, TRANSFER_SECONDS * 1000, nobody_came);
        transfer_hold(call->engine->transfer, handshake->hold, on_gone, call);
    } else {
        if (*handshake->hold)
            transfer_hold(call->engine->transfer, handshake->hold, NULL, NULL);
        generate(call);
    }
}

/* ---- a new call ---- */

static void make_words(struct call *call, size_t n_tokens)
{
    const char *stops[ASKED_STOPS];
    size_t n = asked_stops(call->body, call->reply.shape, stops);

    words_make(&call->words, call->engine->options.name, n_tokens, stops, n);
}

/* Looks the prompt up in the prefix cache, and counts. */
static void count_prompt(struct call *call)
{
    struct engine_counts *counts = &call->engine->counts;
    size_t n = 0, hits;
    const char *prompt = prompt_text(call->body, &n);

    hits = prefix_ask(call->engine->prefix, prompt, n);
    call->reply.prompt_tokens = (n + PREFIX_TOKEN - 1) / PREFIX_TOKEN;
    call->reply.cached_tokens = hits * PREFIX_BLOCK;
    counts->blocks_asked += n / (PREFIX_TOKEN * PREFIX_BLOCK);
    counts->blocks_hit += hits;
    counts->prompt_tokens += call->reply.prompt_tokens;
    counts->cached_tokens += call->reply.cached_tokens;
}

static struct call *new_call(struct engine *engine, struct evhttp_request *request,
                             enum infer_shape shape, struct json_object *body,
                             const char *model, size_t n_tokens)
{
    static const char *const ids[] = {"cmpl", "chatcmpl", "gen"};
    struct call *call = memory_new(sizeof(*call));
    call->engine = engine;
    call->request = request;
    call->body = json_object_get(body);
    call->id = memory_format("%s-%s-%llu", ids[shape], engine->options.name,
                             (unsigned long long)engine->counts.requests);
    call->stream = asked_stream(body, &call->usage);
    call->start = now();
    call->timer = evtimer_new(engine->base, on_timer, call);
    call->reply = (struct reply){.shape = shape, .id = call->id, .model = model,
                                 .engine = engine->options.name, .words = &call->words,
                                 .created = (int64_t)time(NULL)};
    make_words(call, n_tokens);
    count_prompt(call);
    call->next = engine->calls;
    if (call->next)
        call->next->prev = call;
    engine->calls = call;
    engine->counts.running++;
    return call;
}

/* Every n-th one, so that a rate is kept exactly. */
static bool is_to_fail(struct engine *engine)
{
    engine->fail_debt += engine->knobs.fail_rate;
    if (engine->fail_debt < 1 - 1e-9)
        return false;
    engine->fail_debt -= 1;
    return true;
}

static int fail(struct engine *engine, struct evhttp_request *request, int status,
                const char *message, const char *param, const char **why)
{
    engine->counts.failed++;
    snprintf(engine->last_error, sizeof(engine->last_error), "%s", message);
    *why = engine->last_error;
    return serve_error(engine, request, status, message, param);
}

int infer_start(struct engine *engine, struct evhttp_request *request, enum infer_shape shape,
                struct json_object *body, struct json_object *line, const char **why)
{
    const char *model = asked_model(engine, body, shape);
    size_t n_tokens = asked_tokens(body, shape), n;
    struct handshake handshake;
    char text[512], host[256];
    struct call *call;

    engine->counts.requests++;
    if (!model) {
        snprintf(text, sizeof(text), "The model `%.300s` does not exist.",
                 asked_name(body));
        return fail(engine, request, 404, text, "model", why);
    }
    if (!prompt_text(body, &n))
        return fail(engine, request, 400,
                    shape == INFER_CHAT ? "messages are required" : "a prompt is required",
                    shape == INFER_CHAT ? "messages" : "prompt", why);
    if (n_tokens == 0)
        return fail(engine, request, 400, "max_tokens must be at least 1", "max_tokens", why);
    if (is_to_fail(engine))
        return fail(engine, request, (int)engine->knobs.fail_status, "told to fail", NULL, why);
    serve_address(request, host, sizeof(host));
    handshake_check(engine, body, host, engine->counts.requests, &handshake);
    if (*handshake.fault) {
        handshake_done(&handshake);
        note_refusal(engine, handshake.fault);
        return fail(engine, request, 400, handshake.fault, "kv_transfer_params", why);
    }
    call = new_call(engine, request, shape, body, model, n_tokens);
    call->line = line;
    call->handshake = handshake;
    call->reply.params = handshake.params;
    meet(call);
    return 0;
}

void infer_stop(struct engine *engine)
{
    while (engine->calls) {
        struct call *call = engine->calls;

        if (call->sent > 0)
            evhttp_send_reply_end(call->request);
        else
            evhttp_send_error(call->request, 503, NULL);
        end(call, 0, "the engine ended");
    }
}
