/*
 * sim: runs the simulation for many seeds, or one of them with its story.
 *
 *   sim [--seeds N] [--from SEED]     as many seeds, counted from the first
 *   sim --seed SEED [--trace]         one; with --trace, told as it happens
 *
 * A seed that fails prints itself. Exit status 1 when any did, 2 for bad arguments.
 */
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_number(const char *text, uint64_t *ret_number)
{
    char *end;

    if (!text || *text < '0' || *text > '9')
        return false;
    *ret_number = strtoull(text, &end, 10);
    return *end == '\0';
}

int main(int argc, char **argv)
{
    uint64_t from = 1, seeds = 1000, failed = 0, writes = 0;
    static struct world world;
    bool trace = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            trace = true;
        } else if (strcmp(argv[i], "--seed") == 0 && read_number(argv[i + 1], &from)) {
            seeds = 1;
            i++;
        } else if ((strcmp(argv[i], "--seeds") == 0 && read_number(argv[i + 1], &seeds)) ||
                   (strcmp(argv[i], "--from") == 0 && read_number(argv[i + 1], &from))) {
            i++;
        } else {
            fprintf(stderr, "usage: %s [--seeds N] [--from SEED] | --seed SEED [--trace]\n",
                    argv[0]);
            return 2;
        }
    }
    for (uint64_t seed = from; seed < from + seeds; seed++) {
        bool held = world_run(&world, seed, trace);

        writes += world.writes;
        if (held)
            continue;
        failed++;
        printf("seed %" PRIu64 ": %s\n    again: %s --seed %" PRIu64 " --trace\n", seed,
               world.fault, argv[0], seed);
    }
    printf("%" PRIu64 " seeds, %" PRIu64 " failed, %" PRIu64 " writes\n", seeds, failed, writes);
    return failed ? 1 : 0;
}
