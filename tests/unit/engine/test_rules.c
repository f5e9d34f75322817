/*
 * Every cross-field rule fires on the smallest input that breaks it and keeps quiet
 * on the nearest input that does not. A rule without a case here fails the test.
 */
#include "engine/rules.h"
#include "pod.h"

static const rctl_speculation draft = {
    .method = "draft_model", .draft_model = "org/draft", .num_tokens = 5};
static const rctl_speculation eagle3 = {
    .method = "eagle3", .draft_model = "org/draft", .num_tokens = 5};
static const rctl_speculation eagle3_tp3 = {.method = "eagle3",
                                            .draft_model = "org/draft",
                                            .num_tokens = 5,
                                            .draft_tensor_parallel = 3};
static const rctl_speculation dflash = {
    .method = "dflash", .draft_model = "org/draft", .num_tokens = 5};
static const rctl_speculation dspark = {.method = "dspark", .num_tokens = 5};
static const rctl_speculation ngram = {.method = "ngram", .num_tokens = 5};
static const rctl_speculation ngram_low = {
    .method = "ngram", .num_tokens = 5, .lookup_min = 5, .lookup_max = 3};
static const rctl_speculation suffix = {.method = "suffix", .num_tokens = 5};
static const rctl_kv_cache no_tier = {.cpu_bytes = 0};
static const rctl_kv_cache cpu_tier = {.cpu_bytes = INT64_C(64000000000)};

/* What the job is besides the settings. */
struct setting_of_job {
    rctl_engine_role role;
    const rctl_speculation *speculation;
    const rctl_kv_cache *cache;
    int64_t gpus; /* 0: unknown */
    const char *served_name;
    const char *unsafe;
};

