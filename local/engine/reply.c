/* Completions and chat as both engines write them, and SGLang's own /generate. */
#include "reply.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

static void add_text(struct json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, json_object_new_string(text));
}

static void add_count(struct json_object *object, const char *name, size_t count)
{
    json_object_object_add(object, name, json_object_new_int64((int64_t)count));
}

static const char *finish_reason(const struct reply *reply)
{
    return reply->words->stopped || reply->words->n_tokens == WORDS_MOST ? "stop" : "length";
}

/* The text of the token of that number. */
static struct json_object *token_text(const struct reply *reply, size_t number)
{
    size_t from = number > 0 ? reply->words->ends[number - 1] : 0;

    return json_object_new_string_len(reply->words->text + from,
                                      (int)(reply->words->ends[number] - from));
}

static struct json_object *usage(const struct reply *reply)
{
    struct json_object *usage = json_object_new_object(), *details = json_object_new_object();

    add_count(details, "cached_tokens", reply->cached_tokens);
    add_count(usage, "prompt_tokens", reply->prompt_tokens);
    add_count(usage, "completion_tokens", reply->words->n_tokens);
    add_count(usage, "total_tokens", reply->prompt_tokens + reply->words->n_tokens);
    json_object_object_add(usage, "prompt_tokens_details", details);
    return usage;
}

/* What is around the choices. */
static struct json_object *frame(const struct reply *reply, const char *object,
                                 struct json_object *choices)
{
    struct json_object *whole = json_object_new_object();

    add_text(whole, "id", reply->id);
    add_text(whole, "object", object);
    json_object_object_add(whole, "created", json_object_new_int64(reply->created));
    add_text(whole, "model", reply->model);
    add_text(whole, "system_fingerprint", reply->engine);
    json_object_object_add(whole, "choices", choices);
    return whole;
}

static struct json_object *one_choice(struct json_object *what, const char *name,
                                      const char *reason)
{
    struct json_object *choices = json_object_new_array(), *choice = json_object_new_object();

    json_object_object_add(choice, "index", json_object_new_int(0));
    json_object_object_add(choice, name, what);
    json_object_object_add(choice, "logprobs", NULL);
    json_object_object_add(choice, "finish_reason",
                           reason ? json_object_new_string(reason) : NULL);
    json_object_array_add(choices, choice);
    return choices;
}

/* /generate: text and what is known about it. `n` tokens are there. */
static struct json_object *generated(const struct reply *reply, size_t n, bool ended)
{
    struct json_object *whole = json_object_new_object(), *meta = json_object_new_object();
    size_t bytes = n > 0 ? reply->words->ends[n - 1] : 0;

    add_text(meta, "id", reply->id);
    add_text(meta, "engine", reply->engine);
    if (ended) {
        struct json_object *reason = json_object_new_object();

        add_text(reason, "type", finish_reason(reply));
        json_object_object_add(meta, "finish_reason", reason);
    } else {
        json_object_object_add(meta, "finish_reason", NULL);
    }
    add_count(meta, "prompt_tokens", reply->prompt_tokens);
    add_count(meta, "completion_tokens", n);
    add_count(meta, "cached_tokens", reply->cached_tokens);
    json_object_object_add(whole, "text",
                           json_object_new_string_len(reply->words->text, (int)bytes));
    json_object_object_add(whole, "meta_info", meta);
    return whole;
}

struct json_object *reply_whole(const struct reply *reply)
{
    struct json_object *whole, *message;

    if (reply->shape == INFER_GENERATE)
        return generated(reply, reply->words->n_tokens, /* ended= */ true);
    if (reply->shape == INFER_CHAT) {
        message = json_object_new_object();
        add_text(message, "role", "assistant");
        add_text(message, "content", reply->words->text);
        whole = frame(reply, "chat.completion", one_choice(message, "message",
                                                           finish_reason(reply)));
    } else {
        whole = frame(reply, "text_completion",
                      one_choice(json_object_new_string(reply->words->text), "text",
                                 finish_reason(reply)));
    }
    json_object_object_add(whole, "usage", usage(reply));
    if (reply->params)
        json_object_object_add(whole, "kv_transfer_params", json_object_get(reply->params));
    return whole;
}

struct json_object *reply_piece(const struct reply *reply, size_t number)
{
    bool ended = number == reply->words->n_tokens;
    const char *reason = ended ? finish_reason(reply) : NULL;
    struct json_object *text, *delta;

    if (reply->shape == INFER_GENERATE)
        return generated(reply, ended ? number : number + 1, ended);
    text = ended ? json_object_new_string("") : token_text(reply, number);
    if (reply->shape == INFER_COMPLETION)
        return frame(reply, "text_completion", one_choice(text, "text", reason));
    delta = json_object_new_object();
    if (number == 0)
        add_text(delta, "role", "assistant");
    json_object_object_add(delta, "content", text);
    return frame(reply, "chat.completion.chunk", one_choice(delta, "delta", reason));
}

struct json_object *reply_usage(const struct reply *reply)
{
    struct json_object *whole = frame(
        reply, reply->shape == INFER_CHAT ? "chat.completion.chunk" : "text_completion",
        json_object_new_array());

    json_object_object_add(whole, "usage", usage(reply));
    return whole;
}
