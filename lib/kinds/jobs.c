/*
 * The engine pods that an object asks for, in the plain words that engines
 * understand. Validation and rendering build them by this same code.
 */
#include "kinds/kinds.h"

int64_t kinds_quantity(const char *text)
{
    int64_t milli = 0;

    if (!text || !base_num_quantity(text, &milli))
        return 0;
    return milli / 1000 + (milli % 1000 > 0);
}

/* GPUs of one pod, by any vendor's name; -1 when the resources name none. */
static int64_t count_gpus(const struct text_node *resources)
{
    static const char *const groups[] = {"limits", "requests"};

    for (size_t g = 0; g < BASE_COUNT(groups); g++) {
        const struct text_node *map = text_get(resources, groups[g]);

        for (uint32_t i = 0; map && map->type == TEXT_MAP && i < map->len; i++) {
            const struct text_pair *pair = &map->u.pairs[i];
            size_t len = pair->key_len;

            if (len > 4 && strcmp(pair->key + len - 4, "/gpu") == 0 &&
                (pair->value.type == TEXT_STR || pair->value.type == TEXT_INT))
                return kinds_quantity(pair->value.u.str);
        }
    }
    return -1;
}

/* "hf://org/name" -> "org/name", "pvc://claim/a/b" -> "/models/a/b". */
static const char *model_to_load(const struct model *model, const char *model_name,
                                 struct base_arena *arena)
{
    const char *source = model ? model->source.v : NULL;

    if (!source)
        return model_name;
    if (base_str_starts(source, "hf://"))
        return source + 5;
    if (base_str_starts(source, "pvc://")) {
        const char *path = strchr(source + 6, '/');

        return base_arena_format(arena, "%s%s", KINDS_MODEL_DIR, path ? path : "");
    }
    return source;
}

static void set_speculation(struct kinds_job *ret)
{
    const struct sd_spec *sd = ret->extras.sd;

    if (!sd || !sd->method.v)
        return;
    ret->speculation = (rctl_speculation){
        .method = sd->method.v,
        .draft_model = sd->draft_model.v,
        .num_tokens = sd->num_speculative_tokens.v,
        .draft_tensor_parallel = sd->draft_tensor_parallel_size.v,
        .lookup_min = sd->prompt_lookup_min.v,
        .lookup_max = sd->prompt_lookup_max.v,
    };
    ret->job.speculation = &ret->speculation;
}

static void set_cache(struct kinds_job *ret, struct base_arena *arena)
{
    const struct icache_spec *cache = ret->extras.cache;
    const struct cache_tiers *tiers = cache ? cache->tiers : NULL;

    if (!cache)
        return;
    if (tiers && tiers->cpu)
        ret->cache.cpu_bytes = kinds_quantity(tiers->cpu->size.v);
    if (tiers && tiers->disk) {
        ret->cache.disk_bytes = kinds_quantity(tiers->disk->size.v);
        ret->cache.disk_path = tiers->disk->path.v;
    }
    if (tiers && tiers->server && tiers->server->enabled.v) {
        ret->cache.server_host = base_arena_format(
            arena, "%s.%s.svc",
            kinds_child_name(arena, ret->extras.cache_object->name, "-lmcache"),
            ret->extras.cache_object->name_space);
        ret->cache.server_port = KINDS_LMCACHE_PORT;
    }
    ret->job.cache = &ret->cache;
}

static const struct text_path *path_of(struct base_arena *arena, const char *field)
{
    static const struct text_path spec = {NULL, "spec", 0};
    struct text_path *path = base_arena_alloc(arena, sizeof(*path));

    *path = (struct text_path){&spec, field, 0};
    return path;
}

/* What services and halves have in common. */
struct request {
    const struct schema_str *model_name, *engine, *image;
    const struct model *model;
    const struct text_node *config, *overlay, *resources;
    const struct text_node *env;
    const char *overlay_field;
    const struct schema_list *args, *unsafe;
    rctl_engine_role role;
    const char *connector;
    int64_t replicas;
    int32_t port;
};

static void build(const struct kinds_world *world, const rctl_object *object,
                  const struct request *request, const rctl_engine *engine,
                  struct kinds_job *ret)
{
    struct base_arena *arena = world->scratch;

    ret->engine = engine;
    ret->image = request->image->v ? request->image->v : engine->image;
    ret->job = (rctl_engine_job){
        .size = sizeof(ret->job),
        .role = request->role,
        .model = model_to_load(request->model, request->model_name->v, arena),
        .served_name = request->model_name->v,
        .port = request->port,
        .gpus = count_gpus(request->resources),
        .replicas = request->replicas,
        .version = engine_image_version(ret->image, arena),
        .connector = request->connector,
    };
    set_speculation(ret);
    set_cache(ret, arena);
    ret->input = (struct engine_input){
        .engine = engine,
        .job = &ret->job,
        .sources = {{request->config, path_of(arena, "engineConfig")},
                    {request->overlay, path_of(arena, request->overlay_field)}},
        .args = request->args->at,
        .args_path = path_of(arena, "engineArgs"),
        .unsafe = request->unsafe->at,
        .check_required = true,
        .file = object->file,
        .mark = {object->file, object->mark.line, object->mark.column},
        .object = kinds_object_label(object, arena),
    };
}

