/* Target groups of Prometheus. */
#include "probe.h"

TEST(prom_sd, takes_targets_with_their_labels)
{
    static const char text[] =
        "[{\"targets\": [\"10.0.0.1:1\", \"a.svc:2\"], \"labels\": {\"model\": \"m\"}},"
        " {\"labels\": {\"role\": \"prefill\", \"weight\": \"7\", \"bootstrap_port\": \"9\","
        "  \"__scheme__\": \"https\", \"__meta_a\": \"b\"}, \"targets\": [\"10.0.0.1:1\"]}]";

    probe_expect(&discovery_file, NULL, text,
                 "http://10.0.0.1:1 m 0 1 0; http://a.svc:2 m 0 1 0; "
                 "https://10.0.0.1:1 - 1 7 9",
                 "");
    probe_expect(&discovery_http, NULL, text,
                 "http://10.0.0.1:1 m 0 1 0; http://a.svc:2 m 0 1 0; "
                 "https://10.0.0.1:1 - 1 7 9",
                 "");
}

TEST(prom_sd, a_number_is_the_text_that_was_written)
{
    probe_expect(&discovery_file, NULL,
                 "- {targets: [\"10.0.0.1:1\"], labels: {model: 7, weight: 2}}",
                 "http://10.0.0.1:1 7 0 2 0", "");
}

TEST(prom_sd, reads_the_labels_that_it_is_told_to)
{
    static const char text[] =
        "- {targets: [\"10.0.0.1:1\"], labels: {model: a, role: decode, app: b, part: prefill}}";

    probe_expect(&discovery_file, "{\"modelLabel\": \"app\", \"roleLabel\": \"part\"}", text,
                 "http://10.0.0.1:1 b 1 1 0", "discovery.unknown-label discovery.unknown-label");
    probe_expect(&discovery_file, "{\"modelLabel\": \"app\"}", text, "http://10.0.0.1:1 b 2 1 0",
                 "discovery.unknown-label discovery.unknown-label");
    probe_expect(&discovery_file, "{\"roleLabel\": \"\"}", "[]", "", "discovery.bad-config");
    probe_expect(&discovery_file, "{\"roleLabel\": [1]}", "[]", "", "discovery.bad-config");
    probe_expect(&discovery_file, "{\"roleLabel\": \"model\"}", "[]", "", "discovery.bad-config");
    probe_expect(&discovery_file, "[1, 2]", "[]", "", "discovery.bad-config");
    probe_expect(&discovery_file, "{", "[]", "", "discovery.bad-config");
    probe_expect(&discovery_file, "{\"modelLabl\": \"a\"}", "[]", "", "discovery.bad-config");
}

TEST(prom_sd, tells_an_unknown_label_once)
{
    struct probe probe;

    probe_init(&probe);
    probe_run(&probe, &discovery_file,
              "- {targets: [\"10.0.0.1:1\"], labels: {rule: a}}\n"
              "- {targets: [\"10.0.0.2:1\"], labels: {rule: b, cluster: c}}\n"
              "- {targets: [\"10.0.0.3:1\"], labels: {rule: d, cluster: c}}\n");
    cr_assert_str_eq(probe_codes(&probe), "discovery.unknown-label discovery.unknown-label");
    cr_assert_str_eq(probe.diags.items[0]->told.hint, "did you mean 'role'?");
    cr_assert_eq(probe.diags.items[0]->told.place.line, 1);
    cr_assert_str_eq(probe.diags.items[1]->told.path, "[1].labels.cluster");
    cr_assert_null(probe.diags.items[1]->told.hint);
    probe_done(&probe);
}

/* However many there are, the time stays linear: only so many are told. */
TEST(prom_sd, stops_telling_unknown_labels)
{
    struct probe probe;
    struct base_buf text;

    probe_init(&probe);
    base_buf_init(&text, &probe.memory.arena, NULL);
    base_buf_puts(&text, "- targets: [\"10.0.0.1:1\"]\n  labels:\n");
    for (int i = 0; i < 1000; i++)
        base_buf_format(&text, "    unknown%d: a\n", i);
    cr_assert_str_eq(probe_run(&probe, &discovery_file, text.data), "http://10.0.0.1:1 - 0 1 0");
    cr_assert_eq(probe.diags.n_items, 32);
    probe_done(&probe);
}

TEST(prom_sd, refuses_targets_that_are_no_host_and_port)
{
    static const char *const targets[] = {
        "10.0.0.1",     "http://10.0.0.1:1", "10.0.0.1:1/metrics", "10.0.0.1:0",
        "10.0.0.1:",    ":8000",             "[::1]:8000",         "::1",
        "chat:8000",    "u:p@10.0.0.1:1",    "",                   "10.0.0.1:1?a",
        "10.0.0.1:1,2",
    };

    for (size_t i = 0; i < BASE_COUNT(targets); i++) {
        struct probe probe;

        probe_init(&probe);
        cr_assert_str_eq(probe_run(&probe, &discovery_file,
                                   base_arena_format(&probe.memory.arena,
                                                     "- targets: [\"%s\"]", targets[i])),
                         "", "%s", targets[i]);
        cr_assert_str_eq(probe_codes(&probe), "discovery.bad-target", "%s", targets[i]);
        probe_done(&probe);
    }
}
