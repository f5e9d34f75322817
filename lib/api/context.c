/* The root object, and the plumbing that the other files of this folder share. */
#include "api/api.h"

bool api_read_options(const void *given, size_t size, void *ret)
{
    size_t given_size;

    memset(ret, 0, size);
    if (!given)
        return true;
    memcpy(&given_size, given, sizeof(given_size)); /* `size` comes first in each */
    if (given_size < sizeof(given_size))
        return false;
    memcpy(ret, given, given_size < size ? given_size : size);
    return true;
}

static void run_writer(void *arg)
{
    struct api_writer *writer = arg;

    writer->body(writer);
    base_buf_flush(&writer->out);
}

int api_write(const rctl_allocator *allocator, const rctl_sink *sink,
              void (*body)(struct api_writer *writer), const void *arg)
{
    struct api_writer writer = {.arg = arg, .body = body};
    int code;

    base_mem_init(&writer.mem, allocator);
    base_arena_init(&writer.arena, &writer.mem);
    base_buf_init(&writer.out, &writer.arena, sink);
    code = base_try(&writer.mem.fail, run_writer, &writer);
    base_arena_done(&writer.arena);
    return code;
}

static void run_call(void *arg)
{
    const struct api_call *call = arg;

    call->body(call);
}

int api_call(struct base_mem *mem, struct api_call call)
{
    return base_try(&mem->fail, run_call, &call);
}

struct register_job {
    rctl_ctx *ctx;
    const rctl_engine *engine;
    int code;
};

static void run_register(void *arg)
{
    struct register_job *job = arg;

    job->code = engine_registry_add(&job->ctx->tables.engines, &job->ctx->arena, job->engine);
}

int rctl_engine_register(rctl_ctx *ctx, const rctl_engine *engine)
{
    struct register_job job = {ctx, engine, RCTL_OK};
    int code;

    if (!ctx || !engine)
        return RCTL_E_INVALID_ARG;
    code = base_try(&ctx->mem.fail, run_register, &job);
    return code ? code : job.code;
}

/* What ships is registered by the calls that anybody else would use. */
static int register_all(rctl_ctx *ctx)
{
    /* The order in which `type: auto` asks them. */
    static const rctl_router *const routers[] = {&router_production_stack, &router_vllm_router,
                                                 &router_smg, &router_sglang_router,
                                                 &router_gateway_api};
    static const rctl_discovery *const discoveries[] = {&discovery_static, &discovery_k8s,
                                                        &discovery_file, &discovery_http};
    int code = rctl_engine_register(ctx, &engine_vllm);

    if (code == RCTL_OK)
        code = rctl_engine_register(ctx, &engine_sglang);
    for (size_t i = 0; i < BASE_COUNT(routers) && code == RCTL_OK; i++)
        code = rctl_router_register(ctx, routers[i]);
    for (size_t i = 0; i < BASE_COUNT(discoveries) && code == RCTL_OK; i++)
        code = rctl_discovery_register(ctx, discoveries[i]);
    return code;
}

int rctl_ctx_new(const rctl_allocator *allocator, rctl_ctx **ret_ctx)
{
    struct base_mem mem;
    rctl_ctx *ctx;
    int code;

    if (!ret_ctx || (allocator && (!allocator->alloc || !allocator->release)))
        return RCTL_E_INVALID_ARG;
    base_mem_init(&mem, allocator);
    ctx = mem.from.alloc(mem.from.ctx, sizeof(*ctx));
    if (!ctx)
        return RCTL_E_NOMEM;
    *ctx = (rctl_ctx){.mem = mem};
    base_arena_init(&ctx->arena, &ctx->mem);
    code = register_all(ctx);
    if (code != RCTL_OK) {
        rctl_ctx_free(ctx);
        return code;
    }
    *ret_ctx = ctx;
    return RCTL_OK;
}

rctl_ctx *rctl_ctx_free(rctl_ctx *ctx)
{
    if (ctx) {
        struct base_mem mem = ctx->mem;

        base_arena_done(&ctx->arena);
        base_mem_free(&mem, ctx, sizeof(*ctx));
    }
    return NULL;
}

size_t rctl_engines_count(const rctl_ctx *ctx)
{
    return ctx ? ctx->tables.engines.n_items : 0;
}

const rctl_engine *rctl_engines_get(const rctl_ctx *ctx, size_t index)
{
    return ctx && index < ctx->tables.engines.n_items ? ctx->tables.engines.items[index] : NULL;
}

const rctl_engine *rctl_engines_find(const rctl_ctx *ctx, const char *name)
{
    return ctx && name ? engine_registry_find(&ctx->tables.engines, name) : NULL;
}
