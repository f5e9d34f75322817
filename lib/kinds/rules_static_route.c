/*
 * Rules of StaticRoute: what the production-stack router checks when it reads its
 * file, told before it does.
 */
#include "kinds/kinds.h"

static const char *const model_types[] = {"chat",   "completion",    "embeddings", "rerank", "score",
                                          "transcription", "vision", "messages", NULL};

/* One list of the route; `items` is empty when the field is absent. */
static struct kinds_csv read_list(struct kinds_check *check, const struct schema_str *value,
                                  const char *field)
{
    struct kinds_csv csv = {NULL, 0, false};

    if (!value->v)
        return csv;
    csv = kinds_csv_split(value->v, check->walk.arena);
    for (size_t i = 0; i < csv.n_items; i++)
        if (csv.items[i][0] == '\0')
            schema_fault(&check->walk, DIAG_ROUTE_BAD_ITEM, value->at,
                         KINDS_AT(&check->spec, field), "remove the extra comma, or fill the gap",
                         "item %zu is empty", i + 1);
    return csv;
}

static void check_length(struct kinds_check *check, const struct schema_str *value,
                         const char *field, const struct kinds_csv *list,
                         const struct kinds_csv *backends)
{
    if (value->v && backends->n_items && list->n_items != backends->n_items)
        schema_fault(&check->walk, DIAG_ROUTE_UNEQUAL_LISTS, value->at,
                     KINDS_AT(&check->spec, field), "give one item for each backend",
                     "has %zu item%s, but staticBackends has %zu", list->n_items,
                     list->n_items == 1 ? "" : "s", backends->n_items);
}

static void check_urls(struct kinds_check *check, const struct schema_str *value,
                       const struct kinds_csv *backends)
{
    for (size_t i = 0; i < backends->n_items; i++) {
        const char *url = backends->items[i];
        const char *wrong = url[0] ? schema_url_check(url, strlen(url)) : NULL;

        /* A password must not be read from the log of a check. */
        if (wrong && strchr(url, '@'))
            schema_fault(&check->walk, DIAG_ROUTE_BAD_ITEM, value->at,
                         KINDS_AT(&check->spec, "staticBackends"),
                         "remove what stands before the '@'", "item %zu %s", i + 1, wrong);
        else if (wrong)
            schema_fault(&check->walk, DIAG_ROUTE_BAD_ITEM, value->at,
                         KINDS_AT(&check->spec, "staticBackends"), NULL, "item %zu, '%.100s', %s",
                         i + 1, url, wrong);
    }
}

static void check_duplicates(struct kinds_check *check, const struct sroute_spec *spec,
                             const struct kinds_csv *backends, const struct kinds_csv *models)
{
    size_t n = backends->n_items < models->n_items ? backends->n_items : models->n_items;
    size_t n_buckets = 16;
    uint32_t *buckets;

    while (n_buckets < 2 * n)
        n_buckets *= 2;
    buckets = base_arena_zalloc(check->walk.arena, n_buckets * sizeof(*buckets));
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = base_hash(BASE_HASH_SEED, backends->items[i], strlen(backends->items[i]));
        size_t at =
            (size_t)base_hash(hash, models->items[i], strlen(models->items[i])) & (n_buckets - 1);

        while (buckets[at] && (strcmp(backends->items[buckets[at] - 1], backends->items[i]) != 0 ||
                               strcmp(models->items[buckets[at] - 1], models->items[i]) != 0))
            at = (at + 1) & (n_buckets - 1);
        if (!buckets[at]) {
            buckets[at] = (uint32_t)i + 1;
            continue;
        }
        schema_fault(&check->walk, DIAG_ROUTE_DUPLICATE_BACKEND, spec->static_backends.at,
                     KINDS_AT(&check->spec, "staticBackends"),
                     "remove one of them, unless it is meant to get twice the traffic",
                     "items %u and %zu are the same: '%.100s' for model '%.100s'", buckets[at],
                     i + 1, backends->items[i], models->items[i]);
    }
}

static bool in_list(const struct kinds_csv *list, const char *name, size_t len)
{
    for (size_t i = 0; i < list->n_items; i++)
        if (strncmp(list->items[i], name, len) == 0 && list->items[i][len] == '\0')
            return true;
    return false;
}

