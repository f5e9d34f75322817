/*
 * One run of a provider for unit tests: what came out is printed as one text, and the
 * codes of what is wrong as another.
 */
#ifndef UNIT_DISCOVERY_PROBE_H
#define UNIT_DISCOVERY_PROBE_H

#include "discovery/discovery.h"
#include "support/memory.h"

struct probe {
    struct memory memory;
    struct rctl_diags diags;
    struct discovery_endpoints found;
    const char *config;
};

static const char *const probe_files[] = {"other", "targets"};

static inline void probe_init(struct probe *probe)
{
    memset(probe, 0, sizeof(*probe));
    memory_init(&probe->memory);
    diag_init(&probe->diags, &probe->memory.arena, 0);
    probe->diags.files = probe_files;
    probe->diags.n_files = BASE_COUNT(probe_files);
}

static inline void probe_done(struct probe *probe)
{
    memory_done(&probe->memory);
}

/* May raise; the other calls do not. */
static inline int probe_raw(struct probe *probe, const rctl_discovery *provider, const char *data)
{
    rctl_discovery_job job = {.size = sizeof(job),
                              .name = "targets",
                              .data = data,
                              .len = strlen(data),
                              .config = probe->config};

    return discovery_run(provider, &job, /* file= */ 1, &probe->memory.arena, &probe->diags,
                         &probe->found);
}

struct probe_call {
    struct probe *probe;
    const rctl_discovery *provider;
    const char *data;
    int code;
};

static inline void probe_call(void *arg)
{
    struct probe_call *call = arg;

    call->code = probe_raw(call->probe, call->provider, call->data);
}

/* 0, what a callback returned, or NOMEM. */
static inline int probe_try(struct probe *probe, const rctl_discovery *provider, const char *data)
{
    struct probe_call call = {probe, provider, data, 0};
    int code = base_try(&probe->memory.mem.fail, probe_call, &call);

    return code ? code : call.code;
}

/* "URL model role weight port" for each endpoint, "; " between them; "-" for no model. */
static inline const char *probe_print(struct probe *probe)
{
    struct base_buf out;

    base_buf_init(&out, &probe->memory.arena, NULL);
    for (size_t i = 0; i < probe->found.n_items; i++) {
        const rctl_endpoint *endpoint = &probe->found.items[i].endpoint;

        base_buf_format(&out, "%s%s %s %d %d %d", i ? "; " : "", endpoint->url,
                        endpoint->model ? endpoint->model : "-", (int)endpoint->role,
                        (int)endpoint->weight, (int)endpoint->bootstrap_port);
    }
    return out.data ? out.data : "";
}

static inline const char *probe_run(struct probe *probe, const rctl_discovery *provider,
                                    const char *data)
{
    cr_assert_eq(probe_try(probe, provider, data), RCTL_OK);
    return probe_print(probe);
}

/* The codes in order of place, apart by spaces. */
static inline const char *probe_codes(struct probe *probe)
{
    struct base_buf out;

    diag_sort(&probe->diags);
    base_buf_init(&out, &probe->memory.arena, NULL);
    for (size_t i = 0; i < probe->diags.n_items; i++)
        base_buf_format(&out, "%s%s", i ? " " : "", probe->diags.items[i]->told.code);
    return out.data ? out.data : "";
}

/* One run on fresh memory: what is expected to come out, and the codes. */
static inline void probe_expect(const rctl_discovery *provider, const char *config,
                                const char *data, const char *endpoints, const char *codes)
{
    struct probe probe;

    probe_init(&probe);
    probe.config = config;
    cr_assert_str_eq(probe_run(&probe, provider, data), endpoints, "%s: %s", data,
                     probe_print(&probe));
    cr_assert_str_eq(probe_codes(&probe), codes, "%s: %s", data, probe_codes(&probe));
    probe_done(&probe);
}

#endif
