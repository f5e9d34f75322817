/*
 * The laws of a reconciler, on worlds that come from the samples, from the inputs of the
 * rendering cases and from random objects, against a model of an API server: plans
 * end, whatever is cut off, lost or stale on the way, and touch nothing of others.
 * SEED=n in the environment starts from another seed.
 */
#include "kinds/kinds.h"
#include "support/model.h"
#include "support/randobj.h"
#include "support/test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_ROUNDS = 10, MOST_PAST = 64, MOST_CASES = 128 };

static const rctl_time NOW = INT64_C(1767225600) * RCTL_SECOND; /* 2026-01-01 */

struct law {
    struct base_mem mem;
    struct base_arena arena;
    struct text_builder out;
    struct server model;
    rctl_ctx *ctx;
    const char *name; /* of the case */
    uint64_t random;
    const char *past[MOST_PAST]; /* what was seen after each of the newest writes */
    size_t n_past;
    bool failed;
};

/* How a run goes wrong on its way; zeros: it does not. */
struct trouble {
    unsigned cut_after; /* actions, counted over all plans; the plan of that one ends there */
    unsigned stale;     /* plans are made from what was seen so many writes ago at most */
    unsigned plans;     /* that are stale */
};

static uint32_t draw(struct law *law, uint32_t below)
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

static rctl_world *make_world(struct law *law, const char *seen)
{
    rctl_world *world = NULL;

    cr_assert_eq(rctl_world_new(law->ctx, NULL, &world), 0);
    cr_assert_eq(rctl_world_add(world, "seen", seen, strlen(seen)), 0);
    cr_assert_eq(rctl_world_set_now(world, NOW), 0);
    return world;
}

static rctl_plan *make_plan(rctl_world *world, const rctl_key *key)
{
    rctl_plan *plan = NULL;

    cr_assert_eq(rctl_reconcile(world, key->kind, key->name_space, key->name, &plan), 0);
    return plan;
}

