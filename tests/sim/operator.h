/*
 * operator: one operator of the simulation: watches, queue and lease of the real core,
 * driven as the shell will drive them, with a cache that only counts. It dies when it
 * loses the lease or is killed, and is started again as another identity.
 */
#ifndef SIM_OPERATOR_H
#define SIM_OPERATOR_H

#include "sim/world.h"

struct sim_operator;

struct sim_operator *operator_new(struct world *world, int index);
void operator_free(struct sim_operator *operator);

/* When it has something to do by itself, in the world's time. */
core_time operator_due(const struct sim_operator *operator);
/* Lets it do all that it wants to do now. */
void operator_step(struct sim_operator *operator);
/* Something arrives. While it is paused, it does not: returns when to try again, or 0. */
core_time operator_receive(struct sim_operator *operator, const struct world_message *message);

void operator_pause(struct sim_operator *operator, core_time span);
void operator_kill(struct sim_operator *operator); /* no word to anybody */
void operator_stop(struct sim_operator *operator); /* finishes its work and gives up the lease */

bool operator_may_write(const struct sim_operator *operator);
/* Starts to count what it does, for operator_check(). */
void operator_mark(struct sim_operator *operator);
/* At the end: does it know what the server has; if it leads, did it work on all of it;
 * and has it been quiet since the mark? Tells world_broken(). Returns whether it leads. */
bool operator_check(struct sim_operator *operator);

#endif
