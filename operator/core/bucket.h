/*
 * bucket: so many a second, and a burst on top. Limits retries of the whole queue and,
 * where an option asks for it, requests of the client.
 */
#ifndef CORE_BUCKET_H
#define CORE_BUCKET_H

#include "core/clock.h"

struct bucket {
    core_time interval; /* between two tokens; 0 for no limit */
    uint32_t burst;     /* tokens that a full bucket holds, at least 1 */
    core_time debt_end; /* when it will be full again; in the past when it is */
};

/* A full bucket. per_second 0 means no limit; otherwise burst counts at least 1. */
void bucket_init(struct bucket *bucket, uint32_t per_second, uint32_t burst);

/* Takes one token, if need be from the future. Returns when it may be used, >= now. */
core_time bucket_reserve(struct bucket *bucket, core_time now);

#endif
