/*
 * What is mounted into a router: files of ConfigMaps and empty folders, below the router's
 * own folder under the same path. Secrets are not rendered, so they cannot be mounted.
 */
#include "parts.h"

#include <json-c/json.h>
#include <string.h>

static void add_file(struct making *making, struct plan_process *router, const char *path,
                     const char *text)
{
    router->files = pool_grow(making->pool, router->files, router->n_files, &router->files_room,
                              sizeof(*router->files));
    router->files[router->n_files++] = (struct plan_file){path, text};
}

static struct json_object *find_volume(const struct plan_process *router, const char *name)
{
    struct json_object *volumes = world_at(router->object, "spec.template.spec.volumes");

    for (size_t i = 0; i < world_count(volumes); i++)
        if (strcmp(world_text(world_item(volumes, i), "name"), name) == 0)
            return world_item(volumes, i);
    return NULL;
}

/* The file of production-stack's router, when it was rendered with serviceDiscovery k8s. */
static bool asks_kubernetes(const char *text)
{
    struct json_object *file = json_tokener_parse(text);
    bool asks = strcmp(world_text(file, "service_discovery"), "k8s") == 0;

    json_object_put(file);
    return asks;
}

void mounts_add(struct making *making, struct plan_process *router, const char *path,
                struct json_object *config)
{
    struct json_object *data = world_at(config, "data");

    if (!json_object_is_type(data, json_type_object))
        return;
    json_object_object_foreach(data, name, text)
    {
        if (strchr(name, '/'))
            continue; /* no key of a ConfigMap */
        add_file(making, router, pool_format(making->pool, "%s%s/%s", router->folder, path, name),
                 words_urls(making, router, json_object_get_string(text)));
        if (asks_kubernetes(json_object_get_string(text)))
            router->why_not = "its file says that it asks Kubernetes for pods";
    }
}

static void mount(struct making *making, struct plan_process *router, struct json_object *mount)
{
    struct json_object *volume = find_volume(router, world_text(mount, "name"));
    const char *path = world_text(mount, "mountPath");
    const char *config = world_text(volume, "configMap.name");

    if (path[0] != '/' || strstr(path, "..")) /* nothing is written outside of the folder */
        router->why_not = pool_format(making->pool, "it mounts something at '%s'", path);
    else if (*config)
        mounts_add(making, router, path,
                   world_find(&making->plan->world, "ConfigMap", router->space, config));
    else if (world_at(volume, "emptyDir"))
        add_file(making, router, pool_format(making->pool, "%s%s", router->folder, path), NULL);
    else if (!router->why_not)
        router->why_not = pool_format(making->pool, "it mounts %s, which is not rendered",
                                      world_text(mount, "name"));
}

static struct json_object *mounts_of(const struct plan_process *router)
{
    return world_at(world_container(router->object), "volumeMounts");
}

const char *mounts_path(struct making *making, const struct plan_process *router,
                        const char *word)
{
    struct json_object *mounts = mounts_of(router);

    for (size_t i = 0; i < world_count(mounts); i++) {
        const char *path = world_text(world_item(mounts, i), "mountPath");
        size_t n = strlen(path);

        if (n > 0 && strncmp(word, path, n) == 0 && (word[n] == '\0' || word[n] == '/'))
            return pool_format(making->pool, "%s%s", router->folder, word);
    }
    return word;
}

void mounts_make(struct making *making, struct plan_process *router)
{
    for (size_t i = 0; i < world_count(mounts_of(router)); i++)
        mount(making, router, world_item(mounts_of(router), i));
}
