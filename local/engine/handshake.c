/* One function for each half of each way to meet; the table at the end says which. */
#include "handshake.h"

#include "prompt.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct half {
    const struct engine *engine;
    struct json_object *body;
    const char *host;
    uint64_t sequence;
    struct handshake *to;
};

/* ---- members ---- */

static void refuse(struct half *half, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void refuse(struct half *half, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(half->to->fault, sizeof(half->to->fault), format, args);
    va_end(args);
}

static bool has(struct json_object *object, const char *name)
{
    struct json_object *value;

    return json_object_object_get_ex(object, name, &value) && value;
}

static struct json_object *get(struct json_object *object, const char *name)
{
    struct json_object *value;

    return json_object_object_get_ex(object, name, &value) ? value : NULL;
}

static bool is_true(struct json_object *object, const char *name)
{
    struct json_object *value = get(object, name);

    return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

/* A text or a number as text; "" for anything else, and for what is longer than there is room. */
static void take(char *to, size_t room, struct json_object *object, const char *name)
{
    struct json_object *value = get(object, name);
    json_type type = json_object_get_type(value);
    const char *text = json_object_get_string(value);

    to[0] = '\0';
    if ((type == json_type_string || type == json_type_int) && strlen(text) < room)
        memcpy(to, text, strlen(text) + 1);
}

/* ---- vLLM ---- */

static struct json_object *vllm_params(struct half *half)
{
    struct json_object *params = get(half->body, "kv_transfer_params");

    if (has(half->body, "bootstrap_room"))
        refuse(half, "a bootstrap room is SGLang's, not vLLM's");
    else if (!json_object_is_type(params, json_type_object))
        refuse(half, "there are no kv_transfer_params");
    else
        return params;
    return NULL;
}

/* Prefill is there for the prompt alone. */
static bool asks_one_token(struct half *half)
{
    struct json_object *most = get(half->body, "max_completion_tokens");

    most = most ? most : get(half->body, "max_tokens");
    if (!json_object_is_type(most, json_type_int) || json_object_get_int64(most) != 1)
        refuse(half, "prefill is asked for %s tokens, not for 1",
               most ? json_object_to_json_string(most) : "any number of");
    else if (is_true(half->body, "stream"))
        refuse(half, "prefill is asked to stream");
    else
        return true;
    return false;
}

/* What prefill must be told; NULL when it is not. */
static struct json_object *params_of_prefill(struct half *half)
{
    struct json_object *params = vllm_params(half);

    if (!params)
        return NULL;
    if (!is_true(params, "do_remote_decode") || is_true(params, "do_remote_prefill")) {
        refuse(half, "kv_transfer_params at prefill without do_remote_decode: %.120s",
               json_object_to_json_string(params));
        return NULL;
    }
    return asks_one_token(half) ? params : NULL;
}

static struct json_object *params_of_decode(struct half *half)
{
    struct json_object *params = vllm_params(half);

    if (!params || is_true(params, "do_remote_prefill"))
        return params;
    refuse(half, "kv_transfer_params at decode without do_remote_prefill: %.120s",
           json_object_to_json_string(params));
    return NULL;
}

static void nixl_prefill(struct half *half)
{
    struct json_object *params = params_of_prefill(half), *answer, *blocks;

    if (!params)
        return;
    snprintf(half->to->hold, sizeof(half->to->hold), "block-%llu",
             (unsigned long long)half->sequence);
    answer = half->to->params = json_object_new_object();
    blocks = json_object_new_array();
    json_object_array_add(blocks, json_object_new_int64((int64_t)half->sequence));
    json_object_object_add(answer, "do_remote_prefill", json_object_new_boolean(1));
    json_object_object_add(answer, "do_remote_decode", json_object_new_boolean(0));
    json_object_object_add(answer, "remote_block_ids", blocks);
    json_object_object_add(answer, "remote_engine_id",
                           json_object_new_string(half->engine->options.name));
    json_object_object_add(answer, "remote_host", json_object_new_string(half->host));
    json_object_object_add(answer, "remote_port",
                           json_object_new_int((int)transfer_port(half->engine->transfer)));
    json_object_object_add(answer, "tp_size", json_object_new_int(1));
}

static void nixl_decode(struct half *half)
{
    struct json_object *params = params_of_decode(half), *blocks, *block = NULL;
    int64_t port;

    if (!params)
        return;
    blocks = get(params, "remote_block_ids");
    if (json_object_is_type(blocks, json_type_array) && json_object_array_length(blocks) == 1)
        block = json_object_array_get_idx(blocks, 0);
    take(half->to->host, sizeof(half->to->host), params, "remote_host");
    take(half->to->from, sizeof(half->to->from), params, "remote_engine_id");
    port = json_object_get_int64(get(params, "remote_port"));
    if (!json_object_is_type(block, json_type_int))
        refuse(half, "remote_block_ids are not those that prefill gave");
    else if (!*half->to->from)
        refuse(half, "there is no remote_engine_id");
    else if (!*half->to->host || port < 1 || port > 65535)
        refuse(half, "remote_host or remote_port is missing");
    else
        snprintf(half->to->fetch, sizeof(half->to->fetch), "block-%lld",
                 (long long)json_object_get_int64(block));
    half->to->port = (unsigned)port;
}

static void mooncake_prefill(struct half *half)
{
    struct json_object *params = params_of_prefill(half);

    if (!params)
        return;
    take(half->to->hold, sizeof(half->to->hold), params, "transfer_id");
    if (!*half->to->hold)
        refuse(half, "there is no transfer_id");
}

/* "http://HOST:PORT" */
static bool read_address(const char *text, char *host, size_t room, unsigned *ret_port)
{
    const char *colon = strrchr(text, ':');
    long port = colon ? strtol(colon + 1, NULL, 10) : 0;
    size_t n;

    if (strncmp(text, "http://", 7) != 0 || !colon || colon <= text + 7 || port < 1 ||
        port > 65535)
        return false;
    n = (size_t)(colon - text) - 7;
    if (n >= room)
        return false;
    memcpy(host, text + 7, n);
    host[n] = '\0';
    *ret_port = (unsigned)port;
    return true;
}

static void mooncake_decode(struct half *half)
{
    struct json_object *params = params_of_decode(half);
    char address[512];

    if (!params)
        return;
    take(half->to->fetch, sizeof(half->to->fetch), params, "transfer_id");
    take(half->to->from, sizeof(half->to->from), params, "remote_engine_id");
    take(address, sizeof(address), params, "remote_bootstrap_addr");
    if (!*half->to->fetch)
        refuse(half, "there is no transfer_id");
    else if (!*half->to->from)
        refuse(half, "there is no remote_engine_id");
    else if (!read_address(address, half->to->host, sizeof(half->to->host), &half->to->port))
        refuse(half, "remote_bootstrap_addr is no address: '%.200s'", address);
}

/* LMCache goes by the prompt alone. */
static void lmcache_key(struct half *half, char key[TRANSFER_KEY])
{
    snprintf(key, TRANSFER_KEY, "prompt-%016llx",
             (unsigned long long)prompt_hash(half->body));
}

static void lmcache_prefill(struct half *half)
{
    if (has(half->body, "bootstrap_room"))
        refuse(half, "a bootstrap room is SGLang's, not vLLM's");
    else if (asks_one_token(half))
        lmcache_key(half, half->to->hold);
}

static void lmcache_decode(struct half *half)
{
    if (has(half->body, "bootstrap_room"))
        refuse(half, "a bootstrap room is SGLang's, not vLLM's");
    else
        lmcache_key(half, half->to->fetch);
}

/* ---- SGLang ---- */

static bool is_room(struct half *half, char key[TRANSFER_KEY])
{
    struct json_object *room = get(half->body, "bootstrap_room");
    int64_t port = json_object_get_int64(get(half->body, "bootstrap_port"));

    take(half->to->host, sizeof(half->to->host), half->body, "bootstrap_host");
    half->to->port = (unsigned)port;
    if (has(half->body, "kv_transfer_params"))
        refuse(half, "kv_transfer_params are vLLM's, not SGLang's");
    else if (!json_object_is_type(room, json_type_int))
        refuse(half, "there is no bootstrap_room");
    else if (!*half->to->host || port < 1 || port > 65535)
        refuse(half, "bootstrap_host or bootstrap_port is missing");
    else
        snprintf(key, TRANSFER_KEY, "room-%s", json_object_get_string(room));
    return !*half->to->fault;
}

/* A name may be anything, but another address is another machine's. */
static bool is_me(const struct half *half)
{
    struct in_addr address;

    return half->to->port == transfer_port(half->engine->transfer) &&
           (inet_pton(AF_INET, half->to->host, &address) != 1 ||
            strcmp(half->to->host, half->host) == 0);
}

static void sglang_prefill(struct half *half)
{
    if (!is_room(half, half->to->hold))
        return;
    half->to->meets = true;
    if (!is_me(half))
        refuse(half, "%.200s:%u is not my bootstrap server", half->to->host, half->to->port);
}

static void sglang_decode(struct half *half)
{
    half->to->seconds = TRANSFER_SECONDS;
    is_room(half, half->to->fetch);
}

/* ---- all ---- */

static void plain(struct half *half)
{
    if (has(half->body, "bootstrap_room") || has(half->body, "kv_transfer_params"))
        refuse(half, "a P/D handshake with an engine that does both stages");
}

static void (*const halves[][2])(struct half *) = {
    [ENGINE_NIXL] = {nixl_prefill, nixl_decode},
    [ENGINE_MOONCAKE] = {mooncake_prefill, mooncake_decode},
    [ENGINE_LMCACHE] = {lmcache_prefill, lmcache_decode},
};

void handshake_check(const struct engine *engine, struct json_object *body, const char *host,
                     uint64_t sequence, struct handshake *ret_handshake)
{
    struct half half = {engine, body, host, sequence, ret_handshake};
    bool decode = engine->options.role == ENGINE_DECODE;

    *ret_handshake = (struct handshake){0};
    if (engine->options.role == ENGINE_BOTH)
        plain(&half);
    else if (engine->options.kind == ENGINE_SGLANG)
        (decode ? sglang_decode : sglang_prefill)(&half);
    else
        halves[engine->options.connector][decode](&half);
}

void handshake_done(struct handshake *handshake)
{
    json_object_put(handshake->params);
    handshake->params = NULL;
}
