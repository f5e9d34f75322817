/* router/simulate_load: turns, lots and loads. */
#include "simulating.h"

TEST(simulate_load, production_stack_turns_by_url)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "roundrobin");
    simulating_add(&s, "http://c:1", "m");
    simulating_add(&s, "http://a:1", "m");
    simulating_add(&s, "http://b:1", "m");
    simulating_add(&s, "http://a:1", "m"); /* given twice, it has one turn */
    simulating_add(&s, "http://z:1", "n");
    cr_assert_str_eq(simulate(&s, ASK("1") ASK("2") ASK_OF("n") ASK("3") ASK("4") ASK_OF("o")),
                     "B C E A B !404");
    simulating_done(&s);
}

/* Two models behind the very same URLs share a counter. */
TEST(simulate_load, production_stack_counts_for_a_set_of_urls)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "roundrobin");
    simulating_add(&s, "http://a:1", "m");
    simulating_add(&s, "http://b:1", "m");
    simulating_add(&s, "http://a:1", "n");
    simulating_add(&s, "http://b:1", "n");
    cr_assert_str_eq(simulate(&s, ASK_OF("m") ASK_OF("n") ASK_OF("n") ASK_OF("m")), "A B A B");
    simulating_done(&s);
}

TEST(simulate_load, production_stack_looks_at_health_only_when_told)
{
    struct simulating s;

    simulating_init(&s, "production-stack", "roundrobin");
    simulating_pool(&s, 2);
    s.endpoints[0].healthy = false;
    cr_assert_str_eq(simulate(&s, ASK("1") ASK("2")), "A B");
    s.sim = NULL;
    s.setup.health_checks = true;
    cr_assert_str_eq(simulate(&s, ASK("1") ASK("2")), "B B");
    s.sim = NULL;
    s.endpoints[1].healthy = false;
    cr_assert_str_eq(simulate(&s, ASK("1")), "!503");
    simulating_done(&s);
}

TEST(simulate_load, aliases)
{
    static const struct router_sim_alias aliases[] = {{"best", "m"}};
    struct simulating s;

    simulating_init(&s, "production-stack", "roundrobin");
    simulating_pool(&s, 2);
    s.setup.aliases = aliases;
    s.setup.n_aliases = 1;
    cr_assert_str_eq(simulate(&s, ASK_OF("best") ASK("x")), "A B");
    simulating_done(&s);
}

TEST(simulate_load, turns_in_an_order_that_is_drawn)
{
    struct simulating s;

    simulating_init(&s, "vllm-router", "round_robin");
    simulating_pool(&s, 3);
    s.endpoints[1].healthy = false;
    cr_assert_str_eq(simulate(&s, ASK("1") ASK("2") ASK("3") ASK("4")), "?AC ?AC ?AC=1 ?AC=2");
    simulating_done(&s);
}

/* vllm-router and sglang-router send any model anywhere. */
TEST(simulate_load, routers_of_one_model)
{
    struct simulating s;

    simulating_init(&s, "sglang-router", "round_robin");
    simulating_pool(&s, 1);
    simulating_add(&s, "http://other:1", "n");
    cr_assert_str_eq(simulate(&s, ASK_OF("n")), "?AB");
    cr_assert(strstr(s.why, "only 1 of 2 engines serve 'n'"));
    cr_assert_str_eq(simulate(&s, ASK_OF("o")), "?AB");
    cr_assert(strstr(s.why, "no engine serves 'o'"));
    simulating_done(&s);
}

TEST(simulate_load, the_busiest_of_two_choices_never_wins)
{
    struct simulating s;

    simulating_init(&s, "vllm-router", "power_of_two");
    simulating_pool(&s, 3);
    s.endpoints[2].running = 2;
    s.endpoints[0].waiting = 1;
    cr_assert_str_eq(simulate(&s, ASK("x")), "?AB");
    s.sim = NULL;
    s.endpoints[0].running = 1;
    cr_assert_str_eq(simulate(&s, ASK("x")), "?ABC");
    simulating_done(&s);
}

