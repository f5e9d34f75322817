/* Files are written, engines started, then routers, each when what is behind it is ready. */
#include "run.h"

#include <errno.h>
#include <json-c/json.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <arpa/inet.h>
#include <time.h>
#include <unistd.h>

enum { ENGINE_SECONDS = 15, PROBE_SECONDS = 3 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- commands ---- */

static void add_split(struct pool *pool, struct texts *words, const char *text)
{
    for (; *text; text += strcspn(text, " "), text += strspn(text, " "))
        if (*text != ' ')
            texts_add(pool, words, pool_text(pool, text, strcspn(text, " ")));
}

/* The words that start a router, or none. */
static struct texts router_command(struct run *run, const struct plan_process *router)
{
    struct texts words = {0};

    add_split(run->pool, &words, router->command);
    return words;
}

bool start_check(struct run *run)
{
    bool fine = true;

    for (size_t i = 0; i < run->plan.n_items; i++) {
        const struct plan_process *router = run->plan.items[i];
        struct texts words;

        if (router->kind != PLAN_ROUTER || router->why_not)
            continue;
        words = router_command(run, router);
        if (words.n_items == 0)
            run_say("%s: no program is known for the router %s; give --router %s=COMMAND",
                    router->name, router->app, router->app);
        else if (!process_find(run->pool, words.items[0]))
            run_say("%s: there is no program %s in PATH; give --router %s=COMMAND", router->name,
                    words.items[0], router->app);
        else
            continue;
        fine = false;
    }
    return fine;
}

/* ---- files ---- */

/* All folders of a path; of one that ends with a slash the last one, too. */
static bool make_folders(const char *path)
{
    char part[4096];

    for (const char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        size_t n = (size_t)(at - path);

        if (n >= sizeof(part))
            return false;
        memcpy(part, path, n);
        part[n] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return false;
    }
    return true;
}

static bool write_file(const char *path, const char *text)
{
    FILE *file = make_folders(path) ? fopen(path, "we") : NULL;
    bool fine = file && fputs(text, file) >= 0;

    return file && fclose(file) == 0 && fine;
}

static bool write_files(struct run *run, const struct plan_process *process)
{
    bool fine = make_folders(pool_format(run->pool, "%s/", process->folder));

    for (size_t i = 0; fine && i < process->n_files; i++) {
        const struct plan_file *file = &process->files[i];

        fine = file->text ? write_file(file->path, file->text)
                          : make_folders(pool_format(run->pool, "%s/", file->path));
    }
    if (!fine)
        run_say("%s: cannot write files: %s", process->name, strerror(errno));
    return fine;
}

/* ---- starting ---- */

static void add_option(struct run *run, struct texts *words, const char *name, const char *value)
{
    texts_add(run->pool, words, pool_format(run->pool, "--%s=%s", name, value));
}

/* Halves on LMCache find each other by their settings. */
static void add_peers(struct run *run, struct texts *words, const struct plan_process *decode)
{
    for (size_t i = 0; i < run->plan.n_items; i++) {
        const struct plan_process *prefill = run->plan.items[i];

        if (prefill->bootstrap && strcmp(prefill->space, decode->space) == 0)
            add_option(run, words, "peer",
                       pool_format(run->pool, PLAN_HOST ":%u", prefill->bootstrap));
    }
}

static struct texts engine_words(struct run *run, const struct plan_process *engine)
{
    bool half = strcmp(engine->role, "engine") != 0;
    struct texts words = {0};

