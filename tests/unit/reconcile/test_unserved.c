/*
 * Kinds that the API server does not serve: a plan leaves such children out, goes on with
 * the rest, and its status says what to install.
 */
#include "support/test.h"

#include <routerctl.h>
#include <stdio.h>
#include <string.h>

#define OBJECT(kind, name, spec)                                                                   \
    "{\"apiVersion\": \"production-stack.vllm.ai/v1alpha1\", \"kind\": \"" kind                    \
    "\", \"metadata\": {\"name\": \"" name "\", \"namespace\": \"default\", \"uid\": \"u-" name    \
    "\", \"generation\": 1}, \"spec\": {" spec "}}"
#define GATEWAY(more)                                                                              \
    OBJECT("InferenceGateway", "door",                                                             \
           "\"exposure\": {\"type\": \"HTTPRoute\", \"parentRefs\": [{\"name\": \"public\"}]"      \
           more ", \"routes\": [{\"model\": \"llama3\", \"inferenceServiceRef\": \"chat\"}]")
#define SERVICE                                                                                    \
    OBJECT("InferenceService", "chat",                                                             \
           "\"modelName\": \"llama3\", \"backendMode\": \"Managed\", \"engineConfig\": "           \
           "{\"tensor-parallel-size\": \"1\", \"max-num-batched-tokens\": \"8192\", "              \
           "\"max-num-seqs\": \"256\"}")
#define PICKER                                                                                     \
    "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"picker\", "        \
    "\"namespace\": \"default\", \"uid\": \"p\"}, \"spec\": {\"ports\": [{\"port\": 9002}]}}"
#define PLAIN GATEWAY("}, \"router\": {\"type\": \"gateway-api\"}")
#define ROUTED GATEWAY("}, \"router\": {\"type\": \"vllm-router\"}")
#define POOLED                                                                                     \
    GATEWAY(", \"inferencePool\": {\"endpointPickerRef\": \"picker\"}}, "                          \
            "\"routeStrategy\": \"PrefixHash\"")

#define ROUTES "gateway.networking.k8s.io/v1", "HTTPRoute"
#define POOLS "inference.networking.k8s.io/v1", "InferencePool"

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
    /* Without blanks, which makes it easier to search. */
    for (size_t i = 0; i < len; i++)
        if (data[i] != ' ' && data[i] != '\n')
            f.text[f.len++] = data[i];
    f.text[f.len] = '\0';
    return 0;
}
static const rctl_sink sink = {append, NULL};

static void begin(const char *gateway)
{
    f = (struct fixture){0};
    cr_assert_eq(rctl_ctx_new(NULL, &f.ctx), 0);
    cr_assert_eq(rctl_world_new(f.ctx, NULL, &f.world), 0);
    cr_assert_eq(rctl_world_add(f.world, "seen", gateway, strlen(gateway)), 0);
    cr_assert_eq(rctl_world_add(f.world, "seen", SERVICE, strlen(SERVICE)), 0);
}

static void end(void)
{
    rctl_plan_free(f.plan);
    rctl_world_free(f.world);
    rctl_ctx_free(f.ctx);
}

static void plan(void)
{
    cr_assert_eq(rctl_reconcile(f.world, "InferenceGateway", "default", "door", &f.plan), 0);
    cr_assert_null(rctl_plan_refusal(f.plan), "%s", rctl_plan_refusal(f.plan));
    cr_assert_eq(rctl_plan_write(f.plan, &sink), 0);
}

static unsigned applies(const char *kind)
{
    rctl_action action;
    unsigned n = 0;

    for (size_t i = 0; rctl_plan_get(f.plan, i, &action) == 0; i++)
        n += action.type == RCTL_ACTION_APPLY && strcmp(action.kind, kind) == 0;
    return n;
}

/* Whether the status has that condition; members are written in the order of their names. */
static bool says(const char *type, const char *status, const char *reason)
{
    char wanted[200];

    snprintf(wanted, sizeof(wanted), "\"reason\":\"%s\",\"status\":\"%s\",\"type\":\"%s\"", reason,
             status, type);
    return strstr(f.text, wanted) != NULL;
}

TEST(unserved, without_routes_a_gateway_of_the_gateway_api_is_not_ready)
{
    begin(PLAIN);
    cr_assert_eq(rctl_world_set_unserved(f.world, ROUTES), 0);
    plan();
    cr_assert_eq(applies("HTTPRoute"), 0, "%s", f.text);
    cr_assert(says("RouterReady", "False", "KindNotServed"), "%s", f.text);
    cr_assert(says("Ready", "False", "KindNotServed"), "%s", f.text);
    cr_assert(says("Degraded", "True", "KindNotServed"), "%s", f.text);
    cr_assert(says("Accepted", "True", "Accepted"), "%s", f.text);
    cr_assert(strstr(f.text, "'httproutes.gateway.networking.k8s.io'"), "%s", f.text);
    end();
}

TEST(unserved, a_router_of_ours_serves_without_its_routes)
{
    begin(ROUTED);
    cr_assert_eq(rctl_world_set_unserved(f.world, ROUTES), 0);
    plan();
    cr_assert_eq(applies("HTTPRoute"), 0, "%s", f.text);
    cr_assert_eq(applies("Deployment"), 1, "%s", f.text);
    cr_assert(says("Degraded", "True", "KindNotServed"), "%s", f.text);
    cr_assert_not(says("RouterReady", "False", "KindNotServed"), "%s", f.text);
    end();
}

TEST(unserved, other_children_are_made)
{
    begin(POOLED);
    cr_assert_eq(rctl_world_add(f.world, "seen", PICKER, strlen(PICKER)), 0);
    cr_assert_eq(rctl_world_set_unserved(f.world, POOLS), 0);
    plan();
    cr_assert_eq(applies("InferencePool"), 0, "%s", f.text);
    cr_assert_geq(applies("HTTPRoute"), 1, "%s", f.text);
    cr_assert(says("RouterReady", "False", "KindNotServed"), "%s", f.text);
    cr_assert(strstr(f.text, "'inferencepools.inference.networking.k8s.io'"), "%s", f.text);
    end();
}

TEST(unserved, once_it_is_served_the_child_is_made)
{
    begin(ROUTED);
    plan();
    cr_assert_eq(applies("HTTPRoute"), 1, "%s", f.text);
    cr_assert(says("Degraded", "False", "AsAsked"), "%s", f.text);
    end();
}

TEST(unserved, what_no_child_is_of_changes_nothing)
{
    char before[sizeof(f.text)];

    begin(ROUTED);
    plan();
    memcpy(before, f.text, f.len + 1);
    end();
    begin(ROUTED);
    cr_assert_eq(rctl_world_set_unserved(f.world, POOLS), 0);
    cr_assert_eq(rctl_world_set_unserved(f.world, "example.com/v1", "Nothing"), 0);
    plan();
    cr_assert_str_eq(f.text, before);
    end();
}

TEST(unserved, impossible_arguments)
{
    begin(PLAIN);
    cr_assert_eq(rctl_world_set_unserved(NULL, ROUTES), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_world_set_unserved(f.world, NULL, "HTTPRoute"), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_world_set_unserved(f.world, "v1", NULL), RCTL_E_INVALID_ARG);
    plan();
    cr_assert_eq(rctl_world_set_unserved(f.world, ROUTES), RCTL_E_INVALID_ARG);
    end();
}
