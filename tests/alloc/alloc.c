/*
 * Every public call under memory that runs out: each scenario runs with its first
 * allocation refused, then its second, and so on until it comes through. It must
 * answer RCTL_E_NOMEM each time and give everything back. Refused are first the
 * caller's own allocator, then, where the build allows it, malloc itself, which
 * also hits the libraries below ours.
 *
 * alloc FILE...: the documents that the scenarios read.
 */
#include "interpose.h"

#include <routerctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 32, MOST_ROUNDS = 1000000 };

static struct {
    const char *name;
    char *data;
    size_t len;
} files[MOST_FILES];
static size_t n_files;

/* A SpeculativeDecoding, packed by gzip. */
static const unsigned char packed[] = {
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 53, 138, 59, 14, 194, 48,
    16, 5, 123, 159, 98, 15, 64, 130, 210, 186, 166, 165, 66, 162, 127, 120,
    23, 99, 197, 63, 217, 27, 23, 65, 185, 59, 105, 232, 102, 70, 131, 26,
    158, 210, 122, 40, 217, 82, 109, 133, 55, 167, 39, 79, 93, 225, 214, 121,
    196, 152, 102, 132, 235, 88, 16, 235, 7, 139, 89, 67, 102, 75, 143, 42,
    110, 139, 208, 48, 228, 38, 174, 112, 200, 222, 36, 81, 48, 20, 150, 190,
    25, 73, 44, 117, 158, 252, 126, 152, 126, 190, 103, 227, 134, 183, 222, 11,
    75, 180, 132, 11, 41, 154, 151, 191, 191, 14, 243, 3, 145, 82, 224, 232,
    134, 0, 0, 0,
};

/* ---- an allocator that refuses its n-th call ---- */

struct refuser {
    size_t calls, refuse;
    size_t bytes; /* held now */
};

static void *refuser_alloc(void *ctx, size_t size)
{
    struct refuser *refuser = ctx;
    void *ptr;

    if (++refuser->calls == refuser->refuse)
        return NULL;
    ptr = malloc(size);
    if (ptr)
        refuser->bytes += size;
    return ptr;
}

static void refuser_release(void *ctx, void *ptr, size_t size)
{
    struct refuser *refuser = ctx;

    refuser->bytes -= size;
    free(ptr);
}

static int drop(void *ctx, const char *data, size_t len)
{
    (void)ctx;
    (void)data;
    (void)len;
    return 0;
}
static const rctl_sink nowhere = {drop, NULL};

/* ---- scenarios: each makes all it needs, so that every step is refused once ---- */

struct bench {
    rctl_ctx *ctx;
    rctl_set *set;
    rctl_render *render;
    rctl_endpoints *endpoints;
    rctl_diff *diff;
    rctl_world *world;
    rctl_plan *plan;
};

static void clear(struct bench *bench)
{
    rctl_plan_free(bench->plan);
    rctl_diff_free(bench->diff);
    rctl_world_free(bench->world);
    rctl_endpoints_free(bench->endpoints);
    rctl_render_free(bench->render);
    rctl_set_free(bench->set);
    rctl_ctx_free(bench->ctx);
}

static int make_context(struct bench *bench, const rctl_allocator *allocator)
{
    return rctl_ctx_new(allocator, &bench->ctx);
}

/* A context keeps pointers to the tables of its engines, so they outlive it here. */
static int run_register(struct bench *bench, const rctl_allocator *allocator)
{
    static rctl_engine engines[20];
    static char names[20][8];
    int rc = make_context(bench, allocator);

    for (int i = 0; i < 20 && rc == 0; i++) {
        engines[i] = *rctl_engines_find(bench->ctx, "vllm");
        snprintf(names[i], sizeof(names[i]), "own%d", i);
        engines[i].name = names[i];
        rc = rctl_engine_register(bench->ctx, &engines[i]);
    }
    return rc;
}

static int run_read(struct bench *bench, const rctl_allocator *allocator)
{
    rctl_set_options options = {.size = sizeof(options), .keep_others = true};
    int rc = make_context(bench, allocator);

    if (rc == 0)
        rc = rctl_set_new(bench->ctx, &options, &bench->set);
    for (size_t i = 0; i < n_files && rc == 0; i++)
        rc = rctl_set_add(bench->set, files[i].name, files[i].data, files[i].len);
    if (rc == 0)
        rc = rctl_set_add(bench->set, "packed.yaml.gz", (const char *)packed, sizeof(packed));
    return rc;
}

