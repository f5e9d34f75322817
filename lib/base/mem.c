/*
 * The default allocator, which is the only caller of malloc in lib/, and the
 * jump that carries "out of memory" to the public call that has to answer it.
 */
#include "base/base.h"

#include <setjmp.h>
#include <stdlib.h>

static void *libc_alloc(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void libc_release(void *ctx, void *ptr, size_t size)
{
    (void)ctx;
    (void)size;
    free(ptr);
}

int base_try(struct base_fail *fail, void (*body)(void *arg), void *arg)
{
    jmp_buf here;
    void *outer = fail->top;

    if (setjmp(here) != 0) {
        fail->top = outer;
        return fail->code;
    }
    fail->top = &here;
    body(arg);
    fail->top = outer;
    return RCTL_OK;
}

void base_raise(struct base_fail *fail, int code)
{
    assert(fail->top != NULL && code < 0);
    fail->code = code;
    longjmp(*(jmp_buf *)fail->top, 1);
}

void base_mem_init(struct base_mem *mem, const rctl_allocator *allocator)
{
    static const rctl_allocator libc = {libc_alloc, libc_release, NULL};

    mem->from = allocator ? *allocator : libc;
    mem->fail.top = NULL;
    mem->fail.code = RCTL_OK;
}

void *base_mem_alloc(struct base_mem *mem, size_t size)
{
    void *ptr = mem->from.alloc(mem->from.ctx, size);

    if (!ptr)
        base_raise(&mem->fail, RCTL_E_NOMEM);
    return ptr;
}

void base_mem_free(struct base_mem *mem, void *ptr, size_t size)
{
    if (ptr)
        mem->from.release(mem->from.ctx, ptr, size);
}
