/*
 * opcore/brain: from lists to plans to writes to rest, and what it does about restarts,
 * conflicts, a lost lease, kinds that are missing, deletions and lack of memory.
 */
#include "brain_rig.h"

#include <stdio.h>
#include <string.h>

static const char route[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
    "\"metadata\":{\"name\":\"route\"},\"spec\":{\"serviceDiscovery\":\"static\","
    "\"routingLogic\":\"roundrobin\","
    "\"staticBackends\":\"http://a.default.svc:1,http://b.default.svc:2\","
    "\"staticModels\":\"m1,m2\",\"configMapName\":\"route-config\"}}";
static const char service[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"InferenceService\","
    "\"metadata\":{\"name\":\"chat\"},\"spec\":{\"modelName\":\"llama3\","
    "\"backendMode\":\"External\"}}";
static const char gateway[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"InferenceGateway\","
    "\"metadata\":{\"name\":\"door\"},\"spec\":{\"sessionAffinity\":true,"
    "\"routes\":[{\"model\":\"llama3\",\"inferenceServiceRef\":\"chat\"}]}}";

static const char routed_gateway[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"InferenceGateway\","
    "\"metadata\":{\"name\":\"door\"},\"spec\":{\"router\":{\"type\":\"vllm-router\"},\"exposure\":"
    "{\"type\":\"HTTPRoute\",\"parentRefs\":[{\"name\":\"public\"}]},"
    "\"routes\":[{\"model\":\"llama3\",\"inferenceServiceRef\":\"chat\"}]}}";

static void start(struct rig *rig)
{
    rig_start(rig);
    rig_put(rig, route);
    rig_put(rig, service);
    rig_put(rig, gateway);
}

static void expire_stream(struct rig *rig, const char *kind)
{
    static const struct answer expired = {410, ANSWER_REASON_NONE, 0};

    for (size_t i = 0; i < RIG_STREAMS; i++)
        if (rig->streams[i].id && strcmp(rig->streams[i].kind, kind) == 0) {
            brain_done(rig->brain, rig->streams[i].id, &expired, NULL, rig->now, 1);
            rig->streams[i].id = 0;
        }
}

TEST(opcore_brain, writes_what_is_wanted_and_comes_to_rest)
{
    struct rig rig;
    unsigned writes, lists;

    start(&rig);
    rig_boot(&rig);
    cr_assert_not(brain_is_synced(rig.brain));
    rig_run(&rig, CORE_MINUTE);
    cr_assert(brain_is_synced(rig.brain));
    cr_assert_eq(rig_count(&rig, "APPLY ConfigMap route-config"), 1);
    cr_assert_geq(rig_count(&rig, "STATUS StaticRoute route"), 1);
    cr_assert_eq(rig_count(&rig, "APPLY Deployment"), 1);
    writes = rig.writes;
    lists = rig.lists;
    rig_run(&rig, 10 * CORE_MINUTE);
    cr_assert_eq(rig.writes, writes, "at rest nothing is written:\n%s", rig.log);
    cr_assert_eq(rig.lists, lists);
    rig_stop(&rig);
}

TEST(opcore_brain, writes_nothing_after_a_restart)
{
    struct rig rig;
    unsigned writes;

    start(&rig);
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    model_run(&rig.model);
    rig_run(&rig, CORE_MINUTE);
    writes = rig.writes;
    cr_assert_gt(writes, 0);
    rig_boot(&rig);
    rig_run(&rig, 25 * 60 * CORE_MINUTE); /* two resyncs as well */
    cr_assert_eq(rig.writes, writes, "%s", rig.log);
    rig_stop(&rig);
}

TEST(opcore_brain, asks_for_paths_and_bodies_as_the_api_has_them)
{
    static const char *const spaces[] = {"team a"};
    struct rig rig;
    struct brain_call call;
    bool found = false;

    rig_start(&rig);
    rig.options.namespaces = spaces;
    rig.options.n_namespaces = 1;
    rig_boot(&rig);
    while (brain_poll(rig.brain, rig.now, rig.wall, 1, &call)) {
        cr_assert_eq(call.type, BRAIN_LIST);
        cr_assert_str_eq(call.method, "GET");
        cr_assert_null(call.body);
        if (strcmp(call.kind, "Pod") == 0) {
            found = true;
            cr_assert_str_eq(call.path, "/api/v1/namespaces/team%20a/pods?labelSelector="
                                        "app.kubernetes.io%2Fmanaged-by%3Drouter-controller%2C"
                                "app.kubernetes.io%2Fcomponent%20in%20%28decode%2Cprefill%29"
                                        "&limit=500");
        }
    }
    cr_assert(found);
    rig_stop(&rig);
}

TEST(opcore_brain, makes_a_new_plan_after_a_conflict)
{
    struct rig rig;
    unsigned writes;

    start(&rig);
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    writes = rig.writes;
    /* The spec changes while its plan is carried out. */
    rig.refuse_at = writes + 1;
    rig.refuse_with = 409;
    rig_put(&rig, "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
                  "\"metadata\":{\"name\":\"route\"},\"spec\":{\"serviceDiscovery\":\"static\","
                  "\"routingLogic\":\"session\",\"sessionKey\":\"x-user\","
                  "\"staticBackends\":\"http://c.default.svc:1\",\"staticModels\":\"m1\","
                  "\"configMapName\":\"route-config\"}}");
    rig_run(&rig, 100 * CORE_MS); /* sooner than the queue would try again for long */
    cr_assert_eq(rig_count(&rig, "APPLY ConfigMap route-config"), 3, "%s", rig.log);
    cr_assert(strstr(model_list(&rig.model, 0, true), "c.default.svc:1"));
    rig_stop(&rig);
}

TEST(opcore_brain, waits_longer_and_longer_while_a_server_refuses)
{
    struct rig rig;

    start(&rig);
    rig.refuse_at = 1;
    rig.refuse_with = 503;
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(rig_count(&rig, "STATUS InferenceService chat"), 2, "%s", rig.log);
    rig_stop(&rig);
}

TEST(opcore_brain, lets_the_others_go_on_without_a_kind)
{
    struct rig rig;

    start(&rig);
    rig.missing = "InferencePool";
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    cr_assert(brain_is_synced(rig.brain));
    cr_assert_eq(rig_count(&rig, "APPLY Deployment door"), 1);
    rig_stop(&rig);
}

TEST(opcore_brain, makes_children_of_a_kind_that_is_missing_once_it_is_there)
{
    struct rig rig;
    unsigned writes;

    rig_start(&rig);
    rig_put(&rig, service);
    rig_put(&rig, routed_gateway);
    rig.missing = "HTTPRoute";
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(rig_count(&rig, "APPLY Deployment door"), 1, "%s", rig.log);
    cr_assert_eq(rig_count(&rig, "APPLY HTTPRoute"), 0, "%s", rig.log);
    cr_assert(strstr(model_list(&rig.model, 0, MODEL_WHOLE), "KindNotServed"));
    writes = rig.writes;
    rig_run(&rig, 10 * CORE_MINUTE);
    cr_assert_eq(rig.writes, writes, "%s", rig.log);
    rig.missing = NULL; /* the CRD is installed */
    rig_run(&rig, 5 * CORE_MINUTE);
    cr_assert_eq(rig_count(&rig, "APPLY HTTPRoute"), 1, "%s", rig.log);
    cr_assert_null(strstr(model_list(&rig.model, 0, MODEL_WHOLE), "KindNotServed"));
    rig.missing = "HTTPRoute"; /* and taken away with all of its objects */
    model_delete(&rig.model, "HTTPRoute", "door");
    expire_stream(&rig, "HTTPRoute");
    writes = rig.writes;
    rig_run(&rig, 10 * CORE_MINUTE);
    cr_assert(strstr(model_list(&rig.model, 0, MODEL_WHOLE), "KindNotServed"), "%s", rig.log);
    cr_assert_eq(rig_count(&rig, "APPLY HTTPRoute"), 1, "%s", rig.log);
    cr_assert_leq(rig.writes - writes, 2, "%s", rig.log);
    rig_stop(&rig);
}

TEST(opcore_brain, leaves_the_children_of_what_is_deleted_to_the_collector)
{
    struct rig rig;
    unsigned writes;

    start(&rig);
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    model_run(&rig.model);
    rig_run(&rig, CORE_MINUTE);
    writes = rig.writes;
    model_delete(&rig.model, "StaticRoute", "route");
    model_run(&rig.model); /* its ConfigMap goes */
    rig_run(&rig, CORE_MINUTE);
    cr_assert_null(model_find(&rig.model, "ConfigMap", "route-config"));
    cr_assert_eq(rig.writes, writes, "%s", rig.log);
    rig_stop(&rig);
}

TEST(opcore_brain, makes_the_children_of_all_before_it_tells_of_any)
{
    struct brain_limits limits = brain_default;
    struct rig rig;

    limits.workers = 1;
    rig_start(&rig);
    rig.options.limits = &limits;
    rig_boot(&rig);
    rig_run(&rig, CORE_SECOND);
    for (int i = 1; i <= 3; i++) {
        char text[512];

        snprintf(text, sizeof(text),
                 "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
                 "\"metadata\":{\"name\":\"r%d\"},\"spec\":{\"serviceDiscovery\":\"static\","
                 "\"routingLogic\":\"roundrobin\",\"staticBackends\":\"http://a.default.svc:1\","
                 "\"staticModels\":\"m\"}}", i);
        rig_put(&rig, text);
    }
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(rig_count(&rig, "APPLY ConfigMap"), 3, "%s", rig.log);
    cr_assert_eq(rig_count(&rig, "STATUS StaticRoute"), 3, "one each: %s", rig.log);
    /* The last one has nobody to wait for. */
    cr_assert_lt(strstr(rig.log, "ConfigMap r3-config"), strstr(rig.log, "STATUS"), "%s", rig.log);
    rig_stop(&rig);
}

TEST(opcore_brain, wakes_those_who_refer_to_what_appears)
{
    struct rig rig;

    rig_start(&rig);
    rig_put(&rig, gateway);
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_eq(rig_count(&rig, "APPLY Deployment door"), 0, "its service is missing");
    rig_put(&rig, service);
    rig_run(&rig, CORE_SECOND);
    cr_assert_eq(rig_count(&rig, "APPLY Deployment door"), 1, "%s", rig.log);
    rig_stop(&rig);
}

TEST(opcore_brain, sees_its_own_writes_without_the_streams)
{
    struct rig rig;
    unsigned writes;

    start(&rig);
    rig.deaf = true;
    rig_boot(&rig);
    rig_run(&rig, CORE_SECOND);
    writes = rig.writes;
    cr_assert_eq(rig_count(&rig, "APPLY Deployment door"), 1);
    rig_put(&rig, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"}}");
    rig_run(&rig, CORE_SECOND);
    cr_assert_eq(rig.writes, writes, "%s", rig.log);
    rig_stop(&rig);
}

TEST(opcore_brain, probes_backends_in_their_time_and_writes_only_what_changes)
{
    struct rig rig;
    unsigned writes, probes;

    rig_start(&rig);
    rig_put(&rig, "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
                  "\"metadata\":{\"name\":\"route\"},\"spec\":{\"serviceDiscovery\":\"static\","
                  "\"routingLogic\":\"roundrobin\","
                  "\"staticBackends\":\"http://a.default.svc:1\",\"staticModels\":\"m1\","
                  "\"configMapName\":\"route-config\","
                  "\"healthCheck\":{\"periodSeconds\":10}}}");
    rig.options.probes = true;
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_geq(rig.probes, 5);
    cr_assert(strstr(model_list(&rig.model, 0, true), "\"Healthy\""), "%s",
              model_list(&rig.model, 0, true));
    writes = rig.writes;
    probes = rig.probes;
    rig_run(&rig, 10 * CORE_MINUTE);
    cr_assert_eq(rig.writes, writes, "%s", rig.log);
    cr_assert_geq(rig.probes - probes, 50);
    cr_assert_leq(rig.probes - probes, 61);
    rig_stop(&rig);
}

/* ---- deletions ---- */

static void rename_config(struct rig *rig)
{
    rig_put(rig, "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
                 "\"metadata\":{\"name\":\"route\"},\"spec\":{\"serviceDiscovery\":\"static\","
                 "\"routingLogic\":\"roundrobin\","
                 "\"staticBackends\":\"http://a.default.svc:1\",\"staticModels\":\"m1\","
                 "\"configMapName\":\"another-config\"}}");
}

TEST(opcore_brain, deletes_what_is_no_longer_wanted)
{
    struct rig rig;

    start(&rig);
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    rename_config(&rig);
    rig_run(&rig, CORE_SECOND);
    cr_assert_eq(rig_count(&rig, "DELETE ConfigMap route-config"), 1, "%s", rig.log);
    cr_assert_not_null(model_find(&rig.model, "ConfigMap", "another-config"));
    rig_stop(&rig);
}

TEST(opcore_brain, deletes_nothing_after_a_list_that_shrank_until_others_agree)
{
    static const struct breaker_limits strict = {0, 0, 30 * CORE_SECOND, 10 * CORE_MINUTE};
    struct brain_limits limits = brain_default;
    struct rig rig;

    limits.breaker = &strict;
    start(&rig);
    rig_put(&rig, "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
                  "\"metadata\":{\"name\":\"lost\"},\"spec\":{}}");
    rig.options.limits = &limits;
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    model_delete(&rig.model, "StaticRoute", "lost"); /* and its event is lost as well */
    expire_stream(&rig, "StaticRoute");
    rig_run(&rig, 5 * CORE_SECOND);
    rename_config(&rig);
    rig_run(&rig, 5 * CORE_SECOND);
    cr_assert_eq(rig_count(&rig, "APPLY ConfigMap another-config"), 1, "%s", rig.log);
    cr_assert_eq(rig_count(&rig, "DELETE"), 0, "%s", rig.log);
    rig_run(&rig, 2 * CORE_MINUTE);
    cr_assert_eq(rig_count(&rig, "DELETE ConfigMap route-config"), 1, "%s", rig.log);
    rig_stop(&rig);
}

/* ---- the lease ---- */

static void lose_lease(struct rig *rig, const struct brain_call *call)
{
    (void)call;
    rig->now += 11 * CORE_SECOND; /* the process slept */
    rig->before = NULL;
}

TEST(opcore_brain, writes_nothing_once_its_lease_may_be_over)
{
    struct rig rig;

    start(&rig);
    rig.options.elects = true;
    rig.before = lose_lease;
    rig_boot(&rig);
    rig_run(&rig, 2 * CORE_MINUTE);
    cr_assert_eq(rig.writes, 1, "the one that was out: %s", rig.log);
    cr_assert_eq(brain_state(rig.brain), BRAIN_LOST);
    cr_assert_eq(brain_due(rig.brain), CORE_NEVER);
    rig_stop(&rig);
}

TEST(opcore_brain, follows_while_somebody_else_leads)
{
    struct rig rig;

    start(&rig);
    rig.options.elects = true;
    rig.lease_foreign = true;
    rig.lease_rv = 1;
    rig_boot(&rig);
    rig_run(&rig, 10 * CORE_SECOND);
    cr_assert(brain_is_synced(rig.brain));
    cr_assert(brain_knows_leader(rig.brain));
    cr_assert_not(brain_leads(rig.brain));
    cr_assert_eq(rig.writes, 0);
    rig_stop(&rig);
}

TEST(opcore_brain, gives_the_lease_back_when_it_stops)
{
    struct rig rig;

    start(&rig);
    rig.options.elects = true;
    rig_boot(&rig);
    rig_run(&rig, CORE_MINUTE);
    cr_assert_gt(rig.writes, 0);
    brain_stop(rig.brain, rig.now);
    rig_run(&rig, CORE_SECOND);
    cr_assert_eq(rig_count(&rig, "RELEASE"), 1);
    cr_assert_eq(brain_state(rig.brain), BRAIN_STOPPED);
    rig_stop(&rig);
}

/* ---- memory ---- */

static bool is_done(struct rig *rig)
{
    return model_find(&rig->model, "ConfigMap", "route-config") &&
           model_find(&rig->model, "Deployment", "door") &&
           strstr(model_list(&rig->model, 0, true), "RoutesResolved");
}

TEST(opcore_brain, loses_nothing_when_memory_is_refused)
{
    size_t n = 1;

    for (size_t at = 1; at <= n; at += 1 + at / 40) {
        struct rig rig;
        size_t before;

        start(&rig);
        rig_boot(&rig);
        before = rig.memory.calls;
        rig.memory.fail_at = before + at;
        rig_run(&rig, 20 * CORE_MINUTE);
        cr_assert(is_done(&rig), "allocation %zu: %s", at, rig.log);
        n = rig.memory.calls - before;
        rig_stop(&rig);
    }
}

TEST(opcore_brain, says_when_there_is_no_memory_to_begin_with)
{
    for (size_t at = 1;; at++) {
        struct rig rig;
        struct brain *brain = NULL;
        int code;

        start(&rig);
        cr_assert_eq(rctl_ctx_new(&rig.memory.mem.from, &rig.ctx), 0);
        rig.options.ctx = rig.ctx;
        rig.memory.fail_at = rig.memory.calls + at;
        code = brain_new(&rig.options, rig.now, &brain);
        brain_free(brain);
        rig_stop(&rig);
        if (code == RCTL_OK)
            break;
        cr_assert_eq(code, RCTL_E_NOMEM);
    }
}
