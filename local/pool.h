/* pool: memory that is released together, and lists of texts in it. */
#ifndef LOCAL_POOL_H
#define LOCAL_POOL_H

#include <stdbool.h>
#include <stddef.h>

struct pool;

struct pool *pool_new(void);
/* Takes NULL. */
void pool_free(struct pool *pool);
/* Zeroed. Never NULL. */
void *pool_alloc(struct pool *pool, size_t size);
/* A copy of `n` bytes and a NUL. */
char *pool_text(struct pool *pool, const char *text, size_t n);
/* As sprintf() would write it. */
char *pool_format(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Room for one more in an array of the pool with `n` items: `items`, or a copy twice as large
 * whose room is put into `room`. The old one stays in the pool.
 */
void *pool_grow(struct pool *pool, void *items, size_t n, size_t *room, size_t size);

/* Texts in the order in which they were added; they are not copied. */
struct texts {
    const char **items;
    size_t n_items, room;
};

void texts_add(struct pool *pool, struct texts *texts, const char *text);
bool texts_have(const struct texts *texts, const char *text);

#endif
