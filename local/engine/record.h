/* record: the log of requests, one JSON line each, for whoever looks into it by machine. */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include <stddef.h>

struct evhttp_request;
struct json_object;
struct record;

/* Bytes of a body beyond which the line tells only their number. */
enum { RECORD_BODY = 256 * 1024 };

/* Appends to a file. NULL: it cannot be opened, see errno. */
struct record *record_new(const char *path, const char *engine);
/* Takes NULL. */
void record_free(struct record *record);
/*
 * Makes the line of a request as it came in, with its body when that is JSON; NULL without
 * a log. Nothing is lent.
 */
struct json_object *record_start(struct record *record, struct evhttp_request *request,
                                 struct json_object *body);
/* Adds what was answered, 0 for nothing, writes the line and releases it. Takes NULL. */
void record_end(struct record *record, struct json_object *line, int status, const char *why);

#endif
