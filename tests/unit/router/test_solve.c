/*
 * router/solve: every combination of wishes is either honoured, bit by bit and in the
 * arguments, by the first router that can, or refused with a reason from each.
 */
#include "router/router.h"
#include "support/memory.h"

#include <stdio.h>

static const rctl_router *const routers[] = {&router_production_stack, &router_vllm_router,
                                             &router_smg, &router_sglang_router,
                                             &router_gateway_api};
static const rctl_router_backend backends[] = {
    {"http://a.x.svc:1", "m", RCTL_ROLE_SERVE, 0, 1, 1, "a", 1},
    {"http://b.x.svc:1", "m", RCTL_ROLE_SERVE, 0, 1, 1, "b", 1},
    {"http://c.x.svc:1", "n", RCTL_ROLE_SERVE, 0, 1, 1, "c", 1}};
static const rctl_router_alias aliases[] = {{"alias", "m"}};
static const char *const keys[] = {"app"}, *const first[] = {"a"}, *const second[] = {"b"};
static const rctl_router_selector selectors[] = {
    {RCTL_ROLE_SERVE, "m", "a", keys, first, 1, 1}, {RCTL_ROLE_SERVE, "n", "b", keys, second, 1, 1}};

struct bench {
    struct memory memory;
    struct router_registry registry;
};

static void open(struct bench *bench)
{
    memory_init(&bench->memory);
    bench->registry = (struct router_registry){0};
    for (size_t i = 0; i < BASE_COUNT(routers); i++)
        cr_assert_eq(router_registry_add(&bench->registry, &bench->memory.arena, routers[i]), 0);
}

static bool asks(uint64_t wishes, rctl_wish wish)
{
    return wishes & RCTL_WISH_BIT(wish);
}

/* A job that has what its wishes speak of. */
static rctl_router_job make_job(uint64_t wishes, const char *header)
{
    rctl_router_job job = {.size = sizeof(job),
                           .name = "door",
                           .name_space = "x",
                           .wishes = wishes,
                           .port = 8000,
                           .session_header = header,
                           .cache_threshold = -1,
                           .backends = backends,
                           .n_backends = asks(wishes, RCTL_WISH_MODELS) ? 3 : 2,
                           .aliases = aliases,
                           .n_aliases = asks(wishes, RCTL_WISH_ALIASES),
                           .selectors = selectors,
                           .n_selectors = asks(wishes, RCTL_WISH_K8S_MANY) ? 2 : 1,
                           .pod_port = 8000,
                           .api_key_env = asks(wishes, RCTL_WISH_API_KEY) ? "KEY" : NULL,
                           .ca_file = asks(wishes, RCTL_WISH_BACKEND_TLS) ? "/ca" : NULL,
                           .folder = "/etc/router"};

    return job;
}

/* What must stand in the command line when a wish is honoured: written by hand here. */
static const struct {
    const char *router, *policy; /* NULL: any */
    rctl_wish wish;
    const char *flag, *value; /* value NULL: any */
} evidence[] = {
    {"production-stack", NULL, RCTL_WISH_ROUND_ROBIN, "--routing-logic", "roundrobin"},
    {"production-stack", NULL, RCTL_WISH_PREFIX, "--routing-logic", "prefixaware"},
    {"production-stack", NULL, RCTL_WISH_SESSION, "--session-key", "x-user-id"},
    {"production-stack", NULL, RCTL_WISH_ALIASES, "--static-aliases", "alias:m"},
    {"production-stack", NULL, RCTL_WISH_STATIC, "--service-discovery", "static"},
    {"production-stack", NULL, RCTL_WISH_K8S, "--k8s-label-selector", "app=a"},
    {"production-stack", NULL, RCTL_WISH_K8S_MANY, "--k8s-label-selector", "app in (a,b)"},
    {"vllm-router", NULL, RCTL_WISH_ROUND_ROBIN, "--policy", "round_robin"},
    {"vllm-router", NULL, RCTL_WISH_RANDOM, "--policy", "random"},
    {"vllm-router", NULL, RCTL_WISH_PREFIX, "--policy", "cache_aware"},
    {"vllm-router", "cache_aware", RCTL_WISH_LOAD_REQUESTS, "--balance-abs-threshold", "4"},
    {"vllm-router", NULL, RCTL_WISH_STATIC, "--worker-urls", "http://a.x.svc:1"},
    {"vllm-router", NULL, RCTL_WISH_K8S, "--selector", "app=a"},
    {"smg", NULL, RCTL_WISH_ROUND_ROBIN, "--policy", "round_robin"},
    {"smg", NULL, RCTL_WISH_RANDOM, "--policy", "random"},
    {"smg", NULL, RCTL_WISH_LEAST_LOAD, "--policy", "least_load"},
    {"smg", NULL, RCTL_WISH_PREFIX, "--policy", "cache_aware"},
    {"smg", "cache_aware", RCTL_WISH_LOAD_KV, "--overload-token-usage-threshold", "0.9"},
    {"smg", "round_robin", RCTL_WISH_LOAD_KV, "--worker-overload-protection", NULL},
    {"smg", NULL, RCTL_WISH_LOAD_KV, "--load-monitor-interval", "1"},
    {"smg", NULL, RCTL_WISH_SESSION, "--routing-key-override", NULL},
    {"smg", NULL, RCTL_WISH_SESSION, "--routing-key-headers", NULL},
    {"smg", NULL, RCTL_WISH_ALIASES, "--model-alias", "alias=m"},
    {"smg", NULL, RCTL_WISH_HOT_RELOAD, "--discovery-file", "/etc/router/workers.json"},
    {"smg", NULL, RCTL_WISH_K8S, "--selector", "app=a"},
    {"smg", NULL, RCTL_WISH_API_KEY, "--api-key", "$(KEY)"},
    {"smg", NULL, RCTL_WISH_BACKEND_TLS, "--ca-cert-paths", "/ca"},
    {"sglang-router", NULL, RCTL_WISH_PREFIX, "--policy", "cache_aware"},
    {"sglang-router", NULL, RCTL_WISH_API_KEY, "--api-key", "$(KEY)"},
    {"sglang-router", NULL, RCTL_WISH_BACKEND_TLS, "--ca-cert-paths", "/ca"},
};

