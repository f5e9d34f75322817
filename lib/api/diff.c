/* Renderings compared, with each other and with a world. */
#include "api/api.h"
#include "diff/diff.h"
#include "reconcile/reconcile.h"
#include "render/render.h"

struct change {
    rctl_change told;
    struct diff diff;
};

struct rctl_diff {
    struct base_mem mem;
    struct base_arena arena;
    const struct render *from, *to; /* NULL for that of a world */
    struct change *items;
    size_t n_items, room;
    rctl_world *world;
    rctl_plan **plans; /* of a world: they own what the items point at */
    size_t n_plans;
};

static bool same_object(const struct render_output *a, const struct render_output *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->kind, b->kind) == 0 &&
           strcmp(a->name_space, b->name_space) == 0 &&
           strcmp(a->api_version, b->api_version) == 0;
}

/* Outputs by name: an open table of numbers, counted from 1. */
struct index {
    const struct render *render;
    uint32_t *buckets;
    size_t n_buckets;
};

static size_t find_bucket(const struct index *index, const struct render_output *output)
{
    uint64_t hash = base_hash(BASE_HASH_SEED, output->kind, strlen(output->kind) + 1);
    size_t at;

    hash = base_hash(hash, output->name_space, strlen(output->name_space) + 1);
    at = (size_t)base_hash(hash, output->name, strlen(output->name)) & (index->n_buckets - 1);
    while (index->buckets[at] &&
           !same_object(&index->render->outputs[index->buckets[at] - 1], output))
        at = (at + 1) & (index->n_buckets - 1);
    return at;
}

static struct index make_index(const struct render *render, struct base_arena *arena)
{
    struct index index = {.render = render, .n_buckets = 16};

    while (index.n_buckets < 2 * render->n_outputs)
        index.n_buckets *= 2;
    index.buckets = base_arena_zalloc(arena, index.n_buckets * sizeof(*index.buckets));
    for (size_t i = 0; i < render->n_outputs; i++)
        index.buckets[find_bucket(&index, &render->outputs[i])] = (uint32_t)i + 1;
    return index;
}

static const struct render_output *find(const struct index *index,
                                        const struct render_output *output)
{
    uint32_t found = index->buckets[find_bucket(index, output)];

    return found ? &index->render->outputs[found - 1] : NULL;
}

static struct change *add(rctl_diff *diff, rctl_change_type type, const rctl_manifest *manifest)
{
    struct change *change;

    if (diff->n_items == diff->room) {
        struct change *larger;

        diff->room = diff->room ? 2 * diff->room : 16;
        larger = base_arena_alloc(&diff->arena, diff->room * sizeof(*larger));
        if (diff->n_items)
            memcpy(larger, diff->items, diff->n_items * sizeof(*larger));
        diff->items = larger;
    }
    change = &diff->items[diff->n_items++];
    *change = (struct change){.told = {.type = type, .manifest = *manifest},
                              .diff = {.arena = &diff->arena, .both_ways = true}};
    return change;
}

static rctl_manifest describe(const struct render_output *output)
{
    return (rctl_manifest){output->api_version, output->kind, output->name_space, output->name,
                           output->owner};
}

/* What follows from where it differs. */
static void judge(struct change *change)
{
    const char *kind = change->told.manifest.kind;

    change->told.n_places = change->diff.n_items;
    for (size_t i = 0; i < change->diff.n_items; i++) {
        const char *path = change->diff.items[i].path;

        change->told.restarts |= diff_restarts(kind, path);
        if (!change->told.immutable)
            change->told.immutable = diff_immutable(kind, path);
    }
}

/* ---- two renderings ---- */

static void compare(rctl_diff *diff, const struct render_output *from,
                    const struct render_output *to)
{
    const rctl_manifest manifest = describe(to);
    struct change *change = add(diff, RCTL_CHANGE_CHANGED, &manifest);

    diff_objects(&change->diff, to->kind, from->root, to->root);
    if (change->diff.n_found == 0)
        diff->n_items--;
    judge(change);
}

static void run_diff(void *arg)
{
    rctl_diff *diff = arg;
    struct index older = make_index(diff->from, &diff->arena);
    struct index newer = make_index(diff->to, &diff->arena);

    for (size_t i = 0; i < diff->to->n_outputs; i++) {
        const struct render_output *to = &diff->to->outputs[i], *from = find(&older, to);
        const rctl_manifest manifest = describe(to);

        if (from)
            compare(diff, from, to);
        else
            add(diff, RCTL_CHANGE_ADDED, &manifest);
    }
    for (size_t i = 0; i < diff->from->n_outputs; i++) {
        const rctl_manifest manifest = describe(&diff->from->outputs[i]);

        if (!find(&newer, &diff->from->outputs[i]))
            add(diff, RCTL_CHANGE_REMOVED, &manifest);
    }
}

