/* Services in front of engine pods. */
#include "render/render.h"

static void put_port(struct text_builder *out, const char *name, int64_t port, const char *target)
{
    text_put_map(out, NULL);
    text_put_str(out, "name", name);
    text_put_int(out, "port", port);
    text_put_str(out, "protocol", "TCP");
    text_put_str(out, "targetPort", target);
    text_put_end(out);
}

void render_service(struct render *render, const struct render_service *service)
{
    struct text_builder *out = &render->builder;

    render_open_with(render, "v1", "Service", service->owner, service->name, service->app,
                     service->component, service->annotations);
    text_put_map(out, "spec");
    if (service->headless)
        text_put_str(out, "clusterIP", "None");
    text_put_list(out, "ports");
    put_port(out, "http", service->port, "http");
    for (size_t i = 0; i < service->n_more; i++)
        put_port(out, render_text(render, service->more[i].name), service->more[i].number,
                 service->more[i].name);
    text_put_end(out);
    render_put_selector(render, "selector", service->owner, service->component);
    text_put_str(out, "type", service->type ? service->type : "ClusterIP");
    text_put_end(out);
    render_close(render, "v1", "Service", service->owner, service->name);
}
