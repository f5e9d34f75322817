/* Where the API server is and who we are: files, kubeconfigs and plugins. */
#include "io/auth.h"
#include "io/bytes.h"
#include "io/loop.h"
#include "io/plugin.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/opio-auth-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");

    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void remove_folder(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -r '%s'", folder);
    cr_assert_eq(system(command), 0);
}

/* The Authorization header that a request gets at `now`, "" for none. */
static const char *sign(struct auth *auth, core_time now, char *why)
{
    static char header[256];
    CURL *easy = curl_easy_init();
    struct curl_slist *headers = NULL;
    bool fine = auth_sign(auth, easy, "/x", &headers, now, why);

    snprintf(header, sizeof(header), "%s", !fine ? "refused" : headers ? headers->data : "");
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
    return header;
}

TEST(auth, in_a_cluster_the_token_is_read_again)
{
    struct auth_place place = {.service_host = "fd00::1", .service_port = "443", .account = folder};
    char why[AUTH_MESSAGE] = "";
    core_time now = loop_now();
    struct auth *auth;

    make_folder();
    put("token", "one\n");
    put("ca.crt", "-----BEGIN CERTIFICATE-----\n");
    put("namespace", "mine\n");
    auth = auth_new(&place, why);
    cr_assert_not_null(auth, "%s", why);
    cr_assert_str_eq(auth_server(auth), "https://[fd00::1]:443");
    cr_assert_str_eq(auth_namespace(auth), "mine");
    cr_assert_str_eq(sign(auth, now, why), "Authorization: Bearer one");
    put("token", "two\n");
    cr_assert_str_eq(sign(auth, now + CORE_SECOND, why), "Authorization: Bearer one");
    cr_assert_str_eq(sign(auth, now + 2 * CORE_MINUTE, why), "Authorization: Bearer two");
    put("token", "three\n");
    /* The request was signed before the token was read: another was refused. */
    auth_refused(auth, now + CORE_MINUTE);
    cr_assert_str_eq(sign(auth, now + 2 * CORE_MINUTE, why), "Authorization: Bearer two");
    auth_refused(auth, now + 2 * CORE_MINUTE);
    cr_assert_str_eq(sign(auth, now + 2 * CORE_MINUTE, why), "Authorization: Bearer three");
    put("token", "");
    cr_assert_str_eq(sign(auth, now + 9 * CORE_MINUTE, why), "Authorization: Bearer three");
    put("token", "a\r\nX-Evil: b");
    cr_assert_str_eq(sign(auth, now + 19 * CORE_MINUTE, why), "refused");
    auth_free(auth);
    remove_folder();
}

TEST(auth, in_a_cluster_the_files_must_be_there)
{
    struct auth_place place = {.service_host = "10.0.0.1", .service_port = "443",
                               .account = folder};
    char why[AUTH_MESSAGE] = "";

    make_folder();
    put("token", "one");
    cr_assert_null(auth_new(&place, why));
    cr_assert(strstr(why, "ca.crt cannot be read"), "%s", why);
    put("ca.crt", "garbage");
    cr_assert_null(auth_new(&place, why));
    remove_folder();
}

#define CONFIG(clusters, users)                                                                    \
    "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts:\n- name: other\n- name: c\n"      \
    "  context: {cluster: a, user: u, namespace: ns}\nclusters:\n- name: a\n  cluster: " clusters  \
    "\nusers:\n- name: u\n  user: " users "\n"

