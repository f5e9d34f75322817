/*
 * shell: carries out what the brain wants, and tells it what came of it. Nothing is
 * decided here.
 */
#ifndef OPERATOR_SHELL_H
#define OPERATOR_SHELL_H

#include "core/brain.h"
#include "io/client.h"
#include "io/loop.h"

struct shell_call;

struct shell {
    struct brain *brain;
    struct client *client;
    struct probes_out *probes;
    const char *identity; /* ours, as a Lease names its holder */
    struct shell_call *calls; /* that are out */
};

/* For loop_calls.turn: sends all that the brain wants now. */
core_time shell_turn(struct shell *shell, core_time now);
/* Gives up all that is out. */
void shell_done(struct shell *shell);

#endif
