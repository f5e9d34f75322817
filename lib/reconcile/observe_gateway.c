/* The status of an InferenceGateway: which router serves and why, and its routes. */
#include "reconcile/reconcile.h"

static const char *describe_choice(const struct reconcile_round *round,
                                   const struct kinds_front *front)
{
    const char *type = front->choice->type.v;

    if (front->solution.degraded)
        return base_arena_format(round->arena, "allowDegraded lets it serve: %s",
                                 router_lacks_text(front->solution.chosen, &front->job,
                                                   round->arena));
    return type && strcmp(type, "auto") != 0 ? "spec.router.type names it"
                                             : "the first that does all that is asked";
}

static const struct reconcile_child *find_unserved(const struct reconcile_round *round)
{
    for (size_t i = 0; i < round->n_children; i++)
        if (round->children[i].state == CHILD_UNSERVED)
            return &round->children[i];
    return NULL;
}

/* What is missing, by the name of the definition that would bring it. */
static void say_unserved(struct reconcile_round *round, const char *type,
                         enum reconcile_status status, const struct reconcile_child *child)
{
    const rctl_resource *resource = &reconcile_resources[child->resource];
    int group = (int)strcspn(resource->api_version, "/");

    reconcile_say(round, type, status, "KindNotServed",
                  "%s '%s' is not made, as the API server does not serve its kind; install "
                  "CustomResourceDefinition '%s.%.*s'",
                  resource->kind, child->output->name, resource->plural, group,
                  resource->api_version);
}

static void say_degraded(struct reconcile_round *round, const struct kinds_front *front)
{
    const struct diag_entry *filter = reconcile_find_diag(round, DIAG_ROUTER_FILTER);
    const struct reconcile_child *unserved = find_unserved(round);

    if (unserved)
        say_unserved(round, "Degraded", STATUS_TRUE, unserved);
    else if (front->solution.degraded)
        reconcile_say(round, "Degraded", STATUS_TRUE, "RouterLacks", "%s",
                      router_lacks_text(front->solution.chosen, &front->job, round->arena));
    else if (filter)
        reconcile_say(round, "Degraded", STATUS_TRUE, "FilterNotEnforced", "%s",
                      filter->told.message);
    else
        reconcile_say(round, "Degraded", STATUS_FALSE, "AsAsked", "all that is asked is done");
}

/* Writes the routes; returns how many lead to a service that serves. */
static size_t put_routes(struct reconcile_round *round, const struct igw_spec *spec)
{
    const struct gateway_route *routes = spec->routes.items;
    struct text_builder *out = &round->render.builder;
    size_t n_ready = 0;

    text_put_list(out, "routes");
    for (size_t i = 0; i < spec->routes.n_items; i++) {
        const char *name = routes[i].inference_service_ref->name.v;
        struct reconcile_condition ready = reconcile_ready_of(round, RES_INFSVC, name);
        const struct reconcile_object *service = reconcile_read(round, RES_INFSVC, name);
        const struct infsvc_spec *backend = kinds_object_spec(service->ours, round->arena);

        n_ready += ready.status == STATUS_TRUE;
        text_put_map(out, NULL);
        text_put_str(out, "backend",
                     base_arena_format(round->arena, "http://%s.%s.svc:%d",
                                       kinds_service_name(service->ours, backend),
                                       service->name_space,
                                       backend->backend_ref ? (int)backend->backend_ref->port.v
                                                            : KINDS_ENGINE_PORT));
        text_put_str(out, "model", routes[i].model.v);
        text_put_bool(out, "ready", ready.status == STATUS_TRUE);
        text_put_end(out);
    }
    text_put_end(out);
    return n_ready;
}

