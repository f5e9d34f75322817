/*
 * One file for each object in a directory, such that nobody ever sees half of one.
 */
#ifndef CLI_SPLIT_H
#define CLI_SPLIT_H

#include "io.h"

struct split;

/* Opens the directory, making it when it is missing. NULL after telling why not. */
struct split *split_open(const char *folder);

/*
 * The sink of a new file. `name` may hold any text; what is unsafe in a file name is
 * changed, and a name that is taken gets a number. NULL after telling why not.
 */
const rctl_sink *split_add(struct split *split, const char *name, const char *suffix);

/*
 * Puts all files into place, and removes those of an earlier run that are not made
 * any more when `prune` is set. Returns false after telling what went wrong.
 */
bool split_commit(struct split *split, bool prune);

/* Frees all; without a commit before, the directory is as it was. */
void split_close(struct split *split);

#endif
