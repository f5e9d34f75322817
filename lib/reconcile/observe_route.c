/*
 * The status of a StaticRoute: its ConfigMap, what probes say of the backends, and
 * whether the router has taken the file up, which it echoes in its own health answer.
 */
#include "reconcile/reconcile.h"

enum { ECHO_PERIOD = 30, ECHO_TIMEOUT = 5 };

/* ---- probes ---- */

/* The newest answer; asks again when there is none or it is too old. */
static const rctl_probe *probe(struct reconcile_round *round, const char *url, int64_t period,
                               int64_t timeout)
{
    const rctl_probe *found = reconcile_find_probe(round->world, url);
    rctl_time due = found ? found->at + period * RCTL_SECOND : round->world->now;

    if (round->world->no_probes)
        return found;
    if (due <= round->world->now) {
        struct reconcile_action *action =
            reconcile_add(round, RCTL_ACTION_PROBE, round->self->resource,
                          round->self->name_space, round->self->name);

        action->told.reason = "probe";
        action->told.url = url;
        action->told.timeout = timeout * RCTL_SECOND;
        due = round->world->now + period * RCTL_SECOND;
    }
    reconcile_wake(round, due);
    return found;
}

/* ---- backends ---- */

/* What the status said last; a threshold that is not reached changes nothing. */
static const char *last_health(const struct reconcile_round *round, const char *url)
{
    const struct text_node *list = text_get(round->old_status, "backends");

    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++)
        if (base_str_eq(text_get_str(&list->u.items[i], "url"), url))
            return text_get_str(&list->u.items[i], "health");
    return NULL;
}

static const char *health_of(const struct reconcile_round *round, const char *url,
                             const rctl_probe *answer, int64_t successes, int64_t failures)
{
    const char *last = last_health(round, url);

    if (!answer)
        return last ? last : "Unknown";
    if (answer->result == RCTL_PROBE_REFUSED)
        return "Unknown";
    if (answer->result == RCTL_PROBE_HEALTHY && (int64_t)answer->in_a_row >= successes)
        return "Healthy";
    if (answer->result == RCTL_PROBE_UNHEALTHY && (int64_t)answer->in_a_row >= failures)
        return "Unhealthy";
    return last ? last : "Unknown";
}

struct tally {
    size_t healthy, unhealthy, unknown;
    const char *first; /* URL of the first that is not healthy */
};

static void put_backend(struct reconcile_round *round, const struct sroute_spec *spec,
                        const char *url, const char *model, struct tally *tally)
{
    const struct route_health_check *check = spec->health_check;
    struct text_builder *out = &round->render.builder;
    const rctl_probe *answer = probe(round, base_arena_format(round->arena, "%s/health", url),
                                     check ? check->period_seconds.v : 10,
                                     check ? check->timeout_seconds.v : 5);
    const char *health = health_of(round, url, answer, check ? check->success_threshold.v : 1,
                                   check ? check->failure_threshold.v : 3);

    tally->healthy += strcmp(health, "Healthy") == 0;
    tally->unhealthy += strcmp(health, "Unhealthy") == 0;
    tally->unknown += strcmp(health, "Unknown") == 0;
    if (!tally->first && strcmp(health, "Unhealthy") == 0)
        tally->first = url;
    text_put_map(out, NULL);
    text_put_str(out, "health", health);
    text_put_str(out, "model", model);
    text_put_str(out, "url", url);
    text_put_end(out);
}

/* A probe's path is appended, so a slash at the end of the URL would double. */
static const char *trim_slash(struct reconcile_round *round, const char *url)
{
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        len--;
    return base_arena_text(round->arena, url, len);
}

static void put_backends(struct reconcile_round *round, const struct sroute_spec *spec)
{
    struct kinds_csv urls = kinds_csv_split(spec->static_backends.v, round->arena);
    struct kinds_csv models = kinds_csv_split(spec->static_models.v, round->arena);
    struct tally tally = {0, 0, 0, NULL};

    text_put_list(&round->render.builder, "backends");
    for (size_t i = 0; i < urls.n_items; i++)
        put_backend(round, spec, trim_slash(round, urls.items[i]),
                    i < models.n_items ? models.items[i] : NULL, &tally);
    text_put_end(&round->render.builder);
    if (tally.unhealthy)
        reconcile_say(round, "BackendsHealthy", STATUS_FALSE, "BackendUnhealthy",
                      "%zu of %zu backends do not answer; first %s", tally.unhealthy,
                      urls.n_items, tally.first);
    else if (tally.unknown)
        reconcile_say(round, "BackendsHealthy", STATUS_UNKNOWN, "NotProbed",
                      "%zu of %zu backends were not probed", tally.unknown, urls.n_items);
    else
        reconcile_say(round, "BackendsHealthy", STATUS_TRUE, "AllHealthy",
                      "all %zu backends answer", urls.n_items);
}

