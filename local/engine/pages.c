/* Small answers. Names and shapes are those of the engines. */
#include "pages.h"

#include "knobs.h"
#include "prefix.h"
#include "prompt.h"
#include "serve.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEL_LENGTH = 131072, VOCABULARY = 32000 };

static void add_text(struct json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, json_object_new_string(text));
}

static void add_number(struct json_object *object, const char *name, double number)
{
    json_object_object_add(object, name, json_object_new_int64((int64_t)number));
}

int pages_health(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    (void)body;
    return serve_text(engine, request, (int)engine->knobs.health, "text/plain", "", 0);
}

int pages_models(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    struct json_object *list = json_object_new_object(), *data = json_object_new_array();

    (void)body;
    for (size_t i = 0; i < engine->options.models.n_items; i++) {
        struct json_object *model = json_object_new_object();

        add_text(model, "id", engine->options.models.items[i]);
        add_text(model, "object", "model");
        add_number(model, "created", 1700000000);
        add_text(model, "owned_by", engine->options.kind == ENGINE_VLLM ? "vllm" : "sglang");
        add_text(model, "root", engine->options.models.items[0]);
        json_object_object_add(model, "parent", NULL);
        add_number(model, "max_model_len", MODEL_LENGTH);
        json_object_array_add(data, model);
    }
    add_text(list, "object", "list");
    json_object_object_add(list, "data", data);
    return serve_json(engine, request, 200, list);
}

int pages_version(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    struct json_object *version = json_object_new_object();

    (void)body;
    add_text(version, "version", "0.24.0");
    return serve_json(engine, request, 200, version);
}

int pages_load(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    struct json_object *load = json_object_new_object();

    (void)body;
    add_number(load, "server_load",
               (double)engine->counts.running + engine->knobs.running + engine->knobs.waiting);
    return serve_json(engine, request, 200, load);
}

/* A token is four bytes, and its number is made of them. */
int pages_tokenize(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    size_t n = 0, count = 0;
    const char *text = prompt_text(body, &n);
    struct json_object *answer, *tokens;

    if (!text)
        return serve_error(engine, request, 400, "a prompt or messages are needed", "prompt");
    answer = json_object_new_object();
    tokens = json_object_new_array();
    for (size_t at = 0; at < n; at += PREFIX_TOKEN, count++) {
        unsigned token = 0;

        for (size_t i = at; i < n && i < at + PREFIX_TOKEN; i++)
            token = token * 31 + (unsigned char)text[i];
        json_object_array_add(tokens, json_object_new_int((int)(token % VOCABULARY)));
    }
    add_number(answer, "count", (double)count);
    add_number(answer, "max_model_len", MODEL_LENGTH);
    json_object_object_add(answer, "tokens", tokens);
    return serve_json(engine, request, 200, answer);
}

/* ---- SGLang ---- */

int pages_server_info(struct engine *engine, struct evhttp_request *request,
                      struct json_object *body)
{
    static const char *const modes[] = {"null", "prefill", "decode"};
    struct json_object *info = json_object_new_object();

    (void)body;
    add_text(info, "model_path", engine->options.models.items[0]);
    add_text(info, "served_model_name", engine->options.models.items[0]);
    add_text(info, "version", "0.5.5");
    add_number(info, "tp_size", 1);
    add_number(info, "dp_size", 1);
    add_text(info, "disaggregation_mode", modes[engine->options.role]);
    return serve_json(engine, request, 200, info);
}

int pages_model_info(struct engine *engine, struct evhttp_request *request,
                     struct json_object *body)
{
    struct json_object *info = json_object_new_object();

    (void)body;
    add_text(info, "model_path", engine->options.models.items[0]);
    add_text(info, "tokenizer_path", engine->options.models.items[0]);
    json_object_object_add(info, "is_generation", json_object_new_boolean(1));
    return serve_json(engine, request, 200, info);
}

static struct json_object *loads_of(const struct engine *engine)
{
    double running = (double)engine->counts.running + engine->knobs.running;
    struct json_object *list = json_object_new_array(), *load = json_object_new_object();

    add_number(load, "dp_rank", 0);
    add_number(load, "num_reqs", running + engine->knobs.waiting);
    add_number(load, "num_running_reqs", running);
    add_number(load, "num_waiting_reqs", engine->knobs.waiting);
    add_number(load, "num_tokens", 0);
    json_object_object_add(load, "token_usage", json_object_new_double(engine->knobs.kv_usage));
    json_object_array_add(list, load);
    return list;
}

int pages_get_load(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    (void)body;
    return serve_json(engine, request, 200, loads_of(engine));
}

int pages_loads(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    struct json_object *answer = json_object_new_object();

    (void)body;
    json_object_object_add(answer, "loads", loads_of(engine));
    return serve_json(engine, request, 200, answer);
}

/* ---- of the fake ---- */

int pages_knobs(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    (void)body;
    return serve_json(engine, request, 200, knobs_show(&engine->knobs));
}

int pages_set_knobs(struct engine *engine, struct evhttp_request *request,
                    struct json_object *body)
{
    char why[200];

    if (!knobs_take(&engine->knobs, body, why, sizeof(why)))
        return serve_error(engine, request, 400, why, NULL);
    if (engine->knobs.die > 0)
        _Exit(1);
    return pages_knobs(engine, request, body);
}

int pages_stats(struct engine *engine, struct evhttp_request *request, struct json_object *body)
{
    const struct engine_counts *counts = &engine->counts;
    struct json_object *stats = json_object_new_object();

    (void)body;
    add_text(stats, "engine", engine->options.name);
    add_number(stats, "requests", (double)counts->requests);
    add_number(stats, "answered", (double)counts->answered);
    add_number(stats, "failed", (double)counts->failed);
    add_number(stats, "refused", (double)counts->refused);
    add_number(stats, "running", (double)counts->running);
    add_text(stats, "last_refusal", engine->last_refusal);
    return serve_json(engine, request, 200, stats);
}