static bool has_word(const struct router_result *result, const char *flag, const char *value)
{
    for (size_t i = 0; i < result->n_words; i++)
        if (strcmp(result->words[i].text, flag) == 0 &&
            (!value || (i + 1 < result->n_words &&
                        strcmp(result->words[i + 1].text, value) == 0)))
            return true;
    return false;
}

/* The file of production-stack says the same as its flags would. */
static bool in_file(const rctl_router_job *job, const struct router_verdict *chosen)
{
    return asks(job->wishes, RCTL_WISH_HOT_RELOAD) &&
           strcmp(chosen->router->name, "production-stack") == 0;
}

static void expect_arguments(struct bench *bench, const rctl_router_job *asked,
                             const struct router_verdict *chosen)
{
    rctl_router_job job = *asked;
    struct router_input input = {.verdict = chosen, .job = &job, .mark = {DIAG_NO_FILE, 0, 0}};
    struct router_result result;
    struct rctl_diags diags;

    job.policy = chosen->policy->name;
    job.version = chosen->version;
    diag_init(&diags, &bench->memory.arena, 0);
    router_resolve(&input, &bench->memory.arena, &diags, &result);
    cr_assert_eq(diags.n_items, 0);
    for (size_t i = 0; i < BASE_COUNT(evidence); i++) {
        if (!asks(asked->wishes, evidence[i].wish) ||
            strcmp(evidence[i].router, chosen->router->name) != 0 ||
            (evidence[i].policy && strcmp(evidence[i].policy, job.policy) != 0) ||
            in_file(asked, chosen))
            continue;
        cr_expect(has_word(&result, evidence[i].flag, evidence[i].value),
                  "%s under %s for %#llx has no %s %s", chosen->router->name, job.policy,
                  (unsigned long long)asked->wishes, evidence[i].flag,
                  evidence[i].value ? evidence[i].value : "");
    }
}

/* Looks at the rows again, without the solver: does one say how? */
static bool says_how(const rctl_router *router, const char *policy, rctl_wish wish)
{
    const rctl_router_way *general = NULL;

    for (size_t i = 0; i < router->n_ways; i++) {
        const rctl_router_way *way = &router->ways[i];

        if (way->wish != wish)
            continue;
        if (way->policy && strcmp(way->policy, policy) == 0)
            return way->how != NULL;
        if (!way->policy && !general)
            general = way;
    }
    return general && general->how;
}

