/*
 * Text that is made from the tables: CRDs, reference pages, explanations.
 */
#ifndef ROUTERCTL_GEN_H
#define ROUTERCTL_GEN_H

#include <routerctl/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the CustomResourceDefinition of a kind as YAML; the engines of the
 * context are its legal engines. Errors: NOMEM, INVALID_ARG, NOT_FOUND, SINK. */
RCTL_EXPORT int rctl_gen_crd(const rctl_ctx *ctx, const char *kind, const rctl_sink *sink);

/*
 * Writes the ServiceAccount, roles and bindings of the operator as YAML, from what its
 * controllers read and write. `name_space` NULL: "router-controller-system". With
 * `namespaced` they hold in that namespace only. Errors: NOMEM, INVALID_ARG (also a
 * namespace that cannot be one), SINK.
 */
RCTL_EXPORT int rctl_gen_rbac(const rctl_ctx *ctx, const char *name_space, bool namespaced,
                              const rctl_sink *sink);

/* Writes a reference page in Markdown: "kinds", "diagnostics", "engines" or "routers"; or
 * "python", the module of dataclasses that the Python package has. Errors: NOMEM,
 * INVALID_ARG, NOT_FOUND (no such page), SINK. */
RCTL_EXPORT int rctl_gen_reference(const rctl_ctx *ctx, const char *page, const rctl_sink *sink);

/*
 * Explains a topic in plain text: a diagnostic code ("engine.missing-key"), a
 * kind or a field ("infsvc", "pdd.spec.kvTransfer"), an engine or router ("vllm",
 * "smg") or one of its flags ("vllm.max-num-seqs"). NOT_FOUND when it is none of these; then the
 * nearest topic, if any, was written to the sink instead, alone on a line.
 * Errors: NOMEM, INVALID_ARG, SINK.
 */
RCTL_EXPORT int rctl_explain(const rctl_ctx *ctx, const char *topic, const rctl_sink *sink);

#ifdef __cplusplus
}
#endif

#endif
