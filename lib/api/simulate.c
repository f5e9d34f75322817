/* Simulations: the gateway's set-up, the decisions, and how they are written. */
#include "api/api.h"
#include "router/simulate.h"

struct decision {
    const char *id, *model;
    uint32_t line;
    struct router_sim_answer answer;
};

struct simulation {
    rctl_set *set;
    rctl_simulation options;
    const rctl_sink *sink;
    const rctl_object *gateway;
    struct router_sim_setup setup;
    struct router_sim *sim;
    struct decision *decisions;
    size_t n, room;
};

/* ---- the gateway ---- */

static const rctl_object *find_gateway(struct simulation *run)
{
    rctl_set *set = run->set;
    const char *slash = strchr(run->options.gateway, '/'), *name = run->options.gateway;
    const char *space = set->world.default_namespace;
    const rctl_object *found;

    if (slash) {
        space = base_arena_text(&set->arena, name, (size_t)(slash - name));
        name = slash + 1;
    }
    found = kinds_world_find(&set->world, "InferenceGateway", space, name);
    if (!found)
        diag_add(&set->diags, DIAG_REF_MISSING, (struct diag_mark){DIAG_NO_FILE, 0, 0}, NULL,
                 NULL, "pass the file that holds it, or name its namespace as well",
                 "InferenceGateway '%.100s' is not among the given files (namespace '%.100s')",
                 name, space);
    return found;
}

/* The last value that the router is given for a flag, "" without one; NULL: not given. */
static const char *told(const struct router_result *result, const char *flag)
{
    const char *found = result->given ? engine_config_get(result->given, flag) : NULL;

    for (size_t i = 0; i < result->n_words; i++) {
        const char *word = result->words[i].text;
        bool has_value = i + 1 < result->n_words && result->words[i + 1].text[0] != '-';

        if (strncmp(word, "--", 2) == 0 && strcmp(word + 2, flag) == 0)
            found = has_value ? result->words[i + 1].text : "";
    }
    return found;
}

static double told_number(const struct router_result *result, const char *flag, double fallback)
{
    const char *text = told(result, flag);
    double number;

    return text && base_num_double(text, &number) ? number : fallback;
}

static const char *session_header(const struct kinds_front *front)
{
    bool asked = (front->asked & RCTL_WISH_BIT(RCTL_WISH_SESSION)) != 0;

    return asked ? front->job.session_header : NULL;
}

static void set_aliases(struct simulation *run, const rctl_router_job *job)
{
    struct router_sim_alias *aliases =
        base_arena_alloc(&run->set->arena, job->n_aliases * sizeof(*aliases) + 1);

    for (size_t i = 0; i < job->n_aliases; i++)
        aliases[i] = (struct router_sim_alias){job->aliases[i].alias, job->aliases[i].model};
    run->setup.aliases = aliases;
    run->setup.n_aliases = job->n_aliases;
}

/* The router as it would be started; false when there is none, which was told. */
static bool set_up(struct simulation *run)
{
    struct rctl_diags silent = kinds_silent(&run->set->world);
    struct kinds_front *front = base_arena_zalloc(&run->set->arena, sizeof(*front));
    const struct router_result *result = &front->result;
    bool listed;

    if (!kinds_object_front(&run->set->world, run->gateway, &silent, front) ||
        !front->solution.chosen)
        return false;
    listed = (front->asked & RCTL_WISH_BIT(RCTL_WISH_STATIC)) != 0;
    run->setup = (struct router_sim_setup){
        .router = front->solution.chosen->router->name,
        .policy = front->solution.chosen->policy->name,
        .session_header = session_header(front),
        .cache_threshold = told_number(result, "cache-threshold", -1),
        .overload_usage = told_number(result, "overload-token-usage-threshold", 0),
        .balance_abs = (int64_t)told_number(result, "balance-abs-threshold", 0),
        .balance_rel = told_number(result, "balance-rel-threshold", 0),
        .routing_key_override = told(result, "routing-key-override") != NULL,
        .no_overload_protection = told(result, "disable-worker-overload-protection") != NULL,
        .overload_waiting = (int64_t)told_number(result, "worker-overload-waiting-requests", 0),
        .overload_kv = told_number(result, "worker-overload-token-usage", 0),
        .assignment_mode = told(result, "assignment-mode"),
        .pairs = (front->asked & RCTL_WISH_BIT(RCTL_WISH_PD)) != 0,
        /* Pods that are not ready are no endpoints of a router that watches pods. */
        .health_checks = !listed || told(result, "static-backend-health-checks"),
        .static_list = listed,
    };
    set_aliases(run, &front->job);
    return true;
}

