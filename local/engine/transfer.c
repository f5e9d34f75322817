/* Two evhttp handlers for prefill, one evhttp request for decode. */
#include "transfer.h"

#include "../memory.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>

/* A key that is held. */
struct held {
    TAILQ_ENTRY(held) next;
    char key[TRANSFER_KEY];
    void (*gone)(void *ctx);
    void *ctx;
};

/* A decode half that came before its key did. */
struct waiter {
    TAILQ_ENTRY(waiter) next;
    char key[TRANSFER_KEY];
    struct evhttp_request *request;
    struct event *late;
    struct transfer *transfer;
};

struct transfer {
    struct event_base *base;
    struct evhttp *http;
    const char *engine;
    unsigned port;
    size_t n_held;
    TAILQ_HEAD(, held) held;
    TAILQ_HEAD(, waiter) waiters;
};

/* ---- prefill ---- */

static void answer(struct evhttp_request *request, int status, const char *text)
{
    struct evbuffer *body = evbuffer_new();

    evbuffer_add(body, text, strlen(text));
    evhttp_send_reply(request, status, NULL, body);
    evbuffer_free(body);
}

static void release(struct transfer *transfer, struct held *held)
{
    TAILQ_REMOVE(&transfer->held, held, next);
    transfer->n_held--;
    free(held);
}

static struct held *find(struct transfer *transfer, const char *key)
{
    struct held *held;

    TAILQ_FOREACH(held, &transfer->held, next)
    {
        if (strcmp(held->key, key) == 0)
            return held;
    }
    return NULL;
}

/* Gives a key away. What the holder does then may change what is held. */
static void give(struct transfer *transfer, struct held *held, struct evhttp_request *request)
{
    void (*gone)(void *ctx) = held->gone;
    void *ctx = held->ctx;

    release(transfer, held);
    answer(request, 200, transfer->engine);
    if (gone)
        gone(ctx);
}

static void end_waiter(struct waiter *waiter)
{
    TAILQ_REMOVE(&waiter->transfer->waiters, waiter, next);
    event_free(waiter->late);
    free(waiter);
}

static void on_late(evutil_socket_t fd, short what, void *ctx)
{
    struct waiter *waiter = ctx;

    (void)fd, (void)what;
    answer(waiter->request, 404, "no prefill came for this key");
    end_waiter(waiter);
}

static void wait_for(struct transfer *transfer, const char *key, unsigned seconds,
                     struct evhttp_request *request)
{
    struct waiter *waiter = memory_new(sizeof(*waiter));
    struct timeval after = {.tv_sec = seconds};

    snprintf(waiter->key, sizeof(waiter->key), "%s", key);
    waiter->transfer = transfer;
    waiter->request = request;
    waiter->late = evtimer_new(transfer->base, on_late, waiter);
    evtimer_add(waiter->late, &after);
    TAILQ_INSERT_TAIL(&transfer->waiters, waiter, next);
}

static void on_fetch(struct evhttp_request *request, void *ctx)
{
    struct transfer *transfer = ctx;
    struct evkeyvalq query = {0};
    const char *key, *seconds;
    struct held *held;

    evhttp_parse_query_str(evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request)), &query);
    key = evhttp_find_header(&query, "key");
    seconds = evhttp_find_header(&query, "seconds");
    held = key ? find(transfer, key) : NULL;
    if (held)
        give(transfer, held, request);
    else if (key && seconds && atoi(seconds) > 0 && atoi(seconds) <= TRANSFER_SECONDS)
        wait_for(transfer, key, (unsigned)atoi(seconds), request);
    else
        answer(request, 404, "no prefill holds this key");
    evhttp_clear_headers(&query);
}

/* What Mooncake's bootstrap server tells of its ranks. */
static void on_query(struct evhttp_request *request, void *ctx)
{
    struct transfer *transfer = ctx;
    char *text = memory_format("{\"0\": {\"engine_id\": \"%s\"}}", transfer->engine);

    evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
                      "application/json");
    answer(request, 200, text);
    free(text);
}

struct transfer *transfer_new(struct event_base *base, const char *host, unsigned port,
                              const char *engine)
{
    struct transfer *transfer = memory_new(sizeof(*transfer));
    struct evhttp_bound_socket *bound;
    struct sockaddr_in at = {0};
    socklen_t size = sizeof(at);

    TAILQ_INIT(&transfer->held);
    TAILQ_INIT(&transfer->waiters);
    transfer->base = base;
    transfer->engine = engine;
    transfer->http = evhttp_new(base);
    evhttp_set_cb(transfer->http, "/transfer", on_fetch, transfer);
    evhttp_set_cb(transfer->http, "/query", on_query, transfer);
    bound = evhttp_bind_socket_with_handle(transfer->http, host, (uint16_t)port);
    if (!bound) {
        transfer_free(transfer);
        return NULL;
    }
    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&at, &size);
    transfer->port = ntohs(at.sin_port);
    return transfer;
}