static size_t expect_answer(struct bench *bench, uint64_t wishes, const char *header)
{
    rctl_router_job job = make_job(wishes, header);
    struct router_question question = {.job = &job, .every = true};
    struct router_solution solution;

    router_solve(&bench->registry, &question, &bench->memory.arena, &solution);
    cr_assert_eq(solution.n_verdicts, BASE_COUNT(routers));
    cr_assert_not(solution.degraded);
    for (size_t i = 0; i < solution.n_verdicts; i++) {
        const struct router_verdict *verdict = &solution.verdicts[i];

        if (verdict == solution.chosen)
            break;
        cr_assert(!verdict->policy || verdict->lacks || verdict->refusal,
                  "%s does all of %#llx and is passed over", verdict->router->name,
                  (unsigned long long)wishes);
        for (int k = 0; verdict->policy && k < RCTL_WISH__COUNT; k++)
            if (asks(verdict->lacks, (rctl_wish)k))
                cr_assert(router_why_not(verdict->router, verdict->policy->name,
                                         verdict->version, (rctl_wish)k, &job,
                                         &bench->memory.arena)[0]);
    }
    if (!solution.chosen)
        return 0;
    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++)
        if (asks(wishes, (rctl_wish)wish))
            cr_assert(says_how(solution.chosen->router, solution.chosen->policy->name,
                               (rctl_wish)wish),
                      "no row says how %s does %s under %s", solution.chosen->router->name,
                      rctl_wish_name((rctl_wish)wish), solution.chosen->policy->name);
    expect_arguments(bench, &job, solution.chosen);
    return 1;
}

/* One of each group, or none where that is possible. */
TEST(router_solve, every_combination_of_wishes)
{
#define B(wish) RCTL_WISH_BIT(RCTL_WISH_##wish)
    static const uint64_t strategy[] = {0,           B(ROUND_ROBIN), B(RANDOM),
                                        B(LEAST_LOAD), B(PREFIX),    B(KV_AWARE)};
    static const uint64_t load[] = {0, B(LOAD_REQUESTS), B(LOAD_KV), B(LOAD_GPU)};
    static const uint64_t session[] = {0, B(SESSION)};
    static const uint64_t discovery[] = {B(STATIC), B(K8S), B(K8S_MANY)};
    static const uint64_t more[] = {B(MODELS), B(ALIASES), B(WEIGHTS), B(HOT_RELOAD), B(API_KEY),
                                    B(BACKEND_TLS), B(HTTP_ROUTE)};
    struct bench bench;
    size_t n = 0, served = 0;

    open(&bench);
    for (size_t a = 0; a < BASE_COUNT(strategy); a++)
        for (size_t b = 0; b < BASE_COUNT(load); b++)
            for (size_t c = 0; c < BASE_COUNT(session); c++)
                for (size_t d = 0; d < BASE_COUNT(discovery); d++)
                    for (unsigned e = 0; e < 1u << BASE_COUNT(more); e++) {
                        uint64_t wishes = strategy[a] | load[b] | session[c] | discovery[d];

                        for (size_t i = 0; i < BASE_COUNT(more); i++)
                            wishes |= e & 1u << i ? more[i] : 0;
                        base_arena_reset(&bench.memory.arena);
                        bench.registry = (struct router_registry){0};
                        for (size_t i = 0; i < BASE_COUNT(routers); i++)
                            router_registry_add(&bench.registry, &bench.memory.arena, routers[i]);
                        served += expect_answer(&bench, wishes, "x-user-id");
                        n++;
                    }
    cr_expect_gt(served, 300, "only %zu of %zu combinations are served", served, n);
    cr_expect_lt(served, n);
    memory_done(&bench.memory);
#undef B
}

/* The gateway of the source document has exactly one full answer. */
TEST(router_solve, prefix_kv_session_and_models)
{
    uint64_t wishes = RCTL_WISH_BIT(RCTL_WISH_PREFIX) | RCTL_WISH_BIT(RCTL_WISH_LOAD_KV) |
                      RCTL_WISH_BIT(RCTL_WISH_SESSION) | RCTL_WISH_BIT(RCTL_WISH_MODELS) |
                      RCTL_WISH_BIT(RCTL_WISH_STATIC);
    rctl_router_job job = make_job(wishes, "x-user-id");
    struct router_question question = {.job = &job, .every = true};
    struct router_solution solution;
    struct bench bench;

    open(&bench);
    router_solve(&bench.registry, &question, &bench.memory.arena, &solution);
    cr_assert_not_null(solution.chosen);
    cr_expect_str_eq(solution.chosen->router->name, "smg");
    for (size_t i = 0; i < solution.n_verdicts; i++)
        if (&solution.verdicts[i] != solution.chosen && solution.verdicts[i].policy)
            cr_expect_neq(solution.verdicts[i].lacks, 0);
    memory_done(&bench.memory);
}

