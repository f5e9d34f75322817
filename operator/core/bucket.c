/*
 * A token bucket as one number: the time at which it will be full again. A token is
 * there when that time is less than a burst of intervals away.
 */
#include "core/bucket.h"

void bucket_init(struct bucket *bucket, uint32_t per_second, uint32_t burst)
{
    bucket->interval = per_second ? CORE_SECOND / per_second : 0;
    bucket->burst = burst ? burst : 1;
    bucket->debt_end = CORE_AT_ONCE;
}

core_time bucket_reserve(struct bucket *bucket, core_time now)
{
    core_time ahead = bucket->interval * (core_time)(bucket->burst - 1), at;

    if (!bucket->interval)
        return now;
    bucket->debt_end = core_later(bucket->debt_end, now);
    at = core_later(now, bucket->debt_end - ahead);
    bucket->debt_end = core_after(bucket->debt_end, bucket->interval);
    return at;
}
