/* Credential plugins. */
#include "io/plugin.h"

#include "io/json_tree.h"
#include "io/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* ---- the program ---- */

static bool names_same(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");

    return strncmp(a, b, n + 1) == 0;
}

/* Our environment, with what the kubeconfig adds in front: the first one counts. */
static char **make_env(const struct kubeconfig_exec *exec, char *info)
{
    size_t n = 0, old = 0;
    char **env;

    while (environ[old])
        old++;
    env = bytes_alloc((old + exec->n_env + 2) * sizeof(*env));
    env[n++] = info;
    for (size_t i = 0; i < exec->n_env; i++)
        env[n++] = exec->env[i];
    for (size_t i = 0; i < old; i++) {
        bool known = false;

        for (size_t k = 0; k < exec->n_env + 1 && !known; k++)
            known = names_same(env[k], environ[i]);
        if (!known)
            env[n++] = environ[i];
    }
    return env;
}

static pid_t start(const struct kubeconfig_exec *exec, int output)
{
    struct bytes info = {0};
    char *argv[KUBECONFIG_WORDS + 2] = {exec->command};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t usual;
    char **env;
    pid_t pid;
    int code;

    memcpy(argv + 1, exec->arguments, exec->n_arguments * sizeof(*argv));
    bytes_format(&info,
                 "KUBERNETES_EXEC_INFO={\"apiVersion\":\"%s\",\"kind\":\"ExecCredential\","
                 "\"spec\":{\"interactive\":false}}",
                 exec->api_version);
    env = make_env(exec, info.data);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawnattr_init(&attributes);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    /* A group of its own, so that its children can be ended with it. */
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    code = posix_spawnp(&pid, exec->command, &files, &attributes, argv, env);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    free(env);
    bytes_done(&info);
    errno = code;
    return code == 0 ? pid : -1;
}

/* Until the end of its output. false when it takes too long or says too much. */
static bool listen_to(int fd, int seconds, struct bytes *output)
{
    core_time end = loop_now() + seconds * CORE_SECOND;
    char block[4096];

    for (;;) {
        core_time left = (end - loop_now()) / CORE_MS;
        struct pollfd ready = {fd, POLLIN, 0};
        ssize_t n;

        if (left <= 0 || output->n > PLUGIN_BYTES)
            return false;
        if (poll(&ready, 1, (int)left) <= 0)
            continue;
        n = read(fd, block, sizeof(block));
        if (n <= 0)
            break;
        bytes_add(output, block, (size_t)n);
    }
    explicit_bzero(block, sizeof(block));
    return true;
}

/* Its end, which a program that has closed its output may delay. */
static int wait_for(pid_t pid, core_time end)
{
    int status = -1;

    while (waitpid(pid, &status, WNOHANG) == 0) {
        struct timespec nap = {0, 10 * CORE_MS};

        if (loop_now() > end)
            kill(-pid, SIGKILL);
        nanosleep(&nap, NULL);
    }
    return status;
}

static bool run(const struct kubeconfig_exec *exec, int seconds, struct bytes *output, char *why)
{
    core_time end = loop_now() + seconds * CORE_SECOND;
    int ends[2], status;
    bool heard;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0) {
        snprintf(why, PLUGIN_MESSAGE, "no pipe: %s", strerror(errno));
        return false;
    }
    pid = start(exec, ends[1]);
    close(ends[1]);
    if (pid < 0) {
        snprintf(why, PLUGIN_MESSAGE, "'%.100s' cannot be run: %s", exec->command,
                 strerror(errno));
        close(ends[0]);
        return false;
    }
    heard = listen_to(ends[0], seconds, output);
    close(ends[0]);
    if (!heard)
        kill(-pid, SIGKILL);
    status = wait_for(pid, end);
    if (heard && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (!heard)
        snprintf(why, PLUGIN_MESSAGE, "'%.100s' takes too long or prints too much", exec->command);
    else
        snprintf(why, PLUGIN_MESSAGE, "'%.100s' ends with %s %d", exec->command,
                 WIFEXITED(status) ? "status" : "signal",
                 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    return false;
}

/* ---- what it prints ---- */

static const char *read_credentials(const struct kubeconfig_exec *exec, struct json_object *tree,
                                    struct plugin_credentials *to)
{
    struct json_object *status = json_tree_get(tree, "status");
    const char *kind = json_tree_text(tree, "kind"), *version = json_tree_text(tree, "apiVersion");
    const char *token = json_tree_text(status, "token");
    const char *certificate = json_tree_text(status, "clientCertificateData");
    const char *key = json_tree_text(status, "clientKeyData");
    const char *expires = json_tree_text(status, "expirationTimestamp");

    if (!kind || strcmp(kind, "ExecCredential") != 0 || !version ||
        strcmp(version, exec->api_version) != 0)
        return "is not of the kind and version that the kubeconfig says";
    if (!token || !certificate || !key || !expires || !(*token || (*certificate && *key)))
        return "has neither a token nor a certificate with its key";
    to->expires = INT64_MAX;
    if (*expires && !json_tree_time(expires, &to->expires))
        return "has an expirationTimestamp that is no time";
    to->token = bytes_text(*token ? token : NULL);
    bytes_add_text(&to->certificate, certificate);
    bytes_add_text(&to->key, key);
    return NULL;
}

bool plugin_run(const struct kubeconfig_exec *exec, int seconds,
                struct plugin_credentials *ret_credentials, char why[PLUGIN_MESSAGE])
{
    struct bytes output = {0};
    struct json_object *tree = NULL;
    const char *fault = NULL;
    bool fine;

    memset(ret_credentials, 0, sizeof(*ret_credentials));
    fine = run(exec, seconds, &output, why);
    if (fine) {
        bytes_add(&output, "", 0);
        tree = json_tree_parse(output.data, output.n, &fault);
        fault = tree ? read_credentials(exec, tree, ret_credentials) : "is not JSON";
    }
    if (fault)
        snprintf(why, PLUGIN_MESSAGE, "what '%.100s' prints %s", exec->command, fault);
    json_object_put(tree);
    bytes_done(&output);
    return fine && !fault;
}

void plugin_done(struct plugin_credentials *credentials)
{
    bytes_wipe_text(credentials->token);
    bytes_done(&credentials->certificate);
    bytes_done(&credentials->key);
    memset(credentials, 0, sizeof(*credentials));
}
