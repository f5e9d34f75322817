/*
 * infer: requests for tokens, from the first check to the last chunk. A call waits for the
 * other half of its pair, then as long as the knobs say, and is written to the log when it
 * ends.
 */
#ifndef ENGINE_INFER_H
#define ENGINE_INFER_H

#include "engine.h"

struct evhttp_request;
struct json_object;

enum infer_shape { INFER_COMPLETION, INFER_CHAT, INFER_GENERATE };

/*
 * Answers at once and returns the status, with the reason in `why`, a text of the engine's;
 * or takes the request and `line`, which is its line of the log, and returns 0.
 */
int infer_start(struct engine *engine, struct evhttp_request *request, enum infer_shape shape,
                struct json_object *body, struct json_object *line, const char **why);
/* Ends all that is under way. */
void infer_stop(struct engine *engine);

#endif
