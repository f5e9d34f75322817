/*
 * opcore/brain: from lists to plans to writes to rest, and what it does about restarts,
 * conflicts, a lost lease, kinds that are missing, deletions and lack of memory.
 */
#include "brain_rig.h"

#include <stdio.h>

static const char route[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"StaticRoute\","
    "\"metadata\":{\"name\":\"route\"},\"spec\":{\"serviceDiscovery\":\"static\","
    "\"routingLogic\":\"roundrobin\",\"staticBackends\":\"http://a:1,http://b:2\","
    "\"staticModels\":\"m1,m2\",\"configMapName\":\"route-config\"}}";
static const char service[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"InferenceService\","
    "\"metadata\":{\"name\":\"chat\"},\"spec\":{\"modelName\":\"llama3\","
    "\"backendMode\":\"External\"}}";
static const char gateway[] =
    "{\"apiVersion\":\"production-stack.vllm.ai/v1alpha1\",\"kind\":\"InferenceGateway\","
    "\"metadata\":{\"name\":\"door\"},\"spec\":{\"sessionAffinity\":true,"
    "\"routes\":[{\"model\":\"llama3\",\"inferenceServiceRef\":\"chat\"}]}}";

static void start(struct rig *rig)
{
    rig_start(rig);
    rig_put(rig, route);
    rig_put(rig, service);
    rig_put(rig, gateway);
}

TEST(opcore_brain, writes_what_is_wanted_and_comes_to_rest)
{
    struct rig rig;
    unsigned writes, lists;

    start(&rig);
    rig_boot(&rig);
    cr_assert_not(brain_is_synced(rig.brain));
    rig_run(&rig, CORE_MINUTE);
    printf("%s", rig.log);
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
