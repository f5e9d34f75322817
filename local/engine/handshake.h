/*
 * handshake: is a request that which the router of a P/D pair has to send to this half?
 * A wrong one is refused, also where the real engine would serve it slowly (decode that
 * prefills by itself) or never answer. Judges and says what to do; it does nothing.
 */
#ifndef ENGINE_HANDSHAKE_H
#define ENGINE_HANDSHAKE_H

#include "engine.h"
#include "transfer.h"

struct json_object;

struct handshake {
    char fault[256];         /* not "": refuse it with 400 */
    char hold[TRANSFER_KEY]; /* not "": the key under which prefill holds the blocks */
    bool meets;              /* it answers only when decode has fetched them */
    struct json_object *params; /* of prefill's answer, or NULL; the caller's */

    char fetch[TRANSFER_KEY]; /* not "": the key that decode fetches */
    char host[256];           /* from there; "": from one of the peers */
    unsigned port, seconds;   /* and how long it waits */
    char from[128];           /* the engine that must have held it; "": any */
};

/*
 * `host` is the address at which the request came in, `sequence` a number that no request
 * had before.
 */
void handshake_check(const struct engine *engine, struct json_object *body, const char *host,
                     uint64_t sequence, struct handshake *ret_handshake);
void handshake_done(struct handshake *handshake);

#endif
