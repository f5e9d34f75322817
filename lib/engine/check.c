/*
 * engine_resolve(): the settings of one engine pod, from the user's keys to the list
 * of arguments. Everything is judged before anything is given up, so one run tells
 * all faults.
 */
#include "engine/settings.h"

#include <stdio.h>

static bool has_settings(const struct engine_input *input)
{
    for (size_t i = 0; i < BASE_COUNT(input->sources); i++)
        if (input->sources[i].config && input->sources[i].config->type == TEXT_MAP)
            return true;
    return false;
}

/* A neutral key is there when what it stands for is set, by whatever name. */
static bool is_set(const rctl_engine_config *config, const char *key)
{
    const rctl_engine *engine = config->engine;
    bool neutral = false;

    for (size_t i = 0; i < engine->n_neutral; i++) {
        if (strcmp(engine->neutral[i].key, key) != 0)
            continue;
        neutral = true;
        if (engine_config_find(config, engine_flag_name(engine, engine->neutral[i].flag)))
            return true;
    }
    return !neutral && engine_config_find(config, engine_flag_name(engine, key));
}

static bool was_given(const struct engine_input *input, const char *key)
{
    for (size_t i = 0; i < BASE_COUNT(input->sources); i++)
        if (text_get(input->sources[i].config, key))
            return true;
    return false;
}

static void check_required(const struct engine_check *check)
{
    const struct engine_input *input = check->input;
    const char *const *required = input->engine->required;
    const struct engine_source *source = &input->sources[input->sources[0].config ? 0 : 1];
    struct engine_place place = {input->mark, NULL};
    struct engine_complaint complaint = {DIAG_ENGINE_MISSING_KEY, NULL, NULL};

    if (!input->check_required || !required || !has_settings(input))
        return;
    if (source->config && source->config->mark.line)
        place.mark = (struct diag_mark){input->file, source->config->mark.line,
                                        source->config->mark.column};
    place.path = source->path ? text_path_print(source->path, check->arena) : NULL;
    for (; *required; required++) {
        /* A key that was given and is wrong has been told already. */
        if (is_set(check->config, *required) || was_given(input, *required))
            continue;
        complaint.message =
            base_arena_format(check->arena, "'%s' is missing, which %s needs", *required,
                              input->engine->title);
        complaint.hint = base_arena_format(check->arena, "add '%s' with a number", *required);
        engine_complain(check, &place, &complaint);
    }
}

static int64_t size_of(const rctl_engine_config *config, const char *flag)
{
    return flag ? engine_config_int(config, engine_flag_name(config->engine, flag), 1) : 1;
}

/* Under DP attention some counts are for all ranks together; neutral keys are not. */
static void multiply(const struct engine_check *check)
{
    const rctl_engine *engine = check->input->engine;
    int64_t dp = size_of(check->config, engine->data_parallel_flag);

    if (!engine->dp_attention_flag || dp <= 1 ||
        !engine_config_on(check->config, engine_flag_name(engine, engine->dp_attention_flag)))
        return;
    for (size_t i = 0; i < check->config->n_items; i++) {
        struct engine_setting *setting = &check->config->items[i];

        if (!setting->times_dp || !setting->value.has_number || setting->value.number <= 0 ||
            setting->value.number > INT64_MAX / dp)
            continue;
        setting->value.number *= dp;
        setting->value.text =
            base_arena_format(check->arena, "%lld", (long long)setting->value.number);
        setting->why = base_arena_format(check->arena, "%s, times %s %lld", setting->why,
                                         engine->data_parallel_flag, (long long)dp);
    }
}

void engine_check_gpus(rctl_engine_out *out, const char *flag, int64_t needed)
{
    int64_t gpus = out->input->job->gpus;

    if (gpus < 0 || (gpus == 0 && needed == 1))
        return;
    if (needed > gpus)
        engine_fault(out, DIAG_ENGINE_GPU_COUNT, flag,
                     "give the pod as many GPUs, or lower the parallel sizes",
                     "needs %lld GPUs, and the pod has %lld", (long long)needed, (long long)gpus);
    else if (needed < gpus)
        engine_fault(out, DIAG_ENGINE_GPU_IDLE, flag,
                     "lower the number of GPUs, or raise the parallel sizes",
                     "uses %lld of the %lld GPUs of the pod", (long long)needed, (long long)gpus);
}

static int64_t product(int64_t a, int64_t b)
{
    return a > INT32_MAX || b > INT32_MAX ? INT64_MAX : a * b;
}

/* Names that another file may have spelled wrongly, and this engine may not know. */
static void check_names(rctl_engine_out *out)
{
    const rctl_engine *engine = out->input->engine;
    const rctl_engine_job *job = out->input->job;

    if (job->speculation &&
        !(engine->methods && base_str_in(job->speculation->method, engine->methods)))
        engine_fault(out, DIAG_ENGINE_METHOD, NULL,
                     "use a method of this engine, or another engine",
                     "%s has no speculation method '%s'", engine->title, job->speculation->method);
}

static void call(rctl_engine_fn fn, rctl_engine_out *out)
{
    const rctl_engine *engine = out->input->engine;
    int code = fn ? fn(engine->ctx, out->input->job, out->config, out) : RCTL_OK;

    if (code != RCTL_OK)
        base_raise(&out->arena->mem->fail, code);
}

static void make_words(rctl_engine_out *out, const struct engine_word *args, size_t n_args)
{
    const rctl_engine *engine = out->input->engine;
    const rctl_engine_config *config = out->config;

    for (size_t i = 0; i < config->n_items; i++)
        if (config->items[i].origin != ENGINE_FROM_ARGS)
            engine_out_setting(out, &config->items[i]);
    if (engine->metrics_flag &&
        !engine_config_find(config, engine_flag_name(engine, engine->metrics_flag)))
        engine_out_arg(out, engine->metrics_flag, NULL, "metrics are always on");
    call(engine->arguments, out);
    for (size_t i = 0; i < n_args; i++)
        engine_out_word(out, args[i].text, args[i].why);
}

void engine_resolve(const struct engine_input *input, struct base_arena *arena,
                    struct rctl_diags *diags, struct engine_result *ret)
{
    const rctl_engine *engine = input->engine;
    struct rctl_engine_config *config = base_arena_zalloc(arena, sizeof(*config));
    struct engine_check check = {input, config, arena, diags};
    struct rctl_engine_out out = {input, config, arena, diags, ret};
    const struct engine_word *args;
    size_t n_args;

    *ret = (struct engine_result){.config = config};
    config->engine = engine;
    for (size_t i = 0; i < BASE_COUNT(input->sources); i++)
        engine_take_keys(&check, i);
    args = engine_take_args(&check, &n_args);
    check_required(&check);
    multiply(&check);
    ret->tensor_parallel = size_of(config, engine->tensor_parallel_flag);
    ret->pipeline_parallel = size_of(config, engine->pipeline_parallel_flag);
    ret->data_parallel = size_of(config, engine->data_parallel_flag);
    check_names(&out);
    if (engine->check)
        call(engine->check, &out);
    else
        engine_check_gpus(&out, engine->tensor_parallel_flag,
                          product(product(ret->tensor_parallel, ret->pipeline_parallel),
                                  ret->data_parallel));
    make_words(&out, args, n_args);
}
