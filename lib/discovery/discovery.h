/*
 * discovery: the registry of providers, and running one on bytes that somebody else
 * has read. Knows no kind: it is given a text, and answers with endpoints.
 */
#ifndef DISCOVERY_DISCOVERY_H
#define DISCOVERY_DISCOVERY_H

#include "schema/schema.h"

#include <routerctl/discovery.h>

/* ---- registry.c ---- */

extern const rctl_discovery discovery_static; /* static.c */
extern const rctl_discovery discovery_k8s;    /* k8s.c */
extern const rctl_discovery discovery_file;   /* prom_sd.c, both */
extern const rctl_discovery discovery_http;

struct discovery_registry {
    const rctl_discovery **items;
    size_t n_items, room;
};
/* 0, INVALID_ARG or LIMIT; raises NOMEM. */
int discovery_registry_add(struct discovery_registry *registry, struct base_arena *arena,
                           const rctl_discovery *provider);
const rctl_discovery *discovery_registry_find(const struct discovery_registry *registry,
                                              const char *name);

/* ---- run.c ---- */

struct discovery_item {
    rctl_endpoint endpoint;
    struct diag_mark mark; /* of the endpoint; the same as endpoint.place */
};
/* In order of URL, model and role; each of those once. */
struct discovery_endpoints {
    const struct discovery_item *items;
    size_t n_items;
};

/*
 * Runs a provider. Faults go to `diags`, in whose list of files `file` names the
 * input; `ret` is complete also when there are some, and lives in `arena`. Returns 0
 * or what a callback returned, with `ret` untouched; raises NOMEM.
 */
int discovery_run(const rctl_discovery *provider, const rctl_discovery_job *job, uint32_t file,
                  struct base_arena *arena, struct rctl_diags *diags,
                  struct discovery_endpoints *ret);

/* ---- out.c: behind rctl_discovery_out_*(); they raise NOMEM ---- */

/* Whether the numbers of an endpoint can be true; its texts are judged by diagnostics. */
bool discovery_is_possible(const rctl_endpoint *endpoint);
void discovery_out_endpoint(rctl_discovery_out *out, const rctl_endpoint *endpoint);
void discovery_out_fault(rctl_discovery_out *out, rctl_severity severity, uint32_t line,
                         uint32_t column, const char *message, const char *hint);
struct base_mem *discovery_out_mem(rctl_discovery_out *out);

#endif
