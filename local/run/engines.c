/*
 * Engines: who stands for each rendered one. A replica has a process of its own where a
 * router looks for pods; behind a Service's one address, one stands for all.
 */
#include "parts.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a Deployment says ---- */

static struct json_object *args_of(struct json_object *deployment)
{
    return world_at(world_container(deployment), "args");
}

/* The word behind a flag, or "". */
static const char *arg(struct json_object *deployment, const char *flag)
{
    struct json_object *args = args_of(deployment);

    for (size_t i = 0; i + 1 < world_count(args); i++)
        if (strcmp(json_object_get_string(world_item(args, i)), flag) == 0)
            return json_object_get_string(world_item(args, i + 1));
    return "";
}

static void find_models(struct making *making, struct plan_process *engine)
{
    struct json_object *args = args_of(engine->object);
    bool after = false;

    for (size_t i = 0; i < world_count(args); i++) {
        const char *word = json_object_get_string(world_item(args, i));

        if (strncmp(word, "--", 2) == 0)
            after = strcmp(word, "--served-model-name") == 0;
        else if (after)
            texts_add(making->pool, &engine->models, word);
    }
    if (engine->models.n_items == 0 && *arg(engine->object, "--model-path"))
        texts_add(making->pool, &engine->models, arg(engine->object, "--model-path"));
    if (engine->models.n_items == 0 && world_count(args) > 0)
        texts_add(making->pool, &engine->models, json_object_get_string(world_item(args, 0)));
}

/* Which of the connectors that the fake knows one of those in a text is. */
static const char *connector_in(struct json_object *config)
{
    static const char *const known[][2] = {
        {"Nixl", "nixl"}, {"Mooncake", "mooncake"}, {"LMCache", "lmcache"}};
    struct json_object *parts = world_at(config, "kv_connector_extra_config.connectors");
    size_t n = world_count(parts);

    for (size_t i = 0; i < (n ? n : 1); i++) {
        const char *name = world_text(n ? world_item(parts, i) : config, "kv_connector");

        for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
            if (strncmp(name, known[k][0], strlen(known[k][0])) == 0)
                return known[k][1];
    }
    return "other";
}

static void find_connector(struct making *making, struct plan_process *engine)
{
    const char *text = arg(engine->object, "--kv-transfer-config");
    struct json_object *config = *text ? json_tokener_parse(text) : NULL;

    (void)making;
    engine->connector = connector_in(config);
    json_object_put(config);
}

/* Where prefill hands blocks over, and whether routers learn of it by an annotation. */
static void find_bootstrap(struct making *making, struct plan_process *engine)
{
    struct json_object *env = world_at(world_container(engine->object), "env");
    struct json_object *notes = world_at(engine->object, "spec.template.metadata.annotations");

    if (strcmp(engine->role, "prefill") != 0)
        return;
    engine->bootstrap = plan_take_port(making);
    engine->bootstrap_rendered =
        strtol(arg(engine->object, "--disaggregation-bootstrap-port"), NULL, 10);
    for (size_t i = 0; i < world_count(env); i++)
        if (strcmp(world_text(world_item(env, i), "name"), "VLLM_MOONCAKE_BOOTSTRAP_PORT") == 0)
            engine->bootstrap_rendered = world_number(world_item(env, i), "value");
    if (!json_object_is_type(notes, json_type_object))
        return;
    json_object_object_foreach(notes, key, value)
    {
        const char *slash = strrchr(key, '/');

        (void)value;
        engine->announced = engine->announced || (slash && !strcmp(slash, "/bootstrap-port"));
    }
}

/* ---- the user's engines ---- */

/* The URL of --engine NAME=URL for a name, or NULL. */
static const char *named(struct making *making, const char *name)
{
    const struct texts *engines = &making->wish->engines;

    for (size_t i = 0; i < engines->n_items; i++) {
        size_t n = strlen(name);

        if (strncmp(engines->items[i], name, n) == 0 && engines->items[i][n] == '=') {
            size_t end;

            making->used[i] = true;
            name = engines->items[i] + n + 1;
            end = strlen(name);
            return pool_text(making->pool, name, end && name[end - 1] == '/' ? end - 1 : end);
        }
    }
    return NULL;
}

static const char *theirs(struct making *making, struct plan_process *engine,
                          struct json_object *deployment)
{
    const char *url = named(making, world_name(deployment));

    for (size_t i = 0; !url && i < engine->models.n_items; i++)
        url = named(making, engine->models.items[i]);
    return url;
}

void engines_check(struct making *making)
{
    for (size_t i = 0; i < making->wish->engines.n_items; i++)
        if (!making->used[i])
            texts_add(making->pool, &making->plan->faults,
                      pool_format(making->pool, "--engine %s: no engine, model or address of "
                                                "that name is rendered",
                                  making->wish->engines.items[i]));
}

