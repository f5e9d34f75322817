/*
 * metrics_page N: how long the operator's page of metrics takes while it knows N objects.
 * A brain of its own is told of N InferenceServices, which are half of them Ready, and the
 * page is written 100 times; median and longest are printed beside the goal, which never
 * fails. What fails is a page that counts the objects otherwise.
 */
#define _DEFAULT_SOURCE
#include "core/brain.h"
#include "core/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGES = 100, PAGE_MOST = 1 << 20, GOAL_MS = 50 };

struct page {
    char data[PAGE_MOST];
    size_t n;
};

static int append(void *ctx, const char *data, size_t n)
{
    struct page *page = ctx;

    if (page->n + n >= PAGE_MOST)
        return 1;
    memcpy(page->data + page->n, data, n);
    page->n += n;
    page->data[page->n] = '\0';
    return 0;
}

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

static double milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static bool tell_service(struct brain *brain, const struct brain_call *call, unsigned i,
                         core_time now)
{
    const struct object_condition conditions[] = {
        {"Accepted", "True"}, {"Ready", i % 2 ? "True" : "False"}, {"BackendReady", "True"}};
    char name[32], bytes[400];
    struct object object = {
        .meta = {.api_version = call->api_version, .kind = call->kind, .ns = "default",
                 .name = name, .uid = name, .rv = "1", .managed_by = "", .generation = 1,
                 .conditions = conditions, .n_conditions = 3},
        .bytes = bytes};

    snprintf(name, sizeof(name), "chat-%u", i);
    object.n = (size_t)snprintf(
        bytes, sizeof(bytes),
        "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\",\"namespace\":"
        "\"default\",\"uid\":\"%s\"},\"spec\":{\"modelName\":\"llama3\",\"backendMode\":"
        "\"External\"}}",
        call->api_version, call->kind, name, name);
    return brain_item(brain, call->id, &object, now, i);
}

/* Lists and streams are answered; writes stay out, so nothing changes while it is measured. */
static void answer(struct brain *brain, const struct brain_call *call, unsigned n, core_time now)
{
    if (call->type == BRAIN_DISCOVER) {
        brain_done(brain, call->id, &(struct answer){.status = 200}, NULL, now, 1);
    } else if (call->type == BRAIN_STREAM) {
        brain_opened(brain, call->id, now);
    } else if (call->type == BRAIN_LIST) {
        for (unsigned i = 0; i < n && strcmp(call->kind, "InferenceService") == 0; i++)
            if (!tell_service(brain, call, i, now))
                return;
        brain_page(brain, call->id, "2", "", now, 1);
    }
}

static bool synchronise(struct brain *brain, unsigned n, core_time *now)
{
    for (unsigned round = 0; round < 1000 && !brain_is_synced(brain); round++) {
        struct brain_call call;

        while (brain_poll(brain, *now, 0, round, &call))
            if (!call.cancel)
                answer(brain, &call, n, *now);
        *now += CORE_SECOND;
    }
    return brain_is_synced(brain);
}

static bool write_page(struct brain *brain, core_time now, struct page *page)
{
    const rctl_sink sink = {append, page};

    page->n = 0;
    return metrics_write(brain_metrics(brain, now), METRICS_TEXT, &sink) == RCTL_OK;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static bool measure(struct brain *brain, core_time now, struct page *page, unsigned n)
{
    double took[PAGES];

    for (size_t i = 0; i < PAGES; i++) {
        double start = milliseconds();

        if (!write_page(brain, now + (core_time)i * CORE_SECOND, page))
            return false;
        took[i] = milliseconds() - start;
    }
    qsort(took, PAGES, sizeof(*took), compare);
    printf("%u objects: a page of %.1f KiB in %.3f ms, the longest of %d in %.3f ms; "
           "goal: %d ms  %s\n",
           n, (double)page->n / 1024, took[PAGES / 2], PAGES, took[PAGES - 1], GOAL_MS,
           took[PAGES / 2] < GOAL_MS ? "pass" : "FAIL");
    return true;
}

int main(int argc, char **argv)
{
    static struct page page;
    const unsigned n = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
    const rctl_allocator from = {take, give_back, NULL};
    struct brain_options options = {.from = from, .identity = "me", .lease_ns = "system",
                                    .lease_name = "operator", .host = "api", .seed = 5};
    core_time now = 100 * CORE_SECOND;
    struct brain *brain = NULL;
    rctl_ctx *ctx = NULL;
    char wanted[120];
    bool right;

    snprintf(wanted, sizeof(wanted),
             "prodstack_cr_condition{kind=\"InferenceService\",condition=\"Ready\","
             "status=\"False\"} %u\n", n - n / 2);
    if (rctl_ctx_new(&from, &ctx) != RCTL_OK)
        return 1;
    options.ctx = ctx;
    right = brain_new(&options, now, &brain) == RCTL_OK && synchronise(brain, n, &now) &&
            measure(brain, now, &page, n) && strstr(page.data, wanted);
    if (!right)
        fprintf(stderr, "metrics_page: the page does not count %u objects\n", n);
    brain_free(brain);
    rctl_ctx_free(ctx);
    return right ? 0 : 1;
}
