/*
 * Laws of links: a plan from the few objects that links lead to is the plan from all of
 * them, and a change that links do not show changes nobody else's plan. SEED=n in the
 * environment starts from another seed.
 */
#include "property/laws.h"
#include "support/test.h"

enum { MOST_OBJECTS = 256, MOST_LINKS = 64, MOST_ROUNDS = 6 };

struct seen_object {
    const char *kind, *name;
    const char *text;
    size_t len;
    uint64_t asks[MOST_LINKS], answers[MOST_LINKS];
    size_t n_asks, n_answers;
    uint64_t seen;
    bool ours, shared;
    unsigned users;
};

struct view {
    struct seen_object items[MOST_OBJECTS];
    size_t n;
};

/* ---- what there is ---- */

static void take_link(void *ctx, rctl_link link, uint64_t name)
{
    struct seen_object *object = ctx;

    cr_assert(object->n_asks < MOST_LINKS && object->n_answers < MOST_LINKS);
    if (link == RCTL_LINK_ASKS)
        object->asks[object->n_asks++] = name;
    else
        object->answers[object->n_answers++] = name;
}

static void learn_rows(struct seen_object *object)
{
    for (size_t i = 0; i < rctl_controllers_count(); i++) {
        const rctl_controller *controller = rctl_controllers_get(i);

        if (strcmp(controller->kind, object->kind) == 0) {
            object->ours = true;
            object->users = controller->users;
        }
        for (size_t k = 0; k < controller->n_reads; k++)
            if (strcmp(controller->reads[k].resource->kind, object->kind) == 0)
                object->shared = controller->reads[k].resource->shared;
    }
}

static const char *controller_text(const struct text_node *meta, const char *key)
{
    const struct text_node *owners = text_get(meta, "ownerReferences");

    return owners && owners->len ? text_get_str(&owners->u.items[0], key) : NULL;
}

static void add_object(struct law *law, struct view *view, const struct text_node *root)
{
    struct seen_object *object = &view->items[view->n++];
    const struct text_node *meta = text_get(root, "metadata");
    rctl_links links = {.size = sizeof(links), .ctx = object, .link = take_link};
    rctl_observed observed = {.size = sizeof(observed)};
    struct base_buf json;

    cr_assert(view->n < MOST_OBJECTS);
    memset(object, 0, sizeof(*object));
    base_buf_init(&json, &law->arena, NULL);
    text_write_json(root, /* indent= */ 0, &json);
    object->kind = text_get_str(root, "kind");
    object->name = text_get_str(meta, "name");
    object->text = json.data;
    object->len = json.len;
    learn_rows(object);
    observed.api_version = text_get_str(root, "apiVersion");
    observed.kind = object->kind;
    observed.name = object->name;
    observed.owner_api_version = controller_text(meta, "apiVersion");
    observed.owner_kind = controller_text(meta, "kind");
    observed.owner_name = controller_text(meta, "name");
    observed.data = json.data;
    observed.len = json.len;
    cr_assert_eq(rctl_links_of(law->ctx, &observed, &links, &object->seen), 0);
}

static void look(struct law *law, struct view *view)
{
    const char *list = model_list(&law->model, law_draw(law, 1000), MODEL_WHOLE);
    const struct text_node *items =
        text_get(model_parse(&law->arena, list, strlen(list)), "items");

    view->n = 0;
    for (uint32_t i = 0; i < items->len; i++)
        add_object(law, view, &items->u.items[i]);
}

/* ---- what a plan needs, as the header says it ---- */

static bool meets(const struct seen_object *asker, const struct seen_object *answerer)
{
    for (size_t i = 0; i < asker->n_asks; i++)
        for (size_t k = 0; k < answerer->n_answers; k++)
            if (asker->asks[i] == answerer->answers[k])
                return true;
    return false;
}

static void add_users(const struct view *view, const struct seen_object *of, unsigned steps,
                      bool *needed)
{
    for (size_t i = 0; steps && i < view->n; i++)
        if (view->items[i].ours && meets(&view->items[i], of)) {
            needed[i] = true;
            add_users(view, &view->items[i], steps - 1, needed);
        }
}

