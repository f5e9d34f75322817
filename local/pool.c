/* A chain of what was allocated; texts grow by doubling. */
#include "pool.h"

#include "memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
    struct block *next;
    max_align_t bytes[];
};

struct pool {
    struct block *first;
};

struct pool *pool_new(void)
{
    return memory_new(sizeof(struct pool));
}

void pool_free(struct pool *pool)
{
    while (pool && pool->first) {
        struct block *block = pool->first;

        pool->first = block->next;
        free(block);
    }
    free(pool);
}

void *pool_alloc(struct pool *pool, size_t size)
{
    struct block *block = memory_new(sizeof(*block) + size);

    block->next = pool->first;
    pool->first = block;
    return block->bytes;
}

char *pool_text(struct pool *pool, const char *text, size_t n)
{
    char *copy = pool_alloc(pool, n + 1);

    memcpy(copy, text, n);
    return copy;
}

char *pool_format(struct pool *pool, const char *format, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    text = pool_alloc(pool, n < 0 ? 1 : (size_t)n + 1);
    if (n > 0)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

void *pool_grow(struct pool *pool, void *items, size_t n, size_t *room, size_t size)
{
    void *larger;

    if (n < *room)
        return items;
    *room = *room ? 2 * *room : 8;
    larger = pool_alloc(pool, *room * size);
    if (n > 0)
        memcpy(larger, items, n * size);
    return larger;
}

void texts_add(struct pool *pool, struct texts *texts, const char *text)
{
    texts->items = pool_grow(pool, texts->items, texts->n_items, &texts->room,
                             sizeof(*texts->items));
    texts->items[texts->n_items++] = text;
}

bool texts_have(const struct texts *texts, const char *text)
{
    for (size_t i = 0; i < texts->n_items; i++)
        if (strcmp(texts->items[i], text) == 0)
            return true;
    return false;
}
