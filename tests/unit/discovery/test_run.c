/* What holds for every provider: order, repeated endpoints, limits, callbacks, memory. */
#include "probe.h"

/* ---- order ---- */

static const char *const groups[] = {
    "- {targets: [\"10.0.0.1:1\", \"10.0.0.3:1\"]}\n",
    "- {targets: [\"10.0.0.1:1\"], labels: {model: b}}\n",
    "- {targets: [\"10.0.0.1:1\"], labels: {model: a, role: decode}}\n",
    "- {targets: [\"10.0.0.1:1\"], labels: {model: a, role: prefill, bootstrap_port: 5}}\n",
    "- {targets: [\"10.0.0.2:1\"], labels: {weight: 3}}\n",
    "- {targets: [\"10.0.0.2:1\"], labels: {weight: 2}}\n",
};

TEST(run, the_order_of_the_input_does_not_matter)
{
    static const char expected[] =
        "http://10.0.0.1:1 - 0 1 0; http://10.0.0.1:1 a 1 1 5; http://10.0.0.1:1 a 2 1 0; "
        "http://10.0.0.1:1 b 0 1 0; http://10.0.0.2:1 - 0 2 0; http://10.0.0.3:1 - 0 1 0";

    for (size_t start = 0; start < BASE_COUNT(groups); start++) {
        for (size_t step = 1; step < BASE_COUNT(groups); step += 4) { /* 1 and 5 */
            struct probe probe;
            struct base_buf text;

            probe_init(&probe);
            base_buf_init(&text, &probe.memory.arena, NULL);
            for (size_t i = 0; i < BASE_COUNT(groups); i++)
                base_buf_puts(&text, groups[(start + i * step) % BASE_COUNT(groups)]);
            cr_assert_str_eq(probe_run(&probe, &discovery_file, text.data), expected, "%s",
                             text.data);
            cr_assert_str_eq(probe_codes(&probe), "discovery.duplicate-target");
            probe_done(&probe);
        }
    }
}

TEST(run, tells_both_places_of_what_is_given_twice)
{
    struct probe probe;
    const rctl_diag *diag;

    probe_init(&probe);
    probe_run(&probe, &discovery_file, "- targets: [\"10.0.0.1:1\",\n    \"10.0.0.1:1\"]\n");
    cr_assert_eq(probe.diags.n_items, 1);
    diag = &probe.diags.items[0]->told;
    cr_assert_eq(diag->severity, RCTL_SEVERITY_WARNING);
    cr_assert_str_eq(diag->place.file, "targets");
    cr_assert_eq(diag->place.line, 2);
    cr_assert_eq(diag->n_related, 1);
    cr_assert_eq(diag->related[0].line, 1);
    cr_assert_str_eq(probe.found.items[0].endpoint.place.file, "targets");
    cr_assert_eq(probe.found.items[0].endpoint.place.line, 1);
    cr_assert_eq(probe.found.items[0].mark.file, 1);
    cr_assert_eq(probe.found.items[0].mark.column, 13);
    probe_done(&probe);
}

/* ---- limits ---- */

static void add_targets(struct base_buf *text, int n)
{
    base_buf_puts(text, "- targets:\n");
    for (int i = 0; i < n; i++)
        base_buf_format(text, "  - 10.%d.%d.%d:8000\n", i >> 16, i >> 8 & 255, i & 255);
}

TEST(run, gives_up_behind_100000_endpoints)
{
    struct probe probe;
    struct base_buf text;

    probe_init(&probe);
    base_buf_init(&text, &probe.memory.arena, NULL);
    add_targets(&text, 100000);
    cr_assert_eq(probe_try(&probe, &discovery_file, text.data), RCTL_OK);
    cr_assert_eq(probe.found.n_items, 100000);
    cr_assert_str_eq(probe_codes(&probe), "");
    probe_done(&probe);

    probe_init(&probe);
    base_buf_init(&text, &probe.memory.arena, NULL);
    add_targets(&text, 100002);
    cr_assert_eq(probe_try(&probe, &discovery_file, text.data), RCTL_OK);
    cr_assert_eq(probe.found.n_items, 100000);
    cr_assert_str_eq(probe_codes(&probe), "discovery.too-many");
    cr_assert_eq(probe.diags.items[0]->told.place.line, 100002);
    probe_done(&probe);
}

TEST(run, the_limits_of_the_reader_hold)
{
    struct probe probe;
    struct base_buf text;

    probe_init(&probe);
    base_buf_init(&text, &probe.memory.arena, NULL);
    base_buf_fill(&text, '[', 1000);
    cr_assert_eq(probe_try(&probe, &discovery_static, text.data), RCTL_OK);
    cr_assert_eq(probe.found.n_items, 0);
    cr_assert_str_eq(probe.diags.items[0]->told.code, "text.too-deep");
    probe_done(&probe);
}

