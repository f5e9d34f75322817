/* Registers an engine that the library does not know, and renders a service with it. */
#include <routerctl.h>
#include <stdio.h>
#include <string.h>

static int to_stdout(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, (FILE *)ctx) == len ? 0 : -1;
}

/* A rule of the engine: batches larger than the queue make no sense. */
static int check(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                 rctl_engine_out *out)
{
    (void)ctx;
    (void)job;
    if (rctl_engine_config_int(config, "max_batch_size", 1) > 1024)
        return rctl_engine_out_fault(out, RCTL_SEVERITY_ERROR, "max_batch_size",
                                     "a batch larger than 1024 does not fit", "use at most 1024");
    return 0;
}

/* Flags in order of name; the three neutral keys of the samples become these. */
static const rctl_flag flags[] = {
    {"max_batch_size", RCTL_FLAG_INT, RCTL_FLAG_MIN, NULL, 1, 0, "2048", NULL, NULL, NULL, NULL,
     "requests in one batch"},
    {"max_num_tokens", RCTL_FLAG_INT, RCTL_FLAG_MIN, NULL, 1, 0, "8192", NULL, NULL, NULL, NULL,
     "tokens in one batch"},
    {"tp_size", RCTL_FLAG_INT, RCTL_FLAG_MIN, NULL, 1, 0, "1", NULL, NULL, NULL, NULL, NULL},
};
static const rctl_engine_neutral neutral[] = {
    {"tensor-parallel-size", "tp_size", NULL, NULL, false, NULL},
    {"max-num-batched-tokens", "max_num_tokens", NULL, NULL, false, NULL},
    {"max-num-seqs", "max_batch_size", NULL, NULL, false, NULL},
};
static const char *const command[] = {"trtllm-serve", "serve", NULL};

static void fill(rctl_engine *engine)
{
    memset(engine, 0, sizeof(*engine));
    engine->size = sizeof(*engine);
    engine->name = "trtllm";
    engine->title = "TensorRT-LLM";
    engine->version = "1.0.0";
    engine->image = "nvcr.io/nvidia/tensorrt-llm/release:1.0.0";
    engine->command = command;
    engine->host_flag = "host";
    engine->port_flag = "port";
    engine->tensor_parallel_flag = "tp_size";
    engine->health_path = engine->ready_path = "/health";
    engine->probe_timeout_seconds = 5;
    engine->startup_seconds = 1800;
    engine->cache_dir = "/root/.cache/huggingface";
    engine->home_dir = "/root";
    engine->flags = flags;
    engine->n_flags = sizeof(flags) / sizeof(flags[0]);
    engine->neutral = neutral;
    engine->n_neutral = sizeof(neutral) / sizeof(neutral[0]);
    engine->check = check;
}

/* Renders a service with so many sequences, and prints what is wrong with it. */
static int serve(const rctl_ctx *ctx, const char *seqs)
{
    rctl_sink sink = {to_stdout, NULL};
    rctl_set *set = NULL;
    rctl_render *render = NULL;
    char text[512];
    int code;

    sink.ctx = stdout;
    snprintf(text, sizeof(text),
             "apiVersion: production-stack.vllm.ai/v1alpha1\nkind: InferenceService\n"
             "metadata: {name: chat}\n"
             "spec: {modelName: llama3, engine: trtllm, backendMode: Managed,\n"
             "  engineConfig: {max-num-seqs: \"%s\"}}\n", seqs);
    code = rctl_set_new(ctx, NULL, &set);
    if (code == 0)
        code = rctl_set_add(set, "chat.yaml", text, strlen(text));
    if (code == 0)
        code = rctl_render_new(set, &render);
    if (code == 0)
        code = rctl_render_write_all(render, RCTL_RENDER_YAML, &sink);
    if (code == 0)
        code = rctl_diags_write(rctl_set_diags(set), RCTL_DIAG_TEXT, NULL, &sink);
    rctl_render_free(render);
    rctl_set_free(set);
    return code;
}

int main(void)
{
    rctl_engine engine;
    rctl_ctx *ctx = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    fill(&engine);
    if (code == 0)
        code = rctl_engine_register(ctx, &engine);
    if (code == 0)
        code = serve(ctx, "256");
    if (code == 0)
        code = serve(ctx, "5000"); /* refused by check() */
    if (code != 0)
        fprintf(stderr, "%s\n", rctl_strerror(code));
    rctl_ctx_free(ctx);
    return code == 0 ? 0 : 1;
}
