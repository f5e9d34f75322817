/*
 * opcore/backoff: the numbers that the facts give, the cap, chance from outside, and that
 * nothing overflows however long failures go on.
 */
#include "core/backoff.h"
#include "support/test.h"

TEST(opcore_backoff, doubles_to_the_cap)
{
    const core_time want[] = {5, 10, 20, 40, 80, 160};
    struct backoff backoff = {0};
    core_time wait = 0;

    for (size_t i = 0; i < 6; i++)
        cr_assert_eq(backoff_next(&backoff, &backoff_queue, 0, 0), want[i] * CORE_MS);
    for (int i = 0; i < 5000; i++)
        wait = backoff_next(&backoff, &backoff_queue, 0, 0);
    cr_assert_eq(wait, 5 * CORE_MINUTE);
    backoff_reset(&backoff);
    cr_assert_eq(backoff_next(&backoff, &backoff_queue, 0, 0), 5 * CORE_MS);
}

TEST(opcore_backoff, chance_adds_up_to_all_of_it)
{
    struct backoff backoff = {0};
    core_time least = CORE_NEVER, most = 0;

    for (int i = 0; i < 20; i++)
        backoff_next(&backoff, &backoff_watch, 0, 0);
    for (uint64_t r = 0; r < 10000; r++) {
        core_time wait =
            backoff_next(&backoff, &backoff_watch, 0, r * UINT64_C(0x9e3779b97f4a7c15));

        least = core_sooner(least, wait);
        most = core_later(most, wait);
    }
    cr_assert(least >= 30 * CORE_SECOND && least < 31 * CORE_SECOND);
    cr_assert(most <= 60 * CORE_SECOND && most > 59 * CORE_SECOND);
}

TEST(opcore_backoff, calm_starts_over)
{
    struct backoff backoff = {0};

    for (int i = 0; i < 10; i++)
        backoff_next(&backoff, &backoff_watch, 0, 0);
    cr_assert_eq(backoff_next(&backoff, &backoff_watch, 2 * CORE_MINUTE, 0), 30 * CORE_SECOND);
    cr_assert_eq(backoff_next(&backoff, &backoff_watch, 4 * CORE_MINUTE + 1, 0), 800 * CORE_MS);
}
