/*
 * The order of things: routers are read first, because they tell how many replicas of an
 * engine are seen; then engines get their ports, then routers their words.
 */
#include "plan.h"

#include "parts.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void plan_note(struct making *making, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!texts_have(&making->plan->notes, text))
        texts_add(making->pool, &making->plan->notes, pool_text(making->pool, text, strlen(text)));
}

struct plan_process *plan_add(struct making *making, enum plan_kind kind)
{
    struct plan *plan = making->plan;
    struct plan_process *process = pool_alloc(making->pool, sizeof(*process));

    plan->items = pool_grow(making->pool, plan->items, plan->n_items, &making->room,
                            sizeof(*plan->items));
    process->kind = kind;
    plan->items[plan->n_items++] = process;
    return process;
}

unsigned plan_take_port(struct making *making)
{
    unsigned port = making->wish->port(making->wish->ctx);

    if (port == 0 && !texts_have(&making->plan->faults, "there is no free port"))
        texts_add(making->pool, &making->plan->faults, "there is no free port");
    return port;
}

struct plan_process *plan_process_of(struct making *making, struct json_object *deployment)
{
    for (size_t i = 0; deployment && i < making->plan->n_items; i++)
        if (making->plan->items[i]->object == deployment)
            return making->plan->items[i];
    return NULL;
}

const char *plan_name_of(struct making *making, struct json_object *object)
{
    struct json_object *other;

    for (size_t i = 0; (other = world_get(&making->plan->world, "Deployment", i)); i++)
        if (other != object && strcmp(world_name(other), world_name(object)) == 0)
            return pool_format(making->pool, "%s.%s", world_space(object), world_name(object));
    return world_name(object);
}

/* ---- routers ---- */

static bool is_router(struct json_object *deployment)
{
    const char *component = world_component(deployment);

    return strcmp(component, "gateway") == 0 || strcmp(component, "router") == 0;
}

/* "/readiness", and why it cannot be asked here when there is none. */
static void find_probe(struct plan_process *router)
{
    router->ready = world_text(world_container(router->object), "readinessProbe.httpGet.path");
    if (!*router->ready)
        router->why_not = "it has no readiness probe over HTTP";
}

/* The header that names a session, where sessions are to stay; else NULL. */
static const char *session_key_of(const struct plan *plan, const struct plan_process *router)
{
    for (size_t i = 0; i < world_count(plan->world.sources); i++) {
        struct json_object *source = world_item(plan->world.sources, i);
        const char *key = world_text(source, "spec.sessionKey");

        if (world_is_owned(&plan->world, router->object, "InferenceGateway",
                           world_text(source, "namespace"), world_text(source, "name")) &&
            json_object_get_boolean(world_at(source, "spec.sessionAffinity")))
            return *key ? key : "x-user-id";
    }
    return NULL;
}

static void read_routers(struct making *making)
{
    struct json_object *deployment;

    for (size_t i = 0; (deployment = world_get(&making->plan->world, "Deployment", i)); i++) {
        struct plan_process *router;

        if (!is_router(deployment))
            continue;
        router = plan_add(making, PLAN_ROUTER);
        router->object = deployment;
        router->name = plan_name_of(making, deployment);
        router->folder = pool_format(making->pool, "%s/%s", making->wish->folder, router->name);
        router->space = world_space(deployment);
        router->app = world_app(deployment);
        router->entrance = true;
        router->session_key = session_key_of(making->plan, router);
        find_probe(router);
        words_group(making, router);
    }
}

/* What starts a router of each kind, unless --router says otherwise. */
static const char *const programs[][2] = {
    {"smg", "smg launch"},
    {"sglang-router", "sglang-router launch"},
    {"vllm-router", "vllm-router"},
    {"production-stack", "python3 -m vllm_router.app"},
};

enum { N_PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

/* Whether NAME of NAME=COMMAND is that. */
static bool is_named(const char *option, const char *name)
{
    return strncmp(option, name, strlen(name)) == 0 && option[strlen(name)] == '=';
}

/* By the router's own name first, then by its kind, then the usual one. */
static void find_command(struct making *making, struct plan_process *router)
{
    const struct texts *options = &making->wish->routers;
    const char *const names[] = {router->app, router->name};

    router->command = "";
    for (size_t i = 0; i < N_PROGRAMS; i++)
        if (strcmp(programs[i][0], router->app) == 0)
            router->command = programs[i][1];
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < options->n_items; i++)
            if (is_named(options->items[i], names[k]))
                router->command = strchr(options->items[i], '=') + 1;
}

