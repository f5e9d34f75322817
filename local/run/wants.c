/*
 * Who must answer what: the names that a gateway's routes give, the models of a pair, the
 * lists of a StaticRoute. They are read from what the user wrote, not from the router's
 * arguments, so that a rendering that leads astray shows.
 */
#include "parts.h"

#include <json-c/json.h>
#include <string.h>

enum { DEPTH = 8 }; /* routers before routers */

static bool serves(const struct plan_process *engine, const char *model)
{
    return engine->theirs || texts_have(&engine->models, model);
}

/* Adds the engines that answer for a process: itself, or what is behind a router. */
static void collect(struct making *making, const struct plan_process *process, const char *model,
                    struct texts *engines, unsigned depth)
{
    if (process->kind == PLAN_ENGINE) {
        if (strcmp(process->role, "prefill") != 0 && serves(process, model) &&
            !texts_have(engines, process->name))
            texts_add(making->pool, engines, process->name);
        return;
    }
    for (size_t i = 0; depth > 0 && i < process->behind.n_items; i++)
        collect(making, plan_find(making->plan, process->behind.items[i]), model, engines,
                depth - 1);
}

static struct plan_want *add_want(struct making *making, struct plan_process *router,
                                  const char *asked, const char *model)
{
    struct plan_want *wants;

    for (size_t i = 0; i < router->n_wants; i++)
        if (strcmp(router->wants[i].asked, asked) == 0)
            return &router->wants[i];
    wants = pool_alloc(making->pool, (router->n_wants + 1) * sizeof(*wants));
    if (router->n_wants > 0)
        memcpy(wants, router->wants, router->n_wants * sizeof(*wants));
    router->wants = wants;
    wants[router->n_wants] = (struct plan_want){.asked = asked, .model = model};
    return &wants[router->n_wants++];
}

/* ---- gateways ---- */

static bool is_outside(const struct plan_process *process, const char *service)
{
    const char *host = process->outside ? strstr(process->outside, "//") + 2 : "";

    return strncmp(host, service, strlen(service)) == 0 &&
           (host[strlen(service)] == '.' || host[strlen(service)] == ':' || !host[strlen(service)]);
}

/* The engines of an InferenceService, whoever runs it. */
static void collect_service(struct making *making, const char *space, const char *name,
                            const char *model, struct texts *engines)
{
    const struct world *world = &making->plan->world;
    struct json_object *spec = world_source(world, "InferenceService", space, name);
    const char *ignored, *backend = world_ref(world_at(spec, "backendRef"), space, &ignored);

    for (size_t i = 0; i < making->plan->n_items; i++) {
        const struct plan_process *process = making->plan->items[i];

        bool ours = process->object ? world_is_owned(world, process->object, "InferenceService",
                                                     space, name)
                                    : is_outside(process, *backend ? backend : name);

        if (ours)
            collect(making, process, model, engines, DEPTH);
    }
}

static void want_route(struct making *making, struct plan_process *router,
                       struct json_object *route)
{
    const char *model = world_text(route, "model"), *space;
    const char *name = world_ref(world_at(route, "inferenceServiceRef"), router->space, &space);
    struct json_object *aliases = world_at(route, "aliases");
    struct texts engines = {0};

    collect_service(making, space, name, model, &engines);
    if (engines.n_items == 0) /* a provider of endpoints has the word */
        collect(making, router, model, &engines, DEPTH);
    for (size_t i = 0; i <= world_count(aliases); i++) {
        const char *asked =
            i == 0 ? model : json_object_get_string(world_item(aliases, i - 1));
        struct plan_want *want = add_want(making, router, asked, model);

        for (size_t k = 0; k < engines.n_items; k++)
            if (!texts_have(&want->backends, engines.items[k]))
                texts_add(making->pool, &want->backends, engines.items[k]);
    }
}

/* ---- the others ---- */

static void want_pair(struct making *making, struct plan_process *router)
{
    for (size_t i = 0; i < router->behind.n_items; i++) {
        const struct plan_process *engine = plan_find(making->plan, router->behind.items[i]);

        for (size_t k = 0; k < engine->models.n_items; k++) {
            const char *model = engine->models.items[k];
            struct plan_want *want = add_want(making, router, model, model);

            collect(making, router, model, &want->backends, DEPTH);
        }
    }
}

/* Names, or alias:name pairs, between commas. */
static void want_list(struct making *making, struct plan_process *router, const char *list)
{
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',') {
        const char *pair = at + strspn(at, " ");
        size_t n = strcspn(pair, ", "), name = strcspn(pair, ":, ");
        const char *asked = pool_text(making->pool, pair, name);
        const char *model =
            name < n ? pool_text(making->pool, pair + name + 1, n - name - 1) : asked;
        struct plan_want *want = add_want(making, router, asked, model);

        collect(making, router, model, &want->backends, DEPTH);
    }
}

static void want_all(struct making *making, struct plan_process *router)
{
    const struct world *world = &making->plan->world;

    for (size_t i = 0; i < world_count(world->sources); i++) {
        struct json_object *source = world_item(world->sources, i), *routes;
        const char *kind = world_text(source, "kind");

        if (!world_is_owned(world, router->object, kind, world_text(source, "namespace"),
                            world_text(source, "name")))
            continue;
        routes = world_at(source, "spec.routes");
        for (size_t k = 0; k < world_count(routes); k++)
            want_route(making, router, world_item(routes, k));
        want_list(making, router, world_text(source, "spec.staticModels"));
        want_list(making, router, world_text(source, "spec.staticAliases"));
    }
    if (router->n_wants == 0)
        want_pair(making, router);
}

void wants_make(struct making *making)
{
    for (size_t i = 0; i < making->plan->n_items; i++)
        if (making->plan->items[i]->kind == PLAN_ROUTER)
            want_all(making, making->plan->items[i]);
}
