/*
 * metrics: counters, gauges and histograms by the rows of metrics.def, and their text for
 * Prometheus. The number of label combinations of a metric is bounded; what comes on top
 * is counted under one combination that says so.
 *
 * Setting may need memory the first time that a combination is seen: RCTL_E_NOMEM then,
 * with nothing changed. Combinations that were seen before never fail, so set those that
 * matter to 0 at the start. Label values are valid UTF-8.
 */
#ifndef CORE_METRICS_H
#define CORE_METRICS_H

#include <routerctl/base.h>

enum metrics_id {
#define LABEL(...)
#define METRIC(id, type, name, buckets, most, labels, help) METRICS_##id,
#include "core/metrics.def"
#undef METRIC
#undef LABEL
    METRICS__COUNT
};

enum metrics_type { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

enum { METRICS_LABELS_MAX = 4 };

/* Rows of metrics.def. */
struct metrics_label {
    const char *name;
    const char *values; /* which there are, as Markdown */
};

struct metrics_row {
    enum metrics_type type;
    const char *name, *help;
    uint32_t most; /* label combinations; what comes on top is counted as one */
    const struct metrics_label *labels[METRICS_LABELS_MAX + 1]; /* NULL-ended */
    const double *buckets;                      /* upper bounds, without infinity */
    uint32_t n_buckets;
};

const struct metrics_row *metrics_row(enum metrics_id id);

struct metrics_series;
struct metrics_family {
    struct metrics_series **items; /* ordered by their label values */
    uint32_t n, cap;
};

struct metrics {
    rctl_allocator from;
    struct metrics_family families[METRICS__COUNT];
};

enum metrics_format {
    METRICS_TEXT,       /* text/plain; version=0.0.4 */
    METRICS_OPENMETRICS /* application/openmetrics-text; version=1.0.0 */
};

void metrics_init(struct metrics *metrics, const rctl_allocator *from);
void metrics_done(struct metrics *metrics);

/* `values` has one text for each label of the row; NULL when it has none. */
/* Counters: `by` >= 0, also 0 to make the combination appear. Gauges: any. */
int metrics_add(struct metrics *metrics, enum metrics_id id, const char *const *values,
                double by);
/* Gauges, and counters whose count is kept elsewhere and never falls. */
int metrics_set(struct metrics *metrics, enum metrics_id id, const char *const *values,
                double value);
/* Histograms. */
int metrics_observe(struct metrics *metrics, enum metrics_id id, const char *const *values,
                    double value);
/* Forgets all combinations of a gauge: what it measured is not there any more. */
void metrics_forget(struct metrics *metrics, enum metrics_id id);

/* Metrics in the order of their rows, combinations by label values. RCTL_E_SINK. */
int metrics_write(const struct metrics *metrics, enum metrics_format format,
                  const rctl_sink *sink);
/* The page of reference: all rows and their labels, in Markdown. RCTL_E_SINK. */
int metrics_write_reference(const rctl_sink *sink);

#endif