void transfer_free(struct transfer *transfer)
{
    if (!transfer)
        return;
    while (!TAILQ_EMPTY(&transfer->waiters)) {
        answer(TAILQ_FIRST(&transfer->waiters)->request, 503, "the engine ends");
        end_waiter(TAILQ_FIRST(&transfer->waiters));
    }
    while (!TAILQ_EMPTY(&transfer->held))
        release(transfer, TAILQ_FIRST(&transfer->held));
    evhttp_free(transfer->http);
    free(transfer);
}

unsigned transfer_port(const struct transfer *transfer)
{
    return transfer->port;
}

void transfer_hold(struct transfer *transfer, const char *key, void (*gone)(void *ctx), void *ctx)
{
    struct held *held = memory_new(sizeof(*held));
    struct waiter *waiter;

    snprintf(held->key, sizeof(held->key), "%s", key);
    held->gone = gone;
    held->ctx = ctx;
    TAILQ_INSERT_TAIL(&transfer->held, held, next);
    if (transfer->n_held++ == TRANSFER_MOST)
        release(transfer, TAILQ_FIRST(&transfer->held));
    TAILQ_FOREACH(waiter, &transfer->waiters, next)
    {
        if (strcmp(waiter->key, key) == 0) {
            struct evhttp_request *request = waiter->request;

            end_waiter(waiter);
            give(transfer, held, request);
            return;
        }
    }
}

void transfer_forget(struct transfer *transfer, const void *ctx)
{
    struct held *held;

    TAILQ_FOREACH(held, &transfer->held, next)
    {
        if (held->ctx == ctx)
            held->gone = NULL;
    }
}

/* ---- decode ---- */

struct transfer_fetch {
    struct evhttp_connection *connection;
    struct evhttp_request *request; /* NULL when it is over */
    struct event *later;            /* evhttp may fail, and call back, while it is asked */
    int status;                     /* 0: nobody answered */
    char text[256];
    void (*done)(void *ctx, const char *engine, const char *why);
    void *ctx;
};

static void on_later(evutil_socket_t fd, short what, void *ctx)
{
    struct transfer_fetch *fetch = ctx;

    (void)fd, (void)what;
    if (fetch->status == 200)
        fetch->done(fetch->ctx, fetch->text, NULL);
    else
        fetch->done(fetch->ctx, NULL,
                    fetch->status ? fetch->text : "nobody hands over KV blocks at that address");
}

static void on_answer(struct evhttp_request *request, void *ctx)
{
    struct transfer_fetch *fetch = ctx;
    struct evbuffer *body = request ? evhttp_request_get_input_buffer(request) : NULL;
    ev_ssize_t n = body ? evbuffer_copyout(body, fetch->text, sizeof(fetch->text) - 1) : 0;

    fetch->text[n > 0 ? n : 0] = '\0';
    fetch->status = request ? evhttp_request_get_response_code(request) : 0;
    fetch->request = NULL;
    event_active(fetch->later, EV_TIMEOUT, 0);
}

struct transfer_fetch *transfer_fetch(struct event_base *base, const char *host, unsigned port,
                                      const char *key, unsigned seconds,
                                      void (*done)(void *ctx, const char *engine, const char *why),
                                      void *ctx)
{
    struct transfer_fetch *fetch = memory_new(sizeof(*fetch));
    char *escaped = evhttp_uriencode(key, -1, /* space_as_plus= */ 0);
    char *path = memory_format("/transfer?key=%s&seconds=%u", escaped ? escaped : "", seconds);
    struct evhttp_request *request = evhttp_request_new(on_answer, fetch);

    fetch->done = done;
    fetch->ctx = ctx;
    fetch->later = evtimer_new(base, on_later, fetch);
    fetch->connection =
        evhttp_connection_base_new(base, /* dnsbase= */ NULL, host, (uint16_t)port);
    fetch->request = request;
    evhttp_connection_set_timeout(fetch->connection, TRANSFER_SECONDS + 2);
    evhttp_add_header(evhttp_request_get_output_headers(request), "Host", host);
    if (evhttp_make_request(fetch->connection, request, EVHTTP_REQ_GET, path) != 0)
        on_answer(NULL, fetch);
    free(path);
    free(escaped);
    return fetch;
}

void transfer_cancel(struct transfer_fetch *fetch)
{
    if (!fetch)
        return;
    if (fetch->request)
        evhttp_cancel_request(fetch->request);
    evhttp_connection_free(fetch->connection);
    event_free(fetch->later);
    free(fetch);
}