static void check_aliases(struct kinds_check *check, const struct sroute_spec *spec,
                          const struct kinds_csv *models)
{
    struct kinds_csv aliases =
        read_list(check, &spec->static_aliases, "staticAliases");

    for (size_t i = 0; i < aliases.n_items; i++) {
        const char *alias = aliases.items[i], *colon = strchr(alias, ':');
        const char *wrong = NULL;

        if (alias[0] == '\0')
            continue;
        if (!colon || colon == alias || colon[1] == '\0')
            wrong = "is not of the form alias:model";
        else if (strchr(colon + 1, ':'))
            wrong = "has a second ':', which the router cannot read";
        else if (!in_list(models, colon + 1, strlen(colon + 1)))
            wrong = "names a model that is not in staticModels";
        else if (in_list(models, alias, (size_t)(colon - alias)))
            wrong = "uses the name of a model as an alias";
        if (wrong)
            schema_fault(&check->walk, DIAG_ROUTE_BAD_ALIAS, spec->static_aliases.at,
                         KINDS_AT(&check->spec, "staticAliases"),
                         "write alias:model with a model of staticModels", "'%.100s' %s", alias,
                         wrong);
    }
}

static void check_items(struct kinds_check *check, const struct schema_str *value,
                        const char *field, const struct kinds_csv *list,
                        const char *const *choices)
{
    for (size_t i = 0; i < list->n_items; i++) {
        const char *item = list->items[i];
        const char *wrong = NULL;

        if (item[0] == '\0')
            continue;
        if (choices && !base_str_in(item, choices))
            wrong = "is not a type: use chat, completion, embeddings, rerank, score, "
                    "transcription, vision or messages";
        else if (!choices)
            wrong = schema_syntax_check(SCHEMA_MODEL_NAME, item, check->walk.arena->mem);
        if (wrong)
            schema_fault(&check->walk, DIAG_ROUTE_BAD_ITEM, value->at,
                         KINDS_AT(&check->spec, field), NULL, "'%.100s' %s", item, wrong);
    }
}

/* A backend that is the router itself sends each request round for ever. */
static void check_loop(struct kinds_check *check, const struct sroute_spec *spec,
                       const struct kinds_csv *backends)
{
    const struct object_ref *router = spec->router_ref;
    const char *host, *name_space;

    if (!router || !router->name.v)
        return;
    name_space = router->name_space.v ? router->name_space.v : check->object->name_space;
    host = base_arena_format(check->walk.arena, "://%s.%s.svc", router->name.v, name_space);
    for (size_t i = 0; i < backends->n_items; i++) {
        const char *at = strstr(backends->items[i], host);

        if (at && strchr(".:/", at[strlen(host)]))
            schema_fault(&check->walk, DIAG_REF_CYCLE, spec->static_backends.at,
                         KINDS_AT(&check->spec, "staticBackends"),
                         "remove the router's own Service from the backends",
                         "'%.100s' is the router that reads this list", backends->items[i]);
    }
}

void kinds_rules_sroute(struct kinds_check *check, const void *decoded)
{
    const struct sroute_spec *spec = decoded;
    struct kinds_csv backends =
        read_list(check, &spec->static_backends, "staticBackends");
    struct kinds_csv models =
        read_list(check, &spec->static_models, "staticModels");
    struct kinds_csv types =
        read_list(check, &spec->static_model_types, "staticModelTypes");
    struct kinds_csv labels =
        read_list(check, &spec->static_model_labels, "staticModelLabels");

    check_urls(check, &spec->static_backends, &backends);
    check_length(check, &spec->static_models, "staticModels", &models, &backends);
    check_length(check, &spec->static_model_types, "staticModelTypes", &types, &backends);
    check_length(check, &spec->static_model_labels, "staticModelLabels", &labels, &backends);
    check_items(check, &spec->static_models, "staticModels", &models, NULL);
    check_items(check, &spec->static_model_types, "staticModelTypes", &types, model_types);
    check_duplicates(check, spec, &backends, &models);
    check_aliases(check, spec, &models);
    check_loop(check, spec, &backends);
    if (base_str_eq(spec->routing_logic.v, "session") && !spec->session_key.v)
        schema_fault(&check->walk, DIAG_ROUTE_NO_SESSION_KEY, spec->routing_logic.at,
                     KINDS_AT(&check->spec, "routingLogic"), "add sessionKey",
                     "'session' needs the header that names the session");
    if (spec->session_key.at && !base_str_eq(spec->routing_logic.v, "session"))
        schema_fault(&check->walk, DIAG_ROUTE_UNUSED_FIELD, spec->session_key.at,
                     KINDS_AT(&check->spec, "sessionKey"), "remove it",
                     "has no effect with routingLogic '%s'",
                     spec->routing_logic.v ? spec->routing_logic.v : "roundrobin");
}

size_t kinds_claims_sroute(const struct kinds_check *check, const void *decoded,
                           struct kinds_claim *ret)
{
    const struct sroute_spec *spec = decoded;
    const char *name = spec->config_map_name.v
                           ? spec->config_map_name.v
                           : base_arena_format(check->walk.arena, "%s-config", check->object->name);

    ret[0] = (struct kinds_claim){"ConfigMap", name, spec->config_map_name.at};
    return 1;
}
