/*
 * process: programs that are started, watched and always reaped, each in a process group
 * of its own, so that what it starts itself ends with it.
 */
#ifndef RUN_PROCESS_H
#define RUN_PROCESS_H

#include "../pool.h"

#include <stdio.h>
#include <sys/types.h>

enum { PROCESS_LINES = 12 }; /* of a log that process_tail() shows */

struct process {
    pid_t pid; /* 0: not started, or ended and reaped */
    const char *name, *log;
    int status; /* of wait(), once it has ended */
};

/* The file that a program's name stands for, by PATH; NULL when there is none. */
const char *process_find(struct pool *pool, const char *program);
/*
 * `words` begin with the program. `env` is added to what programs need of ours. Output goes
 * to `log`, the working folder is `folder`. False after telling why in `why`.
 */
bool process_start(struct process *process, struct pool *pool, const struct texts *words,
                   const struct texts *env, const char *folder, const char **why);
/* Whether it still runs; reaps it when not. */
bool process_runs(struct process *process);
/* "ended with status 1", "was ended by signal 9". */
const char *process_ending(const struct process *process, struct pool *pool);
/* Writes the last lines of its log. */
void process_tail(const struct process *process, FILE *to);
/* Asks all to end, then makes them. */
void process_stop_all(struct process *processes, size_t n);

#endif
