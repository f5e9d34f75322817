/* router/simulate_read: what is taken from a snapshot, and what is told of it. */
#include "simulating.h"

static struct router_sim_endpoint *read_endpoints(struct simulating *s, const char *text,
                                                  size_t *ret_n)
{
    static const char *const files[] = {"endpoints"};
    struct router_sim_source source = {.arena = &s->memory.arena,
                                       .keys = text_interner_new(&s->memory.arena),
                                       .limits = &text_limits_default,
                                       .diags = &s->diags,
                                       .data = text,
                                       .len = strlen(text)};

    s->diags.files = files;
    s->diags.n_files = 1;
    return router_sim_read_endpoints(&source, ret_n);
}

TEST(simulate_read, endpoints_and_their_defaults)
{
    struct simulating s;
    struct router_sim_endpoint *endpoints;
    size_t n;

    simulating_init(&s, "smg", "random");
    endpoints = read_endpoints(&s, "{\"endpoints\":[{\"url\":\"http://a\",\"model\":\"m\"},"
                                   "{\"url\":\"http://b\",\"model\":\"n\",\"healthy\":false,"
                                   "\"running\":3,\"waiting\":2,\"kvUsage\":0.5,"
                                   "\"throughput\":900}]}",
                               &n);
    cr_assert_eq(n, 2);
    cr_assert_eq(s.diags.n_items, 0);
    cr_assert(endpoints[0].healthy && endpoints[0].kv_usage < 0 && endpoints[0].running == 0);
    cr_assert_str_eq(endpoints[1].model, "n");
    cr_assert(!endpoints[1].healthy && endpoints[1].running == 3 && endpoints[1].waiting == 2);
    cr_assert_eq(endpoints[1].kv_usage, 0.5);
    cr_assert_eq(endpoints[1].throughput, 900);
    simulating_done(&s);
}

TEST(simulate_read, faults_are_all_told)
{
    static const struct {
        const char *text, *want; /* a part of the first message */
    } cases[] = {
        {"{\"model\":\"m\",\"hedaers\":{}}", "unknown field 'hedaers'"},
        {"{\"prompt\":\"x\"}", "names no model"},
        {"{\"model\":1}", "expected a string"},
        {"{\"model\":\"m\",\"body\":[]}", "'body' is not a map"},
        {"{\"model\":\"m\",\"body\":{\"model\":\"n\"}}", "asks for model 'n'"},
        {"{\"body\":{\"model\":7}}", "'model' of the body is not a string"},
        {"{\"model\":\"m\",\"body\":{},\"prompt\":\"\"}", "'prompt' stands beside 'body'"},
        {"{\"model\":\"m\",\"headers\":{\"a\":1}}", "expected a string"},
        {"{\"model\":\"m\"", "ends too early"},
    };

    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct simulating s;

        simulating_init(&s, "smg", "random");
        simulating_pool(&s, 1);
        cr_assert_str_eq(simulate(&s, cases[i].text), "", "case %zu", i);
        cr_assert_eq(s.diags.n_items, 1, "case %zu: %zu", i, s.diags.n_items);
        cr_assert(strstr(s.diags.items[0]->told.message, cases[i].want), "case %zu: %s", i,
                  s.diags.items[0]->told.message);
        simulating_done(&s);
    }
}

TEST(simulate_read, a_fault_leaves_the_others_alone)
{
    struct simulating s;

    simulating_init(&s, "smg", "random");
    simulating_pool(&s, 1);
    cr_assert_str_eq(simulate(&s, "{\"model\":\"m\"}\n{\"modl\":\"m\"}\n"
                                  "{\"body\":{\"model\":\"m\"}}"),
                     "A A");
    cr_assert_eq(s.diags.n_items, 2);
    cr_assert_eq(s.diags.items[0]->told.place.line, 2);
    simulating_done(&s);
}
