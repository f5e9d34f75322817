/* One row a kind. CRDs, docs, RBAC and the reading of documents follow from it. */
#include "kinds/kinds.h"

#define READY                                                                                      \
    {"Ready", "string", ".status.conditions[?(@.type==\"Ready\")].status", "Whether it serves.", 0}
#define REASON                                                                                     \
    {"Reason", "string", ".status.conditions[?(@.type==\"Ready\")].reason", "Why it does or not.", \
     0}
#define AGE {"Age", "date", ".metadata.creationTimestamp", "Age of the object.", 0}

static const struct kinds_column infsvc_columns[] = {
    {"Model", "string", ".spec.modelName", "Name that clients ask for.", 0},
    READY,
    REASON,
    {"Replicas", "integer", ".status.readyReplicas", "Engine pods that serve.", 0},
    {"Mode", "string", ".status.mode", "Who runs the backend.", 1},
    {"URL", "string", ".status.url", "Where clients reach it.", 1},
    AGE,
};
static const struct kinds_column pdd_columns[] = {
    {"Model", "string", ".spec.modelName", "Name that clients ask for.", 0},
    {"Engine", "string", ".spec.engine", "Engine of both halves.", 0},
    READY,
    REASON,
    {"Prefill", "integer", ".status.prefill.ready", "Prefill pods that serve.", 0},
    {"Decode", "integer", ".status.decode.ready", "Decode pods that serve.", 0},
    AGE,
};
static const struct kinds_column sd_columns[] = {
    {"Target", "string", ".spec.targetModel", "Model that is sped up.", 0},
    {"Draft", "string", ".spec.draftModel", "Model that proposes tokens.", 0},
    {"Method", "string", ".spec.method", "Method of drafting.", 0},
    READY,
    REASON,
    {"Accepted", "string", ".status.acceptanceRate", "Share of drafted tokens accepted.", 0},
    AGE,
};
static const struct kinds_column icache_columns[] = {
    {"Model", "string", ".spec.modelName", "Model of the services that use it.", 0},
    READY,
    REASON,
    {"Hit rate", "string", ".status.hitRate", "Share of tokens found in the cache.", 0},
    {"Usage", "string", ".status.usage", "Share of the cache in use.", 0},
    AGE,
};
static const struct kinds_column igw_columns[] = {
    {"Router", "string", ".status.routerType", "Router in use.", 0},
    READY,
    REASON,
    {"URL", "string", ".status.url", "Where clients reach it.", 1},
    AGE,
};
static const struct kinds_column sroute_columns[] = {
    {"Config", "string", ".status.configMapRef", "ConfigMap with the routing file.", 0},
    {"Logic", "string", ".spec.routingLogic", "How a backend is chosen.", 0},
    READY,
    REASON,
    AGE,
};

static const struct kinds_cel sd_cel[] = {
    {"!(has(self.promptLookupMin) && has(self.promptLookupMax)) || "
     "self.promptLookupMin <= self.promptLookupMax",
     "promptLookupMin must not be above promptLookupMax"},
};
static const struct kinds_cel igw_cel[] = {
    {"!(has(self.serviceDiscovery) && self.serviceDiscovery == 'custom') || has(self.discovery)",
     "serviceDiscovery custom needs discovery.provider"},
};
static const struct kinds_cel sroute_cel[] = {
    {"!(has(self.routingLogic) && self.routingLogic == 'session') || has(self.sessionKey)",
     "routingLogic session needs sessionKey"},
};

#define ROW(id, name, plural_, singular_, text)                                                    \
    .kind = name, .plural = plural_, .singular = singular_, .short_name = #id, .doc = text,        \
    .spec = &shape_##id##_spec, .status = &shape_##id##_status, .columns = id##_columns,           \
    .n_columns = BASE_COUNT(id##_columns), .rules = kinds_rules_##id
/* CEL cannot see references: their type is open, as they are also written as bare names. */
#define CEL(id) .cel = id##_cel, .n_cel = BASE_COUNT(id##_cel)

const struct kinds_kind kinds_table[] = {
    {ROW(infsvc, "InferenceService", "inferenceservices", "inferenceservice",
         "A model behind a Service."),
     .claims = kinds_claims_infsvc},
    {ROW(pdd, "PrefillDecodingDisaggregation", "prefilldecodingdisaggregations",
         "prefilldecodingdisaggregation",
         "One engine in two halves: prefill and decode pods."),
     .claims = kinds_claims_pdd},
    {ROW(sd, "SpeculativeDecoding", "speculativedecodings", "speculativedecoding",
         "A draft model for the model that it speeds up."),
     CEL(sd)},
    {ROW(igw, "InferenceGateway", "inferencegateways", "inferencegateway",
         "One door to several inference services."),
     CEL(igw), .claims = kinds_claims_igw},
    {ROW(icache, "InferenceCache", "inferencecaches", "inferencecache",
         "Where KV blocks are cached and what is expected of it."),
     .claims = kinds_claims_icache},
    {ROW(sroute, "StaticRoute", "staticroutes", "staticroute",
         "A fixed list of backends for a running router."),
     CEL(sroute), .claims = kinds_claims_sroute},
};
const size_t kinds_count = BASE_COUNT(kinds_table);

const struct kinds_kind kinds_service = {
    .kind = "Service",
    .plural = "services",
    .singular = "service",
    .short_name = "svc",
    .doc = "A Service of Kubernetes itself.",
};

const char *kinds_choice(const struct kinds_tables *tables, enum schema_syntax syntax, size_t i)
{
    if (syntax == SCHEMA_ENGINE_NAME)
        return i < tables->engines.n_items ? tables->engines.items[i]->name : NULL;
    if (syntax == SCHEMA_ROUTER_NAME && i == 0)
        return "auto";
    if (syntax == SCHEMA_ROUTER_NAME)
        return i <= tables->routers.n_items ? tables->routers.items[i - 1]->name : NULL;
    return NULL;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_word(const char *a, const char *b)
{
    for (; *a && lower(*a) == lower(*b); a++)
        b++;
    return *a == '\0' && *b == '\0';
}

const struct kinds_kind *kinds_find(const char *name)
{
    for (size_t i = 0; i < kinds_count; i++) {
        const struct kinds_kind *kind = &kinds_table[i];

        if (same_word(name, kind->kind) || same_word(name, kind->plural) ||
            same_word(name, kind->short_name))
            return kind;
    }
    return NULL;
}
