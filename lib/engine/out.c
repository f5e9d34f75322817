/*
 * The receiver of an engine's callbacks: collects arguments, environment, ports and
 * the like. An argument that the user has set as well is kept once when both agree
 * and is a fault when they do not.
 */
#include "engine/settings.h"

#include <stdarg.h>
#include <stdio.h>

void *engine_grow(struct base_arena *arena, void *items, size_t n, size_t size)
{
    void *larger;

    if ((n & (n - 1)) != 0) /* room is always a power of two */
        return items;
    larger = base_arena_alloc(arena, (n ? n * 2 : 1) * size);
    if (n)
        memcpy(larger, items, n * size);
    return larger;
}

#define APPEND(out, member, ...)                                                                   \
    do {                                                                                           \
        struct engine_result *to = (out)->result;                                                  \
                                                                                                   \
        to->member =                                                                               \
            engine_grow((out)->arena, to->member, to->n_##member, sizeof(*to->member));            \
        to->member[to->n_##member++] = __VA_ARGS__;                                                \
    } while (0)

struct base_arena *engine_out_arena(rctl_engine_out *out)
{
    return out->arena;
}

static const char *copy(const rctl_engine_out *out, const char *text)
{
    return text ? base_arena_text(out->arena, text, strlen(text)) : NULL;
}

void engine_out_word(rctl_engine_out *out, const char *text, const char *why)
{
    APPEND(out, words, (struct engine_word){text, why});
}

static void add_flag(rctl_engine_out *out, const char *name, const char *part, const char *why)
{
    const char *const parts[] = {"--", name, part ? "." : NULL, part, NULL};

    engine_out_word(out, base_arena_join(out->arena, parts), why);
}

void engine_out_setting(rctl_engine_out *out, const struct engine_setting *setting)
{
    const struct engine_value *value = &setting->value;
    const rctl_flag *flag = setting->flag;

    if (value->unset) {
        /* "None" says the same as leaving the flag out, unless it has a default. */
        if (flag->fallback) {
            add_flag(out, flag->name, NULL, setting->why);
            engine_out_word(out, "None", setting->why);
        }
        return;
    }
    if (flag->type == RCTL_FLAG_SWITCH || flag->type == RCTL_FLAG_BOOL) {
        if (strcmp(value->text, "true") == 0)
            add_flag(out, flag->name, NULL, setting->why);
        else if (flag->type == RCTL_FLAG_BOOL)
            add_flag(out, base_arena_format(out->arena, "no-%s", flag->name), NULL, setting->why);
        return;
    }
    add_flag(out, flag->name, setting->part, setting->why);
    if (!value->items)
        engine_out_word(out, value->text, setting->why);
    for (size_t i = 0; i < value->n_items; i++)
        engine_out_word(out, value->items[i], setting->why);
}

/* The place of a setting, or of all settings when this one is not among them. */
static struct engine_place place_of(const rctl_engine_out *out, const char *flag)
{
    const struct engine_setting *setting =
        flag ? engine_config_find(out->config, engine_flag_name(out->input->engine, flag)) : NULL;
    const struct text_path *path = out->input->sources[0].path;

    if (setting)
        return (struct engine_place){setting->mark, setting->path};
    return (struct engine_place){out->input->mark,
                                 flag && path ? text_path_print(path, out->arena) : NULL};
}

void engine_fault(rctl_engine_out *out, enum diag_code code, const char *flag, const char *hint,
                  const char *message, ...)
{
    struct engine_place place = place_of(out, flag);
    char text[1024];
    va_list args;

    va_start(args, message);
    vsnprintf(text, sizeof(text), message, args);
    va_end(args);
    diag_add(out->diags, code, place.mark, out->input->object, place.path, hint, "%s", text);
}

void engine_out_fault(rctl_engine_out *out, rctl_severity severity, const char *flag,
                      const char *message, const char *hint)
{
    struct engine_place place = place_of(out, flag);

    diag_add_as(out->diags, severity, DIAG_ENGINE_CUSTOM, place.mark, out->input->object,
                place.path, hint, "%s", message);
}

void engine_out_arg(rctl_engine_out *out, const char *flag, const char *value, const char *why)
{
    const rctl_engine *engine = out->input->engine;
    const rctl_flag *row = engine_find_flag(engine, flag);
    const char *set;

    flag = row ? row->name : copy(out, flag);
    set = engine_config_get(out->config, flag);
    if (set) {
        if (strcmp(set, value ? value : "true") != 0)
            engine_fault(out, DIAG_ENGINE_CONFLICT, flag, "remove the key, or what asks for this",
                         "must be '%s' here (%s)", value ? value : "true", why ? why : "engine");
        return;
    }
    add_flag(out, flag, NULL, copy(out, why));
    if (value)
        engine_out_word(out, copy(out, value), copy(out, why));
}

void engine_out_env(rctl_engine_out *out, const char *name, const char *value, const char *why)
{
    APPEND(out, env, (struct engine_env){copy(out, name), copy(out, value), NULL, copy(out, why)});
}

void engine_out_env_field(rctl_engine_out *out, const char *name, const char *field_path,
                          const char *why)
{
    APPEND(out, env,
           (struct engine_env){copy(out, name), NULL, copy(out, field_path), copy(out, why)});
}

void engine_out_port(rctl_engine_out *out, const char *name, int32_t number)
{
    APPEND(out, ports, (struct engine_port){copy(out, name), number});
}

void engine_out_label(rctl_engine_out *out, const char *key, const char *value)
{
    APPEND(out, labels, (struct engine_pair){copy(out, key), copy(out, value)});
}

void engine_out_annotation(rctl_engine_out *out, const char *key, const char *value)
{
    APPEND(out, annotations, (struct engine_pair){copy(out, key), copy(out, value)});
}

void engine_out_scratch(rctl_engine_out *out, const char *name, const char *path, int64_t bytes)
{
    APPEND(out, scratch, (struct engine_scratch){copy(out, name), copy(out, path), bytes});
}

void engine_out_host_memory(rctl_engine_out *out, int64_t bytes)
{
    int64_t *total = &out->result->host_memory;

    *total = bytes > INT64_MAX - *total ? INT64_MAX : *total + bytes;
}
