/* vLLM's arguments for roles, speculation and cache tiers. */
#include "pod.h"

static const int64_t gibibyte = 1024 * 1024 * 1024;

TEST(vllm, nixl_halves)
{
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod.job.role = RCTL_ROLE_PREFILL;
    pod.job.connector = "nixl";
    pod_config(&pod, "data-parallel-size: 2");
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_words(&pod),
                     "--data-parallel-size 2 --kv-transfer-config "
                     "{\"kv_connector\":\"NixlConnector\",\"kv_role\":\"kv_producer\"}");
    cr_assert_str_eq(pod_env(&pod, "VLLM_NIXL_SIDE_CHANNEL_HOST"), "status.podIP");
    cr_assert_str_eq(pod_env(&pod, "VLLM_NIXL_SIDE_CHANNEL_PORT"), "5600");
    cr_assert_str_eq(pod_ports(&pod), "nixl=5600 nixl-1=5601");
    cr_assert_str_eq(pod_pair(pod.result.labels, pod.result.n_labels, "llm-d.ai/role"), "prefill");
    cr_assert_str_eq(pod_pair(pod.result.labels, pod.result.n_labels, "llm-d.ai/engine-type"),
                     "vllm");
    pod_done(&pod);

    pod_init(&pod, &engine_vllm);
    pod.job.role = RCTL_ROLE_DECODE; /* NIXL is the default */
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_words(&pod),
                     "--kv-transfer-config "
                     "{\"kv_connector\":\"NixlConnector\",\"kv_role\":\"kv_consumer\"}");
    cr_assert_str_eq(pod_ports(&pod), "nixl=5600");
    pod_done(&pod);
}

TEST(vllm, mooncake_halves)
{
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod.job.role = RCTL_ROLE_PREFILL;
    pod.job.connector = "mooncake";
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_env(&pod, "VLLM_MOONCAKE_BOOTSTRAP_PORT"), "8998");
    cr_assert_str_eq(pod_ports(&pod), "bootstrap=8998");
    pod_done(&pod);

    pod_init(&pod, &engine_vllm);
    pod.job.role = RCTL_ROLE_DECODE;
    pod.job.connector = "mooncake";
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_null(pod_env(&pod, "VLLM_MOONCAKE_BOOTSTRAP_PORT"));
    cr_assert_str_eq(pod_ports(&pod), "");
    cr_assert_str_eq(pod_words(&pod),
                     "--kv-transfer-config "
                     "{\"kv_connector\":\"MooncakeConnector\",\"kv_role\":\"kv_consumer\"}");
    pod_done(&pod);
}

TEST(vllm, lmcache_halves)
{
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod.job.role = RCTL_ROLE_PREFILL;
    pod.job.connector = "lmcache";
    cr_assert_str_eq(pod_resolve(&pod), "engine.lmcache-front");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_PD_ROLE"), "sender");
    pod_done(&pod);

    pod_init(&pod, &engine_vllm);
    pod.job.role = RCTL_ROLE_PREFILL;
    pod.job.connector = "lmcache";
    pod.job.front_host = "router";
    pod.job.front_port = 7500;
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_PD_PROXY_HOST"), "router");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_PD_PROXY_PORT"), "7500");
    pod_done(&pod);

    pod_init(&pod, &engine_vllm);
    pod.job.role = RCTL_ROLE_DECODE;
    pod.job.connector = "lmcache";
    pod_config(&pod, "tensor-parallel-size: 2");
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_PD_PEER_HOST"), "status.podIP");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_PD_PEER_INIT_PORT"), "7300,7301");
    cr_assert_str_eq(pod_ports(&pod),
                     "lm-init=7300 lm-init-1=7301 lm-alloc=7400 lm-alloc-1=7401");
    cr_assert_str_eq(
        pod_words(&pod),
        "--tensor-parallel-size 2 --kv-transfer-config "
        "{\"kv_connector\":\"LMCacheConnectorV1\",\"kv_role\":\"kv_consumer\","
        "\"kv_connector_extra_config\":{\"discard_partial_chunks\":false,\"lmcache_rpc_port\":"
        "\"consumer1\"}}");
    pod_done(&pod);
}

