/*
 * probes: what came of asking backends for their health, by namespace and URL, for the
 * snapshots to come. When there is no room, the one that was not told of for longest
 * makes it.
 */
#ifndef CORE_PROBES_H
#define CORE_PROBES_H

#include "core/clock.h"
#include "core/slots.h"

#include <routerctl/reconcile.h>

enum { PROBES_MOST = 4096, PROBES_BODY = 64 * 1024 };

struct probes {
    struct slots items;
    uint64_t serial; /* of telling */
};

void probes_init(struct probes *probes, const rctl_allocator *from, uint64_t seed);
void probes_done(struct probes *probes);

/* `body` may be NULL, and is cut. RCTL_E_NOMEM: nothing was noted. */
int probes_note(struct probes *probes, const char *ns, const char *url, rctl_probe_result result,
                const char *body, size_t body_len, int64_t wall);

/* Where a plan finds results: what rctl_world_options takes as `find_ctx`. */
struct probes_place {
    const struct probes *probes;
    const char *ns;
    rctl_probe found;
};
const rctl_probe *probes_find(void *place, const char *url);

#endif
