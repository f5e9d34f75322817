/* The worlds that laws are looked at in, and how plans are carried out there. */
#include "property/laws.h"

#include "support/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_ROUNDS = 10, MOST_CASES = 128 };

static const rctl_time NOW = INT64_C(1767225600) * RCTL_SECOND; /* 2026-01-01 */

uint32_t law_draw(struct law *law, uint32_t below)
{
    law->random = law->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return below ? (uint32_t)(law->random >> 33) % below : 0;
}

/* ---- the library, as a program would use it ---- */

struct text {
    struct base_arena *arena;
    char *data;
    size_t len, room;
};

static int append(void *ctx, const char *data, size_t len)
{
    struct text *text = ctx;

    if (text->len + len + 1 > text->room) {
        char *larger = base_arena_alloc(text->arena, 2 * (text->len + len + 1));

        if (text->len)
            memcpy(larger, text->data, text->len);
        text->data = larger;
        text->room = 2 * (text->len + len + 1);
    }
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
    return 0;
}

rctl_world *law_make_world(struct law *law, const char *seen)
{
    rctl_world *world = NULL;

    cr_assert_eq(rctl_world_new(law->ctx, NULL, &world), 0);
    cr_assert_eq(rctl_world_add(world, "seen", seen, strlen(seen)), 0);
    cr_assert_eq(rctl_world_set_now(world, NOW), 0);
    return world;
}

rctl_plan *law_make_plan(rctl_world *world, const rctl_key *key)
{
    rctl_plan *plan = NULL;

    cr_assert_eq(rctl_reconcile(world, key->kind, key->name_space, key->name, &plan), 0);
    return plan;
}

const char *law_write_plans(struct law *law, const char *seen)
{
    struct text text = {.arena = &law->arena};
    rctl_sink sink = {append, &text};
    rctl_world *world = law_make_world(law, seen);
    rctl_key key;

    append(&text, "", 0);
    for (size_t i = 0; rctl_world_key(world, i, &key) == 0; i++) {
        rctl_plan *plan = law_make_plan(world, &key);

        cr_assert_eq(rctl_plan_write(plan, &sink), 0);
        rctl_plan_free(plan);
    }
    rctl_world_free(world);
    return text.data;
}

/* ---- carrying plans out ---- */

static bool is_write(const rctl_action *action)
{
    return action->type == RCTL_ACTION_APPLY || action->type == RCTL_ACTION_DELETE ||
           action->type == RCTL_ACTION_STATUS;
}

void law_remember(struct law *law)
{
    if (law->n_past == LAW_PAST) {
        memmove(law->past, law->past + 1, (LAW_PAST - 1) * sizeof(law->past[0]));
        law->n_past--;
    }
    law->past[law->n_past++] = model_list(&law->model, 0, MODEL_WHOLE);
}

static const struct text_node *body_of(struct law *law, const rctl_plan *plan, size_t i)
{
    struct text text = {.arena = &law->arena};
    rctl_sink sink = {append, &text};

    return rctl_plan_write_body(plan, i, &sink) == 0
               ? model_parse(&law->arena, text.data, text.len)
               : NULL;
}

/* A plan deletes only what its object owns, and names what it touches. */
static void check_action(struct law *law, const rctl_action *action)
{
    if (is_write(action) && action->precondition == RCTL_PRECONDITION_NONE)
        law->failed = true;
    if (action->type == RCTL_ACTION_DELETE && !action->uid)
        law->failed = true;
}

/* Returns how many writes were tried. */
static unsigned carry_out(struct law *law, const rctl_plan *plan, struct trouble *trouble)
{
    rctl_action action;
    unsigned n = 0;

    for (size_t i = 0; rctl_plan_get(plan, i, &action) == 0; i++) {
        bool good;

        if (!is_write(&action))
            continue;
        check_action(law, &action);
        good = model_act(&law->model, &action, body_of(law, plan, i));
        law_remember(law);
        n++;
        if (!good || (trouble->cut_after && --trouble->cut_after == 0))
            return n;
    }
    return n;
}

