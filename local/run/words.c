/*
 * A router's arguments, files and environment as they work on this machine. What is
 * changed is in this file, in mounts.c and in discover.c:
 *
 *   $(NAME)             the variable's value, as the kubelet fills it in
 *   0.0.0.0             127.0.0.1, behind flags that say where to listen
 *   ports               free ones, behind flags that say at which port to listen
 *   http://SERVICE...   the process that stands for the Service, also inside files
 *   Secrets             PLAN_SECRET
 */
#include "parts.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum role { OTHER, LISTEN, PORT, PREFILL };

static const struct row {
    const char *flag;
    enum role role;
} rows[] = {
    {"--host", LISTEN},          {"--prometheus-host", LISTEN},   {"--port", PORT},
    {"--prometheus-port", PORT}, {"--health-check-port", PORT},   {"--prefill", PREFILL},
};

static enum role role_of(const char *flag)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].flag, flag) == 0)
            return rows[i].role;
    return OTHER;
}

/* ---- the environment ---- */

static const char *value_of(struct making *making, const struct plan_process *router,
                            struct json_object *variable)
{
    const char *field = world_text(variable, "valueFrom.fieldRef.fieldPath");

    if (world_at(variable, "valueFrom.secretKeyRef")) {
        plan_note(making, "%s: each Secret holds '%s' here", router->name, PLAN_SECRET);
        return PLAN_SECRET;
    }
    if (strcmp(field, "status.podIP") == 0)
        return PLAN_HOST;
    if (strcmp(field, "metadata.namespace") == 0)
        return router->space;
    return strcmp(field, "metadata.name") == 0 ? router->name : world_text(variable, "value");
}

static struct json_object *variables_of(const struct plan_process *router)
{
    return world_at(world_container(router->object), "env");
}

/* The value of a variable by its name of `n` bytes, or NULL. */
static const char *find_variable(struct making *making, const struct plan_process *router,
                                 const char *name, size_t n)
{
    struct json_object *variables = variables_of(router);

    for (size_t i = 0; i < world_count(variables); i++) {
        struct json_object *variable = world_item(variables, i);
        const char *own = world_text(variable, "name");

        if (strlen(own) == n && strncmp(own, name, n) == 0)
            return value_of(making, router, variable);
    }
    return NULL;
}

/* $(NAME) and $$, as the kubelet does it; names that are not known stay. */
static const char *fill_in(struct making *making, const struct plan_process *router,
                           const char *word)
{
    const char *out = "";

    while (*word) {
        size_t n = strcspn(word, "$"), end = word[n] ? strcspn(word + n, ")") : 0;
        const char *value = NULL;

        out = pool_format(making->pool, "%s%.*s", out, (int)n, word);
        word += n;
        if (!*word)
            break;
        if (word[1] == '(' && word[end] == ')')
            value = find_variable(making, router, word + 2, end - 2);
        if (value) {
            out = pool_format(making->pool, "%s%s", out, value);
            word += end + 1;
        } else {
            out = pool_format(making->pool, "%s$", out);
            word += word[1] == '$' ? 2 : 1;
        }
    }
    return out;
}

/* ---- groups ---- */

static struct plan_group *add_group(struct making *making, struct plan_groups *groups,
                                    const char *flag)
{
    struct plan_group *items = pool_alloc(making->pool, (groups->n_items + 1) * sizeof(*items));

    if (groups->n_items > 0)
        memcpy(items, groups->items, groups->n_items * sizeof(*items));
    groups->items = items;
    items[groups->n_items].flag = flag;
    return &items[groups->n_items++];
}

void words_group(struct making *making, struct plan_process *router)
{
    struct json_object *args = world_at(world_container(router->object), "args");
    struct plan_group *group = add_group(making, &router->rendered, "");

    for (size_t i = 0; i < world_count(args); i++) {
        const char *word =
            fill_in(making, router, json_object_get_string(world_item(args, i)));
        const char *equals = strchr(word, '=');

        if (strncmp(word, "--", 2) != 0) {
            texts_add(making->pool, &group->values, word);
        } else if (equals) {
            group = add_group(making, &router->rendered,
                              pool_text(making->pool, word, (size_t)(equals - word)));
            texts_add(making->pool, &group->values, equals + 1);
        } else {
            group = add_group(making, &router->rendered, word);
        }
    }
}

