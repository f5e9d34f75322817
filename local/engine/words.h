/*
 * words: the text of an answer, made of so many tokens, and cut where the client said it
 * should stop. No input or output here.
 */
#ifndef ENGINE_WORDS_H
#define ENGINE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

enum { WORDS_MOST = 4096 }; /* an answer ends there by itself */

struct words {
    char *text;
    size_t *ends; /* of each token, in `text` */
    size_t n_tokens;
    bool stopped; /* a stop text was found; else so many were asked for */
};

/*
 * The first token is `who`. `stops` are texts that end it and are not in it themselves.
 * Release it by words_done().
 */
void words_make(struct words *words, const char *who, size_t n_tokens, const char *const *stops,
                size_t n_stops);
void words_done(struct words *words);

#endif