/* ---- a world and what is rendered of its edited objects ---- */

/* The book-keeping of plans is no field that anybody asks for. */
static bool is_book_keeping(const char *path)
{
    return strstr(path, "[\"" RECONCILE_HASH_KEY "\"]") ||
           strstr(path, "[\"" RECONCILE_TIME_KEY "\"]");
}

static void add_child(rctl_diff *diff, const struct reconcile_child *child)
{
    const rctl_manifest manifest = describe(child->output);
    const struct diff *found = &child->diff;
    struct change *change;

    if (child->state == CHILD_EQUAL)
        return;
    if (child->state == CHILD_ABSENT || child->state == CHILD_LEAVING) {
        add(diff, RCTL_CHANGE_ADDED, &manifest);
        return;
    }
    change = add(diff, RCTL_CHANGE_CHANGED, &manifest);
    change->diff.items =
        base_arena_alloc(&diff->arena, (found->n_items + 1) * sizeof(*found->items));
    for (size_t i = 0; i < found->n_items; i++)
        if (!is_book_keeping(found->items[i].path))
            change->diff.items[change->diff.n_items++] = found->items[i];
    judge(change);
}

static void add_plan(rctl_diff *diff, const rctl_plan *whole)
{
    const struct reconcile_object *self;
    const struct reconcile_plan *plan = api_plan_of(whole, &self);

    if (plan->refusal) {
        const rctl_manifest manifest = {RCTL_API_VERSION, reconcile_resources[self->resource].kind,
                                        self->name_space, self->name, self->ours};

        add(diff, RCTL_CHANGE_REFUSED, &manifest)->told.refusal = plan->refusal;
    }
    for (size_t i = 0; i < plan->n_children; i++)
        add_child(diff, &plan->children[i]);
    for (size_t i = 0; i < plan->n_actions; i++) {
        const rctl_action *action = &plan->actions[i].told;
        const rctl_manifest manifest = {action->api_version, action->kind, action->name_space,
                                        action->name, self->ours};

        if (action->type == RCTL_ACTION_DELETE && !action->replaces)
            add(diff, RCTL_CHANGE_REMOVED, &manifest);
    }
}

static void must(rctl_diff *diff, int code)
{
    if (code != RCTL_OK)
        base_raise(&diff->mem.fail, code);
}

static void run_world_diff(void *arg)
{
    rctl_diff *diff = arg;
    const struct reconcile_world *world = api_world_of(diff->world);
    const struct reconcile_object *object;
    rctl_key key;
    size_t n = 0;

    while (rctl_world_key(diff->world, n, &key) == RCTL_OK)
        n++;
    diff->plans = base_arena_alloc(&diff->arena, (n + 1) * sizeof(rctl_plan *));
    for (size_t i = 0; i < n; i++) {
        must(diff, rctl_world_key(diff->world, i, &key));
        object = reconcile_find(world, reconcile_find_resource(RCTL_API_VERSION, key.kind),
                                key.name_space, key.name);
        if (!object->edited)
            continue;
        must(diff, rctl_reconcile(diff->world, key.kind, key.name_space, key.name,
                                  &diff->plans[diff->n_plans]));
        add_plan(diff, diff->plans[diff->n_plans++]);
    }
}

/* ---- making and reading ---- */

static int make(const rctl_diff *blank, const rctl_allocator *from, void (*run)(void *arg),
                rctl_diff **ret_diff)
{
    rctl_allocator allocator = *from;
    rctl_diff *diff = allocator.alloc(allocator.ctx, sizeof(*diff));
    int code;

    if (!diff)
        return RCTL_E_NOMEM;
    *diff = *blank;
    base_mem_init(&diff->mem, &allocator);
    base_arena_init(&diff->arena, &diff->mem);
    code = base_try(&diff->mem.fail, run, diff);
    if (code != RCTL_OK) {
        rctl_diff_free(diff);
        return code;
    }
    *ret_diff = diff;
    return RCTL_OK;
}

