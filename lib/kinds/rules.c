/* Rules that several kinds share. */
#include "kinds/kinds.h"

static const char *engine_candidate(const void *ctx, size_t i)
{
    return ((const struct engine_registry *)ctx)->items[i]->name;
}

void kinds_check_engine_name(struct kinds_check *check, const struct schema_str *engine)
{
    const struct engine_registry *engines = check->world->engines;
    const char *near;

    if (!engine->at || engine_registry_find(engines, engine->v))
        return;
    near = base_suggest(engine->v, engine_candidate, engines, engines->n_items);
    schema_fault(&check->walk, DIAG_ENGINE_UNKNOWN, engine->at, KINDS_AT(&check->spec, "engine"),
                 near ? base_arena_format(check->walk.arena, "did you mean '%s'?", near)
                      : "see `rctl explain engines` for those there are",
                 "unknown engine '%.100s'", engine->v);
}

void kinds_check_same_model(struct kinds_check *check, const char *target_model,
                            const char *target_field, const char *target_name, const char *model,
                            const struct ref *ref, const struct text_path *path)
{
    if (!target_model || !model || strcmp(target_model, model) == 0)
        return;
    schema_fault(&check->walk, DIAG_MODEL_MISMATCH, ref->name.at, path, NULL,
                 "'%s' is for another model: its %s is '%.100s', not '%.100s'", target_name,
                 target_field, target_model, model);
}

void kinds_check_pod_template(struct kinds_check *check, const struct text_node *overlay)
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