/* Degraded is for what is only missed, never for what would be served wrongly. */
TEST(router_solve, degraded)
{
    static const struct {
        const char *router;
        rctl_wish missing;
        bool usable;
    } rows[] = {
        {"vllm-router", RCTL_WISH_LOAD_KV, true},    {"vllm-router", RCTL_WISH_ALIASES, true},
        {"vllm-router", RCTL_WISH_MODELS, false},    {"vllm-router", RCTL_WISH_API_KEY, false},
        {"production-stack", RCTL_WISH_BACKEND_TLS, false},
        {"production-stack", RCTL_WISH_KV_AWARE, true},
        {"smg", RCTL_WISH_K8S_MANY, false},          {"smg", RCTL_WISH_WEIGHTS, true},
    };

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        uint64_t wishes = RCTL_WISH_BIT(rows[i].missing) | RCTL_WISH_BIT(RCTL_WISH_STATIC);
        rctl_router_job job = make_job(wishes, "x-user-id");
        struct router_question question = {
            .job = &job, .type = rows[i].router, .allow_degraded = true};
        struct router_solution solution;
        struct bench bench;

        open(&bench);
        router_solve(&bench.registry, &question, &bench.memory.arena, &solution);
        cr_expect_eq(solution.chosen != NULL, rows[i].usable, "%s without %s", rows[i].router,
                     rctl_wish_name(rows[i].missing));
        cr_expect_eq(solution.degraded, rows[i].usable);
        memory_done(&bench.memory);
    }
}

/* Flags and policies that came later than the version at hand are not used. */
TEST(router_solve, versions)
{
    static const struct {
        const char *router, *version;
        rctl_wish wish;
        bool fits;
    } rows[] = {
        {"smg", "1.9.0", RCTL_WISH_SESSION, false}, {"smg", "1.10.0", RCTL_WISH_SESSION, true},
        {"smg", "1.4.1", RCTL_WISH_LEAST_LOAD, false}, {"smg", "1.5.0", RCTL_WISH_LEAST_LOAD, true},
        {"smg", "1.12.0", RCTL_WISH_HOT_RELOAD, false}, {"smg", NULL, RCTL_WISH_HOT_RELOAD, true},
        {"vllm-router", "0.1.16", RCTL_WISH_SESSION, true},
        {"vllm-router", "0.1.10", RCTL_WISH_SESSION, false},
        {"sglang-router", "0.3.0", RCTL_WISH_SESSION, false},
    };

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        uint64_t wishes = RCTL_WISH_BIT(rows[i].wish) | RCTL_WISH_BIT(RCTL_WISH_STATIC);
        rctl_router_job job = make_job(wishes, "x-user-id");
        struct router_question question = {
            .job = &job, .type = rows[i].router, .version = rows[i].version};
        struct router_solution solution;
        struct bench bench;

        open(&bench);
        router_solve(&bench.registry, &question, &bench.memory.arena, &solution);
        cr_expect_eq(solution.chosen != NULL, rows[i].fits, "%s %s and %s", rows[i].router,
                     rows[i].version ? rows[i].version : "(unknown)",
                     rctl_wish_name(rows[i].wish));
        memory_done(&bench.memory);
    }
}

/* The pairs that a router takes and then serves wrongly are not among its own. */
TEST(router_solve, halves)
{
    static const struct {
        const char *engine, *connector, *router; /* NULL: nobody */
    } rows[] = {
        {"vllm", "nixl", "production-stack"}, {"vllm", "mooncake", NULL},
        {"vllm", "lmcache", "production-stack"}, {"sglang", "nixl", "smg"},
        {"sglang", "mooncake", "smg"}, {"other", "nixl", NULL},
    };

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        rctl_router_job job = make_job(RCTL_WISH_BIT(RCTL_WISH_PD) | RCTL_WISH_BIT(RCTL_WISH_K8S),
                                       NULL);
        struct router_question question = {.job = &job, .every = true};
        struct router_solution solution;
        struct bench bench;

        job.engine = rows[i].engine;
        job.connector = rows[i].connector;
        open(&bench);
        router_solve(&bench.registry, &question, &bench.memory.arena, &solution);
        cr_expect(base_str_eq(solution.chosen ? solution.chosen->router->name : NULL,
                              rows[i].router),
                  "%s/%s goes to %s", rows[i].engine, rows[i].connector,
                  solution.chosen ? solution.chosen->router->name : "nobody");
        for (size_t k = 0; k < solution.n_verdicts; k++)
            if (strcmp(rows[i].engine, "vllm") == 0 && k >= 2)
                cr_expect_neq(solution.verdicts[k].honoured & RCTL_WISH_BIT(RCTL_WISH_PD),
                              RCTL_WISH_BIT(RCTL_WISH_PD));
        memory_done(&bench.memory);
    }
}
