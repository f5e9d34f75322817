/*
 * There is no Kubernetes here to ask for pods. A router that would ask gets the same pods
 * as a list, by flags of its own:
 *
 *   smg, sglang-router, vllm-router
 *     --service-discovery --selector K=V ...            --worker-urls URL ...
 *     --prefill-selector K=V ..., --decode-selector ...  --prefill URL [PORT], --decode URL
 *   production-stack
 *     --service-discovery k8s --k8s-label-selector ...   --service-discovery static
 *                                        --static-backends, -models and -model-labels
 */
#include "parts.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static const char *const about[] = {
    "--service-discovery", "--service-discovery-port", "--service-discovery-namespace",
    "--selector",          "--prefill-selector",       "--decode-selector",
    "--k8s-port",          "--k8s-namespace",          "--k8s-label-selector",
    "--k8s-service-discovery-type",
};

bool discover_is_about(const char *flag)
{
    for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
        if (strcmp(about[i], flag) == 0)
            return true;
    return false;
}

static const char *first_value(const struct plan_process *router, const char *flag)
{
    const struct plan_group *group = words_find(&router->rendered, flag);

    return group && group->values.n_items ? group->values.items[0] : "";
}

static bool is_production_stack(const struct plan_process *router)
{
    return strcmp(router->app, "production-stack") == 0;
}

bool discover_is_used(const struct plan_process *router)
{
    return is_production_stack(router)
               ? strcmp(first_value(router, "--service-discovery"), "k8s") == 0
               : words_find(&router->rendered, "--service-discovery") != NULL;
}

/* ---- selectors ---- */

static const char *label_of(struct json_object *labels, const char *name, size_t n)
{
    if (!json_object_is_type(labels, json_type_object))
        return "";
    json_object_object_foreach(labels, key, value)
    {
        if (strlen(key) == n && strncmp(key, name, n) == 0)
            return json_object_get_string(value);
    }
    return "";
}

/* "KEY=VALUE" or "KEY in (A,B)", of `n` bytes. Others are not rendered and match nothing. */
static bool term_matches(const char *term, size_t n, struct json_object *labels)
{
    size_t key = strcspn(term, "= ,");
    const char *value = label_of(labels, term, key), *at, *end = term + n;

    if (*value && term[key] == '=')
        return strlen(value) == n - key - 1 && strncmp(term + key + 1, value, n - key - 1) == 0;
    if (!*value || strncmp(term + key, " in (", 5) != 0)
        return false;
    for (at = term + key + 5; at < end; at += strcspn(at, ",)") + 1)
        if (strcspn(at, ",)") == strlen(value) && strncmp(at, value, strlen(value)) == 0)
            return true;
    return false;
}

/* Terms with commas between them, those in parentheses aside. */
static bool text_matches(const char *selector, struct json_object *labels)
{
    while (*selector) {
        size_t n = strcspn(selector, ",("), end = strcspn(selector, ")");

        if (selector[n] == '(')
            n = end + (selector[end] == ')');
        if (!term_matches(selector, n, labels))
            return false;
        selector += n + (selector[n] == ',');
    }
    return true;
}

static bool group_matches(const struct plan_process *router, const char *flag,
                          struct json_object *deployment)
{
    const struct plan_group *group = words_find(&router->rendered, flag);

    for (size_t i = 0; group && i < group->values.n_items; i++)
        if (!text_matches(group->values.items[i], world_pod_labels(deployment)))
            return false;
    return group && group->values.n_items > 0;
}

bool discover_finds(const struct plan_process *router, struct json_object *deployment)
{
    bool ps = is_production_stack(router);
    const char *flag = ps ? "--k8s-namespace" : "--service-discovery-namespace";
    const char *space = first_value(router, flag);

    if (!discover_is_used(router) || (*space && strcmp(space, world_space(deployment)) != 0))
        return false;
    return group_matches(router, "--k8s-label-selector", deployment) ||
           group_matches(router, "--selector", deployment) ||
           group_matches(router, "--prefill-selector", deployment) ||
           group_matches(router, "--decode-selector", deployment);
}

/* ---- lists instead ---- */

static bool is_pod_for(const struct plan_process *router, const char *flag,
                       const struct plan_process *engine)
{
    return engine->kind == PLAN_ENGINE && engine->object &&
           discover_finds(router, engine->object) && group_matches(router, flag, engine->object);
}

static void add(struct making *making, struct plan_process *router, const char *word)
{
    texts_add(making->pool, &router->words, word);
}

/* True when pods were found; `each` repeats the flag, and prefill has its bootstrap port. */
static bool add_urls(struct making *making, struct plan_process *router, const char *selector,
                     const char *flag, bool each)
{
    bool any = false;

    for (size_t i = 0; i < making->plan->n_items; i++) {
        const struct plan_process *engine = making->plan->items[i];

        if (!is_pod_for(router, selector, engine))
            continue;
        if (each || !any)
            add(making, router, flag);
        add(making, router, engine->url);
        if (strcmp(flag, "--prefill") == 0 && engine->announced)
            add(making, router, pool_format(making->pool, "%u", engine->bootstrap));
        words_lead(making, router, engine);
        any = true;
    }
    return any;
}

/* One more, with a comma before it unless it is the first. */
static const char *join(struct making *making, const char *list, const char *item)
{
    return pool_format(making->pool, "%s%s%s", list, *list ? "," : "", item);
}

static bool add_lists(struct making *making, struct plan_process *router)
{
    const char *urls = "", *models = "", *labels = "";

    for (size_t i = 0; i < making->plan->n_items; i++) {
        const struct plan_process *engine = making->plan->items[i];

        if (!is_pod_for(router, "--k8s-label-selector", engine))
            continue;
        for (size_t k = 0; k < engine->models.n_items; k++) {
            urls = join(making, urls, engine->url);
            models = join(making, models, engine->models.items[k]);
            labels = join(making, labels,
                          label_of(world_pod_labels(engine->object), "model", 5));
        }
        words_lead(making, router, engine);
    }
    add(making, router, "--service-discovery");
    add(making, router, "static");
    add(making, router, "--static-backends");
    add(making, router, urls);
    add(making, router, "--static-models");
    add(making, router, models);
    if (words_find(&router->rendered, "--prefill-model-labels")) {
        add(making, router, "--static-model-labels");
        add(making, router, labels);
    }
    return *urls != '\0';
}

void discover_replace(struct making *making, struct plan_process *router)
{
    bool any;

    if (is_production_stack(router)) {
        any = add_lists(making, router);
    } else {
        any = add_urls(making, router, "--selector", "--worker-urls", /* each= */ false);
        any = add_urls(making, router, "--prefill-selector", "--prefill", /* each= */ true) || any;
        any = add_urls(making, router, "--decode-selector", "--decode", /* each= */ true) || any;
    }
    if (any)
        plan_note(making,
                  "%s: there is no Kubernetes to ask for pods, so it is given them as a list",
                  router->name);
    else
        router->why_not = "it asks Kubernetes for pods, and none of those that are rendered match";
}