/* Kinds that happen not to be rendered are fine, so that one command line fits all. */
static void check_routers(struct making *making)
{
    const struct plan *plan = making->plan;

    for (size_t k = 0; k < making->wish->routers.n_items; k++) {
        const char *option = making->wish->routers.items[k];
        bool known = false;

        for (size_t i = 0; i < N_PROGRAMS; i++)
            known = known || is_named(option, programs[i][0]);
        for (size_t i = 0; i < plan->n_items; i++)
            known = known || is_named(option, plan->items[i]->name) ||
                    is_named(option, plan->items[i]->app);
        if (!known)
            texts_add(making->pool, &making->plan->faults,
                      pool_format(making->pool, "--router %s: there is no router of that kind or "
                                                "name", option));
    }
}

/* ---- order ---- */

static bool is_in(const struct plan *plan, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(plan->items[i]->name, name) == 0)
            return true;
    return false;
}

static bool can_follow(const struct plan *plan, size_t n, const struct plan_process *process)
{
    for (size_t i = 0; i < process->behind.n_items; i++)
        if (!is_in(plan, n, process->behind.items[i]))
            return false;
    return true;
}

/* Those first that have nobody behind them that does not run yet. Routers in
 * a circle stay in the order in which they are: each waits for the others anyway. */
static void sort(struct plan *plan)
{
    for (size_t n = 0; n < plan->n_items; n++) {
        for (size_t i = n; i < plan->n_items; i++) {
            struct plan_process *process = plan->items[i];

            if (!can_follow(plan, n, process))
                continue;
            memmove(&plan->items[n + 1], &plan->items[n], (i - n) * sizeof(*plan->items));
            plan->items[n] = process;
            break;
        }
    }
}

static void find_entrances(struct plan *plan)
{
    for (size_t i = 0; i < plan->n_items; i++)
        for (size_t k = 0; k < plan->items[i]->behind.n_items; k++)
            for (size_t j = 0; j < plan->n_items; j++)
                if (strcmp(plan->items[j]->name, plan->items[i]->behind.items[k]) == 0)
                    plan->items[j]->entrance = false;
}

/* Who leads to a router that cannot run cannot run either. */
static void spread_why_not(struct making *making)
{
    struct plan *plan = making->plan;

    for (size_t i = 0; i < plan->n_items; i++)
        for (size_t k = 0; k < plan->items[i]->behind.n_items && !plan->items[i]->why_not; k++) {
            const struct plan_process *behind = plan_find(plan, plan->items[i]->behind.items[k]);

            if (behind->why_not)
                plan->items[i]->why_not = pool_format(
                    making->pool, "behind it is %s, which cannot run here", behind->name);
        }
}

/* ---- all ---- */

/* What is rendered and has no process. */
static void note_others(struct making *making)
{
    struct json_object *object;

    for (size_t i = 0; (object = world_get(&making->plan->world, "HTTPRoute", i)); i++)
        plan_note(making, "HTTPRoute %s is not tried: the cluster's own gateway serves it",
                  world_name(object));
    for (size_t i = 0; (object = world_get(&making->plan->world, "Deployment", i)); i++)
        if (!plan_process_of(making, object))
            plan_note(making, "Deployment %s is left out: it is neither a router nor an engine",
                      world_name(object));
}

bool plan_make(struct plan *plan, struct json_object *root, const struct plan_wish *wish)
{
    struct making making = {.plan = plan, .wish = wish};

    *plan = (struct plan){.pool = pool_new()};
    making.pool = plan->pool;
    making.used = pool_alloc(plan->pool, wish->engines.n_items * sizeof(*making.used));
    if (!world_init(&plan->world, root)) {
        texts_add(plan->pool, &plan->faults, "this is not what rctl hands over");
        return false;
    }
    read_routers(&making);
    routes_plan(&making);
    check_routers(&making);
    engines_plan(&making);
    for (size_t i = 0; i < plan->n_items; i++)
        if (plan->items[i]->kind == PLAN_ROUTER) {
            find_command(&making, plan->items[i]);
            words_ports(&making, plan->items[i]);
        }
    for (size_t i = 0; i < plan->n_items; i++) /* engines outside are added meanwhile */
        if (plan->items[i]->kind == PLAN_ROUTER)
            words_make(&making, plan->items[i]);
    engines_check(&making);
    sort(plan);
    find_entrances(plan);
    spread_why_not(&making);
    wants_make(&making);
    note_others(&making);
    return plan->faults.n_items == 0;
}

void plan_done(struct plan *plan)
{
    pool_free(plan->pool);
    plan->pool = NULL;
}

const struct plan_process *plan_find(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->n_items; i++)
        if (strcmp(plan->items[i]->name, name) == 0)
            return plan->items[i];
    return NULL;
}
