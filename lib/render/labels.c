/* Labels and selectors: the same function for what selects and what is selected. */
#include "render/render.h"

/* Values of labels hold 63 characters; longer names are shortened like children's. */
static const char *instance_of(struct render *render, const rctl_object *owner)
{
    return kinds_child_name(render->arena, owner->name, "");
}

void render_put_selector(struct render *render, const char *key, const rctl_object *owner,
                         const char *component)
{
    struct text_builder *out = &render->builder;

    text_put_map(out, key);
    text_put_str(out, "app.kubernetes.io/component", component);
    text_put_str(out, "app.kubernetes.io/instance", instance_of(render, owner));
    text_put_str(out, "app.kubernetes.io/managed-by", KINDS_MANAGER);
    text_put_end(out);
}

void render_put_labels(struct render *render, const char *key, const rctl_object *owner,
                       const char *app, const char *component)
{
    struct text_builder *out = &render->builder;

    text_put_map(out, key);
    text_put_str(out, "app.kubernetes.io/component", component);
    text_put_str(out, "app.kubernetes.io/instance", instance_of(render, owner));
    text_put_str(out, "app.kubernetes.io/managed-by", KINDS_MANAGER);
    text_put_str(out, "app.kubernetes.io/name", app);
    text_put_end(out);
}
