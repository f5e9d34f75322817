/*
 * smg, the Shepherd Model Gateway: the one that reads the load and the KV usage which
 * engines report, and that keeps sessions under any policy. Several models work
 * without --enable-igw, which would ignore the backends that are given.
 */
#include "engine/flag_words.h"
#include "router/router.h"

static const rctl_flag flags[] = {
#include "router/flags_smg.def"
};

static const rctl_router_policy policies[] = {
    {"least_load", 0, "1.5.0"},
    {"round_robin", 0, NULL},
    {"cache_aware", 0, NULL},
    {"random", 0, NULL},
};

static const rctl_router_way ways[] = {
    {RCTL_WISH_ROUND_ROBIN, "round_robin", "--policy round_robin", NULL, NULL, NULL, false},
    {RCTL_WISH_RANDOM, "random", "--policy random", NULL, NULL, NULL, false},
    {RCTL_WISH_LEAST_LOAD, "least_load", "--policy least_load", NULL, NULL,
     "by the load that engines report", false},
    {RCTL_WISH_PREFIX, "cache_aware", "--policy cache_aware", NULL, NULL, NULL, true},
    {RCTL_WISH_KV_AWARE, NULL, NULL, NULL, NULL,
     "over HTTP it remembers prompts, it does not follow KV events", false},
    {RCTL_WISH_LOAD_REQUESTS, "least_load", "--policy least_load", NULL, NULL,
     "by the load that engines report", false},
    {RCTL_WISH_LOAD_REQUESTS, "cache_aware", "--balance-abs-threshold, --balance-rel-threshold",
     "balance-abs-threshold", NULL, "a backend above the mean loses prefixes to the least loaded", false},
    {RCTL_WISH_LOAD_KV, "cache_aware", "--overload-token-usage-threshold 0.9",
     "overload-token-usage-threshold", NULL,
     "KV usage that engines report, not the utilisation of GPUs", false},
    {RCTL_WISH_LOAD_KV, NULL, "--worker-overload-protection", "worker-overload-protection",
     NULL, "KV usage that engines report, not the utilisation of GPUs", false},
    {RCTL_WISH_LOAD_GPU, NULL, NULL, NULL, NULL,
     "it reads what engines report, which is KV usage and queues", false},
    {RCTL_WISH_SESSION, NULL, "--routing-key-override --routing-key-headers",
     "routing-key-headers", NULL, NULL, true},
    {RCTL_WISH_MODELS, NULL, "it reads /v1/models of each backend", NULL, NULL, NULL, false},
    {RCTL_WISH_ALIASES, NULL, "--model-alias", "model-alias", NULL, NULL, false},
    {RCTL_WISH_WEIGHTS, NULL, NULL, NULL, NULL, "its backends are equals", false},
    {RCTL_WISH_PD, NULL, "--pd-disaggregation", "pd-disaggregation",
     "sglang/nixl|sglang/mooncake", NULL, false},
    {RCTL_WISH_STATIC, NULL, "--worker-urls", NULL, NULL, NULL, false},
    {RCTL_WISH_K8S, NULL, "--service-discovery", NULL, NULL, NULL, false},
    {RCTL_WISH_K8S_MANY, NULL, NULL, NULL, NULL, "its selector is one list of equal labels", false},
    {RCTL_WISH_HOT_RELOAD, NULL, "--discovery-provider file", "discovery-file", NULL,
     "backends only: changed aliases and policies still restart it", false},
    {RCTL_WISH_SEMANTIC_CACHE, NULL, NULL, NULL, NULL, "it has no semantic cache", false},
    {RCTL_WISH_PROMPT_GUARD, NULL, NULL, NULL, NULL, "it takes filters only as compiled code", false},
    {RCTL_WISH_CACHE_THRESHOLD, "cache_aware", "--cache-threshold", "cache-threshold", NULL, NULL, false},
    {RCTL_WISH_API_KEY, NULL, "--api-key", "api-key", NULL, "the same key is sent to the backends", false},
    {RCTL_WISH_BACKEND_TLS, NULL, "--ca-cert-paths", "ca-cert-paths", NULL, NULL, false},
    {RCTL_WISH_HTTP_ROUTE, NULL, "HTTPRoutes lead to its Service", NULL, NULL, NULL, false},
    {RCTL_WISH_PICKER, NULL, NULL, NULL, NULL, "it chooses the backend itself", false},
};

