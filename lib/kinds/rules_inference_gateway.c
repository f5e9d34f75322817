/* Rules of InferenceGateway. Which router can do what is judged in fronts.c. */
#include "kinds/kinds.h"

/* A name that clients may ask for: a model or an alias of one. */
struct public_name {
    const char *name;
    size_t route;
    bool alias;
    struct public_name *next; /* in its bucket */
};

struct names {
    struct public_name **buckets;
    size_t n_buckets;
};

static struct public_name **bucket_of(const struct names *names, const char *name)
{
    return &names->buckets[base_hash(BASE_HASH_SEED, name, strlen(name)) & (names->n_buckets - 1)];
}

static const struct public_name *find_name(const struct names *names, const char *name)
{
    const struct public_name *found = *bucket_of(names, name);

    while (found && strcmp(found->name, name) != 0)
        found = found->next;
    return found;
}

static void add_name(struct kinds_check *check, const struct names *names, const char *name,
                     size_t route, bool alias)
{
    struct public_name **bucket = bucket_of(names, name);
    struct public_name *entry = base_arena_alloc(check->walk.arena, sizeof(*entry));

    *entry = (struct public_name){name, route, alias, *bucket};
    *bucket = entry;
}

static const struct text_path *routes_path(const struct kinds_check *check)
{
    struct text_path *path = base_arena_alloc(check->walk.arena, sizeof(*path));

    *path = (struct text_path){&check->spec, "routes", 0};
    return path;
}

/* Routes of one model share its requests by weight; without weights there is one. */
static void check_model(struct kinds_check *check, const struct gateway_route *routes,
                        size_t first, size_t at, const struct text_path *path)
{
    if (routes[first].weight.at && routes[at].weight.at)
        return;
    schema_fault(&check->walk, DIAG_GATEWAY_MODEL_TWICE, routes[at].model.at,
                 KINDS_AT(KINDS_ITEM(path, at), "model"),
                 "give every route of the model a weight, or remove one",
                 "'%.100s' is also the model of routes[%zu]", routes[at].model.v, first);
}

static void check_weights(struct kinds_check *check, const struct gateway_route *routes, size_t n,
                          const struct names *names, const struct text_path *path)
{
    int64_t *sums = base_arena_zalloc(check->walk.arena, (n + 1) * sizeof(*sums));
    bool *weighted = base_arena_zalloc(check->walk.arena, n + 1);

    for (size_t i = 0; i < n; i++) {
        const struct public_name *name = routes[i].model.v ? find_name(names, routes[i].model.v)
                                                           : NULL;

        if (!name || name->alias)
            continue;
        sums[name->route] += routes[i].weight.at ? routes[i].weight.v : 1;
        weighted[name->route] |= routes[i].weight.at != NULL;
    }
    for (size_t i = 0; i < n; i++)
        if (weighted[i] && sums[i] == 0)
            schema_fault(&check->walk, DIAG_GATEWAY_WEIGHTS_ZERO, routes[i].weight.at,
                         KINDS_AT(KINDS_ITEM(path, i), "weight"),
                         "give at least one route of the model a weight above zero",
                         "the weights of model '%.100s' add up to 0", routes[i].model.v);
}

static void check_aliases(struct kinds_check *check, const struct gateway_route *route, size_t at,
                          const struct names *names, const struct text_path *path)
{
    const struct schema_str *aliases = route->aliases.items;

    for (size_t i = 0; i < route->aliases.n_items; i++) {
        const struct public_name *taken = aliases[i].v ? find_name(names, aliases[i].v) : NULL;

        if (!aliases[i].v)
            continue;
        if (taken)
            schema_fault(&check->walk, DIAG_GATEWAY_ALIAS_TAKEN, aliases[i].at,
                         KINDS_ITEM(KINDS_AT(KINDS_ITEM(path, at), "aliases"), i), NULL,
                         "'%.100s' is already %s of routes[%zu]", aliases[i].v,
                         taken->alias ? "an alias" : "the model", taken->route);
        else
            add_name(check, names, aliases[i].v, at, /* alias= */ true);
    }
}

static void tell_unused(struct kinds_check *check, const struct text_node *at,
                        const struct text_path *path, const char *without)
{
    const char *below = text_path_print(path, check->walk.arena) + strlen("spec.");

    if (at && !kinds_is_default(&shape_igw_spec, below, at))
        schema_fault(&check->walk, DIAG_GATEWAY_UNUSED_FIELD, at, path, "remove it",
                     "has no effect without %s", without);
}