TEST(vllm, cpu_tier)
{
    rctl_kv_cache cache = {.cpu_bytes = 64 * gibibyte};
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod.job.cache = &cache;
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_words(&pod),
                     "--enable-prefix-caching --kv-transfer-config "
                     "{\"kv_connector\":\"OffloadingConnector\",\"kv_role\":\"kv_both\","
                     "\"kv_connector_extra_config\":{\"cpu_bytes_to_use\":68719476736}}");
    cr_assert_eq(pod.result.host_memory, 64 * gibibyte);
    pod_done(&pod);
}

TEST(vllm, cpu_tier_beside_a_role)
{
    rctl_kv_cache cache = {.cpu_bytes = gibibyte};
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod.job.cache = &cache;
    pod.job.role = RCTL_ROLE_DECODE;
    pod_config(&pod, "enable-prefix-caching: true");
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(
        pod_words(&pod),
        "--enable-prefix-caching --kv-transfer-config "
        "{\"kv_connector\":\"MultiConnector\",\"kv_role\":\"kv_both\","
        "\"kv_connector_extra_config\":{\"connectors\":["
        "{\"kv_connector\":\"NixlConnector\",\"kv_role\":\"kv_consumer\"},"
        "{\"kv_connector\":\"OffloadingConnector\",\"kv_role\":\"kv_both\","
        "\"kv_connector_extra_config\":{\"cpu_bytes_to_use\":1073741824}}]}}");
    cr_assert(engine_read_json(pod.result.words[2].text, &pod.memory.arena));
    pod_done(&pod);
}

TEST(vllm, disk_tier)
{
    rctl_kv_cache cache = {
        .cpu_bytes = 5 * gibibyte, .disk_bytes = 100 * gibibyte, .disk_path = "/var/cache/kv"};
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod.job.cache = &cache;
    pod_config(&pod, "tensor-parallel-size: 2");
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_LOCAL_CPU"), "true");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_MAX_LOCAL_CPU_SIZE"), "2.500");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_LOCAL_DISK"), "file:///var/cache/kv");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_MAX_LOCAL_DISK_SIZE"), "50.000");
    cr_assert_str_eq(pod_env(&pod, "PYTHONHASHSEED"), "0");
    cr_assert_eq(pod.result.n_scratch, 1);
    cr_assert_str_eq(pod.result.scratch[0].path, "/var/cache/kv");
    cr_assert_eq(pod.result.scratch[0].bytes, 100 * gibibyte);
    cr_assert_eq(pod.result.host_memory, 5 * gibibyte);
    pod_done(&pod);

    cache.cpu_bytes = 0; /* blocks pass through host memory all the same */
    pod_init(&pod, &engine_vllm);
    pod.job.cache = &cache;
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_env(&pod, "LMCACHE_LOCAL_CPU"), "false");
    cr_assert_eq(pod.result.host_memory, gibibyte);
    pod_done(&pod);
}

TEST(vllm, server_tier)
{
    rctl_kv_cache cache = {.server_host = "kv\"cache", .server_port = 5555};
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod.job.cache = &cache;
    cr_assert_str_eq(pod_resolve(&pod), "");
    cr_assert_str_eq(pod_words(&pod),
                     "--enable-prefix-caching --kv-transfer-config "
                     "{\"kv_connector\":\"LMCacheMPConnector\",\"kv_role\":\"kv_both\","
                     "\"kv_connector_extra_config\":{\"lmcache.mp.host\":\"tcp://kv\\\"cache\","
                     "\"lmcache.mp.port\":5555}}");
    pod_done(&pod);
}