static void find_needed(const struct view *view, size_t self, bool *needed)
{
    bool grows = true;

    memset(needed, 0, MOST_OBJECTS * sizeof(*needed));
    needed[self] = true;
    add_users(view, &view->items[self], view->items[self].users, needed);
    while (grows) {
        grows = false;
        for (size_t i = 0; i < view->n; i++)
            for (size_t k = 0; needed[i] && view->items[i].ours && k < view->n; k++)
                if (!needed[k] && (i == self || view->items[k].shared) &&
                    meets(&view->items[i], &view->items[k]))
                    grows = needed[k] = true;
    }
}

/* ---- plans ---- */


static int join(void *ctx, const char *data, size_t len)
{
    base_buf_add(ctx, data, len);
    return 0;
}

static const char *plan_of(struct law *law, const struct view *view, size_t self,
                           const bool *needed)
{
    struct base_buf list, text;
    rctl_sink sink = {join, &text};
    rctl_world *world;
    rctl_plan *plan;
    const rctl_key key = {view->items[self].kind, "default", view->items[self].name};

    base_buf_init(&text, &law->arena, NULL);
    base_buf_init(&list, &law->arena, NULL);
    for (size_t i = 0; i < view->n; i++)
        if (!needed || needed[i])
            base_buf_add(&list, view->items[i].text, view->items[i].len);
    world = law_make_world(law, list.data);
    plan = law_make_plan(world, &key);
    cr_assert_eq(rctl_plan_write(plan, &sink), 0);
    rctl_plan_free(plan);
    rctl_world_free(world);
    return text.data;
}

static void compare_all(struct law *law, const struct view *view)
{
    bool needed[MOST_OBJECTS];

    for (size_t i = 0; i < view->n; i++) {
        if (!view->items[i].ours)
            continue;
        find_needed(view, i, needed);
        law_expect_same(law, plan_of(law, view, i, NULL), plan_of(law, view, i, needed),
                        view->items[i].kind);
    }
}

static struct view now, before;

static void few_objects_suffice(struct law *law)
{
    struct trouble none = {0};

    for (int i = 0; i < MOST_ROUNDS; i++) {
        look(law, &now);
        compare_all(law, &now);
        if (law_run_round(law, &none) == 0)
            break;
    }
}

/* ---- changes that others do not see ---- */

static const struct seen_object *find_in(const struct view *view, const struct seen_object *like)
{
    for (size_t i = 0; i < view->n; i++)
        if (strcmp(view->items[i].kind, like->kind) == 0 &&
            strcmp(view->items[i].name, like->name) == 0)
            return &view->items[i];
    return NULL;
}

static bool same_links(const struct seen_object *a, const struct seen_object *b)
{
    return a->seen == b->seen && a->n_asks == b->n_asks && a->n_answers == b->n_answers &&
           memcmp(a->asks, b->asks, a->n_asks * sizeof(*a->asks)) == 0 &&
           memcmp(a->answers, b->answers, a->n_answers * sizeof(*a->answers)) == 0;
}

/* All that changed unseen, taken alone: the others' plans are as before. */
static void unseen_changes_change_nothing(struct law *law)
{
    struct trouble none = {0};

    look(law, &before);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        unsigned writes = law_run_round(law, &none);

        look(law, &now);
        for (size_t i = 0; i < now.n; i++) {
            const struct seen_object *old = find_in(&before, &now.items[i]);

            if (!old || !now.items[i].ours || strcmp(old->text, now.items[i].text) == 0 ||
                !same_links(old, &now.items[i]))
                continue;
            for (size_t k = 0; k < now.n; k++)
                if (k != i && now.items[k].ours) {
                    struct seen_object new = now.items[i];
                    const char *with = plan_of(law, &now, k, NULL);

                    now.items[i] = *old;
                    law_expect_same(law, plan_of(law, &now, k, NULL), with,
                                    "an unseen change is seen");
                    now.items[i] = new;
                }
        }
        before = now;
        if (!writes)
            break;
    }
}

TEST(links, a_plan_from_few_objects_is_the_plan_from_all)
{
    law_check(few_objects_suffice, 40);
}

TEST(links, what_is_not_seen_changes_no_other_plan)
{
    law_check(unseen_changes_change_nothing, 5);
}
