/* The status of an InferenceService: an engine of ours, two halves behind a router of
 * ours, or a backend that somebody else runs. */
#include "reconcile/reconcile.h"

bool reconcile_slice_is_ready(const struct reconcile_object *slice)
{
    const struct text_node *list = text_get(slice->root, "endpoints");

    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++) {
        const struct text_node *ready =
            text_get(text_get(&list->u.items[i], "conditions"), "ready");

        /* Whoever does not say so is ready. */
        if (!ready || ready->type != TEXT_BOOL || text_bool(ready))
            return true;
    }
    return false;
}

/* Whether a Service that is not ours leads to a pod that is ready. */
static bool has_endpoint(const struct reconcile_round *round, const char *service)
{
    const struct reconcile_world *world = round->world;

    assert(reconcile_reads(&round->controller->told, RES_ENDPOINT_SLICE));
    for (size_t i = 0; i < world->n_items; i++) {
        const struct reconcile_object *item = &world->items[i];

        if (item->resource == RES_ENDPOINT_SLICE &&
            strcmp(item->name_space, round->self->name_space) == 0 &&
            base_str_eq(text_get_str(text_get(item->meta, "labels"), "kubernetes.io/service-name"),
                        service) &&
            reconcile_slice_is_ready(item))
            return true;
    }
    return false;
}

static void say_external(struct reconcile_round *round, const char *name)
{
    const struct reconcile_object *service = reconcile_read(round, RES_SERVICE, name);
    const char *type = service ? text_get_str(text_get(service->root, "spec"), "type") : NULL;

    if (base_str_eq(type, "ExternalName"))
        reconcile_say(round, "BackendReady", STATUS_UNKNOWN, "NotObserved",
                      "Service '%s' leads out of the cluster, where nobody looks", name);
    else if (has_endpoint(round, name))
        reconcile_say(round, "BackendReady", STATUS_TRUE, "EndpointsReady",
                      "Service '%s' has endpoints that are ready", name);
    else
        reconcile_say(round, "BackendReady", STATUS_FALSE, "NoEndpoints",
                      "Service '%s' has no endpoint that is ready", name);
}

static void say_reference(struct reconcile_round *round, const char *type,
                          enum reconcile_resource resource, const struct ref *ref)
{
    struct reconcile_condition ready;

    if (!ref || !ref->name.v)
        return;
    ready = reconcile_ready_of(round, resource, ref->name.v);
    reconcile_say(round, type, ready.status, ready.reason, "%s", ready.message);
}

static void say_degraded(struct reconcile_round *round, const struct infsvc_spec *spec)
{
    const struct diag_entry *entry = reconcile_find_diag(round, DIAG_SERVICE_FILTER_NOT_ENFORCED);

    if (entry)
        reconcile_say(round, "Degraded", STATUS_TRUE, "FilterNotEnforced", "%s: %s",
                      entry->told.path ? entry->told.path : "spec.nlpFilters",
                      entry->told.message);
    else if (spec->nlp_filters)
        reconcile_say(round, "Degraded", STATUS_FALSE, "AsAsked", "all that is asked is done");
}

void reconcile_observe_infsvc(struct reconcile_round *round)
{
    static const char *const needed[] = {"BackendReady", "PrefillDecodingReady",
                                         "SpeculativeDecodingReady", "CacheReady", NULL};
    const struct infsvc_spec *spec = kinds_object_spec(round->object, round->arena);
    bool external = base_str_eq(spec->backend_mode.v, "External");
    const char *name = kinds_service_name(round->object, spec);
    struct text_builder *out = &round->render.builder;

    text_put_str(out, "mode", external ? "External" : "Managed");
    text_put_str(out, "url",
                 base_arena_format(round->arena, "http://%s.%s.svc:%d", name,
                                   round->self->name_space,
                                   spec->backend_ref ? (int)spec->backend_ref->port.v
                                                     : KINDS_ENGINE_PORT));
    if (kinds_service_runs_engine(spec))
        text_put_str(out, "engine", spec->engine.v);
    if (external) {
        say_external(round, name);
    } else {
        struct reconcile_workload work = reconcile_workload(round, name);

        text_put_int(out, "replicas", work.pods);
        text_put_int(out, "readyReplicas", work.ready);
        reconcile_say(round, "BackendReady", work.condition.status, work.condition.reason, "%s",
                      work.condition.message);
    }
    say_reference(round, "PrefillDecodingReady", RES_PDD, spec->prefill_decoding_ref);
    say_reference(round, "SpeculativeDecodingReady", RES_SD, spec->speculative_decoding_ref);
    say_reference(round, "CacheReady", RES_ICACHE, spec->inference_cache_ref);
    say_degraded(round, spec);
    reconcile_sum_up(round, needed,
                     external ? "the backend serves" : "the pods of this generation serve");
}
