/*
 * How clients come to a gateway besides its Service: an Ingress, HTTPRoutes of the
 * Gateway API, and the InferencePool whose endpoint picker chooses the pod.
 */
#include "render/render.h"

#define GATEWAY_GROUP "gateway.networking.k8s.io"
#define POOL_GROUP "inference.networking.k8s.io"

struct expose {
    struct render *render;
    const rctl_object *owner;
    const struct kinds_front *front;
    const struct exposure *exposure;
    const char *app;
};

static void open(const struct expose *e, const char *api_version, const char *kind,
                 const char *name, const struct text_node *annotations)
{
    render_open_with(e->render, api_version, kind, e->owner, name, e->app, e->front->component,
                     annotations);
}

/* ---- Ingress ---- */

static void put_rule(const struct expose *e, const char *host)
{
    struct text_builder *out = &e->render->builder;

    text_put_map(out, NULL);
    text_put_str(out, "host", host);
    text_put_map(out, "http");
    text_put_list(out, "paths");
    text_put_map(out, NULL);
    text_put_map(out, "backend");
    text_put_map(out, "service");
    text_put_str(out, "name", e->front->service);
    text_put_map(out, "port");
    text_put_str(out, "name", "http");
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
    text_put_str(out, "path", "/");
    text_put_str(out, "pathType", "Prefix");
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
}

static void put_hosts(const struct expose *e, const char *key)
{
    const struct schema_str *hosts = e->exposure->hosts.items;
    struct text_builder *out = &e->render->builder;

    if (e->exposure->hosts.n_items == 0)
        return;
    text_put_list(out, key);
    for (size_t i = 0; i < e->exposure->hosts.n_items; i++)
        text_put_str(out, NULL, hosts[i].v);
    text_put_end(out);
}

static void render_ingress(const struct expose *e)
{
    const struct schema_str *hosts = e->exposure->hosts.items;
    struct text_builder *out = &e->render->builder;

    open(e, "networking.k8s.io/v1", "Ingress", e->front->service, e->exposure->annotations);
    text_put_map(out, "spec");
    text_put_str(out, "ingressClassName", e->exposure->ingress_class_name.v);
    text_put_list(out, "rules");
    for (size_t i = 0; i < e->exposure->hosts.n_items; i++)
        put_rule(e, hosts[i].v);
    if (e->exposure->hosts.n_items == 0)
        put_rule(e, NULL);
    text_put_end(out);
    if (e->exposure->tls_secret_name.v) {
        text_put_list(out, "tls");
        text_put_map(out, NULL);
        put_hosts(e, "hosts");
        text_put_str(out, "secretName", e->exposure->tls_secret_name.v);
        text_put_end(out);
        text_put_end(out);
    }
    text_put_end(out);
    render_close(e->render, "networking.k8s.io/v1", "Ingress", e->owner, e->front->service);
}

/* ---- HTTPRoute ---- */

static void put_parents(const struct expose *e)
{
    const struct parent_ref *parents = e->exposure->parent_refs.items;
    struct text_builder *out = &e->render->builder;

    text_put_list(out, "parentRefs");
    for (size_t i = 0; i < e->exposure->parent_refs.n_items; i++) {
        text_put_map(out, NULL);
        text_put_str(out, "name", parents[i].name.v);
        text_put_str(out, "namespace", parents[i].name_space.v);
        text_put_str(out, "sectionName", parents[i].section_name.v);
        text_put_end(out);
    }
    text_put_end(out);
}

static void put_match(const struct expose *e, const char *model)
{
    struct text_builder *out = &e->render->builder;

    text_put_list(out, "matches");
    text_put_map(out, NULL);
    if (model) {
        text_put_list(out, "headers");
        text_put_map(out, NULL);
        text_put_str(out, "name", e->exposure->model_header.v);
        text_put_str(out, "type", "Exact");
        text_put_str(out, "value", model);
        text_put_end(out);
        text_put_end(out);
    }
    text_put_map(out, "path");
    text_put_str(out, "type", "PathPrefix");
    text_put_str(out, "value", "/");
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
}

static void put_service_ref(struct text_builder *out, const char *name, int32_t port,
                            int64_t weight)
{
    text_put_map(out, NULL);
    text_put_str(out, "name", name);
    text_put_int(out, "port", port);
    if (weight >= 0)
        text_put_int(out, "weight", weight);
    text_put_end(out);
}

static void put_pool_ref(const struct expose *e)
{
    struct text_builder *out = &e->render->builder;

    text_put_map(out, NULL);
    text_put_str(out, "group", POOL_GROUP);
    text_put_str(out, "kind", "InferencePool");
    text_put_str(out, "name", e->owner->name);
    text_put_end(out);
}