static void check_exposure(struct kinds_check *check, const struct exposure *exposure)
{
    const struct text_path *path = KINDS_AT(&check->spec, "exposure");
    bool ingress = base_str_eq(exposure->type.v, "Ingress");
    bool route = base_str_eq(exposure->type.v, "HTTPRoute");

    if (!ingress) {
        tell_unused(check, exposure->ingress_class_name.at, KINDS_AT(path, "ingressClassName"),
                    "type Ingress");
        tell_unused(check, exposure->tls_secret_name.at, KINDS_AT(path, "tlsSecretName"),
                    "type Ingress");
    }
    if (!route) {
        tell_unused(check, exposure->parent_refs.at, KINDS_AT(path, "parentRefs"),
                    "type HTTPRoute");
        tell_unused(check, exposure->model_header.at, KINDS_AT(path, "modelHeader"),
                    "type HTTPRoute");
        if (exposure->inference_pool && exposure->inference_pool->endpoint_picker_ref)
            tell_unused(check, exposure->inference_pool->endpoint_picker_ref->name.at,
                        KINDS_AT(path, "inferencePool"), "type HTTPRoute");
    }
    if (!ingress && !route)
        tell_unused(check, exposure->hosts.at, KINDS_AT(path, "hosts"),
                    "type Ingress or HTTPRoute");
    if (route && exposure->parent_refs.n_items == 0)
        schema_fault(&check->walk, DIAG_GATEWAY_MISSING_FIELD, exposure->type.at,
                     KINDS_AT(path, "type"), "add exposure.parentRefs",
                     "'HTTPRoute' needs the Gateway that the routes attach to");
    if (ingress && exposure->tls_secret_name.v && exposure->hosts.n_items == 0)
        schema_fault(&check->walk, DIAG_GATEWAY_MISSING_FIELD, exposure->tls_secret_name.at,
                     KINDS_AT(path, "tlsSecretName"), "add exposure.hosts",
                     "'%s' is the certificate of host names, and none is given",
                     exposure->tls_secret_name.v);
}

void kinds_rules_igw(struct kinds_check *check, const void *decoded)
{
    const struct igw_spec *spec = decoded;
    const struct gateway_route *routes = spec->routes.items;
    const struct text_path *path = routes_path(check);
    struct names names = {NULL, 16};

    while (names.n_buckets < spec->routes.n_items)
        names.n_buckets *= 2;
    names.buckets =
        base_arena_zalloc(check->walk.arena, names.n_buckets * sizeof(struct public_name *));
    for (size_t i = 0; i < spec->routes.n_items; i++) {
        const struct public_name *same =
            routes[i].model.v ? find_name(&names, routes[i].model.v) : NULL;

        if (same)
            check_model(check, routes, same->route, i, path);
        else if (routes[i].model.v)
            add_name(check, &names, routes[i].model.v, i, /* alias= */ false);
        kinds_check_same_model(check, routes[i].inference_service_ref, "InferenceService",
                               "modelName", routes[i].model.v,
                               KINDS_AT(KINDS_ITEM(path, i), "inferenceServiceRef"));
    }
    for (size_t i = 0; i < spec->routes.n_items; i++)
        check_aliases(check, &routes[i], i, &names, path);
    check_weights(check, routes, spec->routes.n_items, &names, path);
    kinds_check_router(check, spec->router);
    if (spec->exposure)
        check_exposure(check, spec->exposure);
    if (!spec->session_affinity.v)
        tell_unused(check, spec->session_key.at, KINDS_AT(&check->spec, "sessionKey"),
                    "sessionAffinity");
    if (spec->discovery && !base_str_eq(spec->service_discovery.v, "custom"))
        tell_unused(check, spec->discovery->provider.at, KINDS_AT(&check->spec, "discovery"),
                    "serviceDiscovery custom");
    if (base_str_eq(spec->service_discovery.v, "custom") && !spec->discovery)
        schema_fault(&check->walk, DIAG_GATEWAY_NO_PROVIDER, spec->service_discovery.at,
                     KINDS_AT(&check->spec, "serviceDiscovery"), "add discovery.provider",
                     "'custom' needs a provider");
}

size_t kinds_claims_igw(const struct kinds_check *check, const void *decoded,
                        struct kinds_claim *ret)
{
    const struct igw_spec *spec = decoded;
    size_t n = 0;

    ret[n++] = (struct kinds_claim){"Service", check->object->name, NULL};
    if (spec->hot_reload.v)
        ret[n++] = (struct kinds_claim){
            "ConfigMap", kinds_child_name(check->walk.arena, check->object->name, "-router"), NULL};
    return n;
}
