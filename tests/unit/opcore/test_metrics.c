/*
 * opcore/metrics: the rows, counting, order, escapes, numbers, bounds on combinations,
 * and memory that runs out. check_metrics.py reads a whole text.
 */
#include "core/metrics.h"
#include "support/memory.h"

#include <math.h>
#include <stdio.h>

struct text {
    char data[200000];
    size_t len;
};

static int append(void *ctx, const char *data, size_t len)
{
    struct text *text = ctx;

    cr_assert(text->len + len < sizeof(text->data));
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
    return 0;
}

static const char *print(const struct metrics *metrics, enum metrics_format format)
{
    static struct text text;
    rctl_sink sink = {append, &text};

    text.len = 0;
    text.data[0] = '\0';
    cr_assert_eq(metrics_write(metrics, format, &sink), 0);
    return text.data;
}

static bool is_name(const char *text)
{
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' &&
           *text >= 'a' && *text <= 'z';
}

TEST(opcore_metrics, rows)
{
    for (size_t i = 0; i < METRICS__COUNT; i++) {
        const struct metrics_row *row = metrics_row((enum metrics_id)i);
        size_t len = strlen(row->name), help = strlen(row->help);

        cr_assert(is_name(row->name), "%s", row->name);
        cr_assert_eq(len > 6 && strcmp(row->name + len - 6, "_total") == 0,
                     row->type == METRICS_COUNTER, "%s", row->name);
        cr_assert(help > 0 && row->help[help - 1] == '.', "%s", row->name);
        cr_assert_null(strpbrk(row->help, "\\\n\""), "%s", row->name);
        cr_assert_eq(row->type == METRICS_HISTOGRAM, row->n_buckets > 0, "%s", row->name);
        cr_assert_gt(row->most, 0, "%s", row->name);
        cr_assert(row->labels[0] || row->most == 1, "%s", row->name);
        for (size_t k = 0; row->labels[k]; k++)
            cr_assert(is_name(row->labels[k]->name) && strcmp(row->labels[k]->name, "le") != 0);
        for (size_t k = 1; k < row->n_buckets; k++)
            cr_assert_lt(row->buckets[k - 1], row->buckets[k], "%s", row->name);
        for (size_t k = 0; k < i; k++)
            cr_assert_str_neq(row->name, metrics_row((enum metrics_id)k)->name);
    }
}

TEST(opcore_metrics, text)
{
    const char *const late[] = {"z"}, *const early[] = {"a\\b\"c\nd"};
    struct memory memory;
    struct metrics metrics;

    memory_init(&memory);
    metrics_init(&metrics, &memory.mem.from);
    cr_assert_str_eq(print(&metrics, METRICS_TEXT), "");
    cr_assert_str_eq(print(&metrics, METRICS_OPENMETRICS), "# EOF\n");
    metrics_set(&metrics, METRICS_ACTIVE_WORKERS, late, 1);
    metrics_set(&metrics, METRICS_ACTIVE_WORKERS, early, 0);
    metrics_add(&metrics, METRICS_EVENTS_DROPPED, NULL, 2);
    metrics_add(&metrics, METRICS_EVENTS_DROPPED, NULL, 0.5);
    cr_assert_str_eq(print(&metrics, METRICS_TEXT),
                     "# HELP controller_runtime_active_workers Reconciliations that run now.\n"
                     "# TYPE controller_runtime_active_workers gauge\n"
                     "controller_runtime_active_workers{controller=\"a\\\\b\\\"c\\nd\"} 0\n"
                     "controller_runtime_active_workers{controller=\"z\"} 1\n"
                     "# HELP prodstack_events_dropped_total Events of Kubernetes that were "
                     "not sent.\n"
                     "# TYPE prodstack_events_dropped_total counter\n"
                     "prodstack_events_dropped_total 2.5\n");
    cr_assert(strstr(print(&metrics, METRICS_OPENMETRICS),
                     "# TYPE prodstack_events_dropped counter\n"
                     "prodstack_events_dropped_total 2.5\n# EOF\n"));
    metrics_done(&metrics);
    memory_done(&memory);
}

