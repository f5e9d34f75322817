/*
 * Plans as a program sees them: probes, the echo of a router, times that move only when
 * they should, events that are told once, and arguments that are refused.
 */
#include "support/test.h"

#include <routerctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OBJECT(kind, name, rest)                                                                   \
    "{\"apiVersion\": \"production-stack.vllm.ai/v1alpha1\", \"kind\": \"" kind                    \
    "\", \"metadata\": {\"name\": \"" name "\", \"namespace\": \"default\", \"uid\": \"u-" name    \
    "\", \"generation\": 1}, " rest "}"
#define ROUTE_SPEC                                                                                 \
    "\"spec\": {\"staticBackends\": \"http://a.default.svc:8000,http://b.default.svc:8000\", "     \
    "\"staticModels\": \"m,m\", \"healthCheck\": {\"failureThreshold\": 2, \"periodSeconds\": "    \
    "20}, \"routerRef\": {\"name\": \"router\"}}"
#define ROUTER                                                                                     \
    "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"router\", "         \
    "\"namespace\": \"default\", \"uid\": \"r\"}, \"spec\": {\"ports\": [{\"port\": 81}]}}"
#define ECHO_URL "http://router.default.svc:81/health"

static const rctl_time NOW = INT64_C(1767225600) * RCTL_SECOND; /* 2026-01-01 */

struct fixture {
    rctl_ctx *ctx;
    rctl_world *world;
    rctl_plan *plan;
    char text[65536];
    size_t len;
};
static struct fixture f;

static int append(void *ctx, const char *data, size_t len)
{
    (void)ctx;
    cr_assert_lt(f.len + len, sizeof(f.text));
    memcpy(f.text + f.len, data, len);
    f.len += len;
    f.text[f.len] = '\0';
    return 0;
}
static const rctl_sink sink = {append, NULL};

static void begin(void)
{
    if (!f.ctx)
        cr_assert_eq(rctl_ctx_new(NULL, &f.ctx), 0);
    f.plan = rctl_plan_free(f.plan);
    f.world = rctl_world_free(f.world);
    cr_assert_eq(rctl_world_new(f.ctx, NULL, &f.world), 0);
    cr_assert_eq(rctl_world_set_now(f.world, NOW), 0);
}

static void end(void)
{
    rctl_plan_free(f.plan);
    rctl_world_free(f.world);
    rctl_ctx_free(f.ctx);
    f = (struct fixture){0};
}

static void add(const char *text)
{
    cr_assert_eq(rctl_world_add(f.world, "seen", text, strlen(text)), 0);
}

/* Plans, and leaves the whole plan as text. */
static void plan(const char *kind, const char *name)
{
    cr_assert_eq(rctl_reconcile(f.world, kind, "default", name, &f.plan), 0);
    f.len = 0;
    cr_assert_eq(rctl_plan_write(f.plan, &sink), 0);
}

static size_t count(rctl_action_type type)
{
    rctl_action action;
    size_t n = 0;

    for (size_t i = 0; rctl_plan_get(f.plan, i, &action) == 0; i++)
        n += action.type == type;
    return n;
}

static void add_probe(const char *url, rctl_probe_result result, uint32_t in_a_row,
                      const char *body)
{
    rctl_probe probe = {.size = sizeof(probe),
                        .url = url,
                        .result = result,
                        .in_a_row = in_a_row,
                        .at = NOW - RCTL_SECOND,
                        .body = body,
                        .body_len = body ? strlen(body) : 0};

    cr_assert_eq(rctl_world_add_probe(f.world, &probe), 0);
}

static void expect(const char *piece)
{
    cr_assert_not_null(strstr(f.text, piece), "no '%s' in %s", piece, f.text);
}

/* ---- probes ---- */

TEST(plan, probes_are_asked_for_and_waited_for)
{
    rctl_action action = {0};

    begin();
    add(OBJECT("StaticRoute", "r", ROUTE_SPEC));
    add(ROUTER);
    plan("StaticRoute", "r");
    cr_assert_eq(count(RCTL_ACTION_PROBE), 3);
    for (size_t i = 0; action.type != RCTL_ACTION_PROBE; i++)
        cr_assert_eq(rctl_plan_get(f.plan, i, &action), 0);
    cr_assert_str_eq(action.url, "http://a.default.svc:8000/health");
    cr_assert_eq(action.timeout, 5 * RCTL_SECOND);
    cr_assert_eq(rctl_plan_wake_at(f.plan), NOW + 20 * RCTL_SECOND);

    begin();
    add(OBJECT("StaticRoute", "r", ROUTE_SPEC));
    add(ROUTER);
    add_probe("http://a.default.svc:8000/health", RCTL_PROBE_HEALTHY, 1, NULL);
    add_probe("http://b.default.svc:8000/health", RCTL_PROBE_HEALTHY, 1, NULL);
    add_probe(ECHO_URL, RCTL_PROBE_HEALTHY, 1, NULL);
    plan("StaticRoute", "r");
    cr_assert_eq(count(RCTL_ACTION_PROBE), 0);
    cr_assert_eq(rctl_plan_wake_at(f.plan), NOW + 19 * RCTL_SECOND);
    expect("all 2 backends answer");
    end();
}

