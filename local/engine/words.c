/* "chat-0 w1 w2 w3": as many tokens as were asked for. */
#include "words.h"

#include "../memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD = 16 }; /* bytes of a token but the first, at most */

/* Cuts the text at the first stop text in it, and the tokens with it. */
static void stop(struct words *words, const char *const *stops, size_t n_stops)
{
    const char *first = NULL;
    size_t n;

    for (size_t i = 0; i < n_stops; i++) {
        const char *found = *stops[i] ? strstr(words->text, stops[i]) : NULL;

        if (found && (!first || found < first))
            first = found;
    }
    if (!first)
        return;
    n = (size_t)(first - words->text);
    words->text[n] = '\0';
    words->stopped = true;
    while (words->n_tokens > 0 && (words->n_tokens > 1 ? words->ends[words->n_tokens - 2] : 0) >= n)
        words->n_tokens--;
    if (words->n_tokens > 0)
        words->ends[words->n_tokens - 1] = n;
}

void words_make(struct words *words, const char *who, size_t n_tokens, const char *const *stops,
                size_t n_stops)
{
    size_t room = strlen(who) + n_tokens * WORD + 1, n = 0;

    *words = (struct words){.n_tokens = n_tokens};
    words->text = memory_new(room);
    words->ends = memory_new(n_tokens * sizeof(*words->ends));
    for (size_t i = 0; i < n_tokens; i++) {
        n += (size_t)(i == 0 ? snprintf(words->text, room, "%s", who)
                             : snprintf(words->text + n, room - n, " w%zu", i));
        words->ends[i] = n;
    }
    stop(words, stops, n_stops);
}

void words_done(struct words *words)
{
    free(words->text);
    free(words->ends);
}
