/* Random objects from rows. */
#include "support/randobj.h"

#include <stdio.h>

uint32_t randobj_next(struct randobj *random, uint32_t below)
{
    random->state = random->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return below ? (uint32_t)(random->state >> 33) % below : 0;
}

/* Words that satisfy a syntax; any of them will do. */
static const char *const samples[][5] = {
    [SCHEMA_FREE] = {"text", "a: b", "# no comment", "yes", "0x10"},
    [SCHEMA_DNS_LABEL] = {"a", "prod", "team-a", "x1", "default"},
    [SCHEMA_DNS_SUBDOMAIN] = {"a", "chat.v1", "llama3-70b", "x", "cache-0"},
    [SCHEMA_SERVICE_NAME] = {"a", "chat", "llama3-70b", "x", "cache-0"},
    [SCHEMA_LABEL_KEY] = {"app", "example.com/app", "a_b", "x.y", "zone"},
    [SCHEMA_LABEL_VALUE] = {"", "a", "NVIDIA-A100", "x_y", "1.2"},
    [SCHEMA_ENV_NAME] = {"A", "HF_HOME", "x1", "_A", "PATH2"},
    [SCHEMA_PORT_NAME] = {"http", "metrics", "a1", "grpc-x", "p"},
    [SCHEMA_ABS_PATH] = {"/a", "/var/cache/kv", "/data", "/x/y.z", "/models"},
    [SCHEMA_IMAGE] = {"a/b:c", "vllm/vllm-openai:v0.24.0", "x", "r.example.com:5000/a:1", "b:latest"},
    [SCHEMA_HEADER] = {"x-user-id", "X-Session", "a", "session", "x1"},
    [SCHEMA_PATTERN] = {"a+", "^x$", "[a-z]{1,3}", "\\d+", "(?i)secret"},
    [SCHEMA_MODEL_NAME] = {"gpt-4", "llama3-70b", "meta-llama/Llama-3.1-8B", "a", "m_1"},
    [SCHEMA_MODEL_SOURCE] = {"hf://org/name", "pvc://claim/a/b", "/models/x", "hf://a/b", "/m"},
    [SCHEMA_RESOURCE_NAME] = {"cpu", "memory", "nvidia.com/gpu", "ephemeral-storage", "a.b/c"},
    [SCHEMA_URL_LIST] = {"http://a.b.svc:8000", "http://localhost:1,http://localhost:2",
                         "https://x.example.com", "http://10.0.0.1:80", "http://a.ns.svc:1/v1"},
    [SCHEMA_ENGINE_NAME] = {"vllm", "sglang", "vllm", "sglang", "vllm"},
    [SCHEMA_ROUTER_NAME] = {"auto", "smg", "production-stack", "vllm-router", "sglang-router"},
    [SCHEMA_VERSION] = {"1.13.0", "0.1.17", "0.3.2", "2.0", "1.0.0-rc1"},
    [SCHEMA_HOST_NAME] = {"a.example.com", "*.example.com", "llm", "x-1.y", "b.c.d"},
};

static const char *sample(struct randobj *random, enum schema_syntax syntax)
{
    return samples[syntax][randobj_next(random, 5)];
}

static int64_t bounded(struct randobj *random, const struct schema_field *field)
{
    int64_t low = field->has_min ? (int64_t)field->min : -1000;
    int64_t high = field->has_max ? (int64_t)field->max : low + 100000;
    uint32_t span = high - low >= INT32_MAX ? INT32_MAX : (uint32_t)(high - low + 1);

    switch (randobj_next(random, 4)) {
    case 0: return low;
    case 1: return high;
    default: return low + randobj_next(random, span);
    }
}

static void put_number(struct text_builder *out, const char *key, double value)
{
    char text[32];

    base_num_print(value, text);
    if (key)
        text_build_key(out, key, strlen(key), (struct text_mark){0, 0}, /* copy= */ true);
    text_build_scalar(out, text_plain_type(text, strlen(text)), TEXT_PLAIN, text, strlen(text),
                      (struct text_mark){0, 0});
}

