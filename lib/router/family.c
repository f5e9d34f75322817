/*
 * What vllm-router, smg and sglang-router have in common: they come from the same
 * ancestor and take backends and selectors by the same flags.
 */
#include "router/router.h"

int router_family_fits(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    (void)ctx;
    if (strcmp(job->policy, "power_of_two") == 0 && router_asks(job, RCTL_WISH_STATIC) &&
        job->n_backends < 2)
        router_out_refuse(out,
                          "its policy power_of_two does not start with fewer than two backends");
    return RCTL_OK;
}

void router_family_policy(const rctl_router_job *job, bool spread, rctl_router_out *out)
{
    bool prefixes = strcmp(job->policy, "cache_aware") == 0;
    char number[32];

    router_out_arg(out, "policy", job->policy, "routeStrategy, schedulingPolicy, sessionAffinity");
    if (spread && prefixes && router_asks(job, RCTL_WISH_LOAD_REQUESTS)) {
        router_out_arg(out, "balance-abs-threshold", "4", "schedulingPolicy");
        router_out_arg(out, "balance-rel-threshold", "1.1", "schedulingPolicy");
    }
    if (router_asks(job, RCTL_WISH_CACHE_THRESHOLD)) {
        base_num_print(job->cache_threshold, number);
        router_out_arg(out, "cache-threshold", number, "thresholdHitRate of the cache");
    }
}

void router_family_patience(rctl_router_out *out)
{
    /*
     * A router is ready as soon as it knows one engine, and refuses the models of those that
     * did not answer at first until it asks them again: half a minute later by default.
     */
    router_out_arg(out, "worker-startup-check-interval", "1", "engines are seen soon");
    /* Routers give up on an engine, or end, when none is up by then. */
    router_out_arg(out, "worker-startup-timeout-secs", "3600",
                   "engines that load a model are waited for");
}

void router_family_security(const rctl_router_job *job, rctl_router_out *out)
{
    if (job->api_key_env)
        router_out_arg_env(out, "api-key", job->api_key_env, "router.apiKeySecretRef");
    if (job->ca_file)
        router_out_arg(out, "ca-cert-paths", job->ca_file, "backendTls.caSecretRef");
}

void router_family_backends(const rctl_router_job *job, rctl_router_out *out)
{
    router_out_arg(out, "worker-urls", NULL, "services of the routes");
    for (size_t i = 0; i < job->n_backends; i++)
        router_out_word(out, job->backends[i].url);
}

void router_family_selector(rctl_router_out *out, const char *flag,
                            const rctl_router_selector *selector)
{
    router_out_arg(out, flag, NULL, "labels of the pods");
    for (size_t i = 0; i < selector->n_labels; i++)
        router_out_word(out, base_arena_format(out->arena, "%s=%s", selector->keys[i],
                                               selector->values[i]));
}

void router_family_discovery(const rctl_router_job *job, rctl_router_out *out)
{
    router_out_arg(out, "service-discovery", NULL, "pods are found by the router itself");
    for (size_t i = 0; i < job->n_selectors; i++)
        router_family_selector(out,
                               job->selectors[i].role == RCTL_ROLE_PREFILL  ? "prefill-selector"
                               : job->selectors[i].role == RCTL_ROLE_DECODE ? "decode-selector"
                                                                            : "selector",
                               &job->selectors[i]);
    router_out_arg(out, "service-discovery-port", router_number(out, job->pod_port),
                   "port of the engines");
    router_out_arg(out, "service-discovery-namespace", job->name_space,
                   "without it, all namespaces would be watched");
}
