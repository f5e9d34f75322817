/*
 * An engine that a program brings along: its callbacks speak through the public
 * calls alone, and running out of memory anywhere is told as such.
 */
#include "pod.h"

static int custom_check(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                        rctl_engine_out *out)
{
    int64_t batch = rctl_engine_config_int(config, "max-batch", 1);

    (void)ctx;
    if (batch % 8 == 0)
        return RCTL_OK;
    return rctl_engine_out_fault(out, RCTL_SEVERITY_WARNING, job->model ? "max_batch" : NULL,
                                 "is no multiple of 8", "use a multiple of 8");
}

static int custom_arguments(void *ctx, const rctl_engine_job *job,
                            const rctl_engine_config *config, rctl_engine_out *out)
{
    const char *fast = rctl_engine_config_get(config, "quick");
    int code = rctl_engine_out_arg(out, "backend", fast ? "quick" : "slow", "the default");

    (*(int *)ctx)++;
    if (!code)
        code = rctl_engine_out_arg(out, "fast", NULL, NULL);
    if (!code)
        code = rctl_engine_out_env(out, "MODEL", job->model, "what to load");
    if (!code)
        code = rctl_engine_out_env_field(out, "POD_IP", "status.podIP", "where it runs");
    if (!code)
        code = rctl_engine_out_port(out, "metrics", 9000);
    if (!code)
        code = rctl_engine_out_label(out, "example.com/engine", "custom");
    if (!code)
        code = rctl_engine_out_annotation(out, "example.com/port", "9000");
    if (!code)
        code = rctl_engine_out_scratch(out, "engines", "/engines", 0);
    return code ? code : rctl_engine_out_host_memory(out, 1024);
}

static const rctl_flag flags[] = {
    {.name = "backend", .type = RCTL_FLAG_ENUM, .choices = "quick|slow"},
    {.name = "fast", .type = RCTL_FLAG_SWITCH},
    {.name = "max-batch", .type = RCTL_FLAG_INT, .traits = RCTL_FLAG_MIN, .min = 1},
    {.name = "quick", .type = RCTL_FLAG_SWITCH, .alias_of = "fast"},
    {.name = "tp", .type = RCTL_FLAG_INT, .traits = RCTL_FLAG_MIN, .min = 1},
};
static const rctl_engine_neutral neutral[] = {
    {.key = "max-num-seqs", .flag = "max-batch"},
    {.key = "tensor-parallel-size", .flag = "tp"},
};
static const char *const required[] = {"max-num-seqs", "quick", NULL};

static rctl_engine make_engine(int *calls)
{
    return (rctl_engine){.size = sizeof(rctl_engine),
                         .name = "custom",
                         .title = "Custom",
                         .version = "1.2.0",
                         .image = "example.com/custom:1.2.0",
                         .served_name_flag = "name",
                         .port_flag = "port",
                         .tensor_parallel_flag = "tp",
                         .health_path = "/health",
                         .ready_path = "/health",
                         .cache_dir = "/cache",
                         .home_dir = "/home/custom",
                         .required = required,
                         .flags = flags,
                         .n_flags = BASE_COUNT(flags),
                         .neutral = neutral,
                         .n_neutral = BASE_COUNT(neutral),
                         .check = custom_check,
                         .arguments = custom_arguments,
                         .ctx = calls};
}

TEST(out, takes_everything_from_a_callback)
{
    int calls = 0;
    rctl_engine engine = make_engine(&calls);
    struct pod pod;

    pod_init(&pod, &engine);
    pod.input.check_required = true;
    pod_config(&pod, "max-num-seqs: 4\nquick: true\n");
    cr_assert_str_eq(pod_resolve(&pod), "engine.custom");
    cr_assert_eq(calls, 1);
    cr_assert_eq(pod_diag(&pod, 0)->severity, RCTL_SEVERITY_WARNING);
    cr_assert_str_eq(pod_diag(&pod, 0)->message, "is no multiple of 8");
    cr_assert_str_eq(pod_words(&pod), "--max-batch 4 --fast --backend quick");
    cr_assert_str_eq(pod_env(&pod, "MODEL"), "org/model");
    cr_assert_str_eq(pod_env(&pod, "POD_IP"), "status.podIP");
    cr_assert_str_eq(pod_ports(&pod), "metrics=9000");
    cr_assert_eq(pod.result.n_labels, 1);
    cr_assert_eq(pod.result.n_annotations, 1);
    cr_assert_eq(pod.result.n_scratch, 1);
    cr_assert_eq(pod.result.host_memory, 1024);
    pod_done(&pod);
}