int rctl_diff_new(const rctl_render *from, const rctl_render *to, rctl_diff **ret_diff)
{
    rctl_diff blank = {0};

    if (!from || !to || !ret_diff)
        return RCTL_E_INVALID_ARG;
    blank.from = api_render_of(from);
    blank.to = api_render_of(to);
    return make(&blank, &blank.to->arena->mem->from, run_diff, ret_diff);
}

int rctl_diff_world(rctl_world *world, rctl_diff **ret_diff)
{
    const rctl_diff blank = {.world = world};
    rctl_key key;
    int code;

    if (!world || !ret_diff)
        return RCTL_E_INVALID_ARG;
    code = rctl_world_key(world, 0, &key);
    if (code != RCTL_OK && code != RCTL_E_NOT_FOUND)
        return code;
    return make(&blank, &api_world_of(world)->arena->mem->from, run_world_diff, ret_diff);
}

rctl_diff *rctl_diff_free(rctl_diff *diff)
{
    if (diff) {
        struct base_mem mem = diff->mem;

        for (size_t i = 0; i < diff->n_plans; i++)
            rctl_plan_free(diff->plans[i]);
        base_arena_done(&diff->arena);
        base_mem_free(&mem, diff, sizeof(*diff));
    }
    return NULL;
}

size_t rctl_diff_count(const rctl_diff *diff)
{
    return diff ? diff->n_items : 0;
}

int rctl_diff_get(const rctl_diff *diff, size_t index, rctl_change *ret_change)
{
    if (!diff || !ret_change)
        return RCTL_E_INVALID_ARG;
    if (index >= diff->n_items)
        return RCTL_E_NOT_FOUND;
    *ret_change = diff->items[index].told;
    return RCTL_OK;
}

static const struct diff_item *find_place(const rctl_diff *diff, size_t index, size_t place)
{
    return diff && index < diff->n_items && place < diff->items[index].diff.n_items
               ? &diff->items[index].diff.items[place]
               : NULL;
}

const char *rctl_diff_path(const rctl_diff *diff, size_t index, size_t place)
{
    const struct diff_item *item = find_place(diff, index, place);

    return item ? item->path : NULL;
}

static void write_value(struct api_writer *writer)
{
    text_write_json(writer->arg, /* indent= */ 0, &writer->out);
}

int rctl_diff_write_value(const rctl_diff *diff, size_t index, size_t place, bool newer,
                          const rctl_sink *sink)
{
    const struct diff_item *item = find_place(diff, index, place);
    const struct text_node *value = !item ? NULL : newer ? item->to : item->from;

    if (!diff || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    if (!value)
        return RCTL_E_NOT_FOUND;
    return api_write(&diff->mem.from, sink, write_value, value);
}

/* ---- as JSON ---- */

static void put_change(struct text_builder *out, const struct change *change)
{
    static const char *const types[] = {"Added", "Removed", "Changed", "Refused"};
    const rctl_change *told = &change->told;

    text_put_map(out, NULL);
    text_put_str(out, "change", types[told->type]);
    text_put_str(out, "apiVersion", told->manifest.api_version);
    text_put_str(out, "kind", told->manifest.kind);
    text_put_str(out, "namespace", told->manifest.name_space);
    text_put_str(out, "name", told->manifest.name);
    text_put_str(out, "refusal", told->refusal);
    if (told->restarts)
        text_put_bool(out, "restarts", true);
    text_put_str(out, "immutable", told->immutable);
    if (told->type == RCTL_CHANGE_CHANGED) {
        text_put_list(out, "places");
        for (size_t i = 0; i < change->diff.n_items; i++) {
            const struct diff_item *item = &change->diff.items[i];

            text_put_map(out, NULL);
            text_put_str(out, "path", item->path);
            if (item->from)
                text_put_node(out, "old", item->from);
            if (item->to)
                text_put_node(out, "new", item->to);
            text_put_end(out);
        }
        text_put_end(out);
    }
    text_put_end(out);
}

static void put_diff(struct text_builder *out, const void *arg)
{
    const rctl_diff *diff = arg;

    text_put_list(out, NULL);
    for (size_t i = 0; i < diff->n_items; i++)
        put_change(out, &diff->items[i]);
    text_put_end(out);
}

static void write_diff(struct api_writer *writer)
{
    text_write_json(text_built(&writer->arena, put_diff, writer->arg), /* indent= */ 2,
                    &writer->out);
}

int rctl_diff_write(const rctl_diff *diff, const rctl_sink *sink)
{
    if (!diff || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    return api_write(&diff->mem.from, sink, write_diff, diff);
}