static const struct rule_case {
    const rctl_engine *engine;
    const char *code;
    const char *broken, *fine; /* settings; `fine` NULL when the job alone decides */
    struct setting_of_job job, fine_job;
} cases[] = {
#define JOB(...) {__VA_ARGS__}, {__VA_ARGS__}
#define SPEC(name) JOB(.speculation = &(name))
#define PREFILL JOB(.role = RCTL_ROLE_PREFILL)
#define DECODE JOB(.role = RCTL_ROLE_DECODE)
#define V(code, broken, fine, ...) {&engine_vllm, "engine." code, broken, fine, __VA_ARGS__}
#define S(code, broken, fine, ...) {&engine_sglang, "engine." code, broken, fine, __VA_ARGS__}
#define PLAIN {0}, {0}
    /* vLLM: sizes */
    V("tokens-below-length",
      "{max-num-batched-tokens: 2048, max-model-len: 8k, enable-chunked-prefill: false}",
      "{max-num-batched-tokens: 2048, max-model-len: 8k}", PLAIN),
    V("tokens-below-seqs", "{max-num-batched-tokens: 255, max-num-seqs: 256}",
      "{max-num-batched-tokens: 256, max-num-seqs: 256}", PLAIN),
    V("tokens-above-capacity",
      "{max-num-batched-tokens: 4097, max-num-seqs: 2, max-model-len: 2048}",
      "{max-num-batched-tokens: 4096, max-num-seqs: 2, max-model-len: 2048}", PLAIN),
    V("long-prefill", "{long-prefill-token-threshold: 101, max-model-len: 100}",
      "{long-prefill-token-threshold: 100, max-model-len: 100}", PLAIN),
    V("draft-slots", "{max-num-batched-tokens: 8192, max-num-seqs: 8192}",
      "{max-num-batched-tokens: 8193, max-num-seqs: 8192}", SPEC(draft)),
    V("draft-slots", "{max-num-batched-tokens: 10000, max-num-seqs: 2000}",
      "{max-num-batched-tokens: 10001, max-num-seqs: 2000}", SPEC(dflash)),
    V("draft-slots", "{max-num-batched-tokens: 10000, max-num-seqs: 2500}",
      "{max-num-batched-tokens: 10000, max-num-seqs: 2499}", SPEC(dspark)),
    V("speculation-budget", "{max-num-batched-tokens: 8191}", "{max-num-batched-tokens: 8192}",
      SPEC(ngram)),
    V("lora-tokens", "{enable-lora: true, max-num-batched-tokens: 8999, max-num-seqs: 1500}",
      "{enable-lora: true, max-num-batched-tokens: 9000, max-num-seqs: 1500}", SPEC(ngram)),
    V("async-speculation", "{async-scheduling: true}", "{async-scheduling: false}", SPEC(ngram)),
    V("draft-tensor-parallel", "{tensor-parallel-size: 2}", "{tensor-parallel-size: 3}",
      SPEC(eagle3_tp3)),
    V("lookup-order", NULL, NULL, {.speculation = &ngram_low}, {.speculation = &ngram}),
    V("suffix-package", NULL, NULL, {.speculation = &suffix}, {.speculation = &ngram}),
    /* vLLM: parallel sizes */
    V("gpu-count", "{tensor-parallel-size: 4, pipeline-parallel-size: 2}",
      "{tensor-parallel-size: 4}", JOB(.gpus = 4)),
    V("gpu-count", "{tensor-parallel-size: 2, data-parallel-size: 4}",
      "{tensor-parallel-size: 2, data-parallel-size: 4, data-parallel-size-local: 2}",
      JOB(.gpus = 4)),
    V("gpu-idle", "{tensor-parallel-size: 2}", "{tensor-parallel-size: 2, data-parallel-size: 2}",
      JOB(.gpus = 4)),
    V("pipeline-executor", "{pipeline-parallel-size: 2, distributed-executor-backend: uni}",
      "{pipeline-parallel-size: 2, distributed-executor-backend: mp}", PLAIN),
    V("nodes-backend", "{nnodes: 2, data-parallel-size: 2, data-parallel-backend: ray}",
      "{nnodes: 2, data-parallel-size: 2, data-parallel-backend: mp}", PLAIN),
    V("nodes-uneven", "{nnodes: 3, tensor-parallel-size: 4}",
      "{nnodes: 2, tensor-parallel-size: 4}", PLAIN),
    V("node-rank", "{nnodes: 2, node-rank: 2, tensor-parallel-size: 2}",
      "{nnodes: 2, node-rank: 1, tensor-parallel-size: 2}", PLAIN),
    V("dp-local", "{data-parallel-size: 2, data-parallel-size-local: 3}",
      "{data-parallel-size: 2, data-parallel-size-local: 2}", PLAIN),
    V("dp-rank", "{data-parallel-size: 2, data-parallel-rank: 2}",
      "{data-parallel-size: 2, data-parallel-rank: 1}", PLAIN),
    V("dp-rank-local",
      "{data-parallel-size: 4, data-parallel-rank: 0, data-parallel-size-local: 2}",
      "{data-parallel-size: 4, data-parallel-rank: 0, data-parallel-size-local: 1}", PLAIN),
    V("dp-external", "{data-parallel-external-lb: true}",
      "{data-parallel-external-lb: true, data-parallel-size: 2}", PLAIN),
    V("dp-both",
      "{data-parallel-external-lb: true, data-parallel-hybrid-lb: true, data-parallel-size: 2, "
      "data-parallel-size-local: 1}",
      "{data-parallel-hybrid-lb: true, data-parallel-size: 2, data-parallel-size-local: 1}",
      PLAIN),
    V("dp-hybrid", "{data-parallel-hybrid-lb: true, data-parallel-size: 2}",
      "{data-parallel-hybrid-lb: true, data-parallel-size: 2, data-parallel-size-local: 1}",
      PLAIN),
    V("dcp-uneven", "{tensor-parallel-size: 4, decode-context-parallel-size: 3}",
      "{tensor-parallel-size: 4, decode-context-parallel-size: 2}", PLAIN),
    V("dcp-backend", "{dcp-comm-backend: a2a}",
      "{dcp-comm-backend: a2a, tensor-parallel-size: 2, decode-context-parallel-size: 2}", PLAIN),
    V("cp-interleave", "{block-size: 16, cp-kv-cache-interleave-size: 3}",
      "{block-size: 16, cp-kv-cache-interleave-size: 4}", PLAIN),
    V("pcp-dp", "{prefill-context-parallel-size: 2, data-parallel-size: 2}",
      "{prefill-context-parallel-size: 2}", PLAIN),
    V("eplb", "{enable-eplb: true, tensor-parallel-size: 2}",
      "{enable-eplb: true, enable-expert-parallel: true, tensor-parallel-size: 2}", PLAIN),
    V("eplb", "{enable-eplb: true, enable-expert-parallel: true}",
      "{enable-eplb: true, enable-expert-parallel: true, data-parallel-size: 2}", PLAIN),
    V("eplb-redundant", "{eplb-config: {num_redundant_experts: 2}}",
      "{eplb-config: {num_redundant_experts: 0}}", PLAIN),
    V("elastic-ep", "{enable-elastic-ep: true}",
      "{enable-elastic-ep: true, enable-eplb: true, enable-expert-parallel: true, "
      "tensor-parallel-size: 2}",
      PLAIN),
    V("elastic-ep",
      "{enable-elastic-ep: true, enable-eplb: true, enable-expert-parallel: true, "
      "tensor-parallel-size: 2, pipeline-parallel-size: 2}",
      "{pipeline-parallel-size: 2}", PLAIN),
    V("fault-tolerance", "{enable-fault-tolerance: true}",
      "{enable-fault-tolerance: true, data-parallel-external-lb: true, data-parallel-size: 2}",
      PLAIN),
    V("fault-tolerance",
      "{enable-fault-tolerance: true, data-parallel-external-lb: true, data-parallel-size: 2, "
      "api-server-count: 2}",
      "{api-server-count: 2}", PLAIN),
    V("dbo-backend", "{enable-dbo: true}",
      "{enable-dbo: true, all2all-backend: deepep_low_latency}", PLAIN),
    V("dbo-backend", "{ubatch-size: 2}", "{ubatch-size: 1}", PLAIN),
    V("all2all-fallback", "{all2all-backend: pplx}", "{all2all-backend: nixl_ep}", PLAIN),
    /* vLLM: cache, adapters, front end */
    V("connector-excludes", "{use-replayssm: true}", "{use-replayssm: false}", DECODE),
    V("connector-excludes", "{enable-return-routed-experts: true}",
      "{enable-return-routed-experts: false}", JOB(.cache = &cpu_tier)),
    V("connector-excludes", "{use-replayssm: true, kv-offloading-size: 4}",
      "{use-replayssm: true}", PLAIN),
    V("offload-twice", "{kv-offloading-size: 4}", "{}", PREFILL),
    V("offload-twice", "{kv-offloading-size: 4}", NULL, {.cache = &cpu_tier}, {0}),
    V("events-without-cache",
      "{kv-events-config: {enable_kv_cache_events: true}, enable-prefix-caching: false}",
      "{kv-events-config: {enable_kv_cache_events: true}}", PLAIN),
    V("events-off", "{kv-events-config: '{\"publisher\": \"zmq\"}'}",
      "{kv-events-config: '{\"publisher\": \"zmq\", \"enable_kv_cache_events\": true}'}", PLAIN),
    V("lora-cpu", "{max-cpu-loras: 1, max-loras: 2}", "{max-cpu-loras: 2, max-loras: 2}", PLAIN),
    V("offload-group", "{offload-group-size: 2, offload-num-in-group: 3}",
      "{offload-group-size: 2, offload-num-in-group: 2}", PLAIN),
    V("offload-step", "{offload-group-size: 2, offload-prefetch-step: 0}",
      "{offload-prefetch-step: 0}", PLAIN),
    V("offload-both", "{offload-group-size: 2, cpu-offload-gb: 4}",
      "{offload-group-size: 2, cpu-offload-gb: 0}", PLAIN),
    V("flag-and-json", "{attention-backend: FLASHINFER, attention-config: {backend: FLASHINFER}}",
      "{attention-backend: FLASHINFER, attention-config: {flash_attn_version: 3}}", PLAIN),
    V("flag-and-json",
      "{cudagraph-capture-sizes: 1 2, compilation-config.cudagraph_capture_sizes: [1]}",
      "{cudagraph-capture-sizes: 1 2}", PLAIN),
    V("flag-and-json",
      "{max-cudagraph-capture-size: 2, compilation-config: {max_cudagraph_capture_size: 2}}",
      "{max-cudagraph-capture-size: 2}", PLAIN),
    V("flag-and-json",
      "{enable-flashinfer-autotune: true, kernel-config: {enable_flashinfer_autotune: true}}",
      "{enable-flashinfer-autotune: true}", PLAIN),
    V("capture-size", "{cudagraph-capture-sizes: 1 4 2, max-cudagraph-capture-size: 8}",
      "{cudagraph-capture-sizes: 1 4 2, max-cudagraph-capture-size: 4}", PLAIN),
    V("quantization-old", "{quantization: fbgemm_fp8}",
      "{quantization: fbgemm_fp8, allow-deprecated-quantization: true}", PLAIN),
    V("mamba-block", "{mamba-block-size: 8, enable-prefix-caching: false}",
      "{mamba-block-size: 8}", PLAIN),
    V("tool-parser", "{enable-auto-tool-choice: true}",
      "{enable-auto-tool-choice: true, tool-call-parser: hermes}", PLAIN),
    V("log-outputs", "{enable-log-outputs: true}",
      "{enable-log-outputs: true, enable-log-requests: true}", PLAIN),
    V("metrics-off", "{enable-per-request-metrics: true, disable-log-stats: true}",
      "{enable-per-request-metrics: true, disable-log-stats: false}", PLAIN),
    V("speculation-metrics", "{per-request-spec-decode-metrics: summary}",
      "{per-request-spec-decode-metrics: none}", PLAIN),
    /* SGLang: sizes */
    S("prefill-below-running", "{max-num-batched-tokens: 255, max-num-seqs: 256}",
      "{max-num-batched-tokens: 256, max-num-seqs: 256}", PLAIN),
    S("nodes-uneven", "{nnodes: 3, tp-size: 4}", "{nnodes: 2, tp-size: 1, pp-size: 2}", PLAIN),
    S("node-rank", "{nnodes: 2, node-rank: 2, tp-size: 2}",
      "{nnodes: 2, node-rank: 1, tp-size: 2}", PLAIN),
    S("pipeline-speculation", "{pp-size: 2}", "{tp-size: 2}", SPEC(eagle3)),
    S("dp-nodes", "{dp-size: 2, nnodes: 2, tp-size: 2}",
      "{dp-size: 2, nnodes: 2, tp-size: 2, enable-dp-attention: true}", PLAIN),
    S("dp-attention-uneven", "{dp-size: 3, tp-size: 4, enable-dp-attention: true}",
      "{dp-size: 2, tp-size: 4, enable-dp-attention: true}", PLAIN),
    S("dp-attention-idle", "{enable-dp-attention: true}",
      "{enable-dp-attention: true, dp-size: 2, tp-size: 2}", PLAIN),
    S("chunk-page", "{chunked-prefill-size: 1000, page-size: 64}",
      "{chunked-prefill-size: 1024, page-size: 64}", PLAIN),
    S("chunk-page",
      "{chunked-prefill-size: 64, page-size: 64, dp-size: 2, tp-size: 2, "
      "enable-dp-attention: true}",
      "{chunked-prefill-size: 128, page-size: 64, dp-size: 2, tp-size: 2, "
      "enable-dp-attention: true}",
      PLAIN),
    S("chunk-page", "{chunked-prefill-size: 1000, page-size: 64}", NULL,
      {.role = RCTL_ROLE_PREFILL}, {.role = RCTL_ROLE_DECODE}),
    S("cp-uneven", "{tp-size: 4, attn-cp-size: 3}", "{tp-size: 4, attn-cp-size: 2}", PLAIN),
    S("cp-uneven", "{tp-size: 4, attn-cp-size: 4, dp-size: 2, enable-dp-attention: true}",
      "{tp-size: 4, attn-cp-size: 2, dp-size: 2, enable-dp-attention: true}", PLAIN),
    S("moe-dp-uneven", "{tp-size: 4, moe-dp-size: 3}", "{tp-size: 4, moe-dp-size: 2}", PLAIN),
    S("expert-size", "{tp-size: 4, ep-size: 8}", "{tp-size: 4, ep-size: 4}", PLAIN),
    S("expert-size", "{tp-size: 4, ep-size: 2}", "{tp-size: 4, ep-size: 2, moe-dp-size: 2}",
      PLAIN),
    S("dense-size", "{tp-size: 4, moe-dense-tp-size: 2}", "{tp-size: 4, moe-dense-tp-size: 1}",
      PLAIN),
    S("eplb", "{enable-eplb: true}", "{enable-eplb: true, ep-size: 2, tp-size: 2}", PLAIN),
    S("eplb", "{enable-eplb: true}", "{enable-eplb: true, tp-size: 2, moe-a2a-backend: deepep}",
      PLAIN),
    S("ep-dispatch", "{ep-dispatch-algorithm: static}",
      "{ep-dispatch-algorithm: static, moe-a2a-backend: deepep}", PLAIN),
    S("flashinfer-a2a", "{moe-a2a-backend: flashinfer, tp-size: 2}",
      "{moe-a2a-backend: flashinfer, tp-size: 2, dp-size: 2, enable-dp-attention: true}", PLAIN),
    S("dcp-backend", "{dcp-comm-backend: a2a}", "{dcp-comm-backend: a2a, dcp-size: 2}", PLAIN),
    S("prefill-cp", "{enable-prefill-cp: true}",
      "{enable-prefill-cp: true, cp-strategy: zigzag}", PLAIN),
    S("pdmux", "{enable-pdmux: true}",
      "{enable-pdmux: true, chunked-prefill-size: -1, disable-overlap-schedule: true}", PLAIN),
    S("pdmux", "{enable-pdmux: true, chunked-prefill-size: -1}",
      "{enable-pdmux: true, chunked-prefill-size: -1, disable-overlap-schedule: true}", PLAIN),
    S("pdmux",
      "{enable-pdmux: true, chunked-prefill-size: -1, disable-overlap-schedule: true, "
      "pp-size: 2}",
      "{pp-size: 2}", PLAIN),
    S("pdmux", "{enable-pdmux: true, chunked-prefill-size: -1, disable-overlap-schedule: true}",
      NULL, {.role = RCTL_ROLE_DECODE}, {0}),
    S("gpu-count", "{tp-size: 4, dp-size: 2}",
      "{tp-size: 4, dp-size: 2, enable-dp-attention: true}", JOB(.gpus = 4)),
    S("gpu-idle", "{tp-size: 2}", "{tp-size: 2, pp-size: 2}", JOB(.gpus = 4)),
    /* SGLang: roles, caches, speculation, adapters, front end */
    S("served-name", NULL, NULL, {.served_name = "llama3:8b"}, {.served_name = "llama3"}),
    S("priority-policy", "{enable-priority-scheduling: true, schedule-policy: lpm}",
      "{enable-priority-scheduling: true, schedule-policy: lof}", PLAIN),
    S("retraction-policy", "{retraction-policy: priority}",
      "{retraction-policy: priority, enable-priority-scheduling: true}", PLAIN),
    S("lora-shape", "{enable-lora: true, max-lora-rank: 16}",
      "{enable-lora: true, max-lora-rank: 16, lora-target-modules: all}", PLAIN),
    S("lora-loaded", "{max-loaded-loras: 7}",
      "{max-loaded-loras: 7, max-loras-per-batch: 7}", PLAIN),
    S("lora-speculation", "{lora-paths: a=/a}", NULL, {.speculation = &eagle3},
      {.speculation = &ngram}),
    S("ssl-pair", "{ssl-keyfile: /k}", "{ssl-keyfile: /k, ssl-certfile: /c}",
      JOB(.unsafe = "[ssl-keyfile, ssl-certfile]")),
    S("grpc-port", "{grpc-port: 8000}", "{grpc-port: 8001}", PLAIN),
    S("grpc-excludes", "{grpc-port: 8001, tokenizer-worker-num: 2}",
      "{grpc-port: 8001, tokenizer-worker-num: 1}", PLAIN),
    S("grpc-excludes", "{grpc-port: 8001, api-key: x}", "{api-key: x}",
      JOB(.unsafe = "[api-key]")),
    S("graph-padding", "{disable-cuda-graph-padding: true, enable-torch-compile: true}",
      "{disable-cuda-graph-padding: true}", PLAIN),
    S("mixed-chunk", "{enable-mixed-chunk: true}", NULL, {.speculation = &ngram}, {0}),
    S("role-excludes", "{encoder-only: true}", NULL, {.role = RCTL_ROLE_PREFILL}, {0}),
    S("role-excludes", "{language-model-only: true}", NULL, {.role = RCTL_ROLE_DECODE}, {0}),
    S("queue-ignored", "{max-queued-requests: 10}", NULL, {.role = RCTL_ROLE_PREFILL}, {0}),
    S("decode-radix", "{disaggregation-decode-enable-radix-cache: true}", NULL, {0},
      {.role = RCTL_ROLE_DECODE}),
    S("decode-radix", "{disaggregation-decode-enable-radix-cache: true}", NULL,
      {.role = RCTL_ROLE_DECODE, .speculation = &eagle3}, {.role = RCTL_ROLE_DECODE}),
    S("decode-radix", "{disaggregation-decode-enable-radix-cache: true, enable-hisparse: true}",
      "{disaggregation-decode-enable-radix-cache: true}", DECODE),
    S("decode-offload", "{disaggregation-decode-enable-offload-kvcache: true}",
      "{disaggregation-decode-enable-offload-kvcache: true, hicache-storage-backend: file}",
      DECODE),
    S("decode-offload",
      "{disaggregation-decode-enable-offload-kvcache: true, hicache-storage-backend: file}", NULL,
      {0}, {.role = RCTL_ROLE_DECODE}),
    S("retraction-backup", "{disaggregation-decode-retraction-backup: host_pool}", NULL, {0},
      {.role = RCTL_ROLE_DECODE}),
    S("retraction-backup",
      "{disaggregation-decode-retraction-backup: host_pool, hicache-storage-backend: file, "
      "disaggregation-decode-enable-offload-kvcache: true}",
      "{disaggregation-decode-retraction-backup: cpu_tensor, hicache-storage-backend: file, "
      "disaggregation-decode-enable-offload-kvcache: true}",
      DECODE),
    S("decode-context", "{attn-cp-size: 2, tp-size: 2}", NULL, {.role = RCTL_ROLE_DECODE},
      {.role = RCTL_ROLE_PREFILL}),
    S("dcp-decode", "{dcp-size: 2, enable-hierarchical-cache: true}", "{dcp-size: 2}", DECODE),
    S("hicache-radix", "{enable-hierarchical-cache: true, disable-radix-cache: true}",
      "{disable-radix-cache: true}", PLAIN),
    S("cache-off", "{disable-radix-cache: true}", "{disable-radix-cache: false}",
      JOB(.cache = &no_tier)),
    S("hicache-unified", "{enable-hierarchical-cache: true, enable-unified-memory: true}",
      "{enable-unified-memory: true}", PLAIN),
    S("hicache-dcp",
      "{enable-hierarchical-cache: true, hicache-storage-backend: file, dcp-size: 2}",
      "{enable-hierarchical-cache: true, dcp-size: 2}", PLAIN),
    S("hicache-layout", "{enable-hierarchical-cache: true, hicache-io-backend: direct}",
      "{enable-hierarchical-cache: true, hicache-io-backend: kernel}", PLAIN),
    S("hicache-layout", "{enable-hierarchical-cache: true, hicache-mem-layout: page_first_direct}",
      "{enable-hierarchical-cache: true, hicache-mem-layout: page_first_direct, "
      "hicache-io-backend: direct}",
      PLAIN),
    S("hicache-layout",
      "{enable-hierarchical-cache: true, hicache-mem-layout: layer_first, "
      "hicache-storage-backend: mooncake}",
      "{enable-hierarchical-cache: true, hicache-mem-layout: layer_first}", PLAIN),
    S("lmcache-config", "{enable-lmcache: true}",
      "{enable-lmcache: true, lmcache-config-file: /etc/lmcache.yaml}", PLAIN),
    S("lmcache-unused",
      "{enable-lmcache: true, lmcache-config-file: /l, enable-hierarchical-cache: true}",
      "{enable-lmcache: true, lmcache-config-file: /l}", PLAIN),
    S("speculation-attention", "{attention-backend: flex_attention}",
      "{attention-backend: triton}", SPEC(eagle3)),
    S("speculation-dp", "{enable-dp-attention: true, dp-size: 2, tp-size: 2}", NULL,
      {.speculation = &ngram}, {.speculation = &eagle3}),
    S("rejection-sampling", "{speculative-use-rejection-sampling: true}", NULL,
      {.speculation = &ngram}, {.speculation = &eagle3}),
    S("rejection-sampling",
      "{speculative-use-rejection-sampling: true, speculative-accept-threshold-acc: 0.5}",
      "{speculative-use-rejection-sampling: true, speculative-accept-threshold-acc: 1.0}",
      SPEC(eagle3)),
    S("rejection-sampling",
      "{speculative-use-rejection-sampling: true, enable-deterministic-inference: true}",
      "{enable-deterministic-inference: true}", SPEC(eagle3)),
    S("block-size", "{speculative-dflash-block-size: 5}", "{speculative-dflash-block-size: 6}",
      SPEC(dflash)),
};

