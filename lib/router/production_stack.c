/*
 * production-stack's own router, in Python: several models and aliases, one policy at
 * a time, and a file that it follows. That file ends at the first key which the
 * router does not know, and P/D does not work through it, so halves are driven by
 * flags.
 */
#include "engine/flag_words.h"
#include "router/router.h"

static const rctl_flag flags[] = {
#include "router/flags_production_stack.def"
};

static const rctl_router_policy policies[] = {
    {"roundrobin", 0, NULL},
    {"session", 0, NULL},
    {"prefixaware", 0, NULL},
    {"disaggregated_prefill_orchestrated", RCTL_WISH_BIT(RCTL_WISH_PD), NULL},
    {"disaggregated_prefill", RCTL_WISH_BIT(RCTL_WISH_PD), NULL},
};

#define ONE_PAIR "under P/D it sends any model to the one pair of halves"

static const rctl_router_way ways[] = {
    {RCTL_WISH_ROUND_ROBIN, "roundrobin", "--routing-logic roundrobin", NULL, NULL, NULL, false},
    {RCTL_WISH_RANDOM, NULL, NULL, NULL, NULL, "it has no such policy", false},
    {RCTL_WISH_LEAST_LOAD, NULL, NULL, NULL, NULL, "no policy of it looks at load", false},
    {RCTL_WISH_PREFIX, "prefixaware", "--routing-logic prefixaware", NULL, NULL,
     "in steps of 128 characters; what it has seen is never forgotten", true},
    {RCTL_WISH_KV_AWARE, NULL, NULL, NULL, NULL,
     "its policy kvaware needs LMCache's controller in every engine, which is not rendered", false},
    {RCTL_WISH_LOAD_REQUESTS, NULL, NULL, NULL, NULL, "no policy of it looks at load", false},
    {RCTL_WISH_LOAD_KV, NULL, NULL, NULL, NULL, "no policy of it looks at load", false},
    {RCTL_WISH_LOAD_GPU, NULL, NULL, NULL, NULL, "no policy of it looks at load", false},
    {RCTL_WISH_SESSION, "session", "--routing-logic session --session-key", NULL, NULL,
     "requests without the header go to the backend with the fewest requests a second", false},
    {RCTL_WISH_MODELS, "disaggregated_prefill_orchestrated", NULL, NULL, NULL, ONE_PAIR, false},
    {RCTL_WISH_MODELS, "disaggregated_prefill", NULL, NULL, NULL, ONE_PAIR, false},
    {RCTL_WISH_MODELS, NULL, "--static-models, or /v1/models of each pod", NULL, NULL, NULL, false},
    {RCTL_WISH_ALIASES, NULL, "--static-aliases", NULL, NULL, NULL, false},
    {RCTL_WISH_WEIGHTS, NULL, NULL, NULL, NULL, "its backends are equals", false},
    {RCTL_WISH_PD, "disaggregated_prefill_orchestrated",
     "--routing-logic disaggregated_prefill_orchestrated", NULL, "vllm/nixl", NULL, false},
    {RCTL_WISH_PD, "disaggregated_prefill", "--routing-logic disaggregated_prefill", NULL,
     "vllm/lmcache", NULL, false},
    {RCTL_WISH_STATIC, NULL, "--service-discovery static", NULL, NULL, NULL, false},
    {RCTL_WISH_K8S, NULL, "--service-discovery k8s", NULL, NULL, NULL, false},
    {RCTL_WISH_K8S_MANY, NULL, "--k8s-label-selector with sets of values", NULL, NULL, NULL, false},
    {RCTL_WISH_HOT_RELOAD, "disaggregated_prefill_orchestrated", NULL, NULL, NULL,
     "P/D does not work through its file", false},
    {RCTL_WISH_HOT_RELOAD, "disaggregated_prefill", NULL, NULL, NULL,
     "P/D does not work through its file", false},
    {RCTL_WISH_HOT_RELOAD, NULL, "--dynamic-config-json", NULL, NULL,
     "taken within 10 s of the mounted file; its failover to another backend is then off", false},
    {RCTL_WISH_SEMANTIC_CACHE, NULL, NULL, NULL, NULL,
     "its own keeps answers in memory: it takes no store and no ttl", false},
    {RCTL_WISH_PROMPT_GUARD, NULL, NULL, NULL, NULL, "it takes filters only as Python code", false},
    {RCTL_WISH_CACHE_THRESHOLD, NULL, NULL, NULL, NULL, "it counts characters, not a share", false},
    {RCTL_WISH_API_KEY, NULL, NULL, NULL, NULL, "it lets in everybody", false},
    {RCTL_WISH_BACKEND_TLS, NULL, NULL, NULL, NULL, "it takes no CA", false},
    {RCTL_WISH_HTTP_ROUTE, NULL, "HTTPRoutes lead to its Service", NULL, NULL, NULL, false},
    {RCTL_WISH_PICKER, NULL, NULL, NULL, NULL, "it chooses the backend itself", false},
};

