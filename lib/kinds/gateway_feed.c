/*
 * Endpoints of a gateway with custom discovery: its provider reads what somebody
 * handed over, and each route gets the endpoints of its model.
 */
#include "kinds/gateway.h"

static struct kinds_feed *find_feed(const struct kinds_world *world, const rctl_object *object)
{
    for (size_t i = world->n_feeds; i > 0; i--)
        if (strcmp(world->feeds[i - 1].gateway, object->name) == 0 &&
            strcmp(world->feeds[i - 1].name_space, object->name_space) == 0)
            return &world->feeds[i - 1];
    return NULL;
}

void kinds_check_feeds(struct kinds_world *world)
{
    for (size_t i = 0; i < world->n_feeds; i++) {
        const struct kinds_feed *feed = &world->feeds[i];

        if (!feed->used)
            diag_add(world->diags, DIAG_GATEWAY_STRAY_ENDPOINTS,
                     (struct diag_mark){feed->file, 0, 0}, NULL, NULL,
                     "name a gateway with serviceDiscovery custom, or leave the input out",
                     "no gateway '%.100s' of namespace '%.100s' asks for these endpoints",
                     feed->gateway, feed->name_space);
    }
}

static const struct text_path *provider_path(const struct gateway_builder *b)
{
    struct text_path *path = base_arena_alloc(b->asker.walk.arena, 2 * sizeof(*path));

    path[0] = (struct text_path){&b->spec_path, "discovery", 0};
    path[1] = (struct text_path){&path[0], "provider", 0};
    return &path[1];
}

static const char *provider_candidate(const void *ctx, size_t i)
{
    return ((const struct discovery_registry *)ctx)->items[i]->name;
}

static const rctl_discovery *find_provider(struct gateway_builder *b)
{
    const struct discovery_registry *known = &b->asker.world->tables->discoveries;
    const struct schema_str *name = &b->spec->discovery->provider;
    const rctl_discovery *found = name->v ? discovery_registry_find(known, name->v) : NULL;
    const char *near;

    if (found || !name->v)
        return found;
    near = base_suggest(name->v, provider_candidate, known, known->n_items);
    schema_fault(&b->asker.walk, DIAG_GATEWAY_PROVIDER, name->at, provider_path(b),
                 near ? base_arena_format(b->asker.walk.arena, "did you mean '%s'?", near)
                      : "use file, http, static or k8s, or register the provider",
                 "unknown provider '%.100s'", name->v);
    return NULL;
}

/* Without endpoints nothing can be rendered; in the cluster the operator reads them. */
static void tell_unknown(struct gateway_builder *b, const rctl_discovery *provider)
{
    const struct kinds_world *world = b->asker.world;
    bool error = world->missing == RCTL_MISSING_RENDER;
    const struct text_node *at = b->spec->discovery->provider.at;

    diag_add_as(b->asker.walk.diags, error ? RCTL_SEVERITY_ERROR : RCTL_SEVERITY_NOTE,
                DIAG_GATEWAY_NO_ENDPOINTS,
                (struct diag_mark){b->asker.walk.file, at->mark.line, at->mark.column},
                b->asker.walk.object, text_path_print(provider_path(b), b->asker.walk.arena),
                base_arena_format(b->asker.walk.arena, "pass them with --endpoints %s/%s=FILE",
                                  b->asker.object->name_space, b->asker.object->name),
                "the endpoints of provider '%s' are not among what was given", provider->name);
}

static bool run(struct gateway_builder *b, const rctl_discovery *provider,
                const struct kinds_feed *feed, struct discovery_endpoints *ret)
{
    struct base_arena *arena = b->asker.walk.arena;
    const struct text_node *config = b->spec->discovery->config;
    rctl_discovery_job job = {.size = sizeof(job),
                              .name = b->asker.world->diags->files[feed->file],
                              .data = feed->data,
                              .len = feed->len};
    struct base_buf json;
    int code;

    base_buf_init(&json, arena, NULL);
    if (config && config->type != TEXT_NULL) {
        text_write_json(config, /* indent= */ 0, &json);
        job.config = json.data;
    }
    code = discovery_run(provider, &job, feed->file, arena, b->asker.walk.diags, ret);
    if (code < 0)
        base_raise(&arena->mem->fail, code);
    return true;
}

