/*
 * What docs/ownership-and-threads.md promises, done by several threads at once:
 * threads own|context|results FILE... (manifests). Each thread writes down all that it gets;
 * that must be what one thread alone gets. Races are what the tsan preset is for: there, each
 * one fails the run. Uses the installed headers only.
 */
#include <pthread.h>
#include <routerctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_THREADS = 4, N_ROUNDS = 3, MAX_FILES = 32 };

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "threads.c:%d: not so: %s\n", __LINE__, #condition);                   \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* ---- input and output ---- */

static struct file {
    const char *name;
    char *data;
    size_t len;
} files[MAX_FILES];
static size_t n_files;

static void read_file(const char *name)
{
    struct file *file = &files[n_files++];
    FILE *in = fopen(name, "rb");

    CHECK(in && n_files < MAX_FILES);
    CHECK(fseek(in, 0, SEEK_END) == 0);
    file->name = name;
    file->len = (size_t)ftell(in);
    file->data = malloc(file->len + 1);
    rewind(in);
    CHECK(file->data && fread(file->data, 1, file->len, in) == file->len);
    fclose(in);
}

struct text {
    char *data;
    size_t len, room;
};

static int append(void *ctx, const char *data, size_t len)
{
    struct text *text = ctx;

    if (text->len + len > text->room) {
        text->room = 2 * (text->len + len);
        text->data = realloc(text->data, text->room);
        CHECK(text->data);
    }
    if (len)
        memcpy(text->data + text->len, data, len);
    text->len += len;
    return 0;
}

static void append_word(struct text *text, const char *word)
{
    append(text, word, strlen(word) + 1);
}

/* ---- a provider whose callback must run on the thread that asked ---- */

static _Thread_local bool asked_here;

static int resolve(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    rctl_endpoint endpoint = {.url = "http://10.0.0.1:8000", .model = "m", .weight = 1};

    (void)ctx;
    (void)job;
    CHECK(asked_here);
    return rctl_discovery_out_endpoint(out, &endpoint);
}

static rctl_ctx *new_context(void)
{
    static const rctl_discovery own = {sizeof(own), "own", "One endpoint.", resolve, NULL};
    rctl_ctx *ctx = NULL;

    CHECK(rctl_ctx_new(NULL, &ctx) == RCTL_OK);
    CHECK(rctl_discovery_register(ctx, &own) == RCTL_OK);
    return ctx;
}

/* ---- everything that can be had from the files ---- */

struct results {
    rctl_ctx *ctx;
    rctl_set *set, *part; /* all files, and all but the last one */
    rctl_render *render, *render_part;
    rctl_diff *diff;
    rctl_world *world;
    rctl_plan **plans;
    size_t n_plans;
};

static rctl_set *new_set(const rctl_ctx *ctx, size_t n)
{
    rctl_set *set = NULL;

    CHECK(rctl_set_new(ctx, NULL, &set) == RCTL_OK);
    for (size_t i = 0; i < n; i++)
        CHECK(rctl_set_add(set, files[i].name, files[i].data, files[i].len) == RCTL_OK);
    CHECK(rctl_set_check(set) == RCTL_OK);
    return set;
}

static void make_plans(struct results *results)
{
    rctl_key key;

    CHECK(rctl_world_new(results->ctx, NULL, &results->world) == RCTL_OK);
    for (size_t i = 0; i < n_files; i++)
        CHECK(rctl_world_edit(results->world, files[i].name, files[i].data, files[i].len) ==
              RCTL_OK);
    CHECK(rctl_world_set_now(results->world, 1764000000 * RCTL_SECOND) == RCTL_OK);
    for (size_t i = 0; rctl_world_key(results->world, i, &key) == RCTL_OK; i++) {
        results->plans = realloc(results->plans, (i + 1) * sizeof(rctl_plan *));
        CHECK(results->plans);
        CHECK(rctl_reconcile(results->world, key.kind, key.name_space, key.name,
                             &results->plans[i]) == RCTL_OK);
        results->n_plans++;
    }
    CHECK(results->n_plans > 0);
}

static void make_results(struct results *results, rctl_ctx *ctx)
{
    *results = (struct results){.ctx = ctx};
    results->set = new_set(ctx, n_files);
    results->part = new_set(ctx, n_files - 1);
    CHECK(rctl_render_new(results->set, &results->render) == RCTL_OK);
    CHECK(rctl_render_new(results->part, &results->render_part) == RCTL_OK);
    CHECK(rctl_diff_new(results->render_part, results->render, &results->diff) == RCTL_OK);
    make_plans(results);
}

static void free_results(struct results *results)
{
    for (size_t i = 0; i < results->n_plans; i++)
        rctl_plan_free(results->plans[i]);
    free(results->plans);
    rctl_world_free(results->world);
    rctl_diff_free(results->diff);
    rctl_render_free(results->render_part);
    rctl_render_free(results->render);
    rctl_set_free(results->part);
    rctl_set_free(results->set);
}

/* ---- reading: nothing of this may change anything ---- */

