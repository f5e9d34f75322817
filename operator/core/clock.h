/*
 * clock: time as an argument. The core never asks what time it is; each call is told.
 *
 * A core_time is in nanoseconds on a clock that never goes back and goes on while the
 * machine sleeps (CLOCK_BOOTTIME). Times of the wall are int64_t nanoseconds since
 * 1970; they are passed through to objects and never compared.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

typedef int64_t core_time;

#define CORE_NEVER INT64_MAX
#define CORE_AT_ONCE INT64_MIN
#define CORE_MS INT64_C(1000000)
#define CORE_SECOND (1000 * CORE_MS)
#define CORE_MINUTE (60 * CORE_SECOND)

/* `at` and a span of no less than 0; at the end of time the sum stays there. */
static inline core_time core_after(core_time at, core_time span)
{
    return at > CORE_NEVER - span ? CORE_NEVER : at + span;
}

static inline core_time core_sooner(core_time a, core_time b)
{
    return a < b ? a : b;
}

static inline core_time core_later(core_time a, core_time b)
{
    return a > b ? a : b;
}

/* A part of a span, from nothing to all of it, as a random number says. */
static inline core_time core_share(core_time span, uint64_t random)
{
    return (core_time)(random % ((uint64_t)span + 1));
}

#endif