TEST(plan, one_failure_is_not_enough)
{
    begin();
    add(OBJECT("StaticRoute", "r",
               ROUTE_SPEC ", \"status\": {\"backends\": [{\"url\": "
                          "\"http://a.default.svc:8000\", \"health\": \"Healthy\"}]}"));
    add(ROUTER);
    add_probe("http://a.default.svc:8000/health", RCTL_PROBE_UNHEALTHY, 1, NULL);
    add_probe("http://b.default.svc:8000/health", RCTL_PROBE_UNHEALTHY, 2, NULL);
    plan("StaticRoute", "r");
    expect("1 of 2 backends do not answer; first http://b.default.svc:8000");
    end();
}

TEST(plan, a_refused_probe_says_nothing)
{
    begin();
    add(OBJECT("StaticRoute", "r", ROUTE_SPEC));
    add(ROUTER);
    add_probe("http://a.default.svc:8000/health", RCTL_PROBE_REFUSED, 1, NULL);
    add_probe("http://b.default.svc:8000/health", RCTL_PROBE_HEALTHY, 1, NULL);
    add_probe(ECHO_URL, RCTL_PROBE_REFUSED, 1, NULL);
    plan("StaticRoute", "r");
    expect("1 of 2 backends were not probed");
    expect("Service 'router' was not asked");
    end();
}

static void plan_unasked(const char *generation)
{
    char object[2048];

    snprintf(object, sizeof(object),
             OBJECT("StaticRoute", "r",
                    ROUTE_SPEC ", \"status\": {\"conditions\": [{\"type\": \"RouterSynced\", "
                               "\"status\": \"False\", \"reason\": \"RouterUnreachable\", "
                               "\"message\": \"as it was\", \"observedGeneration\": %s}]}"),
             generation);
    begin();
    add(object);
    add(ROUTER);
    plan("StaticRoute", "r");
}

/* A new process knows no answers; its first plan takes nothing back. */
TEST(plan, what_was_said_of_the_router_stays_until_it_is_asked)
{
    plan_unasked("1");
    expect("as it was");
    plan_unasked("0");
    expect("Service 'router' was not asked");
    end();
}

/* ---- the echo of a router ---- */

static void plan_with_echo(const char *echo)
{
    begin();
    add(OBJECT("StaticRoute", "r", ROUTE_SPEC));
    add(ROUTER);
    add_probe(ECHO_URL, RCTL_PROBE_HEALTHY, 1, echo);
    plan("StaticRoute", "r");
}

TEST(plan, a_router_is_synced_when_it_tells_the_file)
{
    plan_with_echo("{\"status\": \"healthy\", \"dynamic_config\": {\"callbacks\": null, "
                   "\"k8s_label_selector\": \"\", \"k8s_namespace\": \"default\", \"k8s_port\": "
                   "8000, \"routing_logic\": \"roundrobin\", \"service_discovery\": \"static\", "
                   "\"static_backends\": "
                   "\"http://a.default.svc:8000,http://b.default.svc:8000\", "
                   "\"static_models\": \"m,m\"}}");
    expect("the router tells the settings of the file");
    plan_with_echo("{\"dynamic_config\": {\"routing_logic\": \"session\"}}");
    expect("the router does not tell the settings of the file");
    plan_with_echo("{\"dynamic_config\"");
    expect("the router does not tell the settings of the file");
    plan_with_echo(NULL);
    expect("the router does not tell the settings of the file");
    end();
}

/* ---- times and events ---- */

static const char *const ready =
    OBJECT("SpeculativeDecoding", "s",
           "\"spec\": {\"draftModel\": \"d\", \"targetModel\": \"t\"}, \"status\": "
           "{\"observedGeneration\": 1, \"conditions\": ["
           "{\"type\": \"Accepted\", \"status\": \"True\", \"reason\": \"Accepted\", \"message\": "
           "\"the spec is valid and all references lead somewhere\", \"observedGeneration\": 1, "
           "\"lastTransitionTime\": \"2020-01-01T00:00:00Z\"},"
           "{\"type\": \"Ready\", \"status\": \"%s\", \"reason\": \"Serving\", \"message\": "
           "\"services may use it\", \"observedGeneration\": 1, "
           "\"lastTransitionTime\": \"2020-01-01T00:00:00Z\"},"
           "{\"type\": \"Other\", \"status\": \"True\"}]}");

static void plan_ready(const char *status)
{
    char text[4096];

    begin();
    snprintf(text, sizeof(text), ready, status);
    add(text);
    plan("SpeculativeDecoding", "s");
}

TEST(plan, what_is_told_is_not_told_again)
{
    plan_ready("True");
    cr_assert_eq(rctl_plan_count(f.plan), 0, "%s", f.text);
    end();
}

