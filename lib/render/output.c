/* Outputs: how each of them starts and ends, and the list that they stand in. */
#include "render/render.h"

const char *render_text(struct render *render, const char *text)
{
    return base_arena_text(render->arena, text, strlen(text));
}

void render_open(struct render *render, const char *api_version, const char *kind,
                 const rctl_object *owner, const char *name, const char *app,
                 const char *component)
{
    render_open_with(render, api_version, kind, owner, name, app, component, NULL);
}

void render_open_with(struct render *render, const char *api_version, const char *kind,
                      const rctl_object *owner, const char *name, const char *app,
                      const char *component, const struct text_node *annotations)
{
    struct text_builder *out = &render->builder;

    text_put_map(out, NULL);
    text_put_str(out, "apiVersion", api_version);
    text_put_str(out, "kind", kind);
    text_put_map(out, "metadata");
    if (annotations)
        text_put_node(out, "annotations", annotations);
    render_put_labels(render, "labels", owner, app, component);
    text_put_str(out, "name", name);
    text_put_str(out, "namespace", owner->name_space);
    text_put_end(out);
}

struct render_output *render_add(struct render *render)
{
    if (render->n_outputs == render->room) {
        struct render_output *larger;

        render->room = render->room ? 2 * render->room : 16;
        larger = base_arena_alloc(render->arena, render->room * sizeof(*larger));
        if (render->n_outputs)
            memcpy(larger, render->outputs, render->n_outputs * sizeof(*larger));
        render->outputs = larger;
    }
    return &render->outputs[render->n_outputs++];
}

struct render_output *render_close(struct render *render, const char *api_version,
                                   const char *kind, const rctl_object *owner, const char *name)
{
    struct render_output *output = render_add(render);

    text_put_end(&render->builder);
    *output = (struct render_output){
        .api_version = api_version,
        .kind = kind,
        .name_space = owner->name_space,
        .name = name,
        .root = text_build_finish(&render->builder),
        .owner = owner,
        .order = render->n_outputs,
    };
    return output;
}
