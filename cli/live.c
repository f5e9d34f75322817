/*
 * Runs "rctl-operator snapshot" and reads what it prints. The program beside rctl is taken
 * before those of PATH, since the two are of one version. What it says on standard error goes
 * to the user as it is.
 */
#include "live.h"

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

/* The program has a limit of its own, of 60 s and a plugin's 30; this one is for its faults. */
enum { MOST_SECONDS = 120, PATH_BYTES = 4096, MOST_WORDS = 12 };
#define PROGRAM "rctl-operator"

extern char **environ;

/* ---- the program ---- */

/* In the folder of our own file; false when it is not there. */
static bool find_beside(char path[PATH_BYTES])
{
    ssize_t n = readlink("/proc/self/exe", path, PATH_BYTES - 1);
    char *slash;

    if (n <= 0)
        return false;
    path[n] = '\0';
    slash = strrchr(path, '/');
    if (!slash || (size_t)(slash + 1 - path) + sizeof(PROGRAM) > PATH_BYTES)
        return false;
    memcpy(slash + 1, PROGRAM, sizeof(PROGRAM));
    return access(path, X_OK) == 0;
}

/* An error number, or 0. Its standard output is `fd`. */
static int spawn(const char *const *words, int fd, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    char path[PATH_BYTES];
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return error;
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
    if (error == 0)
        error = find_beside(path) ? posix_spawn(ret_pid, path, &actions, NULL,
                                                (char *const *)words, environ)
                                  : posix_spawnp(ret_pid, PROGRAM, &actions, NULL,
                                                 (char *const *)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static void tell_missing(int error)
{
    if (error == ENOENT)
        io_say("a cluster is asked by " PROGRAM ", which is neither beside rctl nor in PATH; put "
               "it there, or give what the cluster has by --world");
    else
        io_say("cannot run " PROGRAM ": %s", strerror(error));
}

/* ---- its output ---- */

static int milliseconds_left(const struct timespec *start)
{
    struct timespec now;
    long passed;

    clock_gettime(CLOCK_MONOTONIC, &now);
    passed = (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
    return passed < MOST_SECONDS * 1000L ? (int)(MOST_SECONDS * 1000L - passed) : 0;
}

/* False after telling what went wrong; the program may still be running then. */
static bool read_output(int fd, struct io_text *text)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    struct timespec start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (text->len = 0;;) {
        int ready = poll(&wait, 1, milliseconds_left(&start));
        ssize_t n;

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0) {
            io_say(PROGRAM " has not ended within %d s", MOST_SECONDS);
            return false;
        }
        if (!io_make_room(text)) {
            io_say(PROGRAM " printed more than %zu MiB; read fewer namespaces",
                   IO_MAX_BYTES / (1024 * 1024));
            return false;
        }
        n = ready < 0 ? -1 : read(fd, text->data + text->len, text->room - text->len);
        if (n == 0)
            return true;
        if (n > 0)
            text->len += (size_t)n;
        else if (errno != EINTR) {
            io_say("cannot read from " PROGRAM ": %s", strerror(errno));
            return false;
        }
    }
}

/* Whether it ended well; what was wrong it has told itself, unless a signal ended it. */
static bool wait_for(pid_t pid)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    if (WIFSIGNALED(status))
        io_say(PROGRAM " was ended by signal %d", WTERMSIG(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run(const char *const *words, struct io_text *text)
{
    int ends[2], error;
    pid_t pid;
    bool fine;

    if (pipe(ends) != 0) {
        io_say("cannot make a pipe: %s", strerror(errno));
        return false;
    }
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    error = spawn(words, ends[1], &pid);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        tell_missing(error);
        return false;
    }
    fine = read_output(ends[0], text);
    if (!fine)
        kill(pid, SIGKILL);
    close(ends[0]);
    if (!fine) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    } else if (!wait_for(pid) || text->len == 0) {
        io_say("the cluster could not be read");
        fine = false;
    }
    return fine;
}

/* ---- what is asked ---- */

struct words {
    const char *items[MOST_WORDS]; /* NULL-ended */
    size_t n;
};

static void add(struct words *words, const char *option, const char *value)
{
    if (!value)
        return;
    words->items[words->n++] = option;
    words->items[words->n++] = value;
}

static struct words begin(const struct cli_args *args)
{
    struct words words = {{PROGRAM, "snapshot"}, 2};

    add(&words, "--kubeconfig", args->kubeconfig);
    add(&words, "--context", args->context);
    return words;
}

char *live_namespace(const struct cli_args *args)
{
    struct words words = begin(args);
    struct io_text text = {0};
    char *name;
    size_t n;

    if (!args->name_space) {
        words.items[words.n++] = "--show-namespace";
        if (!run(words.items, &text)) {
            free(text.data);
            return NULL;
        }
    }
    n = args->name_space ? strlen(args->name_space) : text.len;
    name = io_grow(NULL, n + 1);
    memcpy(name, args->name_space ? args->name_space : text.data, n);
    name[n] = '\0';
    name[strcspn(name, "\n")] = '\0';
    free(text.data);
    return name;
}

/* With commas between. */
static char *join(const struct cli_words *names)
{
    size_t room = 1;
    char *list, *end;

    for (size_t i = 0; i < names->n_items; i++)
        room += strlen(names->items[i]) + 1;
    list = end = io_grow(NULL, room);
    *list = '\0';
    for (size_t i = 0; i < names->n_items; i++)
        end += sprintf(end, "%s%s", i ? "," : "", names->items[i]);
    return list;
}

bool live_read(const struct cli_args *args, const struct cli_words *namespaces,
               struct io_text *text)
{
    struct words words = begin(args);
    char *list = namespaces->n_items ? join(namespaces) : NULL;
    bool fine;

    if (args->all_namespaces)
        words.items[words.n++] = "--all-namespaces";
    else
        add(&words, "--namespace", list ? list : args->name_space);
    fine = run(words.items, text);
    free(list);
    return fine;
}
