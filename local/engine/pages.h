/* pages: what an engine tells of itself. Each answers, and returns the status. */
#ifndef ENGINE_PAGES_H
#define ENGINE_PAGES_H

#include "engine.h"

struct evhttp_request;
struct json_object;

/* `body` is that of the request, or NULL. */
typedef int pages_answer(struct engine *engine, struct evhttp_request *request,
                         struct json_object *body);

pages_answer pages_health, pages_models, pages_version, pages_load, pages_tokenize;
pages_answer pages_server_info, pages_model_info, pages_get_load, pages_loads;
pages_answer pages_metrics; /* metrics.c */
pages_answer pages_knobs, pages_set_knobs, pages_stats;

#endif