TEST(simulate_load, cache_aware_without_flight_is_one_endpoint)
{
    struct simulating s;

    simulating_init(&s, "vllm-router", "cache_aware");
    simulating_pool(&s, 3);
    cr_assert_str_eq(simulate(&s, ASK("1") ASK("2")), "?ABC ?ABC=1");
    s.sim = NULL;
    s.endpoints[0].running = s.endpoints[2].waiting = 1;
    cr_assert_str_eq(simulate(&s, ASK("1") ASK("2")), "B B");
    simulating_done(&s);
}

TEST(simulate_load, smg_leaves_out_what_is_overloaded)
{
    struct simulating s;

    simulating_init(&s, "smg", "random");
    simulating_pool(&s, 3);
    s.endpoints[0].waiting = 8;
    s.endpoints[2].kv_usage = 0.8;
    cr_assert_str_eq(simulate(&s, ASK("x")), "B");
    s.sim = NULL;
    s.setup.overload_waiting = 9;
    cr_assert_str_eq(simulate(&s, ASK("x")), "?AB");
    s.sim = NULL;
    s.setup.no_overload_protection = true;
    cr_assert_str_eq(simulate(&s, ASK("x")), "?ABC");
    s.sim = NULL;
    s.setup.no_overload_protection = false;
    s.endpoints[0].kv_usage = s.endpoints[1].kv_usage = 0.9;
    cr_assert_str_eq(simulate(&s, ASK("x")), "~ABC");
    simulating_done(&s);
}

/* A waiting request is worth 1024 tokens, as is each that was sent since the last look. */
TEST(simulate_load, smg_least_load_reaches_further_with_each_request)
{
    struct simulating s;

    simulating_init(&s, "smg", "least_load");
    simulating_pool(&s, 3);
    s.endpoints[0].waiting = 2;
    s.endpoints[1].kv_usage = 0.1;
    s.endpoints[2].waiting = 7;
    cr_assert_str_eq(simulate(&s, ASK("1") ASK("2") ASK("3") ASK("4") ASK("5") ASK("6") ASK("7")
                                      ASK("8")),
                     "B B ~BA ~BA ~BA ~BA ~BA ~BAC");
    simulating_done(&s);
}

TEST(simulate_load, smg_least_load_draws_equals)
{
    struct simulating s;

    simulating_init(&s, "smg", "least_load");
    simulating_pool(&s, 2);
    cr_assert_str_eq(simulate(&s, ASK("1") ASK("2")), "?AB ?AB");
    s.sim = NULL;
    s.endpoints[0].kv_usage = -1;
    cr_assert_str_eq(simulate(&s, ASK("1")), "~AB");
    simulating_done(&s);
}

TEST(simulate_load, nothing_is_healthy)
{
    struct simulating s;

    simulating_init(&s, "smg", "random");
    simulating_pool(&s, 1);
    s.endpoints[0].healthy = false;
    cr_assert_str_eq(simulate(&s, ASK("x") ASK_OF("n")), "!503 !404");
    s.sim = NULL;
    s.n_endpoints = 0;
    s.setup.router = "vllm-router";
    cr_assert_str_eq(simulate(&s, ASK("x")), "!503");
    simulating_done(&s);
}

TEST(simulate_load, refused_policies)
{
    struct router_sim_setup setup = {.router = "production-stack", .policy = "kvaware"};

    cr_assert(router_sim_refuses(&setup));
    setup.policy = "session";
    cr_assert(router_sim_refuses(&setup));
    setup.session_header = "x-user-id";
    cr_assert_null(router_sim_refuses(&setup));
    setup.policy = "round_robin";
    cr_assert(router_sim_refuses(&setup), "the name is vllm-router's");
    cr_assert_str_eq(router_sim_release(&setup), "production-stack 0.1.12");
}
