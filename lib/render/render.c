/*
 * The way through a world: object by object, each into its outputs; then the
 * outputs in an order that depends on names only.
 */
#include "render/render.h"

static void tell(struct render *render, enum diag_code code, rctl_object *object,
                 const struct text_node *at, const char *path, const char *hint,
                 const char *message)
{
    struct text_mark mark = at && at->mark.line ? at->mark : object->mark;

    diag_add(render->world->diags, code,
             (struct diag_mark){object->file, mark.line, mark.column},
             kinds_object_label(object, render->world->scratch), path, hint,
             "%s", message);
    if (diag_code_severity(code) == RCTL_SEVERITY_ERROR)
        object->has_errors = true;
}

/* ---- one function a kind ---- */

static void render_infsvc(struct render *render, rctl_object *object,
                          const struct infsvc_spec *spec)
{
    struct rctl_diags diags = kinds_silent(render->world);
    struct kinds_front front;
    struct kinds_job job;
    struct render_workload work = {
        .owner = object,
        .component = "engine",
        .job = &job,
        .model = spec->model,
        .topology = spec->topology_hint,
        .resources = spec->resources,
        .env = spec->env,
        .pull_secrets = spec->image_pull_secrets,
        .pod_template = spec->pod_template,
        .replicas = spec->replicas.v,
    };

    if (spec->prefill_decoding_ref) {
        if (kinds_service_front(render->world, object, spec, &diags, &front))
            render_front(render, object, &front, NULL);
        return;
    }
    if (!kinds_service_job(render->world, object, spec, &diags, &job))
        return;
    if (!render->world->in_cluster &&
        (!spec->backend_mode.at || strcmp(spec->backend_mode.v, "Auto") == 0))
        tell(render, DIAG_RENDER_AUTO_MANAGED, object, spec->backend_mode.at, "spec.backendMode",
             "set backendMode to Managed or External to say which it is",
             "rendered as Managed: without a cluster nobody can tell whether the Service exists");
    work.name = kinds_service_name(object, spec);
    render_workload(render, &work);
    render_service(render, &(struct render_service){.owner = object,
                                                    .name = work.name,
                                                    .component = work.component,
                                                    .app = job.engine->name,
                                                    .port = job.job.port});
}

static void render_pdd(struct render *render, rctl_object *object, const struct pdd_spec *spec)
{
    static const char *const components[] = {"prefill", "decode"};
    struct rctl_diags diags = kinds_silent(render->world);
    struct kinds_job jobs[2];

    if (!kinds_pdd_jobs(render->world, object, spec, &diags, jobs))
        return;
    for (int half = 0; half < 2; half++) {
        struct render_workload work = {
            .owner = object,
            .name = kinds_child_name(render->arena, object->name, half ? "-decode" : "-prefill"),
            .component = components[half],
            .job = &jobs[half],
            .model = spec->model,
            .topology = spec->topology_hint,
            .resources = half ? spec->decode_resources : spec->prefill_resources,
            .env = spec->env,
            .pull_secrets = spec->image_pull_secrets,
            .pod_template = spec->pod_template,
            .replicas = half ? spec->decode_replicas.v : spec->prefill_replicas.v,
        };

        render_workload(render, &work);
        render_service(render, &(struct render_service){.owner = object,
                                                        .name = work.name,
                                                        .component = work.component,
                                                        .app = jobs[half].engine->name,
                                                        .port = jobs[half].job.port,
                                                        .headless = true,
                                                        .more = jobs[half].result.ports,
                                                        .n_more = jobs[half].result.n_ports});
    }
}

static void render_igw(struct render *render, rctl_object *object, const struct igw_spec *spec)
{
    struct rctl_diags diags = kinds_silent(render->world);
    struct kinds_front front;

    if (!kinds_gateway_front(render->world, object, spec, &diags, &front))
        return;
    if (front.image)
        render_front(render, object, &front, spec);
    render_exposure(render, object, &front, spec);
}

void render_one(struct render *render, rctl_object *object)
{
    const struct schema_shape *shape = object->kind->spec;
    const void *spec;

    base_arena_reset(render->world->scratch);
    /* Parts of it become parts of the outputs, and must live as long. */
    spec = kinds_object_spec(object, render->arena);
    if (object->has_errors || !spec)
        return;
    if (shape == &shape_infsvc_spec) {
        render_infsvc(render, object, spec);
    } else if (shape == &shape_pdd_spec) {
        render_pdd(render, object, spec);
    } else if (shape == &shape_icache_spec) {
        const struct cache_tiers *tiers = ((const struct icache_spec *)spec)->tiers;

        if (tiers && tiers->server && tiers->server->enabled.v)
            render_cache_server(render, object, spec);
    } else if (shape == &shape_sroute_spec) {
        render_static_config(render, object, spec);
    } else if (shape == &shape_igw_spec) {
        render_igw(render, object, spec);
    }
}

