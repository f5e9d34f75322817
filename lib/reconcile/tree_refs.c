/* What an object refers to, there or not, and who refers to it. */
#include "graph/graph.h"
#include "reconcile/tree.h"

/* ---- references ---- */

struct refs {
    struct tree_maker *maker;
    const void *spec;
};

static const char *member(const struct schema_field *field, const void *ref, const char *name)
{
    const struct schema_str *text = kinds_ref_text(field, ref, name);

    return text ? text->v : NULL;
}

/* What the target says of itself, when it is there. */
static void put_target(struct tree_maker *maker, const char *kind, const char *name_space,
                       const char *name)
{
    const struct kinds_world *kinds = maker->index->world->kinds;
    const rctl_object *found = kinds_world_find(kinds, kind, name_space, name);
    enum reconcile_resource resource = reconcile_find_resource(RCTL_API_VERSION, kind);
    const struct reconcile_object *object =
        resource == RES__COUNT
            ? NULL
            : reconcile_find(maker->index->world, resource, name_space, name);

    text_put_bool(maker->out, "found", found != NULL);
    if (object) {
        struct reconcile_condition ready = tree_ready(object, maker->arena);

        tree_put_condition(maker->out, "ready", &ready);
    } else if (found && strcmp(name_space, maker->self->name_space) == 0) {
        tree_put_endpoints(maker, name);
    }
}

/* A backend that is ours stands among the children; one of others may be a gateway of ours. */
static const char *kind_of_backend(const struct refs *refs, const char *name_space,
                                   const char *name)
{
    const struct infsvc_spec *spec = refs->spec;
    const struct kinds_world *kinds = refs->maker->index->world->kinds;

    if (!base_str_eq(spec->backend_mode.v, "External"))
        return NULL;
    return kinds_world_find(kinds, "InferenceGateway", name_space, name) ? "InferenceGateway"
                                                                         : "Service";
}

static void put_reference(void *ctx, const struct schema_field *field, const void *ref,
                          const struct text_path *path)
{
    struct refs *refs = ctx;
    struct tree_maker *maker = refs->maker;
    const char *name = member(field, ref, "name"), *kind = member(field, ref, "kind");
    const char *given = member(field, ref, "namespace");
    const char *name_space = given ? given : maker->self->name_space;

    if (!name)
        return;
    kind = field->shape == &shape_backend_ref ? kind_of_backend(refs, name_space, name)
           : kind                             ? kind
                                              : field->target;
    if (!kind)
        return;
    text_put_map(maker->out, NULL);
    text_put_str(maker->out, "field", text_path_print(path, maker->arena));
    text_put_str(maker->out, "kind", kind);
    text_put_str(maker->out, "namespace", name_space);
    text_put_str(maker->out, "name", name);
    put_target(maker, kind, name_space, name);
    text_put_end(maker->out);
}

/* As the status last said; NULL when it does not. */
static const char *health_of(const struct tree_maker *maker, const char *url)
{
    const struct text_node *list = text_get(text_get(maker->self->root, "status"), "backends");

    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++)
        if (base_str_eq(text_get_str(&list->u.items[i], "url"), url))
            return text_get_str(&list->u.items[i], "health");
    return NULL;
}

/* The URLs of a StaticRoute, without the passwords that they may hold. */
static void put_backends(struct tree_maker *maker, const struct sroute_spec *spec)
{
    struct kinds_csv urls;

    if (!spec->static_backends.v)
        return;
    urls = kinds_csv_split(spec->static_backends.v, maker->arena);
    for (size_t i = 0; i < urls.n_items; i++) {
        if (urls.items[i][0] == '\0')
            continue;
        text_put_map(maker->out, NULL);
        text_put_str(maker->out, "field", "spec.staticBackends");
        text_put_str(maker->out, "url", graph_safe_url(urls.items[i], maker->arena));
        text_put_str(maker->out, "health", health_of(maker, urls.items[i]));
        text_put_end(maker->out);
    }
}

void tree_put_references(struct tree_maker *maker)
{
    const struct text_path path = {NULL, "spec", 0};
    const rctl_object *ours = maker->self->ours;
    struct refs refs = {maker, kinds_object_spec(ours, maker->arena)};

    text_put_list(maker->out, "references");
    if (refs.spec) {
        schema_each_ref(ours->kind->spec, refs.spec, &path, put_reference, &refs);
        if (ours->kind->spec == &shape_sroute_spec)
            put_backends(maker, refs.spec);
    }
    text_put_end(maker->out);
}

/* ---- users ---- */

static int compare_users(const void *one, const void *other)
{
    const rctl_object *a = *(const rctl_object *const *)one;
    const rctl_object *b = *(const rctl_object *const *)other;
    int order = strcmp(a->kind->kind, b->kind->kind);

    if (order == 0)
        order = strcmp(a->name_space, b->name_space);
    return order ? order : strcmp(a->name, b->name);
}

/* Each once, however often it refers to it. */
void tree_put_users(struct tree_maker *maker)
{
    const struct kinds_world *kinds = maker->index->world->kinds;
    uint32_t first = kinds->first_to[maker->self->ours->index];
    uint32_t end = kinds->first_to[maker->self->ours->index + 1];
    size_t n = end - first;
    const rctl_object **users = base_arena_alloc(maker->arena, (n + 1) * 2 * sizeof(*users));

    for (size_t i = 0; i < n; i++)
        users[i] = kinds->objects[kinds->edges[kinds->edges_to[first + i]].from];
    base_sort(users, users + n, n, sizeof(*users), compare_users);
    text_put_list(maker->out, "usedBy");
    for (size_t i = 0; i < n; i++) {
        if (i && users[i] == users[i - 1])
            continue;
        text_put_map(maker->out, NULL);
        text_put_str(maker->out, "kind", users[i]->kind->kind);
        text_put_str(maker->out, "namespace", users[i]->name_space);
        text_put_str(maker->out, "name", users[i]->name);
        text_put_end(maker->out);
    }
    text_put_end(maker->out);
}