/* The backends of one model, as numbers that lead on to each other; -1 ends them. */
struct chain {
    const int32_t *next;
    int32_t first;
};

static void put_services(const struct expose *e, const struct chain *chain)
{
    const rctl_router_backend *backends = e->front->job.backends;

    for (int32_t i = chain->first; i >= 0; i = chain->next[i])
        put_service_ref(&e->render->builder, backends[i].service, backends[i].service_port,
                        backends[i].weight);
}

/* `chain` NULL: every request, to the router; else those of a model, to its services. */
static void render_route(const struct expose *e, const char *name, const struct chain *chain)
{
    const char *model = chain ? e->front->job.backends[chain->first].model : NULL;
    struct text_builder *out = &e->render->builder;

    open(e, GATEWAY_GROUP "/v1", "HTTPRoute", name, e->exposure->annotations);
    text_put_map(out, "spec");
    put_hosts(e, "hostnames");
    put_parents(e);
    text_put_list(out, "rules");
    text_put_map(out, NULL);
    text_put_list(out, "backendRefs");
    if (!chain)
        put_service_ref(out, e->front->service, e->front->service_port, -1);
    else if (e->exposure->inference_pool)
        put_pool_ref(e);
    else
        put_services(e, chain);
    text_put_end(out);
    put_match(e, model);
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
    render_close(e->render, GATEWAY_GROUP "/v1", "HTTPRoute", e->owner, name);
}

static void render_model_routes(const struct expose *e)
{
    struct base_arena *scratch = e->render->world->scratch;
    const rctl_router_job *job = &e->front->job;
    struct kinds_names models = kinds_names_new(scratch, job->n_backends);
    int32_t *next = base_arena_alloc(scratch, (job->n_backends + 1) * sizeof(*next));
    int32_t *last = base_arena_alloc(scratch, (job->n_backends + 1) * sizeof(*last));

    for (size_t i = 0; i < job->n_backends; i++) {
        size_t first = kinds_names_first(&models, job->backends[i].model, i);

        next[i] = -1;
        if (first != i)
            next[last[first]] = (int32_t)i;
        last[first] = (int32_t)i;
    }
    for (size_t i = 0; i < job->n_backends; i++)
        if (kinds_names_first(&models, job->backends[i].model, i) == i)
            render_route(e,
                         kinds_route_name(e->render->arena, e->owner->name,
                                          job->backends[i].model),
                         &(struct chain){next, (int32_t)i});
}

/* ---- InferencePool ---- */

static void render_pool(const struct expose *e)
{
    const struct inference_pool *pool = e->exposure->inference_pool;
    const rctl_router_job *job = &e->front->job;
    const rctl_router_selector *pods = &job->selectors[0];
    struct text_builder *out = &e->render->builder;
    int64_t port = pool->endpoint_picker_ref->port.at ? pool->endpoint_picker_ref->port.v
                                                      : KINDS_PICKER_PORT;

    open(e, POOL_GROUP "/v1", "InferencePool", e->owner->name, NULL);
    text_put_map(out, "spec");
    text_put_map(out, "endpointPickerRef");
    text_put_str(out, "failureMode", pool->failure_mode.v);
    text_put_str(out, "name", pool->endpoint_picker_ref->name.v);
    text_put_map(out, "port");
    text_put_int(out, "number", port);
    text_put_end(out);
    text_put_end(out);
    text_put_map(out, "selector");
    text_put_map(out, "matchLabels");
    for (size_t i = 0; i < pods->n_labels; i++)
        text_put_str(out, pods->keys[i], pods->values[i]);
    text_put_end(out);
    text_put_end(out);
    text_put_list(out, "targetPorts");
    text_put_map(out, NULL);
    text_put_int(out, "number", job->pod_port);
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
    render_close(e->render, POOL_GROUP "/v1", "InferencePool", e->owner, e->owner->name);
}

void render_exposure(struct render *render, const rctl_object *owner,
                     const struct kinds_front *front, const struct igw_spec *spec)
{
    struct expose e = {.render = render, .owner = owner, .front = front,
                       .exposure = spec->exposure};

    if (!e.exposure || !front->solution.chosen)
        return;
    e.app = front->solution.chosen->router->name;
    if (base_str_eq(e.exposure->type.v, "Ingress")) {
        render_ingress(&e);
    } else if (base_str_eq(e.exposure->type.v, "HTTPRoute") && front->image) {
        render_route(&e, front->service, NULL);
    } else if (base_str_eq(e.exposure->type.v, "HTTPRoute")) {
        render_model_routes(&e);
        if (e.exposure->inference_pool)
            render_pool(&e);
    }
}
