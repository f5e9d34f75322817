/*
 * The router of a gateway, or the one in front of prefill and decode pods: its
 * Deployment and Service, and the objects that these need. Facts about the router
 * come from its descriptor and its resolved job.
 */
#include "render/render.h"

enum { PRE_STOP = 5, MARGIN = 10, PROBE_PERIOD = 5 };

struct front {
    struct render *render;
    const rctl_object *owner;
    const struct kinds_front *front;
    const struct igw_spec *gateway; /* NULL in front of halves */
    const rctl_router *router;
    const char *account, *files; /* names of the ServiceAccount and ConfigMap; NULL without */
};

/* ---- the pod ---- */

static void put_args(const struct front *f, struct render_remarks *ret_remarks)
{
    const struct router_result *result = &f->front->result;
    struct render *render = f->render;
    struct text_builder *out = &render->builder;
    const char **why = base_arena_alloc(render->arena, (result->n_words + 1) * sizeof(*why));
    struct text_node list;

    if (f->router->command)
        render_put_words(out, "command", f->router->command);
    text_build_key(out, "args", 4, (struct text_mark){0, 0}, /* copy= */ false);
    text_build_open(out, TEXT_LIST, (struct text_mark){0, 0});
    for (size_t i = 0; i < result->n_words; i++) {
        const struct router_word *word = &result->words[i];

        text_put_str(out, NULL,
                     word->variable ? word->text : render_escape_dollar(render, word->text));
        why[i] = word->why ? render_text(render, word->why) : NULL;
    }
    list = text_build_close(out);
    *ret_remarks = (struct render_remarks){list.u.items, why, result->n_words};
}

static void put_env(const struct front *f)
{
    const struct router_result *result = &f->front->result;
    const struct secret_key_ref *key = f->front->choice->api_key_secret_ref;
    struct text_builder *out = &f->render->builder;

    text_put_list(out, "env");
    /* Its user has no home in the image, and nothing but /tmp can be written. */
    render_put_env_value(out, "HOME", "/tmp");
    if (f->front->job.api_key_env && key)
        render_put_secret_env(out, f->front->job.api_key_env, key);
    for (size_t i = 0; i < result->n_env; i++)
        render_put_env_value(out, render_text(f->render, result->env[i].name),
                             result->env[i].value);
    text_put_end(out);
}

static void put_probe(const struct front *f, const char *key, const char *path, int64_t failures)
{
    render_put_probe(&f->render->builder, key,
                     &(struct render_probe){.path = path,
                                            .port = "http",
                                            .period = PROBE_PERIOD,
                                            .failures = failures,
                                            .timeout = 3});
}

static void put_resources(const struct front *f)
{
    struct text_builder *out = &f->render->builder;

    if (f->front->choice->resources) {
        text_put_node(out, "resources", f->front->choice->resources);
        return;
    }
    text_put_map(out, "resources");
    text_put_map(out, "limits");
    text_put_str(out, "memory", f->router->memory);
    text_put_end(out);
    text_put_map(out, "requests");
    text_put_str(out, "cpu", f->router->cpu);
    text_put_str(out, "memory", f->router->memory);
    text_put_end(out);
    text_put_end(out);
}

static void put_mounts(const struct front *f)
{
    struct text_builder *out = &f->render->builder;

    text_put_list(out, "volumeMounts");
    render_put_mount(out, "tmp", "/tmp", /* read_only= */ false);
    if (f->files)
        render_put_mount(out, "files", KINDS_ROUTER_DIR, /* read_only= */ true);
    if (f->front->job.ca_file)
        render_put_mount(out, "backend-ca", KINDS_ROUTER_CA_DIR, /* read_only= */ true);
    text_put_end(out);
}

static void put_volumes(const struct front *f)
{
    struct text_builder *out = &f->render->builder;

    text_put_list(out, "volumes");
    render_put_empty_dir(out, "tmp", NULL, "256Mi");
    if (f->files) {
        text_put_map(out, NULL);
        text_put_map(out, "configMap");
        text_put_str(out, "name", f->files);
        text_put_end(out);
        text_put_str(out, "name", "files");
        text_put_end(out);
    }
    if (f->front->job.ca_file) {
        text_put_map(out, NULL);
        text_put_str(out, "name", "backend-ca");
        text_put_map(out, "secret");
        text_put_str(out, "secretName", f->gateway->backend_tls->ca_secret_ref->name.v);
        text_put_end(out);
        text_put_end(out);
    }
    text_put_end(out);
}

static void put_container(const struct front *f, struct render_remarks *ret_remarks)
{
    const rctl_router *router = f->router;
    struct text_builder *out = &f->render->builder;

    text_put_map(out, NULL);
    text_put_str(out, "name", "router");
    text_put_str(out, "image", f->front->image);
    put_args(f, ret_remarks);
    put_env(f);
    text_put_list(out, "ports");
    render_put_port(out, "http", f->front->job.port);
    if (router->metrics_port_flag)
        render_put_port(out, "metrics", ROUTER_METRICS_PORT);
    text_put_end(out);
    put_resources(f);
    put_probe(f, "startupProbe", router->live_path,
              (router->startup_seconds + PROBE_PERIOD - 1) / PROBE_PERIOD);
    put_probe(f, "readinessProbe", router->ready_path, 3);
    put_probe(f, "livenessProbe", router->live_path, 6);
    render_put_pre_stop(f->render, PRE_STOP);
    render_put_container_security(out, /* drop_all= */ true, router->read_only_root);
    put_mounts(f);
    text_put_end(out);
}

