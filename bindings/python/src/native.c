/* Memory that is counted and beats, and a sink that keeps text; see native.h. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

#define RCTLPY_BEAT ((size_t)256 * 1024)

/* A child may be forgotten, and so freed, while another thread is in a call on its parent. */
static void count(rctlpy_memory *memory, size_t more)
{
    __atomic_fetch_add(&memory->used, more, __ATOMIC_RELAXED);
}

static void *take(void *ctx, size_t size)
{
    rctlpy_memory *memory = ctx;
    void *block;

    memory->asked += size;
    if (memory->beat && memory->asked >= RCTLPY_BEAT) {
        memory->asked = 0;
        if (memory->beat(memory->handle) != 0)
            memory->stopped = true;
    }
    block = memory->stopped ? NULL : malloc(size);
    if (block)
        count(memory, size);
    return block;
}

static void give(void *ctx, void *block, size_t size)
{
    if (block)
        count(ctx, 0 - size);
    free(block);
}

rctl_allocator rctlpy_allocator(rctlpy_memory *memory)
{
    return (rctl_allocator){take, give, memory};
}

static int add_text(void *ctx, const char *data, size_t len)
{
    rctlpy_text *text = ctx;

    if (len > text->room - text->len) {
        size_t room = text->room ? text->room : 512;
        char *grown;

        while (room - text->len < len) {
            if (room > SIZE_MAX / 2)
                return -1;
            room *= 2;
        }
        grown = realloc(text->data, room);
        if (!grown)
            return -1;
        text->data = grown;
        text->room = room;
    }
    if (len > 0)
        memcpy(text->data + text->len, data, len);
    text->len += len;
    return 0;
}

rctl_sink rctlpy_text_sink(rctlpy_text *text)
{
    return (rctl_sink){add_text, text};
}

void rctlpy_text_free(rctlpy_text *text)
{
    free(text->data);
    *text = (rctlpy_text){0};
}