static int run_check(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = run_read(bench, allocator);

    return rc == 0 ? rctl_set_check(bench->set) : rc;
}

static int run_diags(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = run_check(bench, allocator);

    for (int format = 0; format < RCTL_DIAG_FORMAT__COUNT && rc == 0; format++)
        rc = rctl_diags_write(rctl_set_diags(bench->set), (rctl_diag_format)format, NULL,
                              &nowhere);
    return rc;
}

static int run_objects(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = run_check(bench, allocator);

    for (size_t i = 0; rc == 0 && i < rctl_set_count(bench->set); i++) {
        const rctl_object *object = rctl_set_get(bench->set, i);

        rc = rctl_object_get(object, "metadata.name", &nowhere);
        if (rc == RCTL_E_NOT_FOUND)
            rc = 0;
        if (rc == 0)
            rc = rctl_object_write(object, &nowhere);
    }
    return rc;
}

static int run_render(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = run_check(bench, allocator);

    if (rc == 0)
        rc = rctl_render_new(bench->set, &bench->render);
    for (int format = RCTL_RENDER_YAML; format <= RCTL_RENDER_YAML_EXPLAIN && rc == 0; format++)
        rc = rctl_render_write_all(bench->render, (rctl_render_format)format, &nowhere);
    if (rc == 0 && rctl_render_count(bench->render) > 0)
        rc = rctl_render_write(bench->render, 0, RCTL_RENDER_YAML, &nowhere);
    return rc;
}

static int run_graph(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = run_read(bench, allocator); /* the first drawing checks the set */

    for (int format = RCTL_GRAPH_SVG; format <= RCTL_GRAPH_TEXT && rc == 0; format++)
        rc = rctl_graph_write(bench->set, (rctl_graph_format)format, &nowhere);
    return rc;
}

static int run_routing(struct bench *bench, const rctl_allocator *allocator)
{
    static const char custom[] =
        "apiVersion: " RCTL_API_VERSION "\nkind: InferenceGateway\nmetadata: {name: fed}\n"
        "spec:\n  serviceDiscovery: custom\n  discovery: {provider: file, config: {path: x}}\n"
        "  hotReload: true\n  routes: [{model: m, inferenceServiceRef: nowhere}]\n";
    static const char targets[] = "- {targets: [\"10.0.0.1:80\"], labels: {model: m}}\n";
    int rc = run_read(bench, allocator);

    if (rc == 0)
        rc = rctl_set_add(bench->set, "custom.yaml", custom, sizeof(custom) - 1);
    if (rc == 0)
        rc = rctl_set_discover(bench->set, "fed", "targets.yaml", targets, sizeof(targets) - 1);
    for (int format = RCTL_ROUTING_TEXT; format <= RCTL_ROUTING_JSON && rc == 0; format++)
        rc = rctl_routing_write(bench->set, (rctl_routing_format)format, &nowhere);
    return rc;
}

static const char gateways[] =
    "apiVersion: production-stack.vllm.ai/v1alpha1\nkind: InferenceGateway\n"
    "metadata: {name: prefix}\nspec:\n  routeStrategy: PrefixHash\n  sessionAffinity: true\n"
    "  router: {type: smg}\n  routes: [{model: m, inferenceServiceRef: s, aliases: [x]}]\n---\n"
    "apiVersion: production-stack.vllm.ai/v1alpha1\nkind: InferenceGateway\n"
    "metadata: {name: ring}\nspec:\n  sessionAffinity: true\n"
    "  router: {type: production-stack}\n  routes: [{model: m, inferenceServiceRef: s}]\n";
static const char endpoints[] =
    "{\"endpoints\":[{\"url\":\"http://a:1\",\"model\":\"m\",\"kvUsage\":0.1},"
    "{\"url\":\"http://b:1\",\"model\":\"m\"}]}";
static const char requests[] =
    "{\"model\":\"m\",\"prompt\":\"abc\",\"headers\":{\"x-user-id\":\"u\"}}\n"
    "{\"model\":\"x\",\"messages\":[{\"role\":\"user\",\"content\":\"abd\"}]}\n"
    "{\"modl\":\"m\"}\n";