/* Files that are read at the start only: another text means other pods. */
static const char *hash_of_files(const struct front *f)
{
    const struct router_result *result = &f->front->result;
    struct base_buf all;

    base_buf_init(&all, f->render->world->scratch, NULL);
    for (size_t i = 0; i < result->n_files; i++)
        if (result->files[i].restart)
            base_buf_format(&all, "%s\n%s\n", result->files[i].name, result->files[i].text);
    return all.len ? render_hash(f->render, all.data, all.len) : NULL;
}

static void put_spread(const struct front *f)
{
    struct text_builder *out = &f->render->builder;

    if (f->front->choice->replicas.v < 2)
        return;
    text_put_list(out, "topologySpreadConstraints");
    text_put_map(out, NULL);
    text_put_map(out, "labelSelector");
    render_put_selector(f->render, "matchLabels", f->owner, f->front->component);
    text_put_end(out);
    text_put_int(out, "maxSkew", 1);
    text_put_str(out, "topologyKey", "kubernetes.io/hostname");
    text_put_str(out, "whenUnsatisfiable", "ScheduleAnyway");
    text_put_end(out);
    text_put_end(out);
}

static const struct text_node *make_template(const struct front *f,
                                             struct render_remarks *ret_remarks)
{
    struct text_builder *out = &f->render->builder;
    const char *hash = hash_of_files(f);

    text_put_map(out, NULL);
    text_put_map(out, "metadata");
    if (hash) {
        text_put_map(out, "annotations");
        text_put_str(out, RCTL_GROUP "/file-hash", hash);
        text_put_end(out);
    }
    render_put_labels(f->render, "labels", f->owner, f->router->name, f->front->component);
    text_put_end(out);
    text_put_map(out, "spec");
    text_put_list(out, "containers");
    put_container(f, ret_remarks);
    text_put_end(out);
    put_volumes(f);
    put_spread(f);
    text_put_bool(out, "enableServiceLinks", false);
    text_put_bool(out, "automountServiceAccountToken", f->account != NULL);
    text_put_str(out, "serviceAccountName", f->account);
    render_put_pod_security(out, f->router->run_as_user);
    text_put_int(out, "terminationGracePeriodSeconds",
                 PRE_STOP + f->router->stop_seconds + MARGIN);
    text_put_end(out);
    text_put_end(out);
    return render_add_hash(f->render, text_build_finish(out));
}

static void render_deployment(const struct front *f)
{
    struct render *render = f->render;
    struct text_builder *out = &render->builder;
    struct render_remarks remarks;
    const struct text_node *template = make_template(f, &remarks);
    const char *name = f->front->service;

    render_open(render, "apps/v1", "Deployment", f->owner, name, f->router->name,
                f->front->component);
    text_put_map(out, "spec");
    text_put_int(out, "progressDeadlineSeconds", f->router->startup_seconds + 600);
    text_put_int(out, "replicas", f->front->choice->replicas.v);
    text_put_map(out, "selector");
    render_put_selector(render, "matchLabels", f->owner, f->front->component);
    text_put_end(out);
    text_put_map(out, "strategy");
    text_put_map(out, "rollingUpdate");
    text_put_int(out, "maxSurge", 1);
    text_put_int(out, "maxUnavailable", 0);
    text_put_end(out);
    text_put_str(out, "type", "RollingUpdate");
    text_put_end(out);
    text_put_node(out, "template", template);
    text_put_end(out);
    render_close(render, "apps/v1", "Deployment", f->owner, name)->remarks = remarks;
}

/* ---- what the pod needs ---- */

static void open(const struct front *f, const char *api_version, const char *kind,
                 const char *name)
{
    render_open(f->render, api_version, kind, f->owner, name, f->router->name,
                f->front->component);
}

static void render_files(const struct front *f)
{
    const struct router_result *result = &f->front->result;
    struct text_builder *out = &f->render->builder;
    const struct text_node *annotations;
    struct base_buf all;

    base_buf_init(&all, f->render->world->scratch, NULL);
    for (size_t i = 0; i < result->n_files; i++)
        base_buf_format(&all, "%s\n%s\n", result->files[i].name, result->files[i].text);
    text_put_map(out, NULL);
    text_put_str(out, RENDER_HASH_KEY, render_hash(f->render, all.data, all.len));
    text_put_end(out);
    annotations = text_build_finish(out);
    render_open_with(f->render, "v1", "ConfigMap", f->owner, f->files, f->router->name,
                     f->front->component, annotations);
    text_put_map(out, "data");
    for (size_t i = 0; i < result->n_files; i++)
        text_put_str(out, render_text(f->render, result->files[i].name), result->files[i].text);
    text_put_end(out);
    render_close(f->render, "v1", "ConfigMap", f->owner, f->files);
}

