/* Members at the top of a body, or in the sampling_params of /generate. */
#include "asked.h"

#include "words.h"

#include <json-c/json.h>
#include <string.h>

enum { USUAL_TOKENS = 16 };

static struct json_object *get(struct json_object *object, const char *name)
{
    struct json_object *value = NULL;

    return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

const char *asked_model(const struct engine *engine, struct json_object *body,
                        enum infer_shape shape)
{
    struct json_object *model = get(body, "model");
    const char *name = json_object_get_string(model);

    if (!model || shape == INFER_GENERATE)
        return engine->options.models.items[0];
    for (size_t i = 0; i < engine->options.models.n_items; i++)
        if (strcmp(engine->options.models.items[i], name) == 0)
            return engine->options.models.items[i];
    return NULL;
}

/* Where /generate keeps what the others have at the top. */
static struct json_object *settings_of(struct json_object *body, enum infer_shape shape)
{
    return shape == INFER_GENERATE ? get(body, "sampling_params") : body;
}

size_t asked_tokens(struct json_object *body, enum infer_shape shape)
{
    struct json_object *settings = settings_of(body, shape);
    struct json_object *most = get(settings, "max_completion_tokens");
    int64_t n;

    most = most ? most : get(settings, shape == INFER_GENERATE ? "max_new_tokens" : "max_tokens");
    if (!most)
        return USUAL_TOKENS;
    n = json_object_is_type(most, json_type_int) ? json_object_get_int64(most) : 0;
    return n < 1 ? 0 : n < WORDS_MOST ? (size_t)n : WORDS_MOST;
}

const char *asked_name(struct json_object *body)
{
    return json_object_get_string(get(body, "model"));
}

size_t asked_stops(struct json_object *body, enum infer_shape shape,
                   const char *stops[ASKED_STOPS])
{
    struct json_object *stop = get(settings_of(body, shape), "stop");
    bool many = json_object_is_type(stop, json_type_array);
    size_t n = 0, most = many ? json_object_array_length(stop) : 1;

    for (size_t i = 0; stop && i < most && n < ASKED_STOPS; i++) {
        struct json_object *text = many ? json_object_array_get_idx(stop, i) : stop;

        if (json_object_is_type(text, json_type_string))
            stops[n++] = json_object_get_string(text);
    }
    return n;
}

bool asked_stream(struct json_object *body, bool *ret_usage)
{
    *ret_usage = json_object_get_boolean(get(get(body, "stream_options"), "include_usage"));
    return json_object_get_boolean(get(body, "stream"));
}