/* ---- what the tables cannot say ---- */

/* Its lists are split at commas, and an alias at its first colon. */
static const char *unlistable(const rctl_router_job *job)
{
    for (size_t i = 0; i < job->n_backends; i++)
        if (job->backends[i].model && strchr(job->backends[i].model, ','))
            return job->backends[i].model;
    for (size_t i = 0; i < job->n_aliases; i++)
        if (strpbrk(job->aliases[i].alias, ",:") || strpbrk(job->aliases[i].model, ",:"))
            return strpbrk(job->aliases[i].alias, ",:") ? job->aliases[i].alias
                                                        : job->aliases[i].model;
    return NULL;
}

static const char *value_of(const rctl_router_selector *selector, const char *key)
{
    for (size_t i = 0; i < selector->n_labels; i++)
        if (strcmp(selector->keys[i], key) == 0)
            return selector->values[i];
    return NULL;
}

static bool is_shared(const rctl_router_job *job, const char *key)
{
    for (size_t i = 1; i < job->n_selectors; i++)
        if (!base_str_eq(value_of(&job->selectors[i], key), value_of(&job->selectors[0], key)))
            return false;
    return true;
}

/* With two keys that vary, sets of values would also select pods of neither. */
static size_t count_varying(const rctl_router_job *job)
{
    size_t n = 0;

    for (size_t i = 0; job->n_selectors && i < job->selectors[0].n_labels; i++)
        n += !is_shared(job, job->selectors[0].keys[i]);
    return n;
}

static int fits(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    const char *name = unlistable(job);

    (void)ctx;
    if (name)
        router_out_refuse(out, base_arena_format(out->arena,
                                                 "its lists cannot hold the name '%.100s'", name));
    if (job->n_aliases && !router_asks(job, RCTL_WISH_STATIC))
        router_out_refuse(out, "its aliases work with static backends only");
    if (count_varying(job) > 1)
        router_out_refuse(out, "no selector of it takes just these pods");
    return RCTL_OK;
}

/* ---- lists as it reads them ---- */

/* "a=x,b in (y,z)" for all selectors together. */
static const char *join_selectors(const rctl_router_job *job, struct base_arena *arena)
{
    struct base_buf text;

    base_buf_init(&text, arena, NULL);
    for (size_t i = 0; job->n_selectors && i < job->selectors[0].n_labels; i++) {
        const char *key = job->selectors[0].keys[i];

        if (i > 0)
            base_buf_putc(&text, ',');
        if (is_shared(job, key)) {
            base_buf_format(&text, "%s=%s", key, job->selectors[0].values[i]);
            continue;
        }
        base_buf_format(&text, "%s in (", key);
        for (size_t k = 0; k < job->n_selectors; k++)
            base_buf_format(&text, "%s%s", k ? "," : "", value_of(&job->selectors[k], key));
        base_buf_putc(&text, ')');
    }
    return text.data ? text.data : "";
}

enum list { URLS, MODELS, ALIASES };

static const char *join(const rctl_router_job *job, enum list list, struct base_arena *arena)
{
    size_t n = list == ALIASES ? job->n_aliases : job->n_backends;
    struct base_buf text;

    base_buf_init(&text, arena, NULL);
    for (size_t i = 0; i < n; i++) {
        base_buf_puts(&text, i ? "," : "");
        if (list == ALIASES)
            base_buf_format(&text, "%s:%s", job->aliases[i].alias, job->aliases[i].model);
        else
            base_buf_puts(&text, list == URLS ? job->backends[i].url : job->backends[i].model);
    }
    return text.data ? text.data : "";
}

static const char *label_of(const rctl_router_job *job, rctl_engine_role role)
{
    for (size_t i = 0; i < job->n_selectors; i++)
        if (job->selectors[i].role == role)
            return job->selectors[i].model_label;
    return NULL;
}

/* ---- flags ---- */

static void add_discovery(const rctl_router_job *job, rctl_router_out *out)
{
    router_out_arg(out, "service-discovery", "k8s", "pods are found by the router itself");
    router_out_arg(out, "k8s-port", router_number(out, job->pod_port), "port of the engines");
    router_out_arg(out, "k8s-namespace", job->name_space, "metadata.namespace");
    router_out_arg(out, "k8s-label-selector", join_selectors(job, out->arena),
                   "labels of the pods");
}