static void put_subject(const struct front *f)
{
    struct text_builder *out = &f->render->builder;

    text_put_list(out, "subjects");
    text_put_map(out, NULL);
    text_put_str(out, "kind", "ServiceAccount");
    text_put_str(out, "name", f->account);
    text_put_str(out, "namespace", f->owner->name_space);
    text_put_end(out);
    text_put_end(out);
}

/* Only what this router reads, and only in its own namespace. */
static void render_access(const struct front *f)
{
    static const char rbac[] = "rbac.authorization.k8s.io";
    struct text_builder *out = &f->render->builder;
    const char *version = base_arena_format(f->render->arena, "%s/v1", rbac);

    open(f, "v1", "ServiceAccount", f->account);
    render_close(f->render, "v1", "ServiceAccount", f->owner, f->account);
    open(f, version, "Role", f->account);
    text_put_list(out, "rules");
    text_put_map(out, NULL);
    render_put_words(out, "apiGroups", (const char *const[]){"", NULL});
    render_put_words(out, "resources", (const char *const[]){"pods", NULL});
    render_put_words(out, "verbs", f->router->pod_verbs);
    text_put_end(out);
    text_put_end(out);
    render_close(f->render, version, "Role", f->owner, f->account);
    open(f, version, "RoleBinding", f->account);
    text_put_map(out, "roleRef");
    text_put_str(out, "apiGroup", rbac);
    text_put_str(out, "kind", "Role");
    text_put_str(out, "name", f->account);
    text_put_end(out);
    put_subject(f);
    render_close(f->render, version, "RoleBinding", f->owner, f->account);
}

static void render_budget(const struct front *f)
{
    struct text_builder *out = &f->render->builder;

    open(f, "policy/v1", "PodDisruptionBudget", f->front->service);
    text_put_map(out, "spec");
    text_put_int(out, "maxUnavailable", 1);
    text_put_map(out, "selector");
    render_put_selector(f->render, "matchLabels", f->owner, f->front->component);
    text_put_end(out);
    text_put_end(out);
    render_close(f->render, "policy/v1", "PodDisruptionBudget", f->owner, f->front->service);
}

static void put_allowed_port(struct text_builder *out, const char *name)
{
    text_put_map(out, NULL);
    text_put_str(out, "port", name);
    text_put_str(out, "protocol", "TCP");
    text_put_end(out);
}

static void render_policy(const struct front *f)
{
    const struct text_node *from = f->gateway->network_policy->from;
    struct text_builder *out = &f->render->builder;

    open(f, "networking.k8s.io/v1", "NetworkPolicy", f->front->service);
    text_put_map(out, "spec");
    text_put_list(out, "ingress");
    text_put_map(out, NULL);
    if (from)
        text_put_node(out, "from", from);
    text_put_list(out, "ports");
    put_allowed_port(out, "http");
    if (f->router->metrics_port_flag)
        put_allowed_port(out, "metrics");
    text_put_end(out);
    text_put_end(out);
    text_put_end(out);
    text_put_map(out, "podSelector");
    render_put_selector(f->render, "matchLabels", f->owner, f->front->component);
    text_put_end(out);
    render_put_words(out, "policyTypes", (const char *const[]){"Ingress", NULL});
    text_put_end(out);
    render_close(f->render, "networking.k8s.io/v1", "NetworkPolicy", f->owner, f->front->service);
}

static void render_own_service(const struct front *f)
{
    static const struct engine_port metrics = {"metrics", ROUTER_METRICS_PORT};
    const struct exposure *exposure = f->gateway ? f->gateway->exposure : NULL;
    bool direct = exposure && base_str_eq(exposure->type.v, "Service");

    render_service(f->render,
                   &(struct render_service){
                       .owner = f->owner,
                       .name = f->front->service,
                       .component = f->front->component,
                       .app = f->router->name,
                       .port = f->front->service_port,
                       .type = exposure ? exposure->service_type.v : NULL,
                       .annotations = direct ? exposure->annotations : NULL,
                       .more = f->router->metrics_port_flag ? &metrics : NULL,
                       .n_more = f->router->metrics_port_flag ? 1 : 0,
                   });
}

void render_front(struct render *render, const rctl_object *owner,
                  const struct kinds_front *front, const struct igw_spec *gateway)
{
    uint64_t pods = RCTL_WISH_BIT(RCTL_WISH_K8S) | RCTL_WISH_BIT(RCTL_WISH_K8S_MANY);
    struct front f = {.render = render, .owner = owner, .front = front, .gateway = gateway};

    if (!front->image)
        return;
    f.router = front->solution.chosen->router;
    if (front->job.wishes & pods)
        f.account = kinds_child_name(render->arena, front->service, "-router");
    if (front->result.n_files)
        f.files = kinds_child_name(render->arena, front->service, "-router");
    render_deployment(&f);
    render_own_service(&f);
    if (f.files)
        render_files(&f);
    if (f.account)
        render_access(&f);
    if (front->choice->replicas.v > 1)
        render_budget(&f);
    if (gateway && gateway->network_policy)
        render_policy(&f);
}
