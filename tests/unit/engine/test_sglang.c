/* SGLang's arguments for roles, speculation and cache tiers. */
#include "pod.h"

static const int64_t gigabyte = 1000000000;

TEST(sglang, halves)
{
    struct pod pod;

    pod_init(&pod, &engine_sglang);
    pod.job.role = RCTL_ROLE_PREFILL;
    pod.job.connector = "mooncake";
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_words(&pod),
                     "--enable-metrics --disaggregation-mode prefill "
                     "--disaggregation-transfer-backend mooncake "
                     "--disaggregation-bootstrap-port 8998");
    cr_assert_str_eq(pod_ports(&pod), "bootstrap=8998");
    cr_assert_str_eq(pod_pair(pod.result.annotations, pod.result.n_annotations,
                              "sglang.ai/bootstrap-port"),
                     "8998");
    cr_assert_str_eq(pod_pair(pod.result.labels, pod.result.n_labels, "llm-d.ai/role"), "prefill");
    pod_done(&pod);

    pod_init(&pod, &engine_sglang);
    pod.job.role = RCTL_ROLE_DECODE;
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_words(&pod),
                     "--enable-metrics --disaggregation-mode decode "
                     "--disaggregation-transfer-backend nixl "
                     "--disaggregation-bootstrap-port 8998");
    cr_assert_str_eq(pod_ports(&pod), "");
    cr_assert_eq(pod.result.n_annotations, 0);
    pod_done(&pod);
}

TEST(sglang, a_busy_engine_is_alive)
{
    struct pod pod;

    pod_init(&pod, &engine_sglang);
    pod_resolve(&pod);
    cr_assert_str_eq(pod_env(&pod, "SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION"), "false");
    pod_done(&pod);
}

static const struct {
    rctl_speculation speculation;
    rctl_engine_role role;
    const char *config, *codes, *words;
} speculations[] = {
    {{.method = "draft_model", .draft_model = "org/draft", .num_tokens = 5}, RCTL_ROLE_SERVE, NULL,
     "",
     "--enable-metrics --speculative-algorithm STANDALONE --speculative-draft-model-path org/draft "
     "--speculative-num-steps 5 --speculative-eagle-topk 1 --speculative-num-draft-tokens 6 "
     "--max-running-requests 48"},
    {{.method = "mtp", .num_tokens = 3}, RCTL_ROLE_SERVE, "max-num-seqs: 32", "",
     "--max-running-requests 32 --enable-metrics --speculative-algorithm NEXTN "
     "--speculative-num-steps 3 --speculative-eagle-topk 1 --speculative-num-draft-tokens 4"},
    {{.method = "ngram", .num_tokens = 11}, RCTL_ROLE_SERVE, NULL, "",
     "--enable-metrics --speculative-algorithm NGRAM --speculative-num-draft-tokens 12 "
     "--max-running-requests 48"},
    {{.method = "eagle3", .num_tokens = 3}, RCTL_ROLE_SERVE, NULL, "engine.draft-missing", NULL},
    {{.method = "ngram", .draft_model = "x", .num_tokens = 3}, RCTL_ROLE_SERVE, NULL,
     "engine.draft-unused", NULL},
    {{.method = "ngram", .num_tokens = 3, .lookup_min = 2}, RCTL_ROLE_SERVE, NULL,
     "engine.lookup-unused", NULL},
    {{.method = "mtp", .num_tokens = 3, .draft_tensor_parallel = 2}, RCTL_ROLE_SERVE, NULL,
     "engine.draft-tensor-parallel", NULL},
    {{.method = "medusa", .draft_model = "x", .num_tokens = 3}, RCTL_ROLE_SERVE, NULL,
     "engine.method", "--enable-metrics"},
};

TEST(sglang, speculation)
{
    for (size_t i = 0; i < BASE_COUNT(speculations); i++) {
        struct pod pod;

        pod_init(&pod, &engine_sglang);
        pod.job.speculation = &speculations[i].speculation;
        pod.job.role = speculations[i].role;
        pod_config(&pod, speculations[i].config);
        cr_assert_str_eq(pod_resolve(&pod), speculations[i].codes, "%s",
                         speculations[i].speculation.method);
        if (speculations[i].words)
            cr_assert_str_eq(pod_words(&pod), speculations[i].words);
        pod_done(&pod);
    }
}

TEST(sglang, every_method_is_rendered)
{
    for (size_t i = 0; engine_sglang.methods[i]; i++) {
        rctl_speculation speculation = {.method = engine_sglang.methods[i], .num_tokens = 2};
        struct pod pod;

        pod_init(&pod, &engine_sglang);
        pod.job.speculation = &speculation;
        pod_resolve(&pod);
        cr_assert_gt(pod.result.n_words, 3, "%s", speculation.method);
        pod_done(&pod);
    }
}

TEST(sglang, cpu_and_disk_tiers)
{
    rctl_kv_cache cache = {
        .cpu_bytes = 64 * gigabyte, .disk_bytes = 100 * gigabyte, .disk_path = "/kv"};
    struct pod pod;

    pod_init(&pod, &engine_sglang);
    pod.job.cache = &cache;
    pod_config(&pod, "tp-size: 4");
    cr_assert_str_eq(pod_resolve(&pod), "engine.disk-unbounded");
    cr_assert_str_eq(pod_words(&pod), "--tp-size 4 --enable-metrics --enable-hierarchical-cache "
                                      "--hicache-size 16 --hicache-storage-backend file");
    cr_assert_str_eq(pod_env(&pod, "SGLANG_HICACHE_FILE_BACKEND_STORAGE_DIR"), "/kv");
    cr_assert_eq(pod.result.host_memory, 64 * gigabyte);
    cr_assert_eq(pod.result.n_scratch, 1);
    pod_done(&pod);
}

TEST(sglang, tiers_that_cannot_be)
{
    rctl_kv_cache cache = {.cpu_bytes = gigabyte};
    struct pod pod;

    pod_init(&pod, &engine_sglang);
    pod.job.cache = &cache;
    pod_config(&pod, "tp-size: 2");
    cr_assert_str_eq(pod_resolve(&pod), "engine.tier"); /* half a gigabyte a rank */
    pod_done(&pod);

    pod_init(&pod, &engine_sglang);
    pod.job.cache = &cache;
    pod_config(&pod, "hicache-size: 4");
    cr_assert_str_eq(pod_resolve(&pod), "engine.conflict");
    pod_done(&pod);

    pod_init(&pod, &engine_sglang);
    pod.job.cache = &cache;
    pod.job.role = RCTL_ROLE_DECODE;
    cr_assert_str_eq(pod_resolve(&pod), "engine.tier-prefill");
    pod_done(&pod);

    cache = (rctl_kv_cache){.disk_bytes = gigabyte, .disk_path = "/kv"};
    pod_init(&pod, &engine_sglang);
    pod.job.cache = &cache;
    cr_assert_str_eq(pod_resolve(&pod), "engine.tier");
    pod_done(&pod);

    cache = (rctl_kv_cache){.server_host = "kv", .server_port = 5555};
    pod_init(&pod, &engine_sglang);
    pod.job.cache = &cache;
    cr_assert_str_eq(pod_resolve(&pod), "engine.tier");
    pod_done(&pod);
}