static int run_simulate(struct bench *bench, const rctl_allocator *allocator)
{
    static const char *const names[] = {"prefix", "ring"};
    rctl_set_options options = {.size = sizeof(options), .missing = RCTL_MISSING_WARNING};
    int rc = make_context(bench, allocator);

    if (rc == 0)
        rc = rctl_set_new(bench->ctx, &options, &bench->set);
    if (rc == 0)
        rc = rctl_set_add(bench->set, "gateways", gateways, sizeof(gateways) - 1);
    for (int i = 0; i < 4 && rc == 0; i++) {
        rctl_simulation simulation = {.size = sizeof(simulation),
                                      .gateway = names[i / 2],
                                      .endpoints_name = "endpoints",
                                      .endpoints = endpoints,
                                      .endpoints_len = sizeof(endpoints) - 1,
                                      .requests_name = "requests",
                                      .requests = requests,
                                      .requests_len = sizeof(requests) - 1,
                                      .format = i % 2 ? RCTL_SIMULATION_JSON
                                                      : RCTL_SIMULATION_TEXT};

        rc = rctl_simulate_routing(bench->set, &simulation, &nowhere);
    }
    return rc;
}

static int run_diff(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = run_check(bench, allocator);

    if (rc == 0)
        rc = rctl_render_new(bench->set, &bench->render);
    if (rc == 0)
        rc = rctl_diff_new(bench->render, bench->render, &bench->diff);
    return rc == 0 && rctl_diff_count(bench->diff) ? RCTL_E_BUG : rc;
}

/* What is observed: one child of each kind of state, a probe, and edits of all. */
static int fill_world(struct bench *bench)
{
    static const char observed[] =
        "{\"apiVersion\":\"v1\",\"kind\":\"ServiceList\",\"items\":[{\"metadata\":{\"name\":"
        "\"llama2-service-backend\",\"namespace\":\"default\",\"uid\":\"s\"}}]}\n"
        "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":"
        "\"example-pdd-decode\",\"namespace\":\"default\",\"uid\":\"d\",\"labels\":{"
        "\"app.kubernetes.io/managed-by\":\"router-controller\","
        "\"app.kubernetes.io/component\":\"decode\","
        "\"app.kubernetes.io/instance\":\"example-pdd\"}},\"spec\":{\"replicas\":2}}\n"
        "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"SpeculativeDecoding\","
        "\"metadata\":{\"name\":\"sd-llama3-chatbot\",\"namespace\":\"default\",\"uid\":\"q\","
        "\"generation\":1},\"spec\":{\"targetModel\":\"x\"}}";
    rctl_probe probe = {.size = sizeof(probe), .url = "http://localhost:9001/health",
                        .in_a_row = 1, .body = "{}", .body_len = 2};
    int rc = rctl_world_add(bench->world, "now.json", observed, sizeof(observed) - 1);

    for (size_t i = 0; i < n_files && rc == 0; i++)
        rc = rctl_world_edit(bench->world, files[i].name, files[i].data, files[i].len);
    if (rc == 0)
        rc = rctl_world_add_probe(bench->world, &probe);
    return rc;
}

static int make_world(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = make_context(bench, allocator);

    if (rc == 0)
        rc = rctl_world_new(bench->ctx, NULL, &bench->world);
    return rc ? rc : fill_world(bench);
}

/* A world that is not whole must not be taken for one without the object. */
static int plan_first(struct bench *bench)
{
    static const char *const key[] = {"SpeculativeDecoding", "default", "sd-llama3-chatbot"};
    int rc = rctl_reconcile(bench->world, key[0], key[1], key[2], &bench->plan);

    if (rc == RCTL_E_NOMEM &&
        rctl_reconcile(bench->world, key[0], key[1], key[2], &bench->plan) == 0 &&
        rctl_plan_count(bench->plan) == 0)
        return RCTL_E_BUG;
    return rc;
}

static int run_plan(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = make_world(bench, allocator);
    rctl_key key;

    if (rc == 0)
        rc = plan_first(bench);
    for (size_t i = 0; rc == 0 && (rc = rctl_world_key(bench->world, i, &key)) == 0; i++) {
        bench->plan = rctl_plan_free(bench->plan);
        rc = rctl_reconcile(bench->world, key.kind, key.name_space, key.name, &bench->plan);
        if (rc == 0)
            rc = rctl_plan_write(bench->plan, &nowhere);
    }
    return rc == RCTL_E_NOT_FOUND ? 0 : rc;
}

