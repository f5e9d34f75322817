/*
 * gpus: what an exporter says of each GPU, and its metrics by node, namespace, pod and
 * model. A GPU is known by its UUID and the number of its instance, so one that several
 * pods share, or that is told of twice, counts once: for the pod that is named first.
 * What finds no room is dropped and counted.
 */
#ifndef CORE_GPUS_H
#define CORE_GPUS_H

#include "core/metrics.h"
#include "core/scrape.h"
#include "core/slots.h"

enum { GPUS_MOST = 4096 }; /* GPUs and instances of GPUs, and so series of each metric */

struct gpus {
    struct slots items;
    uint64_t dropped; /* samples that found no room, or named no GPU */
};

void gpus_init(struct gpus *gpus, const rctl_allocator *from, uint64_t seed);
void gpus_done(struct gpus *gpus);

/* A scrape_take. Without memory, the sample is dropped. */
void gpus_take(void *gpus, const struct scrape_sample *sample);
/* Adds what `from` knows and has dropped. */
void gpus_merge(struct gpus *to, const struct gpus *from);

/* Sets the metrics of GPUs to just these; what there is no memory for is left out. */
void gpus_report(const struct gpus *gpus, struct metrics *metrics);

#endif
