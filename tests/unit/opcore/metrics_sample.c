/*
 * Prints every metric with hostile labels and odd numbers, for check_metrics.py.
 * metrics_sample text|openmetrics
 */
#include "core/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *take(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void give_back(void *ctx, void *ptr, size_t size)
{
    (void)ctx, (void)size;
    free(ptr);
}

static int print(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, ctx) == len ? 0 : 1;
}

static void fill(struct metrics *metrics, enum metrics_id id)
{
    static const char *const values[][METRICS_LABELS_MAX] = {
        {"plain", "b", "c", "d"},
        {"back\\slash", "quo\"te", "new\nline", ""},
        {"", "\xe2\x82\xac\xf0\x9f\x98\x80", "{,}= #", "x"},
        {"\\n", "\\\"", "trailing\\", " "},
    };
    static const double numbers[] = {0, 1, 0.1, 1e-9, 1.0 / 3, 12345678901234.5, 1e300, 7e22};

    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++) {
            if (metrics_row(id)->type == METRICS_HISTOGRAM)
                metrics_observe(metrics, id, values[i], numbers[k]);
            else if (metrics_row(id)->type == METRICS_COUNTER)
                metrics_add(metrics, id, values[i], numbers[(i + k) % 6]);
            else
                metrics_set(metrics, id, values[i], i % 2 ? -numbers[i] : numbers[(i + id) % 8]);
        }
    }
}

int main(int argc, char **argv)
{
    const rctl_allocator from = {take, give_back, NULL};
    const rctl_sink sink = {print, stdout};
    struct metrics metrics;
    bool open = argc > 1 && strcmp(argv[1], "openmetrics") == 0;
    int code;

    metrics_init(&metrics, &from);
    for (size_t i = 0; i < METRICS__COUNT; i++)
        fill(&metrics, (enum metrics_id)i);
    code = metrics_write(&metrics, open ? METRICS_OPENMETRICS : METRICS_TEXT, &sink);
    metrics_done(&metrics);
    return code == RCTL_OK ? 0 : 1;
}
