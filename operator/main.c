/*
 * rctl-operator: puts options, credentials, the loop, the client, the brain and the
 * servers together, and ends when the brain has.
 */
#include "core/brain.h"
#include "io/auth.h"
#include "io/client.h"
#include "io/httpd.h"
#include "io/log.h"
#include "io/loop.h"
#include "io/probe.h"
#include "io/process.h"
#include "io/scraper.h"
#include "options.h"
#include "shell.h"
#include "snapshot.h"

#include <malloc.h>
#include <routerctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GIVE_BACK (30 * CORE_SECOND)

enum { EXIT_FINE, EXIT_FAILED, EXIT_USAGE, IDENTITY = 128 };

struct program {
    struct options options;
    struct auth *auth;
    rctl_ctx *ctx;
    struct loop *loop;
    struct client *client;
    struct probes_out *probes;
    struct scraper *scraper; /* NULL: no GPU metrics are wanted */
    struct httpd *metrics, *health;
    struct brain *brain;
    struct shell shell;
    char identity[IDENTITY];
    bool stopping;
    core_time gives_back; /* memory, next, on a turn that is made anyway */
};

static int fail(const char *what, const char *why)
{
    log_event(LOG_LEVEL_ERROR, what, "why", why, NULL);
    return EXIT_FAILED;
}

/* ---- memory: a refusal would end the process anyway, see io/bytes.h ---- */

static void *take(void *ctx, size_t size)
{
    (void)ctx;
    return malloc(size);
}

static void release(void *ctx, void *ptr, size_t size)
{
    (void)ctx;
    (void)size;
    free(ptr);
}

static const rctl_allocator allocator = {take, release, NULL};

/* ---- what the brain tells ---- */

static const struct {
    enum log_level level;
    const char *message;
} words[BRAIN_WORD__COUNT] = {
    [BRAIN_SYNCED] = {LOG_LEVEL_INFO, "listed for the first time"},
    [BRAIN_MISSING] = {LOG_LEVEL_WARNING, "the API server does not serve this kind"},
    [BRAIN_FAULT] = {LOG_LEVEL_WARNING, "a list or watch failed"},
    [BRAIN_LEADS] = {LOG_LEVEL_INFO, "leading"},
    [BRAIN_WRITES] = {LOG_LEVEL_INFO, "writing"},
    [BRAIN_PROBES] = {LOG_LEVEL_DEBUG, "asking a backend"},
    [BRAIN_REFUSED] = {LOG_LEVEL_WARNING, "a write failed"},
    [BRAIN_ROUND] = {LOG_LEVEL_DEBUG, "a round ended"},
    [BRAIN_HELD] = {LOG_LEVEL_WARNING, "a deletion is held back, as a list of objects shrank"},
};

static const char *given(const char *text)
{
    return text && *text ? text : NULL;
}

static void tell(void *ctx, const struct brain_note *note)
{
    char status[16];

    (void)ctx;
    snprintf(status, sizeof(status), "%d", note->status);
    log_event(words[note->word].level, words[note->word].message, "controller",
              given(note->controller), "kind", given(note->kind), "namespace", given(note->ns),
              "name", given(note->name), "reason", given(note->reason), "status",
              note->status ? status : NULL, NULL);
}

/* ---- the loop's callbacks ---- */

/* What a burst of work has freed between things that stay is kept by glibc until it is asked. */
static void give_back(struct program *program, core_time now)
{
    if (now < program->gives_back)
        return;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
    program->gives_back = now + GIVE_BACK;
}

static core_time turn(void *ctx, core_time now)
{
    struct program *program = ctx;
    core_time due = shell_turn(&program->shell, now);

    /* One of several operators is enough, and keeps sums over all of them right. */
    if (program->scraper && brain_leads(program->brain))
        due = core_sooner(due, scraper_turn(program->scraper, now));
    if (brain_state(program->brain) != BRAIN_WORKING)
        loop_stop(program->loop);
    give_back(program, now);
    return due;
}

