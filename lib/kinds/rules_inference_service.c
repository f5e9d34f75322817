/* Rules of InferenceService. */
#include "kinds/kinds.h"

bool kinds_service_runs_engine(const struct infsvc_spec *spec)
{
    return !spec->prefill_decoding_ref && !base_str_eq(spec->backend_mode.v, "External");
}

/* Fields that say how our own engine runs, told when there is none. */
static void check_unused(struct kinds_check *check, const struct infsvc_spec *spec)
{
    static const char *const fields[] = {
        "model",     "engine",           "engineConfig", "engineArgs",   "allowUnsafeFlags",
        "image",     "imagePullSecrets", "replicas",     "resources",    "topologyHint",
        "env",       "podTemplate",
    };
    const char *why = spec->prefill_decoding_ref
                          ? "has no effect: the pods of prefillDecodingRef serve"
                          : check->object->backend_is_foreign
                              ? "has no effect: the Service of the backend is not ours, so no "
                                "engine is run"
                              : "has no effect: backendMode is External, so no engine is run";

    for (size_t i = 0; i < BASE_COUNT(fields); i++) {
        const struct text_pair *pair = text_get_pair(check->object->spec, fields[i]);
        struct text_node at;

        if (!pair || pair->value.type == TEXT_NULL ||
            kinds_is_default(&shape_infsvc_spec, fields[i], &pair->value))
            continue;
        at = (struct text_node){.mark = pair->mark};
        schema_fault(&check->walk, DIAG_SERVICE_UNUSED_FIELD, &at,
                     KINDS_AT(&check->spec, fields[i]),
                     spec->prefill_decoding_ref ? "set it on the PrefillDecodingDisaggregation"
                                                : "remove it",
                     "%s", why);
    }
}

/* A router stands only in front of halves, and listens where backendRef says. */
static void check_router_field(struct kinds_check *check, const struct infsvc_spec *spec)
{
    const struct text_pair *pair = text_get_pair(check->object->spec, "router");
    struct text_node at = {.mark = pair ? pair->mark : check->object->mark};
    const struct text_path *path = KINDS_AT(&check->spec, "router");

    if (!spec->router)
        return;
    if (!spec->prefill_decoding_ref)
        schema_fault(&check->walk, DIAG_SERVICE_UNUSED_FIELD, &at, path,
                     "remove it, or set it on a gateway",
                     "has no effect: only prefill and decode halves need a router in front");
    else if (spec->router->port.at &&
             !kinds_is_default(&shape_router_choice, "port", spec->router->port.at))
        schema_fault(&check->walk, DIAG_SERVICE_UNUSED_FIELD, spec->router->port.at,
                     KINDS_AT(path, "port"), "set backendRef.port",
                     "has no effect: backendRef names the port");
}

static void check_models(struct kinds_check *check, const struct infsvc_spec *spec)
{
    const char *model = spec->model_name.v;

    kinds_check_same_model(check, spec->prefill_decoding_ref, "PrefillDecodingDisaggregation",
                           "modelName", model, KINDS_AT(&check->spec, "prefillDecodingRef"));
    kinds_check_same_model(check, spec->speculative_decoding_ref, "SpeculativeDecoding",
                           "targetModel", model, KINDS_AT(&check->spec, "speculativeDecodingRef"));
    kinds_check_same_model(check, spec->inference_cache_ref, "InferenceCache", "modelName", model,
                           KINDS_AT(&check->spec, "inferenceCacheRef"));
}

/* A backend that is the Service of a gateway closes a circle of traffic. */
static void link_backend(struct kinds_check *check, const struct infsvc_spec *spec)
{
    const rctl_object *gateway;

    if (!spec->backend_ref || !spec->backend_ref->name.v)
        return;
    gateway = kinds_world_find(check->world, "InferenceGateway", check->object->name_space,
                               spec->backend_ref->name.v);
    if (gateway)
        kinds_link(check->world, check->object, gateway,
                   schema_find_field(&shape_infsvc_spec, "backendRef"));
}

/* Clients reach the engine's Service directly: no router is there to filter. */
static void check_filters(struct kinds_check *check, const struct infsvc_spec *spec)
{
    const struct text_node *filters = text_get(check->object->spec, "nlpFilters");
    const struct text_path *path = KINDS_AT(&check->spec, "nlpFilters");

    for (uint32_t i = 0; spec->nlp_filters && i < filters->len; i++) {
        const struct text_pair *pair = &filters->u.pairs[i];
        struct text_node at = {.mark = pair->mark};

        if (schema_find_field(&shape_nlp_filters, pair->key))
            schema_fault(&check->walk, DIAG_SERVICE_FILTER_NOT_ENFORCED, &at,
                         KINDS_AT(path, pair->key),
                         "put a gateway in front whose router enforces it, or remove it",
                         "nothing in front of the service enforces this filter");
    }
}

void kinds_rules_infsvc(struct kinds_check *check, const void *decoded)
{
    const struct infsvc_spec *spec = decoded;

    check->backend_is_external = base_str_eq(spec->backend_mode.v, "External");
    kinds_check_engine_name(check, &spec->engine);
    if (check->backend_is_external && spec->prefill_decoding_ref)
        schema_fault(&check->walk, DIAG_SERVICE_EXTERNAL_WITH_PDD, spec->backend_mode.at,
                     KINDS_AT(&check->spec, "backendMode"), "remove one of the two",
                     "'External' and prefillDecodingRef exclude each other");
    else if (!kinds_service_runs_engine(spec))
        check_unused(check, spec);
    if (spec->prefill_decoding_ref)
        kinds_check_router(check, spec->router);
    check_router_field(check, spec);
    if (check->backend_is_external)
        link_backend(check, spec);
    check_models(check, spec);
    check_filters(check, spec);
    kinds_check_pod_template(check, spec->pod_template, &spec->engine);
}

size_t kinds_claims_infsvc(const struct kinds_check *check, const void *decoded,
                           struct kinds_claim *ret)
{
    const struct infsvc_spec *spec = decoded;
    const struct backend_ref *backend = spec->backend_ref;
    const char *name = backend && backend->name.v ? backend->name.v : check->object->name;
    const struct text_node *at = backend ? backend->name.at : NULL;

    if (base_str_eq(spec->backend_mode.v, "External"))
        return 0;
    ret[0] = (struct kinds_claim){"Service", name, at};
    return 1;
}
