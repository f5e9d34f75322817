/* Doubts a list that shrank, before much is deleted because of it. */
#include "core/breaker.h"

const struct breaker_limits breaker_default = {10, 20, 30 * CORE_SECOND, 10 * CORE_MINUTE};

void breaker_init(struct breaker *breaker, const struct breaker_limits *limits)
{
    *breaker = (struct breaker){.limits = limits};
}

static void doubt(struct breaker *breaker, bool consistent, core_time now)
{
    breaker->suspicious = true;
    breaker->first_half = consistent;
    breaker->since = now;
}

void breaker_listed(struct breaker *breaker, uint32_t appeared, uint32_t vanished,
                    bool consistent, core_time now)
{
    if (!breaker->suspicious) {
        if (vanished) {
            breaker->deleted = 0;
            doubt(breaker, consistent, now);
        }
    } else if ((uint64_t)appeared + vanished > breaker->limits->floor) {
        doubt(breaker, consistent, now);
    } else if (consistent && !breaker->first_half) {
        doubt(breaker, consistent, now);
    } else if (consistent && now - breaker->since >= breaker->limits->apart) {
        breaker->suspicious = breaker->open = false;
    }
}

bool breaker_ask(struct breaker *breaker, uint32_t wanted, uint32_t managed, core_time now)
{
    uint64_t limit = (uint64_t)managed * breaker->limits->percent / 100;

    if (limit < breaker->limits->floor)
        limit = breaker->limits->floor;
    if (breaker->open)
        return false;
    if (!breaker->suspicious || now - breaker->since > breaker->limits->suspect) {
        breaker->suspicious = false;
        return true;
    }
    if ((uint64_t)breaker->deleted + wanted > limit) {
        breaker->open = true;
        return false;
    }
    breaker->deleted += wanted;
    return true;
}

core_time breaker_due(const struct breaker *breaker)
{
    if (!breaker->open)
        return CORE_NEVER;
    return breaker->first_half ? core_after(breaker->since, breaker->limits->apart)
                               : CORE_AT_ONCE;
}