static void stop(void *ctx)
{
    struct program *program = ctx;

    log_event(LOG_LEVEL_INFO, "stopping", NULL);
    program->stopping = true;
    brain_stop(program->brain, loop_now());
}

/* ---- servers ---- */

static bool is_alive(void *ctx)
{
    return !brain_is_stuck(((struct program *)ctx)->brain, loop_now());
}

static bool is_synced(void *ctx)
{
    return brain_is_synced(((struct program *)ctx)->brain);
}

static bool knows_leader(void *ctx)
{
    return brain_knows_leader(((struct program *)ctx)->brain);
}

static bool reaches_server(void *ctx)
{
    return brain_reaches_server(((struct program *)ctx)->brain, loop_now());
}

static int add_bytes(void *ctx, const char *data, size_t len)
{
    bytes_add(ctx, data, len);
    return 0;
}

/* What the brain cannot see. */
static void add_metrics(const struct program *program, struct metrics *metrics)
{
    const struct process process = process_measure();
    const struct {
        enum metrics_id id;
        double value;
    } rows[] = {
        {METRICS_CPU, process.cpu_seconds}, {METRICS_RSS, process.rss},
        {METRICS_VSIZE, process.vsize},     {METRICS_OPEN_FDS, process.open_fds},
        {METRICS_MAX_FDS, process.max_fds}, {METRICS_START_TIME, process.started},
        {METRICS_API_WARNINGS, (double)client_warnings(program->client)},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].value >= 0)
            metrics_set(metrics, rows[i].id, NULL, rows[i].value);
    if (program->scraper)
        scraper_report(program->scraper, metrics, loop_now());
}

static const char *write_metrics(void *ctx, const char *accept, struct bytes *text)
{
    struct program *program = ctx;
    bool open = strstr(accept, "application/openmetrics-text") != NULL;
    const rctl_sink sink = {add_bytes, text};
    struct metrics *metrics = brain_metrics(program->brain, loop_now());

    add_metrics(program, metrics);
    /* Its only error is the sink's, and this one has none. */
    (void)metrics_write(metrics, open ? METRICS_OPENMETRICS : METRICS_TEXT, &sink);
    return open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                : "text/plain; version=0.0.4; charset=utf-8";
}

static const struct httpd_check live_checks[] = {{"ping", is_alive}};
static const struct httpd_check ready_checks[] = {
    {"api-server", reaches_server}, {"caches", is_synced}, {"leader", knows_leader}};
static const struct httpd_route metrics_routes[] = {{.path = "/metrics", .write = write_metrics}};
static const struct httpd_route health_routes[] = {
    {.path = "/healthz", .checks = live_checks, .n_checks = 1},
    {.path = "/readyz", .checks = ready_checks, .n_checks = 3},
};

static int serve(struct program *program)
{
    char why[256];

    program->metrics = httpd_new(program->loop, program->options.metrics_addr, metrics_routes, 1,
                                 program, why, sizeof(why));
    if (!program->metrics)
        return fail("metrics cannot be served", why);
    program->health = httpd_new(program->loop, program->options.health_probe_addr, health_routes,
                                2, program, why, sizeof(why));
    return program->health ? EXIT_FINE : fail("health cannot be served", why);
}

/* ---- from start to end ---- */

/* New for each process, so that a restart is not taken for the one before it. */
static void name_identity(struct program *program)
{
    char host[64] = "";

    if (gethostname(host, sizeof(host) - 1) != 0)
        memcpy(host, "unknown", sizeof("unknown"));
    snprintf(program->identity, sizeof(program->identity), "%s_%016llx", host,
             (unsigned long long)loop_random());
}