/* One plan for each object, each from what is seen then. */
unsigned law_run_round(struct law *law, struct trouble *trouble)
{
    unsigned n = 0;
    rctl_key key;

    for (size_t i = 0;; i++) {
        size_t back = trouble->plans && trouble->stale ? law_draw(law, trouble->stale + 1) : 0;
        const char *seen = back && back < law->n_past ? law->past[law->n_past - 1 - back]
                                                      : model_list(&law->model, 0, MODEL_WHOLE);
        rctl_world *world = law_make_world(law, seen);
        rctl_plan *plan;
        bool more = rctl_world_key(world, i, &key) == 0;

        if (more) {
            plan = law_make_plan(world, &key);
            n += carry_out(law, plan, trouble);
            rctl_plan_free(plan);
        }
        rctl_world_free(world);
        if (!more)
            break;
        if (trouble->plans)
            trouble->plans--;
    }
    model_run(&law->model);
    law_remember(law);
    return n;
}

bool law_settle(struct law *law, struct trouble trouble)
{
    for (int round = 0; round < MOST_ROUNDS + (int)trouble.plans; round++) {
        bool calm = trouble.cut_after == 0 && trouble.plans == 0;

        if (law_run_round(law, &trouble) == 0 && calm)
            return true;
        /* A run that is shorter than its trouble. */
        if (round >= MOST_ROUNDS / 2)
            trouble = (struct trouble){0};
    }
    return false;
}

/* ---- cases ---- */

struct source {
    char name[64];
    char *text;
    size_t len;
};
static struct source sources[MOST_CASES];
static size_t n_sources;

static void read_into(struct source *source, const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t n;

    cr_assert_not_null(file, "%s", path);
    source->text = realloc(source->text, source->len + (1 << 16));
    source->len += (size_t)sprintf(source->text + source->len, "\n---\n");
    n = fread(source->text + source->len, 1, (1 << 16) - 16, file);
    source->len += n;
    fclose(file);
}

static void add_folder(const char *folder, const char *name, const char *prefix)
{
    struct source *source = &sources[n_sources];
    struct dirent *entry;
    DIR *dir = opendir(folder);

    cr_assert_not_null(dir, "%s", folder);
    memset(source, 0, sizeof(*source));
    snprintf(source->name, sizeof(source->name), "%s", name);
    while ((entry = readdir(dir)) != NULL) {
        const char *dot = strrchr(entry->d_name, '.');
        char path[2048];

        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 || !dot ||
            strcmp(dot, ".yaml") != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        read_into(source, path);
    }
    closedir(dir);
    if (source->len)
        n_sources++;
}

/* The samples as one case, and each case of rendering. */
static void find_sources(void)
{
    struct dirent *entry;
    DIR *dir = opendir(CASES_DIR);

    add_folder(SAMPLES_DIR, "samples", "");
    cr_assert_not_null(dir);
    while ((entry = readdir(dir)) != NULL && n_sources < MOST_CASES) {
        char path[1024];

        snprintf(path, sizeof(path), "%s/%s", CASES_DIR, entry->d_name);
        if (entry->d_name[0] != '.')
            add_folder(path, entry->d_name, "in");
    }
    closedir(dir);
}

/* Only what a server would take: named objects of one namespace, with a spec. */
static void put_document(void *ctx, const struct text_doc *doc)
{
    struct law *law = ctx;
    const struct text_node *meta = text_get(doc->root, "metadata");
    const char *name_space = text_get_str(meta, "namespace");

    if (text_get_str(doc->root, "kind") && text_get_str(doc->root, "apiVersion") &&
        text_get_str(meta, "name") && text_get(doc->root, "spec") &&
        (!name_space || strcmp(name_space, "default") == 0))
        model_put(&law->model, doc->root);
}

static void put_text(struct law *law, const char *text, size_t len)
{
    struct rctl_diags diags;
    struct text_reader reader = {.arena = &law->arena,
                                 .keys = text_interner_new(&law->arena),
                                 .limits = &text_limits_default,
                                 .diags = &diags,
                                 .each = put_document,
                                 .ctx = law};

    diag_init(&diags, &law->arena, 0);
    text_read(&reader, text, len);
}

