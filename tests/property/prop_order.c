/*
 * Laws of a whole set: the order of input changes nothing, what is rendered can be
 * rendered again, and nothing depends on what was done before.
 */
#include "support/test.h"

#include <routerctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 200 };

static const char *const names[] = {
    "basic-inference-service.yaml", "cache-pdd-sd.yaml",  "companions.yaml",
    "gpu-aware-gateway.yaml",       "pdd-inference-service.yaml", "static-route.yaml",
};
enum { N_FILES = sizeof(names) / sizeof(names[0]) };

struct text {
    char *data;
    size_t len;
};

static int append(void *ctx, const char *data, size_t len)
{
    struct text *text = ctx;

    text->data = realloc(text->data, text->len + len + 1);
    cr_assert_not_null(text->data);
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
    return 0;
}

static struct text read_sample(const char *name)
{
    char path[1024], piece[4096];
    struct text text = {NULL, 0};
    size_t n;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", SAMPLES_DIR, name);
    file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        append(&text, piece, n);
    fclose(file);
    return text;
}

/* Everything that a user sees of the samples, read in the given order. */
static struct text run(rctl_ctx *ctx, const struct text *files, const size_t *order)
{
    struct text seen = {NULL, 0};
    rctl_sink sink = {append, &seen};
    rctl_render *render = NULL;
    rctl_set *set = NULL;

    cr_assert_eq(rctl_set_new(ctx, NULL, &set), 0);
    for (size_t i = 0; i < N_FILES; i++)
        cr_assert_eq(rctl_set_add(set, names[order[i]], files[order[i]].data,
                                  files[order[i]].len),
                     0);
    cr_assert_eq(rctl_render_new(set, &render), 0);
    cr_assert_eq(rctl_render_write_all(render, RCTL_RENDER_YAML_EXPLAIN, &sink), 0);
    cr_assert_eq(rctl_diags_write(rctl_set_diags(set), RCTL_DIAG_JSON, NULL, &sink), 0);
    rctl_render_free(render);
    rctl_set_free(set);
    return seen;
}

static void shuffle(size_t *order, uint64_t seed)
{
    for (size_t i = N_FILES - 1; i > 0; i--) {
        size_t j, kept = order[i];

        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        j = (size_t)(seed >> 33) % (i + 1);
        order[i] = order[j];
        order[j] = kept;
    }
}

TEST(prop_order, the_order_of_files_changes_nothing)
{
    size_t order[N_FILES];
    struct text files[N_FILES], first;
    rctl_ctx *ctx = NULL;

    cr_assert_eq(rctl_ctx_new(NULL, &ctx), 0);
    for (size_t i = 0; i < N_FILES; i++) {
        order[i] = i;
        files[i] = read_sample(names[i]);
    }
    first = run(ctx, files, order);
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct text again;

        shuffle(order, seed);
        again = run(ctx, files, order);
        cr_assert_str_eq(first.data, again.data, "seed %llu", (unsigned long long)seed);
        free(again.data);
    }
    free(first.data);
    for (size_t i = 0; i < N_FILES; i++)
        free(files[i].data);
    rctl_ctx_free(ctx);
}
