/*
 * router/simulate_ring: the answers are those that uhashring 2.3 and vllm-router 0.1.17
 * gave for these URLs and keys.
 */
#include "simulating.h"

static void vllm_pool(struct simulating *s, const char *policy)
{
    simulating_init(s, "vllm-router", policy);
    simulating_add(s, "http://127.0.0.1:18101", "m");
    simulating_add(s, "http://127.0.0.1:18102", "m");
    simulating_add(s, "http://127.0.0.1:18103", "m");
    simulating_add(s, "http://127.0.0.1:18104", "m");
}

TEST(simulate_ring, production_stack_session)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "session");
    s.setup.session_header = "x-user-id";
    simulating_pool(&s, 3);
    cr_assert_str_eq(simulate(&s, ASK_WITH("X-User-ID", "alice") ASK_WITH("x-user-id", "bob")
                                      ASK_WITH("x-user-id", "carol") ASK_WITH("x-user-id", "dave")
                                          ASK_WITH("x-user-id", " erin\\t")
                                              ASK_WITH("x-user-id", "")),
                     "B A B B B A");
    simulating_done(&s);
}

TEST(simulate_ring, session_of_the_body_as_python_prints_it)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "session");
    s.setup.session_header = "user";
    simulating_pool(&s, 3);
    cr_assert_str_eq(simulate(&s, "{\"model\":\"m\",\"body\":{\"user\":\"alice\"}}"
                                  "{\"model\":\"m\",\"body\":{\"user\":42}}"
                                  "{\"model\":\"m\",\"body\":{\"user\":true}}"
                                  "{\"model\":\"m\",\"body\":{\"user\":1.5}}"),
                     "B A B ~ABC");
    simulating_done(&s);
}

/* The first in the list that got nothing; then the rate decides, which is not known. */
TEST(simulate_ring, without_a_session)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "session");
    s.setup.session_header = "x-user-id";
    simulating_pool(&s, 3);
    cr_assert_str_eq(simulate(&s, ASK_WITH("x-user-id", "bob") ASK("x") ASK("x") ASK("x")),
                     "A B C ~ABC");
    simulating_done(&s);
}

TEST(simulate_ring, vllm_router_headers_and_texts)
{
    struct simulating s;

    vllm_pool(&s, "consistent_hash");
    cr_assert_str_eq(
        simulate(&s, ASK_WITH("x-session-id", "s0") ASK_WITH("x-session-id", "s1")
                         ASK_WITH("x-session-id", "s2") ASK_WITH("x-session-id", "s3")
                             ASK_WITH("x-session-id", "s4") ASK_WITH("x-session-id", "s5")
                                 ASK_WITH("X-User-Id", "u1")),
        "B B A D B C D");
    cr_assert_str_eq(
        simulate(&s, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"nothing\"}]}"
                     ASK("user: Bob says hi") ASK("short")
                     "{\"model\":\"m\",\"body\":{\"messages\":[],\"session_params\":"
                     "{\"session_id\":\"p1\"}}}"
                     "{\"model\":\"m\",\"prompt\":[1,2,3]}"),
        "B D A C B");
    cr_assert_str_eq(simulate(&s, "{\"model\":\"m\",\"prompt\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}"),
                     "C");
    simulating_done(&s);
}

TEST(simulate_ring, sick_endpoints_are_not_on_it)
{
    struct simulating s;

    vllm_pool(&s, "consistent_hash");
    s.endpoints[1].healthy = s.endpoints[2].healthy = s.endpoints[3].healthy = false;
    cr_assert_str_eq(simulate(&s, ASK_WITH("x-session-id", "s0") ASK_WITH("x-session-id", "s3")),
                     "A A");
    simulating_done(&s);
}

TEST(simulate_ring, neither_text_nor_session)
{
    struct simulating s;

    vllm_pool(&s, "consistent_hash");
    cr_assert_str_eq(simulate(&s, "{\"model\":\"m\",\"body\":{\"input\":\"x\"}}"), "~ABCD");
    simulating_done(&s);
}

TEST(simulate_ring, sticky_least_loaded)
{
    struct simulating s;

    vllm_pool(&s, "sticky_least_loaded");
    cr_assert_str_eq(
        simulate(&s, ASK_WITH("x-session-id", "s0") ASK_WITH("x-session-id", "s1")
                         ASK_WITH("x-session-id", "s2") ASK_WITH("x-session-id", "s3")
                             ASK_WITH("x-session-id", "s4") ASK_WITH("x-session-id", "s5")
                                 ASK_WITH("X-User-Id", "u1") ASK("short") ASK("user: Bob says hi")
                                     ASK_WITH("x-session-id", "s1")),
        "D B A C D B A C C B");
    /* A prompt that is JSON may name a session, which is then counted. */
    cr_assert_str_eq(simulate(&s, ASK("{}") ASK("short") ASK_WITH("x-session-id", "s2")),
                     "~ABCD ~ABCD A");
    simulating_done(&s);
}
