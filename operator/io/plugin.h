/*
 * plugin: runs a credential plugin of a kubeconfig, without a shell, and reads the
 * ExecCredential that it prints. What it prints is never logged.
 */
#ifndef IO_PLUGIN_H
#define IO_PLUGIN_H

#include "io/kubeconfig.h"

#include <stdint.h>

enum { PLUGIN_MESSAGE = 256, PLUGIN_SECONDS = 30, PLUGIN_BYTES = 1024 * 1024 };

struct plugin_credentials {
    char *token;                    /* NULL for none */
    struct bytes certificate, key;  /* PEM */
    int64_t expires;                /* nanoseconds since 1970; INT64_MAX: never */
};

/*
 * Waits for the program's end, `seconds` at most, then kills it and its children.
 * false with `why`, and credentials that are empty.
 */
bool plugin_run(const struct kubeconfig_exec *exec, int seconds,
                struct plugin_credentials *ret_credentials, char why[PLUGIN_MESSAGE]);
/* Wiped and released; may be filled anew. */
void plugin_done(struct plugin_credentials *credentials);

#endif
