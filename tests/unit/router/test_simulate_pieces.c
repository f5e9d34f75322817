/* router/simulate_pieces: production-stack's prefixaware. */
#include "simulating.h"

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define PIECE HUNDRED TEN TEN "01234567"

TEST(simulate_pieces, counts_pieces_of_128)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "prefixaware");
    simulating_pool(&s, 2);
    cr_assert_str_eq(simulate(&s, ASK(PIECE) ASK(PIECE "x") ASK(PIECE "xy") ASK(HUNDRED)
                                      ASK(HUNDRED "x") ASK(HUNDRED) ASK("") ASK("")),
                     "?AB ?AB=1 ?AB=1 ?AB ?AB ?AB=4 ?AB ?AB");
    simulating_done(&s);
}

TEST(simulate_pieces, counts_characters_not_bytes)
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

TEST(simulate_pieces, joins_messages)
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

TEST(simulate_pieces, fails_without_a_prompt)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "prefixaware");
    simulating_pool(&s, 2);
    cr_assert_str_eq(simulate(&s, "{\"model\":\"m\"}"), "!500");
    simulating_done(&s);
}

/* One tree for all models: what is known of one model's endpoints does not bind another's. */
TEST(simulate_pieces, models_apart)
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
TEST(simulate_pieces, models_that_share_an_endpoint)
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
