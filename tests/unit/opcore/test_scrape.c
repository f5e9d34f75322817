/*
 * opcore/scrape: which samples are handed out, and what is made of texts that are odd,
 * hostile, cut off or endless.
 */
#include "core/scrape.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

#define UTIL "DCGM_FI_DEV_GPU_UTIL"

struct seen {
    size_t n;
    double value; /* of the newest, as the rest */
    enum scrape_meaning meaning;
    char labels[SCRAPE_LABEL__COUNT][SCRAPE_TEXT + 1];
};

static struct scrape scrape;

static void take(void *ctx, const struct scrape_sample *sample)
{
    struct seen *seen = ctx;

    seen->n++;
    seen->value = sample->value;
    seen->meaning = sample->meaning;
    for (size_t i = 0; i < SCRAPE_LABEL__COUNT; i++)
        snprintf(seen->labels[i], sizeof(seen->labels[i]), "%s", sample->labels[i]);
}

static enum scrape_end read_form(enum scrape_form form, const char *text, struct seen *seen)
{
    memset(seen, 0, sizeof(*seen));
    scrape_begin(&scrape, form, take, seen);
    scrape_feed(&scrape, text, strlen(text));
    return scrape_end(&scrape);
}

static enum scrape_end read_text(const char *text, struct seen *seen)
{
    return read_form(SCRAPE_PROMETHEUS, text, seen);
}

