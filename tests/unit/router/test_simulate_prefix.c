/* router/simulate_prefix: trees of prompts. */
#include "simulating.h"

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define PIECE HUNDRED TEN TEN "01234567"

TEST(simulate_prefix, production_stack_counts_pieces_of_128)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "prefixaware");
    simulating_pool(&s, 2);
    cr_assert_str_eq(simulate(&s, ASK(PIECE) ASK(PIECE "x") ASK(PIECE "xy") ASK(HUNDRED)
                                      ASK(HUNDRED "x") ASK(HUNDRED) ASK("") ASK("")),
                     "?AB ?AB=1 ?AB=1 ?AB ?AB ?AB=4 ?AB ?AB");
    simulating_done(&s);
}

TEST(simulate_prefix, production_stack_counts_characters_not_bytes)
{
    struct simulating s;
    struct base_buf text;

    simulating_init(&s, "production-stack", "prefixaware");
    simulating_pool(&s, 2);
    base_buf_init(&text, &s.memory.arena, NULL);
    for (int n = 0; n < 2; n++) {
        base_buf_puts(&text, "{\"model\":\"m\",\"prompt\":\"");
        for (int i = 0; i < 128; i++)
            base_buf_puts(&text, "\xe6\xbc\xa2");
        base_buf_puts(&text, n ? "b\"}" : "a\"}");
    }
    cr_assert_str_eq(simulate(&s, text.data), "?AB ?AB=1");
    simulating_done(&s);
}

TEST(simulate_prefix, production_stack_joins_messages)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "prefixaware");
    simulating_pool(&s, 2);
    cr_assert_str_eq(
        simulate(&s, "{\"model\":\"m\",\"messages\":[{\"content\":\"a\"},{\"content\":null},"
                     "{\"content\":[{\"type\":\"text\",\"text\":\"b\"},{\"type\":\"image\"},"
                     "{\"type\":\"text\",\"text\":\"c\"}]}]}"
                     "{\"model\":\"m\",\"prompt\":\"a\\nb c\"}"),
        "?AB ?AB=1");
    simulating_done(&s);
}

TEST(simulate_prefix, production_stack_fails_without_a_prompt)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "prefixaware");
    simulating_pool(&s, 2);
    cr_assert_str_eq(simulate(&s, "{\"model\":\"m\"}"), "!500");
    simulating_done(&s);
}

/* One tree for all models: what is known of one model's endpoints does not bind another's. */
TEST(simulate_prefix, production_stack_models_apart)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "prefixaware");
    simulating_pool(&s, 2);
    simulating_add(&s, "http://x:1", "n");
    simulating_add(&s, "http://y:1", "n");
    cr_assert_str_eq(simulate(&s, ASK_OF("m") ASK_OF("n") ASK_OF("n") ASK_OF("m")),
                     "?AB ?CD ?CD=2 ?AB=1");
    simulating_done(&s);
}

/* A URL that serves both models may have the other's prompt, or not. */
TEST(simulate_prefix, production_stack_models_that_share_an_endpoint)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "prefixaware");
    simulating_pool(&s, 2);
    simulating_add(&s, "http://10.0.0.2:8000", "n");
    simulating_add(&s, "http://y:1", "n");
    cr_assert_str_eq(simulate(&s, ASK_OF("m") ASK_OF("n")), "?AB ~BD");
    s.sim = NULL;
    s.n_endpoints = 3; /* the only one of its model */
    cr_assert_str_eq(simulate(&s, ASK_OF("n") ASK_OF("m") ASK_OF("n")), "B B B");
    simulating_done(&s);
}

TEST(simulate_prefix, smg_follows_more_than_the_threshold)
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
TEST(simulate_prefix, smg_draws_among_those_that_know)
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
TEST(simulate_prefix, smg_counts_characters)
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

TEST(simulate_prefix, smg_gives_prefixes_up_when_a_cache_is_full)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 2);
    s.setup.overload_usage = 0.5;
    s.endpoints[0].kv_usage = s.endpoints[1].kv_usage = 0.6;
    cr_assert_str_eq(simulate(&s, ASK("same") ASK("same")), "?AB ?AB");
    simulating_done(&s);
}

TEST(simulate_prefix, smg_may_leave_a_busy_endpoint)
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

TEST(simulate_prefix, smg_models_apart)
{
    struct simulating s;

    simulating_init(&s, "smg", "cache_aware");
    simulating_pool(&s, 2);
    simulating_add(&s, "http://x:1", "n");
    cr_assert_str_eq(simulate(&s, ASK_OF("m") ASK_OF("n") ASK_OF("m")), "?AB C ?AB=1");
    simulating_done(&s);
}

/* Every prompt splits an edge, then each is found again. */
TEST(simulate_prefix, smg_splits)
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
