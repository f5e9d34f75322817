/*
 * memory: what both programs of this folder allocate. Their libraries do not survive
 * memory that is refused, so a refusal ends the program.
 */
#ifndef LOCAL_MEMORY_H
#define LOCAL_MEMORY_H

#include <stddef.h>

/* Zeroed, released by free(). Never NULL. */
void *memory_new(size_t size);
/* Room for `n` items of `size`; what `old` had is kept, what is new is not zeroed. */
void *memory_grow(void *old, size_t n, size_t size);
/* A copy of `n` bytes and a NUL. */
char *memory_text(const char *text, size_t n);
/* As sprintf() would write it. */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