/* The user's variable wins; when it replaces one of ours, that is told. */
static void check_env(struct schema_walk *walk, const struct request *request,
                      const struct engine_result *result)
{
    const struct text_node *env = request->env;
    const struct text_path *path = path_of(walk->arena, "env");

    for (uint32_t i = 0; env && env->type == TEXT_LIST && i < env->len; i++) {
        const struct text_node *name = text_get(&env->u.items[i], "name");

        for (size_t k = 0; name && name->type == TEXT_STR && k < result->n_env; k++)
            if (strcmp(result->env[k].name, name->u.str) == 0)
                schema_fault(walk, DIAG_SERVICE_ENV_OVERRIDE, name,
                             KINDS_AT(KINDS_ITEM(path, i), "name"),
                             "remove the variable unless you mean to replace ours",
                             "'%s' replaces the value that is rendered", name->u.str);
    }
}

static void check(const struct kinds_world *world, const rctl_object *object,
                  const struct request *request, struct rctl_diags *diags, struct kinds_job *ret)
{
    struct schema_walk walk = {.arena = world->scratch,
                               .diags = diags,
                               .file = object->file,
                               .object = ret->input.object,
                               .mark = object->mark};
    const struct model *model = request->model;

    engine_resolve(&ret->input, world->scratch, diags, &ret->result);
    check_env(&walk, request, &ret->result);
    if (!request->config && !request->overlay)
        schema_fault(&walk, DIAG_ENGINE_NO_CONFIG, object->spec, path_of(world->scratch, "engineConfig"),
                     NULL, "no engineConfig is given: %s runs with its own defaults",
                     ret->engine->title);
    if (model && model->revision.v && !rctl_engine_find_flag(ret->engine, "revision"))
        schema_fault(&walk, DIAG_ENGINE_UNKNOWN_KEY, model->revision.at,
                     KINDS_AT(path_of(world->scratch, "model"), "revision"), "remove it",
                     "%s cannot load a revision", ret->engine->title);
}

bool kinds_service_job(const struct kinds_world *world, const rctl_object *object,
                       const struct infsvc_spec *spec, struct rctl_diags *diags,
                       struct kinds_job *ret)
{
    const rctl_engine *engine = engine_registry_find(&world->tables->engines, spec->engine.v);
    struct request request = {
        .model_name = &spec->model_name,
        .engine = &spec->engine,
        .image = &spec->image,
        .model = spec->model,
        .config = spec->engine_config,
        .env = spec->env,
        .overlay_field = "engineConfig",
        .resources = spec->resources,
        .args = &spec->engine_args,
        .unsafe = &spec->allow_unsafe_flags,
        .role = RCTL_ROLE_SERVE,
        .replicas = spec->replicas.v,
        .port = spec->backend_ref ? (int32_t)spec->backend_ref->port.v : KINDS_ENGINE_PORT,
    };

    *ret = (struct kinds_job){.extras = kinds_service_extras(world, object, spec, diags)};
    if (!engine || !kinds_service_runs_engine(spec) || !spec->model_name.v)
        return false;
    build(world, object, &request, engine, ret);
    check(world, object, &request, diags, ret);
    return true;
}

bool kinds_pdd_jobs(const struct kinds_world *world, const rctl_object *object,
                    const struct pdd_spec *spec, struct rctl_diags *diags,
                    struct kinds_job ret[2])
{
    const rctl_engine *engine = engine_registry_find(&world->tables->engines, spec->engine.v);
    struct kinds_extras extras = kinds_pdd_extras(world, object, diags);
    struct request request = {
        .model_name = &spec->model_name,
        .engine = &spec->engine,
        .image = &spec->image,
        .model = spec->model,
        .config = spec->engine_config,
        .env = spec->env,
        .args = &spec->engine_args,
        .unsafe = &spec->allow_unsafe_flags,
        .port = KINDS_ENGINE_PORT,
    };

    if (!engine || !engine->connectors || !spec->model_name.v)
        return false;
    request.connector = spec->kv_transfer && spec->kv_transfer->connector.v
                            ? spec->kv_transfer->connector.v
                            : engine->connectors[0];
    if (!request.connector || !base_str_in(request.connector, engine->connectors))
        return false;
    for (int half = 0; half < 2; half++) {
        bool prefill = half == 0;

        request.role = prefill ? RCTL_ROLE_PREFILL : RCTL_ROLE_DECODE;
        request.overlay = prefill ? spec->prefill_engine_config : spec->decode_engine_config;
        request.overlay_field = prefill ? "prefillEngineConfig" : "decodeEngineConfig";
        request.resources = prefill ? spec->prefill_resources : spec->decode_resources;
        request.replicas = prefill ? spec->prefill_replicas.v : spec->decode_replicas.v;
        ret[half] = (struct kinds_job){.extras = extras};
        build(world, object, &request, engine, &ret[half]);
        check(world, object, &request, diags, &ret[half]);
    }
    engine_check_pair(&ret[0].input, &ret[0].result, &ret[1].input, &ret[1].result,
                      world->scratch, diags);
    return true;
}