/* Somebody else's Gateway serves our HTTPRoutes once it has accepted them. */
static bool is_accepted(const struct reconcile_child *child)
{
    const struct text_node *parents =
        child->observed ? text_get(text_get(child->observed->root, "status"), "parents") : NULL;

    for (uint32_t i = 0; parents && parents->type == TEXT_LIST && i < parents->len; i++) {
        const struct text_node *list = text_get(&parents->u.items[i], "conditions");

        for (uint32_t k = 0; list && list->type == TEXT_LIST && k < list->len; k++)
            if (base_str_eq(text_get_str(&list->u.items[k], "type"), "Accepted") &&
                base_str_eq(text_get_str(&list->u.items[k], "status"), "True"))
                return true;
    }
    return false;
}

static void say_gateway_api(struct reconcile_round *round)
{
    const struct reconcile_child *unserved = find_unserved(round);

    if (unserved) {
        say_unserved(round, "RouterReady", STATUS_FALSE, unserved);
        return;
    }
    for (size_t i = 0; i < round->n_children; i++)
        if (round->children[i].resource == RES_HTTP_ROUTE && !is_accepted(&round->children[i])) {
            reconcile_say(round, "RouterReady", STATUS_FALSE, "RouteNotAccepted",
                          "no Gateway has accepted HTTPRoute '%s'",
                          round->children[i].output->name);
            return;
        }
    reconcile_say(round, "RouterReady", STATUS_TRUE, "RoutesAccepted",
                  "a Gateway has accepted each HTTPRoute");
}

static void sum_up(struct reconcile_round *round, size_t n_routes, size_t n_ready)
{
    static const char *const needed[] = {"RoutesResolved", "RouterReady", NULL};
    const struct reconcile_condition *router = reconcile_find_condition(round, "RouterReady");

    if (router->status == STATUS_TRUE && n_ready == 0)
        reconcile_say(round, "Ready", STATUS_FALSE, "NoRouteReady",
                      "the router serves, but no service behind it does");
    else if (n_ready < n_routes)
        reconcile_sum_up(round, needed,
                         base_arena_format(round->arena, "the router serves; %zu of %zu routes "
                                                         "lead to a service that does",
                                           n_ready, n_routes));
    else
        reconcile_sum_up(round, needed, "the router and all services behind it serve");
}

/* What was said of a router before; the one that serves is not known now. */
static void keep_router(struct reconcile_round *round)
{
    static const char *const fields[] = {"routerReason", "routerType", "url"};

    for (size_t i = 0; i < BASE_COUNT(fields); i++)
        text_put_str(&round->render.builder, fields[i],
                     text_get_str(round->old_status, fields[i]));
    reconcile_say(round, "RouterReady", STATUS_FALSE, "NoEndpoints",
                  "the provider of spec.discovery has told no endpoint; what runs is left alone");
}

static void observe_router(struct reconcile_round *round, const struct kinds_front *front)
{
    struct text_builder *out = &round->render.builder;
    struct reconcile_workload work;

    text_put_str(out, "routerReason", describe_choice(round, front));
    text_put_str(out, "routerType", front->solution.chosen->router->name);
    say_degraded(round, front);
    if (!front->image) {
        say_gateway_api(round);
        return;
    }
    text_put_str(out, "url",
                 base_arena_format(round->arena, "http://%s.%s.svc:%d", front->service,
                                   round->self->name_space, (int)front->service_port));
    work = reconcile_workload(round, front->service);
    reconcile_say(round, "RouterReady", work.condition.status, work.condition.reason, "%s",
                  work.condition.message);
}

void reconcile_observe_igw(struct reconcile_round *round)
{
    const struct igw_spec *spec = kinds_object_spec(round->object, round->arena);
    struct rctl_diags silent = kinds_silent(round->world->kinds);
    struct kinds_front front;
    bool asked = kinds_gateway_front(round->world->kinds, round->object, spec, &silent, &front);

    assert(asked);
    if (front.solution.chosen)
        observe_router(round, &front);
    else
        keep_router(round);
    reconcile_say(round, "RoutesResolved", STATUS_TRUE, "Resolved",
                  "all services of the routes exist");
    sum_up(round, spec->routes.n_items, put_routes(round, spec));
}
