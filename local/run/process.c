/* fork, exec and wait. A pipe that closes on exec tells whether exec went well. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 1500, STEP_MS = 20, LINE = 200 };

const char *process_find(struct pool *pool, const char *program)
{
    const char *path = getenv("PATH");

    if (strchr(program, '/'))
        return access(program, X_OK) == 0 ? program : NULL;
    for (; path && *path; path += strcspn(path, ":"), path += *path == ':') {
        int n = (int)strcspn(path, ":");
        const char *file = pool_format(pool, "%.*s%s%s", n, path, n ? "/" : "", program);
        struct stat about;

        if (access(file, X_OK) == 0 && stat(file, &about) == 0 && S_ISREG(about.st_mode))
            return file;
    }
    return NULL;
}

/* What programs cannot do without, then what they are given. */
static char **make_env(struct pool *pool, const struct texts *env)
{
    static const char *const kept[] = {"PATH", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH",
                                       "PYTHONPATH", "VIRTUAL_ENV"};
    struct texts all = {0};

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (getenv(kept[i]))
            texts_add(pool, &all, pool_format(pool, "%s=%s", kept[i], getenv(kept[i])));
    for (size_t i = 0; i < env->n_items; i++)
        texts_add(pool, &all, env->items[i]);
    texts_add(pool, &all, NULL);
    return (char **)(void *)all.items;
}

/* In the child: never returns. `pipe` is closed by exec, or is told what failed. */
static void become(const char *file, char **argv, char **env, const char *log, const char *folder,
                   pid_t parent, int pipe)
{
    int in = open("/dev/null", O_RDONLY), out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (getppid() == parent && in >= 0 && out >= 0 && chdir(folder) == 0 && dup2(in, 0) == 0 &&
        dup2(out, 1) == 1 && dup2(out, 2) == 2)
        execve(file, argv, env);
    if (write(pipe, &errno, sizeof(errno)) < 0)
        _exit(126);
    _exit(127);
}

bool process_start(struct process *process, struct pool *pool, const struct texts *words,
                   const struct texts *env, const char *folder, const char **why)
{
    const char *file = process_find(pool, words->items[0]);
    struct texts argv = *words;
    char **environment = make_env(pool, env);
    pid_t parent = getpid();
    int ends[2], fault = 0;
    ssize_t n;

    if (!file) {
        *why = pool_format(pool, "there is no program %s", words->items[0]);
        return false;
    }
    texts_add(pool, &argv, NULL);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        *why = strerror(errno);
        return false;
    }
    process->pid = fork();
    if (process->pid == 0)
        become(file, (char **)(void *)argv.items, environment, process->log, folder, parent,
               ends[1]);
    if (process->pid > 0)
        setpgid(process->pid, process->pid); /* both do it, whoever comes first */
    close(ends[1]);
    do
        n = process->pid > 0 ? read(ends[0], &fault, sizeof(fault)) : -1;
    while (n < 0 && errno == EINTR);
    close(ends[0]);
    if (n == 0)
        return true;
    *why = pool_format(pool, "%s: %s", file, strerror(n > 0 ? fault : errno));
    if (process->pid > 0)
        waitpid(process->pid, &process->status, 0);
    process->pid = 0;
    return false;
}

bool process_runs(struct process *process)
{
    if (process->pid > 0 && waitpid(process->pid, &process->status, WNOHANG) == process->pid) {
        kill(-process->pid, SIGKILL); /* what it may have left behind */
        process->pid = 0;
    }
    return process->pid > 0;
}

const char *process_ending(const struct process *process, struct pool *pool)
{
    return WIFSIGNALED(process->status)
               ? pool_format(pool, "was ended by signal %d", WTERMSIG(process->status))
               : pool_format(pool, "ended with status %d", WEXITSTATUS(process->status));
}

/* One line without what would colour a terminal or move its cursor. */
static void show_line(const char *line, FILE *to)
{
    size_t n = 0;

    fputs("  | ", to);
    for (; *line && *line != '\n' && n < LINE; line++) {
        if (line[0] == '\033' && line[1] == '[') {
            line += 2 + strspn(line + 2, "0123456789;");
            if (!*line)
                break;
        } else if ((unsigned char)*line >= ' ' || *line == '\t') {
            fputc(*line, to);
            n++;
        }
    }
    fputc('\n', to);
}

void process_tail(const struct process *process, FILE *to)
{
    static const long most = 16 * 1024;
    char text[16 * 1024 + 1], *lines[PROCESS_LINES], *at;
    FILE *log = fopen(process->log, "re");
    size_t n = 0, count = 0;

    if (!log)
        return;
    if (fseek(log, 0, SEEK_END) == 0 && ftell(log) > most)
        fseek(log, -most, SEEK_END);
    else
        rewind(log);
    n = fread(text, 1, sizeof(text) - 1, log);
    fclose(log);
    text[n] = '\0';
    for (at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
        lines[count++ % PROCESS_LINES] = at;
    for (size_t i = count > PROCESS_LINES ? count - PROCESS_LINES : 0; i < count; i++)
        show_line(lines[i % PROCESS_LINES], to);
}

static void nap(void)
{
    struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

    nanosleep(&step, NULL);
}

void process_stop_all(struct process *processes, size_t n)
{
    bool any = true;

    for (size_t i = 0; i < n; i++)
        if (processes[i].pid > 0)
            kill(-processes[i].pid, SIGTERM);
    for (int ms = 0; any && ms < PATIENCE_MS; ms += STEP_MS) {
        any = false;
        for (size_t i = 0; i < n; i++)
            any = process_runs(&processes[i]) || any;
        if (any)
            nap();
    }
    for (size_t i = 0; i < n; i++) {
        if (processes[i].pid <= 0)
            continue;
        kill(-processes[i].pid, SIGKILL);
        while (waitpid(processes[i].pid, &processes[i].status, 0) < 0 && errno == EINTR)
            continue;
        processes[i].pid = 0;
    }
}