TEST(auth, faults_of_a_kubeconfig_are_named)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"a: [", "config:"},
        {"[]", "has no current-context"},
        {"current-context: x", "there is no context 'x'"},
        {CONFIG("{}", "{}"), "cluster 'a' has no server"},
        {CONFIG("{server: 'ftp://x'}", "{}"), "cluster 'a' has no server"},
        {CONFIG("{server: 'https://x', certificate-authority: gone.pem}", "{}"),
         "gone.pem cannot be read"},
        {CONFIG("{server: 'https://x', certificate-authority-data: '!'}", "{}"), "is not base64"},
        {CONFIG("{server: 'https://x'}", "{username: a, password: b}"), "user 'u' has 'username'"},
        {CONFIG("{server: 'https://x'}", "{as: root}"), "user 'u' has 'as'"},
        {CONFIG("{server: 'https://x'}", "{auth-provider: {name: gcp}}"), "'auth-provider'"},
        {CONFIG("{server: 'https://x'}", "{exec: {command: x}}"), "exec needs a command"},
        {CONFIG("{server: 'https://x'}", "{tokenFile: gone}"), "gone cannot be read"},
        {"current-context: c\ncontexts: [{name: c, context: {cluster: b}}]", "no cluster 'b'"},
        {"current-context: c\ncontexts: [{name: c, context: {cluster: b, user: z}}]\n"
         "clusters: [{name: b, cluster: {server: 'https://x'}}]", "there is no user 'z'"},
    };
    struct auth_place place = {.kubeconfig = NULL};
    char why[AUTH_MESSAGE], path[128];

    make_folder();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        put("config", rows[i].text);
        snprintf(path, sizeof(path), "%s", path_of("config"));
        place.kubeconfig = path;
        why[0] = '\0';
        cr_assert_null(auth_new(&place, why), "%s", rows[i].text);
        cr_assert(strstr(why, rows[i].why), "%s: %s", rows[i].text, why);
    }
    place.kubeconfig = "/nowhere/a:/nowhere/b";
    cr_assert_null(auth_new(&place, why));
    cr_assert(strstr(why, "there is no kubeconfig"));
    remove_folder();
}

TEST(auth, of_several_files_the_first_wins_and_paths_are_relative)
{
    char files[256], why[AUTH_MESSAGE] = "";
    struct auth_place place = {.kubeconfig = files};
    struct auth *auth;

    make_folder();
    mkdir(path_of("sub"), 0700);
    put("a", "users:\n- {name: u, user: {tokenFile: sub/token}}\n");
    put("b", CONFIG("{server: 'https://h:1/p/', certificate-authority-data: "
                    "LS0tLS1CRUdJTiBDRVJU}", "{token: second}"));
    put("sub/token", "first");
    snprintf(files, sizeof(files), "%s/gone:%s/a:%s/b", folder, folder, folder);
    auth = auth_new(&place, why);
    cr_assert_not_null(auth, "%s", why);
    cr_assert_str_eq(auth_server(auth), "https://h:1/p");
    cr_assert_str_eq(auth_namespace(auth), "ns");
    cr_assert_str_eq(sign(auth, loop_now(), why), "Authorization: Bearer first");
    auth_free(auth);
    remove_folder();
}

TEST(auth, another_context_than_the_current_one_may_be_wanted)
{
    char path[128], why[AUTH_MESSAGE] = "";
    struct auth_place place = {.kubeconfig = path,
                               .context = "d",
                               .service_host = "10.0.0.1",
                               .service_port = "443"};
    struct auth *auth;

    make_folder();
    snprintf(path, sizeof(path), "%s", path_of("config"));
    put("config", "contexts: [{name: c, context: {cluster: a}}, {name: d, context: {cluster: b, "
                  "namespace: ns}}]\nclusters: [{name: a, cluster: {server: 'https://h'}}, "
                  "{name: b, cluster: {server: 'https://i'}}]\n");
    auth = auth_new(&place, why);
    cr_assert_not_null(auth, "%s", why);
    cr_assert_str_eq(auth_server(auth), "https://i");
    cr_assert_str_eq(auth_namespace(auth), "ns");
    auth_free(auth);
    /* Also within a cluster, where nobody else would look into a kubeconfig. */
    mkdir(path_of(".kube"), 0700);
    put(".kube/config", "contexts: [{name: d, context: {cluster: a}}]\n"
                        "clusters: [{name: a, cluster: {server: 'https://j'}}]\n");
    place.kubeconfig = NULL;
    place.home = folder;
    auth = auth_new(&place, why);
    cr_assert_not_null(auth, "%s", why);
    cr_assert_str_eq(auth_server(auth), "https://j");
    auth_free(auth);
    remove_folder();
}

