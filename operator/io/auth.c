/* Where the API server is and who we are. */
#include "io/auth.h"

#include "io/bytes.h"
#include "io/kubeconfig.h"
#include "io/log.h"
#include "io/loop.h"
#include "io/plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGE CORE_MINUTE                      /* of what was read from a file */
#define LEEWAY (10 * CORE_SECOND)            /* before the end of what a plugin printed */
#define PLUGIN_PAUSE (5 * CORE_SECOND)       /* after a plugin that failed */

/* Bytes that may stand in a file, and when they were read. */
struct kept {
    char *path; /* NULL: they stay as they are */
    struct bytes data;
    core_time read;
    bool stale;
};

struct auth {
    char *server, *url; /* as told; and as written into requests */
    char *ns, *proxy;
    struct curl_slist *connect_to; /* when the certificate has another name than the server */
    bool insecure;
    struct kept ca, certificate, key, token;
    struct kubeconfig config; /* its exec is used */
    struct plugin_credentials plugin;
    bool has_plugin;
    core_time plugin_ran; /* last */
    char plugin_why[AUTH_MESSAGE];
};

/* ---- files ---- */

static bool starts_pem(const struct bytes *bytes)
{
    return bytes->n > 0 && strstr(bytes->data, "-----BEGIN") != NULL;
}

static void trim(struct bytes *bytes)
{
    while (bytes->n > 0 && strchr(" \r\n\t", bytes->data[bytes->n - 1]))
        bytes->data[--bytes->n] = '\0';
}

/* Is it time, and can it be read, then the new bytes take the place of the old. */
static void freshen(struct kept *kept, bool pem, core_time now)
{
    struct bytes fresh = {0};

    if (!kept->path || (kept->data.n > 0 && !kept->stale && now - kept->read < AGE))
        return;
    if (kubeconfig_read_file(kept->path, &fresh) && (!pem || starts_pem(&fresh))) {
        if (!pem)
            trim(&fresh);
        bytes_done(&kept->data);
        kept->data = fresh;
    } else {
        bytes_done(&fresh);
        if (kept->data.n > 0)
            log_event(LOG_LEVEL_WARNING, "a file cannot be read, its old content is used", "file",
                      kept->path, NULL);
    }
    kept->read = now;
    kept->stale = false;
}

static void keep(struct kept *kept, struct kubeconfig_source *source)
{
    kept->path = source->path;
    kept->data = source->data;
    source->path = NULL;
    memset(&source->data, 0, sizeof(source->data));
}

static void drop(struct kept *kept)
{
    free(kept->path);
    bytes_done(&kept->data);
}

/* ---- where ---- */

struct auth_place auth_place(const char *kubeconfig)
{
    return (struct auth_place){
        .kubeconfig = kubeconfig,
        .home = getenv("HOME"),
        .service_host = getenv("KUBERNETES_SERVICE_HOST"),
        .service_port = getenv("KUBERNETES_SERVICE_PORT"),
        .account = "/var/run/secrets/kubernetes.io/serviceaccount",
    };
}

static char *join(const char *folder, const char *name)
{
    struct bytes path = {0};

    bytes_format(&path, "%s/%s", folder, name);
    return path.data;
}

static bool check_kept(const struct kept *kept, const char *what, char *why)
{
    if (!kept->path || kept->data.n > 0)
        return true;
    snprintf(why, AUTH_MESSAGE, "%s: %.150s cannot be read", what, kept->path);
    return false;
}

static bool use_account(struct auth *auth, const struct auth_place *place, char *why)
{
    bool v6 = strchr(place->service_host, ':') != NULL;
    char *path = join(place->account, "namespace");
    struct bytes server = {0}, ns = {0};

    bytes_format(&server, "https://%s%s%s:%s", v6 ? "[" : "", place->service_host, v6 ? "]" : "",
                 place->service_port);
    auth->server = server.data;
    if (kubeconfig_read_file(path, &ns)) {
        trim(&ns);
        auth->ns = bytes_text(ns.data);
    }
    bytes_done(&ns);
    free(path);
    auth->token.path = join(place->account, "token");
    auth->ca.path = join(place->account, "ca.crt");
    freshen(&auth->token, /* pem= */ false, loop_now());
    freshen(&auth->ca, /* pem= */ true, loop_now());
    return check_kept(&auth->token, "token", why) && check_kept(&auth->ca, "CA", why);
}