static void *alloc_within_budget(void *ctx, size_t size)
{
    struct memory *memory = ctx;

    return memory->held + size > (size_t)200 << 20 ? NULL : memory_alloc(memory, size);
}

/* A text of 1 MB that stands there 50000 times must not become 50 GB. */
TEST(run, aliases_of_a_long_text_cost_little)
{
    struct probe probe;
    struct base_buf text;

    probe_init(&probe);
    probe.memory.mem.from.alloc = alloc_within_budget;
    base_buf_init(&text, &probe.memory.arena, NULL);
    base_buf_puts(&text, "targets:\n- &long \"http://a.svc/");
    base_buf_fill(&text, 'x', 1000000);
    base_buf_puts(&text, "\"\n- &odd {? \"");
    base_buf_fill(&text, 'y', 1000000);
    base_buf_puts(&text, "\" : 1, url: http://a.svc}\n");
    for (int i = 0; i < 25000; i++)
        base_buf_puts(&text, "- *long\n- *odd\n");
    cr_assert_eq(probe_try(&probe, &discovery_static, text.data), RCTL_OK);
    cr_assert_eq(probe.found.n_items, 1);
    probe_done(&probe);
}

/* ---- callbacks ---- */

static int resolve(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    char url[] = "HTTP://a.svc:1/", model[] = "m";
    rctl_endpoint endpoint = {.url = url,
                              .model = model,
                              .role = RCTL_ROLE_PREFILL,
                              .bootstrap_port = 9,
                              .weight = 0,
                              .place = {"elsewhere", 3, 4}};
    int code;

    cr_assert_eq(job->size, sizeof(*job));
    cr_assert_str_eq(job->name, "targets");
    cr_assert_str_eq(job->data, "anything");
    cr_assert_str_eq(job->config, "{\"not\": \"ours\"}");
    code = rctl_discovery_out_endpoint(out, &endpoint);
    memcpy(url, "no", sizeof("no")); /* what was given is copied */
    memcpy(model, "", 1);
    if (code == RCTL_OK)
        code = rctl_discovery_out_endpoint(out, &endpoint);
    if (code == RCTL_OK)
        code = rctl_discovery_out_fault(out, RCTL_SEVERITY_NOTE, 7, 0, "is late", "wait");
    return code == RCTL_OK ? *(int *)ctx : code;
}

static rctl_discovery custom(int *code)
{
    return (rctl_discovery){.size = sizeof(rctl_discovery),
                            .name = "custom",
                            .doc = "Of a test.",
                            .resolve = resolve,
                            .ctx = code};
}

TEST(run, takes_everything_from_a_callback)
{
    int code = 0;
    rctl_discovery provider = custom(&code);
    struct probe probe;

    probe_init(&probe);
    probe.config = "{\"not\": \"ours\"}";
    cr_assert_str_eq(probe_run(&probe, &provider, "anything"), "http://a.svc:1 m 1 0 9");
    cr_assert_str_eq(probe.found.items[0].endpoint.place.file, "targets");
    cr_assert_eq(probe.found.items[0].endpoint.place.line, 3);
    cr_assert_eq(probe.found.items[0].endpoint.place.column, 4);
    cr_assert_str_eq(probe_codes(&probe),
                     "discovery.bad-label discovery.bad-target discovery.custom");
    cr_assert_eq(probe.diags.items[2]->told.severity, RCTL_SEVERITY_NOTE);
    cr_assert_eq(probe.diags.items[2]->told.place.line, 7);
    cr_assert_str_eq(probe.diags.items[2]->told.message, "is late");
    cr_assert_str_eq(probe.diags.items[2]->told.hint, "wait");
    probe_done(&probe);
}

TEST(run, hands_on_what_a_callback_returns)
{
    int code = -100;
    rctl_discovery provider = custom(&code);
    struct probe probe;

    probe_init(&probe);
    probe.config = "{\"not\": \"ours\"}";
    cr_assert_eq(probe_try(&probe, &provider, "anything"), -100);
    cr_assert_null(probe.found.items);
    probe_done(&probe);
}

