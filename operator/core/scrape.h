/*
 * scrape: reads what others serve at /metrics, in the text format of Prometheus or in
 * OpenMetrics. It is fed in pieces of any size, keeps no more than one line, asks for no
 * memory, and hands out only the samples that a row of scrape.def wants. The text is not
 * trusted: all of it is bounded, and what is odd in one line costs that line only.
 */
#ifndef CORE_SCRAPE_H
#define CORE_SCRAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SCRAPE_BYTES = 16 * 1024 * 1024,
    SCRAPE_LINE = 8 * 1024,  /* bytes; a longer line is malformed */
    SCRAPE_SERIES = 250000,  /* samples looked at, wanted or not */
    SCRAPE_TEXT = 253        /* bytes of a label's value: the longest name of an object */
};

enum scrape_meaning {
    SCRAPE_GPU_UTILIZATION, /* 0..1 */
    SCRAPE_GPU_MEMORY_USED, /* bytes, as the two that follow */
    SCRAPE_GPU_MEMORY_FREE,
    SCRAPE_GPU_MEMORY_RESERVED,
    SCRAPE_MEANING__COUNT
};

enum scrape_label {
    SCRAPE_LABEL_GPU,
    SCRAPE_LABEL_INSTANCE,
    SCRAPE_LABEL_NODE,
    SCRAPE_LABEL_NAMESPACE,
    SCRAPE_LABEL_POD,
    SCRAPE_LABEL_MODEL,
    SCRAPE_LABEL__COUNT
};

struct scrape_sample {
    enum scrape_meaning meaning;
    double value;                             /* finite, in the meaning's unit */
    const char *labels[SCRAPE_LABEL__COUNT];  /* valid UTF-8; "" for none */
};

/* The sample lives until the call returns. */
typedef void scrape_take(void *ctx, const struct scrape_sample *sample);

enum scrape_form { SCRAPE_UNKNOWN, SCRAPE_PROMETHEUS, SCRAPE_OPENMETRICS };

enum scrape_end {
    SCRAPE_FINE,
    SCRAPE_CUT_OFF,    /* the last line, or the end of OpenMetrics, is missing */
    SCRAPE_TOO_LARGE,  /* more than SCRAPE_BYTES or SCRAPE_SERIES */
    SCRAPE_NO_METRICS  /* malformed lines, and not one sample */
};

struct scrape {
    scrape_take *take;
    void *ctx;
    enum scrape_form form;
    size_t bytes, series;
    uint32_t malformed; /* lines */
    uint32_t absent;    /* wanted samples whose value is none: NaN, infinite, below 0, too large */
    bool skips;         /* the rest of a line that is too long */
    bool ended;         /* "# EOF" was seen */
    bool too_large;
    size_t n;           /* of `line` */
    char line[SCRAPE_LINE];
    char texts[SCRAPE_LABEL__COUNT][SCRAPE_TEXT + 1];
};

/* What a Content-Type promises; NULL is SCRAPE_UNKNOWN. */
enum scrape_form scrape_form_of(const char *content_type);

void scrape_begin(struct scrape *scrape, enum scrape_form form, scrape_take *take, void *ctx);
/* false: no more is wanted; scrape_end() says why. Linear in n. */
bool scrape_feed(struct scrape *scrape, const char *data, size_t n);
/* Samples were handed out before this is known: use them only when it is SCRAPE_FINE. */
enum scrape_end scrape_end(const struct scrape *scrape);

#endif
