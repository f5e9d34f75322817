/*
 * Feeds arbitrary text through the whole way: read, check, render, explain, draw, write,
 * read again. What was rendered must be readable and must render to the same bytes.
 */
#include <routerctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
    char *data;
    size_t len, cap;
};

static int append(void *ctx, const char *data, size_t len)
{
    struct text *text = ctx;

    if (text->len + len + 1 > text->cap) {
        text->cap = (text->len + len + 1) * 2;
        text->data = realloc(text->data, text->cap);
        if (!text->data)
            abort();
    }
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
    return 0;
}

static void run(rctl_ctx *ctx, const char *data, size_t len, bool pass, struct text *manifests)
{
    rctl_set_options options = {.size = sizeof(options), .keep_others = pass};
    rctl_sink sink = {append, manifests};
    struct text told = {NULL, 0, 0};
    rctl_sink telling = {append, &told};
    rctl_render *render = NULL;
    rctl_set *set = NULL;

    if (rctl_set_new(ctx, &options, &set) != 0 || rctl_set_add(set, "in.yaml", data, len) != 0 ||
        rctl_render_new(set, &render) != 0)
        abort();
    for (int format = 0; format < RCTL_DIAG_FORMAT__COUNT; format++)
        if (rctl_diags_write(rctl_set_diags(set), (rctl_diag_format)format, NULL, &telling) != 0)
            abort();
    for (size_t i = 0; i < rctl_set_count(set); i++)
        if (rctl_object_write(rctl_set_get(set, i), &telling) != 0)
            abort();
    if (rctl_render_write_all(render, RCTL_RENDER_YAML, &sink) != 0 ||
        rctl_routing_write(set, RCTL_ROUTING_TEXT, &telling) != 0)
        abort();
    for (int format = RCTL_GRAPH_SVG; format <= RCTL_GRAPH_TEXT; format++)
        if (rctl_graph_write(set, (rctl_graph_format)format, &telling) != 0)
            abort();
    free(told.data);
    rctl_render_free(render);
    rctl_set_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text first = {NULL, 0, 0}, second = {NULL, 0, 0};
    rctl_ctx *ctx = NULL;

    if (rctl_ctx_new(NULL, &ctx) != 0)
        abort();
    run(ctx, (const char *)data, size, /* pass= */ false, &first);
    /* Passed through, the manifests are written as they are. */
    if (first.len)
        run(ctx, first.data, first.len, /* pass= */ true, &second);
    if (first.len != second.len || (first.len && memcmp(first.data, second.data, first.len) != 0))
        abort();
    free(first.data);
    free(second.data);
    rctl_ctx_free(ctx);
    return 0;
}
