/* One label combination of a metric; shared by the registry and its writer. */
#ifndef CORE_SERIES_H
#define CORE_SERIES_H

#include <stddef.h>
#include <stdint.h>

struct metrics_series {
    size_t size;         /* of this block */
    double value;        /* of a histogram: the sum */
    const char **values; /* of the labels */
    uint64_t counts[];   /* of a histogram: for each bucket, infinity last; not summed up */
};

#endif
