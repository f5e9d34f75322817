/* Rules that several kinds share. */
#include "kinds/k8s.h"
#include "kinds/kinds.h"

bool kinds_is_default(const struct schema_shape *shape, const char *path,
                      const struct text_node *node)
{
    const struct schema_field *field = schema_find_path(shape, path);

    return field && field->fallback && node && node->type != TEXT_LIST &&
           node->type != TEXT_MAP && base_str_eq(node->u.str, field->fallback);
}

static const char *engine_candidate(const void *ctx, size_t i)
{
    return ((const struct engine_registry *)ctx)->items[i]->name;
}

void kinds_check_engine_name(struct kinds_check *check, const struct schema_str *engine)
{
    const struct engine_registry *engines = &check->world->tables->engines;
    const char *near;

    if (!engine->at || engine_registry_find(engines, engine->v))
        return;
    near = base_suggest(engine->v, engine_candidate, engines, engines->n_items);
    schema_fault(&check->walk, DIAG_ENGINE_UNKNOWN, engine->at, KINDS_AT(&check->spec, "engine"),
                 near ? base_arena_format(check->walk.arena, "did you mean '%s'?", near)
                      : "see `rctl explain engines` for those there are",
                 "unknown engine '%.100s'", engine->v);
}

static const char *router_candidate(const void *ctx, size_t i)
{
    return ((const struct router_registry *)ctx)->items[i]->name;
}

void kinds_check_router(struct kinds_check *check, const struct router_choice *choice)
{
    const struct router_registry *routers = &check->world->tables->routers;
    const struct text_path *path = KINDS_AT(&check->spec, "router");
    const char *near;

    if (!choice || !choice->type.v)
        return;
    if (strcmp(choice->type.v, "auto") == 0) {
        const struct text_node *at = choice->image.at ? choice->image.at : choice->version.at;

        if (at)
            schema_fault(&check->walk, DIAG_ROUTER_NEEDS_TYPE, at,
                         KINDS_AT(path, choice->image.at ? "image" : "version"), "add router.type",
                         "'%.100s' is of one router, and which one is not said", at->u.str);
        return;
    }
    if (router_registry_find(routers, choice->type.v))
        return;
    near = base_suggest(choice->type.v, router_candidate, routers, routers->n_items);
    schema_fault(&check->walk, DIAG_ROUTER_UNKNOWN, choice->type.at, KINDS_AT(path, "type"),
                 near ? base_arena_format(check->walk.arena, "did you mean '%s'?", near)
                      : "see `rctl explain routers` for those there are",
                 "unknown router '%.100s'", choice->type.v);
}

void kinds_check_same_model(struct kinds_check *check, const struct ref *ref, const char *kind,
                            const char *field, const char *model, const struct text_path *path)
{
    const rctl_object *target;
    const char *theirs;

    if (!ref || !ref->name.v || !model)
        return;
    target = kinds_world_find(check->world, kind, check->object->name_space, ref->name.v);
    theirs = target ? text_get_str(target->spec, field) : NULL;
    if (theirs && strcmp(theirs, model) != 0)
        schema_fault(&check->walk, DIAG_MODEL_MISMATCH, ref->name.at, path, NULL,
                     "'%s' is for another model: its %s is '%.100s', not '%.100s'", ref->name.v,
                     field, theirs, model);
}

static void put_probe(struct text_builder *out, const char *key)
{
    text_put_map(out, key);
    text_put_map(out, "httpGet");
    text_put_end(out);
    text_put_end(out);
}

/* As much of a rendered pod as an overlay may build on. `arg` is the name of the engine. */
static void put_rendered_pod(struct text_builder *out, const void *arg)
{
    static const char *const volumes[] = {"shm", "model", "model-cache", "kv-cache"};

    text_put_map(out, NULL);
    text_put_map(out, "spec");
    text_put_list(out, "containers");
    text_put_map(out, NULL);
    text_put_str(out, "name", arg);
    text_put_str(out, "image", "rendered");
    put_probe(out, "livenessProbe");
    put_probe(out, "readinessProbe");
    put_probe(out, "startupProbe");
    text_put_end(out);
    text_put_end(out);
    text_put_list(out, "volumes");
    for (size_t i = 0; i < BASE_COUNT(volumes); i++) {
        text_put_map(out, NULL);
        text_put_str(out, "name", volumes[i]);
        text_put_end(out);
    }
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
}

/* Merged the other way round, so that places and indices stay those of the user. */
static void check_whole_pod(struct kinds_check *check, const struct text_node *overlay,
                            const char *engine)
{
    struct schema_walk *walk = &check->walk;
    const struct text_node *pod =
        schema_merge(&shape_pod_template, overlay,
                     text_built(walk->arena, put_rendered_pod, engine), walk->arena);

    k8s_check_whole_pod(walk, text_get(pod, "spec"),
                        KINDS_AT(KINDS_AT(&check->spec, "podTemplate"), "spec"));
}

void kinds_check_pod_template(struct kinds_check *check, const struct text_node *overlay,
                              const struct schema_str *engine)
{
    static const char *const reserved[] = {"app.kubernetes.io/component",
                                           "app.kubernetes.io/instance",
                                           "app.kubernetes.io/managed-by", NULL};
    const struct text_node *labels = text_get(text_get(overlay, "metadata"), "labels");
    const struct text_path *path = KINDS_AT(
        KINDS_AT(KINDS_AT(&check->spec, "podTemplate"), "metadata"), "labels");

    for (uint32_t i = 0; labels && labels->type == TEXT_MAP && i < labels->len; i++) {
        const struct text_pair *pair = &labels->u.pairs[i];
        struct text_node at = {.mark = pair->mark};

        if (base_str_in(pair->key, reserved))
            schema_fault(&check->walk, DIAG_SERVICE_RESERVED_LABEL, &at, KINDS_AT(path, pair->key),
                         "choose another label", "'%s' is used by our selectors", pair->key);
    }
    if (overlay && overlay->type == TEXT_MAP && engine->v)
        check_whole_pod(check, overlay, engine->v);
}

void kinds_check_model_cache(struct schema_walk *walk, const struct text_node *node,
                             const struct text_path *path)
{
    bool claim = text_get(node, "claimName") != NULL, size = text_get(node, "size") != NULL;

    if (claim == size)
        schema_fault(walk, DIAG_MODEL_CACHE_CHOICE, node, path, "give either claimName or size",
                     claim ? "claimName and size exclude each other"
                           : "neither claimName nor size is given");
}
