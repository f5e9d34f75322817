/*
 * client: one request to the API server and its answer. It signs (auth), bounds sizes
 * and times, and reads the Status of a failure into the core's words. It never retries
 * and never follows a redirect: the core decides what comes next.
 */
#ifndef IO_CLIENT_H
#define IO_CLIENT_H

#include "core/answer.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct auth;
struct client;
struct client_call;

enum {
    CLIENT_MESSAGE = 512,              /* bytes of a message, its NUL included */
    CLIENT_CONNECT_SECONDS = 10,
    CLIENT_ERROR_BODY = 64 * 1024,     /* of a failure; the rest is not read */
    CLIENT_BODY = 16 * 1024 * 1024,    /* collected for on_done */
    CLIENT_DATA = 256 * 1024 * 1024    /* handed to on_data, of one answer but a stream's */
};

struct client_result {
    /*
     * What came. status 0: no reply that can be trusted; the request may have been
     * carried out. A stream that was opened ends with its 200, however it ended.
     */
    struct answer answer;
    /* The Status' or libcurl's words; "" when all is well. Control bytes are masked. */
    const char *message;
    /* The body of a 2xx when there is no on_data; NULL otherwise. A NUL follows it. */
    const char *body;
    size_t body_size;
};

struct client_request {
    const char *method;       /* "GET", "POST", "PUT", "PATCH", "DELETE" */
    const char *path;         /* and the query: "/api/v1/pods?limit=500" */
    const char *content_type; /* of the body; NULL without one */
    const void *body;         /* copied */
    size_t body_size;
    core_time timeout;        /* for all of it, connecting included; 0 for none */
    bool stream;              /* a watch: has connections apart, and no limit of bytes */
    /* The head of a 2xx came. May be NULL. */
    void (*on_open)(void *ctx);
    /*
     * The bytes of a 2xx body as they come, unpacked, cut anywhere. NULL: collected. What
     * it has been given is only worth something when on_done says 2xx. false: the caller
     * has seen enough; on_done follows with status 0.
     */
    bool (*on_data)(void *ctx, const char *bytes, size_t n);
    /* Exactly once, unless cancelled; the call's last. Texts live until it returns. */
    void (*on_done)(void *ctx, const struct client_result *result);
    void *ctx;
};

/* Both are lent and must outlive the client. */
struct client *client_new(struct loop *loop, struct auth *auth);
/* Cancels what is under way. Before loop_free(), not from a callback. Takes NULL. */
void client_free(struct client *client);

/*
 * Texts are copied. Callbacks come from the loop, never from within this call. The handle
 * lives until on_done returns or client_cancel() is called.
 */
struct client_call *client_send(struct client *client, const struct client_request *request);
/*
 * None of its callbacks is called any more; may be called from within them. `silent`:
 * because nothing came, so its connection may be dead and is given up, too.
 */
void client_cancel(struct client_call *call, bool silent);

/* Warnings in the answers so far; see warnings.h. */
uint64_t client_warnings(const struct client *client);

#endif
