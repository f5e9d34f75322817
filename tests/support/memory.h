/*
 * Memory for unit tests: an arena over an allocator that counts what is held and
 * can be told to refuse. A test starts with memory_init() and ends with
 * memory_done(), which fails the test when anything is still held.
 */
#ifndef SUPPORT_MEMORY_H
#define SUPPORT_MEMORY_H

#include "base/base.h"
#include "support/test.h"

#include <stdlib.h>

struct memory {
    struct base_mem mem;
    struct base_arena arena;
    size_t held;    /* bytes */
    size_t calls;   /* allocations so far */
    size_t fail_at; /* the call that is refused, counted from 1; 0 for none */
};

static inline void *memory_alloc(void *ctx, size_t size)
{
    struct memory *memory = ctx;
    void *ptr;

    memory->calls++;
    if (memory->calls == memory->fail_at)
        return NULL;
    ptr = malloc(size);
    if (ptr)
        memory->held += size;
    return ptr;
}

static inline void memory_release(void *ctx, void *ptr, size_t size)
{
    struct memory *memory = ctx;

    memory->held -= size;
    free(ptr);
}

static inline void memory_init(struct memory *memory)
{
    rctl_allocator allocator = {memory_alloc, memory_release, memory};

    memset(memory, 0, sizeof(*memory));
    base_mem_init(&memory->mem, &allocator);
    base_arena_init(&memory->arena, &memory->mem);
}

static inline void memory_done(struct memory *memory)
{
    base_arena_done(&memory->arena);
    cr_assert_eq(memory->held, 0, "%zu bytes are still held", memory->held);
}

#endif