static void resolve(struct pod *pod, const struct rule_case *one, const char *config,
                    const struct setting_of_job *job)
{
    pod_init(pod, one->engine);
    pod_config(pod, config);
    pod_unsafe(pod, job->unsafe);
    pod->job.role = job->role;
    pod->job.speculation = job->speculation;
    pod->job.cache = job->cache;
    if (job->gpus)
        pod->job.gpus = job->gpus;
    if (job->served_name)
        pod->job.served_name = job->served_name;
    pod_resolve(pod);
}

TEST(rules, fire_when_broken_and_only_then)
{
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        const struct rule_case *one = &cases[i];
        struct pod pod;

        resolve(&pod, one, one->broken, &one->job);
        cr_expect(pod_has_code(&pod, one->code), "%s %s: %s", one->code,
                  one->broken ? one->broken : "", pod_codes(&pod));
        cr_expect_eq(pod.diags.n_items, 1, "%s: more faults than asked for: %s", one->code,
                     pod_codes(&pod));
        pod_done(&pod);
        resolve(&pod, one, one->fine ? one->fine : one->broken, &one->fine_job);
        cr_expect(!pod_has_code(&pod, one->code), "%s fires on %s", one->code,
                  one->fine ? one->fine : "a good job");
        pod_done(&pod);
    }
}

