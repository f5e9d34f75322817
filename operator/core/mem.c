/* Arrays and texts from an allocator that may refuse. */
#include "core/mem.h"

#include <string.h>

enum { FIRST = 8 };
#define MOST (UINT32_C(1) << 30) /* so that no size overflows on its way up */

void *mem_grow(const rctl_allocator *from, void *old, uint32_t *cap, uint32_t want,
               size_t item_size)
{
    uint32_t larger = *cap + *cap / 2;
    void *array;

    if (old && want <= *cap)
        return old;
    if (want > MOST || want > SIZE_MAX / 4 / item_size)
        return NULL;
    if (larger < want)
        larger = want;
    if (larger < FIRST)
        larger = FIRST;
    array = from->alloc(from->ctx, larger * item_size);
    if (!array)
        return NULL;
    if (old) {
        memcpy(array, old, *cap * item_size);
        from->release(from->ctx, old, *cap * item_size);
    }
    *cap = larger;
    return array;
}

void mem_free(const rctl_allocator *from, void *array, uint32_t cap, size_t item_size)
{
    if (array)
        from->release(from->ctx, array, cap * item_size);
}

char *mem_text(const rctl_allocator *from, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = from->alloc(from->ctx, size);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

void mem_free_text(const rctl_allocator *from, char *text)
{
    if (text)
        from->release(from->ctx, text, strlen(text) + 1);
}
