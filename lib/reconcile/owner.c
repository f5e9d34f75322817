/*
 * Whose an object is: ours by the owner reference that controls it and its uid, ours by
 * labels when nobody controls it, or somebody else's, which is never touched.
 */
#include "reconcile/reconcile.h"

/* The labels by which a component of an owner is found; see render/labels.c. */
static bool has_our_labels(const struct reconcile_object *object,
                           const struct reconcile_object *owner, const char *component,
                           struct base_arena *scratch)
{
    const struct text_node *labels = text_get(object->meta, "labels");

    return base_str_eq(text_get_str(labels, "app.kubernetes.io/managed-by"), KINDS_MANAGER) &&
           base_str_eq(text_get_str(labels, "app.kubernetes.io/component"), component) &&
           base_str_eq(text_get_str(labels, "app.kubernetes.io/instance"),
                       kinds_child_name(scratch, owner->name, ""));
}

enum reconcile_ownership reconcile_ownership(const struct reconcile_object *object,
                                             const struct reconcile_object *owner,
                                             const char *component, struct base_arena *scratch)
{
    const char *uid = text_get_str(object->controller, "uid");

    if (object->controller)
        return owner->uid[0] && base_str_eq(uid, owner->uid) ? OWNED_BY_US : OWNED_BY_OTHERS;
    return has_our_labels(object, owner, component, scratch) ? OURS_BY_LABELS : OWNED_BY_OTHERS;
}

static bool is_foreign(const struct reconcile_world *world, const struct reconcile_object *self)
{
    const struct infsvc_spec *spec = kinds_object_spec(self->ours, world->scratch);
    const struct reconcile_object *service;

    /* A router in front of halves has to be ours: a Service in its way is told as such. */
    if (!spec || spec->prefill_decoding_ref || !base_str_eq(spec->backend_mode.v, "Auto"))
        return false;
    service = reconcile_find(world, RES_SERVICE, self->name_space,
                             kinds_service_name(self->ours, spec));
    if (!service ||
        reconcile_ownership(service, self, "engine", world->scratch) != OWNED_BY_OTHERS)
        return false;
    /* Two of our objects that want one name quarrel about it; neither is a backend. */
    return !base_str_eq(text_get_str(service->controller, "apiVersion"), RCTL_API_VERSION);
}

void reconcile_find_foreign_backends(struct reconcile_world *world)
{
    for (size_t i = 0; i < world->n_items; i++) {
        struct reconcile_object *item = &world->items[i];

        if (item->resource != RES_INFSVC || !item->ours)
            continue;
        base_arena_reset(world->scratch);
        item->ours->backend_is_foreign = is_foreign(world, item);
    }
}