static void add_lists(const rctl_router_job *job, rctl_router_out *out)
{
    router_out_arg(out, "service-discovery", "static", "serviceDiscovery");
    router_out_arg(out, "static-backends", join(job, URLS, out->arena), "services of the routes");
    router_out_arg(out, "static-models", join(job, MODELS, out->arena), "models of the routes");
    if (job->n_aliases)
        router_out_arg(out, "static-aliases", join(job, ALIASES, out->arena),
                       "aliases of the routes");
}

static void add_flags(const rctl_router_job *job, rctl_router_out *out)
{
    if (router_asks(job, RCTL_WISH_STATIC))
        add_lists(job, out);
    else
        add_discovery(job, out);
    router_out_arg(out, "routing-logic", job->policy, "routeStrategy, sessionAffinity");
    if (strcmp(job->policy, "session") == 0)
        router_out_arg(out, "session-key", job->session_header, "sessionKey");
    if (router_asks(job, RCTL_WISH_PD)) {
        router_out_arg(out, "prefill-model-labels", label_of(job, RCTL_ROLE_PREFILL),
                       "label model of the prefill pods");
        router_out_arg(out, "decode-model-labels", label_of(job, RCTL_ROLE_DECODE),
                       "label model of the decode pods");
    } else {
        /* Without it, a dead backend costs its share of requests for ever. */
        router_out_arg(out, "max-instance-failover-reroute-attempts", "1",
                       "a request whose backend is gone is sent to another");
    }
}

/* ---- the file ---- */

static void put(struct base_buf *json, const char *key, const char *value)
{
    base_buf_format(json, "%s\n  \"%s\": ", json->len > 1 ? "," : "", key);
    base_buf_json(json, value, strlen(value));
}

/*
 * Only keys that it knows. Those of k8s discovery belong into a static file, too:
 * with them it equals what the router assumes at its start, and it need not set
 * itself up twice.
 */
static void add_file(const rctl_router_job *job, rctl_router_out *out)
{
    bool listed = router_asks(job, RCTL_WISH_STATIC);
    struct base_buf json;

    base_buf_init(&json, out->arena, NULL);
    base_buf_putc(&json, '{');
    put(&json, "service_discovery", listed ? "static" : "k8s");
    put(&json, "routing_logic", job->policy);
    if (listed) {
        put(&json, "static_backends", join(job, URLS, out->arena));
        put(&json, "static_models", join(job, MODELS, out->arena));
    }
    if (listed && job->n_aliases)
        put(&json, "static_aliases", join(job, ALIASES, out->arena));
    if (strcmp(job->policy, "session") == 0)
        put(&json, "session_key", job->session_header);
    base_buf_format(&json, ",\n  \"k8s_port\": %d", listed ? 8000 : (int)job->pod_port);
    put(&json, "k8s_namespace", listed ? "default" : job->name_space);
    put(&json, "k8s_label_selector", listed ? "" : join_selectors(job, out->arena));
    base_buf_puts(&json, "\n}\n");
    router_out_file(out, "dynamic_config.json", json.data, /* restart= */ false);
    router_out_arg(out, "dynamic-config-json",
                   base_arena_format(out->arena, "%s/dynamic_config.json", job->folder),
                   "hotReload");
}

/* That policy talks to the pods that it found last, one of each half. */
static void note_one_pair(const rctl_router_job *job, rctl_router_out *out)
{
    bool many = false;

    for (size_t i = 0; i < job->n_selectors; i++)
        many |= job->selectors[i].pods > 1;
    if (many && strcmp(job->policy, "disaggregated_prefill") == 0)
        router_out_note(out, RCTL_SEVERITY_WARNING,
                        "with this connector the router uses one prefill and one decode pod, "
                        "however many there are",
                        "give each half one replica, or use the connector nixl");
}

static int add_arguments(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    (void)ctx;
    if (router_asks(job, RCTL_WISH_HOT_RELOAD))
        add_file(job, out);
    else
        add_flags(job, out);
    note_one_pair(job, out);
    router_out_env(out, "PYTHONHASHSEED", "123");
    return RCTL_OK;
}

static const char *const verbs[] = {"get", "list", "watch", NULL};

const rctl_router router_production_stack = {
    .size = sizeof(rctl_router),
    .name = "production-stack",
    .title = "production-stack router",
    .version = "0.1.12",
    .image = "lmcache/lmstack-router:v0.1.12",
    .policies = policies,
    .n_policies = BASE_COUNT(policies),
    .ways = ways,
    .n_ways = BASE_COUNT(ways),
    .flags = flags,
    .n_flags = BASE_COUNT(flags),
    .host_flag = "host",
    .port_flag = "port",
    .live_path = "/health",
    .ready_path = "/health",
    .startup_seconds = 60,
    .stop_seconds = 60,
    .run_as_user = 65534,
    .read_only_root = true,
    .cpu = "400m",
    .memory = "1000Mi",
    .pod_verbs = verbs,
    .fits = fits,
    .arguments = add_arguments,
};
