/* http: one request after the other, by libcurl, to this machine as a rule. */
#ifndef RUN_HTTP_H
#define RUN_HTTP_H

#include "../pool.h"

#include <signal.h>

enum { HTTP_BODY = 4 * 1024 * 1024 }; /* of an answer; what is more is thrown away */

struct http;

struct http_answer {
    int status; /* 0: nobody answered */
    double ms;  /* until the last byte */
    const char *text; /* the body, or why there is none; until the next request */
};

/* `stop` ends requests when it is set. NULL when libcurl cannot be used. */
struct http *http_new(const volatile sig_atomic_t *stop);
/* Takes NULL. */
void http_free(struct http *http);
/* A POST when there is a body. Headers are whole lines. */
struct http_answer http_ask(struct http *http, const char *url, const struct texts *headers,
                            const char *body, double seconds);

#endif
