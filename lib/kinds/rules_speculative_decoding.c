/* Rules of SpeculativeDecoding. What one engine can do is judged by its job. */
#include "kinds/kinds.h"

/* Methods that draft from the prompt or from heads of the target itself. */
static const char *const without_draft[] = {"ngram", "ngram_gpu", "mtp", "suffix", "dspark", NULL};

static bool method_is_known(const struct kinds_check *check, const char *method)
{
    const struct engine_registry *engines = &check->world->tables->engines;

    for (size_t i = 0; i < engines->n_items; i++)
        if (engines->items[i]->methods && base_str_in(method, engines->items[i]->methods))
            return true;
    return false;
}

static const char *method_candidate(const void *ctx, size_t i)
{
    return ((const char *const *)ctx)[i];
}

static const char *nearest_method(const struct kinds_check *check, const char *method)
{
    const struct engine_registry *engines = &check->world->tables->engines;

    for (size_t i = 0; i < engines->n_items; i++) {
        const char *const *methods = engines->items[i]->methods;
        const char *near;
        size_t n = 0;

        while (methods && methods[n])
            n++;
        near = base_suggest(method, method_candidate, methods, n);
        if (near)
            return near;
    }
    return NULL;
}

static void unused(struct kinds_check *check, const struct text_node *at, const char *field,
                   const char *method)
{
    if (at)
        schema_fault(&check->walk, DIAG_SPECULATION_UNUSED_FIELD, at,
                     KINDS_AT(&check->spec, field), "remove it", "has no effect with method '%s'",
                     method);
}

void kinds_rules_sd(struct kinds_check *check, const void *decoded)
{
    const struct sd_spec *spec = decoded;
    const char *method = spec->method.v;

    if (!method)
        return;
    if (!method_is_known(check, method)) {
        const char *near = nearest_method(check, method);

        schema_fault(&check->walk, DIAG_SPECULATION_UNKNOWN_METHOD, spec->method.at,
                     KINDS_AT(&check->spec, "method"),
                     near ? base_arena_format(check->walk.arena, "did you mean '%s'?", near) : NULL,
                     "no engine knows the method '%.100s'", method);
        return;
    }
    if (!spec->draft_model.v && !base_str_in(method, without_draft))
        schema_fault(&check->walk, DIAG_SPECULATION_MISSING_DRAFT, check->object->spec,
                     &check->spec, "add draftModel", "method '%s' needs a draft model", method);
    if (!base_str_starts(method, "ngram")) {
        unused(check, spec->prompt_lookup_min.at, "promptLookupMin", method);
        unused(check, spec->prompt_lookup_max.at, "promptLookupMax", method);
    } else {
        unused(check, spec->draft_model.at, "draftModel", method);
        unused(check, spec->draft_tensor_parallel_size.at, "draftTensorParallelSize", method);
    }
    if (spec->prompt_lookup_min.at && spec->prompt_lookup_max.at &&
        spec->prompt_lookup_min.v > spec->prompt_lookup_max.v)
        schema_fault(&check->walk, DIAG_SPECULATION_LOOKUP_RANGE, spec->prompt_lookup_min.at,
                     KINDS_AT(&check->spec, "promptLookupMin"), "swap the two",
                     "'%s' is above promptLookupMax '%s'", spec->prompt_lookup_min.at->u.str,
                     spec->prompt_lookup_max.at->u.str);
}
