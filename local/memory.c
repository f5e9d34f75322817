/* Memory that is there or ends the program. */
#include "memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *sure(void *memory)
{
    if (memory)
        return memory;
    fputs("out of memory\n", stderr);
    exit(3);
}

void *memory_new(size_t size)
{
    return sure(calloc(1, size ? size : 1));
}

void *memory_grow(void *old, size_t n, size_t size)
{
    return sure(n && size <= SIZE_MAX / n ? realloc(old, n * size) : NULL);
}

char *memory_text(const char *text, size_t n)
{
    char *copy = memory_new(n + 1);

    memcpy(copy, text, n);
    return copy;
}

char *memory_format(const char *format, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    text = memory_new(n < 0 ? 1 : (size_t)n + 1);
    if (n > 0)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
