/*
 * What the files of one gateway's job share: gateway_job.c, which collects wishes and
 * services, and gateway_feed.c, which takes endpoints from a provider.
 */
#ifndef KINDS_GATEWAY_H
#define KINDS_GATEWAY_H

#include "kinds/kinds.h"

/* A route whose service was found. */
struct gateway_target {
    const struct gateway_route *route;
    const rctl_object *object;
    const struct infsvc_spec *spec;
    size_t index;
};

struct gateway_builder {
    struct kinds_front_asker asker;
    const struct igw_spec *spec;
    struct gateway_target *targets;
    size_t n_targets, n_missing; /* missing: routes to services that are not in the set */
    struct text_path spec_path;
};

/* Backends from the provider of custom discovery; false when there are none. */
bool gateway_feed(struct gateway_builder *b);

#endif
