/*
 * The C library's allocator with a counter in front of it: the n-th allocation
 * after interpose_arm(n) is refused, whoever asks, our own code or a library that
 * we use. Only where the C library lets a program replace malloc.
 */
#ifndef ALLOC_INTERPOSE_H
#define ALLOC_INTERPOSE_H

#include <stdbool.h>
#include <stddef.h>

/* Whether this build can refuse malloc itself. */
extern const bool interpose_works;
void interpose_arm(size_t fail_at);
/* Returns how many blocks were taken since and not given back. */
long interpose_disarm(void);

#endif
