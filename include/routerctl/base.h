/*
 * Version, export mark, error codes and the allocator: what every other public
 * header needs. Plain C99.
 */
#ifndef ROUTERCTL_BASE_H
#define ROUTERCTL_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define RCTL_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define RCTL_EXPORT __attribute__((visibility("default")))
#else
#define RCTL_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of these headers. rctl_version() tells that of the library. */
#define RCTL_VERSION_MAJOR 0
#define RCTL_VERSION_MINOR 1
#define RCTL_VERSION_PATCH 0
#define RCTL_VERSION "0.1.0"

/*
 * Return codes. Every call that can fail returns 0 or one of these. They say
 * whether the function could do its job; what is wrong with a document is told
 * by diagnostics (diag.h), never by a return code.
 */
enum rctl_error {
    RCTL_OK = 0,
    /* Out of memory. Free the objects at hand and try again with less. */
    RCTL_E_NOMEM = -1,
    /* A NULL or impossible argument. A fault of the calling program: mend it. */
    RCTL_E_INVALID_ARG = -2,
    /* A limit of the caller's own making was reached (a name already taken, a
     * table full). Raise the limit or choose another name. */
    RCTL_E_LIMIT = -3,
    /* The thing asked for does not exist in this version. */
    RCTL_E_UNSUPPORTED = -4,
    /* Nothing has that name or path. Often an answer, not a fault. */
    RCTL_E_NOT_FOUND = -5,
    /* The caller's own sink refused the text (a full disk, a closed pipe). */
    RCTL_E_SINK = -6,
    /* A broken promise inside the library. Report it with the input. */
    RCTL_E_BUG = -7
};

/*
 * One short English sentence for a return code, without a full stop. Static
 * storage; never NULL, also for numbers that are no code. Any thread.
 */
RCTL_EXPORT const char *rctl_strerror(int code);

/* The version of the library in use, "MAJOR.MINOR.PATCH". Static storage. */
RCTL_EXPORT const char *rctl_version(void);

/*
 * Where memory comes from. `alloc` returns NULL when there is none; `release`
 * takes what `alloc` returned, with the size that was asked for. Both get `ctx`.
 * Calls come from the thread that called into the library. The struct is copied
 * by the call that takes it; `ctx` must outlive every object made with it.
 */
typedef struct rctl_allocator {
    void *(*alloc)(void *ctx, size_t size);
    void (*release)(void *ctx, void *ptr, size_t size);
    void *ctx;
} rctl_allocator;

/* A moment: nanoseconds since 1970 UTC, without leap seconds. Always given by the caller. */
typedef int64_t rctl_time;
#define RCTL_SECOND INT64_C(1000000000)

/* Reads an RFC 3339 time, "2026-11-24T15:49:49Z". NOT_FOUND when it is none. Any thread. */
RCTL_EXPORT int rctl_time_parse(const char *text, rctl_time *ret_time);

/*
 * Where text goes: every call that writes hands its output to `write`, piece by
 * piece. `write` returns 0 to go on; anything else ends the call with
 * RCTL_E_SINK. An fwrite to a FILE is one line; see docs/examples.
 */
typedef struct rctl_sink {
    int (*write)(void *ctx, const char *data, size_t len);
    void *ctx;
} rctl_sink;

#ifdef __cplusplus
}
#endif

#endif
