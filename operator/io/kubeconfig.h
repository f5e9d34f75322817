/*
 * kubeconfig: what a context of kubeconfig files says, as kubectl reads them:
 * of several files the first one wins for each name, paths are relative to their file,
 * unknown keys are ignored. The only place of the operator that reads YAML.
 */
#ifndef IO_KUBECONFIG_H
#define IO_KUBECONFIG_H

#include "io/bytes.h"

#include <stdbool.h>

enum { KUBECONFIG_MESSAGE = 256, KUBECONFIG_BYTES = 1024 * 1024, KUBECONFIG_WORDS = 64 };

/* Bytes that stand in the file, or the path of the file where they stand. */
struct kubeconfig_source {
    struct bytes data;
    char *path; /* NULL: `data`, which may be empty: there is none */
};

/* A program that prints credentials. */
struct kubeconfig_exec {
    char *api_version, *command;  /* command NULL: no program */
    char *arguments[KUBECONFIG_WORDS];
    char *env[KUBECONFIG_WORDS]; /* "NAME=value" */
    size_t n_arguments, n_env;
};

/* Texts are NULL for what is not there. */
struct kubeconfig {
    char *server, *tls_server_name, *proxy, *ns;
    bool insecure;
    struct kubeconfig_source ca, certificate, key, token;
    struct kubeconfig_exec exec;
};

/*
 * `files`: paths with ':' between; those that do not exist are passed over. `context` NULL: the
 * current-context.
 */
bool kubeconfig_read(const char *files, const char *context, struct kubeconfig *config,
                     char why[KUBECONFIG_MESSAGE]);
/* Wiped and released; also after a failure. */
void kubeconfig_done(struct kubeconfig *config);

/* A whole file of at most KUBECONFIG_BYTES. false when it cannot be read, or is empty. */
bool kubeconfig_read_file(const char *path, struct bytes *bytes);
/* What base64 stands for, added. false when it is none, or nothing. */
bool kubeconfig_decode(const char *base64, struct bytes *bytes);

#endif
