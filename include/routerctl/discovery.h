/*
 * Where endpoints come from: providers turn bytes that somebody else has read into
 * a list of endpoints with their models and roles. The library opens nothing: a
 * program reads the file or asks the server, and hands over what it got.
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
    int32_t bootstrap_port; /* 0 when none is told */
    int64_t weight;        /* 1 when none is told */
    rctl_place place;      /* where it was read */
} rctl_endpoint;

typedef struct rctl_endpoints rctl_endpoints;

/* What a provider is given. */
typedef struct rctl_discovery_job {
    size_t size;           /* sizeof(rctl_discovery_job) of the library */
    const char *name;      /* of the input, for places: a path or a URL */
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
/* `url` is checked like those of a StaticRoute; a bad or repeated one is a diagnostic. */
RCTL_EXPORT int rctl_discovery_out_endpoint(rctl_discovery_out *out,
                                            const rctl_endpoint *endpoint);
/* Something wrong with the data; shown with the code "discovery.custom". */
RCTL_EXPORT int rctl_discovery_out_fault(rctl_discovery_out *out, rctl_severity severity,
                                         uint32_t line, uint32_t column, const char *message,
                                         const char *hint);

typedef int (*rctl_discovery_fn)(void *ctx, const rctl_discovery_job *job,
                                 rctl_discovery_out *out);

/* A provider. Pointers are kept: they must outlive the context. */
typedef struct rctl_discovery {
    size_t size;           /* sizeof(rctl_discovery), set by whoever fills it */
    const char *name;      /* the word in spec.discovery.provider, lower case */
    const char *doc;       /* one sentence: what the data is */
    rctl_discovery_fn resolve;
    void *ctx;
} rctl_discovery;

/*
 * Registers a provider. "static", "k8s", "file" and "http" are there from the
 * start. Errors: INVALID_ARG, LIMIT (the name is taken), NOMEM.
 */
RCTL_EXPORT int rctl_discovery_register(rctl_ctx *ctx, const rctl_discovery *provider);
RCTL_EXPORT size_t rctl_discoveries_count(const rctl_ctx *ctx);
RCTL_EXPORT const rctl_discovery *rctl_discoveries_get(const rctl_ctx *ctx, size_t index);
RCTL_EXPORT const rctl_discovery *rctl_discoveries_find(const rctl_ctx *ctx, const char *name);

/*
 * Runs a provider on bytes. Faults of the data are diagnostics of the result, which
 * is complete also when there are some; endpoints come in order of URL. `config` may
 * be NULL. Errors: NOMEM, INVALID_ARG, NOT_FOUND (no such provider), what a
 * callback returned.
 */
RCTL_EXPORT int rctl_discover(const rctl_ctx *ctx, const char *provider, const char *name,
                              const char *data, size_t len, const char *config,
                              rctl_endpoints **ret_endpoints);
RCTL_EXPORT rctl_endpoints *rctl_endpoints_free(rctl_endpoints *endpoints);
RCTL_EXPORT size_t rctl_endpoints_count(const rctl_endpoints *endpoints);
RCTL_EXPORT int rctl_endpoints_get(const rctl_endpoints *endpoints, size_t index,
                                   rctl_endpoint *ret_endpoint);
RCTL_EXPORT const rctl_diags *rctl_endpoints_diags(const rctl_endpoints *endpoints);

#ifdef __cplusplus
}
#endif

#endif
