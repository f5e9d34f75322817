/* The explanation of routing decisions, behind rctl_routing_write(). */
#ifndef GEN_ROUTING_H
#define GEN_ROUTING_H

#include "kinds/kinds.h"

void gen_routing(struct kinds_world *world, bool json, struct base_buf *out);

#endif
