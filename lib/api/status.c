/* What the objects of a world say of themselves. */
#include "api/api.h"
#include "reconcile/tree.h"

struct status_job {
    rctl_world *whole;
    struct reconcile_world *world;
    rctl_status_options options;
    const char *kind; /* NULL: all */
    rctl_status_format format;
    struct base_arena arena, tree;
    struct base_buf out;
    rctl_status_count count;
};

static bool is_wanted(const struct status_job *job, const rctl_key *key)
{
    const rctl_status_options *options = &job->options;

    return (!job->kind || strcmp(job->kind, key->kind) == 0) &&
           (!options->name_space || strcmp(options->name_space, key->name_space) == 0) &&
           (!options->name || strcmp(options->name, key->name) == 0);
}

static void write_object(struct status_job *job, const struct tree_index *index,
                         const struct reconcile_object *object)
{
    const struct text_node *tree;

    base_arena_reset(&job->tree);
    tree = tree_make(index, object, &job->tree);
    if (job->format == RCTL_STATUS_JSON) {
        base_buf_puts(&job->out, job->count.shown ? "," : "");
        text_write_json(tree, /* indent= */ 2, &job->out);
    } else {
        base_buf_puts(&job->out, job->count.shown ? "\n" : "");
        tree_write_text(tree, job->options.color, &job->tree, &job->out);
    }
    job->count.shown++;
    job->count.ready += tree_ready(object, &job->tree).status == STATUS_TRUE;
}

static void run_status(void *arg)
{
    struct status_job *job = arg;
    struct tree_index index;
    rctl_key key;

    tree_index(&index, job->world, &job->arena);
    if (job->format == RCTL_STATUS_JSON)
        base_buf_puts(&job->out, "[");
    for (size_t i = 0; rctl_world_key(job->whole, i, &key) == RCTL_OK; i++)
        if (is_wanted(job, &key))
            write_object(job, &index,
                         reconcile_find(job->world,
                                        reconcile_find_resource(RCTL_API_VERSION, key.kind),
                                        key.name_space, key.name));
    if (job->format == RCTL_STATUS_JSON)
        base_buf_puts(&job->out, "]\n");
    base_buf_flush(&job->out);
}

int rctl_status_write(rctl_world *world, const rctl_status_options *options,
                      rctl_status_format format, const rctl_sink *sink,
                      rctl_status_count *ret_count)
{
    struct status_job job = {.whole = world, .format = format};
    const struct kinds_kind *kind;
    struct base_mem *mem;
    rctl_key key;
    int code;

    if (!world || !sink || !sink->write || !ret_count || (unsigned)format > RCTL_STATUS_JSON ||
        !api_read_options(options, sizeof(job.options), &job.options))
        return RCTL_E_INVALID_ARG;
    kind = job.options.kind ? kinds_find(job.options.kind) : NULL;
    if (job.options.kind && !kind)
        return RCTL_E_NOT_FOUND;
    job.kind = kind ? kind->kind : NULL;
    code = rctl_world_key(world, 0, &key);
    if (code != RCTL_OK && code != RCTL_E_NOT_FOUND)
        return code;
    job.world = api_world_of(world);
    /* The memory of the world: specs are decoded in its scratch arena. */
    mem = job.world->arena->mem;
    base_arena_init(&job.arena, mem);
    base_arena_init(&job.tree, mem);
    base_buf_init(&job.out, &job.arena, sink);
    code = base_try(&mem->fail, run_status, &job);
    base_arena_done(&job.tree);
    base_arena_done(&job.arena);
    if (code == RCTL_OK)
        *ret_count = job.count;
    return code;
}
