/*
 * Where endpoints come from: providers turn bytes that somebody else has read into
 * a list of endpoints with their models and roles. The library opens nothing: a
 * program reads the file or asks the server, and hands over what it got. What the
 * providers that ship read is told in docs/recipes/add-discovery.md.
 */
#ifndef ROUTERCTL_DISCOVERY_H
#define ROUTERCTL_DISCOVERY_H

#include <routerctl/document.h>
#include <routerctl/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One endpoint. Lent by the list that holds it. */
typedef struct rctl_endpoint {
    const char *url;       /* "http://10.1.2.3:8000", canonical, without a slash at the end */
    const char *model;     /* NULL when the provider does not say */
    rctl_engine_role role;
    int32_t bootstrap_port; /* 1 to 65535; 0 when none is told */
    int64_t weight;        /* 0 to 1000000; 1 when none is told, 0 for no requests */
    rctl_place place;      /* where it was read; line 0 when that is not known */
} rctl_endpoint;

/* Opaque: what a provider has found. */
typedef struct rctl_endpoints rctl_endpoints;

/* What a provider is given. */
typedef struct rctl_discovery_job {
    size_t size;           /* sizeof(rctl_discovery_job) of the library */
    const char *name;      /* of the input, for places; shown, so without a password */
    const char *data;      /* what was read; UTF-8 is not promised */
    size_t len;
    const char *config;    /* spec.discovery.config as JSON; NULL when there is none */
} rctl_discovery_job;

/*
 * What a provider produces; every text is copied. The calls return 0, NOMEM or
 * INVALID_ARG; a callback hands on what is not 0. `line` and `column` count from 1,
 * 0 when not known.
 */
typedef struct rctl_discovery_out rctl_discovery_out;
/*
 * Adds an endpoint. Its `url` is checked like those of a StaticRoute: a bad one, or a
 * model that nobody can ask for, is a diagnostic. What has the same URL, model and role
 * is told and counts once, with the smaller weight. Beyond 100000 endpoints the rest is
 * left out, which is told. Of `place`, the file is filled in. Errors: NOMEM, INVALID_ARG
 * (also a number out of its range).
 */
RCTL_EXPORT int rctl_discovery_out_endpoint(rctl_discovery_out *out,
                                            const rctl_endpoint *endpoint);
/* Tells what is wrong with the data; shown with the code "discovery.custom". `hint` may
 * be NULL. */
RCTL_EXPORT int rctl_discovery_out_fault(rctl_discovery_out *out, rctl_severity severity,
                                         uint32_t line, uint32_t column, const char *message,
                                         const char *hint);

/* A provider's own function. Called by the library only; must not keep `job` or `out`. */
typedef int (*rctl_discovery_fn)(void *ctx, const rctl_discovery_job *job,
                                 rctl_discovery_out *out);

/* A provider. Pointers are kept: they must outlive the context. */
typedef struct rctl_discovery {
    size_t size;           /* sizeof(rctl_discovery), set by whoever fills it */
    const char *name;      /* the word in spec.discovery.provider: a DNS label */
    const char *doc;       /* one sentence: what the data is */
    rctl_discovery_fn resolve;
    void *ctx;
} rctl_discovery;

/*
 * Registers a provider. "static", "k8s", "file" and "http" are there from the
 * start. Errors: INVALID_ARG, LIMIT (the name is taken), NOMEM.
 */
RCTL_EXPORT int rctl_discovery_register(rctl_ctx *ctx, const rctl_discovery *provider);
/* The providers of a context in order of registration: how many, the one at `index`, and
 * the one of that name. NULL when there is none. Lent by whoever registered it. */
RCTL_EXPORT size_t rctl_discoveries_count(const rctl_ctx *ctx);
RCTL_EXPORT const rctl_discovery *rctl_discoveries_get(const rctl_ctx *ctx, size_t index);
RCTL_EXPORT const rctl_discovery *rctl_discoveries_find(const rctl_ctx *ctx, const char *name);

/*
 * Runs a provider on bytes. Faults of the data are diagnostics of the result (at most
 * 100 of a severity are kept), which is complete also when there are some. Endpoints
 * come in order of URL, model and role, so that the order of the input does not
 * matter. `config` may be NULL. Nothing is kept of the arguments, and any number of
 * threads may run providers of one context at once. Errors: NOMEM, INVALID_ARG,
 * NOT_FOUND (no such provider), what a callback returned.
 */
RCTL_EXPORT int rctl_discover(const rctl_ctx *ctx, const char *provider, const char *name,
                              const char *data, size_t len, const char *config,
                              rctl_endpoints **ret_endpoints);
/* Frees endpoints and their diagnostics. NULL is fine. Returns NULL. */
RCTL_EXPORT rctl_endpoints *rctl_endpoints_free(rctl_endpoints *endpoints);
/* How many endpoints there are, and the one at `index`. Errors: NOT_FOUND (past the end),
 * INVALID_ARG. */
RCTL_EXPORT size_t rctl_endpoints_count(const rctl_endpoints *endpoints);
RCTL_EXPORT int rctl_endpoints_get(const rctl_endpoints *endpoints, size_t index,
                                   rctl_endpoint *ret_endpoint);
/* What was wrong with the data. Lent by the endpoints. */
RCTL_EXPORT const rctl_diags *rctl_endpoints_diags(const rctl_endpoints *endpoints);

/*
 * Hands over what the provider of a gateway reads (a file, an answer of a server), so
 * that the gateway's router gets its endpoints. `gateway` is its name, with
 * "namespace/" in front when that is not the set's default; `name` is used in places
 * and, like `data`, copied. One input for each gateway, the last one counts. Whether
 * the gateway exists and asks for it is told by rctl_set_check(). Errors: NOMEM,
 * INVALID_ARG (also after rctl_set_check()).
 */
RCTL_EXPORT int rctl_set_discover(rctl_set *set, const char *gateway, const char *name,
                                  const char *data, size_t len);

#ifdef __cplusplus
}
#endif

#endif