TEST(auth, base64_is_read)
{
    static const char *const rows[][2] = {{"YQ==", "a"}, {"YWI=", "ab"}, {"YWJj", "abc"},
                                          {"YW\nJj\n", "abc"}, {"YWJjZA", "abcd"},
                                          {"", NULL}, {"YQ==x", NULL}, {"Y*==", NULL}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes bytes = {0};

        cr_assert_eq(kubeconfig_decode(rows[i][0], &bytes), rows[i][1] != NULL, "%s", rows[i][0]);
        if (rows[i][1])
            cr_assert_str_eq(bytes.data, rows[i][1]);
        bytes_done(&bytes);
    }
}

/* ---- plugins ---- */

#define V1 "client.authentication.k8s.io/v1"
#define CREDENTIAL(status)                                                                         \
    "#!/bin/sh\ncat <<'X'\n{\"apiVersion\":\"" V1 "\",\"kind\":\"ExecCredential\","               \
    "\"status\":" status "}\nX\n"

static bool run_script(const char *script, struct plugin_credentials *credentials, char *why)
{
    struct kubeconfig_exec exec = {.api_version = bytes_text(V1)};
    bool fine;

    put("plugin", script);
    exec.command = bytes_text(path_of("plugin"));
    chmod(exec.command, 0700);
    exec.arguments[exec.n_arguments++] = bytes_text("a; echo $HOME");
    exec.env[exec.n_env++] = bytes_text("EXTRA=e");
    fine = plugin_run(&exec, 1, credentials, why);
    free(exec.api_version);
    free(exec.command);
    free(exec.arguments[0]);
    free(exec.env[0]);
    return fine;
}

TEST(auth, a_plugin_gives_a_token_and_its_end)
{
    struct plugin_credentials credentials;
    char why[PLUGIN_MESSAGE] = "";

    make_folder();
    cr_assert(run_script(CREDENTIAL("{\"token\":\"t\",\"expirationTimestamp\":"
                                    "\"1970-01-01T01:00:01.5+01:00\"}"),
                         &credentials, why), "%s", why);
    cr_assert_str_eq(credentials.token, "t");
    cr_assert_eq(credentials.expires, CORE_SECOND * 3 / 2);
    plugin_done(&credentials);
    cr_assert(run_script(CREDENTIAL("{\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\"}"),
                         &credentials, why));
    cr_assert_null(credentials.token);
    cr_assert_str_eq(credentials.key.data, "k");
    cr_assert_eq(credentials.expires, INT64_MAX);
    plugin_done(&credentials);
    remove_folder();
}

TEST(auth, a_plugin_gets_its_arguments_without_a_shell)
{
    struct plugin_credentials credentials;
    char why[PLUGIN_MESSAGE] = "";

    make_folder();
    cr_assert(run_script("#!/bin/sh\ntest \"$1\" = 'a; echo $HOME' && test \"$EXTRA\" = e && "
                         "test -n \"$KUBERNETES_EXEC_INFO\" && echo '{\"apiVersion\":\"" V1 "\","
                         "\"kind\":\"ExecCredential\",\"status\":{\"token\":\"x\"}}'\n",
                         &credentials, why), "%s", why);
    plugin_done(&credentials);
    remove_folder();
}

TEST(auth, a_plugin_that_fails_is_told_without_its_output)
{
    static const struct {
        const char *script, *why;
    } rows[] = {
        {"#!/bin/sh\necho secret; exit 3\n", "ends with status 3"},
        {"#!/bin/sh\necho secret\nkill -9 $$\n", "ends with signal 9"},
        {"#!/bin/sh\nsleep 100 & sleep 100\n", "takes too long"},
        {"#!/bin/sh\nyes secret\n", "prints too much"},
        {"#!/bin/sh\necho secret\n", "is not JSON"},
        {"#!/bin/sh\necho '{}'\n", "is not of the kind"},
        {CREDENTIAL("{}"), "has neither a token"},
        {CREDENTIAL("{\"token\":\"t\",\"expirationTimestamp\":\"soon\"}"), "that is no time"},
        {"#!/nowhere/sh\n", "cannot be run"},
    };

    make_folder();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct plugin_credentials credentials;
        char why[PLUGIN_MESSAGE] = "";

        cr_assert(!run_script(rows[i].script, &credentials, why), "%s", rows[i].script);
        cr_assert(strstr(why, rows[i].why), "%s: %s", rows[i].script, why);
        cr_assert_null(strstr(why, "secret"));
        cr_assert_null(credentials.token);
    }
    remove_folder();
}