static const struct {
    const rctl_engine *engine;
    const struct rule_list *rules;
} lists[] = {
    {&engine_vllm, &engine_rules_vllm_size},       {&engine_vllm, &engine_rules_vllm_parallel},
    {&engine_vllm, &engine_rules_vllm_serve},      {&engine_sglang, &engine_rules_sglang_size},
    {&engine_sglang, &engine_rules_sglang_serve},
};

static bool has_case(const rctl_engine *engine, const char *code)
{
    for (size_t i = 0; i < BASE_COUNT(cases); i++)
        if (cases[i].engine == engine && strcmp(cases[i].code, code) == 0)
            return true;
    return false;
}

TEST(rules, each_has_a_case_and_names_a_flag)
{
    for (size_t i = 0; i < BASE_COUNT(lists); i++)
        for (size_t k = 0; k < lists[i].rules->n_items; k++) {
            const struct rule *rule = &lists[i].rules->items[k];
            const char *code = diag_code_name(rule->code);

            cr_expect(has_case(lists[i].engine, code), "%s of %s has no case", code,
                      lists[i].engine->name);
            cr_expect(rule->hint && *rule->hint);
            /* Rules ask by the name of a row, never by another name of it. */
            if (rule->flag)
                cr_expect_str_eq(engine_flag_name(lists[i].engine, rule->flag), rule->flag);
            cr_expect(!rule->flag || engine_find_flag(lists[i].engine, rule->flag), "%s",
                      rule->flag);
        }
}

