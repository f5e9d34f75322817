/* prompt: what a request asks, in each of its shapes, as bytes. No input or output here. */
#ifndef ENGINE_PROMPT_H
#define ENGINE_PROMPT_H

#include <stddef.h>
#include <stdint.h>

struct json_object;

/*
 * The prompt as one text, lent by `body`: a prompt, or messages as JSON, which begin alike
 * when the conversation does. NULL when there is none.
 */
const char *prompt_text(struct json_object *body, size_t *ret_n);
/* The same for the same prompt and model; 0 without a prompt. */
uint64_t prompt_hash(struct json_object *body);

#endif