const struct plan_group *words_find(const struct plan_groups *groups, const char *flag)
{
    for (size_t i = 0; i < groups->n_items; i++)
        if (strcmp(groups->items[i].flag, flag) == 0)
            return &groups->items[i];
    return NULL;
}

/* ---- ports ---- */

static unsigned local_port(const struct plan_process *router, long rendered)
{
    for (size_t i = 0; i < router->n_ports; i++)
        if (router->ports[i].rendered == rendered)
            return router->ports[i].local;
    return 0;
}

/* The container's port of that name, or the number itself. */
static long port_number(struct json_object *container, struct json_object *port)
{
    struct json_object *ports = world_at(container, "ports");
    const char *name = json_object_get_string(port);

    for (size_t i = 0; name && i < world_count(ports); i++)
        if (strcmp(world_text(world_item(ports, i), "name"), name) == 0)
            return world_number(world_item(ports, i), "containerPort");
    return world_number(port, "");
}

/* The first port of each router may be the user's choice. */
static unsigned router_port(struct making *making, bool first)
{
    unsigned port = making->wish->first_port + making->n_first;

    if (!first || making->wish->first_port == 0)
        return plan_take_port(making);
    making->n_first++;
    if (port > 65535)
        texts_add(making->pool, &making->plan->faults,
                  "--port leaves no port for each of the routers");
    return port;
}

void words_ports(struct making *making, struct plan_process *router)
{
    struct json_object *container = world_container(router->object);
    struct json_object *http = world_at(container, "readinessProbe.httpGet.port");
    unsigned port;

    for (size_t i = 0; i < router->rendered.n_items; i++) {
        const struct plan_group *group = &router->rendered.items[i];
        long rendered = group->values.n_items ? strtol(group->values.items[0], NULL, 10) : 0;
        bool first = strcmp(group->flag, "--port") == 0;

        if (role_of(group->flag) != PORT || rendered == 0 || local_port(router, rendered) ||
            router->n_ports == PLAN_PORTS)
            continue;
        port = router_port(making, first);
        router->ports[router->n_ports++] = (struct plan_port){rendered, port};
    }
    port = local_port(router, port_number(container, http));
    if (router->rendered.n_items == 0)
        port = router_port(making, /* first= */ true);
    if (port == 0 && !router->why_not)
        router->why_not = "its arguments do not say at which port it listens";
    router->url = pool_format(making->pool, "http://%s:%u", PLAN_HOST, port);
}

/* ---- URLs ---- */

void words_lead(struct making *making, struct plan_process *router,
                const struct plan_process *process)
{
    if (!texts_have(&router->behind, process->name))
        texts_add(making->pool, &router->behind, process->name);
}

/* NAME.NAMESPACE.svc[.cluster.local], or NAME alone for one of the same namespace. */
static struct json_object *find_service(struct making *making, const struct plan_process *router,
                                        const char *host)
{
    size_t n = strcspn(host, ".");
    const char *rest = host + n + (host[n] == '.');
    size_t space = strcspn(rest, ".");
    const char *tail = rest + space;

    if (*tail && strcmp(tail, ".svc") != 0 && strcmp(tail, ".svc.cluster.local") != 0)
        return NULL;
    return world_find(&making->plan->world, "Service",
                      *rest ? pool_text(making->pool, rest, space) : router->space,
                      pool_text(making->pool, host, n));
}

/* Who stands for a URL without a path. */
static struct plan_process *find_place(struct making *making, const struct plan_process *router,
                                       const char *url)
{
    const char *host = strstr(url, "//") + 2;
    struct json_object *service =
        find_service(making, router, pool_text(making->pool, host, strcspn(host, ":")));
    struct plan_process *process = NULL;

    if (service)
        process = plan_process_of(making, world_behind(&making->plan->world, service));
    if (!process)
        process = engines_outside(making, url, pool_text(making->pool, host, strcspn(host, ":")));
    else if (strncmp(url, "https:", 6) == 0)
        plan_note(making, "%s: %s is asked without TLS here", router->name, url);
    return process;
}

