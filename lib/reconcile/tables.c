/*
 * One row a controller: what it reads and why, what it writes, which conditions it
 * may set. Watches, RBAC and documents follow from these rows; a read that no row names
 * is an assertion.
 */
#include "reconcile/reconcile.h"

#define RBAC "rbac.authorization.k8s.io/v1"
#define NETWORK "networking.k8s.io/v1"

const rctl_resource reconcile_resources[RES__COUNT] = {
    [RES_SERVICE_ACCOUNT] = {"v1", "ServiceAccount", "serviceaccounts", false, false},
    [RES_ROLE] = {RBAC, "Role", "roles", false, false},
    [RES_ROLE_BINDING] = {RBAC, "RoleBinding", "rolebindings", false, false},
    [RES_CONFIG_MAP] = {"v1", "ConfigMap", "configmaps", false, false},
    [RES_SERVICE] = {"v1", "Service", "services", false, true},
    [RES_DEPLOYMENT] = {"apps/v1", "Deployment", "deployments", false, false},
    [RES_BUDGET] = {"policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", false, false},
    [RES_NETWORK_POLICY] = {NETWORK, "NetworkPolicy", "networkpolicies", false, false},
    [RES_INGRESS] = {NETWORK, "Ingress", "ingresses", false, false},
    [RES_HTTP_ROUTE] = {"gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes", true, false},
    [RES_POOL] = {"inference.networking.k8s.io/v1", "InferencePool", "inferencepools", true, false},
    [RES_ENDPOINT_SLICE] = {"discovery.k8s.io/v1", "EndpointSlice", "endpointslices", false, false},
    [RES_POD] = {"v1", "Pod", "pods", false, false},
    [RES_AUTOSCALER] = {"autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers",
                        false, false},
    [RES_SCALED_OBJECT] = {"keda.sh/v1alpha1", "ScaledObject", "scaledobjects", true, false},
    [RES_INFSVC] = {RCTL_API_VERSION, "InferenceService", "inferenceservices", false, true},
    [RES_PDD] = {RCTL_API_VERSION, "PrefillDecodingDisaggregation",
                 "prefilldecodingdisaggregations", false, true},
    [RES_SD] = {RCTL_API_VERSION, "SpeculativeDecoding", "speculativedecodings", false, true},
    [RES_IGW] = {RCTL_API_VERSION, "InferenceGateway", "inferencegateways", false, true},
    [RES_ICACHE] = {RCTL_API_VERSION, "InferenceCache", "inferencecaches", false, true},
    [RES_SROUTE] = {RCTL_API_VERSION, "StaticRoute", "staticroutes", false, true},
};

enum reconcile_resource reconcile_find_resource(const char *api_version, const char *kind)
{
    for (int i = 0; i < RES__COUNT; i++)
        if (strcmp(reconcile_resources[i].kind, kind) == 0 &&
            strcmp(reconcile_resources[i].api_version, api_version) == 0)
            return (enum reconcile_resource)i;
    return RES__COUNT;
}

/* ---- rows ---- */

#define RESOURCE(id) &reconcile_resources[RES_##id]
/* Those of others are seen as well: their names are taken. */
#define READ(id) {RESOURCE(id), NULL}
/* References lead both ways, and any two of our objects may claim one name. */
#define OURS READ(INFSVC), READ(PDD), READ(SD), READ(IGW), READ(ICACHE), READ(SROUTE)
#define AUTOSCALERS READ(AUTOSCALER), READ(SCALED_OBJECT)
#define WRITE(id) {RESOURCE(id), false}
#define STATUS_OF(id) {RESOURCE(id), true}

/* Pods of engines that are no half are many, and nobody asks for them. */
#define HALVES                                                                                     \
    "app.kubernetes.io/managed-by=" KINDS_MANAGER                                                  \
    ",app.kubernetes.io/component in (decode,prefill)"

static const rctl_read infsvc_reads[] = {
    OURS,          READ(SERVICE_ACCOUNT), READ(ROLE),   READ(ROLE_BINDING),   READ(CONFIG_MAP),
    READ(SERVICE), READ(DEPLOYMENT),      READ(BUDGET), READ(ENDPOINT_SLICE), AUTOSCALERS,
};
static const rctl_write infsvc_writes[] = {
    WRITE(SERVICE_ACCOUNT), WRITE(ROLE),   WRITE(ROLE_BINDING), WRITE(CONFIG_MAP), WRITE(SERVICE),
    WRITE(DEPLOYMENT),      WRITE(BUDGET), STATUS_OF(INFSVC),
};
static const char *const infsvc_conditions[] = {
    "Accepted", "Ready", "BackendReady", "PrefillDecodingReady", "SpeculativeDecodingReady",
    "CacheReady", "Degraded", NULL};

