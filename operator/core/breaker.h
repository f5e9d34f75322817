/*
 * breaker: stands between a list that shrank and the deletions that follow from it. A
 * server that lost data, came back from a backup or lost a kind must not make us delete
 * everything. One breaker for each kind whose objects own others.
 *
 * After a list in which objects were missing, deletions are counted. When they would be
 * more than 10 and more than a fifth of what is managed, the breaker opens: nothing is
 * deleted until two consistent lists, 30 s apart, agree with what we believe there is.
 */
#ifndef CORE_BREAKER_H
#define CORE_BREAKER_H

#include "core/clock.h"

#include <stdbool.h>

struct breaker_limits {
    uint32_t floor;    /* so many deletions, and differences of two lists, are everyday */
    uint32_t percent;  /* of the managed objects, when that is more deletions */
    core_time apart;   /* between two lists that agree */
    core_time suspect; /* so long after it shrank, a list is doubted */
};

extern const struct breaker_limits breaker_default; /* 10, 20 %, 30 s, 10 min */

struct breaker {
    const struct breaker_limits *limits;
    bool suspicious;  /* a list shrank and was not confirmed */
    bool open;        /* nothing may be deleted */
    bool first_half;  /* one consistent list came since the doubt, at `since` */
    core_time since;  /* when the list came that is doubted, or its first half */
    uint32_t deleted; /* allowed since then */
};

void breaker_init(struct breaker *breaker, const struct breaker_limits *limits);

/*
 * A complete list came in place of what we believed: `appeared` objects were new in it
 * and `vanished` ones missing. Only a list without resourceVersion is `consistent` and
 * can confirm another. Events keep what we believe up to date in between, so lists
 * agree under change, too.
 */
void breaker_listed(struct breaker *breaker, uint32_t appeared, uint32_t vanished,
                    bool consistent, core_time now);

/*
 * May `wanted` more objects of `managed` be deleted? False opens the breaker: set the
 * condition, count it, delete none of them, and ask again after the next list.
 */
bool breaker_ask(struct breaker *breaker, uint32_t wanted, uint32_t managed, core_time now);

/* When an open breaker needs a consistent list; CORE_NEVER while it is closed. */
core_time breaker_due(const struct breaker *breaker);

#endif