TEST(rules, keep_quiet_on_huge_numbers)
{
    static const char *const numbers[] = {"9223372036854775807", "4611686018427387904",
                                          "2147483648"};
    static const rctl_engine *const engines[] = {&engine_vllm, &engine_sglang};

    /* Nothing may overflow, whichever flag holds the number. */
    for (size_t e = 0; e < BASE_COUNT(engines); e++)
        for (size_t n = 0; n < BASE_COUNT(numbers); n++) {
            rctl_speculation speculation = {
                .method = "dflash", .draft_model = "x", .num_tokens = INT64_MAX};
            struct base_buf config;
            struct pod pod;

            pod_init(&pod, engines[e]);
            base_buf_init(&config, &pod.memory.arena, NULL);
            for (size_t i = 0; i < engines[e]->n_flags; i++) {
                const rctl_flag *flag = &engines[e]->flags[i];

                if (!flag->alias_of && (flag->type == RCTL_FLAG_INT ||
                                        flag->type == RCTL_FLAG_INT_HUMAN))
                    base_buf_format(&config, "%s: \"%s\"\n", flag->name, numbers[n]);
            }
            base_buf_puts(&config, "enable-lora: true\nenable-eplb: true\n");
            pod_config(&pod, config.data);
            pod.job.speculation = &speculation;
            pod.job.gpus = 8;
            pod_resolve(&pod);
            cr_assert(pod_has_code(&pod, e == 0 ? "engine.nodes-uneven" : "engine.expert-size") ||
                      pod.diags.n_items > 0);
            pod_done(&pod);
        }
}