static void read_context(const rctl_ctx *ctx, const rctl_sink *sink)
{
    rctl_endpoints *endpoints = NULL;

    asked_here = true;
    CHECK(rctl_discover(ctx, "own", "x", "", 0, NULL, &endpoints) == RCTL_OK);
    asked_here = false;
    CHECK(rctl_endpoints_count(endpoints) == 1);
    rctl_endpoints_free(endpoints);
    CHECK(rctl_gen_reference(ctx, "routers", sink) == RCTL_OK);
    CHECK(rctl_gen_crd(ctx, "InferenceService", sink) == RCTL_OK);
    CHECK(rctl_gen_rbac(ctx, NULL, false, sink) == RCTL_OK);
    CHECK(rctl_explain(ctx, "engine.missing-key", sink) == RCTL_OK);
    for (size_t i = 0; i < rctl_engines_count(ctx); i++)
        append_word(sink->ctx, rctl_engines_get(ctx, i)->name);
    for (size_t i = 0; i < rctl_routers_count(ctx); i++)
        append_word(sink->ctx, rctl_routers_get(ctx, i)->name);
}

static void read_set(const rctl_set *set, const rctl_sink *sink)
{
    for (rctl_diag_format f = RCTL_DIAG_TEXT; f < RCTL_DIAG_FORMAT__COUNT; f++)
        CHECK(rctl_diags_write(rctl_set_diags(set), f, NULL, sink) == RCTL_OK);
    for (size_t i = 0; i < rctl_set_count(set); i++) {
        const rctl_object *object = rctl_set_get(set, i);

        append_word(sink->ctx, rctl_object_name(object));
        CHECK(rctl_object_get(object, "spec", sink) == RCTL_OK);
        CHECK(rctl_object_has_errors(object) || rctl_object_write(object, sink) == RCTL_OK);
    }
}

static void read_diff(const rctl_diff *diff, const rctl_sink *sink)
{
    rctl_change change;

    for (size_t i = 0; rctl_diff_get(diff, i, &change) == RCTL_OK; i++) {
        append_word(sink->ctx, change.manifest.name);
        for (size_t place = 0; place < change.n_places; place++) {
            append_word(sink->ctx, rctl_diff_path(diff, i, place));
            rctl_diff_write_value(diff, i, place, /* newer= */ true, sink);
        }
    }
}

static void read_plan(const rctl_plan *plan, const rctl_sink *sink)
{
    rctl_action action;

    CHECK(rctl_plan_write(plan, sink) == RCTL_OK);
    for (size_t i = 0; rctl_plan_get(plan, i, &action) == RCTL_OK; i++) {
        append_word(sink->ctx, action.reason);
        if (action.type == RCTL_ACTION_APPLY)
            CHECK(rctl_plan_write_body(plan, i, sink) == RCTL_OK);
    }
}

static struct text read_results(const struct results *results)
{
    struct text text = {0};
    rctl_sink sink = {append, &text};
    rctl_diff *diff = NULL;

    read_context(results->ctx, &sink);
    read_set(results->set, &sink);
    for (int f = RCTL_RENDER_YAML; f <= RCTL_RENDER_YAML_EXPLAIN; f++)
        CHECK(rctl_render_write_all(results->render, (rctl_render_format)f, &sink) == RCTL_OK);
    read_diff(results->diff, &sink);
    CHECK(rctl_diff_new(results->render, results->render_part, &diff) == RCTL_OK);
    read_diff(diff, &sink);
    rctl_diff_free(diff);
    CHECK(rctl_diags_write(rctl_world_diags(results->world), RCTL_DIAG_TEXT, NULL, &sink) ==
          RCTL_OK);
    for (size_t i = 0; i < results->n_plans; i++)
        read_plan(results->plans[i], &sink);
    return text;
}

/* ---- threads ---- */

static enum { OWN, CONTEXT, RESULTS } shared;
static struct results of_main;
static struct text expected;

static void *work(void *arg)
{
    for (int round = 0; round < N_ROUNDS; round++) {
        struct results results = of_main;
        struct text got;

        if (shared != RESULTS)
            make_results(&results, shared == OWN ? new_context() : of_main.ctx);
        got = read_results(&results);
        CHECK(got.len == expected.len && memcmp(got.data, expected.data, got.len) == 0);
        free(got.data);
        if (shared != RESULTS)
            free_results(&results);
        if (shared == OWN)
            rctl_ctx_free(results.ctx);
    }
    return arg;
}

int main(int argc, char **argv)
{
    static const char *const words[] = {"own", "context", "results"};
    pthread_t threads[N_THREADS];

    CHECK(argc > 2);
    while (strcmp(words[shared], argv[1]) != 0)
        CHECK(++shared <= RESULTS);
    for (int i = 2; i < argc; i++)
        read_file(argv[i]);
    make_results(&of_main, new_context());
    expected = read_results(&of_main);
    for (size_t i = 0; i < N_THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, NULL) == 0);
    for (size_t i = 0; i < N_THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    printf("threads %s: %d threads, %d rounds, %zu bytes each\n", argv[1], N_THREADS, N_ROUNDS,
           expected.len);
    free(expected.data);
    free_results(&of_main);
    rctl_ctx_free(of_main.ctx);
    for (size_t i = 0; i < n_files; i++)
        free(files[i].data);
    return 0;
}
