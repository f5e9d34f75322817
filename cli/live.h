/*
 * What a cluster has, asked of rctl-operator, so that rctl needs no client of its own and
 * starts in a millisecond.
 */
#ifndef CLI_LIVE_H
#define CLI_LIVE_H

#include "io.h"

/*
 * The namespace of objects that name none: -n, else that of the kubeconfig's context. Freed by
 * the caller. NULL after telling what went wrong.
 */
char *live_namespace(const struct cli_args *args);

/*
 * Everything that the controllers read, of these namespaces; of none: of -n, of all for -A, else
 * of the context's own. False after telling what went wrong: half of it is never given.
 */
bool live_read(const struct cli_args *args, const struct cli_words *namespaces,
               struct io_text *text);

#endif
