/*
 * httpd: the two small servers, for metrics and for health. They answer GET and HEAD on
 * the paths they are given and nothing else; requests with a body are refused. Heads,
 * time and the number of connections are bounded.
 */
#ifndef IO_HTTPD_H
#define IO_HTTPD_H

#include "io/bytes.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    HTTPD_HEAD = 16 * 1024,
    HTTPD_CONNECTIONS = 256,
    HTTPD_SECONDS = 30 /* for one request, and between two */
};

struct httpd;

/* One row a check, as in /healthz/<name>. */
struct httpd_check {
    const char *name;
    bool (*is_fine)(void *ctx);
};

/* One row a path. Either `write` or `checks` is set. */
struct httpd_route {
    const char *path; /* "/metrics" */
    /* Adds the text of the answer. `accept` is the header's text, "" without one. Returns
     * the content type. */
    const char *(*write)(void *ctx, const char *accept, struct bytes *text);
    /* 200 "ok" when all are fine, else 500. ?verbose, ?exclude=<name>, /<path>/<name>. */
    const struct httpd_check *checks;
    size_t n_checks;
};

/*
 * Listens at "HOST:PORT", ":PORT" for all addresses, "[V6]:PORT"; port 0 lets the system
 * choose. Rows are lent. NULL with a message of at most `n` bytes in `why`.
 */
struct httpd *httpd_new(struct loop *loop, const char *address, const struct httpd_route *routes,
                        size_t n_routes, void *ctx, char *why, size_t n);
/* Closes its connections. Before loop_free(). Takes NULL. */
void httpd_free(struct httpd *httpd);
/* The port that it listens at. */
unsigned httpd_port(const struct httpd *httpd);

#endif
