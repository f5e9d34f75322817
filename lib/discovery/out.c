/*
 * The receiver of endpoints and faults, for the providers of this folder and for
 * those from outside. URLs are made canonical and checked here, so that no provider
 * lets through what a router would refuse. A target that may hold a password or a
 * token is never shown.
 */
#include "discovery/input.h"

#include <stdarg.h>
#include <stdio.h>

enum { MOST_ENDPOINTS = 100000, FIRST_ROOM = 16, MOST_PORT = 65535 };

const struct discovery_labels discovery_no_labels = {.scheme = "http", .weight = 1};

struct base_mem *discovery_out_mem(rctl_discovery_out *out)
{
    return out->arena->mem;
}

/* ---- faults ---- */

void discovery_fault(struct rctl_discovery_out *out, enum diag_code code, struct text_mark mark,
                     const struct text_path *path, const char *hint, const char *message, ...)
{
    char text[1024];
    va_list args;

    va_start(args, message);
    vsnprintf(text, sizeof(text), message, args);
    va_end(args);
    diag_add(out->diags, code, (struct diag_mark){out->file, mark.line, mark.column}, NULL,
             path ? text_path_print(path, &out->scratch) : NULL, hint, "%s", text);
}

void discovery_bad_target(struct rctl_discovery_out *out, struct text_mark mark,
                          const struct text_path *path, const char *target, const char *wrong,
                          const char *hint)
{
    if (strchr(target, '@'))
        discovery_fault(out, DIAG_DISCOVERY_BAD_TARGET, mark, path,
                        "remove what stands before the '@'", "the target %s", wrong);
    else if (strpbrk(target, "?#"))
        discovery_fault(out, DIAG_DISCOVERY_BAD_TARGET, mark, path, hint, "the target %s", wrong);
    else
        discovery_fault(out, DIAG_DISCOVERY_BAD_TARGET, mark, path, hint, "'%.100s' %s", target,
                        wrong);
}

void discovery_out_fault(rctl_discovery_out *out, rctl_severity severity, uint32_t line,
                         uint32_t column, const char *message, const char *hint)
{
    diag_add_as(out->diags, severity, DIAG_DISCOVERY_CUSTOM,
                (struct diag_mark){out->file, line, column}, NULL, NULL, hint, "%s", message);
}

/* ---- endpoints ---- */

/* A copy whose scheme and host are in lower case. */
static char *lower_host(struct base_arena *arena, const char *url)
{
    char *copy = base_arena_text(arena, url, strlen(url));
    char *host = strstr(copy, "://"), *end;

    host = host ? host + 3 : copy;
    end = host + strcspn(host, "/?#");
    for (char *p = copy; p < end; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return copy;
}

static void cut_slashes(char *url)
{
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        url[--len] = '\0';
}

static void append(struct rctl_discovery_out *out, const rctl_endpoint *endpoint,
                   struct diag_mark mark)
{
    struct discovery_item *item;

    if (out->n_items == out->room) {
        size_t room = out->room ? out->room * 2 : FIRST_ROOM;
        struct discovery_item *items = base_arena_alloc(&out->scratch, room * sizeof(*items));

        if (out->n_items)
            memcpy(items, out->items, out->n_items * sizeof(*items));
        out->items = items;
        out->room = room;
    }
    item = &out->items[out->n_items++];
    *item = (struct discovery_item){*endpoint, mark};
    item->endpoint.place = (rctl_place){
        .file = mark.file < out->diags->n_files ? out->diags->files[mark.file] : NULL,
        .line = mark.line,
        .column = mark.column,
    };
}

static bool is_full(struct rctl_discovery_out *out, struct text_mark mark,
                    const struct text_path *path)
{
    if (out->n_items < MOST_ENDPOINTS)
        return false;
    if (!out->full)
        discovery_fault(out, DIAG_DISCOVERY_TOO_MANY, mark, path,
                        "give fewer targets, for example by a selector where they come from",
                        "more than %d endpoints; this one and the rest are left out",
                        (int)MOST_ENDPOINTS);
    out->full = true;
    return true;
}

static void add(struct rctl_discovery_out *out, const rctl_endpoint *given, struct text_mark mark,
                const struct text_path *path)
{
    rctl_endpoint endpoint = *given;
    const char *wrong;
    char *url;

    if (is_full(out, mark, path))
        return;
    url = lower_host(out->arena, given->url);
    wrong = schema_url_check(url, strlen(url));
    if (wrong) {
        discovery_bad_target(out, mark, path, given->url, wrong, NULL);
        return;
    }
    cut_slashes(url);
    endpoint.url = url;
    if (given->model)
        endpoint.model = base_arena_text(out->arena, given->model, strlen(given->model));
    append(out, &endpoint, (struct diag_mark){out->file, mark.line, mark.column});
}

void discovery_add(struct rctl_discovery_out *out, const char *url,
                   const struct discovery_labels *labels, struct text_mark mark,
                   const struct text_path *path)
{
    rctl_endpoint endpoint = {.url = url,
                              .model = labels->model,
                              .role = labels->role,
                              .bootstrap_port = (int32_t)labels->bootstrap_port,
                              .weight = labels->weight};

    add(out, &endpoint, mark, path);
}

bool discovery_is_possible(const rctl_endpoint *endpoint)
{
    return (unsigned)endpoint->role <= RCTL_ROLE_DECODE && endpoint->bootstrap_port >= 0 &&
           endpoint->bootstrap_port <= MOST_PORT && endpoint->weight >= 0 &&
           endpoint->weight <= DISCOVERY_MOST_WEIGHT;
}

void discovery_out_endpoint(rctl_discovery_out *out, const rctl_endpoint *endpoint)
{
    struct text_mark mark = {endpoint->place.line, endpoint->place.column};
    const char *wrong = endpoint->model ? schema_syntax_check(SCHEMA_MODEL_NAME, endpoint->model,
                                                              out->arena->mem)
                                        : NULL;
    rctl_endpoint plain = *endpoint;

    if (wrong) {
        discovery_fault(out, DIAG_DISCOVERY_BAD_LABEL, mark, NULL, NULL,
                        "the model '%.100s' %s", endpoint->model, wrong);
        plain.model = NULL;
    }
    add(out, &plain, mark, NULL);
}