/* ---- what may be rendered ---- */

/* Objects that refer to one that is left out are left out, too, and so on. */
static bool *find_unsound(const struct kinds_world *world)
{
    bool *unsound = base_arena_zalloc(world->scratch, world->n_objects + 1);
    uint32_t *open = base_arena_alloc(world->scratch, (world->n_objects + 1) * sizeof(*open));
    size_t n = 0;

    for (size_t i = 0; i < world->n_objects; i++) {
        unsound[i] = world->objects[i]->has_errors || world->objects[i]->lacks_target;
        if (unsound[i])
            open[n++] = (uint32_t)i;
    }
    while (n > 0) {
        uint32_t at = open[--n];

        for (uint32_t k = world->first_to[at]; k < world->first_to[at + 1]; k++) {
            uint32_t from = world->edges[world->edges_to[k]].from;

            if (!unsound[from])
                open[n++] = from;
            unsound[from] = true;
        }
    }
    return unsound;
}

static void tell_unsound(struct render *render, rctl_object *object, const bool *unsound)
{
    struct kinds_world *world = render->world;
    size_t edge = world->first_from[object->index];

    if (object->lacks_target) {
        /* As a warning it was told by the check; here it is the reason for a gap. */
        tell(render, DIAG_RENDER_BROKEN_TARGET, object, NULL, "spec",
             "pass the file that holds it as well",
             "an object that this one refers to is not among the given files");
        return;
    }
    while (!unsound[world->edges[edge].to])
        edge++;
    tell(render, DIAG_RENDER_BROKEN_TARGET, object, NULL,
         base_arena_format(world->scratch, "spec.%s", world->edges[edge].field->name),
         "correct the errors of that object first",
         base_arena_format(world->scratch, "%s has errors, so this object is not rendered",
                           kinds_object_label(world->objects[world->edges[edge].to],
                                              world->scratch)));
}

void render_check(struct render *render)
{
    struct kinds_world *world = render->world;
    const bool *unsound;

    kinds_world_check(world);
    unsound = find_unsound(world);
    for (size_t i = 0; i < world->n_ours; i++)
        if (unsound[world->ours[i]->index] && !world->ours[i]->has_errors)
            tell_unsound(render, world->ours[i], unsound);
    base_arena_reset(world->scratch);
}

/* ---- order ---- */

static int compare_outputs(const void *one, const void *other)
{
    const struct render_output *a = one, *b = other;
    int order = (a->owner == NULL) - (b->owner == NULL);

    if (order == 0 && a->name_space && b->name_space)
        order = strcmp(a->name_space, b->name_space);
    if (order == 0 && a->owner) {
        order = (a->owner->kind > b->owner->kind) - (a->owner->kind < b->owner->kind);
        if (order == 0)
            order = strcmp(a->owner->name, b->owner->name);
    }
    if (order == 0)
        order = (a->order > b->order) - (a->order < b->order);
    return order;
}

static void pass_through(struct render *render)
{
    struct kinds_world *world = render->world;

    for (size_t i = 0; i < world->n_others; i++) {
        const struct text_node *root = world->others[i].root;
        const struct text_node *meta = text_get(root, "metadata");
        const char *api_version = text_get_str(root, "apiVersion");
        const char *kind = text_get_str(root, "kind"), *name = text_get_str(meta, "name");
        const char *name_space = text_get_str(meta, "namespace");

        *render_add(render) = (struct render_output){
            .api_version = api_version ? api_version : "",
            .kind = kind ? kind : "",
            .name_space = name_space ? name_space : "",
            .name = name ? name : "",
            .root = root,
            .order = render->n_outputs,
        };
    }
}

void render_world(struct render *render)
{
    struct kinds_world *world = render->world;
    struct render_output *spare;

    render_check(render);
    for (size_t i = 0; i < world->n_ours; i++)
        render_one(render, world->ours[i]);
    base_arena_reset(world->scratch);
    pass_through(render);
    if (render->n_outputs == 0)
        return;
    spare = base_arena_alloc(world->scratch, render->n_outputs * sizeof(*spare));
    base_sort(render->outputs, spare, render->n_outputs, sizeof(*spare), compare_outputs);
    base_arena_reset(world->scratch);
}
