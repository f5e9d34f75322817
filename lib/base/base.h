/*
 * base: memory, text buffers, numbers, hashes and look-alikes. Knows nothing of
 * YAML, Kubernetes or diagnostics. Used by every other folder of lib/.
 *
 * Out of memory is not a return code inside lib/: an allocation that fails jumps
 * to the nearest base_try(), which lib/api sets at each public call. All results
 * are owned by arenas, so nothing is lost on the way; code that holds anything
 * else (a libyaml parser, a zlib stream) wraps itself in a base_try() of its own
 * and raises again after releasing it.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <assert.h>
#include <routerctl/base.h>
#include <string.h>

/* ---- mem.c ---- */

struct base_fail {
    void *top;  /* innermost jump target, NULL outside every base_try */
    int code;   /* the RCTL_E_* that was raised */
};

/* Runs body(arg); returns 0, or the code that base_raise() was given below it. */
int base_try(struct base_fail *fail, void (*body)(void *arg), void *arg);
_Noreturn void base_raise(struct base_fail *fail, int code);

struct base_mem {
    rctl_allocator from;
    struct base_fail fail;
};

/* `allocator` NULL means the C library's. */
void base_mem_init(struct base_mem *mem, const rctl_allocator *allocator);
void *base_mem_alloc(struct base_mem *mem, size_t size); /* raises, never NULL */
void base_mem_free(struct base_mem *mem, void *ptr, size_t size);

/* ---- arena.c ---- */

struct base_chunk;
struct base_arena {
    struct base_mem *mem;
    struct base_chunk *chunks;
    char *cur, *end;
};

void base_arena_init(struct base_arena *arena, struct base_mem *mem);
void base_arena_done(struct base_arena *arena);
/* Forgets all that was allocated but keeps the newest chunk for the next round. */
void base_arena_reset(struct base_arena *arena);
/* Aligned for any type, not zeroed. */
void *base_arena_alloc(struct base_arena *arena, size_t size);
void *base_arena_zalloc(struct base_arena *arena, size_t size);
char *base_arena_text(struct base_arena *arena, const char *text, size_t len);
/* Texts one after the other; NULL ends them. Where many are made, faster than a format. */
const char *base_arena_join(struct base_arena *arena, const char *const *parts);
const char *base_arena_format(struct base_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- sort.c ---- */

typedef int base_compare(const void *a, const void *b);
/*
 * Sorts, equals in their order: qsort() may allocate, and leaves the order of equals open.
 * `spare` has room for half of the items.
 */
void base_sort(void *items, void *spare, size_t n, size_t size, base_compare *compare);
/* The same for two ordered runs, the first of `middle` items, for which `spare` has room. */
void base_merge(void *items, void *spare, size_t middle, size_t n, size_t size,
                base_compare *compare);

/* ---- buf.c ---- */

/*
 * Text that grows, in an arena. With a sink, whatever is larger than a page or
 * two goes there at once, so that long output needs little memory.
 */
struct base_buf {
    struct base_arena *arena;
    const rctl_sink *sink; /* may be NULL */
    char *data;            /* NUL-terminated once anything was added */
    size_t len, cap;
};

void base_buf_init(struct base_buf *buf, struct base_arena *arena, const rctl_sink *sink);
/* Hands what is left to the sink; raises SINK when it refuses. */
void base_buf_flush(struct base_buf *buf);
void base_buf_add(struct base_buf *buf, const char *text, size_t len);
void base_buf_puts(struct base_buf *buf, const char *text);
void base_buf_putc(struct base_buf *buf, char c);
void base_buf_fill(struct base_buf *buf, char c, size_t n);
void base_buf_format(struct base_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A JSON string with its quotes; the shortest escapes, UTF-8 left as it is. */
void base_buf_json(struct base_buf *buf, const char *text, size_t len);
/* Text for XML content and attributes; what XML 1.0 cannot hold becomes U+FFFD. */
void base_buf_xml(struct base_buf *buf, const char *text, size_t len);
/* ---- str.c ---- */

#define BASE_COUNT(array) (sizeof(array) / sizeof(array)[0])

bool base_str_eq(const char *a, const char *b); /* NULL equals only NULL */
bool base_str_starts(const char *text, const char *prefix);
bool base_str_in(const char *text, const char *const *list); /* NULL-ended list */

/* ---- num.c ---- */

/* Plain decimal with an optional minus, nothing else: "0" "-12", not "+1" "012". */
bool base_num_int(const char *text, int64_t *ret_value);
/* A decimal or exponent number, finite, in the C locale whatever the process's is. */
bool base_num_double(const char *text, double *ret_value);
/* The shortest decimal that reads back as the same double; `out` holds 32 bytes. */
void base_num_print(double value, char *out);
/*
 * A Kubernetes quantity ("500m", "64Gi", "1e3", "4"). The value is kept in
 * thousandths, rounded up, and clamped to int64 as the API server does.
 */
bool base_num_quantity(const char *text, int64_t *ret_milli);

/* ---- time.c ---- */

enum { BASE_TIME_SIZE = 32 };
/* "2026-11-24T15:49:49Z", whole seconds, as Kubernetes writes times. */
void base_time_print(rctl_time time, char out[BASE_TIME_SIZE]);

/* ---- hash.c ---- */

#define BASE_HASH_SEED UINT64_C(14695981039346656037)
/* FNV-1a, 64 bits: stable over versions and machines; feeds names, never security. */
uint64_t base_hash(uint64_t seed, const char *data, size_t len);

/* ---- suggest.c ---- */

/* The candidate nearest to `word`, or NULL when none is near enough; "" never is. */
const char *base_suggest(const char *word, const char *(*candidate)(const void *ctx, size_t i),
                         const void *ctx, size_t n);

/* ---- regex.c ---- */

/*
 * Compiles a pattern within the common subset of PCRE2 and RE2. Returns NULL
 * when it is fine, or an English reason and the offset of the fault.
 */
const char *base_regex_check(struct base_mem *mem, const char *pattern, size_t *ret_offset,
                             char reason[128]);

#endif
