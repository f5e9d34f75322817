/*
 * mem: arrays and texts from an allocator that may refuse.
 *
 * The rule of the whole folder: a call that needs memory asks for all of it before it
 * changes anything. When it is refused it returns RCTL_E_NOMEM, the machine is as it
 * was, and the same call may be made again. Calls without a return code need none.
 */
#ifndef CORE_MEM_H
#define CORE_MEM_H

#include <routerctl/base.h>

/*
 * An array that holds at least `want` items: `old` when *cap is enough, else a larger
 * copy of it, with `old` released and *cap raised. NULL when memory is refused; then
 * `old` and *cap are as before. Grows by half and more, so that adding is cheap.
 */
void *mem_grow(const rctl_allocator *from, void *old, uint32_t *cap, uint32_t want,
               size_t item_size);
void mem_free(const rctl_allocator *from, void *array, uint32_t cap, size_t item_size);

/* A copy of a text, or NULL. Released by mem_free_text(), which takes NULL too. */
char *mem_text(const rctl_allocator *from, const char *text);
void mem_free_text(const rctl_allocator *from, char *text);

#endif