static bool is_simulated(struct simulation *run)
{
    const rctl_object *gateway = run->gateway;
    const char *reason = router_sim_refuses(&run->setup);

    if (reason)
        diag_add(&run->set->diags, DIAG_GATEWAY_NOT_SIMULATED,
                 (struct diag_mark){gateway->file, gateway->mark.line, gateway->mark.column},
                 kinds_object_label(gateway, &run->set->arena), "spec", NULL,
                 "policy '%s' of %s cannot be simulated: %s", run->setup.policy,
                 run->setup.router, reason);
    return !reason;
}

/* ---- running ---- */

static struct router_sim_source source_of(rctl_set *set, const char *name, const char *data,
                                          size_t len)
{
    return (struct router_sim_source){.arena = &set->arena,
                                      .keys = set->keys,
                                      .limits = &set->limits,
                                      .diags = &set->diags,
                                      .file = api_add_file(set, name),
                                      .data = data,
                                      .len = len};
}

static void add_request(void *ctx, const struct router_sim_request *request, uint32_t line)
{
    struct simulation *run = ctx;
    struct decision *decision;

    run->decisions = kinds_world_grow(&run->set->world, run->decisions, run->n, &run->room,
                                      sizeof(*run->decisions));
    decision = &run->decisions[run->n++];
    *decision = (struct decision){.id = request->id, .model = request->model, .line = line};
    router_sim_next(run->sim, request, &decision->answer);
}

static void ignore_request(void *ctx, const struct router_sim_request *request, uint32_t line)
{
    (void)ctx;
    (void)request;
    (void)line;
}

/* False when the endpoints have faults; those of the requests are told all the same. */
static bool decide(struct simulation *run)
{
    const rctl_simulation *options = &run->options;
    rctl_set *set = run->set;
    size_t faults = set->diags.totals[RCTL_SEVERITY_ERROR];
    bool usable;
    struct router_sim_source source =
        source_of(set, options->endpoints_name, options->endpoints, options->endpoints_len);
    struct router_sim_endpoint *endpoints;
    size_t n;

    endpoints = router_sim_read_endpoints(&source, &n);
    usable = set->diags.totals[RCTL_SEVERITY_ERROR] == faults;
    if (usable)
        run->sim = router_sim_new(&set->arena, &run->setup, endpoints, n);
    source = source_of(set, options->requests_name, options->requests, options->requests_len);
    router_sim_read_requests(&source, usable ? add_request : ignore_request, run);
    return usable;
}

/* ---- writing ---- */

static const char *const hows[] = {"certain", "random", "unknown"};

static const char *show_where(struct base_arena *arena, const struct router_sim_answer *answer)
{
    if (answer->status)
        return base_arena_format(arena, "answers %d", answer->status);
    if (answer->url)
        return diag_escape_text(arena, answer->url);
    if (answer->same_as)
        return base_arena_format(arena, "as %zu, one of %zu", answer->same_as,
                                 answer->n_candidates);
    return base_arena_format(arena, "one of %zu", answer->n_candidates);
}

enum { COLUMNS = 4, GAP = 2 };

static void write_row(struct base_buf *out, const char *const *cells, const size_t *widths)
{
    for (int i = 0; i < COLUMNS; i++) {
        size_t len = strlen(cells[i]);

        base_buf_puts(out, cells[i]);
        if (i + 1 < COLUMNS)
            base_buf_fill(out, ' ', (widths[i] > len ? widths[i] - len : 0) + GAP);
    }
    base_buf_putc(out, '\n');
}