static void place(struct making *making, struct plan_process *engine, const char *url)
{
    engine->theirs = url != NULL;
    if (!url) {
        engine->port = plan_take_port(making);
        url = pool_format(making->pool, "http://%s:%u", PLAN_HOST, engine->port);
    }
    engine->url = url;
}

/* ---- rendered engines ---- */

static bool is_engine(struct json_object *deployment)
{
    const char *component = world_component(deployment);

    return strcmp(component, "engine") == 0 || strcmp(component, "prefill") == 0 ||
           strcmp(component, "decode") == 0;
}

static size_t replicas_of(struct making *making, struct json_object *deployment)
{
    long replicas = world_number(deployment, "spec.replicas");
    size_t most = making->wish->most_replicas;
    bool looked_for = false;

    for (size_t i = 0; i < making->plan->n_items; i++)
        looked_for = looked_for || (making->plan->items[i]->kind == PLAN_ROUTER &&
                                    discover_finds(making->plan->items[i], deployment));
    if (replicas <= 1 || !looked_for)
        return 1;
    if ((size_t)replicas > most)
        plan_note(making, "%s: %zu of %ld replicas are tried", world_name(deployment), most,
                  replicas);
    return (size_t)replicas > most ? most : (size_t)replicas;
}

static void plan_one(struct making *making, struct json_object *deployment, size_t index)
{
    struct plan_process *engine = plan_add(making, PLAN_ENGINE);
    const char *url;

    engine->object = deployment;
    engine->name = pool_format(making->pool, "%s-%zu", plan_name_of(making, deployment), index);
    engine->space = world_space(deployment);
    engine->app = world_app(deployment);
    engine->role = world_component(deployment);
    engine->folder = pool_format(making->pool, "%s/%s", making->wish->folder, engine->name);
    find_models(making, engine);
    url = theirs(making, engine, deployment);
    if (!url && !making->wish->fake_engines)
        texts_add(making->pool, &making->plan->faults,
                  pool_format(making->pool, "nobody stands for the engine %s: give --fake-engines, "
                                            "or --engine %s=URL",
                              world_name(deployment), world_name(deployment)));
    if (!url && strcmp(engine->app, "vllm") != 0 && strcmp(engine->app, "sglang") != 0)
        engine->why_not = pool_format(making->pool, "there is no fake of the engine %s",
                                      engine->app);
    find_connector(making, engine);
    find_bootstrap(making, engine);
    place(making, engine, url);
}

void engines_plan(struct making *making)
{
    struct json_object *deployment;

    for (size_t i = 0; (deployment = world_get(&making->plan->world, "Deployment", i)); i++) {
        size_t n = is_engine(deployment) ? replicas_of(making, deployment) : 0;

        for (size_t k = 0; k < n; k++)
            plan_one(making, deployment, k);
    }
}

/* ---- addresses that nothing rendered has ---- */

static struct plan_process *find_by_outside(struct making *making, const char *url)
{
    for (size_t i = 0; i < making->plan->n_items; i++)
        if (making->plan->items[i]->outside && strcmp(making->plan->items[i]->outside, url) == 0)
            return making->plan->items[i];
    return NULL;
}

/* All models that anybody asks for, unless a StaticRoute says which are behind this URL. */
static void outside_models(struct making *making, struct plan_process *engine)
{
    const struct world *world = &making->plan->world;

    routes_models(making, engine->outside, &engine->models);
    if (engine->models.n_items > 0)
        return;
    for (size_t i = 0; i < world_count(world->sources); i++) {
        const char *model = world_text(world_item(world->sources, i), "spec.modelName");

        if (*model && !texts_have(&engine->models, model))
            texts_add(making->pool, &engine->models, model);
    }
}

struct plan_process *engines_outside(struct making *making, const char *url, const char *host)
{
    struct plan_process *engine = find_by_outside(making, url);
    const char *given, *first = pool_text(making->pool, host, strcspn(host, "."));

    if (engine)
        return engine;
    given = named(making, url);
    given = given ? given : named(making, host);
    given = given ? given : named(making, first);
    engine = plan_add(making, PLAN_ENGINE);
    engine->outside = url;
    engine->name = pool_text(making->pool, strstr(url, "//") + 2, strlen(strstr(url, "//") + 2));
    engine->app = "vllm";
    engine->role = "engine";
    engine->space = "";
    engine->connector = "other";
    engine->folder = pool_format(making->pool, "%s/%s", making->wish->folder, engine->name);
    outside_models(making, engine);
    if (!given && !making->wish->fake_engines) {
        plan_note(making, "%s is not rendered: it is asked as it is", url);
        given = url;
    }
    place(making, engine, given);
    return engine;
}
