/*
 * What a gateway asks of its router: wishes from its fields and from the services
 * behind it, and the backends or pods that it leads to.
 */
#include "kinds/gateway.h"

static void wish(struct gateway_builder *b, rctl_wish bit)
{
    b->asker.front->job.wishes |= RCTL_WISH_BIT(bit);
}

static const struct text_path *route_path(struct gateway_builder *b, size_t index, const char *field)
{
    struct base_arena *arena = b->asker.walk.arena;
    struct text_path *path = base_arena_alloc(arena, 3 * sizeof(*path));

    path[0] = (struct text_path){&b->spec_path, "routes", 0};
    path[1] = (struct text_path){&path[0], NULL, index};
    path[2] = (struct text_path){&path[1], field, 0};
    return &path[2];
}

/* ---- wishes of the gateway's own fields ---- */

static void wish_strategy(struct gateway_builder *b)
{
    static const struct {
        const char *word;
        rctl_wish wish;
    } strategies[] = {{"RoundRobin", RCTL_WISH_ROUND_ROBIN}, {"PrefixHash", RCTL_WISH_PREFIX},
                      {"KVAware", RCTL_WISH_KV_AWARE},       {"LeastLoad", RCTL_WISH_LEAST_LOAD},
                      {"Random", RCTL_WISH_RANDOM}};
    const char *strategy = b->spec->route_strategy.v, *policy = b->spec->scheduling_policy.v;

    for (size_t i = 0; i < BASE_COUNT(strategies); i++)
        if (base_str_eq(strategy, strategies[i].word))
            wish(b, strategies[i].wish);
    if (base_str_eq(policy, "least-load"))
        wish(b, !strategy || strcmp(strategy, "LeastLoad") == 0 ? RCTL_WISH_LEAST_LOAD
                                                                : RCTL_WISH_LOAD_REQUESTS);
    if (base_str_eq(policy, "gpu-load-aware"))
        wish(b, RCTL_WISH_LOAD_KV);
    if (b->spec->session_affinity.v) {
        wish(b, RCTL_WISH_SESSION);
        b->asker.front->job.session_header = b->spec->session_key.v;
    }
    if (!(b->asker.front->job.wishes & ~RCTL_WISH_BIT(RCTL_WISH_API_KEY)))
        wish(b, RCTL_WISH_ROUND_ROBIN);
}