static void write_text(struct simulation *run, struct base_buf *out)
{
    static const char *const head[COLUMNS] = {"REQUEST", "MODEL", "ENDPOINT", "WHY"};
    struct base_arena *arena = &run->set->arena;
    const char **cells = base_arena_alloc(arena, run->n * COLUMNS * sizeof(*cells) + 1);
    size_t widths[COLUMNS];

    for (int i = 0; i < COLUMNS; i++)
        widths[i] = strlen(head[i]);
    for (size_t i = 0; i < run->n; i++) {
        const struct decision *decision = &run->decisions[i];
        const char **row = cells + i * COLUMNS;

        row[0] = base_arena_format(arena, "%zu%s%s", i + 1, decision->id ? " " : "",
                                   decision->id ? diag_escape_text(arena, decision->id) : "");
        row[1] = diag_escape_text(arena, decision->model);
        row[2] = show_where(arena, &decision->answer);
        row[3] = diag_escape_text(arena, decision->answer.why);
        for (int k = 0; k < COLUMNS; k++)
            if (strlen(row[k]) > widths[k])
                widths[k] = strlen(row[k]);
    }
    base_buf_format(out, "%s/%s: policy %s, as %s decides when it has just started\n\n",
                    run->gateway->name_space, run->gateway->name, run->setup.policy,
                    router_sim_release(&run->setup));
    write_row(out, head, widths);
    for (size_t i = 0; i < run->n; i++)
        write_row(out, cells + i * COLUMNS, widths);
}

static void put_answer(struct text_builder *to, const struct router_sim_answer *answer)
{
    text_put_str(to, "how", hows[answer->how]);
    if (answer->status)
        text_put_int(to, "status", answer->status);
    if (answer->url)
        text_put_str(to, "endpoint", answer->url);
    if (answer->n_candidates) {
        text_put_list(to, "candidates");
        for (size_t i = 0; i < answer->n_candidates; i++)
            text_put_str(to, NULL, answer->candidates[i]);
        text_put_end(to);
    }
    if (answer->same_as)
        text_put_int(to, "sameAs", (int64_t)answer->same_as);
    text_put_str(to, "why", answer->why);
}

static void put_json(struct text_builder *to, const void *arg)
{
    const struct simulation *run = arg;

    text_put_map(to, NULL);
    text_put_str(to, "gateway",
                 base_arena_format(&run->set->arena, "%s/%s", run->gateway->name_space,
                                   run->gateway->name));
    text_put_str(to, "policy", run->setup.policy);
    text_put_str(to, "simulated", router_sim_release(&run->setup));
    text_put_list(to, "decisions");
    for (size_t i = 0; i < run->n; i++) {
        const struct decision *decision = &run->decisions[i];

        text_put_map(to, NULL);
        text_put_int(to, "request", (int64_t)i + 1);
        text_put_int(to, "line", decision->line);
        if (decision->id)
            text_put_str(to, "id", decision->id);
        text_put_str(to, "model", decision->model);
        put_answer(to, &decision->answer);
        text_put_end(to);
    }
    text_put_end(to);
    text_put_end(to);
}

static void run_simulation(void *arg)
{
    struct simulation *run = arg;
    struct base_buf out;

    kinds_world_check(&run->set->world);
    run->gateway = find_gateway(run);
    if (!run->gateway || run->gateway->has_errors)
        return;
    if (!set_up(run) || !is_simulated(run))
        return;
    if (!decide(run))
        return;
    base_buf_init(&out, &run->set->arena, run->sink);
    if (run->options.format == RCTL_SIMULATION_JSON)
        text_write_json(text_built(&run->set->arena, put_json, run), /* indent= */ 2, &out);
    else
        write_text(run, &out);
    base_buf_flush(&out);
}

int rctl_simulate_routing(rctl_set *set, const rctl_simulation *options, const rctl_sink *sink)
{
    struct simulation run = {.set = set, .sink = sink};
    const rctl_simulation *given = &run.options;
    int code;

    if (!set || !options || !sink || !sink->write ||
        !api_read_options(options, sizeof(*options), &run.options) || !given->gateway ||
        !given->endpoints_name || !given->requests_name ||
        (!given->endpoints && given->endpoints_len) ||
        (!given->requests && given->requests_len) ||
        (unsigned)given->format > RCTL_SIMULATION_JSON)
        return RCTL_E_INVALID_ARG;
    code = base_try(&set->mem.fail, run_simulation, &run);
    diag_sort(&set->diags);
    return code;
}
