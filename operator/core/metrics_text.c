/*
 * Metrics as text for Prometheus, in its old format and in OpenMetrics. The two differ
 * in the names of counters' families, in how whole bounds are spelt, and in the end.
 */
#include "core/metrics.h"
#include "core/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct writer {
    const rctl_sink *sink;
    enum metrics_format format;
    char text[4096];
    size_t len;
    int code;
};

static void flush(struct writer *out)
{
    if (out->code == RCTL_OK && out->len && out->sink->write(out->sink->ctx, out->text, out->len))
        out->code = RCTL_E_SINK;
    out->len = 0;
}

static void put(struct writer *out, const char *text, size_t len)
{
    while (len) {
        size_t part = sizeof(out->text) - out->len;

        if (part > len)
            part = len;
        memcpy(out->text + out->len, text, part);
        out->len += part;
        text += part;
        len -= part;
        if (out->len == sizeof(out->text))
            flush(out);
    }
}

static void puts_out(struct writer *out, const char *text)
{
    put(out, text, strlen(text));
}

/* The shortest decimal that reads back as the same number. */
static void put_number(struct writer *out, double value)
{
    char text[40];

    if (value != value) {
        puts_out(out, "NaN");
        return;
    }
    if (value - value != 0) {
        puts_out(out, value > 0 ? "+Inf" : "-Inf");
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(text, sizeof(text), "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    /* Read and written in one locale; what goes out knows only the point. */
    for (char *c = text; *c; c++)
        if (*c == ',')
            *c = '.';
    puts_out(out, text);
}

static void put_count(struct writer *out, uint64_t count)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
    puts_out(out, text);
}

static void put_label(struct writer *out, bool first, const char *name, const char *value)
{
    puts_out(out, first ? "{" : ",");
    puts_out(out, name);
    puts_out(out, "=\"");
    for (; *value; value++) {
        if (*value == '\n') {
            puts_out(out, "\\n");
            continue;
        }
        if (*value == '\\' || *value == '"')
            puts_out(out, "\\");
        put(out, value, 1);
    }
    puts_out(out, "\"");
}

static bool put_labels(struct writer *out, const struct metrics_row *row,
                       const struct metrics_series *series)
{
    size_t i;

    for (i = 0; row->labels[i]; i++)
        put_label(out, i == 0, row->labels[i]->name, series->values[i]);
    return i > 0;
}

static void put_start(struct writer *out, const struct metrics_row *row,
                      const struct metrics_series *series, const char *suffix)
{
    bool labels;

    puts_out(out, row->name);
    puts_out(out, suffix);
    labels = put_labels(out, row, series);
    puts_out(out, labels ? "} " : " ");
}

static void put_bucket(struct writer *out, const struct metrics_row *row,
                       const struct metrics_series *series, uint32_t i, uint64_t sum)
{
    bool labels;

    puts_out(out, row->name);
    puts_out(out, "_bucket");
    labels = put_labels(out, row, series);
    puts_out(out, labels ? ",le=\"" : "{le=\"");
    if (i == row->n_buckets) {
        puts_out(out, "+Inf");
    } else {
        put_number(out, row->buckets[i]);
        if (out->format == METRICS_OPENMETRICS && row->buckets[i] >= 1 &&
            row->buckets[i] == (double)(int64_t)row->buckets[i])
            puts_out(out, ".0");
    }
    puts_out(out, "\"} ");
    put_count(out, sum);
    puts_out(out, "\n");
}

static void put_histogram(struct writer *out, const struct metrics_row *row,
                          const struct metrics_series *series)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i <= row->n_buckets; i++) {
        sum += series->counts[i];
        put_bucket(out, row, series, i, sum);
    }
    put_start(out, row, series, "_sum");
    put_number(out, series->value);
    puts_out(out, "\n");
    put_start(out, row, series, "_count");
    put_count(out, sum);
    puts_out(out, "\n");
}

static void put_head(struct writer *out, const struct metrics_row *row)
{
    static const char *const types[] = {" counter\n", " gauge\n", " histogram\n"};
    size_t len = strlen(row->name);

    if (out->format == METRICS_OPENMETRICS && row->type == METRICS_COUNTER)
        len -= strlen("_total");
    puts_out(out, "# HELP ");
    put(out, row->name, len);
    puts_out(out, " ");
    puts_out(out, row->help);
    puts_out(out, "\n# TYPE ");
    put(out, row->name, len);
    puts_out(out, types[row->type]);
}

int metrics_write(const struct metrics *metrics, enum metrics_format format,
                  const rctl_sink *sink)
{
    struct writer out = {.sink = sink, .format = format, .code = RCTL_OK};

    for (size_t i = 0; i < METRICS__COUNT; i++) {
        const struct metrics_family *family = &metrics->families[i];
        const struct metrics_row *row = metrics_row((enum metrics_id)i);

        if (family->n)
            put_head(&out, row);
        for (uint32_t k = 0; k < family->n; k++) {
            if (row->type == METRICS_HISTOGRAM) {
                put_histogram(&out, row, family->items[k]);
                continue;
            }
            put_start(&out, row, family->items[k], "");
            put_number(&out, family->items[k]->value);
            puts_out(&out, "\n");
        }
    }
    if (format == METRICS_OPENMETRICS)
        puts_out(&out, "# EOF\n");
    flush(&out);
    return out.code;
}
