/*
 * Providers of endpoints: register, walk, run. The calls of a provider's callback run
 * between two frames of the library, so "out of memory" is turned into a return code
 * here, for the callback to hand on.
 */
#include "api/api.h"

/* ---- the registry ---- */

struct register_job {
    rctl_ctx *ctx;
    const rctl_discovery *provider;
    int code;
};

static void run_register(void *arg)
{
    struct register_job *job = arg;

    job->code = discovery_registry_add(&job->ctx->tables.discoveries, &job->ctx->arena, job->provider);
}

int rctl_discovery_register(rctl_ctx *ctx, const rctl_discovery *provider)
{
    struct register_job job = {ctx, provider, RCTL_OK};
    int code;

    if (!ctx || !provider)
        return RCTL_E_INVALID_ARG;
    code = base_try(&ctx->mem.fail, run_register, &job);
    return code ? code : job.code;
}

size_t rctl_discoveries_count(const rctl_ctx *ctx)
{
    return ctx ? ctx->tables.discoveries.n_items : 0;
}

const rctl_discovery *rctl_discoveries_get(const rctl_ctx *ctx, size_t index)
{
    return ctx && index < ctx->tables.discoveries.n_items ? ctx->tables.discoveries.items[index] : NULL;
}

const rctl_discovery *rctl_discoveries_find(const rctl_ctx *ctx, const char *name)
{
    return ctx && name ? discovery_registry_find(&ctx->tables.discoveries, name) : NULL;
}

/* ---- what a callback produces ---- */

struct endpoint_call {
    rctl_discovery_out *out;
    const rctl_endpoint *endpoint;
};

static void run_endpoint(void *arg)
{
    const struct endpoint_call *call = arg;

    discovery_out_endpoint(call->out, call->endpoint);
}

int rctl_discovery_out_endpoint(rctl_discovery_out *out, const rctl_endpoint *endpoint)
{
    struct endpoint_call call = {out, endpoint};

    if (!out || !endpoint || !endpoint->url || !discovery_is_possible(endpoint))
        return RCTL_E_INVALID_ARG;
    return base_try(&discovery_out_mem(out)->fail, run_endpoint, &call);
}

struct fault_call {
    rctl_discovery_out *out;
    rctl_severity severity;
    uint32_t line, column;
    const char *message, *hint;
};

static void run_fault(void *arg)
{
    const struct fault_call *call = arg;

    discovery_out_fault(call->out, call->severity, call->line, call->column, call->message,
                        call->hint);
}

int rctl_discovery_out_fault(rctl_discovery_out *out, rctl_severity severity, uint32_t line,
                             uint32_t column, const char *message, const char *hint)
{
    struct fault_call call = {out, severity, line, column, message, hint};

    if (!out || !message || (unsigned)severity >= RCTL_SEVERITY__COUNT)
        return RCTL_E_INVALID_ARG;
    return base_try(&discovery_out_mem(out)->fail, run_fault, &call);
}

/* ---- a run ---- */

enum { MOST_DIAGS = 100 };

struct rctl_endpoints {
    struct base_mem mem;
    struct base_arena arena;
    struct rctl_diags diags;
    const char *files[1];
    struct discovery_endpoints found;
};

struct discover_job {
    rctl_endpoints *endpoints;
    const rctl_discovery *provider;
    rctl_discovery_job job;
    int code;
};

static void run_discover(void *arg)
{
    struct discover_job *discover = arg;
    rctl_endpoints *endpoints = discover->endpoints;
    const char *name = discover->job.name;

    endpoints->files[0] = base_arena_text(&endpoints->arena, name, strlen(name));
    endpoints->diags.files = endpoints->files;
    endpoints->diags.n_files = 1;
    discover->code = discovery_run(discover->provider, &discover->job, /* file= */ 0,
                                   &endpoints->arena, &endpoints->diags, &endpoints->found);
}

int rctl_discover(const rctl_ctx *ctx, const char *provider, const char *name, const char *data,
                  size_t len, const char *config, rctl_endpoints **ret_endpoints)
{
    struct discover_job job = {.provider = rctl_discoveries_find(ctx, provider),
                               .job = {.size = sizeof(job.job),
                                       .name = name,
                                       .data = data ? data : "",
                                       .len = len,
                                       .config = config}};
    int code;

    if (!ctx || !provider || !name || (!data && len) || !ret_endpoints)
        return RCTL_E_INVALID_ARG;
    if (!job.provider)
        return RCTL_E_NOT_FOUND;
    job.endpoints = ctx->mem.from.alloc(ctx->mem.from.ctx, sizeof(*job.endpoints));
    if (!job.endpoints)
        return RCTL_E_NOMEM;
    memset(job.endpoints, 0, sizeof(*job.endpoints));
    base_mem_init(&job.endpoints->mem, &ctx->mem.from);
    base_arena_init(&job.endpoints->arena, &job.endpoints->mem);
    diag_init(&job.endpoints->diags, &job.endpoints->arena, MOST_DIAGS);
    code = base_try(&job.endpoints->mem.fail, run_discover, &job);
    if (code == RCTL_OK)
        code = job.code;
    if (code != RCTL_OK) {
        rctl_endpoints_free(job.endpoints);
        return code;
    }
    diag_sort(&job.endpoints->diags);
    *ret_endpoints = job.endpoints;
    return RCTL_OK;
}

rctl_endpoints *rctl_endpoints_free(rctl_endpoints *endpoints)
{
    if (endpoints) {
        struct base_mem mem = endpoints->mem;

        base_arena_done(&endpoints->arena);
        base_mem_free(&mem, endpoints, sizeof(*endpoints));
    }
    return NULL;
}

size_t rctl_endpoints_count(const rctl_endpoints *endpoints)
{
    return endpoints ? endpoints->found.n_items : 0;
}

int rctl_endpoints_get(const rctl_endpoints *endpoints, size_t index,
                       rctl_endpoint *ret_endpoint)
{
    if (!endpoints || !ret_endpoint)
        return RCTL_E_INVALID_ARG;
    if (index >= endpoints->found.n_items)
        return RCTL_E_NOT_FOUND;
    *ret_endpoint = endpoints->found.items[index].endpoint;
    return RCTL_OK;
}

const rctl_diags *rctl_endpoints_diags(const rctl_endpoints *endpoints)
{
    return endpoints ? &endpoints->diags : NULL;
}
