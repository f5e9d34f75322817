/* engineConfig and overlays: keys become flags, and what cannot be is told. */
#include "pod.h"

#define REQUIRED "tensor-parallel-size: 1\nmax-num-batched-tokens: 8192\nmax-num-seqs: 256\n"

static const struct {
    const rctl_engine *engine;
    const char *config, *overlay, *unsafe, *version;
    const char *codes; /* "" when there is no fault */
    const char *words;
} cases[] = {
    {&engine_vllm, NULL, NULL, NULL, NULL, "", ""},
    {&engine_vllm, REQUIRED, NULL, NULL, NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256"},
    {&engine_vllm, "{}", NULL, NULL, NULL,
     "engine.missing-key engine.missing-key engine.missing-key", ""},
    {&engine_vllm, "max_num_seqs: \"8\"\nmax_num_batched_tokens: 4k\ntensor_parallel_size: 2",
     NULL, NULL, NULL, "",
     "--max-num-seqs 8 --max-num-batched-tokens 4k --tensor-parallel-size 2"},
    {&engine_vllm, REQUIRED, "max-num-seqs: 16\ndtype: half", NULL, NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 16 --dtype half"},
    {&engine_vllm, REQUIRED "max-num-seq: 2", NULL, NULL, NULL, "engine.unknown-key", NULL},
    {&engine_vllm, REQUIRED "--dtype: half", NULL, NULL, NULL, "engine.unknown-key", NULL},
    {&engine_vllm, REQUIRED "no-enforce-eager: \"true\"", NULL, NULL, NULL, "engine.unknown-key",
     NULL},
    {&engine_vllm, REQUIRED "enforce-eager: true\nenable-chunked-prefill: \"true\"\n"
                            "enable-prefix-caching: \"false\"\naggregate-engine-logging: true\n"
                            "disable-log-stats: false",
     NULL, NULL, NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256 --enforce-eager "
     "--enable-chunked-prefill --no-enable-prefix-caching --aggregate-engine-logging"},
    {&engine_vllm, REQUIRED "swap-space: 4", NULL, NULL, NULL, "engine.removed-key", NULL},
    {&engine_vllm, REQUIRED "swap-space: 4", NULL, NULL, "0.17.1", "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256 --swap-space 4"},
    {&engine_vllm, REQUIRED "swap-space: 4", NULL, NULL, "0.18.0", "engine.removed-key", NULL},
    {&engine_vllm, REQUIRED "performance-mode: balanced", NULL, NULL, "0.10.2",
     "engine.not-yet-key", NULL},
    {&engine_vllm, REQUIRED "performance-mode: balanced", NULL, NULL, "0.24.0", "", NULL},
    {&engine_vllm, REQUIRED "brand-new: 3\nother-new: true\nlast-new: false\nlist-new: [a]\n"
                            "map-new: {a: 1}",
     NULL, NULL, "9.0.0",
     "engine.unjudged-key engine.unjudged-key engine.unjudged-key engine.unjudged-key "
     "engine.unjudged-key",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256 --brand-new 3 "
     "--other-new --list-new a --map-new {\"a\":1}"},
    {&engine_vllm, REQUIRED "\"brand new\": 3\n", NULL, NULL, "9.0.0", "engine.unknown-key", NULL},
    {&engine_vllm, REQUIRED "brand-new: \"$(X)\"", NULL, NULL, "9.0.0",
     "engine.unjudged-key engine.injection", NULL},
    {&engine_vllm, REQUIRED "port: 80", NULL, NULL, NULL, "engine.our-key", NULL},
    {&engine_vllm, REQUIRED "kv-transfer-config: {}", NULL, NULL, NULL, "engine.our-key", NULL},
    {&engine_vllm, REQUIRED "kv-transfer-config.kv_role: x", NULL, NULL, NULL, "engine.our-key",
     NULL},
    {&engine_vllm, REQUIRED "speculative_config: {}", NULL, NULL, NULL, "engine.our-key", NULL},
    {&engine_vllm, REQUIRED "trust-remote-code: true", NULL, NULL, NULL, "engine.unsafe-key",
     NULL},
    {&engine_vllm, REQUIRED "trust-remote-code: true", NULL, "[api-key]", NULL,
     "engine.unsafe-key", NULL},
    {&engine_vllm, REQUIRED "trust-remote-code: true", NULL, "[trust-remote-code]", NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256 "
     "--trust-remote-code"},
    {&engine_vllm, REQUIRED "trust_remote_code: true", NULL, "[trust_remote_code]", NULL, "",
     NULL},
    {&engine_vllm, REQUIRED "max_num_seqs: 8", NULL, NULL, NULL, "engine.set-twice", NULL},
    {&engine_vllm, REQUIRED "compilation-config: {cache_dir: /c}", NULL, NULL, NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256 "
     "--compilation-config {\"cache_dir\":\"/c\"}"},
    {&engine_vllm, REQUIRED "compilation-config.mode: 3\ncompilation-config.backend: x", NULL,
     NULL, NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256 "
     "--compilation-config.mode 3 --compilation-config.backend x"},
    {&engine_vllm, REQUIRED "compilation-config.mode: --port", NULL, NULL, NULL,
     "engine.injection", NULL},
    {&engine_vllm, REQUIRED "revision: None\nprefix-cache-retention-interval: None", NULL, NULL,
     NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256 "
     "--prefix-cache-retention-interval None"},
    {&engine_vllm, REQUIRED "revision: abc", "revision: None", NULL, NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256"},
    {&engine_vllm, REQUIRED "lora-target-modules: [q_proj, k_proj]", NULL, NULL, NULL, "",
     "--tensor-parallel-size 1 --max-num-batched-tokens 8192 --max-num-seqs 256 "
     "--lora-target-modules q_proj k_proj"},
    {&engine_vllm, "tensor-parallel-size: abc\nmax-num-batched-tokens: 1\nmax-num-seqs: 1", NULL,
     NULL, NULL, "engine.bad-value", NULL},
    {&engine_sglang, "max-num-batched-tokens: 4096\nmax-num-seqs: 64", NULL, NULL, NULL, "",
     "--chunked-prefill-size 4096 --max-prefill-tokens 4096 --max-running-requests 64 "
     "--enable-metrics"},
    {&engine_sglang, "max-num-batched-tokens: 4096\nmax-running-requests: 64", NULL, NULL, NULL,
     "", NULL},
    {&engine_sglang, "max-num-batched-tokens: -1\nmax-num-seqs: 64", NULL, NULL, NULL,
     "engine.out-of-range", NULL},
    {&engine_sglang, "max-num-batched-tokens: 4096", NULL, NULL, NULL, "engine.missing-key", NULL},
    {&engine_sglang, "max-num-batched-tokens: 4096\nmax-num-seqs: 64\nmax-running-requests: 64",
     NULL, NULL, NULL, "engine.set-twice", NULL},
    {&engine_sglang,
     "max-num-batched-tokens: 4096\nmax-num-seqs: 64\ntensor-parallel-size: 4\n"
     "data-parallel-size: 2\nenable-dp-attention: true",
     NULL, NULL, NULL, "",
     "--chunked-prefill-size 8192 --max-prefill-tokens 4096 --max-running-requests 128 "
     "--tp-size 4 --dp-size 2 --enable-dp-attention --enable-metrics"},
    {&engine_sglang,
     "max-num-batched-tokens: 4096\nmax-num-seqs: 64\nenable-prefix-caching: false\n"
     "enforce-eager: \"true\"\nmax-model-len: 8k\nblock-size: 64\nenable-metrics: false",
     NULL, NULL, NULL, "",
     "--chunked-prefill-size 4096 --max-prefill-tokens 4096 --max-running-requests 64 "
     "--disable-radix-cache --cuda-graph-backend-decode disabled --cuda-graph-backend-prefill "
     "disabled --context-length 8k --page-size 64"},
    {&engine_sglang,
     "max-num-batched-tokens: 4096\nmax-num-seqs: 64\nenable-prefix-caching: maybe", NULL, NULL,
     NULL, "engine.bad-value", NULL},
    {&engine_sglang,
     "max-num-batched-tokens: 4096\nmax-num-seqs: 64\ngpu-memory-utilization: 0.8", NULL, NULL,
     NULL, "engine.neutral-differs", NULL},
    {&engine_sglang, "max-num-batched-tokens: 4096\nmax-num-seqs: 64\ntp_size: 2", NULL, NULL,
     NULL, "engine.unknown-key", NULL},
    {&engine_sglang, "max-num-batched-tokens: 4096\nmax-num-seqs: 64\nkv-cache-dtype: fp8", NULL,
     NULL, NULL, "engine.bad-choice", NULL},
    {&engine_sglang, "max-num-batched-tokens: 4096\nmax-num-seqs: 64\ndisable-cuda-graph: true",
     NULL, NULL, NULL, "engine.deprecated-key", NULL},
    {&engine_sglang,
     "max-num-batched-tokens: 4096\nmax-num-seqs: 64\ndisaggregation-mode: prefill", NULL, NULL,
     NULL, "engine.our-key", NULL},
};

TEST(keys, become_flags_or_faults)
{
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct pod pod;

        pod_init(&pod, cases[i].engine);
        pod_config(&pod, cases[i].config);
        pod_overlay(&pod, cases[i].overlay);
        pod_unsafe(&pod, cases[i].unsafe);
        pod.input.check_required = true;
        pod.job.version = cases[i].version;
        cr_assert_str_eq(pod_resolve(&pod), cases[i].codes, "%s", cases[i].config);
        if (cases[i].words)
            cr_assert_str_eq(pod_words(&pod), cases[i].words);
        pod_done(&pod);
    }
}

TEST(keys, faults_have_a_place_and_a_way_out)
{
    const rctl_diag *diag;
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod_config(&pod, "max-num-seqs: 256\nmax_num_seqs: \"8\"\nswap-space: 4\nport: 80\n");
    pod_resolve(&pod);
    diag = pod_diag(&pod, 0);
    cr_assert_str_eq(diag->code, "engine.set-twice");
    cr_assert_str_eq(diag->path, "spec.engineConfig.max_num_seqs");
    cr_assert_eq(diag->place.line, 3); /* the document marker is line 1 */
    cr_assert_eq(diag->place.column, 15);
    cr_assert_eq(diag->n_related, 1);
    cr_assert_eq(diag->related[0].line, 2);
    cr_assert_str_eq(diag->message, "'max_num_seqs' sets the same flag as 'max-num-seqs'");
    diag = pod_diag(&pod, 1);
    cr_assert_str_eq(diag->message, "'swap-space' was last known to vLLM 0.17.1");
    cr_assert_str_eq(diag->hint, "use --kv-offloading-size, or inferenceCacheRef");
    diag = pod_diag(&pod, 2);
    cr_assert_str_eq(diag->message, "'port' is set from other fields");
    cr_assert_str_eq(diag->hint, "use backendRef.port");
    cr_assert_str_eq(diag->object, "InferenceService/default/chat");
    pod_done(&pod);
}

TEST(keys, each_word_says_where_it_comes_from)
{
    struct pod pod;

    pod_init(&pod, &engine_sglang);
    pod_config(&pod, "max-num-seqs: 4\ntp-size: 2\n");
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod.result.words[0].why, "spec.engineConfig[\"max-num-seqs\"], a neutral key");
    cr_assert_str_eq(pod.result.words[1].why, pod.result.words[0].why);
    cr_assert_str_eq(pod.result.words[2].why, "spec.engineConfig[\"tp-size\"]");
    cr_assert_eq(pod.result.tensor_parallel, 2);
    cr_assert_eq(pod.result.pipeline_parallel, 1);
    pod_done(&pod);
}
