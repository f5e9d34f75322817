/*
 * librouterctl: from the custom resources of an LLM serving stack to the exact
 * Kubernetes objects that serve them, and everything that is wrong with them.
 *
 * Conventions, said once:
 * - Calls that can fail return 0 or a negative enum rctl_error; results come back
 *   through `ret_` arguments, which stay untouched on failure.
 * - What is wrong with a document is a diagnostic (diag.h), not a return code.
 * - An object owns all that is read from it: pointers from getters live until the
 *   object is freed. Free functions accept NULL and return NULL.
 * - NULL for a pointer that is not said to be optional answers INVALID_ARG.
 * - One thread at a time for each object, unless its header says otherwise; a
 *   context is shared freely once nothing is registered any more.
 * - The library does no I/O, reads no clock, no environment and no locale, keeps
 *   no global state, and never prints.
 * - Structs with a `size` member grow at their end in later versions: set it to
 *   the sizeof of the struct you compiled with and the rest to zero.
 */
#ifndef ROUTERCTL_H
#define ROUTERCTL_H

#include <routerctl/base.h>
#include <routerctl/context.h>
#include <routerctl/diag.h>
#include <routerctl/diff.h>
#include <routerctl/discovery.h>
#include <routerctl/document.h>
#include <routerctl/engine.h>
#include <routerctl/flag.h>
#include <routerctl/gen.h>
#include <routerctl/graph.h>
#include <routerctl/kind.h>
#include <routerctl/reconcile.h>
#include <routerctl/render.h>
#include <routerctl/router.h>
#include <routerctl/simulate.h>
#include <routerctl/status.h>

#endif
