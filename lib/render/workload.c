/*
 * The Deployment of an engine. Facts about the engine come from its descriptor and
 * its resolved job; the user's pod template overlay is merged last, as kubectl
 * would merge it.
 */
#include "render/render.h"

enum { PROBE_PERIOD = 10 };

static void put_probe(const struct render_workload *work, struct text_builder *out,
                      const char *key, const char *path, int64_t period, int64_t failures)
{
    render_put_probe(out, key,
                     &(struct render_probe){.path = path,
                                            .port = "http",
                                            .period = period,
                                            .failures = failures,
                                            .timeout = work->job->engine->probe_timeout_seconds});
}

static void put_container(struct render *render, const struct render_workload *work,
                          struct render_remarks *ret_remarks)
{
    const rctl_engine *engine = work->job->engine;
    const struct engine_result *result = &work->job->result;
    struct text_builder *out = &render->builder;

    text_put_map(out, NULL);
    text_put_str(out, "name", engine->name);
    text_put_str(out, "image", work->job->image);
    render_put_args(render, work, ret_remarks);
    render_put_env(render, work);
    text_put_list(out, "ports");
    render_put_port(out, "http", work->job->job.port);
    for (size_t i = 0; i < result->n_ports; i++)
        render_put_port(out, result->ports[i].name, result->ports[i].number);
    text_put_end(out);
    render_put_resources(render, work);
    put_probe(work, out, "startupProbe", engine->health_path, PROBE_PERIOD,
              (engine->startup_seconds + PROBE_PERIOD - 1) / PROBE_PERIOD);
    put_probe(work, out, "readinessProbe", engine->ready_path, 5, 3);
    put_probe(work, out, "livenessProbe", engine->health_path, PROBE_PERIOD, 3);
    render_put_pre_stop(render, render_grace(work->job).pre_stop);
    render_put_container_security(out, /* drop_all= */ engine->run_as_user != 0,
                                  /* read_only_root= */ false);
    render_put_mounts(render, work);
    text_put_end(out);
}

static void put_topology(const struct render_workload *work, struct text_builder *out)
{
    const struct topology_hint *topology = work->topology;

    if (!topology)
        return;
    if (topology->node_selector)
        text_put_node(out, "nodeSelector", topology->node_selector);
    if (topology->affinity)
        text_put_node(out, "affinity", topology->affinity);
    if (topology->tolerations)
        text_put_node(out, "tolerations", topology->tolerations);
}

static void put_pairs(struct render *render, const struct engine_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        text_put_str(&render->builder, render_text(render, pairs[i].key), pairs[i].value);
}

/* The template without the annotation that holds its own hash. */
static const struct text_node *make_template(struct render *render,
                                             const struct render_workload *work,
                                             struct render_remarks *ret_remarks)
{
    const struct engine_result *result = &work->job->result;
    struct text_builder *out = &render->builder;
    const struct text_node *template;

    text_put_map(out, NULL);
    text_put_map(out, "metadata");
    if (result->n_annotations) {
        text_put_map(out, "annotations");
        put_pairs(render, result->annotations, result->n_annotations);
        text_put_end(out);
    }
    text_put_map(out, "labels");
    text_put_str(out, "app.kubernetes.io/component", work->component);
    text_put_str(out, "app.kubernetes.io/instance",
                 kinds_child_name(render->arena, work->owner->name, ""));
    text_put_str(out, "app.kubernetes.io/managed-by", KINDS_MANAGER);
    text_put_str(out, "app.kubernetes.io/name", work->job->engine->name);
    /* What the production-stack router reads when it discovers pods by itself. */
    text_put_str(out, "model", kinds_child_name(render->arena, work->name, ""));
    put_pairs(render, result->labels, result->n_labels);
    text_put_end(out);
    text_put_end(out);
    text_put_map(out, "spec");
    text_put_list(out, "containers");
    put_container(render, work, ret_remarks);
    text_put_end(out);
    render_put_volumes(render, work);
    put_topology(work, out);
    if (work->pull_secrets)
        text_put_node(out, "imagePullSecrets", work->pull_secrets);
    /* A Service called like the engine would inject VLLM_PORT and the like. */
    text_put_bool(out, "enableServiceLinks", false);
    text_put_bool(out, "automountServiceAccountToken", false);
    render_put_pod_security(out, work->job->engine->run_as_user);
    text_put_int(out, "terminationGracePeriodSeconds", render_grace(work->job).total);
    text_put_end(out);
    text_put_end(out);
    template = text_build_finish(out);
    return work->pod_template
               ? schema_merge(&shape_pod_template, template, work->pod_template, render->arena)
               : template;
}

void render_workload(struct render *render, const struct render_workload *work)
{
    struct text_builder *out = &render->builder;
    struct render_remarks remarks;
    const struct text_node *template = make_template(render, work, &remarks);

    template = render_add_hash(render, template);
    render_open(render, "apps/v1", "Deployment", work->owner, work->name, work->job->engine->name,
                work->component);
    text_put_map(out, "spec");
    /* A large model takes longer to load than the default of ten minutes. */
    text_put_int(out, "progressDeadlineSeconds", work->job->engine->startup_seconds + 600);
    text_put_int(out, "replicas", work->replicas);
    text_put_map(out, "selector");
    render_put_selector(render, "matchLabels", work->owner, work->component);
    text_put_end(out);
    /* No surge: spare GPUs for one more pod are the exception. */
    text_put_map(out, "strategy");
    text_put_map(out, "rollingUpdate");
    text_put_int(out, "maxSurge", 0);
    text_put_int(out, "maxUnavailable", 1);
    text_put_end(out);
    text_put_str(out, "type", "RollingUpdate");
    text_put_end(out);
    text_put_node(out, "template", template);
    text_put_end(out);
    render_close(render, "apps/v1", "Deployment", work->owner, work->name)->remarks = remarks;
}
