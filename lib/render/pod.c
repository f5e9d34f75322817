/* The parts of an engine pod: arguments, environment, volumes, resources. */
#include "render/render.h"

enum { PRE_STOP = 15, DRAIN = 60, MARGIN = 15, MOST_OWN_ARGS = 24 };

/* ---- arguments ---- */

struct args {
    struct render *render;
    const char **why;
    size_t n, room;
};

const char *render_escape_dollar(struct render *render, const char *text)
{
    struct base_buf out;

    if (!strstr(text, "$("))
        return text;
    base_buf_init(&out, render->world->scratch, NULL);
    for (; *text; text++) {
        if (text[0] == '$' && text[1] == '(')
            base_buf_putc(&out, '$');
        base_buf_putc(&out, *text);
    }
    return out.data;
}

static void put_arg(struct args *args, const char *text, const char *why)
{
    assert(args->n < args->room);
    text_put_str(&args->render->builder, NULL, render_escape_dollar(args->render, text));
    args->why[args->n++] = why ? render_text(args->render, why) : NULL;
}

/* `flag` is a name without dashes, as descriptors have it. */
static void put_flag(struct args *args, const char *flag, const char *value, const char *why)
{
    if (!flag)
        return;
    put_arg(args, base_arena_format(args->render->world->scratch, "--%s", flag), why);
    if (value)
        put_arg(args, value, NULL);
}

static bool has_word(const struct engine_result *result, const char *flag)
{
    size_t len = strlen(flag);

    for (size_t i = 0; i < result->n_words; i++)
        if (strncmp(result->words[i].text, flag, len) == 0 &&
            (result->words[i].text[len] == '\0' || result->words[i].text[len] == '='))
            return true;
    return false;
}

/* The drain time that the engine gets, when it has a switch for it at this version. */
static const rctl_flag *drain_flag(const struct kinds_job *job)
{
    const rctl_flag *flag = rctl_engine_find_flag(job->engine, "shutdown-timeout");

    if (!flag || (flag->since && job->job.version &&
                  engine_version_compare(job->job.version, flag->since) < 0))
        return NULL;
    return flag;
}

static int64_t given_drain(const struct engine_result *result)
{
    int64_t seconds = 0;

    for (size_t i = 0; i + 1 < result->n_words; i++)
        if (strcmp(result->words[i].text, "--shutdown-timeout") == 0)
            base_num_int(result->words[i + 1].text, &seconds);
    return seconds;
}

struct render_grace render_grace(const struct kinds_job *job)
{
    struct render_grace grace = {PRE_STOP, 0, 0};

    if (has_word(&job->result, "--shutdown-timeout"))
        grace.drain = given_drain(&job->result);
    else
        grace.drain = DRAIN;
    grace.total = grace.pre_stop + grace.drain + MARGIN;
    return grace;
}

void render_put_args(struct render *render, const struct render_workload *work,
                     struct render_remarks *ret_remarks)
{
    const struct kinds_job *job = work->job;
    const rctl_engine *engine = job->engine;
    struct text_builder *out = &render->builder;
    size_t room = job->result.n_words + MOST_OWN_ARGS;
    struct args args = {render, base_arena_alloc(render->arena, room * sizeof(char *)), 0, room};
    const char *from = work->model && work->model->source.v ? "spec.model.source" : "spec.modelName";
    struct text_node list;

    if (engine->command)
        render_put_words(out, "command", engine->command);
    text_build_key(out, "args", 4, (struct text_mark){0, 0}, /* copy= */ false);
    text_build_open(out, TEXT_LIST, (struct text_mark){0, 0});
    if (engine->model_flag)
        put_flag(&args, engine->model_flag, job->job.model, from);
    else
        put_arg(&args, job->job.model, from);
    put_flag(&args, engine->served_name_flag, job->job.served_name, "spec.modelName");
    put_flag(&args, engine->host_flag, "0.0.0.0", "probes and clients come from outside the pod");
    put_flag(&args, engine->port_flag, base_arena_format(render->arena, "%d", job->job.port),
             job->job.role == RCTL_ROLE_SERVE ? "spec.backendRef.port" : "port of both halves");
    if (work->model && work->model->revision.v && rctl_engine_find_flag(engine, "revision"))
        put_flag(&args, "revision", work->model->revision.v, "spec.model.revision");
    for (size_t i = 0; i < job->result.n_words; i++)
        put_arg(&args, job->result.words[i].text, job->result.words[i].why);
    if (drain_flag(job) && !has_word(&job->result, "--shutdown-timeout"))
        put_flag(&args, "shutdown-timeout", base_arena_format(render->arena, "%d", DRAIN),
                 "requests in flight finish before the pod ends");
    list = text_build_close(out);
    *ret_remarks = (struct render_remarks){list.u.items, args.why, args.n};
}

/* ---- environment ---- */

static bool user_sets(const struct text_node *env, const char *name)
{
    for (uint32_t i = 0; env && env->type == TEXT_LIST && i < env->len; i++)
        if (base_str_eq(text_get_str(&env->u.items[i], "name"), name))
            return true;
    return false;
}

