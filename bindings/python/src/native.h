/*
 * What the Python package adds in C to the public headers: memory that is counted and
 * beats, and a sink that keeps text. build.py makes the declarations that cffi needs from
 * this file, as it does from the headers of the library.
 */
#ifndef RCTLPY_NATIVE_H
#define RCTLPY_NATIVE_H

#include <routerctl.h>

/*
 * Memory of one context. While `beat` is set, it is called each time that RCTLPY_BEAT bytes
 * more were asked for, so that long calls can be watched and stopped: once it returned
 * anything but 0, there is no more memory, and the call ends with RCTL_E_NOMEM.
 */
typedef struct rctlpy_memory {
    size_t used;  /* bytes that the library holds now */
    size_t asked; /* bytes that it asked for since the last beat */
    int (*beat)(void *handle);
    void *handle;
    bool stopped;
} rctlpy_memory;

rctl_allocator rctlpy_allocator(rctlpy_memory *memory);

/* Text that a call writes. All zero at first; free it also when the call failed. */
typedef struct rctlpy_text {
    char *data;
    size_t len, room;
} rctlpy_text;

rctl_sink rctlpy_text_sink(rctlpy_text *text);
void rctlpy_text_free(rctlpy_text *text);

#endif