/* Routers and the table of what they read compare headers in lower case. */
static void lower_header(struct gateway_builder *b)
{
    rctl_router_job *job = &b->asker.front->job;
    char *copy;

    if (!job->session_header)
        return;
    copy = base_arena_text(b->asker.walk.arena, job->session_header, strlen(job->session_header));
    for (char *c = copy; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    job->session_header = copy;
}

static void wish_surroundings(struct gateway_builder *b)
{
    const struct igw_spec *spec = b->spec;
    rctl_router_job *job = &b->asker.front->job;
    bool routes = spec->exposure && base_str_eq(spec->exposure->type.v, "HTTPRoute");

    if (spec->hot_reload.v)
        wish(b, RCTL_WISH_HOT_RELOAD);
    if (spec->backend_tls && spec->backend_tls->ca_secret_ref &&
        spec->backend_tls->ca_secret_ref->key.v) {
        wish(b, RCTL_WISH_BACKEND_TLS);
        job->ca_file = base_arena_format(b->asker.walk.arena, KINDS_ROUTER_CA_DIR "/%s",
                                         spec->backend_tls->ca_secret_ref->key.v);
    }
    if (routes)
        wish(b, RCTL_WISH_HTTP_ROUTE);
    if (routes && spec->exposure->inference_pool)
        wish(b, RCTL_WISH_PICKER);
}

/* ---- routes and the services behind them ---- */

/* A route without a weight counts like one of weight 1; one of weight 0 gets nothing. */
static int64_t weight_of(const struct gateway_route *route)
{
    return route->weight.at ? route->weight.v : 1;
}

static void find_targets(struct gateway_builder *b)
{
    const struct gateway_route *routes = b->spec->routes.items;
    const struct kinds_world *world = b->asker.world;

    b->targets = base_arena_alloc(world->scratch,
                                  (b->spec->routes.n_items + 1) * sizeof(*b->targets));
    for (size_t i = 0; i < b->spec->routes.n_items; i++) {
        const struct ref *ref = routes[i].inference_service_ref;
        const rctl_object *object =
            ref && ref->name.v ? kinds_world_find(world, "InferenceService",
                                                  b->asker.object->name_space, ref->name.v)
                               : NULL;
        const void *spec = object ? kinds_object_spec(object, world->scratch) : NULL;

        b->n_missing += ref && ref->name.v && !object && weight_of(&routes[i]) != 0;
        if (spec && routes[i].model.v)
            b->targets[b->n_targets++] = (struct gateway_target){&routes[i], object, spec, i};
    }
}

static void wish_models(struct gateway_builder *b)
{
    const struct gateway_route *routes = b->spec->routes.items;
    struct kinds_names models = kinds_names_new(b->asker.walk.arena, b->spec->routes.n_items);
    size_t n_models = 0;

    for (size_t i = 0; i < b->spec->routes.n_items; i++) {
        size_t first;

        if (!routes[i].model.v || weight_of(&routes[i]) == 0)
            continue;
        first = kinds_names_first(&models, routes[i].model.v, i);
        n_models += first == i;
        if (weight_of(&routes[i]) != weight_of(&routes[first]))
            wish(b, RCTL_WISH_WEIGHTS);
        if (routes[i].aliases.n_items)
            wish(b, RCTL_WISH_ALIASES);
    }
    if (n_models > 1)
        wish(b, RCTL_WISH_MODELS);
}

static void add_aliases(struct gateway_builder *b)
{
    const struct gateway_route *routes = b->spec->routes.items;
    rctl_router_job *job = &b->asker.front->job;
    rctl_router_alias *aliases;
    size_t n = 0;

    for (size_t i = 0; i < b->spec->routes.n_items; i++)
        n += routes[i].aliases.n_items;
    aliases = base_arena_alloc(b->asker.walk.arena, (n + 1) * sizeof(*aliases));
    for (size_t i = 0; i < b->spec->routes.n_items; i++) {
        const struct schema_str *names = routes[i].aliases.items;

        for (size_t k = 0; routes[i].model.v && k < routes[i].aliases.n_items; k++)
            if (names[k].v)
                aliases[job->n_aliases++] = (rctl_router_alias){names[k].v, routes[i].model.v};
    }
    job->aliases = aliases;
}

/* What services ask of a front door; a router that cannot is told, not refused. */
static void wish_filters(struct gateway_builder *b)
{
    rctl_router_job *job = &b->asker.front->job;

    for (size_t i = 0; i < b->n_targets; i++) {
        const struct nlp_filters *filters = b->targets[i].spec->nlp_filters;

        if (filters && filters->semantic_cache)
            job->soft |= RCTL_WISH_BIT(RCTL_WISH_SEMANTIC_CACHE);
        if (filters && filters->prompt_guard)
            job->soft |= RCTL_WISH_BIT(RCTL_WISH_PROMPT_GUARD);
    }
}

static const struct transfer_policy *policy_of(const struct kinds_world *world,
                                               const struct gateway_target *target)
{
    const struct ref *ref = target->spec->inference_cache_ref;
    const rctl_object *object =
        ref && ref->name.v ? kinds_world_find(world, "InferenceCache", target->object->name_space,
                                              ref->name.v)
                           : NULL;
    const struct icache_spec *cache = object ? kinds_object_spec(object, world->scratch) : NULL;

    return cache ? cache->transfer_policy : NULL;
}

/* One router has one threshold, so services that name one must agree. */
static void wish_threshold(struct gateway_builder *b)
{
    rctl_router_job *job = &b->asker.front->job;

    if (!(job->wishes & RCTL_WISH_BIT(RCTL_WISH_PREFIX)))
        return;
    for (size_t i = 0; i < b->n_targets; i++) {
        const struct transfer_policy *policy = policy_of(b->asker.world, &b->targets[i]);

        if (!policy || !policy->threshold_hit_rate.at)
            continue;
        if (job->cache_threshold >= 0 && job->cache_threshold != policy->threshold_hit_rate.v) {
            job->soft &= ~RCTL_WISH_BIT(RCTL_WISH_CACHE_THRESHOLD);
            schema_fault(&b->asker.walk, DIAG_ROUTER_OBSERVED,
                         b->targets[i].route->inference_service_ref->name.at,
                         route_path(b, b->targets[i].index, "inferenceServiceRef"), NULL,
                         "services behind one router name different values of thresholdHitRate, "
                         "so none is set");
            return;
        }
        job->cache_threshold = policy->threshold_hit_rate.v;
        job->soft |= RCTL_WISH_BIT(RCTL_WISH_CACHE_THRESHOLD);
    }
}

/* ---- where requests go ---- */

static bool is_external(const struct infsvc_spec *spec)
{
    return base_str_eq(spec->backend_mode.v, "External");
}

static int32_t port_of(const struct infsvc_spec *spec)
{
    return spec->backend_ref ? (int32_t)spec->backend_ref->port.v : KINDS_ENGINE_PORT;
}

static int64_t pods_of(const struct infsvc_spec *spec)
{
    if (is_external(spec))
        return -1;
    if (spec->prefill_decoding_ref)
        return spec->router ? spec->router->replicas.v : 1;
    return spec->replicas.v;
}

/* Whoever chooses among Services does not choose among the pods behind one. */
static void check_spread(struct gateway_builder *b, const struct gateway_target *target, int64_t pods)
{
    uint64_t choosy = RCTL_WISH_BIT(RCTL_WISH_PREFIX) | RCTL_WISH_BIT(RCTL_WISH_SESSION) |
                      RCTL_WISH_BIT(RCTL_WISH_LEAST_LOAD) | RCTL_WISH_BIT(RCTL_WISH_KV_AWARE) |
                      RCTL_WISH_BIT(RCTL_WISH_LOAD_REQUESTS) | RCTL_WISH_BIT(RCTL_WISH_LOAD_KV);

    if (pods > 1 && (b->asker.front->job.wishes & choosy))
        schema_fault(&b->asker.walk, DIAG_GATEWAY_SPREAD,
                     target->route->inference_service_ref->name.at,
                     route_path(b, target->index, "inferenceServiceRef"),
                     "set serviceDiscovery to k8s, or make a service of one pod for each",
                     "'%s' is one address for %lld pods, and connections are spread over them "
                     "whatever the router chooses",
                     target->object->name, (long long)pods);
}

static void add_backends(struct gateway_builder *b)
{
    struct base_arena *arena = b->asker.walk.arena;
    rctl_router_job *job = &b->asker.front->job;
    rctl_router_backend *backends =
        base_arena_alloc(arena, (b->n_targets + b->n_missing + 1) * sizeof(*backends));
    const char *scheme = job->ca_file ? "https" : "http";

    for (size_t i = 0; i < b->n_targets; i++) {
        const struct gateway_target *target = &b->targets[i];
        const char *service = kinds_service_name(target->object, target->spec);

        if (weight_of(target->route) == 0)
            continue;
        job->fronts |= target->spec->prefill_decoding_ref != NULL;
        backends[job->n_backends++] = (rctl_router_backend){
            .url = base_arena_format(arena, "%s://%s.%s.svc:%d", scheme, service,
                                     target->object->name_space, (int)port_of(target->spec)),
            .model = target->route->model.v,
            .weight = weight_of(target->route),
            .pods = pods_of(target->spec),
            .service = service,
            .service_port = port_of(target->spec),
        };
    }
    /* Services that are somewhere else count, though nobody knows their ports. */
    for (size_t i = 0; i < b->n_missing; i++)
        backends[job->n_backends++] = (rctl_router_backend){
            .url = "http://unknown", .model = "unknown", .weight = 1, .pods = 1,
            .service = "unknown", .service_port = 80};
    job->backends = backends;
}

static void use_backends(struct gateway_builder *b)
{
    bool picked = b->asker.front->job.wishes & RCTL_WISH_BIT(RCTL_WISH_PICKER);

    for (size_t i = 0; i < b->n_targets && !picked; i++)
        if (weight_of(b->targets[i].route) != 0)
            check_spread(b, &b->targets[i], pods_of(b->targets[i].spec));
    wish(b, RCTL_WISH_STATIC);
}

/* One port for all pods, and pods that are ours to label. */
static void check_pods(struct gateway_builder *b, const struct gateway_target *target)
{
    const rctl_router_job *job = &b->asker.front->job;
    const struct schema_str *name = &target->route->inference_service_ref->name;
    const struct text_path *path = route_path(b, target->index, "inferenceServiceRef");
    int32_t port = target->spec->prefill_decoding_ref ? KINDS_ROUTER_PORT : port_of(target->spec);

    if (is_external(target->spec))
        schema_fault(&b->asker.walk, DIAG_GATEWAY_PODS, name->at, path,
                     "use static discovery for this gateway",
                     "the pods of '%s' are not ours, so nobody knows their labels", name->v);
    else if (job->pod_port && job->pod_port != port)
        schema_fault(&b->asker.walk, DIAG_GATEWAY_PODS, name->at, path,
                     "give all services of the gateway one port, or use static discovery",
                     "the pods of '%s' listen on port %d and others on %d; a router that finds "
                     "pods takes one port",
                     name->v, (int)port, (int)job->pod_port);
}

static void add_selectors(struct gateway_builder *b)
{
    struct base_arena *arena = b->asker.walk.arena;
    struct kinds_names services = kinds_names_new(arena, b->n_targets);
    rctl_router_selector *selectors =
        base_arena_alloc(arena, (b->n_targets + 1) * sizeof(*selectors));
    rctl_router_job *job = &b->asker.front->job;

    for (size_t i = 0; i < b->n_targets; i++) {
        const struct gateway_target *target = &b->targets[i];
        bool halves = target->spec->prefill_decoding_ref != NULL;

        if (weight_of(target->route) == 0 || kinds_names_first(&services, target->object->name, i) != i)
            continue;
        check_pods(b, target);
        job->fronts |= halves;
        job->pod_port = halves ? KINDS_ROUTER_PORT : port_of(target->spec);
        selectors[job->n_selectors] =
            kinds_selector(arena, target->object, halves ? "router" : "engine");
        selectors[job->n_selectors].pods = pods_of(target->spec);
        selectors[job->n_selectors].model = target->route->model.v;
        selectors[job->n_selectors++].model_label =
            kinds_child_name(arena, kinds_service_name(target->object, target->spec), "");
    }
    job->selectors = selectors;
}

bool kinds_gateway_front(const struct kinds_world *world, const rctl_object *object,
                         const struct igw_spec *spec, struct rctl_diags *diags,
                         struct kinds_front *ret)
{
    struct gateway_builder b = {.spec = spec, .spec_path = {NULL, "spec", 0}};

    if (spec->routes.n_items == 0)
        return false;
    kinds_front_init(&b.asker, world, object, spec->router, diags, ret);
    ret->component = "gateway";
    ret->service = object->name;
    ret->service_port = (int32_t)ret->choice->port.v;
    b.asker.allow_degraded = spec->allow_degraded.v;
    find_targets(&b);
    wish_strategy(&b);
    lower_header(&b);
    wish_surroundings(&b);
    wish_models(&b);
    wish_filters(&b);
    wish_threshold(&b);
    add_aliases(&b);
    if (base_str_eq(spec->service_discovery.v, "custom")) {
        if (gateway_feed(&b))
            kinds_front_solve(&b.asker);
        return true;
    }
    add_backends(&b);
    if (base_str_eq(spec->service_discovery.v, "k8s")) {
        add_selectors(&b);
        if (ret->job.n_selectors == 0)
            return true; /* nobody knows the labels of pods that are not there */
        wish(&b, ret->job.n_selectors > 1 ? RCTL_WISH_K8S_MANY : RCTL_WISH_K8S);
    } else {
        use_backends(&b);
        if (ret->job.wishes & RCTL_WISH_BIT(RCTL_WISH_PICKER))
            add_selectors(&b);
    }
    kinds_front_solve(&b.asker);
    return true;
}
