/*
 * The arena that owns every result: many small allocations, one free. Chunks
 * double in size up to a bound, so that small sets stay small and big ones do
 * not ask the allocator often.
 */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>

/* Nothing in lib/ asks for more alignment than a pointer, a double or an int64. */
enum { FIRST_CHUNK = 4096, LARGEST_CHUNK = 256 * 1024, ALIGN = 8 };

struct base_chunk {
    struct base_chunk *older;
    size_t size; /* with this header */
    uint64_t data[];
};

void base_arena_init(struct base_arena *arena, struct base_mem *mem)
{
    *arena = (struct base_arena){.mem = mem};
}

static void free_chunks(struct base_arena *arena, struct base_chunk *from)
{
    while (from) {
        struct base_chunk *older = from->older;

        base_mem_free(arena->mem, from, from->size);
        from = older;
    }
}

void base_arena_done(struct base_arena *arena)
{
    free_chunks(arena, arena->chunks);
    arena->chunks = NULL;
    arena->cur = arena->end = NULL;
}

void base_arena_reset(struct base_arena *arena)
{
    struct base_chunk *newest = arena->chunks;

    if (!newest)
        return;
    free_chunks(arena, newest->older);
    newest->older = NULL;
    arena->cur = (char *)newest->data;
    arena->end = (char *)newest + newest->size;
}

static void add_chunk(struct base_arena *arena, size_t size)
{
    size_t want = arena->chunks ? arena->chunks->size * 2 : FIRST_CHUNK;
    struct base_chunk *chunk;

    if (want > LARGEST_CHUNK)
        want = LARGEST_CHUNK;
    if (want < size + sizeof(*chunk))
        want = size + sizeof(*chunk);
    chunk = base_mem_alloc(arena->mem, want);
    chunk->older = arena->chunks;
    chunk->size = want;
    arena->chunks = chunk;
    arena->cur = (char *)chunk->data;
    arena->end = (char *)chunk + want;
}

static void *take(struct base_arena *arena, size_t size)
{
    void *ptr;

    if (!arena->chunks || size > (size_t)(arena->end - arena->cur)) {
        if (size > SIZE_MAX / 4)
            base_raise(&arena->mem->fail, RCTL_E_NOMEM);
        add_chunk(arena, size);
    }
    ptr = arena->cur;
    arena->cur += size;
    return ptr;
}

void *base_arena_alloc(struct base_arena *arena, size_t size)
{
    size_t skew = (size_t)((uintptr_t)arena->cur % ALIGN);

    if (skew && (size_t)(arena->end - arena->cur) >= ALIGN - skew)
        arena->cur += ALIGN - skew;
    else if (skew)
        arena->cur = arena->end;
    return take(arena, size);
}

void *base_arena_zalloc(struct base_arena *arena, size_t size)
{
    return memset(base_arena_alloc(arena, size), 0, size);
}

char *base_arena_text(struct base_arena *arena, const char *text, size_t len)
{
    char *copy = take(arena, len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

const char *base_arena_join(struct base_arena *arena, const char *const *parts)
{
    size_t len = 0;
    char *text, *to;

    for (size_t i = 0; parts[i]; i++)
        len += strlen(parts[i]);
    text = to = take(arena, len + 1);
    for (size_t i = 0; parts[i]; i++) {
        size_t part = strlen(parts[i]);

        memcpy(to, parts[i], part);
        to += part;
    }
    *to = '\0';
    return text;
}

const char *base_arena_format(struct base_arena *arena, const char *format, ...)
{
    char small[256], *text;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    assert(len >= 0);
    if ((size_t)len < sizeof(small))
        return base_arena_text(arena, small, (size_t)len);
    text = take(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}