static void pass_over(void *ctx, rctl_link link, uint64_t name)
{
    (void)ctx;
    (void)link;
    (void)name;
}

static int run_links(struct bench *bench, const rctl_allocator *allocator)
{
    static const char gateway[] = "{\"apiVersion\": \"production-stack.vllm.ai/v1alpha1\", "
                                  "\"kind\": \"InferenceGateway\", \"metadata\": {\"name\": \"g\"}, "
                                  "\"spec\": {\"routes\": [{\"inferenceServiceRef\": \"s\"}]}}";
    const rctl_links links = {.size = sizeof(links), .link = pass_over};
    const rctl_observed observed = {.size = sizeof(observed),
                                    .api_version = "production-stack.vllm.ai/v1alpha1",
                                    .kind = "InferenceGateway",
                                    .name = "g",
                                    .data = gateway,
                                    .len = sizeof(gateway) - 1};
    uint64_t seen;
    int rc = make_context(bench, allocator);

    return rc == 0 ? rctl_links_of(bench->ctx, &observed, &links, &seen) : rc;
}

static int run_world_diff(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = make_world(bench, allocator);

    if (rc == 0)
        rc = rctl_diff_world(bench->world, &bench->diff);
    if (rc == 0 && rctl_diff_count(bench->diff) < 10)
        return RCTL_E_BUG;
    return rc ? rc : rctl_diff_write(bench->diff, &nowhere);
}

static int run_status(struct bench *bench, const rctl_allocator *allocator)
{
    const rctl_status_options how = {.size = sizeof(how), .kind = "sd"};
    rctl_status_count count = {0};
    int rc = make_world(bench, allocator);

    if (rc == 0)
        rc = rctl_status_write(bench->world, NULL, RCTL_STATUS_TEXT, &nowhere, &count);
    if (rc == 0 && count.shown < 10)
        return RCTL_E_BUG;
    return rc ? rc : rctl_status_write(bench->world, &how, RCTL_STATUS_JSON, &nowhere, &count);
}

static int run_rbac(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = make_context(bench, allocator);

    return rc == 0 ? rctl_gen_rbac(bench->ctx, NULL, false, &nowhere) : rc;
}

static int run_crds(struct bench *bench, const rctl_allocator *allocator)
{
    int rc = make_context(bench, allocator);

    for (size_t i = 0; rc == 0 && i < rctl_kinds_count(); i++) {
        rctl_kind_info kind;

        rc = rctl_kinds_get(i, &kind);
        if (rc == 0)
            rc = rctl_gen_crd(bench->ctx, kind.kind, &nowhere);
    }
    return rc;
}

static int run_reference(struct bench *bench, const rctl_allocator *allocator)
{
    static const char *const pages[] = {"kinds", "diagnostics", "engines", "python"};
    int rc = make_context(bench, allocator);

    for (size_t i = 0; rc == 0 && i < sizeof(pages) / sizeof(pages[0]); i++)
        rc = rctl_gen_reference(bench->ctx, pages[i], &nowhere);
    return rc;
}

static int run_explain(struct bench *bench, const rctl_allocator *allocator)
{
    static const char *const topics[] = {"engine.missing-key", "infsvc", "pdd.spec.kvTransfer",
                                         "vllm", "vllm.max-num-seqs", "routers", "smg",
                                         "smg.policy", "no-such-topic"};
    int rc = make_context(bench, allocator);

    for (size_t i = 0; rc == 0 && i < sizeof(topics) / sizeof(topics[0]); i++) {
        rc = rctl_explain(bench->ctx, topics[i], &nowhere);
        if (rc == RCTL_E_NOT_FOUND)
            rc = 0;
    }
    return rc;
}

/* A provider from outside, whose calls fail between two frames of the library. */
static int resolve(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    rctl_endpoint endpoint = {"http://a.b.svc", "m", RCTL_ROLE_SERVE, 0, 1, {NULL, 0, 0}};
    int rc = rctl_discovery_out_endpoint(out, &endpoint);

    (void)ctx;
    return rc == 0 ? rctl_discovery_out_fault(out, RCTL_SEVERITY_NOTE, 1, 1, job->data, NULL) : rc;
}