TEST(vllm, tiers_that_exclude_each_other)
{
    rctl_kv_cache cache = {.disk_bytes = gibibyte, .disk_path = "/kv", .server_host = "kv"};
    struct pod pod;

    pod_init(&pod, &engine_vllm);
    pod.job.cache = &cache;
    cr_assert_str_eq(pod_resolve(&pod), "engine.tier");
    pod_done(&pod);

    cache.server_host = NULL;
    pod_init(&pod, &engine_vllm);
    pod.job.cache = &cache;
    pod.job.role = RCTL_ROLE_DECODE;
    pod.job.connector = "lmcache";
    cr_assert_str_eq(pod_resolve(&pod), "engine.tier");
    pod_done(&pod);

    pod_init(&pod, &engine_vllm);
    pod.job.cache = &cache;
    pod_config(&pod, "enable-prefix-caching: false");
    cr_assert_str_eq(pod_resolve(&pod), "engine.cache-off");
    pod_done(&pod);
}

static const struct {
    rctl_speculation speculation;
    rctl_engine_role role;
    const char *codes, *words;
} speculations[] = {
    {{.method = "draft_model", .draft_model = "org/draft", .num_tokens = 5}, RCTL_ROLE_SERVE, "",
     "--speculative-config "
     "{\"method\":\"draft_model\",\"model\":\"org/draft\",\"num_speculative_tokens\":5}"},
    {{.method = "eagle3", .draft_model = "a\"b", .num_tokens = 3, .draft_tensor_parallel = 1},
     RCTL_ROLE_SERVE, "",
     "--speculative-config {\"method\":\"eagle3\",\"model\":\"a\\\"b\",\"num_speculative_tokens\":"
     "3,\"draft_tensor_parallel_size\":1}"},
    {{.method = "ngram", .num_tokens = 4, .lookup_min = 2, .lookup_max = 5}, RCTL_ROLE_SERVE, "",
     "--speculative-config {\"method\":\"ngram\",\"num_speculative_tokens\":4,"
     "\"prompt_lookup_min\":2,\"prompt_lookup_max\":5}"},
    {{.method = "mtp", .num_tokens = 1}, RCTL_ROLE_SERVE, "",
     "--speculative-config {\"method\":\"mtp\",\"num_speculative_tokens\":1}"},
    {{.method = "ngram", .num_tokens = 4}, RCTL_ROLE_PREFILL, "",
     "--kv-transfer-config {\"kv_connector\":\"NixlConnector\",\"kv_role\":\"kv_producer\"}"},
    {{.method = "eagle", .num_tokens = 4}, RCTL_ROLE_SERVE, "engine.draft-missing", NULL},
    {{.method = "ngram", .draft_model = "x", .num_tokens = 4}, RCTL_ROLE_SERVE,
     "engine.draft-unused", NULL},
    {{.method = "mtp", .num_tokens = 4, .lookup_max = 3}, RCTL_ROLE_SERVE, "engine.lookup-unused",
     NULL},
    {{.method = "STANDALONE", .num_tokens = 4}, RCTL_ROLE_SERVE, "engine.method", ""},
};

TEST(vllm, speculation)
{
    for (size_t i = 0; i < BASE_COUNT(speculations); i++) {
        struct pod pod;

        pod_init(&pod, &engine_vllm);
        pod.job.speculation = &speculations[i].speculation;
        pod.job.role = speculations[i].role;
        cr_assert_str_eq(pod_resolve(&pod), speculations[i].codes, "%s",
                         speculations[i].speculation.method);
        if (speculations[i].words)
            cr_assert_str_eq(pod_words(&pod), speculations[i].words);
        pod_done(&pod);
    }
}

TEST(vllm, every_method_is_rendered)
{
    for (size_t i = 0; engine_vllm.methods[i]; i++) {
        rctl_speculation speculation = {.method = engine_vllm.methods[i], .num_tokens = 2};
        struct pod pod;

        pod_init(&pod, &engine_vllm);
        pod.job.speculation = &speculation;
        pod_resolve(&pod);
        cr_assert_eq(pod.result.n_words, 2, "%s", speculation.method);
        pod_done(&pod);
    }
}
