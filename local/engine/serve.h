/*
 * serve: HTTP of the engine: which path is whose, who may ask, and how answers and errors
 * are written. Handlers answer at once and return the status, or keep the request and
 * return 0.
 */
#ifndef ENGINE_SERVE_H
#define ENGINE_SERVE_H

#include "engine.h"

struct evhttp_request;
struct json_object;

enum {
    SERVE_BODY = 16 * 1024 * 1024, /* bytes of a request, at most */
    SERVE_HEAD = 64 * 1024,
    SERVE_DEPTH = 64 /* of its JSON */
};

/* Listens; false: see errno. */
bool serve_open(struct engine *engine);
/* Ends connections. After infer_stop(). */
void serve_close(struct engine *engine);

/* The address at which a request came in. */
void serve_address(struct evhttp_request *request, char *host, size_t n);

/* Answers; each returns the status. `body` is taken. */
int serve_json(const struct engine *engine, struct evhttp_request *request, int status,
               struct json_object *body);
int serve_text(const struct engine *engine, struct evhttp_request *request, int status,
               const char *type, const char *text, size_t n);
/* In the shape of the engine. `param` may be NULL. */
int serve_error(const struct engine *engine, struct evhttp_request *request, int status,
                const char *message, const char *param);

#endif
