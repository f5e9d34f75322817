/*
 * auth: where the API server is and who we are. In a cluster from the files of the
 * ServiceAccount, elsewhere from a kubeconfig. What stands in files is read again each
 * minute, and a token that was refused at once; a file that cannot be read then leaves
 * what was read before in force. Secrets are wiped and never logged.
 */
#ifndef IO_AUTH_H
#define IO_AUTH_H

#include "core/clock.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>

enum { AUTH_MESSAGE = 256 };

struct auth;

/* Where to look; a NULL is as if it were not set. */
struct auth_place {
    const char *kubeconfig;   /* the value of $KUBECONFIG or --kubeconfig: files, ':' between */
    const char *context;      /* of a kubeconfig; NULL: its current-context */
    const char *home;         /* of $HOME, for ~/.kube/config */
    const char *service_host; /* of $KUBERNETES_SERVICE_HOST: in a cluster */
    const char *service_port;
    const char *account;      /* folder of the ServiceAccount */
};

/* As the environment and the usual folder say; `kubeconfig` as above, or NULL. */
struct auth_place auth_place(const char *kubeconfig);

/*
 * In order: `kubeconfig` when it is set, else in-cluster unless a context is wanted, else
 * ~/.kube/config. NULL with a message that names the file and what is wrong with it.
 */
struct auth *auth_new(const struct auth_place *place, char why[AUTH_MESSAGE]);
/* Takes NULL. */
void auth_free(struct auth *auth);

/* "https://10.0.0.1:443", without a '/' at its end. */
const char *auth_server(const struct auth *auth);
/* The namespace that is ours, or the context's; "default" for want of one. */
const char *auth_namespace(const struct auth *auth);

/*
 * Sets the URL, TLS and proxy of a request and adds its headers. false with a message
 * when there are no credentials to be had now. May wait for an exec plugin, up to 30 s.
 */
bool auth_sign(struct auth *auth, CURL *easy, const char *path, struct curl_slist **headers,
               core_time now, char why[AUTH_MESSAGE]);
/* A request that was signed at `since` got a 401: the token is read anew. */
void auth_refused(struct auth *auth, core_time since);

#endif