static int run_discover(struct bench *bench, const rctl_allocator *allocator)
{
    static const rctl_discovery own = {sizeof(own), "own", "Of this test.", resolve, NULL};
    static const struct {
        const char *provider, *config, *data;
    } runs[] = {
        {"static", "{\"a\": 1}", "targets: [http://b.svc, http://a.svc, {url: http://A.svc}, x]"},
        {"file", "{\"modelLabel\": \"app\"}",
         "- {targets: [\"10.0.0.1:80\", \"10.0.0.2\"], labels: {app: m, ap: n, role: decod}}"},
        {"http", NULL, "[]"},
        {"k8s", NULL,
         "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nports: [{port: 80}]\n"
         "metadata: {labels: {model: m}}\nendpoints: [{addresses: [10.0.0.1]}]\n---\n"
         "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: []}\n"},
        {"own", NULL, "is odd"},
    };
    int rc = make_context(bench, allocator);

    if (rc == 0)
        rc = rctl_discovery_register(bench->ctx, &own);
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]) && rc == 0; i++) {
        bench->endpoints = rctl_endpoints_free(bench->endpoints);
        rc = rctl_discover(bench->ctx, runs[i].provider, "in", runs[i].data,
                           strlen(runs[i].data), runs[i].config, &bench->endpoints);
    }
    return rc;
}

static const struct scenario {
    const char *name;
    int (*run)(struct bench *bench, const rctl_allocator *allocator);
} scenarios[] = {
    {"register", run_register}, {"read", run_read},       {"check", run_check},
    {"diags", run_diags},       {"objects", run_objects}, {"render", run_render},
    {"graph", run_graph},       {"crds", run_crds},       {"reference", run_reference},
    {"explain", run_explain},   {"discover", run_discover}, {"routing", run_routing},
    {"simulate", run_simulate}, {"diff", run_diff},       {"plan", run_plan},
    {"links", run_links},
    {"rbac", run_rbac},         {"world-diff", run_world_diff}, {"status", run_status},
};

/* ---- the rounds ---- */

/* Runs once with the n-th allocation refused; returns the code, says what is left. */
static int run_round(const struct scenario *scenario, size_t n, bool interpose, long *ret_left)
{
    struct refuser refuser = {0, interpose ? 0 : n, 0};
    rctl_allocator allocator = {refuser_alloc, refuser_release, &refuser};
    struct bench bench = {0};
    int rc;

    if (interpose)
        interpose_arm(n);
    rc = scenario->run(&bench, interpose ? NULL : &allocator);
    clear(&bench);
    *ret_left = interpose ? interpose_disarm() : (long)refuser.bytes;
    return rc;
}

static bool run_scenario(const struct scenario *scenario, bool interpose)
{
    const char *whose = interpose ? "malloc" : "own allocator";

    for (size_t n = 1; n < MOST_ROUNDS; n++) {
        long left;
        int rc = run_round(scenario, n, interpose, &left);

        if (left != 0 || (rc != RCTL_OK && rc != RCTL_E_NOMEM) || (rc == RCTL_OK && n == 1)) {
            printf("FAIL %s, %s, allocation %zu refused: %s, %ld left behind\n", scenario->name,
                   whose, n, rctl_strerror(rc), left);
            return false;
        }
        if (rc == RCTL_OK) {
            printf("ok   %s, %s: %zu allocations refused one by one\n", scenario->name, whose,
                   n - 1);
            return true;
        }
    }
    printf("FAIL %s, %s: never comes through\n", scenario->name, whose);
    return false;
}

static bool read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    long len;

    if (!file || fseek(file, 0, SEEK_END) != 0 || (len = ftell(file)) < 0)
        return false;
    rewind(file);
    files[n_files].name = path;
    files[n_files].len = (size_t)len;
    files[n_files].data = malloc((size_t)len + 1);
    if (!files[n_files].data || fread(files[n_files].data, 1, (size_t)len, file) != (size_t)len)
        return false;
    n_files++;
    fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    bool good = true;

    for (int i = 1; i < argc && i <= MOST_FILES; i++) {
        if (!read_file(argv[i])) {
            perror(argv[i]);
            return 1;
        }
    }
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        good &= run_scenario(&scenarios[i], /* interpose= */ false);
        if (interpose_works)
            good &= run_scenario(&scenarios[i], /* interpose= */ true);
    }
    for (size_t i = 0; i < n_files; i++)
        free(files[i].data);
    return good ? 0 : 1;
}
