/*
 * warnings: what the API server warns of in headers of its answers, such as that a version
 * is deprecated. Each text is logged once, and all are counted. Bounded memory: of texts
 * only a number is kept, and when there are too many, the oldest may be logged again.
 */
#ifndef IO_WARNINGS_H
#define IO_WARNINGS_H

#include <stdint.h>

enum { WARNINGS_KEPT = 256, WARNINGS_TEXT = 1024 /* bytes; the rest is cut */ };

struct warnings {
    uint64_t seen[WARNINGS_KEPT];
    uint64_t logged; /* so many came that were new */
    uint64_t count;
};

/* Takes the value of a header: one warning, or several with commas. */
void warnings_take(struct warnings *warnings, const char *header);

#endif
