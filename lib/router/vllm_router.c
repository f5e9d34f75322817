/*
 * vllm-router, of the vLLM project: drives vLLM's prefill and decode halves, knows
 * prefixes and sessions, but sends any model to any backend, and has no file that it
 * would follow.
 */
#include "engine/flag_words.h"
#include "router/router.h"

static const rctl_flag flags[] = {
#include "router/flags_vllm_router.def"
};

static const rctl_router_policy policies[] = {
    {"round_robin", 0, NULL},
    {"power_of_two", 0, NULL},
    {"cache_aware", 0, NULL},
    {"random", 0, NULL},
    {"sticky_least_loaded", 0, "0.1.17"},
    {"consistent_hash", 0, "0.1.11"},
};

/* The headers that its hash looks at, first to last; they cannot be changed. */
#define HEADERS "x-session-id|x-user-id|x-tenant-id|x-correlation-id|x-request-id|x-trace-id"
#define ALONE "requests without the header all go to one backend"

static const rctl_router_way ways[] = {
    {RCTL_WISH_ROUND_ROBIN, "round_robin", "--policy round_robin", NULL, NULL, NULL, false},
    {RCTL_WISH_RANDOM, "random", "--policy random", NULL, NULL, NULL, false},
    {RCTL_WISH_LEAST_LOAD, "power_of_two", "--policy power_of_two", NULL, NULL,
     "the less loaded of two backends that are drawn at random", false},
    {RCTL_WISH_LEAST_LOAD, "sticky_least_loaded", "--policy sticky_least_loaded", NULL, NULL,
     "by requests in flight", false},
    {RCTL_WISH_PREFIX, "cache_aware", "--policy cache_aware", NULL, NULL,
     "short or equal starts share one backend until the load is uneven", true},
    {RCTL_WISH_KV_AWARE, NULL, NULL, NULL, NULL,
     "its policy kv_aware needs the KV events of each pod, and those are not rendered", false},
    {RCTL_WISH_LOAD_REQUESTS, "cache_aware",
     "--balance-abs-threshold 4 --balance-rel-threshold 1.1", "balance-abs-threshold", NULL,
     "by requests in flight", false},
    {RCTL_WISH_LOAD_REQUESTS, "power_of_two", "--policy power_of_two", NULL, NULL,
     "by requests in flight", false},
    {RCTL_WISH_LOAD_REQUESTS, "sticky_least_loaded", "--policy sticky_least_loaded", NULL, NULL,
     "by requests in flight", false},
    {RCTL_WISH_LOAD_KV, NULL, NULL, NULL, NULL, "it counts its own requests, not KV usage", false},
    {RCTL_WISH_LOAD_GPU, NULL, NULL, NULL, NULL, "it counts its own requests", false},
    {RCTL_WISH_SESSION, "consistent_hash", "--policy consistent_hash", NULL, HEADERS, ALONE, false},
    {RCTL_WISH_SESSION, "sticky_least_loaded", "--policy sticky_least_loaded", NULL, HEADERS,
     NULL, true},
    {RCTL_WISH_MODELS, NULL, NULL, NULL, NULL, "it sends any model to any backend", false},
    {RCTL_WISH_ALIASES, NULL, NULL, NULL, NULL, "it passes the model's name on as it is", false},
    {RCTL_WISH_WEIGHTS, NULL, NULL, NULL, NULL, "its backends are equals", false},
    /* Mooncake's bootstrap servers are asked at its start only, before it finds any pod; from
     * then on decode is told nothing, and prefill holds blocks that nobody fetches. */
    {RCTL_WISH_PD, NULL, "--vllm-pd-disaggregation --kv-connector", "kv-connector",
     "vllm/nixl", NULL, false},
    {RCTL_WISH_STATIC, NULL, "--worker-urls", NULL, NULL, NULL, false},
    {RCTL_WISH_K8S, NULL, "--service-discovery", NULL, NULL, NULL, false},
    {RCTL_WISH_K8S_MANY, NULL, NULL, NULL, NULL, "its selector is one list of equal labels", false},
    {RCTL_WISH_HOT_RELOAD, NULL, NULL, NULL, NULL, "it reads no file after its start", false},
    {RCTL_WISH_SEMANTIC_CACHE, NULL, NULL, NULL, NULL, "it has no semantic cache", false},
    {RCTL_WISH_PROMPT_GUARD, NULL, NULL, NULL, NULL, "it takes filters only as compiled code", false},
    {RCTL_WISH_CACHE_THRESHOLD, "cache_aware", "--cache-threshold", "cache-threshold", NULL, NULL, false},
    {RCTL_WISH_API_KEY, NULL, NULL, NULL, NULL, "its --api-key is for the backends only", false},
    {RCTL_WISH_BACKEND_TLS, NULL, NULL, NULL, NULL, "it takes no CA", false},
    {RCTL_WISH_HTTP_ROUTE, NULL, "HTTPRoutes lead to its Service", NULL, NULL, NULL, false},
    {RCTL_WISH_PICKER, NULL, NULL, NULL, NULL, "it chooses the backend itself", false},
};

static int add_arguments(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    (void)ctx;
    router_family_policy(job, /* spread= */ true, out);
    if (router_asks(job, RCTL_WISH_PD)) {
        router_out_arg(out, "vllm-pd-disaggregation", NULL, "prefillDecodingRef");
        router_out_arg(out, "kv-connector", job->connector, "kvTransfer.connector");
    }
    if (router_asks(job, RCTL_WISH_STATIC))
        router_family_backends(job, out);
    else
        router_family_discovery(job, out);
    router_family_patience(out);
    return RCTL_OK;
}

static const char *const command[] = {"vllm-router", NULL};
static const char *const verbs[] = {"get", "list", "watch", NULL};

const rctl_router router_vllm_router = {
    .size = sizeof(rctl_router),
    .name = "vllm-router",
    .title = "vllm-router",
    .version = "0.1.17",
    .image = "vllm/vllm-router:v0.1.17",
    .command = command,
    .policies = policies,
    .n_policies = BASE_COUNT(policies),
    .ways = ways,
    .n_ways = BASE_COUNT(ways),
    .flags = flags,
    .n_flags = BASE_COUNT(flags),
    .host_flag = "host",
    .port_flag = "port",
    .metrics_host_flag = "prometheus-host",
    .metrics_port_flag = "prometheus-port",
    .live_path = "/liveness",
    .ready_path = "/readiness",
    .startup_seconds = 3660,
    .stop_seconds = 60,
    .run_as_user = 65534,
    .read_only_root = true,
    .cpu = "500m",
    .memory = "512Mi",
    .pod_verbs = verbs,
    .fits = router_family_fits,
    .arguments = add_arguments,
};