static int misuse(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    const rctl_endpoint good = {.url = "http://a.svc", .weight = 1};
    rctl_endpoint bad;

    (void)ctx;
    (void)job;
#define REFUSES(change)                                                                            \
    do {                                                                                           \
        bad = good;                                                                                \
        change;                                                                                    \
        cr_assert_eq(rctl_discovery_out_endpoint(out, &bad), RCTL_E_INVALID_ARG, "%s", #change);   \
    } while (0)
    REFUSES(bad.url = NULL);
    REFUSES(bad.role = (rctl_engine_role)7);
    REFUSES(bad.bootstrap_port = -1);
    REFUSES(bad.bootstrap_port = 65536);
    REFUSES(bad.weight = -1);
    REFUSES(bad.weight = 1000001);
    cr_assert_eq(rctl_discovery_out_endpoint(NULL, &good), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discovery_out_endpoint(out, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discovery_out_fault(NULL, RCTL_SEVERITY_ERROR, 0, 0, "x", NULL),
                 RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discovery_out_fault(out, RCTL_SEVERITY_ERROR, 0, 0, NULL, NULL),
                 RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discovery_out_fault(out, RCTL_SEVERITY__COUNT, 0, 0, "x", NULL),
                 RCTL_E_INVALID_ARG);
    return RCTL_OK;
}

TEST(run, refuses_bad_arguments)
{
    const rctl_discovery provider = {
        .size = sizeof(provider), .name = "misuse", .doc = "Of a test.", .resolve = misuse};

    probe_expect(&provider, NULL, "", "", "discovery.empty");
}

/* ---- memory ---- */

static const char faulty[] = "- {targets: [\"10.0.0.1:1\", \"10.0.0.1:1\", x], labels: {rle: a, "
                             "role: x}}\n- {targets: {}}\n";

static void lose_memory(const rctl_discovery *provider, const char *config, const char *data,
                        size_t n_found)
{
    int code = RCTL_E_NOMEM;

    for (size_t fail_at = 1; code != RCTL_OK; fail_at++) {
        struct probe probe;

        cr_assert_lt(fail_at, 1000);
        probe_init(&probe);
        probe.config = config;
        probe.memory.fail_at = fail_at;
        code = probe_try(&probe, provider, data);
        cr_assert(code == RCTL_OK || code == RCTL_E_NOMEM, "%d", code);
        cr_assert_eq(probe.found.n_items, code == RCTL_OK ? n_found : 0);
        probe_done(&probe);
    }
}

TEST(run, lost_memory_is_told)
{
    int code = 0;
    rctl_discovery provider = custom(&code);

    lose_memory(&discovery_file, "{\"modelLabl\": 1}", faulty, 1);
    lose_memory(&provider, "{\"not\": \"ours\"}", "anything", 1);
}

/* ---- the public call ---- */

TEST(run, the_public_call_checks_its_arguments)
{
    rctl_ctx *ctx = NULL;
    rctl_endpoints *found = NULL;
    rctl_endpoint endpoint;

    cr_assert_eq(rctl_ctx_new(NULL, &ctx), RCTL_OK);
    cr_assert_eq(rctl_discover(NULL, "static", "a", "", 0, NULL, &found), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discover(ctx, NULL, "a", "", 0, NULL, &found), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discover(ctx, "static", NULL, "", 0, NULL, &found), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discover(ctx, "static", "a", NULL, 1, NULL, &found), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discover(ctx, "static", "a", "", 0, NULL, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_discover(ctx, "dns", "a", "", 0, NULL, &found), RCTL_E_NOT_FOUND);
    cr_assert_null(found);
    cr_assert_eq(rctl_discover(ctx, "static", "a", NULL, 0, NULL, &found), RCTL_OK);
    cr_assert_eq(rctl_endpoints_count(found), 0);
    cr_assert_eq(rctl_diags_count(rctl_endpoints_diags(found)), 1);
    cr_assert_null(rctl_endpoints_free(found));

    cr_assert_eq(rctl_discover(ctx, "static", "a", "targets: [http://a.svc]", 23, NULL, &found),
                 RCTL_OK);
    cr_assert_eq(rctl_endpoints_count(found), 1);
    cr_assert_eq(rctl_endpoints_get(found, 0, &endpoint), RCTL_OK);
    cr_assert_str_eq(endpoint.url, "http://a.svc");
    cr_assert_str_eq(endpoint.place.file, "a");
    cr_assert_eq(rctl_endpoints_get(found, 1, &endpoint), RCTL_E_NOT_FOUND);
    cr_assert_eq(rctl_endpoints_get(found, 0, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_endpoints_get(NULL, 0, &endpoint), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_endpoints_count(NULL), 0);
    cr_assert_null(rctl_endpoints_diags(NULL));
    cr_assert_null(rctl_endpoints_free(NULL));
    rctl_endpoints_free(found);
    rctl_ctx_free(ctx);
}