static void tell(struct gateway_builder *b, const struct diag_mark *mark, const char *message,
                 const char *word)
{
    diag_add(b->asker.walk.diags, DIAG_GATEWAY_ENDPOINTS, *mark, b->asker.walk.object, NULL, NULL,
             message, word);
}

/* The route that an endpoint belongs to, by number; SIZE_MAX when there is none. */
static size_t route_of(const struct gateway_builder *b, const rctl_endpoint *endpoint,
                       struct kinds_names *models, size_t n_routes)
{
    size_t found;

    /* Who does not name its model serves the one that there is. */
    if (!endpoint->model)
        return b->asker.front->job.wishes & RCTL_WISH_BIT(RCTL_WISH_MODELS) ? SIZE_MAX : 0;
    found = kinds_names_first(models, endpoint->model, n_routes);
    return found < n_routes ? found : SIZE_MAX;
}

static void take(struct gateway_builder *b, const struct discovery_endpoints *endpoints)
{
    struct base_arena *arena = b->asker.walk.arena;
    const struct gateway_route *routes = b->spec->routes.items;
    size_t n_routes = b->spec->routes.n_items;
    rctl_router_backend *backends =
        base_arena_alloc(arena, (endpoints->n_items + 1) * sizeof(*backends));
    bool *served = base_arena_zalloc(arena, n_routes + 1);
    struct kinds_names models = kinds_names_new(arena, n_routes + 1);
    rctl_router_job *job = &b->asker.front->job;

    for (size_t i = 0; i < n_routes; i++)
        if (routes[i].model.v)
            kinds_names_first(&models, routes[i].model.v, i);
    for (size_t i = 0; i < endpoints->n_items; i++) {
        const rctl_endpoint *endpoint = &endpoints->items[i].endpoint;
        size_t route = route_of(b, endpoint, &models, n_routes);

        if (endpoint->role != RCTL_ROLE_SERVE) {
            tell(b, &endpoints->items[i].mark,
                 "'%.200s' is one half of a pair, and gateways lead to whole engines",
                 endpoint->url);
        } else if (route == SIZE_MAX) {
            tell(b, &endpoints->items[i].mark, "no route is for the model of '%.200s'",
                 endpoint->url);
        } else if (endpoint->weight > 0) {
            served[route] = true;
            backends[job->n_backends++] = (rctl_router_backend){.url = endpoint->url,
                                                                .model = routes[route].model.v,
                                                                .weight = endpoint->weight,
                                                                .pods = 1};
        }
    }
    job->backends = backends;
    for (size_t i = 0; i < n_routes; i++)
        if (routes[i].model.v && !served[kinds_names_first(&models, routes[i].model.v, i)])
            tell(b,
                 &(struct diag_mark){b->asker.walk.file, routes[i].model.at->mark.line,
                                     routes[i].model.at->mark.column},
                 "no endpoint serves the model '%.100s'", routes[i].model.v);
}

/* Weights that differ within a model ask for a router that can share out by them. */
static void wish_weights(struct gateway_builder *b)
{
    rctl_router_job *job = &b->asker.front->job;
    struct kinds_names models = kinds_names_new(b->asker.walk.arena, job->n_backends);

    for (size_t i = 0; i < job->n_backends; i++) {
        size_t first = kinds_names_first(&models, job->backends[i].model, i);

        if (job->backends[i].weight != job->backends[first].weight)
            job->wishes |= RCTL_WISH_BIT(RCTL_WISH_WEIGHTS);
    }
}

bool gateway_feed(struct gateway_builder *b)
{
    struct kinds_feed *feed = find_feed(b->asker.world, b->asker.object);
    const rctl_discovery *provider;
    struct discovery_endpoints endpoints;

    if (feed)
        feed->used = true;
    if (!b->spec->discovery) /* told by the rules */
        return false;
    provider = find_provider(b);
    if (!provider)
        return false;
    if (!feed) {
        tell_unknown(b, provider);
        return false;
    }
    run(b, provider, feed, &endpoints);
    take(b, &endpoints);
    wish_weights(b);
    b->asker.front->job.wishes |= RCTL_WISH_BIT(RCTL_WISH_STATIC);
    return b->asker.front->job.n_backends > 0;
}