TEST(opcore_metrics, numbers_are_short_and_exact)
{
    const struct {
        double value;
        const char *want;
    } cases[] = {
        {0, "0"},          {1, "1"},           {0.1, "0.1"},       {1e-8, "1e-08"},
        {0.1 + 0.2, "0.30000000000000004"},    {1e15, "1e+15"},    {123456789012, "123456789012"},
        {-2.5, "-2.5"},    {1.0 / 3, "0.3333333333333333"},
        {5e-324, "4.94065645841247e-324"},
        {INFINITY, "+Inf"}, {-INFINITY, "-Inf"}, {NAN, "NaN"},
    };
    struct memory memory;
    struct metrics metrics;

    memory_init(&memory);
    metrics_init(&metrics, &memory.mem.from);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *text;

        metrics_set(&metrics, METRICS_RSS, NULL, cases[i].value);
        text = strrchr(print(&metrics, METRICS_TEXT), ' ') + 1;
        cr_assert(strncmp(text, cases[i].want, strlen(cases[i].want)) == 0 &&
                      text[strlen(cases[i].want)] == '\n',
                  "%s", text);
    }
    metrics_done(&metrics);
    memory_done(&memory);
}

TEST(opcore_metrics, histograms_add_up)
{
    const char *const values[] = {"q", "c"};
    const char *text;
    struct memory memory;
    struct metrics metrics;

    memory_init(&memory);
    metrics_init(&metrics, &memory.mem.from);
    metrics_observe(&metrics, METRICS_QUEUE_WAITED, values, 0.1);
    metrics_observe(&metrics, METRICS_QUEUE_WAITED, values, 0.11);
    metrics_observe(&metrics, METRICS_QUEUE_WAITED, values, 5000);
    text = print(&metrics, METRICS_TEXT);
    cr_assert(strstr(text, "{name=\"q\",controller=\"c\",le=\"0.01\"} 0\n"));
    cr_assert(strstr(text, "le=\"0.1\"} 1\n"), "a bound belongs to its bucket");
    cr_assert(strstr(text, "le=\"1\"} 2\n"));
    cr_assert(strstr(text, "le=\"1000\"} 2\n"));
    cr_assert(strstr(text, "le=\"+Inf\"} 3\n"));
    cr_assert(strstr(text, "_sum{name=\"q\",controller=\"c\"} 5000.21\n"));
    cr_assert(strstr(text, "_count{name=\"q\",controller=\"c\"} 3\n"));
    cr_assert(strstr(print(&metrics, METRICS_OPENMETRICS), "le=\"1000.0\"} 2\n"));
    metrics_done(&metrics);
    memory_done(&memory);
}

TEST(opcore_metrics, combinations_are_bounded)
{
    struct memory memory;
    struct metrics metrics;
    char text[16];
    const char *values[] = {text, "GET", "host"};

    memory_init(&memory);
    metrics_init(&metrics, &memory.mem.from);
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof(text), "%d", i);
        cr_assert_eq(metrics_add(&metrics, METRICS_REQUESTS, values, 1), 0);
    }
    cr_assert_eq(metrics.families[METRICS_REQUESTS].n, metrics_row(METRICS_REQUESTS)->most + 1);
    cr_assert(strstr(print(&metrics, METRICS_TEXT),
                     "{code=\"exceeded_cardinality_limit\",method=\"exceeded_cardinality_limit\","
                     "host=\"exceeded_cardinality_limit\"} 600\n"));
    metrics_done(&metrics);
    memory_done(&memory);
}

static int refuse(void *ctx, const char *data, size_t len)
{
    (void)ctx, (void)data, (void)len;
    return 1;
}

TEST(opcore_metrics, refused_memory_and_refused_text)
{
    rctl_sink sink = {refuse, NULL};
    struct memory memory;
    struct metrics metrics;
    char text[16];
    const char *values[] = {text};

    memory_init(&memory);
    metrics_init(&metrics, &memory.mem.from);
    for (uint32_t i = 0; i < metrics_row(METRICS_RECONCILE_TIME)->most; i++) {
        snprintf(text, sizeof(text), "%u", i);
        for (size_t fail = 1;; fail++) {
            int code;

            memory.fail_at = memory.calls + fail;
            code = metrics_observe(&metrics, METRICS_RECONCILE_TIME, values, 1);
            memory.fail_at = 0;
            cr_assert_eq(metrics.families[METRICS_RECONCILE_TIME].n, i + (code == RCTL_OK));
            if (code == RCTL_OK)
                break;
            cr_assert_eq(code, RCTL_E_NOMEM);
        }
    }
    memory.fail_at = memory.calls + 1;
    cr_assert_eq(metrics_observe(&metrics, METRICS_RECONCILE_TIME, values, 1), 0);
    cr_assert_eq(metrics_write(&metrics, METRICS_TEXT, &sink), RCTL_E_SINK);
    metrics_done(&metrics);
    memory_done(&memory);
}
