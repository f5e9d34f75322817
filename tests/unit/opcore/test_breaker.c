/* opcore/breaker: what opens it, what closes it, and what it lets through. */
#include "core/breaker.h"
#include "support/test.h"

static struct breaker fresh(void)
{
    struct breaker breaker;

    breaker_init(&breaker, &breaker_default);
    return breaker;
}

TEST(opcore_breaker, silent_without_a_list_that_shrank)
{
    struct breaker breaker = fresh();

    breaker_listed(&breaker, 500, 0, true, 0);
    cr_assert(breaker_ask(&breaker, 500, 500, CORE_SECOND));
    cr_assert_eq(breaker_due(&breaker), CORE_NEVER);
}

TEST(opcore_breaker, counts_over_many_small_asks)
{
    struct breaker breaker = fresh();

    breaker_listed(&breaker, 0, 30, true, 0);
    for (int i = 0; i < 20; i++)
        cr_assert(breaker_ask(&breaker, 1, 100, CORE_SECOND), "ask %d", i);
    cr_assert_not(breaker_ask(&breaker, 1, 100, CORE_SECOND));
    cr_assert_not(breaker_ask(&breaker, 0, 100, CORE_SECOND), "open means open");
}

TEST(opcore_breaker, ten_are_always_allowed)
{
    struct breaker breaker = fresh();

    breaker_listed(&breaker, 0, 1, false, 0);
    cr_assert(breaker_ask(&breaker, 10, 12, 0));
    cr_assert_not(breaker_ask(&breaker, 1, 12, 0));
}

TEST(opcore_breaker, closes_after_two_lists_that_agree)
{
    struct breaker breaker = fresh();
    core_time now = 0;

    breaker_listed(&breaker, 0, 400, false, now);
    cr_assert_not(breaker_ask(&breaker, 400, 500, now));
    cr_assert_eq(breaker_due(&breaker), CORE_AT_ONCE, "the first was no consistent one");
    breaker_listed(&breaker, 0, 0, true, now += CORE_SECOND);
    cr_assert_eq(breaker_due(&breaker), now + 30 * CORE_SECOND);
    breaker_listed(&breaker, 0, 0, true, now += 20 * CORE_SECOND);
    cr_assert_not(breaker_ask(&breaker, 1, 500, now), "too soon to count");
    breaker_listed(&breaker, 3, 2, true, now += 10 * CORE_SECOND);
    cr_assert(breaker_ask(&breaker, 400, 500, now), "everyday change is no disagreement");
}

TEST(opcore_breaker, stays_open_when_objects_come_back)
{
    struct breaker breaker = fresh();
    core_time now = 0;

    breaker_listed(&breaker, 0, 400, true, now);
    cr_assert_not(breaker_ask(&breaker, 400, 500, now));
    breaker_listed(&breaker, 400, 0, true, now += CORE_MINUTE);
    cr_assert_not(breaker_ask(&breaker, 1, 500, now));
    breaker_listed(&breaker, 0, 0, true, now += CORE_MINUTE);
    cr_assert(breaker_ask(&breaker, 1, 500, now));
}

TEST(opcore_breaker, suspicion_fades)
{
    struct breaker breaker = fresh();

    breaker_listed(&breaker, 0, 5, true, 0);
    cr_assert(breaker_ask(&breaker, 9, 10, 0));
    cr_assert(breaker_ask(&breaker, 500, 500, 11 * CORE_MINUTE));
}
