/*
 * k8s: what rows cannot say about Kubernetes' own shapes. The checks stand in
 * k8s.def behind the rows and run when the fields of a map have been looked at, so
 * they only judge values of the right type and leave others alone.
 */
#ifndef KINDS_K8S_H
#define KINDS_K8S_H

#include "schema/schema.h"

#define K8S_CHECK(name)                                                                            \
    void k8s_check_##name(struct schema_walk *walk, const struct text_node *node,                  \
                          const struct text_path *path)

/* ---- k8s_unions.c: fields that exclude each other ---- */
/* A key with another value than null, which the API server drops. */
bool k8s_is_set(const struct text_node *map, const char *key);
K8S_CHECK(env_var);
K8S_CHECK(env_from);
K8S_CHECK(lifecycle_handler);
K8S_CHECK(probe);
K8S_CHECK(projected_part);
K8S_CHECK(pod_claim);
K8S_CHECK(volume);
K8S_CHECK(env_source);
K8S_CHECK(downward_item);
K8S_CHECK(volume_mount);

/* ---- k8s_scheduling.c: resources and where pods go ---- */
K8S_CHECK(resources);
K8S_CHECK(claim_resources);
K8S_CHECK(empty_dir);
K8S_CHECK(selector);
K8S_CHECK(node_field);
K8S_CHECK(label_keys);
K8S_CHECK(toleration);
K8S_CHECK(spread);

/* ---- k8s_pod.c: containers and pods ---- */
K8S_CHECK(port);
K8S_CHECK(profile);
K8S_CHECK(security);
K8S_CHECK(container);
K8S_CHECK(pod_spec);
/*
 * What a pod needs once podTemplate was merged into it: images, a handler for each
 * probe, a volume for each mount. `node` is the spec of the pod. An overlay alone
 * need not be whole, so no row calls this.
 */
K8S_CHECK(whole_pod);

/* A path below another, for the length of one expression. */
#define K8S_AT(parent, name) (&(const struct text_path){(parent), (name), 0})
#define K8S_ITEM(parent, i) (&(const struct text_path){(parent), NULL, (i)})

#endif
