/* Registers a router that the library does not know, and renders a gateway with it. */
#include <routerctl.h>
#include <stdio.h>
#include <string.h>

static const char gateway[] =
    "apiVersion: " RCTL_API_VERSION "\nkind: InferenceGateway\nmetadata: {name: door}\n"
    "spec: {router: {type: tiny, extraArgs: [\"--workers\", \"4\"]},\n"
    "  routes: [{model: llama3, inferenceServiceRef: chat}]}\n---\n"
    "apiVersion: " RCTL_API_VERSION "\nkind: InferenceService\nmetadata: {name: chat}\n"
    "spec: {modelName: llama3, backendMode: External}\n";

static int to_stdout(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, (FILE *)ctx) == len ? 0 : -1;
}

static const rctl_flag flags[] = {
    {"backend", RCTL_FLAG_STRING, RCTL_FLAG_OURS, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL},
    {"port", RCTL_FLAG_INT, RCTL_FLAG_OURS, NULL, 0, 0, NULL, NULL, NULL, NULL, NULL, NULL},
    {"workers", RCTL_FLAG_INT, RCTL_FLAG_MIN, NULL, 1, 0, "1", NULL, NULL, NULL, NULL, NULL}};
static const rctl_router_policy policies[] = {{"turns", 0, NULL}};
static const rctl_router_way ways[] = {
    {RCTL_WISH_ROUND_ROBIN, NULL, "always", NULL, NULL, NULL, false},
    {RCTL_WISH_STATIC, NULL, "--backend", "backend", NULL, NULL, false}};

static int add(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    int code = 0;

    (void)ctx;
    for (size_t i = 0; i < job->n_backends && code == 0; i++)
        code = rctl_router_out_arg(out, "backend", job->backends[i].url, "services of the routes");
    return code; /* NOMEM of the calls above is handed on */
}

int main(void)
{
    static rctl_router tiny; /* zero, and outlives the context */
    rctl_sink sink = {to_stdout, stdout};
    rctl_ctx *ctx = NULL;
    rctl_set *set = NULL;
    rctl_render *render = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    tiny.size = sizeof(tiny), tiny.name = "tiny", tiny.title = "Tiny", tiny.version = "1.0";
    tiny.image = "example/tiny:1.0", tiny.policies = policies, tiny.n_policies = 1;
    tiny.ways = ways, tiny.n_ways = 2, tiny.flags = flags, tiny.n_flags = 3, tiny.run_as_user = 100;
    tiny.live_path = tiny.ready_path = "/health", tiny.arguments = add, tiny.port_flag = "port";
    tiny.cpu = "100m", tiny.memory = "64Mi", tiny.startup_seconds = tiny.stop_seconds = 10;
    if (code == 0 && (code = rctl_router_register(ctx, &tiny)) == 0)
        code = rctl_set_new(ctx, NULL, &set);
    if (code == 0 && (code = rctl_set_add(set, "door.yaml", gateway, strlen(gateway))) == 0)
        code = rctl_render_new(set, &render);
    if (code == 0 && (code = rctl_render_write_all(render, RCTL_RENDER_YAML, &sink)) == 0)
        code = rctl_diags_write(rctl_set_diags(set), RCTL_DIAG_TEXT, NULL, &sink);
    rctl_render_free(render), rctl_set_free(set), rctl_ctx_free(ctx);
    return code == 0 ? 0 : 1;
}