TEST(opcore_scrape, both_spellings_of_labels)
{
    static const struct {
        const char *labels, *node, *ns, *pod;
    } rows[] = {
        {"Hostname=\"n\",namespace=\"a\",pod=\"p\"", "n", "a", "p"},
        {"hostname=\"n\",pod_namespace=\"a\",pod_name=\"p\"", "n", "a", "p"},
        {"namespace=\"g\",pod=\"dcgm\",exported_namespace=\"a\",exported_pod=\"p\"", "", "a", "p"},
        {"exported_pod=\"p\",exported_namespace=\"a\",pod=\"dcgm\",namespace=\"g\"", "", "a", "p"},
        {" pod = \"p\" , namespace=\"a\", ", "", "a", "p"},
        {"", "", "", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct seen seen;
        char text[512];

        snprintf(text, sizeof(text), "# HELP x y\n# TYPE x gauge\n" UTIL "{%s} 50\n",
                 rows[i].labels);
        cr_assert_eq(read_text(text, &seen), SCRAPE_FINE, "%s", text);
        cr_assert_eq(seen.n, 1, "%s", text);
        cr_assert_eq(seen.meaning, SCRAPE_GPU_UTILIZATION);
        cr_assert_float_eq(seen.value, 0.5, 1e-9);
        cr_assert_str_eq(seen.labels[SCRAPE_LABEL_NODE], rows[i].node, "%s", text);
        cr_assert_str_eq(seen.labels[SCRAPE_LABEL_NAMESPACE], rows[i].ns, "%s", text);
        cr_assert_str_eq(seen.labels[SCRAPE_LABEL_POD], rows[i].pod, "%s", text);
    }
}

TEST(opcore_scrape, values)
{
    static const struct {
        const char *text;
        size_t n, absent, malformed;
        double value;
    } rows[] = {
        {"100", 1, 0, 0, 1},      {"1e1", 1, 0, 0, 0.1},     {"+5.0", 1, 0, 0, 0.05},
        {"7 123", 1, 0, 0, 0.07}, {"7 1.5 # {a=\"b\"} 1", 1, 0, 0, 0.07},
        {"7\r", 1, 0, 0, 0.07},   {"NaN", 0, 1, 0, 0},       {"+Inf", 0, 1, 0, 0},
        {"-Inf", 0, 1, 0, 0},     {"-1", 0, 1, 0, 0},        {"101", 0, 1, 0, 0},
        {"1e999", 0, 1, 0, 0},    {"9223372036854775794", 0, 1, 0, 0},
        {"0x10", 0, 0, 1, 0},     {"1,5", 0, 0, 1, 0},       {"", 0, 0, 1, 0},
        {"nan(1)", 0, 0, 1, 0},   {"1e", 0, 0, 1, 0},        {"--1", 0, 0, 1, 0},
        {"00000000000000000000000000000000000000000000000000000000000000001", 0, 0, 1, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct seen seen;
        char text[256];

        snprintf(text, sizeof(text), "other 1\n" UTIL " %s\n", rows[i].text);
        cr_assert_eq(read_text(text, &seen), SCRAPE_FINE, "%s", text);
        cr_assert_eq(seen.n, rows[i].n, "%s", text);
        cr_assert_eq(scrape.absent, rows[i].absent, "%s", text);
        cr_assert_eq(scrape.malformed, rows[i].malformed, "%s", text);
        cr_assert_float_eq(seen.value, rows[i].value, 1e-9, "%s", text);
    }
}

TEST(opcore_scrape, mebibytes_are_told_in_bytes)
{
    struct seen seen;

    cr_assert_eq(read_text("DCGM_FI_DEV_FB_USED{UUID=\"GPU-1\"} 3\n", &seen), SCRAPE_FINE);
    cr_assert_eq(seen.meaning, SCRAPE_GPU_MEMORY_USED);
    cr_assert_float_eq(seen.value, 3145728, 1e-9);
    cr_assert_str_eq(seen.labels[SCRAPE_LABEL_GPU], "GPU-1");
}

/* Whatever a value says, it stays the value of its own label. */
TEST(opcore_scrape, labels_cannot_be_injected)
{
    struct seen seen;

    cr_assert_eq(read_text(UTIL "{modelName=\"a\\\",pod=\\\"evil\\\"} 1\\n" UTIL
                                " 9\\\\\",pod=\"p\"} 1\n",
                           &seen), SCRAPE_FINE);
    cr_assert_eq(seen.n, 1);
    cr_assert_str_eq(seen.labels[SCRAPE_LABEL_MODEL], "a\",pod=\"evil\"} 1\n" UTIL " 9\\");
    cr_assert_str_eq(seen.labels[SCRAPE_LABEL_POD], "p");
}

TEST(opcore_scrape, odd_lines_cost_themselves_only)
{
    static const char *const lines[] = {
        UTIL "{pod=\"a\",pod=\"b\"} 1", UTIL "{pod=\"a\" 1",        UTIL "{pod=\"a} 1",
        UTIL "{pod=a} 1",               UTIL "{pod=\"\\x\"} 1",     UTIL "{pod=\"\xff\"} 1",
        UTIL "{pod=\"\xc0\x80\"} 1",    UTIL "{pod=\"\xed\xa0\x80\"} 1", UTIL "{,} 1",
        UTIL "{pod=\"a\"x=\"b\"} 1",    UTIL "{pod=\"a\\",          UTIL "{",
        UTIL,                           "<html>",                   "7",
        UTIL "{pod=\"\xe2\x82\"} 1",    "name-with-dash 1",         UTIL "}",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct seen seen;
        char text[256];

        snprintf(text, sizeof(text), "%s\n" UTIL "{pod=\"fine\"} 2\n", lines[i]);
        cr_assert_eq(read_text(text, &seen), SCRAPE_FINE, "%s", text);
        cr_assert_eq(seen.n, 1, "%s", text);
        cr_assert_eq(scrape.malformed, 1, "%s", text);
        cr_assert_str_eq(seen.labels[SCRAPE_LABEL_POD], "fine");
    }
}

TEST(opcore_scrape, long_values_and_lines)
{
    static char text[3 * SCRAPE_LINE];
    struct seen seen;
    int n = snprintf(text, sizeof(text), "ok 1\n" UTIL "{pod=\"%0253d\"} 1\n", 0);

    cr_assert_eq(read_text(text, &seen), SCRAPE_FINE);
    cr_assert_eq(seen.n, 1);
    snprintf(text, sizeof(text), "ok 1\n" UTIL "{pod=\"%0254d\"} 1\n", 0);
    cr_assert_eq(read_text(text, &seen), SCRAPE_FINE);
    cr_assert_eq(seen.n, 0);
    cr_assert_eq(scrape.malformed, 1);
    n = snprintf(text, sizeof(text), UTIL "{x=\"%0*d\"} 1\n" UTIL " 3\n", SCRAPE_LINE, 0);
    cr_assert_gt(n, SCRAPE_LINE);
    cr_assert_eq(read_text(text, &seen), SCRAPE_FINE);
    cr_assert_eq(seen.n, 1);
    cr_assert_float_eq(seen.value, 0.03, 1e-9);
}

TEST(opcore_scrape, ends)
{
    static const struct {
        enum scrape_form form;
        const char *text;
        enum scrape_end end;
    } rows[] = {
        {SCRAPE_PROMETHEUS, "", SCRAPE_FINE},
        {SCRAPE_PROMETHEUS, "\n# only a comment\n", SCRAPE_FINE},
        {SCRAPE_PROMETHEUS, "a 1\n", SCRAPE_FINE},
        {SCRAPE_PROMETHEUS, "a 1\n" UTIL " 1", SCRAPE_CUT_OFF},
        {SCRAPE_PROMETHEUS, "<html>\n<body>\n</html>\n", SCRAPE_NO_METRICS},
        {SCRAPE_PROMETHEUS, "{\"error\": \"x\"}\n{\n", SCRAPE_NO_METRICS},
        {SCRAPE_OPENMETRICS, "a 1\n", SCRAPE_CUT_OFF},
        {SCRAPE_OPENMETRICS, "a 1\n# EOF\n", SCRAPE_FINE},
        {SCRAPE_OPENMETRICS, "# EOF\n", SCRAPE_FINE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct seen seen;

        cr_assert_eq(read_form(rows[i].form, rows[i].text, &seen), rows[i].end, "%s",
                     rows[i].text);
    }
}

TEST(opcore_scrape, content_types)
{
    cr_assert_eq(scrape_form_of("text/plain; version=0.0.4; charset=utf-8"), SCRAPE_PROMETHEUS);
    cr_assert_eq(scrape_form_of("Text/Plain"), SCRAPE_PROMETHEUS);
    cr_assert_eq(scrape_form_of("application/openmetrics-text;version=1.0.0"),
                 SCRAPE_OPENMETRICS);
    cr_assert_eq(scrape_form_of("text/html"), SCRAPE_UNKNOWN);
    cr_assert_eq(scrape_form_of("text/plainer"), SCRAPE_UNKNOWN);
    cr_assert_eq(scrape_form_of("application/vnd.google.protobuf"), SCRAPE_UNKNOWN);
    cr_assert_eq(scrape_form_of(""), SCRAPE_UNKNOWN);
    cr_assert_eq(scrape_form_of(NULL), SCRAPE_UNKNOWN);
}

/* A million samples: looked at up to the bound, and then no more of them is wanted. */
TEST(opcore_scrape, a_million_series)
{
    static const char line[] = UTIL "{UUID=\"x\"} 1\n";
    struct seen seen = {0};
    size_t fed = 0;

    scrape_begin(&scrape, SCRAPE_PROMETHEUS, take, &seen);
    while (fed < 1000000 && scrape_feed(&scrape, line, sizeof(line) - 1))
        fed++;
    cr_assert_eq(scrape_end(&scrape), SCRAPE_TOO_LARGE);
    cr_assert_eq(seen.n, SCRAPE_SERIES);
    cr_assert_eq(fed, SCRAPE_SERIES);
}

TEST(opcore_scrape, an_endless_text)
{
    static char piece[64 * 1024];
    struct seen seen = {0};
    size_t fed = 0;

    memset(piece, 'x', sizeof(piece));
    scrape_begin(&scrape, SCRAPE_PROMETHEUS, take, &seen);
    while (fed < 4UL * SCRAPE_BYTES && scrape_feed(&scrape, piece, sizeof(piece)))
        fed += sizeof(piece);
    cr_assert_eq(scrape_end(&scrape), SCRAPE_TOO_LARGE);
    cr_assert_eq(fed, SCRAPE_BYTES);
}

/* However a text is cut, the same comes out. */
TEST(opcore_scrape, pieces)
{
    static const char text[] = "# TYPE a gauge\r\na{b=\"\\\"}\"} 1\n" UTIL
                               "{pod=\"\xe2\x82\xac\",Hostname=\"n\"} 42\n"
                               "DCGM_FI_DEV_FB_FREE 1\n\n";

    for (size_t step = 1; step < sizeof(text); step++) {
        struct seen seen = {0};

        scrape_begin(&scrape, SCRAPE_PROMETHEUS, take, &seen);
        for (size_t at = 0; at < sizeof(text) - 1; at += step)
            scrape_feed(&scrape, text + at,
                        sizeof(text) - 1 - at < step ? sizeof(text) - 1 - at : step);
        cr_assert_eq(scrape_end(&scrape), SCRAPE_FINE);
        cr_assert_eq(seen.n, 2, "%zu", step);
        cr_assert_float_eq(seen.value, 1048576, 1e-9);
        cr_assert_eq(scrape.series, 3);
        cr_assert_eq(scrape.malformed, 0);
    }
}