/*
 * A certificate for another name than the server's: the URL has that name, and the
 * connection goes where the kubeconfig says.
 */
static bool use_tls_name(struct auth *auth, const char *name, char *why)
{
    CURLU *url = curl_url();
    char *host = NULL, *port = NULL, *full = NULL;
    struct bytes row = {0};
    bool fine = url && curl_url_set(url, CURLUPART_URL, auth->server, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK &&
                curl_url_set(url, CURLUPART_HOST, name, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_URL, &full, 0) == CURLUE_OK;

    if (fine) {
        bytes_format(&row, "%s:%s:%s:%s", name, port, host, port);
        auth->connect_to = curl_slist_append(NULL, row.data);
        auth->url = bytes_text(full);
        for (size_t n = strlen(full); n > 0 && full[n - 1] == '/'; n--)
            auth->url[n - 1] = '\0';
    } else {
        snprintf(why, AUTH_MESSAGE, "the server's URL or tls-server-name cannot be used");
    }
    bytes_done(&row);
    curl_free(host);
    curl_free(port);
    curl_free(full);
    curl_url_cleanup(url);
    return fine;
}

static bool use_kubeconfig(struct auth *auth, const char *files, const char *context, char *why)
{
    struct kubeconfig *config = &auth->config;

    if (!kubeconfig_read(files, context, config, why))
        return false;
    auth->server = bytes_text(config->server);
    auth->ns = bytes_text(config->ns);
    auth->proxy = bytes_text(config->proxy);
    auth->insecure = config->insecure;
    keep(&auth->ca, &config->ca);
    keep(&auth->certificate, &config->certificate);
    keep(&auth->key, &config->key);
    keep(&auth->token, &config->token);
    freshen(&auth->ca, /* pem= */ true, loop_now());
    freshen(&auth->certificate, /* pem= */ true, loop_now());
    freshen(&auth->key, /* pem= */ true, loop_now());
    freshen(&auth->token, /* pem= */ false, loop_now());
    if (auth->insecure)
        log_event(LOG_LEVEL_WARNING,
                  "the kubeconfig turns TLS verification off: anybody can be the API server",
                  NULL);
    return check_kept(&auth->ca, "certificate-authority", why) &&
           check_kept(&auth->certificate, "client-certificate", why) &&
           check_kept(&auth->key, "client-key", why) &&
           check_kept(&auth->token, "tokenFile", why) &&
           (!config->tls_server_name || use_tls_name(auth, config->tls_server_name, why));
}

static bool find(struct auth *auth, const struct auth_place *place, char *why)
{
    char *usual;
    bool fine;

    if (place->kubeconfig && *place->kubeconfig)
        return use_kubeconfig(auth, place->kubeconfig, place->context, why);
    if (!place->context && place->service_host && *place->service_host && place->service_port)
        return use_account(auth, place, why);
    if (!place->home) {
        snprintf(why, AUTH_MESSAGE, "neither in a cluster nor is there a kubeconfig");
        return false;
    }
    usual = join(place->home, ".kube/config");
    fine = use_kubeconfig(auth, usual, place->context, why);
    free(usual);
    return fine;
}

struct auth *auth_new(const struct auth_place *place, char why[AUTH_MESSAGE])
{
    struct auth *auth = bytes_alloc(sizeof(*auth));

    if (!find(auth, place, why)) {
        auth_free(auth);
        return NULL;
    }
    if (!auth->url)
        auth->url = bytes_text(auth->server);
    return auth;
}

void auth_free(struct auth *auth)
{
    if (!auth)
        return;
    free(auth->server);
    free(auth->url);
    free(auth->ns);
    free(auth->proxy);
    curl_slist_free_all(auth->connect_to);
    drop(&auth->ca);
    drop(&auth->certificate);
    drop(&auth->key);
    drop(&auth->token);
    plugin_done(&auth->plugin);
    kubeconfig_done(&auth->config);
    free(auth);
}

const char *auth_server(const struct auth *auth)
{
    return auth->server;
}

const char *auth_namespace(const struct auth *auth)
{
    return auth->ns && *auth->ns ? auth->ns : "default";
}

/* ---- signing ---- */

static bool run_plugin(struct auth *auth, core_time now, char *why)
{
    const struct kubeconfig_exec *exec = &auth->config.exec;

    if (!exec->command)
        return true;
    if (auth->has_plugin && loop_wall() < auth->plugin.expires - LEEWAY)
        return true;
    if (!*auth->plugin_why || now - auth->plugin_ran >= PLUGIN_PAUSE) {
        plugin_done(&auth->plugin);
        auth->plugin_why[0] = '\0';
        auth->has_plugin = plugin_run(exec, PLUGIN_SECONDS, &auth->plugin, auth->plugin_why);
        auth->plugin_ran = now;
    }
    if (!auth->has_plugin)
        snprintf(why, AUTH_MESSAGE, "%s", auth->plugin_why);
    return auth->has_plugin;
}

static void set_blob(CURL *easy, CURLoption option, const struct bytes *bytes)
{
    struct curl_blob blob = {bytes->data, bytes->n, CURL_BLOB_COPY};

    curl_easy_setopt(easy, option, &blob);
}

static void set_tls(const struct auth *auth, CURL *easy)
{
    bool plugin = auth->plugin.certificate.n > 0;
    const struct bytes *certificate =
        plugin ? &auth->plugin.certificate : &auth->certificate.data;
    const struct bytes *key = plugin ? &auth->plugin.key : &auth->key.data;

    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, auth->insecure ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, auth->insecure ? 0L : 2L);
    if (auth->ca.data.n > 0) {
        /* This CA and no other; without the NULL the system's folder is trusted, too. */
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
        curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
        set_blob(easy, CURLOPT_CAINFO_BLOB, &auth->ca.data);
    }
    if (certificate->n > 0 && key->n > 0) {
        set_blob(easy, CURLOPT_SSLCERT_BLOB, certificate);
        set_blob(easy, CURLOPT_SSLKEY_BLOB, key);
    }
}

