/*
 * The laws of a reconciler: plans end, whatever is cut off, lost or stale on the way, and
 * touch nothing of others. SEED=n in the environment starts from another seed.
 */
#include "property/laws.h"
#include "support/test.h"

static const char *plans_of(struct law *law, uint64_t order)
{
    return law_write_plans(law, model_list(&law->model, order, MODEL_WHOLE));
}

static void same_bytes(struct law *law)
{
    const char *first = plans_of(law, 0);

    law_expect_same(law, first, plans_of(law, 0), "the same again");
    for (uint64_t i = 1; i <= 3; i++)
        law_expect_same(law, first, plans_of(law, law->seed + i), "another order");
}

static void plans_end(struct law *law)
{
    law_expect(law, law_settle(law, (struct trouble){0}), "there is always something to write");
    law_expect(law, law_run_round(law, &(struct trouble){0}) == 0, "it does not rest");
}

static const char *settle_calmly(struct law *law)
{
    law_expect(law, law_settle(law, (struct trouble){0}), "does not settle");
    return model_list(&law->model, 0, MODEL_ENDS);
}

static void cuts_do_no_harm(struct law *law)
{
    const char *calm = settle_calmly(law);

    for (unsigned i = 0; i < 3; i++) {
        law_refill(law);
        law_expect(law, law_settle(law, (struct trouble){.cut_after = 1 + law_draw(law, 12)}),
               "does not settle after a cut");
        law_expect_same(law, calm, model_list(&law->model, 0, MODEL_ENDS), "the end after a cut");
    }
}

static void stale_views_do_no_harm(struct law *law)
{
    const char *calm = settle_calmly(law);

    for (unsigned i = 0; i < 2; i++) {
        law_refill(law);
        law->random = law->seed * 31 + i;
        law_expect(law, law_settle(law, (struct trouble){.stale = 8, .plans = 40}),
               "does not settle after stale views");
        law_expect_same(law, calm, model_list(&law->model, 0, MODEL_ENDS),
                        "the end after stale views");
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
    struct randobj random = {law->seed + 7, 30};
    const char *calm;
    size_t n;

    /* What a faulty object had while it was sound is left alone, and so is a trace. */
    if (strstr(settle_calmly(law), "\"NotAccepted\""))
        return;
    calm = model_list(&law->model, 0, MODEL_WISHES);
    n = law->model.n_items;
    for (size_t i = 0; i < n; i++) {
        struct server_object *object = &law->model.items[i];

        if (!is_ours(object) || law_draw(law, 2) == 0)
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
    law_expect_same(law, calm, model_list(&law->model, 0, MODEL_WISHES), "the end after changes");
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

        if (!is_ours(object) || law_draw(law, 2) == 0)
            continue;
        model_delete(&law->model, object->kind, object->name);
        law_remember(law);
        model_put(&law->model, model_without_status(&law->model, root));
        law_remember(law);
    }
    law_expect(law, law_settle(law, stale), "does not settle after a rebirth");
    law_expect_same(law, calm, model_list(&law->model, 0, MODEL_ENDS), "the end after a rebirth");
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
        law_draw(law, 2) ? ",\"ownerReferences\":[{\"uid\":\"uid-1\",\"controller\":false}]" : "");

    model_put(&law->model, model_parse(&law->arena, text, strlen(text)));
}

static void others_are_left_alone(struct law *law)
{
    const struct server_object *found;
    struct server_object taken[16];
    size_t n = 0;

    settle_calmly(law);
    for (size_t i = 0; i < law->model.n_items && n < BASE_COUNT(taken); i++)
        if (is_child(&law->model.items[i]) && law_draw(law, 3) == 0)
            taken[n++] = law->model.items[i];
    law_refill(law);
    for (size_t i = 0; i < n; i++)
        put_foreign(law, taken[i].api_version, taken[i].kind, taken[i].name);
    for (size_t i = 0; i < n; i++)
        taken[i] = *model_find(&law->model, taken[i].kind, taken[i].name);
    law_expect(law, law_settle(law, (struct trouble){0}), "does not settle beside others");
    for (size_t i = 0; i < n; i++) {
        found = model_find(&law->model, taken[i].kind, taken[i].name);
        law_expect(law, found && found->applied == NULL && strcmp(found->uid, taken[i].uid) == 0,
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
    world = law_make_world(law, model_list(&law->model, 0, MODEL_WHOLE));
    for (size_t i = 0; rctl_world_key(world, i, &key) == 0; i++) {
        rctl_plan *plan = law_make_plan(world, &key);

        for (size_t k = 0; rctl_plan_get(plan, k, &action) == 0; k++)
            law_expect(law, action.type == RCTL_ACTION_STATUS || action.type == RCTL_ACTION_EVENT,
                   "more than a status is written");
        law_expect(law, rctl_plan_refusal(plan) != NULL, "it is not refused");
        rctl_plan_free(plan);
    }
    rctl_world_free(world);
    law_run_round(law, &none);
    law_expect(law, law_run_round(law, &none) == 0, "faults are told again");
}

static void deletion_leaves_nothing(struct law *law)
{
    struct trouble none = {0};

    settle_calmly(law);
    for (size_t i = 0; i < law->model.n_items; i++)
        if (!law->model.items[i].gone &&
            strcmp(law->model.items[i].api_version, RCTL_API_VERSION) == 0)
            law->model.items[i].gone = true;
    law_expect(law, law_run_round(law, &none) == 0, "something is written for what is gone");
    for (size_t i = 0; i < law->model.n_items; i++)
        law_expect(law, law->model.items[i].gone || !law->model.items[i].applied,
               "a child is left behind");
}

TEST(laws, the_same_snapshot_gives_the_same_bytes_in_any_order)
{
    law_check(same_bytes, 40);
}

TEST(laws, plans_end)
{
    law_check(plans_end, 40);
}

TEST(laws, a_cut_at_any_action_changes_nothing_in_the_end)
{
    law_check(cuts_do_no_harm, 10);
}

TEST(laws, stale_snapshots_converge)
{
    law_check(stale_views_do_no_harm, 10);
}

TEST(laws, changes_leave_no_trace)
{
    law_check(changes_leave_no_trace, 10);
}

TEST(laws, objects_that_come_back_are_served)
{
    /* Of random objects that want one name, the older one wins: another one after this. */
    law_check(rebirth_does_no_harm, 0);
}

TEST(laws, objects_of_others_are_left_alone)
{
    law_check(others_are_left_alone, 20);
}

TEST(laws, faults_write_statuses_only)
{
    law_check(faults_write_statuses_only, 20);
}

TEST(laws, deletion_leaves_nothing_behind)
{
    law_check(deletion_leaves_nothing, 20);
}
