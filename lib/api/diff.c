/* Renderings compared. */
#include "api/api.h"
#include "diff/diff.h"
#include "render/render.h"

struct change {
    rctl_change told;
    struct diff diff;
};

struct rctl_diff {
    struct base_mem mem;
    struct base_arena arena;
    const struct render *from, *to;
    struct change *items;
    size_t n_items;
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

static struct change *add(rctl_diff *diff, rctl_change_type type,
                          const struct render_output *output)
{
    struct change *change = &diff->items[diff->n_items++];

    *change = (struct change){
        .told = {.type = type,
                 .manifest = {output->api_version, output->kind, output->name_space, output->name,
                              output->owner}},
        .diff = {.arena = &diff->arena, .both_ways = true},
    };
    return change;
}

static void compare(rctl_diff *diff, const struct render_output *from,
                    const struct render_output *to)
{
    struct change *change = add(diff, RCTL_CHANGE_CHANGED, to);

    diff_objects(&change->diff, to->kind, from->root, to->root);
    if (change->diff.n_found == 0)
        diff->n_items--;
    change->told.n_places = change->diff.n_items;
    for (size_t i = 0; i < change->diff.n_items; i++) {
        const char *path = change->diff.items[i].path;

        change->told.restarts |= diff_restarts(to->kind, path);
        if (!change->told.immutable)
            change->told.immutable = diff_immutable(to->kind, path);
    }
}

static void run_diff(void *arg)
{
    rctl_diff *diff = arg;
    struct index older = make_index(diff->from, &diff->arena);
    struct index newer = make_index(diff->to, &diff->arena);
    size_t most = diff->from->n_outputs + diff->to->n_outputs;

    /* One more: an object that turns out to be equal is taken back. */
    diff->items = base_arena_alloc(&diff->arena, (most + 1) * sizeof(*diff->items));
    for (size_t i = 0; i < diff->to->n_outputs; i++) {
        const struct render_output *to = &diff->to->outputs[i], *from = find(&older, to);

        if (from)
            compare(diff, from, to);
        else
            add(diff, RCTL_CHANGE_ADDED, to);
    }
    for (size_t i = 0; i < diff->from->n_outputs; i++)
        if (!find(&newer, &diff->from->outputs[i]))
            add(diff, RCTL_CHANGE_REMOVED, &diff->from->outputs[i]);
}

int rctl_diff_new(const rctl_render *from, const rctl_render *to, rctl_diff **ret_diff)
{
    const struct render *newer;
    rctl_allocator allocator;
    rctl_diff *diff;
    int code;

    if (!from || !to || !ret_diff)
        return RCTL_E_INVALID_ARG;
    newer = api_render_of(to);
    allocator = newer->arena->mem->from;
    diff = allocator.alloc(allocator.ctx, sizeof(*diff));
    if (!diff)
        return RCTL_E_NOMEM;
    *diff = (rctl_diff){.from = api_render_of(from), .to = newer};
    base_mem_init(&diff->mem, &allocator);
    base_arena_init(&diff->arena, &diff->mem);
    code = base_try(&diff->mem.fail, run_diff, diff);
    if (code != RCTL_OK) {
        rctl_diff_free(diff);
        return code;
    }
    *ret_diff = diff;
    return RCTL_OK;
}

rctl_diff *rctl_diff_free(rctl_diff *diff)
{
    if (diff) {
        struct base_mem mem = diff->mem;

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
