/*
 * transfer: how KV blocks get from prefill to decode. The prefill half holds them under a
 * key at a port of its own (NIXL's side channel, a bootstrap server), and gives each away
 * once; the decode half fetches them there. Only the right address, the right key and a
 * prefill that really ran get a decode its blocks.
 */
#ifndef ENGINE_TRANSFER_H
#define ENGINE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct transfer;
struct transfer_fetch;

enum {
    TRANSFER_KEY = 256,       /* bytes of a key, NUL included */
    TRANSFER_MOST = 4096,     /* keys held; the oldest goes first */
    TRANSFER_SECONDS = 5      /* that the halves of SGLang wait for each other */
};

/* ---- prefill ---- */

/* Listens. `engine` is lent, as what fetchers are told. NULL: see errno. */
struct transfer *transfer_new(struct event_base *base, const char *host, unsigned port,
                              const char *engine);
/* Takes NULL. `gone` of what is held is not called. */
void transfer_free(struct transfer *transfer);
unsigned transfer_port(const struct transfer *transfer);
/* `gone`, when there is one, is called when the key was fetched. */
void transfer_hold(struct transfer *transfer, const char *key, void (*gone)(void *ctx), void *ctx);
/* The holder does not want to hear about it any more. */
void transfer_forget(struct transfer *transfer, const void *ctx);

/* ---- decode ---- */

/*
 * Asks `host`:`port` for a key and waits so many seconds for it to be held. `done` is called
 * once, later: with the engine that held it, or with NULL and why it could not be had.
 */
struct transfer_fetch *transfer_fetch(struct event_base *base, const char *host, unsigned port,
                                      const char *key, unsigned seconds,
                                      void (*done)(void *ctx, const char *engine, const char *why),
                                      void *ctx);
/* `done` is not called then. */
void transfer_cancel(struct transfer_fetch *fetch);

#endif