static void put_engine_env(struct render *render, const struct engine_env *env)
{
    struct text_builder *out = &render->builder;

    text_put_map(out, NULL);
    text_put_str(out, "name", env->name);
    if (env->field_path) {
        text_put_map(out, "valueFrom");
        text_put_map(out, "fieldRef");
        text_put_str(out, "fieldPath", env->field_path);
        text_put_end(out);
        text_put_end(out);
    } else {
        text_put_str(out, "value", env->value);
    }
    text_put_end(out);
}

void render_put_env(struct render *render, const struct render_workload *work)
{
    const struct engine_result *result = &work->job->result;
    const struct secret_key_ref *token = work->model ? work->model->token_secret_ref : NULL;
    bool cached = work->model && work->model->cache;
    uint32_t n_user = work->env && work->env->type == TEXT_LIST ? work->env->len : 0;
    struct text_builder *out = &render->builder;

    if (!result->n_env && !token && !cached && !n_user)
        return;
    text_put_list(out, "env");
    if (cached && !user_sets(work->env, "HF_HOME"))
        render_put_env_value(out, "HF_HOME", work->job->engine->cache_dir);
    if (token && token->name.v && token->key.v && !user_sets(work->env, "HF_TOKEN"))
        render_put_secret_env(out, "HF_TOKEN", token);
    for (size_t i = 0; i < result->n_env; i++)
        if (!user_sets(work->env, result->env[i].name))
            put_engine_env(render, &result->env[i]);
    for (uint32_t i = 0; i < n_user; i++)
        text_put_node(out, NULL, &work->env->u.items[i]);
    text_put_end(out);
}

/* ---- volumes ---- */

/* "pvc://claim/path" -> "claim"; NULL for every other source. */
static const char *source_claim(struct render *render, const struct model *model)
{
    const char *source = model ? model->source.v : NULL;

    if (!source || !base_str_starts(source, "pvc://"))
        return NULL;
    return base_arena_text(render->arena, source + 6, strcspn(source + 6, "/"));
}

static void put_claim(struct text_builder *out, const char *name, const char *claim, bool read_only)
{
    text_put_map(out, NULL);
    text_put_str(out, "name", name);
    text_put_map(out, "persistentVolumeClaim");
    text_put_str(out, "claimName", claim);
    if (read_only)
        text_put_bool(out, "readOnly", true);
    text_put_end(out);
    text_put_end(out);
}

void render_put_volumes(struct render *render, const struct render_workload *work)
{
    const struct engine_result *result = &work->job->result;
    const struct model_cache *cache = work->model ? work->model->cache : NULL;
    const char *claim = source_claim(render, work->model);
    struct text_builder *out = &render->builder;

    text_put_list(out, "volumes");
    /* Shared memory of the engine's processes; the default of 64 MiB is too small. */
    render_put_empty_dir(out, "shm", "Memory", "16Gi");
    if (claim)
        put_claim(out, "model", claim, /* read_only= */ true);
    if (cache && cache->claim_name.v)
        put_claim(out, "model-cache", cache->claim_name.v, /* read_only= */ false);
    else if (cache)
        render_put_empty_dir(out, "model-cache", NULL, cache->size.v);
    for (size_t i = 0; i < result->n_scratch; i++)
        render_put_empty_dir(out, result->scratch[i].name, NULL,
                      result->scratch[i].bytes
                          ? base_arena_format(render->arena, "%lld",
                                              (long long)result->scratch[i].bytes)
                          : NULL);
    text_put_end(out);
}

void render_put_mounts(struct render *render, const struct render_workload *work)
{
    const struct engine_result *result = &work->job->result;
    struct text_builder *out = &render->builder;

    text_put_list(out, "volumeMounts");
    render_put_mount(out, "shm", "/dev/shm", /* read_only= */ false);
    if (source_claim(render, work->model))
        render_put_mount(out, "model", KINDS_MODEL_DIR, /* read_only= */ true);
    if (work->model && work->model->cache)
        render_put_mount(out, "model-cache", work->job->engine->cache_dir, /* read_only= */ false);
    for (size_t i = 0; i < result->n_scratch; i++)
        render_put_mount(out, result->scratch[i].name, result->scratch[i].path, /* read_only= */ false);
    text_put_end(out);
}

/* ---- resources ---- */

/* Host memory that the engine pins for cached blocks comes on top of the user's. */
static void put_group(struct render *render, const struct text_node *group, const char *key,
                      int64_t more)
{
    struct text_builder *out = &render->builder;

    text_put_map(out, key);
    for (uint32_t i = 0; i < group->len; i++) {
        const struct text_pair *pair = &group->u.pairs[i];
        int64_t bytes;

        if (more == 0 || strcmp(pair->key, "memory") != 0) {
            text_put_node(out, pair->key, &pair->value);
            continue;
        }
        bytes = kinds_quantity(pair->value.u.str) + more;
        text_put_str(out, "memory", render_bytes(render, bytes));
    }
    text_put_end(out);
}

void render_put_resources(struct render *render, const struct render_workload *work)
{
    struct text_builder *out = &render->builder;
    const struct text_node *resources = work->resources;

    if (!resources || resources->type != TEXT_MAP)
        return;
    text_put_map(out, "resources");
    for (uint32_t i = 0; i < resources->len; i++) {
        const struct text_pair *pair = &resources->u.pairs[i];

        if (pair->value.type == TEXT_MAP)
            put_group(render, &pair->value, pair->key, work->job->result.host_memory);
        else
            text_put_node(out, pair->key, &pair->value);
    }
    text_put_end(out);
}
