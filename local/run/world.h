/*
 * world: rendered objects, as rctl hands them over, and how to find one among them. Pure:
 * texts and objects are lent by the JSON that it was made of.
 *
 *   {"objects": [{"owner": {"kind", "namespace", "name"}, "object": {...}}],
 *    "sources": [{"kind", "namespace", "name", "spec": {...}}]}
 */
#ifndef RUN_WORLD_H
#define RUN_WORLD_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;

struct world {
    struct json_object *objects, *sources; /* arrays */
};

/* False when `root` is not of that form. */
bool world_init(struct world *world, struct json_object *root);

/* The value at a dotted path of member names, or NULL. A number picks from an array. */
struct json_object *world_at(struct json_object *object, const char *path);
/* The same as text; "" when there is none. */
const char *world_text(struct json_object *object, const char *path);
/* A number or a text of digits; 0 for anything else. */
long world_number(struct json_object *object, const char *path);
/* Elements of an array, 0 for anything else; and one of them. */
size_t world_count(struct json_object *array);
struct json_object *world_item(struct json_object *array, size_t index);

/* ---- rendered objects ---- */

/* The index-th of a kind, or NULL behind the last one. */
struct json_object *world_get(const struct world *world, const char *kind, size_t index);
struct json_object *world_find(const struct world *world, const char *kind, const char *space,
                               const char *name);
const char *world_name(struct json_object *object);
const char *world_space(struct json_object *object);
/* What it is in a serving stack: engine, prefill, decode, gateway, router, ... */
const char *world_component(struct json_object *object);
/* The engine or the router that it is. */
const char *world_app(struct json_object *object);
struct json_object *world_container(struct json_object *deployment);
/* Whether one of our objects made it. */
bool world_is_owned(const struct world *world, struct json_object *object, const char *kind,
                    const char *space, const char *name);

/* Whether labels hold all of a selector, an object of texts. An empty one selects nothing. */
bool world_selects(struct json_object *selector, struct json_object *labels);
struct json_object *world_pod_labels(struct json_object *deployment);
/* The Deployment behind a Service, or NULL. */
struct json_object *world_behind(const struct world *world, struct json_object *service);

/* ---- what was rendered from ---- */

/* The spec of one of our objects, or NULL. */
struct json_object *world_source(const struct world *world, const char *kind, const char *space,
                                 const char *name);
/* A reference: a name, or an object with name and perhaps namespace. "" for none. */
const char *world_ref(struct json_object *reference, const char *usual_space,
                      const char **ret_space);

#endif