/* A byte that would end the header, or the token of somebody's joke. */
static bool is_token(const char *token)
{
    for (; *token; token++)
        if ((unsigned char)*token <= ' ' || (unsigned char)*token >= 0x7f)
            return false;
    return true;
}

static bool add_token(const char *token, struct curl_slist **headers, char *why)
{
    struct bytes header = {0};
    struct curl_slist *longer;

    if (!is_token(token)) {
        snprintf(why, AUTH_MESSAGE, "the token has bytes that a token cannot have");
        return false;
    }
    bytes_format(&header, "Authorization: Bearer %s", token);
    longer = curl_slist_append(*headers, header.data);
    if (longer)
        *headers = longer;
    bytes_done(&header);
    return longer != NULL;
}

bool auth_sign(struct auth *auth, CURL *easy, const char *path, struct curl_slist **headers,
               core_time now, char why[AUTH_MESSAGE])
{
    struct bytes url = {0};

    freshen(&auth->ca, /* pem= */ true, now);
    freshen(&auth->certificate, /* pem= */ true, now);
    freshen(&auth->key, /* pem= */ true, now);
    freshen(&auth->token, /* pem= */ false, now);
    if (!run_plugin(auth, now, why))
        return false;
    bytes_format(&url, "%s%s", auth->url, path);
    curl_easy_setopt(easy, CURLOPT_URL, url.data);
    bytes_done(&url);
    set_tls(auth, easy);
    if (auth->connect_to)
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, auth->connect_to);
    if (auth->proxy)
        curl_easy_setopt(easy, CURLOPT_PROXY, auth->proxy);
    if (auth->plugin.token)
        return add_token(auth->plugin.token, headers, why);
    return auth->token.data.n == 0 || add_token(auth->token.data.data, headers, why);
}

void auth_refused(struct auth *auth, core_time since)
{
    if (auth->token.path && auth->token.read <= since)
        auth->token.stale = true;
    if (auth->has_plugin && auth->plugin_ran <= since)
        auth->has_plugin = false;
}
