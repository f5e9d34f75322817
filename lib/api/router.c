/* Routers: their registry, the calls that their callbacks make, and why which one was chosen. */
#include "api/api.h"
#include "gen/routing.h"

/* ---- the registry ---- */

struct register_job {
    rctl_ctx *ctx;
    const rctl_router *router;
    int code;
};

static void run_register(void *arg)
{
    struct register_job *job = arg;

    job->code = router_registry_add(&job->ctx->tables.routers, &job->ctx->arena, job->router);
}

int rctl_router_register(rctl_ctx *ctx, const rctl_router *router)
{
    struct register_job job = {ctx, router, RCTL_OK};
    int code;

    if (!ctx || !router)
        return RCTL_E_INVALID_ARG;
    code = base_try(&ctx->mem.fail, run_register, &job);
    return code ? code : job.code;
}

size_t rctl_routers_count(const rctl_ctx *ctx)
{
    return ctx ? ctx->tables.routers.n_items : 0;
}

const rctl_router *rctl_routers_get(const rctl_ctx *ctx, size_t index)
{
    return ctx && index < ctx->tables.routers.n_items ? ctx->tables.routers.items[index] : NULL;
}

const rctl_router *rctl_routers_find(const rctl_ctx *ctx, const char *name)
{
    return ctx && name ? router_registry_find(&ctx->tables.routers, name) : NULL;
}

/* ---- what callbacks produce ---- */

/* `a` is what no call can do without. */
static int make(struct api_call call)
{
    if (!call.out || !call.a)
        return RCTL_E_INVALID_ARG;
    return api_call(((rctl_router_out *)call.out)->arena->mem, call);
}

static void add_arg(const struct api_call *call)
{
    router_out_arg(call->out, call->a, call->b, call->c);
}

int rctl_router_out_arg(rctl_router_out *out, const char *flag, const char *value,
                        const char *why)
{
    return make((struct api_call){.body = add_arg, .out = out, .a = flag, .b = value, .c = why});
}

static void add_word(const struct api_call *call)
{
    router_out_word(call->out, call->a);
}

int rctl_router_out_word(rctl_router_out *out, const char *word)
{
    return make((struct api_call){.body = add_word, .out = out, .a = word});
}

static void add_arg_env(const struct api_call *call)
{
    router_out_arg_env(call->out, call->a, call->b, call->c);
}

int rctl_router_out_arg_env(rctl_router_out *out, const char *flag, const char *variable,
                            const char *why)
{
    if (!variable)
        return RCTL_E_INVALID_ARG;
    return make(
        (struct api_call){.body = add_arg_env, .out = out, .a = flag, .b = variable, .c = why});
}

static void add_env(const struct api_call *call)
{
    router_out_env(call->out, call->a, call->b);
}

int rctl_router_out_env(rctl_router_out *out, const char *name, const char *value)
{
    if (!value)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){.body = add_env, .out = out, .a = name, .b = value});
}

static void add_file(const struct api_call *call)
{
    router_out_file(call->out, call->a, call->b, /* restart= */ call->number != 0);
}

int rctl_router_out_file(rctl_router_out *out, const char *name, const char *text, bool restart)
{
    if (!text)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){
        .body = add_file, .out = out, .a = name, .b = text, .number = restart});
}

static void add_note(const struct api_call *call)
{
    router_out_note(call->out, call->severity, call->a, call->b);
}

int rctl_router_out_note(rctl_router_out *out, rctl_severity severity, const char *message,
                         const char *hint)
{
    if ((unsigned)severity >= RCTL_SEVERITY__COUNT)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){
        .body = add_note, .out = out, .a = message, .b = hint, .severity = severity});
}

static void add_refusal(const struct api_call *call)
{
    router_out_refuse(call->out, call->a);
}

int rctl_router_out_refuse(rctl_router_out *out, const char *reason)
{
    return make((struct api_call){.body = add_refusal, .out = out, .a = reason});
}

/* ---- why this router? ---- */

struct routing_job {
    rctl_set *set;
    rctl_routing_format format;
    const rctl_sink *sink;
};

static void run_routing(void *arg)
{
    struct routing_job *job = arg;
    struct base_buf out;

    base_buf_init(&out, &job->set->arena, job->sink);
    gen_routing(&job->set->world, job->format == RCTL_ROUTING_JSON, &out);
    base_buf_flush(&out);
}

int rctl_routing_write(rctl_set *set, rctl_routing_format format, const rctl_sink *sink)
{
    struct routing_job job = {set, format, sink};
    int code;

    if (!set || !sink || !sink->write || (unsigned)format > RCTL_ROUTING_JSON)
        return RCTL_E_INVALID_ARG;
    code = rctl_set_check(set);
    return code ? code : base_try(&set->mem.fail, run_routing, &job);
}
