/* engineArgs: passed on as they are, after the same checks as keys. */
#include "pod.h"

static const struct {
    const rctl_engine *engine;
    const char *config, *args, *unsafe, *version;
    const char *codes;
} cases[] = {
    {&engine_vllm, NULL, "[--max-num-seqs, \"256\"]", NULL, NULL, ""},
    {&engine_vllm, NULL, "[--max-num-seqs=256, --enforce-eager, --no-enable-prefix-caching]", NULL,
     NULL, ""},
    {&engine_vllm, NULL, "[-tp, \"2\", --max_num_seqs, \"4\"]", NULL, NULL, ""},
    {&engine_vllm, NULL, "[--lora-target-modules, q_proj, k_proj, --enforce-eager]", NULL, NULL,
     ""},
    {&engine_vllm, NULL, "[--max-model-len, \"-1\"]", NULL, NULL, ""},
    {&engine_vllm, NULL, "[--compilation-config.mode, \"3\", --compilation-config.backend=x]", NULL,
     NULL, ""},
    {&engine_vllm, NULL, "[--compilation-config, '{\"mode\": 3}']", NULL, NULL, ""},
    {&engine_vllm, NULL, "[--max-num-seqs]", NULL, NULL, "engine.bad-argument"},
    {&engine_vllm, NULL, "[--max-num-seqs, --enforce-eager]", NULL, NULL, "engine.bad-argument"},
    {&engine_vllm, NULL, "[--enforce-eager=true]", NULL, NULL, "engine.bad-argument"},
    {&engine_vllm, NULL, "[--enforce-eager, \"true\"]", NULL, NULL, "engine.bad-argument"},
    {&engine_vllm, NULL, "[max-num-seqs=256]", NULL, NULL, "engine.bad-argument"},
    {&engine_vllm, NULL, "[\"--\"]", NULL, NULL, "engine.bad-argument"},
    {&engine_vllm, NULL, "[\"-\"]", NULL, NULL, "engine.bad-argument"},
    {&engine_vllm, NULL, "[\"\"]", NULL, NULL, "engine.bad-argument"},
    {&engine_vllm, NULL, "[4, {a: 1}]", NULL, NULL, "engine.bad-argument engine.bad-argument"},
    {&engine_vllm, NULL, "[--max-num-seqs, abc]", NULL, NULL, "engine.bad-value"},
    {&engine_vllm, NULL, "[--max-num-seqs=0]", NULL, NULL, "engine.out-of-range"},
    {&engine_vllm, NULL, "[--max-num-seq, \"4\", rest]", NULL, NULL, "engine.unknown-key"},
    {&engine_vllm, NULL, "[-O3]", NULL, NULL, "engine.unknown-key"},
    {&engine_vllm, NULL, "[-O, \"3\"]", NULL, NULL, ""},
    {&engine_vllm, NULL, "[--brand-new, \"4\"]", NULL, "9.0.0", "engine.unjudged-key"},
    {&engine_vllm, NULL, "[--port, \"80\"]", NULL, NULL, "engine.our-key"},
    {&engine_vllm, NULL, "[--kv-transfer-config.kv_role, x]", NULL, NULL, "engine.our-key"},
    {&engine_vllm, NULL, "[--api-key, x, z]", NULL, NULL, "engine.unsafe-key"},
    {&engine_vllm, NULL, "[--api-key, x]", "[api-key]", NULL, ""},
    {&engine_vllm, NULL, "[--swap-space, \"4\"]", NULL, NULL, "engine.removed-key"},
    {&engine_vllm, NULL, "[--use-v2-block-manager, --swap-space, \"4\"]", NULL, "0.9.0", ""},
    {&engine_vllm, NULL, "[--revision, \"$(X)\"]", NULL, NULL,
     "engine.bad-argument engine.injection"},
    {&engine_vllm, NULL, "[\"--revision=a\\nb\"]", NULL, NULL, "engine.injection"},
    {&engine_vllm, "max-num-seqs: 4", "[--max-num-seqs, \"8\"]", NULL, NULL, "engine.set-twice"},
    {&engine_vllm, NULL, "[--max-num-seqs, \"8\", --max-num-seqs=8]", NULL, NULL,
     "engine.set-twice"},
    {&engine_vllm, "max-num-seqs: 4", "[--max-num-batched-tokens, \"2\"]", NULL, NULL,
     "engine.tokens-below-seqs"},
    {&engine_sglang, NULL, "[--tensor-parallel-size, \"2\"]", NULL, NULL, ""},
    {&engine_sglang, NULL, "[--tp_size, \"2\"]", NULL, NULL, "engine.unknown-key"},
    {&engine_sglang, NULL, "[--enable-mixed-chunk, --log-requests-level, \"2\"]", NULL, NULL, ""},
};

TEST(args, meet_the_same_table)
{
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct pod pod;

        pod_init(&pod, cases[i].engine);
        pod_config(&pod, cases[i].config);
        pod_args(&pod, cases[i].args);
        pod_unsafe(&pod, cases[i].unsafe);
        pod.job.version = cases[i].version;
        cr_assert_str_eq(pod_resolve(&pod), cases[i].codes, "%s", cases[i].args);
        pod_done(&pod);
    }
}

TEST(args, stand_last_and_unchanged)
{
    struct pod pod;

    pod_init(&pod, &engine_sglang);
    pod_config(&pod, "max-num-seqs: 4");
    pod_args(&pod, "[--log-level=debug, --tensor-parallel-size, \"2\"]");
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_words(&pod), "--max-running-requests 4 --enable-metrics "
                                      "--log-level=debug --tensor-parallel-size 2");
    cr_assert_eq(pod.result.tensor_parallel, 2);
    cr_assert_str_eq(pod.result.words[4].why, "spec.engineArgs[1]");
    pod_done(&pod);
}

/* No engine has such a flag; routers do. */
TEST(args, may_repeat_what_the_table_lets_them)
{
    static const rctl_flag flags[] = {
        {.name = "backend", .traits = RCTL_FLAG_REPEAT},
        {.name = "once"},
        {.name = "worker", .type = RCTL_FLAG_LIST_STRING, .traits = RCTL_FLAG_REPEAT},
    };
    static const struct {
        const char *config, *args, *codes;
    } given[] = {
        {NULL, "[--backend, a, --backend=b, --backend, a]", ""},
        {NULL, "[--worker, a, b, --worker, c]", ""},
        {"backend: a", "[--backend, b]", ""},
        {NULL, "[--backend, a, --once, x, --backend, b, --once, z]", "engine.set-twice"},
    };
    rctl_engine engine = engine_vllm;

    engine.flags = flags;
    engine.n_flags = BASE_COUNT(flags);
    for (size_t i = 0; i < BASE_COUNT(given); i++) {
        struct pod pod;

        pod_init(&pod, &engine);
        pod_config(&pod, given[i].config);
        pod_args(&pod, given[i].args);
        cr_assert_str_eq(pod_resolve(&pod), given[i].codes, "%s", given[i].args);
        pod_done(&pod);
    }
}
