/* Exponential waiting with chance. */
#include "core/backoff.h"

const struct backoff_limits backoff_watch = {800 * CORE_MS, 30 * CORE_SECOND, 2 * CORE_MINUTE, 100};
const struct backoff_limits backoff_missing = {10 * CORE_SECOND, 5 * CORE_MINUTE, 0, 10};
const struct backoff_limits backoff_queue = {5 * CORE_MS, 5 * CORE_MINUTE, 0, 10};

core_time backoff_next(struct backoff *backoff, const struct backoff_limits *limits,
                       core_time now, uint64_t random)
{
    core_time wait = limits->first;

    if (limits->calm && backoff->failures && now - backoff->last > limits->calm)
        backoff->failures = 0;
    for (unsigned i = 0; i < backoff->failures && wait < limits->cap; i++)
        wait = wait > limits->cap / 2 ? limits->cap : 2 * wait;
    if (backoff->failures < 1000)
        backoff->failures++;
    backoff->last = now;
    wait = core_sooner(wait, limits->cap);
    return wait + core_share(wait / 100 * (core_time)limits->jitter_percent, random);
}

void backoff_reset(struct backoff *backoff)
{
    backoff->failures = 0;
}