/* Random objects of each kind, which refer to one another by a few names. */
static void put_random(struct law *law, uint64_t seed)
{
    static const char *const names[] = {"a", "chat", "llama3-70b", "x", "cache-0"};
    struct randobj random = {seed, (unsigned)(seed % 60)};

    for (size_t k = 0; k < kinds_count; k++)
        for (size_t i = 0; i < BASE_COUNT(names); i++) {
            if (randobj_next(&random, 3) == 0)
                continue;
            text_put_map(&law->out, NULL);
            text_put_str(&law->out, "apiVersion", RCTL_API_VERSION);
            text_put_str(&law->out, "kind", kinds_table[k].kind);
            text_put_map(&law->out, "metadata");
            text_put_str(&law->out, "name", names[i]);
            text_put_end(&law->out);
            randobj_put(&random, &law->out, "spec", kinds_table[k].spec);
            text_put_end(&law->out);
            model_put(&law->model, text_build_finish(&law->out));
        }
}

/* ---- running a law on a case ---- */

struct case_job {
    law_function *function;
    const struct source *source; /* NULL: random, by the seed */
    uint64_t seed;
};

static void fill(struct law *law, const struct source *source, uint64_t seed)
{
    law->model = (struct server){.arena = &law->arena, .out = &law->out};
    law->n_past = 0;
    law->random = seed;
    if (source)
        put_text(law, source->text, source->len);
    else
        put_random(law, seed);
    law_remember(law);
}

static struct case_job job;

void law_refill(struct law *law)
{
    fill(law, job.source, job.seed);
}

static void run_case(void *arg)
{
    struct law *law = arg;

    text_build_init(&law->out, &law->arena);
    law_refill(law);
    job.function(law);
}

static void check_case(rctl_ctx *ctx, law_function *function, const struct source *source,
                       uint64_t seed)
{
    struct law *law = calloc(1, sizeof(*law));
    int code;

    cr_assert_not_null(law);
    job = (struct case_job){function, source, seed};
    law->seed = seed;
    law->ctx = ctx;
    law->name = source ? source->name : "random";
    base_mem_init(&law->mem, NULL);
    base_arena_init(&law->arena, &law->mem);
    code = base_try(&law->mem.fail, run_case, law);
    text_build_done(&law->out);
    base_arena_done(&law->arena);
    cr_assert(code == 0 && !law->failed, "case %s fails with SEED=%llu", law->name,
              (unsigned long long)seed);
    free(law);
}

/* On every source, and on random objects of so many seeds. */
void law_check(law_function *function, unsigned n_random)
{
    const char *given = getenv("SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;
    rctl_ctx *ctx = NULL;

    n_sources = 0;
    find_sources();
    cr_assert_gt(n_sources, 20);
    cr_assert_eq(rctl_ctx_new(NULL, &ctx), 0);
    for (size_t i = 0; i < n_sources; i++)
        check_case(ctx, function, &sources[i], seed + i);
    for (unsigned i = 0; i < n_random; i++)
        check_case(ctx, function, NULL, seed + i);
    rctl_ctx_free(ctx);
    for (size_t i = 0; i < n_sources; i++)
        free(sources[i].text);
}

void law_expect(struct law *law, bool good, const char *what)
{
    if (!good)
        fprintf(stderr, "%s: %s\n", law->name, what);
    law->failed |= !good;
}

void law_expect_same(struct law *law, const char *a, const char *b, const char *what)
{
    size_t at = 0;

    while (a[at] && a[at] == b[at])
        at++;
    if (a[at] != b[at])
        fprintf(stderr, "%s: %s differs at %zu:\n  %.300s\n  %.300s\n", law->name, what, at,
                a + (at > 150 ? at - 150 : 0), b + (at > 150 ? at - 150 : 0));
    law->failed |= a[at] != b[at];
}
