/* Look-ups by walking: a rendering has tens of objects, seldom hundreds. */
#include "world.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

bool world_init(struct world *world, struct json_object *root)
{
    world->objects = world_at(root, "objects");
    world->sources = world_at(root, "sources");
    return json_object_is_type(world->objects, json_type_array) &&
           json_object_is_type(world->sources, json_type_array);
}

struct json_object *world_at(struct json_object *object, const char *path)
{
    while (object && *path) {
        size_t n = strcspn(path, ".");
        char name[64];

        if (n >= sizeof(name))
            return NULL;
        memcpy(name, path, n);
        name[n] = '\0';
        if (json_object_is_type(object, json_type_array))
            object = world_item(object, strtoul(name, NULL, 10));
        else if (!json_object_object_get_ex(object, name, &object))
            return NULL;
        path += n + (path[n] == '.');
    }
    return object;
}

const char *world_text(struct json_object *object, const char *path)
{
    struct json_object *value = world_at(object, path);

    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

long world_number(struct json_object *object, const char *path)
{
    struct json_object *value = world_at(object, path);
    const char *text;

    if (json_object_is_type(value, json_type_int))
        return (long)json_object_get_int64(value);
    text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
    return *text && strspn(text, "0123456789") == strlen(text) ? strtol(text, NULL, 10) : 0;
}

size_t world_count(struct json_object *array)
{
    return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

struct json_object *world_item(struct json_object *array, size_t index)
{
    return index < world_count(array) ? json_object_array_get_idx(array, index) : NULL;
}

/* ---- rendered objects ---- */

struct json_object *world_get(const struct world *world, const char *kind, size_t index)
{
    for (size_t i = 0; i < world_count(world->objects); i++) {
        struct json_object *object = world_at(world_item(world->objects, i), "object");

        if (strcmp(world_text(object, "kind"), kind) == 0 && index-- == 0)
            return object;
    }
    return NULL;
}

struct json_object *world_find(const struct world *world, const char *kind, const char *space,
                               const char *name)
{
    for (size_t i = 0; i < world_count(world->objects); i++) {
        struct json_object *object = world_at(world_item(world->objects, i), "object");

        if (strcmp(world_text(object, "kind"), kind) == 0 &&
            strcmp(world_name(object), name) == 0 && strcmp(world_space(object), space) == 0)
            return object;
    }
    return NULL;
}

const char *world_name(struct json_object *object)
{
    return world_text(object, "metadata.name");
}

const char *world_space(struct json_object *object)
{
    return world_text(object, "metadata.namespace");
}

/* Names of labels have dots, so they are no paths. */
static const char *label(struct json_object *object, const char *name)
{
    struct json_object *labels = world_at(object, "metadata.labels"), *value;

    return json_object_object_get_ex(labels, name, &value) ? json_object_get_string(value) : "";
}

const char *world_component(struct json_object *object)
{
    return label(object, "app.kubernetes.io/component");
}

const char *world_app(struct json_object *object)
{
    return label(object, "app.kubernetes.io/name");
}

struct json_object *world_container(struct json_object *deployment)
{
    return world_at(deployment, "spec.template.spec.containers.0");
}

static bool is_of(struct json_object *who, const char *kind, const char *space, const char *name)
{
    return strcmp(world_text(who, "kind"), kind) == 0 &&
           strcmp(world_text(who, "namespace"), space) == 0 &&
           strcmp(world_text(who, "name"), name) == 0;
}

bool world_is_owned(const struct world *world, struct json_object *object, const char *kind,
                    const char *space, const char *name)
{
    for (size_t i = 0; i < world_count(world->objects); i++) {
        struct json_object *entry = world_item(world->objects, i);

        if (world_at(entry, "object") == object)
            return is_of(world_at(entry, "owner"), kind, space, name);
    }
    return false;
}

bool world_selects(struct json_object *selector, struct json_object *labels)
{
    if (!json_object_is_type(selector, json_type_object) ||
        json_object_object_length(selector) == 0)
        return false;
    json_object_object_foreach(selector, name, wanted)
    {
        struct json_object *value;

        if (!json_object_object_get_ex(labels, name, &value) || !json_object_equal(value, wanted))
            return false;
    }
    return true;
}

struct json_object *world_pod_labels(struct json_object *deployment)
{
    return world_at(deployment, "spec.template.metadata.labels");
}

struct json_object *world_behind(const struct world *world, struct json_object *service)
{
    struct json_object *selector = world_at(service, "spec.selector"), *deployment;

    for (size_t i = 0; (deployment = world_get(world, "Deployment", i)); i++)
        if (strcmp(world_space(deployment), world_space(service)) == 0 &&
            world_selects(selector, world_pod_labels(deployment)))
            return deployment;
    return NULL;
}

/* ---- what was rendered from ---- */

struct json_object *world_source(const struct world *world, const char *kind, const char *space,
                                 const char *name)
{
    for (size_t i = 0; i < world_count(world->sources); i++) {
        struct json_object *source = world_item(world->sources, i);

        if (is_of(source, kind, space, name))
            return world_at(source, "spec");
    }
    return NULL;
}

const char *world_ref(struct json_object *reference, const char *usual_space,
                      const char **ret_space)
{
    const char *space = world_text(reference, "namespace");

    if (json_object_is_type(reference, json_type_string)) {
        *ret_space = usual_space;
        return json_object_get_string(reference);
    }
    *ret_space = *space ? space : usual_space;
    return world_text(reference, "name");
}
