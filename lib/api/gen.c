/* Text that is made from the tables. */
#include "api/api.h"
#include "gen/explain.h"
#include "gen/gen.h"

struct gen_job {
    const rctl_ctx *ctx;
    const struct kinds_kind *kind;
    const char *topic;
    bool namespaced;
    void (*page)(const struct kinds_tables *tables, struct base_buf *out);
    bool *ret_found;
};

static void write_crd(struct api_writer *writer)
{
    const struct gen_job *job = writer->arg;

    gen_crd(job->kind, &job->ctx->tables, &writer->out);
}

int rctl_gen_crd(const rctl_ctx *ctx, const char *kind, const rctl_sink *sink)
{
    struct gen_job job = {.ctx = ctx};

    if (!ctx || !kind || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    job.kind = kinds_find(kind);
    if (!job.kind)
        return RCTL_E_NOT_FOUND;
    return api_write(&ctx->mem.from, sink, write_crd, &job);
}

static void write_rbac(struct api_writer *writer)
{
    const struct gen_job *job = writer->arg;

    gen_rbac(&job->ctx->tables, job->topic, job->namespaced, &writer->out);
}

int rctl_gen_rbac(const rctl_ctx *ctx, const char *name_space, bool namespaced,
                  const rctl_sink *sink)
{
    struct gen_job job = {.ctx = ctx,
                          .topic = name_space ? name_space : "router-controller-system",
                          .namespaced = namespaced};
    struct base_mem mem;

    if (!ctx || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    base_mem_init(&mem, &ctx->mem.from);
    if (schema_syntax_check(SCHEMA_DNS_LABEL, job.topic, &mem))
        return RCTL_E_INVALID_ARG;
    return api_write(&ctx->mem.from, sink, write_rbac, &job);
}

static void write_page(struct api_writer *writer)
{
    const struct gen_job *job = writer->arg;

    job->page(&job->ctx->tables, &writer->out);
}

int rctl_gen_reference(const rctl_ctx *ctx, const char *page, const rctl_sink *sink)
{
    static const struct {
        const char *name;
        void (*write)(const struct kinds_tables *tables, struct base_buf *out);
    } pages[] = {
        {"kinds", gen_kinds_md},
        {"diagnostics", gen_diagnostics_md},
        {"engines", gen_engines_md},
        {"routers", gen_routers_md},
        {"python", gen_kinds_py},
    };
    struct gen_job job = {.ctx = ctx};

    if (!ctx || !page || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    for (size_t i = 0; i < BASE_COUNT(pages); i++)
        if (strcmp(page, pages[i].name) == 0)
            job.page = pages[i].write;
    if (!job.page)
        return RCTL_E_NOT_FOUND;
    return api_write(&ctx->mem.from, sink, write_page, &job);
}

static void write_topic(struct api_writer *writer)
{
    const struct gen_job *job = writer->arg;

    *job->ret_found = gen_explain(&job->ctx->tables, job->topic, &writer->out);
}

int rctl_explain(const rctl_ctx *ctx, const char *topic, const rctl_sink *sink)
{
    bool found = false;
    struct gen_job job = {.ctx = ctx, .topic = topic, .ret_found = &found};
    int code;

    if (!ctx || !topic || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    code = api_write(&ctx->mem.from, sink, write_topic, &job);
    return code == RCTL_OK && !found ? RCTL_E_NOT_FOUND : code;
}
