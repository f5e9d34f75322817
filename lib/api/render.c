/* Renderings and how they are written. */
#include "api/api.h"
#include "render/render.h"

struct rctl_render {
    rctl_set *set;
    struct render render;
};

static void run_render(void *arg)
{
    rctl_render *render = arg;

    text_build_init(&render->render.builder, &render->set->arena);
    render_world(&render->render);
}

int rctl_render_new(rctl_set *set, rctl_render **ret_render)
{
    rctl_render *render;
    int code;

    if (!set || !ret_render)
        return RCTL_E_INVALID_ARG;
    render = set->mem.from.alloc(set->mem.from.ctx, sizeof(*render));
    if (!render)
        return RCTL_E_NOMEM;
    *render = (rctl_render){
        .set = set,
        .render = {.world = &set->world, .arena = &set->arena},
    };
    code = base_try(&set->mem.fail, run_render, render);
    text_build_done(&render->render.builder);
    diag_sort(&set->diags);
    if (code != RCTL_OK) {
        rctl_render_free(render);
        return code;
    }
    *ret_render = render;
    return RCTL_OK;
}

const struct render *api_render_of(const rctl_render *render)
{
    return &render->render;
}

rctl_render *rctl_render_free(rctl_render *render)
{
    if (render)
        base_mem_free(&render->set->mem, render, sizeof(*render));
    return NULL;
}

size_t rctl_render_count(const rctl_render *render)
{
    return render ? render->render.n_outputs : 0;
}

int rctl_render_get(const rctl_render *render, size_t index, rctl_manifest *ret_manifest)
{
    const struct render_output *output;

    if (!render || !ret_manifest)
        return RCTL_E_INVALID_ARG;
    if (index >= render->render.n_outputs)
        return RCTL_E_NOT_FOUND;
    output = &render->render.outputs[index];
    *ret_manifest = (rctl_manifest){.api_version = output->api_version,
                                    .kind = output->kind,
                                    .name_space = output->name_space,
                                    .name = output->name,
                                    .owner = output->owner};
    return RCTL_OK;
}

/* ---- writing ---- */

struct write_job {
    const struct render *render;
    size_t first, n;
    rctl_render_format format;
    bool all;
};

static const char *find_remark(const void *ctx, const struct text_node *node)
{
    const struct render_remarks *remarks = ctx;

    /* Compared by address as a number: the node may be of any other array. */
    uintptr_t at = (uintptr_t)node, start = (uintptr_t)remarks->items;

    if (at < start || at >= start + remarks->n * sizeof(*node))
        return NULL;
    return remarks->why[(at - start) / sizeof(*node)];
}

static void write_yaml(const struct write_job *job, struct base_buf *out)
{
    for (size_t i = 0; i < job->n; i++) {
        const struct render_output *output = &job->render->outputs[job->first + i];
        struct text_remarks remarks = {find_remark, &output->remarks};

        if (i > 0)
            base_buf_puts(out, "---\n");
        text_write_yaml(output->root,
                        job->format == RCTL_RENDER_YAML_EXPLAIN ? &remarks : NULL, out);
    }
}

/* Written piece by piece: a tree of everything would only cost memory. */
static void write_json_list(const struct write_job *job, struct base_arena *arena,
                            struct base_buf *out)
{
    base_buf_puts(out, "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"List\",\n  \"items\": [");
    for (size_t i = 0; i < job->n; i++) {
        struct base_buf item;

        base_buf_init(&item, arena, NULL);
        text_write_json(job->render->outputs[job->first + i].root, /* indent= */ 2, &item);
        base_buf_puts(out, i ? ",\n    " : "\n    ");
        /* Without its last newline: the list says what follows an item. */
        for (size_t k = 0; k + 1 < item.len; k++) {
            base_buf_putc(out, item.data[k]);
            if (item.data[k] == '\n')
                base_buf_puts(out, "    ");
        }
    }
    base_buf_puts(out, job->n ? "\n  ]\n}\n" : "]\n}\n");
}

static void write_outputs(struct api_writer *writer)
{
    const struct write_job *job = writer->arg;

    if (job->format != RCTL_RENDER_JSON) {
        write_yaml(job, &writer->out);
    } else if (job->all) {
        write_json_list(job, &writer->arena, &writer->out);
    } else {
        text_write_json(job->render->outputs[job->first].root, /* indent= */ 2, &writer->out);
    }
}

int rctl_render_write(const rctl_render *render, size_t index, rctl_render_format format,
                      const rctl_sink *sink)
{
    struct write_job job;

    if (!render || !sink || !sink->write || (unsigned)format > RCTL_RENDER_YAML_EXPLAIN)
        return RCTL_E_INVALID_ARG;
    if (index >= render->render.n_outputs)
        return RCTL_E_NOT_FOUND;
    job = (struct write_job){&render->render, index, 1, format, false};
    return api_write(&render->set->mem.from, sink, write_outputs, &job);
}

int rctl_render_write_all(const rctl_render *render, rctl_render_format format,
                          const rctl_sink *sink)
{
    struct write_job job;

    if (!render || !sink || !sink->write || (unsigned)format > RCTL_RENDER_YAML_EXPLAIN)
        return RCTL_E_INVALID_ARG;
    job = (struct write_job){&render->render, 0, render->render.n_outputs, format, true};
    return api_write(&render->set->mem.from, sink, write_outputs, &job);
}