static void put_value(struct randobj *random, struct text_builder *out, const char *key,
                      const struct schema_field *field, enum schema_type type)
{
    static const char *const quantities[] = {"1", "500m", "64Gi", "1e3", "0.5"};
    size_t n = 0;

    switch (type) {
    case SCHEMA_STR:
        text_put_str(out, key, sample(random, (enum schema_syntax)field->syntax));
        break;
    case SCHEMA_ENUM:
        while (field->values[n])
            n++;
        text_put_str(out, key, field->values[randobj_next(random, (uint32_t)n)]);
        break;
    case SCHEMA_INT: text_put_int(out, key, bounded(random, field)); break;
    case SCHEMA_NUM:
        put_number(out, key, field->has_max ? field->min + (field->max - field->min) *
                                                               randobj_next(random, 1001) / 1000
                                            : randobj_next(random, 1000) / 8.0);
        break;
    case SCHEMA_BOOL: text_put_bool(out, key, randobj_next(random, 2)); break;
    case SCHEMA_QUANTITY:
        text_put_str(out, key, quantities[randobj_next(random, 5)]);
        break;
    case SCHEMA_OBJ:
    case SCHEMA_REF:
        if ((field->flags & SCHEMA_SHORTHAND) && randobj_next(random, 2))
            text_put_str(out, key, sample(random, SCHEMA_SERVICE_NAME));
        else
            randobj_put(random, out, key, field->shape);
        break;
    case SCHEMA_LIST:
        text_put_list(out, key);
        for (n = 1 + randobj_next(random, 1 + random->size / 25); n > 0; n--) {
            if (field->item == SCHEMA_OBJ)
                randobj_put(random, out, NULL, field->shape);
            else
                put_value(random, out, NULL, field, (enum schema_type)field->item);
        }
        text_put_end(out);
        break;
    case SCHEMA_MAP:
        text_put_map(out, key);
        for (n = 0; n < 2; n++)
            text_put_str(out, samples[field->key_syntax][n],
                         sample(random, (enum schema_syntax)field->syntax));
        text_put_end(out);
        break;
    case SCHEMA_INT_OR_STR: text_put_int(out, key, randobj_next(random, 100)); break;
    case SCHEMA_ANY:
        text_put_map(out, key);
        text_put_int(out, "any", randobj_next(random, 100));
        text_put_end(out);
        break;
    }
}

/* References are of the right kind; the rows say which that is. */
static bool put_fixed(struct text_builder *out, const struct schema_field *field)
{
    if (strcmp(field->name, "apiGroup") == 0) {
        text_put_str(out, field->name, RCTL_GROUP);
        return true;
    }
    return strcmp(field->name, "kind") == 0 && field->type == SCHEMA_STR;
}

/* "Exactly one of", which only the shape's own check knows: the first field is taken. */
static bool is_choice(const struct schema_shape *shape)
{
    return shape == &shape_model_cache;
}

void randobj_put(struct randobj *random, struct text_builder *out, const char *key,
                 const struct schema_shape *shape)
{
    text_put_map(out, key);
    if (is_choice(shape)) {
        put_value(random, out, shape->fields[0].name, &shape->fields[0],
                  (enum schema_type)shape->fields[0].type);
        text_put_end(out);
        return;
    }
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct schema_field *field = &shape->fields[i];

        if (!(field->flags & SCHEMA_REQ) && randobj_next(random, 100) >= random->size)
            continue;
        /* Kubernetes' own shapes have rules that rows alone do not tell. */
        if ((field->flags & SCHEMA_RAW) && field->shape)
            continue;
        if (!put_fixed(out, field))
            put_value(random, out, field->name, field, (enum schema_type)field->type);
    }
    text_put_end(out);
}