static int start_brain(struct program *program)
{
    static const enum probe_policy policies[] = {
        [OPTIONS_SAME_NAMESPACE] = PROBE_SAME_NAMESPACE,
        [OPTIONS_CLUSTER] = PROBE_CLUSTER,
        [OPTIONS_ANY] = PROBE_ANY,
    };
    const struct options *options = &program->options;
    const struct brain_options wanted = {
        .from = allocator,
        .ctx = program->ctx,
        .namespaces = options->watch_namespaces.items,
        .n_namespaces = options->watch_namespaces.n,
        .identity = program->identity,
        .elects = options->leader_election,
        .lease_ns = *options->ns ? options->ns : auth_namespace(program->auth),
        .lease_name = "router-controller",
        .probes = true,
        .host = auth_server(program->auth),
        .seed = loop_random(),
        .tell = tell,
    };

    if (brain_new(&wanted, loop_now(), &program->brain) != RCTL_OK)
        return fail("the controllers cannot be started", "no memory");
    program->probes =
        probe_new(program->loop, policies[options->probe_policy], auth_server(program->auth));
    program->shell = (struct shell){.brain = program->brain,
                                    .client = program->client,
                                    .probes = program->probes,
                                    .identity = program->identity};
    return EXIT_FINE;
}

static int start_scraper(struct program *program)
{
    const char *url = program->options.gpu_metrics_endpoint;

    if (!*url)
        return EXIT_FINE;
    program->scraper = scraper_new(program->loop, program->probes, &allocator, url);
    return program->scraper ? EXIT_FINE
                            : fail("GPU metrics cannot be read",
                                   "the URL is none of a host without user and password");
}

static int start(struct program *program)
{
    struct auth_place place = auth_place(given(program->options.kubeconfig));
    const struct loop_calls calls = {.turn = turn, .stop = stop, .ctx = program};
    char why[AUTH_MESSAGE];

    log_setup((enum log_level)program->options.log_level,
              (enum log_format)program->options.log_format);
    program->auth = auth_new(&place, why);
    if (!program->auth)
        return fail("no way to the API server", why);
    if (rctl_ctx_new(NULL, &program->ctx) != RCTL_OK)
        return fail("the library cannot be started", "no memory");
    program->loop = loop_new(&calls);
    if (!program->loop)
        return fail("the event loop cannot be started", "the system refuses what it needs");
    program->client = client_new(program->loop, program->auth);
    name_identity(program);
    return start_brain(program);
}

static int run(struct program *program)
{
    int code = start(program);

    if (code == EXIT_FINE)
        code = start_scraper(program);
    if (code == EXIT_FINE)
        code = serve(program);
    if (code != EXIT_FINE)
        return code;
    log_event(LOG_LEVEL_INFO, "started", "version", rctl_version(), "server",
              auth_server(program->auth), "identity", program->identity, NULL);
    if (loop_run(program->loop) != 0)
        return fail("the event loop failed", "waiting is not possible");
    if (brain_state(program->brain) == BRAIN_LOST)
        return fail("the lease is lost", "another operator may be writing");
    log_event(LOG_LEVEL_INFO, "stopped", NULL);
    return EXIT_FINE;
}

static void done(struct program *program)
{
    shell_done(&program->shell);
    httpd_free(program->health);
    httpd_free(program->metrics);
    scraper_free(program->scraper);
    probe_free(program->probes);
    client_free(program->client);
    loop_free(program->loop);
    brain_free(program->brain);
    rctl_ctx_free(program->ctx);
    auth_free(program->auth);
    options_done(&program->options);
}

int main(int argc, char **argv)
{
    struct program program = {0};
    struct bytes text = {0};
    int code = EXIT_USAGE;

    if (argc > 1 && strcmp(argv[1], "snapshot") == 0)
        return snapshot_main(argc - 1, argv + 1);
    switch (options_read(argc, argv, getenv, &program.options, &text)) {
    case OPTIONS_RUN: code = run(&program); break;
    case OPTIONS_SHOWN:
        fputs(text.data ? text.data : "", stdout);
        code = EXIT_FINE;
        break;
    case OPTIONS_WRONG: fputs(text.data ? text.data : "", stderr); break;
    }
    bytes_done(&text);
    done(&program);
    return code;
}
