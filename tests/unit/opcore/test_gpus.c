/* opcore/gpus: what is told of GPUs, each counted once, within bounds and without memory. */
#include "core/gpus.h"
#include "support/memory.h"

#include <stdio.h>

struct text {
    char data[1 << 16];
    size_t len;
};

static int append(void *ctx, const char *data, size_t len)
{
    struct text *text = ctx;

    cr_assert(text->len + len < sizeof(text->data));
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
    return 0;
}

static void take(struct gpus *gpus, enum scrape_meaning meaning, const char *uuid,
                 const char *pod, double value)
{
    gpus_take(gpus, &(struct scrape_sample){
                        .meaning = meaning, .value = value,
                        .labels = {[SCRAPE_LABEL_GPU] = uuid, [SCRAPE_LABEL_INSTANCE] = "",
                                   [SCRAPE_LABEL_NODE] = "n", [SCRAPE_LABEL_NAMESPACE] = "a",
                                   [SCRAPE_LABEL_POD] = pod, [SCRAPE_LABEL_MODEL] = "H100"}});
}

static void take_whole(struct gpus *gpus, const char *uuid, const char *pod, double value)
{
    take(gpus, SCRAPE_GPU_UTILIZATION, uuid, pod, value);
    take(gpus, SCRAPE_GPU_MEMORY_USED, uuid, pod, value);
    take(gpus, SCRAPE_GPU_MEMORY_FREE, uuid, pod, 1);
}

static void require_told(struct metrics *metrics, const struct gpus *gpus, const char *expected)
{
    static struct text text;
    rctl_sink sink = {append, &text};
    char samples[4096] = "";

    text.len = 0;
    text.data[0] = '\0';
    gpus_report(gpus, metrics);
    cr_assert_eq(metrics_write(metrics, METRICS_TEXT, &sink), RCTL_OK);
    for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n"))
        if (*line != '#')
            strcat(strcat(samples, line), "\n");
    cr_assert_str_eq(samples, expected, "%s", samples);
}

#define LABELS(pod) "{node=\"n\",namespace=\"a\",pod=\"" pod "\",model=\"H100\"} "

TEST(opcore_gpus, each_gpu_counts_once)
{
    struct memory memory;
    struct metrics metrics;
    struct gpus gpus, more;

    memory_init(&memory);
    metrics_init(&metrics, &memory.mem.from);
    gpus_init(&gpus, &memory.mem.from, 1);
    gpus_init(&more, &memory.mem.from, 2);
    take_whole(&gpus, "1", "p", 0.25);
    take_whole(&gpus, "1", "q", 0.25);
    take_whole(&more, "2", "p", 0.75);
    take_whole(&more, "1", "p", 1);
    take(&more, SCRAPE_GPU_MEMORY_RESERVED, "2", "p", 10);
    take(&more, SCRAPE_GPU_MEMORY_USED, "3", "half", 1);
    take(&more, SCRAPE_GPU_MEMORY_USED, "", "nameless", 1);
    gpus_merge(&gpus, &more);
    cr_assert_eq(gpus.dropped, 1);
    require_told(&metrics, &gpus,
                 "prodstack_gpu_utilization_ratio" LABELS("p") "0.5\n"
                 "prodstack_gpu_memory_used_bytes" LABELS("p") "1\n"
                 "prodstack_gpu_memory_total_bytes" LABELS("p") "13\n");
    gpus_done(&gpus);
    gpus_init(&gpus, &memory.mem.from, 3);
    require_told(&metrics, &gpus, "");
    gpus_done(&gpus);
    gpus_done(&more);
    metrics_done(&metrics);
    memory_done(&memory);
}

TEST(opcore_gpus, more_than_there_is_room_for)
{
    struct memory memory;
    struct gpus gpus;
    char uuid[16];

    memory_init(&memory);
    gpus_init(&gpus, &memory.mem.from, 1);
    for (int i = 0; i < GPUS_MOST + 10; i++) {
        snprintf(uuid, sizeof(uuid), "%d", i);
        take(&gpus, SCRAPE_GPU_UTILIZATION, uuid, uuid, 1);
    }
    cr_assert_eq(gpus.items.n, GPUS_MOST);
    cr_assert_eq(gpus.dropped, 10);
    gpus_done(&gpus);
    memory_done(&memory);
}

TEST(opcore_gpus, memory_that_is_refused)
{
    for (size_t fail = 1; fail < 12; fail++) {
        struct memory memory;
        struct metrics metrics;
        struct gpus gpus;

        memory_init(&memory);
        metrics_init(&metrics, &memory.mem.from);
        gpus_init(&gpus, &memory.mem.from, 1);
        memory.fail_at = memory.calls + fail;
        take_whole(&gpus, "1", "p", 0.5);
        take_whole(&gpus, "2", "q", 0.5);
        memory.fail_at = memory.calls + fail;
        gpus_report(&gpus, &metrics);
        gpus_done(&gpus);
        metrics_done(&metrics);
        memory_done(&memory);
    }
}
