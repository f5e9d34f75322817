/* The calls that an engine's callbacks make: what they read and what they produce. */
#include "api/api.h"
#include "engine/settings.h"

const rctl_flag *rctl_engine_find_flag(const rctl_engine *engine, const char *name)
{
    return engine && name ? engine_find_flag(engine, name) : NULL;
}

const char *rctl_engine_config_get(const rctl_engine_config *config, const char *flag)
{
    return config && flag ? engine_config_get(config, engine_flag_name(config->engine, flag))
                          : NULL;
}

int64_t rctl_engine_config_int(const rctl_engine_config *config, const char *flag,
                               int64_t fallback)
{
    return config && flag ? engine_config_int(config, engine_flag_name(config->engine, flag),
                                              fallback)
                          : fallback;
}

/* `a` is what no call can do without. */
static int make(struct api_call call)
{
    if (!call.out || !call.a)
        return RCTL_E_INVALID_ARG;
    return api_call(engine_out_arena(call.out)->mem, call);
}

static void add_arg(const struct api_call *call)
{
    engine_out_arg(call->out, call->a, call->b, call->c);
}

int rctl_engine_out_arg(rctl_engine_out *out, const char *flag, const char *value,
                        const char *why)
{
    return make((struct api_call){.body = add_arg, .out = out, .a = flag, .b = value, .c = why});
}

static void add_env(const struct api_call *call)
{
    engine_out_env(call->out, call->a, call->b, call->c);
}

int rctl_engine_out_env(rctl_engine_out *out, const char *name, const char *value,
                        const char *why)
{
    if (!value)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){.body = add_env, .out = out, .a = name, .b = value, .c = why});
}

static void add_env_field(const struct api_call *call)
{
    engine_out_env_field(call->out, call->a, call->b, call->c);
}

int rctl_engine_out_env_field(rctl_engine_out *out, const char *name, const char *field_path,
                              const char *why)
{
    if (!field_path)
        return RCTL_E_INVALID_ARG;
    return make(
        (struct api_call){.body = add_env_field, .out = out, .a = name, .b = field_path, .c = why});
}

static void add_port(const struct api_call *call)
{
    engine_out_port(call->out, call->a, (int32_t)call->number);
}

int rctl_engine_out_port(rctl_engine_out *out, const char *name, int32_t number)
{
    if (number < 1 || number > 65535)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){.body = add_port, .out = out, .a = name, .number = number});
}

static void add_label(const struct api_call *call)
{
    engine_out_label(call->out, call->a, call->b);
}

int rctl_engine_out_label(rctl_engine_out *out, const char *key, const char *value)
{
    if (!value)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){.body = add_label, .out = out, .a = key, .b = value});
}

static void add_annotation(const struct api_call *call)
{
    engine_out_annotation(call->out, call->a, call->b);
}

int rctl_engine_out_annotation(rctl_engine_out *out, const char *key, const char *value)
{
    if (!value)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){.body = add_annotation, .out = out, .a = key, .b = value});
}

static void add_scratch(const struct api_call *call)
{
    engine_out_scratch(call->out, call->a, call->b, call->number);
}

int rctl_engine_out_scratch(rctl_engine_out *out, const char *name, const char *path,
                            int64_t bytes)
{
    if (!path || bytes < 0)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){
        .body = add_scratch, .out = out, .a = name, .b = path, .number = bytes});
}

int rctl_engine_out_host_memory(rctl_engine_out *out, int64_t bytes)
{
    if (!out || bytes < 0)
        return RCTL_E_INVALID_ARG;
    engine_out_host_memory(out, bytes);
    return RCTL_OK;
}

static void add_fault(const struct api_call *call)
{
    engine_out_fault(call->out, call->severity, call->b, call->a, call->c);
}

int rctl_engine_out_fault(rctl_engine_out *out, rctl_severity severity, const char *flag,
                          const char *message, const char *hint)
{
    if ((unsigned)severity >= RCTL_SEVERITY__COUNT)
        return RCTL_E_INVALID_ARG;
    return make((struct api_call){.body = add_fault,
                                  .out = out,
                                  .a = message,
                                  .b = flag,
                                  .c = hint,
                                  .severity = severity});
}