/* Bytes of the URL at the start of a text, up to its path; 0 when there is none. */
static size_t url_length(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    size_t n = strncmp(text, "http://", 7) == 0    ? 7
               : strncmp(text, "https://", 8) == 0 ? 8
                                                   : 0;
    size_t host = n ? strspn(text + n, allowed) : 0;

    if (host == 0)
        return 0;
    n += host;
    if (text[n] == ':' && text[n + 1] >= '0' && text[n + 1] <= '9')
        n += 1 + strspn(text + n + 1, "0123456789");
    return n;
}

const char *words_urls(struct making *making, struct plan_process *router, const char *text)
{
    const char *out = "", *from = text;

    for (; *text; text++) {
        size_t n = url_length(text);
        struct plan_process *process;

        if (n == 0)
            continue;
        process = find_place(making, router, pool_text(making->pool, text, n));
        making->placed = process;
        words_lead(making, router, process);
        out = pool_format(making->pool, "%s%.*s%s", out, (int)(text - from), from, process->url);
        from = text + n;
        text += n - 1;
    }
    return pool_format(making->pool, "%s%s", out, from);
}

/* ---- all ---- */

static void add_word(struct making *making, struct plan_process *router, const char *word)
{
    texts_add(making->pool, &router->words, word);
}

/* The port behind a prefill URL is that of the engine's bootstrap server. */
static const char *bootstrap_port(struct making *making, const char *word)
{
    const struct plan_process *engine = making->placed;

    if (!engine || engine->bootstrap == 0 || engine->bootstrap_rendered != strtol(word, NULL, 10))
        return word;
    return pool_format(making->pool, "%u", engine->bootstrap);
}

static void make_value(struct making *making, struct plan_process *router, enum role role,
                       const char *word)
{
    bool digits = *word && strspn(word, "0123456789") == strlen(word);
    unsigned port = digits && role == PORT ? local_port(router, strtol(word, NULL, 10)) : 0;

    if (role == LISTEN && (strcmp(word, "0.0.0.0") == 0 || strcmp(word, "::") == 0))
        word = PLAN_HOST;
    else if (port > 0)
        word = pool_format(making->pool, "%u", port);
    else if (role == PREFILL && digits)
        word = bootstrap_port(making, word);
    else
        word = words_urls(making, router, mounts_path(making, router, word));
    add_word(making, router, word);
}

static void make_env(struct making *making, struct plan_process *router)
{
    struct json_object *variables = variables_of(router);

    for (size_t i = 0; i < world_count(variables); i++) {
        struct json_object *variable = world_item(variables, i);
        const char *value =
            fill_in(making, router, value_of(making, router, variable));

        texts_add(making->pool, &router->env,
                  pool_format(making->pool, "%s=%s", world_text(variable, "name"),
                              mounts_path(making, router, value)));
    }
}

void words_make(struct making *making, struct plan_process *router)
{
    bool discovers = discover_is_used(router);
    const struct plan_group *key = words_find(&router->rendered, "--api-key");

    if (router->rendered.n_items == 0) {
        routes_make(making, router);
        return;
    }
    router->key = key && key->values.n_items ? key->values.items[0] : NULL;
    for (size_t i = 0; i < router->rendered.n_items; i++) {
        const struct plan_group *group = &router->rendered.items[i];
        enum role role = role_of(group->flag);

        if (discovers && discover_is_about(group->flag))
            continue;
        if (*group->flag)
            add_word(making, router, group->flag);
        for (size_t k = 0; k < group->values.n_items; k++)
            make_value(making, router, role, group->values.items[k]);
    }
    mounts_make(making, router);
    make_env(making, router);
    if (discovers)
        discover_replace(making, router);
}
