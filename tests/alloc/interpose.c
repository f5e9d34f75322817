/*
 * Takes the place of malloc and its relatives for the whole process, the shared
 * libraries included, and hands on to the C library under its other names. Not in
 * sanitized builds: there the sanitizer is the allocator.
 */
#include "interpose.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#include <stdlib.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)

const bool interpose_works = true;

static bool armed;
static size_t count, refuse;
static long held;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void __libc_free(void *ptr);

void interpose_arm(size_t fail_at)
{
    count = 0;
    held = 0;
    refuse = fail_at;
    armed = true;
}

long interpose_disarm(void)
{
    armed = false;
    return held;
}

static bool refused(void)
{
    return armed && ++count == refuse;
}

static void *taken(void *ptr)
{
    held += armed && ptr;
    return ptr;
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return refused() ? NULL : taken(__libc_malloc(size));
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t size)
{
    return refused() ? NULL : taken(__libc_calloc(n, size));
}

__attribute__((visibility("default"))) void *realloc(void *ptr, size_t size)
{
    if (refused())
        return NULL;
    return ptr ? __libc_realloc(ptr, size) : taken(__libc_realloc(ptr, size));
}

__attribute__((visibility("default"))) void free(void *ptr)
{
    held -= armed && ptr;
    __libc_free(ptr);
}

#else

const bool interpose_works = false;

void interpose_arm(size_t fail_at)
{
    (void)fail_at;
}

long interpose_disarm(void)
{
    return 0;
}

#endif
