/* router/simulate_session: what is bound stays bound, and wins over the policy. */
#include "simulating.h"

static void smg_pool(struct simulating *s, const char *policy, const char *header)
{
    simulating_init(s, "smg", policy);
    s->setup.routing_key_override = true;
    s->setup.session_header = header;
    simulating_pool(s, 3);
}

TEST(simulate_session, smg_binds_where_the_policy_sent_it)
{
    struct simulating s;

    smg_pool(&s, "cache_aware", "X-User-Id");
    cr_assert_str_eq(
        simulate(&s, ASK_WITH("x-user-id", "u1") ASK_WITH("x-user-id", "u1")
                         ASK_WITH("x-user-id", "u2") ASK("something else entirely")
                             ASK_WITH("x-smg-routing-key", "u1")),
        "?ABC ?ABC=1 ?ABC=1 ?ABC ?ABC=1");
    simulating_done(&s);
}

TEST(simulate_session, smg_header_by_default)
{
    struct simulating s;

    smg_pool(&s, "random", NULL);
    cr_assert_str_eq(simulate(&s, ASK_WITH("x-smg-routing-key", "u") ASK_WITH("x-user-id", "u")
                                      ASK_WITH("x-smg-routing-key", "u")),
                     "?ABC ?ABC ?ABC=1");
    simulating_done(&s);
}

TEST(simulate_session, smg_turns_and_retries_are_one_conversation)
{
    struct simulating s;

    smg_pool(&s, "random", "x-user-id");
    cr_assert_str_eq(
        simulate(&s, ASK_WITH("x-user-id", "c_t1") ASK_WITH("x-user-id", "c_t2_r1")
                         ASK_WITH("x-user-id", "c_r7") ASK_WITH("x-user-id", "c")
                             ASK_WITH("x-user-id", "c_r1_t2") ASK_WITH("x-user-id", "_t1")
                                 ASK_WITH("x-user-id", "c_t") ASK_WITH("x-user-id", "")),
        "?ABC ?ABC=1 ?ABC=1 ?ABC=1 ?ABC ?ABC ?ABC ?ABC");
    simulating_done(&s);
}

TEST(simulate_session, smg_falls_back_to_the_request_id_of_the_body)
{
    struct simulating s;

    smg_pool(&s, "random", "x-user-id");
    cr_assert_str_eq(simulate(&s, "{\"model\":\"m\",\"body\":{\"rid\":\"a_t1\"}}"
                                  "{\"model\":\"m\",\"body\":{\"rid\":\"a\"}}"
                                  "{\"model\":\"m\",\"body\":{\"rid\":\"a\"},"
                                  "\"headers\":{\"x-user-id\":\"u\"}}"),
                     "?ABC ?ABC=1 ?ABC");
    simulating_done(&s);
}

/* A session is kept for two models, the newest first. */
TEST(simulate_session, smg_over_models)
{
#define USER(model) "{\"model\":\"" model "\",\"headers\":{\"x-user-id\":\"u\"}}"
    struct simulating s;

    smg_pool(&s, "random", "x-user-id");
    simulating_add(&s, "http://x:1", "n");
    simulating_add(&s, "http://y:1", "n");
    simulating_add(&s, "http://z:1", "o");
    cr_assert_str_eq(simulate(&s, USER("m") USER("n") USER("m") USER("o") USER("n") USER("m")),
                     "?ABC ?DE ?ABC=1 F ?DE=2 ?ABC");
    simulating_done(&s);
}

TEST(simulate_session, smg_only_when_asked)
{
    struct simulating s;

    smg_pool(&s, "random", "x-user-id");
    s.setup.routing_key_override = false;
    cr_assert_str_eq(simulate(&s, ASK_WITH("x-user-id", "u") ASK_WITH("x-user-id", "u")),
                     "?ABC ?ABC");
    simulating_done(&s);
}

TEST(simulate_session, sglang_router_manual)
{
    struct simulating s;

    simulating_init(&s, "sglang-router", "manual");
    simulating_pool(&s, 2);
    cr_assert_str_eq(
        simulate(&s, ASK_WITH("X-SMG-Routing-Key", "k") ASK("x") ASK_WITH("x-smg-routing-key", "k")
                         ASK_WITH("x-smg-routing-key", "l")),
        "?AB ?AB ?AB=1 ?AB");
    s.sim = NULL;
    s.setup.assignment_mode = "min_load";
    s.endpoints[0].running = 1;
    cr_assert_str_eq(simulate(&s, ASK_WITH("x-smg-routing-key", "k") ASK("x")), "B B");
    simulating_done(&s);
}
