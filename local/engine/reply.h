/* reply: the JSON of answers, whole and in pieces. No input or output here. */
#ifndef ENGINE_REPLY_H
#define ENGINE_REPLY_H

#include "infer.h"
#include "words.h"

#include <stdint.h>

struct json_object;

/* What an answer is made of. */
struct reply {
    enum infer_shape shape;
    const char *id, *model, *engine;
    int64_t created; /* seconds since 1970 */
    const struct words *words;
    size_t prompt_tokens, cached_tokens;
    struct json_object *params; /* kv_transfer_params, or NULL */
};

/* New objects. */
struct json_object *reply_whole(const struct reply *reply);
/* The piece with the token of that number; the one after the last tells why it ended. */
struct json_object *reply_piece(const struct reply *reply, size_t number);
/* The last piece of a stream that wants to know of its use; for completions and chat. */
struct json_object *reply_usage(const struct reply *reply);

#endif
