/*
 * StaticRoutes: they render a file for a production-stack router that stands elsewhere. A
 * router that reads this file and nothing else stands for that one.
 */
#include "parts.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "/etc/router"

/* The header by which the router keeps sessions; NULL when it does not. */
static const char *session_key_of(struct making *making, struct json_object *config)
{
    const struct world *world = &making->plan->world;

    for (size_t i = 0; i < world_count(world->sources); i++) {
        struct json_object *source = world_item(world->sources, i);

        if (world_is_owned(world, config, "StaticRoute", world_text(source, "namespace"),
                           world_text(source, "name")) &&
            strcmp(world_text(source, "spec.routingLogic"), "session") == 0)
            return world_text(source, "spec.sessionKey");
    }
    return NULL;
}

void routes_plan(struct making *making)
{
    struct json_object *config;

    for (size_t i = 0; (config = world_get(&making->plan->world, "ConfigMap", i)); i++) {
        struct json_object *data = world_at(config, "data"), *text;
        struct plan_process *router;

        if (!json_object_object_get_ex(data, "static_config.json", &text))
            continue;
        router = plan_add(making, PLAN_ROUTER);
        router->object = config;
        router->name = world_name(config);
        router->space = world_space(config);
        router->app = "production-stack";
        router->ready = "/health";
        router->entrance = true;
        router->session_key = session_key_of(making, config);
        router->folder = pool_format(making->pool, "%s/%s", making->wish->folder, router->name);
    }
}

/* The n-th part between commas, without spaces; "" behind the last one. */
static const char *part(struct making *making, const char *list, size_t index)
{
    for (; index > 0 && *list; index--) {
        list += strcspn(list, ",");
        list += *list == ',';
    }
    list += strspn(list, " ");
    return pool_text(making->pool, list, strcspn(list, ", "));
}

void routes_models(struct making *making, const char *url, struct texts *models)
{
    const struct world *world = &making->plan->world;

    for (size_t i = 0; i < world_count(world->sources); i++) {
        struct json_object *source = world_item(world->sources, i);
        const char *urls = world_text(source, "spec.staticBackends");
        const char *names = world_text(source, "spec.staticModels"), *at;

        for (size_t k = 0; *(at = part(making, urls, k)); k++) {
            bool same = strncmp(at, url, strlen(url)) == 0 &&
                        strcmp(at + strlen(url), at[strlen(url)] == '/' ? "/" : "") == 0;

            if (same && !texts_have(models, part(making, names, k)))
                texts_add(making->pool, models, part(making, names, k));
        }
    }
}

void routes_make(struct making *making, struct plan_process *router)
{
    const char *const words[] = {"--host", PLAN_HOST, "--port", strrchr(router->url, ':') + 1,
                                 "--dynamic-config-json"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        texts_add(making->pool, &router->words, words[i]);
    texts_add(making->pool, &router->words,
              pool_format(making->pool, "%s" FOLDER "/static_config.json", router->folder));
    mounts_add(making, router, FOLDER, router->object);
}