TEST(plan, times_move_with_the_condition_only)
{
    plan_ready("False");
    cr_assert_eq(count(RCTL_ACTION_STATUS), 1);
    cr_assert_eq(count(RCTL_ACTION_EVENT), 1);
    expect("\"2020-01-01T00:00:00Z\"");
    expect("\"2026-01-01T00:00:00Z\"");
    end();
}

TEST(plan, the_applied_time_follows_the_content)
{
    static const char config[] =
        "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"r-config\", "
        "\"namespace\": \"default\", \"uid\": \"c\", \"ownerReferences\": [{\"uid\": \"u-r\", "
        "\"controller\": true}], \"annotations\": {"
        "\"production-stack.vllm.ai/applied-hash\": \"%s\", "
        "\"production-stack.vllm.ai/applied-time\": \"2020-01-01T00:00:00Z\"}}}";
    char text[4096], hash[17];
    const char *at;

    begin();
    add(OBJECT("StaticRoute", "r", ROUTE_SPEC));
    add(ROUTER);
    snprintf(text, sizeof(text), config, "another");
    add(text);
    plan("StaticRoute", "r");
    expect("\"lastAppliedTime\": \"2026-01-01T00:00:00Z\"");
    at = strstr(f.text, "applied-hash\": \"");
    cr_assert_not_null(at);
    snprintf(hash, sizeof(hash), "%.16s", at + strlen("applied-hash\": \""));

    begin();
    add(OBJECT("StaticRoute", "r", ROUTE_SPEC));
    add(ROUTER);
    snprintf(text, sizeof(text), config, hash);
    add(text);
    plan("StaticRoute", "r");
    /* Its data is gone, so it is written again; but it is no new content. */
    cr_assert_eq(count(RCTL_ACTION_APPLY), 1);
    expect("\"lastAppliedTime\": \"2020-01-01T00:00:00Z\"");
    end();
}

/* ---- worlds ---- */

TEST(plan, lists_need_not_say_what_their_items_are)
{
    rctl_key key;

    begin();
    add("{\"apiVersion\": \"production-stack.vllm.ai/v1alpha1\", \"kind\": "
        "\"SpeculativeDecodingList\", \"items\": [{\"metadata\": {\"name\": \"a\", \"namespace\": "
        "\"x\"}, \"spec\": {\"draftModel\": \"d\", \"targetModel\": \"t\"}}]}");
    add("{\"apiVersion\": \"v1\", \"kind\": \"PodList\", \"items\": null}");
    cr_assert_eq(rctl_world_key(f.world, 0, &key), 0);
    cr_assert_str_eq(key.kind, "SpeculativeDecoding");
    cr_assert_str_eq(key.name_space, "x");
    cr_assert_eq(rctl_world_key(f.world, 1, &key), RCTL_E_NOT_FOUND);
    end();
}

TEST(plan, what_is_not_there_gives_an_empty_plan)
{
    begin();
    add("[]");
    plan("StaticRoute", "nobody");
    cr_assert_eq(rctl_plan_count(f.plan), 0);
    cr_assert_str_eq(f.text, "{}\n");
    cr_assert_null(rctl_plan_refusal(f.plan));
    end();
}

TEST(plan, impossible_arguments)
{
    rctl_plan *made = NULL;
    rctl_action action;
    rctl_probe probe = {.size = sizeof(probe)};

    begin();
    cr_assert_eq(rctl_reconcile(f.world, "Pod", "default", "a", &made), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_reconcile(NULL, "StaticRoute", "default", "a", &made), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_world_add_probe(f.world, &probe), RCTL_E_INVALID_ARG);
    plan("StaticRoute", "a");
    cr_assert_eq(rctl_plan_get(f.plan, 0, &action), RCTL_E_NOT_FOUND);
    cr_assert_eq(rctl_plan_write_body(f.plan, 0, &sink), RCTL_E_NOT_FOUND);
    /* The snapshot is used: nothing may change in it any more. */
    cr_assert_eq(rctl_world_add(f.world, "x", "", 0), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_world_set_now(f.world, 1), RCTL_E_INVALID_ARG);
    cr_assert_null(rctl_world_free(NULL));
    cr_assert_null(rctl_plan_free(NULL));
    end();
}

/* ---- controllers ---- */

TEST(plan, controllers_read_themselves_and_write_a_status)
{
    for (size_t i = 0; i < rctl_controllers_count(); i++) {
        const rctl_controller *controller = rctl_controllers_get(i);
        size_t selves = 0, statuses = 0;

        for (size_t k = 0; k < controller->n_reads; k++)
            selves += strcmp(controller->reads[k].resource->kind, controller->kind) == 0;
        for (size_t k = 0; k < controller->n_writes; k++)
            statuses += controller->writes[k].status &&
                        strcmp(controller->writes[k].resource->kind, controller->kind) == 0;
        cr_assert_eq(selves, 1, "%s", controller->name);
        cr_assert_eq(statuses, 1, "%s", controller->name);
    }
    cr_assert_eq(rctl_controllers_count(), rctl_kinds_count());
    cr_assert_null(rctl_controllers_get(rctl_controllers_count()));
}
