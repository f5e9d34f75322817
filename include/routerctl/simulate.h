/*
 * Where requests would go behind a gateway, and why: the router's own hash, the
 * order of its look-ups and its trees are followed, not what its policy is called.
 */
#ifndef ROUTERCTL_SIMULATE_H
#define ROUTERCTL_SIMULATE_H

#include <routerctl/document.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In which form decisions are written. */
typedef enum rctl_simulation_format {
    RCTL_SIMULATION_TEXT = 0, /* a table */
    RCTL_SIMULATION_JSON = 1  /* indented */
} rctl_simulation_format;

/*
 * What is replayed. `gateway` is "name", or "namespace/name", of an InferenceGateway of the set.
 *
 * `endpoints` is JSON, the endpoints as they were at one moment, in the order in
 * which the router is given them:
 *   {"endpoints": [{"url": "http://10.0.0.1:8000", "model": "llama3", "healthy": true,
 *                   "running": 0, "waiting": 0, "kvUsage": 0.1, "throughput": 900}]}
 * url and model are needed. running and waiting are requests, 0 when absent; kvUsage
 * is a share from 0 to 1, throughput in tokens a second; absent means "not reported".
 *
 * `requests` is JSON, one object a line, in the order of their coming:
 *   {"id": "a", "model": "llama3", "headers": {"x-user-id": "u1"}, "body": {...}}
 * The body may be replaced by "prompt" or "messages"; without both, policies that look
 * at the prompt cannot tell. The names are those that diagnostics show.
 */
typedef struct rctl_simulation {
    size_t size; /* sizeof(rctl_simulation), set by the caller */
    const char *gateway;
    const char *endpoints_name, *endpoints;
    size_t endpoints_len;
    const char *requests_name, *requests;
    size_t requests_len;
    rctl_simulation_format format;
} rctl_simulation;

/*
 * Writes one decision for each request without faults: an endpoint, a status that the
 * router answers itself, or, where it draws or goes by what the input does not hold,
 * all endpoints that may be chosen, and the earlier request that this one follows.
 * Assumed is a router that has just started; endpoints that stay as they are, with
 * requests in flight that came through it and have nothing in common with the new
 * ones; and that each new request is answered before the next one comes.
 *
 * What is wrong with the gateway, the endpoints or the requests is added to the set's
 * diagnostics; a gateway that is not there, has errors, or whose router or policy is
 * not simulated, writes nothing. The router and its policy are those that rendering
 * takes, with extraArgs. Checks the set first when that was not done.
 * Errors: NOMEM, INVALID_ARG, SINK.
 */
RCTL_EXPORT int rctl_simulate_routing(rctl_set *set, const rctl_simulation *options,
                                      const rctl_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