TEST(out, an_argument_of_the_user_must_agree)
{
    int calls = 0;
    rctl_engine engine = make_engine(&calls);
    struct pod pod;

    pod_init(&pod, &engine);
    pod_config(&pod, "max-batch: 8\nbackend: slow");
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_words(&pod), "--max-batch 8 --backend slow --fast");
    pod_done(&pod);

    pod_init(&pod, &engine);
    pod_config(&pod, "max-batch: 8\nbackend: quick");
    cr_assert_str_eq(pod_resolve(&pod), "engine.conflict");
    cr_assert_str_eq(pod_diag(&pod, 0)->message, "must be 'slow' here (the default)");
    cr_assert_str_eq(pod_diag(&pod, 0)->path, "spec.engineConfig.backend");
    pod_done(&pod);
}

TEST(out, an_engine_without_rules_gets_its_gpus_counted)
{
    int calls = 0;
    rctl_engine engine = make_engine(&calls);
    struct pod pod;

    engine.check = NULL;
    pod_init(&pod, &engine);
    pod.job.gpus = 1;
    pod_config(&pod, "tensor-parallel-size: 2");
    cr_assert_str_eq(pod_resolve(&pod), "engine.gpu-count");
    cr_assert_eq(pod.result.tensor_parallel, 2);
    pod_done(&pod);
}

static int misuse(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                  rctl_engine_out *out)
{
    (void)ctx;
    (void)job;
    cr_assert_null(rctl_engine_config_get(config, "fast"));
    cr_assert_null(rctl_engine_config_get(config, "no-such-flag"));
    cr_assert_null(rctl_engine_config_get(NULL, "fast"));
    cr_assert_eq(rctl_engine_config_int(config, NULL, 7), 7);
    cr_assert_eq(rctl_engine_out_arg(NULL, "fast", NULL, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_arg(out, NULL, NULL, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_env(out, "A", NULL, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_env_field(out, "A", NULL, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_port(out, "a", 0), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_port(out, "a", 65536), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_label(out, "a", NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_annotation(out, NULL, "a"), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_scratch(out, "a", NULL, 0), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_scratch(out, "a", "/a", -1), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_host_memory(out, -1), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_fault(out, RCTL_SEVERITY__COUNT, NULL, "x", NULL),
                 RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_engine_out_fault(out, RCTL_SEVERITY_ERROR, NULL, NULL, NULL),
                 RCTL_E_INVALID_ARG);
    return RCTL_OK;
}

TEST(out, refuses_bad_arguments)
{
    int calls = 0;
    rctl_engine engine = make_engine(&calls);
    struct pod pod;

    engine.check = misuse;
    pod_init(&pod, &engine);
    cr_assert_str_eq(pod_resolve(&pod), "");
    pod_done(&pod);
    cr_assert_null(rctl_engine_find_flag(NULL, "fast"));
    cr_assert_str_eq(rctl_engine_find_flag(&engine, "quick")->name, "fast");
}

static void resolve(void *arg)
{
    struct pod *pod = arg;

    pod_config(pod, "max-num-seqs: 4\nquick: true\nno-such: 1\n");
    engine_resolve(&pod->input, &pod->memory.arena, &pod->diags, &pod->result);
}

TEST(out, lost_memory_is_told)
{
    int calls = 0, code = RCTL_E_NOMEM;
    rctl_engine engine = make_engine(&calls);

    for (size_t fail_at = 1; code != RCTL_OK; fail_at++) {
        struct pod pod;

        cr_assert_lt(fail_at, 1000);
        pod_init(&pod, &engine);
        pod.memory.fail_at = fail_at;
        code = base_try(&pod.memory.mem.fail, resolve, &pod);
        cr_assert(code == RCTL_OK || code == RCTL_E_NOMEM, "%d", code);
        pod_done(&pod);
    }
    cr_assert_eq(calls, 1);
}
