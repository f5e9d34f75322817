/*
 * The command line and files of the chosen router. What the user gave in extraArgs
 * is checked by the router's own flag table, and wins over what would be added here.
 */
#include "router/router.h"

#define APPEND(out, member, ...)                                                                   \
    do {                                                                                           \
        struct router_result *to = (out)->result;                                                  \
                                                                                                   \
        to->member =                                                                               \
            engine_grow((out)->arena, to->member, to->n_##member, sizeof(*to->member));            \
        to->member[to->n_##member++] = __VA_ARGS__;                                                \
    } while (0)

static const char *copy(const rctl_router_out *out, const char *text)
{
    return text ? base_arena_text(out->arena, text, strlen(text)) : NULL;
}

const char *router_number(rctl_router_out *out, int64_t value)
{
    return base_arena_format(out->arena, "%lld", (long long)value);
}

/* ---- what callbacks add ---- */

/* What carries a wish was seen by the solver; what is only better has to be left out. */
static bool version_lacks(const rctl_router_out *out, const char *name)
{
    rctl_engine table = router_as_engine(out->router);
    const rctl_flag *flag = out->version ? engine_find_flag(&table, name) : NULL;

    return flag && flag->since && engine_version_compare(out->version, flag->since) < 0;
}

/* Whether a flag is the library's to set here; words that follow it share its fate. */
static bool open_flag(rctl_router_out *out, const char *flag, const char *why)
{
    const struct router_result *result = out->result;

    out->skips = version_lacks(out, flag) ||
                 (result->given && engine_config_get(result->given, flag) != NULL);
    if (!out->skips)
        APPEND(out, words,
               (struct router_word){
                   base_arena_join(out->arena, (const char *const[]){"--", flag, NULL}),
                   copy(out, why), false});
    return !out->skips;
}

void router_out_arg(rctl_router_out *out, const char *flag, const char *value, const char *why)
{
    if (open_flag(out, flag, why) && value)
        router_out_word(out, value);
}

void router_out_word(rctl_router_out *out, const char *word)
{
    if (!out->skips)
        APPEND(out, words, (struct router_word){copy(out, word), NULL, false});
}

void router_out_arg_env(rctl_router_out *out, const char *flag, const char *variable,
                        const char *why)
{
    if (open_flag(out, flag, why))
        APPEND(out, words,
               (struct router_word){base_arena_format(out->arena, "$(%s)", variable), NULL, true});
}

void router_out_env(rctl_router_out *out, const char *name, const char *value)
{
    APPEND(out, env, (struct router_env){copy(out, name), copy(out, value)});
}

void router_out_file(rctl_router_out *out, const char *name, const char *text, bool restart)
{
    APPEND(out, files, (struct router_file){copy(out, name), copy(out, text), restart});
}

void router_out_note(rctl_router_out *out, rctl_severity severity, const char *message,
                     const char *hint)
{
    APPEND(out, notes, (struct router_note){severity, copy(out, message), copy(out, hint)});
}

void router_out_refuse(rctl_router_out *out, const char *reason)
{
    if (!out->refusal)
        out->refusal = copy(out, reason);
}

/* ---- all of it ---- */

/* Every router shows its metrics to whoever scrapes the pod. */
static void add_ports(rctl_router_out *out, const rctl_router_job *job)
{
    const rctl_router *router = out->router;

    if (router->host_flag)
        router_out_arg(out, router->host_flag, "0.0.0.0",
                       "probes and clients come from outside the pod");
    if (router->port_flag)
        router_out_arg(out, router->port_flag, router_number(out, job->port), "port of the pod");
    if (router->metrics_host_flag)
        router_out_arg(out, router->metrics_host_flag, "0.0.0.0",
                       "metrics are scraped from outside the pod");
    if (router->metrics_port_flag)
        router_out_arg(out, router->metrics_port_flag, router_number(out, ROUTER_METRICS_PORT),
                       "port of the metrics");
}

static void check_given(const struct router_input *input, const rctl_engine *table,
                        struct base_arena *arena, struct rctl_diags *diags,
                        struct engine_result *ret)
{
    rctl_engine_job *job = base_arena_zalloc(arena, sizeof(*job));
    struct engine_input given = {.engine = table,
                                 .job = job,
                                 .args = input->args,
                                 .args_path = input->args_path,
                                 .unsafe = input->unsafe,
                                 .of_router = true,
                                 .file = input->file,
                                 .mark = input->mark,
                                 .object = input->object};

    job->gpus = -1;
    job->version = input->verdict->version;
    engine_resolve(&given, arena, diags, ret);
}

void router_resolve(const struct router_input *input, struct base_arena *arena,
                    struct rctl_diags *diags, struct router_result *ret)
{
    const rctl_router *router = input->verdict->router;
    rctl_engine *table = base_arena_alloc(arena, sizeof(*table));
    struct engine_result given;
    rctl_router_out out = {
        .router = router, .version = input->verdict->version, .arena = arena, .result = ret};
    int code;

    *table = router_as_engine(router);
    check_given(input, table, arena, diags, &given);
    *ret = (struct router_result){.given = given.config};
    add_ports(&out, input->job);
    code = router->arguments(router->ctx, input->job, &out);
    if (code != RCTL_OK)
        base_raise(&arena->mem->fail, code);
    for (size_t i = 0; i < given.n_words; i++)
        APPEND(&out, words, (struct router_word){given.words[i].text, given.words[i].why, false});
}
