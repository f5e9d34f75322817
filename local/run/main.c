/*
 * rctl-run-local: reads on standard input what rctl has rendered, starts on this machine
 * what stands for it, and sends requests. `rctl run-local` checks the options and starts
 * it; the exit status is that of rctl.
 */
#include "run.h"

#include "../memory.h"

#include <errno.h>
#include <ftw.h>
#include <json-c/json.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NAP_MS = 100, MOST_INPUT = 256 << 20, USUAL_SECONDS = 60, USUAL_REPLICAS = 3 };

static volatile sig_atomic_t stop;

void run_say(const char *format, ...)
{
    va_list args;

    fputs("rctl run-local: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void run_nap(void)
{
    struct timespec time = {.tv_nsec = NAP_MS * 1000000L};

    nanosleep(&time, NULL);
}

static void on_signal(int signal)
{
    (void)signal;
    stop = 1;
}

/* ---- options, as rctl hands them over ---- */

/* The value of --name=value, or NULL. */
static const char *value_of(const char *word, const char *name)
{
    size_t n = strlen(name);

    return strncmp(word, "--", 2) == 0 && strncmp(word + 2, name, n) == 0 && word[2 + n] == '='
               ? word + 3 + n
               : NULL;
}

static bool read_options(struct run *run, int argc, char **argv)
{
    struct run_options *options = &run->options;
    const char *value;

    options->seconds = USUAL_SECONDS;
    options->wish.most_replicas = USUAL_REPLICAS;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];

        if (strcmp(word, "--fake-engines") == 0)
            options->wish.fake_engines = true;
        else if (strcmp(word, "--json") == 0)
            options->json = true;
        else if (strcmp(word, "--keep") == 0)
            options->keep = true;
        else if ((value = value_of(word, "engine")))
            texts_add(run->pool, &options->wish.engines, value);
        else if ((value = value_of(word, "router")))
            texts_add(run->pool, &options->wish.routers, value);
        else if ((value = value_of(word, "send")))
            options->send = strtoul(value, NULL, 10);
        else if ((value = value_of(word, "requests")))
            options->requests = value;
        else if ((value = value_of(word, "port")))
            options->wish.first_port = (unsigned)strtoul(value, NULL, 10);
        else if ((value = value_of(word, "replicas")))
            options->wish.most_replicas = strtoul(value, NULL, 10);
        else if ((value = value_of(word, "timeout")))
            options->seconds = strtod(value, NULL);
        else
            return false;
    }
    return true;
}

/* ---- what the plan needs ---- */

static unsigned free_port(void *ctx)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned port = 0;

    (void)ctx;
    if (fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0 &&
        getsockname(fd, (struct sockaddr *)&at, &size) == 0)
        port = ntohs(at.sin_port);
    if (fd >= 0)
        close(fd);
    return port;
}

