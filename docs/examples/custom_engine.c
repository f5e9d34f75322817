/* Registers an engine that the library does not know, and renders a service with it. */
#include <routerctl.h>
#include <stdio.h>
#include <string.h>

#define SERVICE(name, seqs)                                                                        \
    "apiVersion: " RCTL_API_VERSION "\nkind: InferenceService\nmetadata: {name: " name "}\n"       \
    "spec: {modelName: llama3, engine: trtllm, backendMode: Managed,\n"                            \
    "  engineConfig: {max-num-seqs: " seqs "}}\n---\n"

static int to_stdout(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, (FILE *)ctx) == len ? 0 : -1;
}

/* A rule of the engine's own. */
static int check(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                 rctl_engine_out *out)
{
    (void)ctx, (void)job;
    if (rctl_engine_config_int(config, "max_batch_size", 1) <= 1024)
        return 0;
    return rctl_engine_out_fault(out, RCTL_SEVERITY_ERROR, "max_batch_size",
                                 "a batch larger than 1024 does not fit", "use at most 1024");
}

/* Flags in order of name, and the key of the samples that becomes one of them. */
static const rctl_flag flags[] = {
    {"max_batch_size", RCTL_FLAG_INT, RCTL_FLAG_MIN, NULL, 1, 0, "2048", NULL, NULL, NULL, NULL,
     "requests in one batch"},
    {"tp_size", RCTL_FLAG_INT, RCTL_FLAG_MIN, NULL, 1, 0, "1", NULL, NULL, NULL, NULL, NULL}};
static const rctl_engine_neutral key = {"max-num-seqs", "max_batch_size", NULL, NULL, false, NULL};
static const char *const command[] = {"trtllm-serve", "serve", NULL};

int main(void)
{
    static rctl_engine own; /* zero, and outlives the context */
    static const char text[] = SERVICE("chat", "256") SERVICE("large", "5000");
    rctl_sink sink = {to_stdout, stdout};
    rctl_ctx *ctx = NULL;
    rctl_set *set = NULL;
    rctl_render *render = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    own.size = sizeof(own), own.name = "trtllm", own.title = "TensorRT-LLM";
    own.version = "1.0.0", own.image = "nvcr.io/nvidia/tensorrt-llm/release:1.0.0";
    own.command = command, own.host_flag = "host", own.port_flag = "port", own.flags = flags;
    own.tensor_parallel_flag = "tp_size", own.health_path = own.ready_path = "/health";
    own.probe_timeout_seconds = 5, own.startup_seconds = 1800, own.check = check, own.n_neutral = 1;
    own.cache_dir = "/root/.cache", own.home_dir = "/root", own.n_flags = 2, own.neutral = &key;
    if (code == 0 && (code = rctl_engine_register(ctx, &own)) == 0)
        code = rctl_set_new(ctx, NULL, &set);
    if (code == 0 && (code = rctl_set_add(set, "chat.yaml", text, strlen(text))) == 0)
        code = rctl_render_new(set, &render);
    if (code == 0 && (code = rctl_render_write_all(render, RCTL_RENDER_YAML, &sink)) == 0)
        code = rctl_diags_write(rctl_set_diags(set), RCTL_DIAG_TEXT, NULL, &sink);
    rctl_render_free(render), rctl_set_free(set), rctl_ctx_free(ctx);
    return code == 0 ? 0 : 1;
}
