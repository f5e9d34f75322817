/* The registry of metrics: for each row, its label combinations in order. */
#include "core/metrics.h"

#include "core/brain.h"
#include "core/gpus.h"
#include "core/mem.h"
#include "core/series.h"
#include "core/watch.h"

#include <assert.h>
#include <string.h>

#define OVERFLOW_VALUE "exceeded_cardinality_limit"

static const double reconcile_bounds[] = {
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6,
    0.7,   0.8,  0.9,   1,    1.25, 1.5, 1.75, 2,   2.5, 3,    3.5, 4,    4.5, 5,
    6,     7,    8,     9,    10,  15,   20,  25,   30,  40,   50,  60,
};
static const double queue_bounds[] = {
    1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000,
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define NO_BUCKETS NULL, 0
#define RECONCILE_BUCKETS reconcile_bounds, COUNT(reconcile_bounds)
#define QUEUE_BUCKETS queue_bounds, COUNT(queue_bounds)
#define NO_LABELS {NULL}
#define LABELS1(a) {&label_##a, NULL}
#define LABELS2(a, b) {&label_##a, &label_##b, NULL}
#define LABELS3(a, b, c) {&label_##a, &label_##b, &label_##c, NULL}
#define LABELS4(a, b, c, d) {&label_##a, &label_##b, &label_##c, &label_##d, NULL}
#define CONTROLLERS BRAIN_CONTROLLERS
#define RESOURCES BRAIN_RESOURCES
#define CONDITIONS OBJECT_CONDITIONS

#define METRIC(...)
#define LABEL(id, name, values) static const struct metrics_label label_##id = {name, values};
#include "core/metrics.def"
#undef LABEL
#undef METRIC

static const struct metrics_row rows[METRICS__COUNT] = {
#define LABEL(...)
#define METRIC(id, type, name, buckets, most, labels, help)                                        \
    [METRICS_##id] = {METRICS_##type, name, help, most, labels, buckets},
#include "core/metrics.def"
#undef METRIC
#undef LABEL
};

const struct metrics_row *metrics_row(enum metrics_id id)
{
    return &rows[id];
}

void metrics_init(struct metrics *metrics, const rctl_allocator *from)
{
    memset(metrics, 0, sizeof(*metrics));
    metrics->from = *from;
}

void metrics_forget(struct metrics *metrics, enum metrics_id id)
{
    struct metrics_family *family = &metrics->families[id];

    for (uint32_t i = 0; i < family->n; i++)
        metrics->from.release(metrics->from.ctx, family->items[i], family->items[i]->size);
    family->n = 0;
}

void metrics_done(struct metrics *metrics)
{
    for (int id = 0; id < METRICS__COUNT; id++) {
        struct metrics_family *family = &metrics->families[id];

        metrics_forget(metrics, (enum metrics_id)id);
        mem_free(&metrics->from, family->items, family->cap, sizeof(*family->items));
    }
    metrics_init(metrics, &metrics->from);
}

static uint32_t count_labels(const struct metrics_row *row)
{
    uint32_t n = 0;

    while (row->labels[n])
        n++;
    return n;
}

static int compare(const struct metrics_series *series, const char *const *values, uint32_t n)
{
    int order = 0;

    for (uint32_t i = 0; i < n && order == 0; i++)
        order = strcmp(series->values[i], values[i]);
    return order;
}

/* Where a combination stands, or would stand. */
static uint32_t find_place(const struct metrics_family *family, const char *const *values,
                           uint32_t n, bool *ret_found)
{
    uint32_t low = 0, high = family->n;

    *ret_found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = compare(family->items[middle], values, n);

        if (order == 0) {
            *ret_found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* One block: the struct, the counts of the buckets, the values' pointers and texts. */
static struct metrics_series *new_series(const rctl_allocator *from,
                                         const struct metrics_row *row,
                                         const char *const *values, uint32_t n)
{
    size_t n_counts = row->type == METRICS_HISTOGRAM ? row->n_buckets + 1 : 0;
    size_t size = sizeof(struct metrics_series) + n_counts * sizeof(uint64_t);
    struct metrics_series *series;
    char *text;

    size += n * sizeof(char *);
    for (uint32_t i = 0; i < n; i++)
        size += strlen(values[i]) + 1;
    series = from->alloc(from->ctx, size);
    if (!series)
        return NULL;
    memset(series, 0, size);
    series->size = size;
    series->values = (const char **)(void *)(series->counts + n_counts);
    text = (char *)(series->values + n);
    for (uint32_t i = 0; i < n; i++) {
        size_t len = strlen(values[i]) + 1;

        series->values[i] = memcpy(text, values[i], len);
        text += len;
    }
    return series;
}

static struct metrics_series *get_series(struct metrics *metrics, enum metrics_id id,
                                         const char *const *values)
{
    static const char *const overflow[METRICS_LABELS_MAX] = {OVERFLOW_VALUE, OVERFLOW_VALUE,
                                                             OVERFLOW_VALUE, OVERFLOW_VALUE};
    struct metrics_family *family = &metrics->families[id];
    uint32_t n = count_labels(&rows[id]), place;
    struct metrics_series **items, *series;
    bool found;

    place = find_place(family, values, n, &found);
    if (!found && family->n >= rows[id].most) {
        values = overflow;
        place = find_place(family, values, n, &found);
    }
    if (found)
        return family->items[place];
    items = mem_grow(&metrics->from, family->items, &family->cap, family->n + 1, sizeof(*items));
    if (!items)
        return NULL;
    family->items = items;
    series = new_series(&metrics->from, &rows[id], values, n);
    if (!series)
        return NULL;
    memmove(items + place + 1, items + place, (family->n - place) * sizeof(*items));
    items[place] = series;
    family->n++;
    return series;
}

int metrics_add(struct metrics *metrics, enum metrics_id id, const char *const *values,
                double by)
{
    struct metrics_series *series = get_series(metrics, id, values);

    assert(rows[id].type == METRICS_GAUGE || (rows[id].type == METRICS_COUNTER && by >= 0));
    if (!series)
        return RCTL_E_NOMEM;
    series->value += by;
    return RCTL_OK;
}

int metrics_set(struct metrics *metrics, enum metrics_id id, const char *const *values,
                double value)
{
    struct metrics_series *series = get_series(metrics, id, values);

    assert(rows[id].type != METRICS_HISTOGRAM);
    if (!series)
        return RCTL_E_NOMEM;
    series->value = value;
    return RCTL_OK;
}

int metrics_observe(struct metrics *metrics, enum metrics_id id, const char *const *values,
                    double value)
{
    struct metrics_series *series = get_series(metrics, id, values);
    uint32_t bucket = 0;

    assert(rows[id].type == METRICS_HISTOGRAM);
    if (!series)
        return RCTL_E_NOMEM;
    while (bucket < rows[id].n_buckets && !(value <= rows[id].buckets[bucket]))
        bucket++;
    series->counts[bucket]++;
    series->value += value;
    return RCTL_OK;
}