static bool make_folder(struct run *run)
{
    const char *base = getenv("TMPDIR");

    base = base && *base ? base : "/tmp";
    run->options.wish.folder = mkdtemp(pool_format(run->pool, "%s/rctl-run-local-XXXXXX", base));
    if (!run->options.wish.folder)
        run_say("cannot make a folder in %s: %s", base, strerror(errno));
    return run->options.wish.folder != NULL;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

/* rctl-fake-engine lies beside this program, or in PATH. */
static const char *find_fake(struct pool *pool)
{
    char own[4096];
    ssize_t n = readlink("/proc/self/exe", own, sizeof(own) - 1);
    const char *file;

    own[n > 0 ? n : 0] = '\0';
    if (strrchr(own, '/'))
        *strrchr(own, '/') = '\0';
    file = process_find(pool, pool_format(pool, "%s/rctl-fake-engine", own));
    return file ? file : process_find(pool, "rctl-fake-engine");
}

static struct json_object *read_input(void)
{
    size_t n = 0, room = 1 << 16, got;
    char *text = memory_grow(NULL, room, 1);
    struct json_object *root;

    while ((got = fread(text + n, 1, room - n - 1, stdin)) > 0 && n < MOST_INPUT) {
        n += got;
        if (room - n < 4096) {
            room *= 2;
            text = memory_grow(text, room, 1);
        }
    }
    text[n] = '\0';
    root = json_tokener_parse(text);
    free(text);
    return root;
}

/* ---- the run ---- */

static size_t count_routers(const struct run *run, bool able)
{
    size_t n = 0;

    for (size_t i = 0; i < run->plan.n_items; i++) {
        const struct plan_process *process = run->plan.items[i];

        n += process->kind == PLAN_ROUTER && (process->why_not == NULL) == able;
    }
    return n;
}

static int wait_for_signal(struct run *run)
{
    FILE *to = run->options.json ? stderr : stdout;

    fputs("ready; Ctrl-C ends it\n", to);
    fflush(to);
    while (!stop) {
        if (!start_watch(run))
            return RUN_BROKEN;
        run_nap();
    }
    return RUN_FINE;
}

static int try_all(struct run *run)
{
    if (!start_all(run)) {
        if (stop)
            run_say("interrupted");
        return RUN_BROKEN;
    }
    report_plan(run);
    if (run->options.send == 0 && !run->options.requests)
        return wait_for_signal(run);
    if (!send_all(run)) {
        if (stop)
            run_say("interrupted");
        return RUN_BROKEN;
    }
    report_rows(run);
    report_refusals(run);
    if (!start_watch(run))
        return RUN_BROKEN;
    return run->wrong ? RUN_WRONG : RUN_FINE;
}

static int run_plan(struct run *run)
{
    int code;

    if (count_routers(run, true) == 0) {
        report_plan(run);
        run_say("there is no router that can be tried here");
        return RUN_BROKEN;
    }
    run->fake = find_fake(run->pool);
    if (!run->fake && run->options.wish.fake_engines) {
        run_say("rctl-fake-engine is not installed beside rctl, nor in PATH");
        return RUN_BROKEN;
    }
    if (!start_check(run))
        return RUN_BROKEN;
    run->processes = pool_alloc(run->pool, run->plan.n_items * sizeof(*run->processes));
    code = try_all(run);
    process_stop_all(run->processes, run->plan.n_items);
    if (code == RUN_FINE && count_routers(run, false) > 0)
        code = RUN_BROKEN;
    return code;
}

static int run_input(struct run *run, struct json_object *root)
{
    int code = RUN_USAGE;

    if (!make_folder(run))
        return RUN_BROKEN;
    if (plan_make(&run->plan, root, &run->options.wish))
        code = run_plan(run);
    for (size_t i = 0; i < run->plan.faults.n_items; i++)
        run_say("%s", run->plan.faults.items[i]);
    /* What went wrong can be looked into, once something has run. */
    if (!run->processes || (code == RUN_FINE && !run->options.keep))
        nftw(run->options.wish.folder, remove_one, /* open= */ 16, FTW_DEPTH | FTW_PHYS);
    plan_done(&run->plan);
    return code;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct run run = {.pool = pool_new(), .stop = &stop, .options.wish.port = free_port};
    struct json_object *root = NULL;
    int code = RUN_USAGE;

    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("rctl-run-local " LOCAL_VERSION);
        pool_free(run.pool);
        return 0;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!read_options(&run, argc, argv) || isatty(STDIN_FILENO)) {
        run_say("this program is started by 'rctl run-local'");
    } else if (!(run.http = http_new(&stop))) {
        run_say("libcurl cannot be used");
        code = RUN_BROKEN;
    } else {
        root = read_input();
        code = run_input(&run, root);
    }
    if (fflush(stdout) != 0 && code == RUN_FINE)
        code = RUN_BROKEN;
    http_free(run.http);
    json_object_put(root);
    pool_free(run.pool);
    return code;
}
