/* The members that hold a prompt, in the order in which they are looked for. */
#include "prompt.h"

#include <json-c/json.h>
#include <string.h>

const char *prompt_text(struct json_object *body, size_t *ret_n)
{
    static const char *const names[] = {"messages", "prompt", "text", "input_ids", "input"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct json_object *value;
        const char *text;

        if (!json_object_object_get_ex(body, names[i], &value) || !value)
            continue;
        text = json_object_is_type(value, json_type_string)
                   ? json_object_get_string(value)
                   : json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
        *ret_n = strlen(text);
        return text;
    }
    return NULL;
}

/* FNV-1a, going on from what came before. */
static uint64_t mix(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t prompt_hash(struct json_object *body)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t n = 0;
    const char *text = prompt_text(body, &n);
    struct json_object *model;

    hash = mix(hash, text ? text : "");
    if (json_object_object_get_ex(body, "model", &model) && model)
        hash = mix(hash, json_object_get_string(model));
    return text ? hash : 0;
}
