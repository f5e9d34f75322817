/* Memory that is there or ends the process, and growing byte strings. */
#include "io/bytes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(void)
{
    static const char text[] = "rctl-operator: out of memory\n";

    fwrite(text, 1, sizeof(text) - 1, stderr);
    exit(1);
}

void *bytes_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory)
        give_up();
    return memory;
}

char *bytes_text(const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;

    return text ? memcpy(bytes_alloc(size), text, size) : NULL;
}

void bytes_wipe_text(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

/* Room for n more bytes and the NUL. The old copy is wiped: it may be a secret. */
static void grow(struct bytes *bytes, size_t n)
{
    size_t cap = bytes->cap ? bytes->cap : 256;
    char *data;

    if (n >= SIZE_MAX / 2 - bytes->n)
        give_up();
    if (bytes->n + n < bytes->cap)
        return;
    while (cap <= bytes->n + n)
        cap *= 2;
    data = bytes_alloc(cap);
    if (bytes->data) {
        memcpy(data, bytes->data, bytes->n);
        explicit_bzero(bytes->data, bytes->cap);
        free(bytes->data);
    }
    bytes->data = data;
    bytes->cap = cap;
}

void bytes_add(struct bytes *bytes, const void *data, size_t n)
{
    grow(bytes, n);
    if (n)
        memcpy(bytes->data + bytes->n, data, n);
    bytes->n += n;
    bytes->data[bytes->n] = '\0';
}

void bytes_add_text(struct bytes *bytes, const char *text)
{
    bytes_add(bytes, text, strlen(text));
}

void bytes_format(struct bytes *bytes, const char *format, ...)
{
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (n < 0)
        return;
    grow(bytes, (size_t)n);
    va_start(arguments, format);
    vsnprintf(bytes->data + bytes->n, (size_t)n + 1, format, arguments);
    va_end(arguments);
    bytes->n += (size_t)n;
}

void bytes_clear(struct bytes *bytes)
{
    bytes->n = 0;
    if (bytes->data)
        bytes->data[0] = '\0';
}

void bytes_done(struct bytes *bytes)
{
    if (bytes->data)
        explicit_bzero(bytes->data, bytes->cap);
    free(bytes->data);
    memset(bytes, 0, sizeof(*bytes));
}
