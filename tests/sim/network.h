/*
 * network: messages on their way, streams that are open, and the server behind them, with
 * the faults of all three. Part of world, which hands it each message when its time comes.
 */
#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include "sim/world.h"

/* Where a message goes. The last two are for world itself. */
enum network_kind {
    NETWORK_TO_SERVER,
    NETWORK_TO_OPERATOR,
    NETWORK_LOOK, /* at a stream: is there something to deliver? */
    NETWORK_WRITE_MADE,
    NETWORK_CHANGE,
    NETWORK_MISCHIEF
};

/* Sends a copy of a message, to arrive at some time. */
void network_post(struct world *world, const struct world_message *message, core_time at);
/* The first message; the caller frees it, or puts it off. */
struct world_message *network_take(struct world *world);
/* A message that cannot be taken yet. It keeps its place among others of that time. */
void network_put_off(struct world *world, struct world_message *message, core_time at);

/* What messages of the first kinds cause. A reply is made of the request's message. */
void network_serve(struct world *world, struct world_message *message);
void network_look(struct world *world, const struct world_message *message);
void network_write_made(struct world *world, const struct world_message *message);
/* Objects of a resource have changed: its streams are looked at soon. */
void network_changed(struct world *world, int resource);

#endif
