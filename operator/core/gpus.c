/* GPUs by their UUIDs, then by who uses them. */
#include "core/gpus.h"

#include "core/mem.h"

#include <string.h>

/* The labels of the metrics, in their order. */
static const enum scrape_label told[] = {SCRAPE_LABEL_NODE, SCRAPE_LABEL_NAMESPACE,
                                         SCRAPE_LABEL_POD, SCRAPE_LABEL_MODEL};

enum { TOLD = sizeof(told) / sizeof(*told) };

struct gpu {
    struct slot slot; /* UUID and instance */
    uint32_t has;     /* a bit for each meaning */
    double values[SCRAPE_MEANING__COUNT];
    char *texts[TOLD];
};

/* GPUs of one combination of labels: never more than there are GPUs. */
struct group {
    struct slot slot;
    uint32_t n_utilizations, n_memories;
    double utilization, used, total;
};

void gpus_init(struct gpus *gpus, const rctl_allocator *from, uint64_t seed)
{
    slots_init(&gpus->items, from, sizeof(struct gpu), 2, seed);
    gpus->dropped = 0;
}

static void free_texts(struct gpus *gpus, struct gpu *gpu)
{
    for (size_t i = 0; i < TOLD; i++)
        mem_free_text(&gpus->items.from, gpu->texts[i]);
}

void gpus_done(struct gpus *gpus)
{
    for (uint32_t i = 0; i < gpus->items.used; i++) {
        struct gpu *gpu = slots_get(&gpus->items, i);

        if (!gpu)
            continue;
        free_texts(gpus, gpu);
        slots_remove(&gpus->items, i);
    }
    slots_done(&gpus->items);
}

static struct gpu *add_gpu(struct gpus *gpus, const struct scrape_sample *sample,
                           const char *const *key)
{
    uint32_t number;
    struct gpu *gpu;

    if (gpus->items.n >= GPUS_MOST || slots_add(&gpus->items, key, &number) != RCTL_OK)
        return NULL;
    gpu = slots_get(&gpus->items, number);
    for (size_t i = 0; i < TOLD; i++) {
        gpu->texts[i] = mem_text(&gpus->items.from, sample->labels[told[i]]);
        if (!gpu->texts[i]) {
            free_texts(gpus, gpu);
            slots_remove(&gpus->items, number);
            return NULL;
        }
    }
    return gpu;
}

void gpus_take(void *ctx, const struct scrape_sample *sample)
{
    struct gpus *gpus = ctx;
    const char *const key[] = {sample->labels[SCRAPE_LABEL_GPU],
                               sample->labels[SCRAPE_LABEL_INSTANCE]};
    uint32_t number = slots_find(&gpus->items, key);
    struct gpu *gpu = NULL;

    if (number != SLOTS_NONE)
        gpu = slots_get(&gpus->items, number);
    else if (*key[0])
        gpu = add_gpu(gpus, sample, key);
    if (!gpu) {
        gpus->dropped++;
        return;
    }
    if (gpu->has >> sample->meaning & 1)
        return;
    gpu->has |= 1U << sample->meaning;
    gpu->values[sample->meaning] = sample->value;
}

void gpus_merge(struct gpus *to, const struct gpus *from)
{
    for (uint32_t i = 0; i < from->items.used; i++) {
        const struct gpu *gpu = slots_get(&from->items, i);
        struct scrape_sample sample = {0};

        if (!gpu)
            continue;
        sample.labels[SCRAPE_LABEL_GPU] = gpu->slot.parts[0];
        sample.labels[SCRAPE_LABEL_INSTANCE] = gpu->slot.parts[1];
        for (size_t k = 0; k < TOLD; k++)
            sample.labels[told[k]] = gpu->texts[k];
        for (int meaning = 0; meaning < SCRAPE_MEANING__COUNT; meaning++) {
            if (!(gpu->has >> meaning & 1))
                continue;
            sample.meaning = (enum scrape_meaning)meaning;
            sample.value = gpu->values[meaning];
            gpus_take(to, &sample);
        }
    }
    to->dropped += from->dropped;
}

/* ---- metrics ---- */

static struct group *find_group(struct slots *groups, const struct gpu *gpu)
{
    const char *const key[] = {gpu->texts[0], gpu->texts[1], gpu->texts[2], gpu->texts[3]};
    uint32_t number = slots_find(groups, key);

    if (number == SLOTS_NONE && slots_add(groups, key, &number) != RCTL_OK)
        return NULL;
    return slots_get(groups, number);
}

static void add_to_group(struct group *group, const struct gpu *gpu)
{
    static const uint32_t memory = 1U << SCRAPE_GPU_MEMORY_USED | 1U << SCRAPE_GPU_MEMORY_FREE;
    const double *values = gpu->values;

    if (gpu->has >> SCRAPE_GPU_UTILIZATION & 1) {
        group->n_utilizations++;
        group->utilization += values[SCRAPE_GPU_UTILIZATION];
    }
    /* What is reserved is 0 where the exporter does not tell it. */
    if ((gpu->has & memory) == memory) {
        group->n_memories++;
        group->used += values[SCRAPE_GPU_MEMORY_USED];
        group->total += values[SCRAPE_GPU_MEMORY_USED] + values[SCRAPE_GPU_MEMORY_FREE] +
                        values[SCRAPE_GPU_MEMORY_RESERVED];
    }
}

static void set_group(struct metrics *metrics, const struct group *group)
{
    const char *const *labels = group->slot.parts;

    if (group->n_utilizations)
        metrics_set(metrics, METRICS_GPU_UTILIZATION, labels,
                    group->utilization / group->n_utilizations);
    if (group->n_memories) {
        metrics_set(metrics, METRICS_GPU_MEMORY_USED, labels, group->used);
        metrics_set(metrics, METRICS_GPU_MEMORY_TOTAL, labels, group->total);
    }
}

void gpus_report(const struct gpus *gpus, struct metrics *metrics)
{
    static const enum metrics_id ids[] = {METRICS_GPU_UTILIZATION, METRICS_GPU_MEMORY_USED,
                                          METRICS_GPU_MEMORY_TOTAL};
    struct slots groups;

    for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
        metrics_forget(metrics, ids[i]);
    slots_init(&groups, &gpus->items.from, sizeof(struct group), TOLD, gpus->items.seed);
    for (uint32_t i = 0; i < gpus->items.used; i++) {
        const struct gpu *gpu = slots_get(&gpus->items, i);
        struct group *group = gpu ? find_group(&groups, gpu) : NULL;

        if (group)
            add_to_group(group, gpu);
    }
    for (uint32_t i = 0; i < groups.used; i++) {
        set_group(metrics, slots_get(&groups, i));
        slots_remove(&groups, i);
    }
    slots_done(&groups);
}
