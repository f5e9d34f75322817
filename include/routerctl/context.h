/*
 * The root object: an allocator and the registries. Make one, register what you
 * add, then make sets from it.
 */
#ifndef ROUTERCTL_CONTEXT_H
#define ROUTERCTL_CONTEXT_H

#include <routerctl/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque: one for a program is enough. */
typedef struct rctl_ctx rctl_ctx;

/*
 * Makes a context that knows the engines and routers that ship. `allocator` NULL means malloc and
 * free. Errors: NOMEM, INVALID_ARG. Registering is for one thread; after that
 * any number of threads may use the context at once, each with sets of its own.
 */
RCTL_EXPORT int rctl_ctx_new(const rctl_allocator *allocator, rctl_ctx **ret_ctx);

/* Frees a context; sets made from it must be gone. NULL is fine. Returns NULL. */
RCTL_EXPORT rctl_ctx *rctl_ctx_free(rctl_ctx *ctx);

#ifdef __cplusplus
}
#endif

#endif