/* ---- the router ---- */

static void keep_document(void *ctx, const struct text_doc *doc)
{
    const struct text_node **root = ctx;

    if (!*root)
        *root = doc->root;
}

static const struct text_node *parse(struct reconcile_round *round, const char *text, size_t len)
{
    const struct text_node *root = NULL;
    struct rctl_diags silent = kinds_silent(round->world->kinds);
    struct text_reader reader = {.arena = round->arena,
                                 .keys = text_interner_new(round->arena),
                                 .limits = &text_limits_default,
                                 .diags = &silent,
                                 .file = DIAG_NO_FILE,
                                 .each = keep_document,
                                 .ctx = &root};

    text_read(&reader, text, len);
    return silent.n_items ? NULL : root;
}

/* Whether the router's echo has every value of our file. */
static bool is_taken_up(struct reconcile_round *round, const rctl_probe *answer,
                        const char *file)
{
    const struct text_node *echo =
        answer->body ? text_get(parse(round, answer->body, answer->body_len), "dynamic_config")
                     : NULL;
    const struct text_node *ours = parse(round, file, strlen(file));

    return echo && ours && diff_covers("", echo, ours, round->arena);
}

static void say_synced(struct reconcile_round *round, const struct sroute_spec *spec,
                       const char *file)
{
    const struct object_ref *ref = spec->router_ref;
    const char *name_space = ref && ref->name_space.v ? ref->name_space.v
                                                      : round->self->name_space;
    const struct reconcile_object *service;
    const rctl_probe *answer;
    const struct text_node *ports;
    int64_t port = 80;

    if (!ref || !ref->name.v)
        return;
    assert(reconcile_reads(&round->controller->told, RES_SERVICE));
    service = reconcile_find(round->world, RES_SERVICE, name_space, ref->name.v);
    ports = service ? text_get(text_get(service->root, "spec"), "ports") : NULL;
    if (ports && ports->type == TEXT_LIST && ports->len &&
        text_get(&ports->u.items[0], "port"))
        text_int(text_get(&ports->u.items[0], "port"), &port);
    answer = probe(round,
                   base_arena_format(round->arena, "http://%s.%s.svc:%lld/health", ref->name.v,
                                     name_space, (long long)port),
                   ECHO_PERIOD, ECHO_TIMEOUT);
    if (!answer && reconcile_say_again(round, "RouterSynced"))
        return;
    if (!answer || answer->result == RCTL_PROBE_REFUSED)
        reconcile_say(round, "RouterSynced", STATUS_UNKNOWN, "NotProbed",
                      "Service '%s' was not asked", ref->name.v);
    else if (answer->result == RCTL_PROBE_UNHEALTHY)
        reconcile_say(round, "RouterSynced", STATUS_FALSE, "RouterUnreachable",
                      "Service '%s' does not answer", ref->name.v);
    else if (is_taken_up(round, answer, file))
        reconcile_say(round, "RouterSynced", STATUS_TRUE, "Synced",
                      "the router tells the settings of the file");
    else
        reconcile_say(round, "RouterSynced", STATUS_FALSE, "OtherConfig",
                      "the router does not tell the settings of the file");
}

void reconcile_observe_sroute(struct reconcile_round *round)
{
    static const char *const needed[] = {"ConfigMapReady", NULL};
    const struct sroute_spec *spec = kinds_object_spec(round->object, round->arena);
    const struct reconcile_child *child = &round->children[0];
    const char *file;

    assert(round->n_children == 1);
    file = text_get_str(text_get(child->output->root, "data"), "static_config.json");
    put_backends(round, spec);
    text_put_str(&round->render.builder, "configMapRef", child->output->name);
    text_put_str(&round->render.builder, "lastAppliedTime", reconcile_applied_time(round, child));
    if (child->state == CHILD_LEAVING)
        reconcile_say(round, "ConfigMapReady", STATUS_FALSE, "Terminating",
                      "ConfigMap '%s' is being deleted", child->output->name);
    else
        reconcile_say(round, "ConfigMapReady", STATUS_TRUE, "Applied",
                      "ConfigMap '%s' holds the settings", child->output->name);
    say_synced(round, spec, file);
    reconcile_sum_up(round, needed, "the settings are where the router reads them");
}
