/*
 * bytes: memory of the shell. The core asks an allocator that may refuse; the shell's
 * libraries do not survive that, so here a refusal ends the process and the kubelet
 * starts it again. Growing byte strings, always with a NUL behind their end.
 */
#ifndef IO_BYTES_H
#define IO_BYTES_H

#include <stddef.h>

/* Zeroed memory, released by free(). Never NULL. */
void *bytes_alloc(size_t size);
/* A copy of a text; NULL for NULL. Released by free(). */
char *bytes_text(const char *text);
/* The same, wiped when it is no longer wanted. Takes NULL. */
void bytes_wipe_text(char *secret);

struct bytes {
    char *data; /* NULL while nothing was added */
    size_t n, cap;
};

void bytes_add(struct bytes *bytes, const void *data, size_t n);
void bytes_add_text(struct bytes *bytes, const char *text);
void bytes_format(struct bytes *bytes, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Empty again, with its memory kept. */
void bytes_clear(struct bytes *bytes);
/* Wiped and released; `bytes` may be used anew. */
void bytes_done(struct bytes *bytes);

#endif