static void add_balance(const rctl_router_job *job, rctl_router_out *out)
{
    bool prefixes = strcmp(job->policy, "cache_aware") == 0;
    bool reads_load = router_asks(job, RCTL_WISH_LOAD_KV) ||
                      strcmp(job->policy, "least_load") == 0;

    router_family_policy(job, /* spread= */ false, out);
    if (router_asks(job, RCTL_WISH_LOAD_KV) && prefixes)
        router_out_arg(out, "overload-token-usage-threshold", "0.9", "schedulingPolicy");
    else if (router_asks(job, RCTL_WISH_LOAD_KV))
        router_out_arg(out, "worker-overload-protection", NULL, "schedulingPolicy");
    if (reads_load)
        router_out_arg(out, "load-monitor-interval", "1", "an engine that fills up is seen soon");
    if (router_asks(job, RCTL_WISH_SESSION)) {
        router_out_arg(out, "routing-key-override", NULL, "sessionAffinity");
        router_out_arg(out, "routing-key-headers", job->session_header, "sessionKey");
    }
}

/* The backends as a file that it follows; keys that it does not know would be refused. */
static void add_file(const rctl_router_job *job, rctl_router_out *out)
{
    struct base_buf json;

    base_buf_init(&json, out->arena, NULL);
    base_buf_puts(&json, "{\n  \"version\": 1,\n  \"workers\": [");
    for (size_t i = 0; i < job->n_backends; i++) {
        base_buf_puts(&json, i ? ",\n    {\"url\": " : "\n    {\"url\": ");
        base_buf_json(&json, job->backends[i].url, strlen(job->backends[i].url));
        base_buf_putc(&json, '}');
    }
    base_buf_puts(&json, "\n  ]\n}\n");
    router_out_file(out, "workers.json", json.data, /* restart= */ false);
    router_out_arg(out, "discovery-provider", "file", "hotReload");
    router_out_arg(out, "discovery-file",
                   base_arena_format(out->arena, "%s/workers.json", job->folder), "hotReload");
}

static int fits(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    (void)ctx;
    if (router_asks(job, RCTL_WISH_HOT_RELOAD) && !router_asks(job, RCTL_WISH_STATIC))
        router_out_refuse(out, "it follows either a file or pods, not both");
    return RCTL_OK;
}

static int add_arguments(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    (void)ctx;
    add_balance(job, out);
    if (router_asks(job, RCTL_WISH_PD))
        router_out_arg(out, "pd-disaggregation", NULL, "prefillDecodingRef");
    if (router_asks(job, RCTL_WISH_HOT_RELOAD))
        add_file(job, out);
    else if (router_asks(job, RCTL_WISH_STATIC))
        router_family_backends(job, out);
    else
        router_family_discovery(job, out);
    for (size_t i = 0; i < job->n_aliases; i++)
        router_out_arg(out, "model-alias",
                       base_arena_format(out->arena, "%s=%s", job->aliases[i].alias,
                                         job->aliases[i].model),
                       "aliases of the routes");
    router_family_patience(out);
    router_family_security(job, out);
    router_out_arg(out, "disable-tokenizer-autoload", NULL,
                   "tokenizers would be fetched from a hub at the start");
    return RCTL_OK;
}

static const char *const command[] = {"python3", "-m", "smg.launch_router", NULL};
static const char *const verbs[] = {"get", "list", "watch", NULL};

const rctl_router router_smg = {
    .size = sizeof(rctl_router),
    .name = "smg",
    .title = "smg",
    .version = "1.13.0",
    .image = "lightseekorg/smg:1.13.0",
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
    .startup_seconds = 60,
    .stop_seconds = 180,
    .run_as_user = 65532,
    .read_only_root = true,
    .cpu = "500m",
    .memory = "512Mi",
    .pod_verbs = verbs,
    .fits = fits,
    .arguments = add_arguments,
};
