/* asked: what a request for tokens asks, in each of its shapes. No input or output here. */
#ifndef ENGINE_ASKED_H
#define ENGINE_ASKED_H

#include "engine.h"
#include "infer.h"

enum { ASKED_STOPS = 4 }; /* texts that end an answer; more are not looked at */

/* The served name; NULL when it is none of them. /generate names no model. */
const char *asked_model(const struct engine *engine, struct json_object *body,
                        enum infer_shape shape);
/* The name as it was written, for messages. */
const char *asked_name(struct json_object *body);
/* How many tokens; 0 when that is no number of tokens. */
size_t asked_tokens(struct json_object *body, enum infer_shape shape);
/* Texts that end the answer, lent by the body. Returns how many there are. */
size_t asked_stops(struct json_object *body, enum infer_shape shape,
                   const char *stops[ASKED_STOPS]);
/* Whether it wants a stream, and its use at the end of one. */
bool asked_stream(struct json_object *body, bool *ret_usage);

#endif
