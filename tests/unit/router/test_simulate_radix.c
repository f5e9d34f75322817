/* router/simulate_radix: smg's cache_aware. */
#include "simulating.h"

TEST(simulate_radix, follows_more_than_the_threshold)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 2);
    cr_assert_str_eq(simulate(&s, ASK("abcde_____") ASK("abc-------") ASK("abcd++++++")
                                      ASK("abcde")),
                     "?AB ?AB ?AB=1 ?AB=1");
    s.sim = NULL;
    s.setup.cache_threshold = 0.35;
    cr_assert_str_eq(simulate(&s, ASK("abcde_____") ASK("abcd++++++") ASK("abc--")),
                     "?AB ?AB=1 ?AB=1");
    simulating_done(&s);
}

/* Two prompts with one beginning went apart: the beginning alone is drawn among both. */
TEST(simulate_radix, draws_among_those_that_know)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 3);
    cr_assert_str_eq(simulate(&s, ASK("ab________") ASK("ab--------") ASK("ab") ASK("ab--")),
                     "?ABC ?ABC ?ABC ?ABC=2");
    cr_assert(strstr(s.why, "where request 2 went"));
    simulating_done(&s);
}

/* Characters of one lead byte are not alike; the middle of one is no place to part. */
TEST(simulate_radix, counts_characters)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 2);
    s.setup.cache_threshold = 0.5;
    cr_assert_str_eq(simulate(&s, ASK("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9")
                                      ASK("\xc3\xa9\xc3\xa9\xc3\xa8\xc3\xa8")
                                          ASK("\xc3\xa9\xc3\xa9\xc3\xa9zz")
                                              ASK("\xc3\xa8\xc3\xa9")),
                     "?AB ?AB ?AB=1 ?AB");
    simulating_done(&s);
}

TEST(simulate_radix, gives_prefixes_up_when_a_cache_is_full)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 2);
    s.setup.overload_usage = 0.5;
    s.endpoints[0].kv_usage = s.endpoints[1].kv_usage = 0.6;
    cr_assert_str_eq(simulate(&s, ASK("same") ASK("same")), "?AB ?AB");
    simulating_done(&s);
}

TEST(simulate_radix, may_leave_a_busy_endpoint)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 3);
    cr_assert_str_eq(simulate(&s, ASK("same") ASK("same")), "?ABC ?ABC=1");
    s.sim = NULL;
    s.endpoints[0].running = 30;
    cr_assert_str_eq(simulate(&s, ASK("same") ASK("same")), "?ABC ~ABC");
    simulating_done(&s);
}

TEST(simulate_radix, models_apart)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 2);
    simulating_add(&s, "http://x:1", "n");
    cr_assert_str_eq(simulate(&s, ASK_OF("m") ASK_OF("n") ASK_OF("m")), "?AB C ?AB=1");
    simulating_done(&s);
}

/* Every prompt splits an edge, then each is found again. */
TEST(simulate_radix, splits)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 2);
    s.setup.cache_threshold = 0.99;
    cr_assert_str_eq(simulate(&s, ASK("aaaa") ASK("aaab") ASK("aab") ASK("ab") ASK("b") ASK("aaaa")
                                      ASK("aaab") ASK("aab") ASK("ab") ASK("b")),
                     "?AB ?AB ?AB ?AB ?AB ?AB=1 ?AB=2 ?AB=3 ?AB=4 ?AB=5");
    simulating_done(&s);
}

/* More children than a node holds itself, and one of those parted. */
TEST(simulate_radix, many_children)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 2);
    s.setup.cache_threshold = 0.99;
    cr_assert_str_eq(simulate(&s, ASK("xa") ASK("xb") ASK("xc") ASK("xd") ASK("xe11") ASK("xf")
                                      ASK("xe12") ASK("xa2")),
                     "?AB ?AB ?AB ?AB ?AB ?AB ?AB ?AB");
    cr_assert_str_eq(simulate(&s, ASK("xa") ASK("xe11") ASK("xe12") ASK("xf") ASK("xa2")),
                     "?AB ?AB=5 ?AB=7 ?AB=6 ?AB=8");
    simulating_done(&s);
}
