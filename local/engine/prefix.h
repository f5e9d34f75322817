/*
 * prefix: which beginnings of prompts an engine has seen, in blocks, as a prefix cache
 * has them: a block is known only together with all before it. The oldest are forgotten.
 */
#ifndef ENGINE_PREFIX_H
#define ENGINE_PREFIX_H

#include <stddef.h>

enum { PREFIX_TOKEN = 4, PREFIX_BLOCK = 16 }; /* bytes of a token, tokens of a block */

struct prefix;

/* With room for `blocks`; 0: nothing is ever known. */
struct prefix *prefix_new(size_t blocks);
void prefix_free(struct prefix *prefix);
/* How many whole blocks of a prompt were known. Afterwards all of them are. */
size_t prefix_ask(struct prefix *prefix, const char *prompt, size_t n);

#endif