    texts_add(run->pool, &words, run->fake);
    add_option(run, &words, "engine", engine->app);
    add_option(run, &words, "port", pool_format(run->pool, "%u", engine->port));
    add_option(run, &words, "name", engine->name);
    add_option(run, &words, "role", half ? engine->role : "both");
    add_option(run, &words, "connector", engine->connector);
    add_option(run, &words, "log", pool_format(run->pool, "%s/requests.jsonl", engine->folder));
    if (engine->bootstrap)
        add_option(run, &words, "bootstrap-port", pool_format(run->pool, "%u", engine->bootstrap));
    if (strcmp(engine->role, "decode") == 0)
        add_peers(run, &words, engine);
    for (size_t i = 0; i < engine->models.n_items; i++)
        add_option(run, &words, "model", engine->models.items[i]);
    return words;
}

static bool start(struct run *run, size_t index)
{
    const struct plan_process *plan = run->plan.items[index];
    struct process *process = &run->processes[index];
    struct texts words = {0};
    const char *why;

    if (!write_files(run, plan))
        return false;
    if (plan->kind == PLAN_ENGINE) {
        words = engine_words(run, plan);
    } else {
        words = router_command(run, plan);
        for (size_t i = 0; i < plan->words.n_items; i++)
            texts_add(run->pool, &words, plan->words.items[i]);
    }
    process->name = plan->name;
    process->log = pool_format(run->pool, "%s/log", plan->folder);
    if (process_start(process, run->pool, &words, &plan->env, plan->folder, &why))
        return true;
    run_say("%s: %s", plan->name, why);
    return false;
}

/* ---- waiting ---- */

static bool tell_end(struct run *run, size_t index)
{
    const struct process *process = &run->processes[index];

    run_say("%s %s; the last lines of %s:", process->name, process_ending(process, run->pool),
            process->log);
    process_tail(process, stderr);
    return false;
}

static bool is_healthy(struct run *run, const struct plan_process *process, int *ret_status)
{
    const char *path = process->kind == PLAN_ENGINE ? "/health" : process->ready;
    struct http_answer answer = http_ask(
        run->http, pool_format(run->pool, "%s%s", process->url, path), NULL, NULL, PROBE_SECONDS);

    *ret_status = answer.status;
    return answer.status == 200;
}

static bool wait_ready(struct run *run, size_t index)
{
    const struct plan_process *plan = run->plan.items[index];
    double seconds = plan->kind == PLAN_ENGINE ? ENGINE_SECONDS : run->options.seconds;
    double end = now() + seconds;
    int status = 0;

    while (!*run->stop) {
        if (is_healthy(run, plan, &status))
            return true;
        if (!plan->theirs && !process_runs(&run->processes[index]))
            return tell_end(run, index);
        if (now() > end)
            break;
        run_nap();
    }
    if (*run->stop)
        return false;
    if (plan->theirs)
        run_say("%s: nobody answers %s/health (status %d)", plan->name, plan->url, status);
    else
        run_say("%s is not ready after %g seconds: %s%s answers %d; the last lines of %s:",
                plan->name, seconds, plan->url, plan->kind == PLAN_ENGINE ? "/health" : plan->ready,
                status, run->processes[index].log);
    if (!plan->theirs)
        process_tail(&run->processes[index], stderr);
    return false;
}

/* A port that the user chose may be somebody's already. */
static bool is_free(unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    bool free;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    inet_pton(AF_INET, PLAN_HOST, &at.sin_addr);
    free = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
    if (fd >= 0)
        close(fd);
    return free;
}

static bool check_port(struct run *run, const struct plan_process *router)
{
    unsigned port = (unsigned)strtoul(strrchr(router->url, ':') + 1, NULL, 10);

    if (run->options.wish.first_port == 0 || is_free(port))
        return true;
    run_say("%s: port %u is in use by another program", router->name, port);
    return false;
}

/* Those of the same kind are started together, and routers as soon as theirs are ready. */
bool start_all(struct run *run)
{
    struct plan *plan = &run->plan;

    for (size_t i = 0; i < plan->n_items; i++)
        if (plan->items[i]->kind == PLAN_ENGINE && !plan->items[i]->theirs &&
            !plan->items[i]->why_not && !start(run, i))
            return false;
    for (size_t i = 0; i < plan->n_items; i++)
        if (plan->items[i]->kind == PLAN_ENGINE && !plan->items[i]->why_not && !wait_ready(run, i))
            return false;
    for (size_t i = 0; i < plan->n_items; i++)
        if (plan->items[i]->kind == PLAN_ROUTER && !plan->items[i]->why_not &&
            !(check_port(run, plan->items[i]) && start(run, i) && wait_ready(run, i)))
            return false;
    return true;
}

bool start_watch(struct run *run)
{
    for (size_t i = 0; i < run->plan.n_items; i++)
        if (run->processes[i].pid > 0 && !process_runs(&run->processes[i]))
            return tell_end(run, i);
    return true;
}