static const char *write_plans(struct law *law, const char *seen)
{
    struct text text = {.arena = &law->arena};
    rctl_sink sink = {append, &text};
    rctl_world *world = make_world(law, seen);
    rctl_key key;

    append(&text, "", 0);
    for (size_t i = 0; rctl_world_key(world, i, &key) == 0; i++) {
        rctl_plan *plan = make_plan(world, &key);

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

static void remember(struct law *law)
{
    if (law->n_past == MOST_PAST) {
        memmove(law->past, law->past + 1, (MOST_PAST - 1) * sizeof(law->past[0]));
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
        remember(law);
        n++;
        if (!good || (trouble->cut_after && --trouble->cut_after == 0))
            return n;
    }
    return n;
}

/* One plan for each object, each from what is seen then. */
static unsigned run_round(struct law *law, struct trouble *trouble)
{
    unsigned n = 0;
    rctl_key key;

    for (size_t i = 0;; i++) {
        size_t back = trouble->plans && trouble->stale ? draw(law, trouble->stale + 1) : 0;
        const char *seen = back && back < law->n_past ? law->past[law->n_past - 1 - back]
                                                      : model_list(&law->model, 0, MODEL_WHOLE);
        rctl_world *world = make_world(law, seen);
        rctl_plan *plan;
        bool more = rctl_world_key(world, i, &key) == 0;

        if (more) {
            plan = make_plan(world, &key);
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
    remember(law);
    return n;
}

static bool settle(struct law *law, struct trouble trouble)
{
    for (int round = 0; round < MOST_ROUNDS + (int)trouble.plans; round++) {
        bool calm = trouble.cut_after == 0 && trouble.plans == 0;

        if (run_round(law, &trouble) == 0 && calm)
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

typedef void law_function(struct law *law);

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
    remember(law);
}

static struct case_job job;

static void refill(struct law *law)
{
    fill(law, job.source, job.seed);
}

static void run_case(void *arg)
{
    struct law *law = arg;

    text_build_init(&law->out, &law->arena);
    refill(law);
    job.function(law);
}

static void check_case(rctl_ctx *ctx, law_function *function, const struct source *source,
                       uint64_t seed)
{
    struct law *law = calloc(1, sizeof(*law));
    int code;

    cr_assert_not_null(law);
    job = (struct case_job){function, source, seed};
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
static void check_law(law_function *function, unsigned n_random)
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

static void expect(struct law *law, bool good, const char *what)
{
    if (!good)
        fprintf(stderr, "%s: %s\n", law->name, what);
    law->failed |= !good;
}

static void expect_same(struct law *law, const char *a, const char *b, const char *what)
{
    size_t at = 0;

    while (a[at] && a[at] == b[at])
        at++;
    if (a[at] != b[at])
        fprintf(stderr, "%s: %s differs at %zu:\n  %.300s\n  %.300s\n", law->name, what, at,
                a + (at > 150 ? at - 150 : 0), b + (at > 150 ? at - 150 : 0));
    law->failed |= a[at] != b[at];
}

/* ---- the laws ---- */

static void same_bytes(struct law *law)
{
    const char *first = write_plans(law, model_list(&law->model, 0, MODEL_WHOLE));

    expect_same(law, first, write_plans(law, model_list(&law->model, 0, MODEL_WHOLE)), "the same again");
    for (uint64_t seed = 1; seed <= 3; seed++)
        expect_same(law, first, write_plans(law, model_list(&law->model, job.seed + seed, MODEL_WHOLE)),
                    "another order");
}

static void plans_end(struct law *law)
{
    expect(law, settle(law, (struct trouble){0}), "there is always something left to write");
    expect(law, run_round(law, &(struct trouble){0}) == 0, "it does not rest");
}

static const char *settle_calmly(struct law *law)
{
    expect(law, settle(law, (struct trouble){0}), "does not settle");
    return model_list(&law->model, 0, MODEL_ENDS);
}

static void cuts_do_no_harm(struct law *law)
{
    const char *calm = settle_calmly(law);

    for (unsigned i = 0; i < 3; i++) {
        refill(law);
        expect(law, settle(law, (struct trouble){.cut_after = 1 + draw(law, 12)}),
               "does not settle after a cut");
        expect_same(law, calm, model_list(&law->model, 0, MODEL_ENDS), "the end after a cut");
    }
}

static void stale_views_do_no_harm(struct law *law)
{
    const char *calm = settle_calmly(law);

    for (unsigned i = 0; i < 2; i++) {
        refill(law);
        law->random = job.seed * 31 + i;
        expect(law, settle(law, (struct trouble){.stale = 8, .plans = 40}),
               "does not settle after stale views");
        expect_same(law, calm, model_list(&law->model, 0, MODEL_ENDS), "the end after stale views");
    }
}

/* The object with another spec. */
static const struct text_node *with_spec(struct law *law, const struct text_node *root,
                                         const struct text_node *spec)
{
    text_put_map(&law->out, NULL);
    for (uint32_t i = 0; i < root->len; i++)
        if (strcmp(root->u.pairs[i].key, "spec") != 0)
            text_put_node(&law->out, root->u.pairs[i].key, &root->u.pairs[i].value);
    text_put_node(&law->out, "spec", spec);
    text_put_end(&law->out);
    return text_build_finish(&law->out);
}

static bool is_ours(const struct server_object *object)
{
    return !object->gone && strcmp(object->api_version, RCTL_API_VERSION) == 0;
}

/* Each object gets a random spec of its kind, and later its own again. */
static void changes_leave_no_trace(struct law *law)
{
    const struct text_node *specs[BASE_COUNT(law->model.items)] = {NULL};
    struct randobj random = {job.seed + 7, 30};
    const char *calm;
    size_t n;

    /* What a faulty object had while it was sound is left alone, and so is a trace. */
    if (strstr(settle_calmly(law), "\"NotAccepted\""))
        return;
    calm = model_list(&law->model, 0, MODEL_WISHES);
    n = law->model.n_items;
    for (size_t i = 0; i < n; i++) {
        struct server_object *object = &law->model.items[i];

        if (!is_ours(object) || draw(law, 2) == 0)
            continue;
        specs[i] = text_get(object->root, "spec");
        randobj_put(&random, &law->out, NULL, kinds_find(object->kind)->spec);
        model_put(&law->model, with_spec(law, object->root, text_build_finish(&law->out)));
    }
    settle_calmly(law);
    for (size_t i = 0; i < n; i++)
        if (specs[i])
            model_put(&law->model, with_spec(law, law->model.items[i].root, specs[i]));
    settle_calmly(law);
    expect_same(law, calm, model_list(&law->model, 0, MODEL_WISHES), "the end after changes");
}

/* Objects go and come back under their names while views are stale. */
static void rebirth_does_no_harm(struct law *law)
{
    const char *calm = settle_calmly(law);
    struct trouble stale = {.stale = 6, .plans = 30};
    size_t n = law->model.n_items;

    for (size_t i = 0; i < n; i++) {
        struct server_object *object = &law->model.items[i];
        const struct text_node *root = object->root;

        if (!is_ours(object) || draw(law, 2) == 0)
            continue;
        model_delete(&law->model, object->kind, object->name);
        remember(law);
        model_put(&law->model, model_without_status(&law->model, root));
        remember(law);
    }
    expect(law, settle(law, stale), "does not settle after a rebirth");
    expect_same(law, calm, model_list(&law->model, 0, MODEL_ENDS), "the end after a rebirth");
}

static const char *const child_kinds[] = {"Deployment", "Service", "ConfigMap", "Role",
                                          "RoleBinding", "ServiceAccount"};

static bool is_child(const struct server_object *object)
{
    for (size_t i = 0; i < BASE_COUNT(child_kinds); i++)
        if (strcmp(object->kind, child_kinds[i]) == 0)
            return object->applied != NULL;
    return false;
}

/* An object of somebody else with the name of a child: with an owner, or with none. */
static void put_foreign(struct law *law, const char *api_version, const char *kind,
                        const char *name)
{
    const char *text = base_arena_format(
        &law->arena,
        "{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\"%s},"
        "\"spec\":{\"template\":{\"spec\":{\"containers\":[]}}}}",
        api_version, kind, name,
        draw(law, 2) ? ",\"ownerReferences\":[{\"uid\":\"uid-1\",\"controller\":false}]" : "");

    model_put(&law->model, model_parse(&law->arena, text, strlen(text)));
}

static void others_are_left_alone(struct law *law)
{
    const struct server_object *found;
    struct server_object taken[16];
    size_t n = 0;

    settle_calmly(law);
    for (size_t i = 0; i < law->model.n_items && n < BASE_COUNT(taken); i++)
        if (is_child(&law->model.items[i]) && draw(law, 3) == 0)
            taken[n++] = law->model.items[i];
    refill(law);
    for (size_t i = 0; i < n; i++)
        put_foreign(law, taken[i].api_version, taken[i].kind, taken[i].name);
    for (size_t i = 0; i < n; i++)
        taken[i] = *model_find(&law->model, taken[i].kind, taken[i].name);
    expect(law, settle(law, (struct trouble){0}), "does not settle beside others");
    for (size_t i = 0; i < n; i++) {
        found = model_find(&law->model, taken[i].kind, taken[i].name);
        expect(law, found && found->applied == NULL && strcmp(found->uid, taken[i].uid) == 0,
               "an object of others is touched");
    }
}

static void faults_write_statuses_only(struct law *law)
{
    struct trouble none = {0};
    rctl_world *world;
    rctl_action action;
    rctl_key key;

    settle_calmly(law);
    for (size_t i = 0; i < law->model.n_items; i++) {
        struct server_object *object = &law->model.items[i];
        const struct text_node *spec = text_get(object->root, "spec");

        if (object->gone || strcmp(object->api_version, RCTL_API_VERSION) != 0 || !spec)
            continue;
        text_put_map(&law->out, NULL);
        for (uint32_t k = 0; k < object->root->len; k++)
            if (strcmp(object->root->u.pairs[k].key, "spec") != 0)
                text_put_node(&law->out, object->root->u.pairs[k].key,
                              &object->root->u.pairs[k].value);
        text_put_map(&law->out, "spec");
        for (uint32_t k = 0; k < spec->len; k++)
            text_put_node(&law->out, spec->u.pairs[k].key, &spec->u.pairs[k].value);
        text_put_int(&law->out, "noSuchField", 1);
        text_put_end(&law->out);
        text_put_end(&law->out);
        model_put(&law->model, text_build_finish(&law->out));
    }
    world = make_world(law, model_list(&law->model, 0, MODEL_WHOLE));
    for (size_t i = 0; rctl_world_key(world, i, &key) == 0; i++) {
        rctl_plan *plan = make_plan(world, &key);

        for (size_t k = 0; rctl_plan_get(plan, k, &action) == 0; k++)
            expect(law, action.type == RCTL_ACTION_STATUS || action.type == RCTL_ACTION_EVENT,
                   "more than a status is written");
        expect(law, rctl_plan_refusal(plan) != NULL, "it is not refused");
        rctl_plan_free(plan);
    }
    rctl_world_free(world);
    run_round(law, &none);
    expect(law, run_round(law, &none) == 0, "faults are told again");
}

static void deletion_leaves_nothing(struct law *law)
{
    struct trouble none = {0};

    settle_calmly(law);
    for (size_t i = 0; i < law->model.n_items; i++)
        if (!law->model.items[i].gone &&
            strcmp(law->model.items[i].api_version, RCTL_API_VERSION) == 0)
            law->model.items[i].gone = true;
    expect(law, run_round(law, &none) == 0, "something is written for what is gone");
    for (size_t i = 0; i < law->model.n_items; i++)
        expect(law, law->model.items[i].gone || !law->model.items[i].applied,
               "a child is left behind");
}

TEST(laws, the_same_snapshot_gives_the_same_bytes_in_any_order)
{
    check_law(same_bytes, 40);
}

TEST(laws, plans_end)
{
    check_law(plans_end, 40);
}

TEST(laws, a_cut_at_any_action_changes_nothing_in_the_end)
{
    check_law(cuts_do_no_harm, 10);
}

TEST(laws, stale_snapshots_converge)
{
    check_law(stale_views_do_no_harm, 10);
}

TEST(laws, changes_leave_no_trace)
{
    check_law(changes_leave_no_trace, 10);
}

TEST(laws, objects_that_come_back_are_served)
{
    /* Of random objects that want one name, the older one wins: another one after this. */
    check_law(rebirth_does_no_harm, 0);
}

TEST(laws, objects_of_others_are_left_alone)
{
    check_law(others_are_left_alone, 20);
}

TEST(laws, faults_write_statuses_only)
{
    check_law(faults_write_statuses_only, 20);
}

TEST(laws, deletion_leaves_nothing_behind)
{
    check_law(deletion_leaves_nothing, 20);
}
