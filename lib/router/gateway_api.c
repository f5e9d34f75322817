/*
 * No router of our own: the HTTPRoutes that a gateway asks for lead straight to its
 * services, or to InferencePools whose endpoint picker chooses the pod. A model is
 * told by a header that something in front sets from the request.
 */
#include "router/router.h"

#define ROUTE RCTL_WISH_BIT(RCTL_WISH_HTTP_ROUTE)
#define PICKER RCTL_WISH_BIT(RCTL_WISH_PICKER)
#define POOLS "inference-pools"
#define SCORES "scorers of the endpoint picker"
#define ASSUMED "as its default configuration has them; the picker's own settings decide"

static const rctl_router_policy policies[] = {{"services", ROUTE, NULL},
                                               {POOLS, ROUTE | PICKER, NULL}};

static const rctl_router_way ways[] = {
    {RCTL_WISH_ROUND_ROBIN, "services", "Services spread requests over their pods", NULL, NULL,
     "evenly on average, not strictly in turn", false},
    {RCTL_WISH_RANDOM, "services", "Services spread requests over their pods", NULL, NULL, NULL, false},
    {RCTL_WISH_LEAST_LOAD, POOLS, SCORES, NULL, NULL, ASSUMED, false},
    {RCTL_WISH_PREFIX, POOLS, SCORES, NULL, NULL, ASSUMED, false},
    {RCTL_WISH_KV_AWARE, NULL, NULL, NULL, NULL,
     "it depends on settings of the picker that are not ours", false},
    {RCTL_WISH_LOAD_REQUESTS, POOLS, SCORES, NULL, NULL, ASSUMED, false},
    {RCTL_WISH_LOAD_KV, POOLS, SCORES, NULL, NULL, ASSUMED, false},
    {RCTL_WISH_LOAD_GPU, NULL, NULL, NULL, NULL,
     "it depends on settings of the picker that are not ours", false},
    {RCTL_WISH_SESSION, NULL, NULL, NULL, NULL, "HTTPRoute has no session that every Gateway keeps", false},
    {RCTL_WISH_MODELS, NULL, "an HTTPRoute for each model, matched by header", NULL, NULL,
     "the header must be set by what stands in front, such as a body-based router", false},
    {RCTL_WISH_ALIASES, NULL, NULL, NULL, NULL,
     "engines would be asked for a name that they do not know", false},
    {RCTL_WISH_WEIGHTS, NULL, "weights of backendRefs", NULL, NULL, NULL, false},
    {RCTL_WISH_PD, NULL, NULL, NULL, NULL, "an HTTPRoute sends a request to one backend", false},
    {RCTL_WISH_STATIC, NULL, "backendRefs", NULL, NULL, NULL, false},
    {RCTL_WISH_K8S, NULL, "endpoints of the Services", NULL, NULL, NULL, false},
    {RCTL_WISH_K8S_MANY, NULL, "endpoints of the Services", NULL, NULL, NULL, false},
    {RCTL_WISH_HOT_RELOAD, NULL, "Gateways follow their HTTPRoutes", NULL, NULL, NULL, false},
    {RCTL_WISH_SEMANTIC_CACHE, NULL, NULL, NULL, NULL, "HTTPRoute has no such filter", false},
    {RCTL_WISH_PROMPT_GUARD, NULL, NULL, NULL, NULL, "HTTPRoute has no such filter", false},
    {RCTL_WISH_CACHE_THRESHOLD, NULL, NULL, NULL, NULL, "the picker has settings of its own", false},
    {RCTL_WISH_API_KEY, NULL, NULL, NULL, NULL, "it depends on policies of the Gateway", false},
    {RCTL_WISH_BACKEND_TLS, NULL, NULL, NULL, NULL, "it depends on policies of the Gateway", false},
    {RCTL_WISH_HTTP_ROUTE, NULL, "HTTPRoutes lead to the services", NULL, NULL, NULL, false},
    {RCTL_WISH_PICKER, POOLS, "InferencePools as backendRefs", NULL, NULL, NULL, false},
};

static int fits(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    (void)ctx;
    for (size_t i = 0; i < job->n_backends; i++)
        if (!job->backends[i].service) {
            router_out_refuse(out, "an HTTPRoute leads to Services, not to addresses");
            break;
        }
    if (router_asks(job, RCTL_WISH_PICKER) && job->n_selectors > 1)
        router_out_refuse(out, "an endpoint picker serves one InferencePool, thus one service");
    return RCTL_OK;
}

static int add_nothing(void *ctx, const rctl_router_job *job, rctl_router_out *out)
{
    (void)ctx;
    (void)job;
    (void)out;
    return RCTL_OK;
}

const rctl_router router_gateway_api = {
    .size = sizeof(rctl_router),
    .name = "gateway-api",
    .title = "Gateway API",
    .version = "1",
    .policies = policies,
    .n_policies = BASE_COUNT(policies),
    .ways = ways,
    .n_ways = BASE_COUNT(ways),
    .fits = fits,
    .arguments = add_nothing,
};
