/* Rules of InferenceCache. */
#include "kinds/kinds.h"

static bool has_server(const struct icache_spec *spec)
{
    return spec->tiers && spec->tiers->server && spec->tiers->server->enabled.v;
}

void kinds_rules_icache(struct kinds_check *check, const void *decoded)
{
    const struct icache_spec *spec = decoded;
    const struct transfer_policy *policy = spec->transfer_policy;
    const struct text_path *path = KINDS_AT(&check->spec, "kvCacheTransferPolicy");

    kinds_check_same_model(check, spec->pdd_ref, "PrefillDecodingDisaggregation", "modelName",
                           spec->model_name.v, KINDS_AT(&check->spec, "pddRef"));
    kinds_check_same_model(check, spec->sd_ref, "SpeculativeDecoding", "targetModel",
                           spec->model_name.v, KINDS_AT(&check->spec, "sdRef"));
    if (policy && policy->eviction_threshold.at && !has_server(spec))
        schema_fault(&check->walk, DIAG_CACHE_ONLY_OBSERVED, policy->eviction_threshold.at,
                     KINDS_AT(path, "evictionThreshold"),
                     "enable tiers.server if the cache itself should evict at this share",
                     "is only observed: no engine evicts at a share of its KV cache");
    if (policy && policy->threshold_hit_rate.at)
        schema_fault(&check->walk, DIAG_CACHE_ONLY_OBSERVED, policy->threshold_hit_rate.at,
                     KINDS_AT(path, "thresholdHitRate"), NULL,
                     "is only observed unless a router with a prefix-match threshold stands in "
                     "front");
}

size_t kinds_claims_icache(const struct kinds_check *check, const void *decoded,
                           struct kinds_claim *ret)
{
    const char *name;

    if (!has_server(decoded))
        return 0;
    name = kinds_child_name(check->walk.arena, check->object->name, "-lmcache");
    ret[0] = (struct kinds_claim){"Service", name, NULL};
    return 1;
}
