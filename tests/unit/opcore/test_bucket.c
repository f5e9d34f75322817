/* opcore/bucket: the rate and the burst, against counting, and no limit at all. */
#include "core/bucket.h"
#include "support/test.h"

TEST(opcore_bucket, burst_then_rate)
{
    struct bucket bucket;

    bucket_init(&bucket, 10, 100);
    for (int i = 0; i < 100; i++)
        cr_assert_eq(bucket_reserve(&bucket, 7), 7, "token %d", i);
    for (int i = 1; i <= 50; i++)
        cr_assert_eq(bucket_reserve(&bucket, 7), 7 + i * 100 * CORE_MS);
    /* 5 s later the debt is paid and nothing is saved. */
    cr_assert_eq(bucket_reserve(&bucket, 7 + 5 * CORE_SECOND), 7 + 5 * CORE_SECOND + 100 * CORE_MS);
}

TEST(opcore_bucket, fills_to_the_burst_only)
{
    struct bucket bucket;

    bucket_init(&bucket, 10, 3);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(bucket_reserve(&bucket, CORE_MINUTE), CORE_MINUTE);
    cr_assert_gt(bucket_reserve(&bucket, CORE_MINUTE), CORE_MINUTE);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(bucket_reserve(&bucket, 9 * CORE_MINUTE), 9 * CORE_MINUTE);
    cr_assert_gt(bucket_reserve(&bucket, 9 * CORE_MINUTE), 9 * CORE_MINUTE);
}

TEST(opcore_bucket, never_more_than_rate_and_burst_in_any_window)
{
    struct bucket bucket;
    core_time at[2000], now = 0;
    uint64_t random = 1;

    bucket_init(&bucket, 20, 30);
    for (size_t i = 0; i < 2000; i++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        now += (core_time)((random >> 33) % (90 * (uint64_t)CORE_MS));
        at[i] = bucket_reserve(&bucket, now);
        cr_assert(at[i] >= now && (i == 0 || at[i] >= at[i - 1]));
        if (i >= 50)
            cr_assert(at[i] - at[i - 50] >= CORE_SECOND, "51 tokens in a second, at %zu", i);
    }
}

TEST(opcore_bucket, no_limit)
{
    struct bucket bucket;

    bucket_init(&bucket, 0, 0);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(bucket_reserve(&bucket, 5), 5);
}
