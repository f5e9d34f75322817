/*
 * Gives any bytes to the reader of metrics of others. What comes out must not depend on
 * how the bytes were cut, and must be within its bounds. Its first byte is the length of
 * the pieces, and in its topmost bit the form.
 */
#include "core/scrape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint64_t n, hash;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void add(struct sum *sum, const void *data, size_t n)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < n; i++)
        sum->hash = (sum->hash ^ bytes[i]) * 1099511628211U;
}

static void take(void *ctx, const struct scrape_sample *sample)
{
    struct sum *sum = ctx;

    require(sample->meaning < SCRAPE_MEANING__COUNT);
    require(sample->value >= 0 && sample->value < 1e19);
    sum->n++;
    add(sum, &sample->value, sizeof(sample->value));
    for (size_t i = 0; i < SCRAPE_LABEL__COUNT; i++) {
        size_t n = strlen(sample->labels[i]);

        require(n <= SCRAPE_TEXT);
        add(sum, sample->labels[i], n + 1);
    }
}

static struct sum run(enum scrape_form form, const char *text, size_t n, size_t step)
{
    struct sum sum = {0};
    struct scrape *scrape = malloc(sizeof(*scrape));
    enum scrape_end end;

    require(scrape != NULL);
    scrape_begin(scrape, form, take, &sum);
    for (size_t at = 0; at < n; at += step)
        require(scrape_feed(scrape, text + at, n - at < step ? n - at : step));
    end = scrape_end(scrape);
    require(sum.n + scrape->absent <= scrape->series);
    add(&sum, &end, sizeof(end));
    add(&sum, &scrape->series, sizeof(scrape->series));
    add(&sum, &scrape->malformed, sizeof(scrape->malformed));
    free(scrape);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum scrape_form form = size && data[0] >> 7 ? SCRAPE_OPENMETRICS : SCRAPE_PROMETHEUS;
    size_t step = size ? data[0] % 64U + 1 : 1, n = size > 1 ? size - 1 : 0;
    const char *text = (const char *)data + (n > 0);
    struct sum whole, pieces;

    if (n > 200000)
        return 0;
    whole = run(form, text, n, n + 1);
    pieces = run(form, text, n, step);
    require(whole.n == pieces.n && whole.hash == pieces.hash);
    return 0;
}