static const rctl_read pdd_reads[] = {
    OURS, READ(SERVICE), READ(DEPLOYMENT), {RESOURCE(POD), HALVES}, AUTOSCALERS,
};
static const rctl_write pdd_writes[] = {WRITE(SERVICE), WRITE(DEPLOYMENT), STATUS_OF(PDD)};
static const char *const pdd_conditions[] = {"Accepted", "Ready", "PrefillReady", "DecodeReady",
                                             NULL};

static const rctl_read sd_reads[] = {OURS};
static const rctl_write sd_writes[] = {STATUS_OF(SD)};
static const char *const sd_conditions[] = {"Accepted", "Ready", NULL};

static const rctl_read igw_reads[] = {
    OURS,          READ(SERVICE_ACCOUNT), READ(ROLE),     READ(ROLE_BINDING),
    READ(CONFIG_MAP), READ(SERVICE),      READ(DEPLOYMENT), READ(BUDGET),
    READ(NETWORK_POLICY), READ(INGRESS),  READ(HTTP_ROUTE), READ(POOL),
    AUTOSCALERS,
};
static const rctl_write igw_writes[] = {
    WRITE(SERVICE_ACCOUNT), WRITE(ROLE),       WRITE(ROLE_BINDING),   WRITE(CONFIG_MAP),
    WRITE(SERVICE),         WRITE(DEPLOYMENT), WRITE(BUDGET),         WRITE(NETWORK_POLICY),
    WRITE(INGRESS),         WRITE(HTTP_ROUTE), WRITE(POOL),           STATUS_OF(IGW),
};
static const char *const igw_conditions[] = {"Accepted", "Ready", "RoutesResolved", "RouterReady",
                                             "Degraded", NULL};

static const rctl_read icache_reads[] = {OURS, READ(SERVICE), READ(DEPLOYMENT), AUTOSCALERS};
static const rctl_write icache_writes[] = {WRITE(SERVICE), WRITE(DEPLOYMENT), STATUS_OF(ICACHE)};
static const char *const icache_conditions[] = {"Accepted", "Ready", "HitRateLow",
                                                "EvictionPressure", NULL};

static const rctl_read sroute_reads[] = {OURS, READ(CONFIG_MAP), READ(SERVICE)};
static const rctl_write sroute_writes[] = {WRITE(CONFIG_MAP), STATUS_OF(SROUTE)};
static const char *const sroute_conditions[] = {"Accepted", "Ready", "ConfigMapReady",
                                                "BackendsHealthy", "RouterSynced", NULL};

#define CONTROLLER(id, name_, kind_, users_)                                                       \
    {.told = {.name = name_,                                                                       \
              .kind = kind_,                                                                       \
              .users = users_,                                                                     \
              .reads = id##_reads,                                                                 \
              .n_reads = BASE_COUNT(id##_reads),                                                   \
              .writes = id##_writes,                                                               \
              .n_writes = BASE_COUNT(id##_writes),                                                 \
              .conditions = id##_conditions},                                                      \
     .observe = reconcile_observe_##id}

const struct reconcile_controller reconcile_controllers[] = {
    CONTROLLER(infsvc, "inferenceservice", "InferenceService", 0),
    CONTROLLER(pdd, "prefilldecodingdisaggregation", "PrefillDecodingDisaggregation", 0),
    CONTROLLER(sd, "speculativedecoding", "SpeculativeDecoding", 1),
    CONTROLLER(igw, "inferencegateway", "InferenceGateway", 0),
    CONTROLLER(icache, "inferencecache", "InferenceCache", 2),
    CONTROLLER(sroute, "staticroute", "StaticRoute", 0),
};
const size_t reconcile_n_controllers = BASE_COUNT(reconcile_controllers);

const struct reconcile_controller *reconcile_find_controller(const char *kind)
{
    for (size_t i = 0; i < reconcile_n_controllers; i++)
        if (strcmp(reconcile_controllers[i].told.kind, kind) == 0)
            return &reconcile_controllers[i];
    return NULL;
}

bool reconcile_reads(const rctl_controller *controller, enum reconcile_resource resource)
{
    for (size_t i = 0; i < controller->n_reads; i++)
        if (controller->reads[i].resource == &reconcile_resources[resource])
            return true;
    return false;
}
