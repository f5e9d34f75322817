/*
 * One list of the snapshot: its pages, by GET alone, and what is made of each answer. Of what is
 * not whole nothing is kept.
 */
#include "core/request.h"
#include "snapshot_parts.h"

#include <routerctl/reconcile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OURS "app.kubernetes.io/managed-by=" RCTL_FIELD_MANAGER

enum {
    PAGE = 500, /* objects asked for at once */
    TRIES = 4,  /* of one page, and of a list whose pages went stale */
    MOST_BYTES = 64 * 1024 * 1024 /* of all lists: what rctl reads of one text */
};

/* ---- names of resources ---- */

static bool is_ours(const rctl_resource *resource)
{
    return strncmp(resource->api_version, "production-stack.vllm.ai/", 25) == 0;
}

static const char *name_of(const rctl_resource *resource, char name[128])
{
    size_t group = strcspn(resource->api_version, "/");

    if (resource->api_version[group])
        snprintf(name, 128, "%s.%.*s", resource->plural, (int)group, resource->api_version);
    else
        snprintf(name, 128, "%s", resource->plural);
    return name;
}

void snapshot_left_out(const struct snapshot *all, struct bytes *names)
{
    const rctl_resource *last = NULL;
    char name[128];

    for (size_t i = 0; i < all->n_lists; i++) {
        const struct snapshot_list *list = &all->lists[i];

        if (list->state != SNAPSHOT_LEFT_OUT || list->resource == last)
            continue;
        bytes_format(names, "%s%s", last ? "," : "", name_of(list->resource, name));
        last = list->resource;
    }
}

/* " in namespace 'team-a'", "". */
static const char *place_of(const struct snapshot_list *list, char place[128])
{
    if (list->ns)
        snprintf(place, 128, " in namespace '%s'", list->ns);
    else
        place[0] = '\0';
    return place;
}

/* The first thing that goes wrong is told; the others mostly follow from it. */
static void give_up(struct snapshot_list *list, const char *what, const char *why)
{
    char name[128], place[128];

    if (!list->all->broken)
        snapshot_say("cannot list %s%s: %s%s%s", name_of(list->resource, name),
                     place_of(list, place), what, *why ? ": " : "", why);
    list->all->broken = true;
}

/* ---- what comes ---- */

static void take_item(void *ctx, const struct object *object)
{
    struct snapshot_list *list = ctx;

    list->all->n_bytes += object->n;
    if (list->all->n_bytes > MOST_BYTES) {
        give_up(list, "there is more than 64 MiB in all", "name fewer namespaces by -n");
        return;
    }
    if (list->items.n)
        bytes_add_text(&list->items, ",\n");
    bytes_add(&list->items, object->bytes, object->n);
}

static void take_malformed(void *ctx, const char *why)
{
    give_up(ctx, "an object cannot be read", why);
}

static bool on_data(void *ctx, const char *bytes, size_t n)
{
    struct snapshot_list *list = ctx;

    return json_list_feed(list->page, bytes, n) && !list->all->broken;
}

static void forget_page(struct snapshot_list *list)
{
    size_t lost = list->items.n - list->before;

    list->all->n_bytes -= lost < list->all->n_bytes ? lost : list->all->n_bytes;
    list->items.n = list->before;
}

static void end_page(struct snapshot_list *list)
{
    const char *rv, *token;

    if (!json_list_end(list->page, &rv, &token)) {
        give_up(list, "the answer is not a whole list", json_list_why(list->page));
        return;
    }
    free(list->token);
    list->token = *token ? bytes_text(token) : NULL;
    list->state = *token ? SNAPSHOT_WAITING : SNAPSHOT_DONE;
    list->tries = 0;
}

static void try_again(struct snapshot_list *list, const struct client_result *result)
{
    core_time wait = CORE_SECOND / 4 * (1 << list->tries);

    forget_page(list);
    snprintf(list->all->failed, sizeof(list->all->failed), "%s", result->message);
    if (++list->tries == TRIES) {
        give_up(list, result->answer.status ? "the API server fails" : "no answer",
                result->message);
        return;
    }
    list->state = SNAPSHOT_WAITING;
    list->at = core_after(loop_now(), core_later(wait, result->answer.retry_after));
}

/* The pages of one list are of one moment, which the server forgets after some minutes. */
static void start_over(struct snapshot_list *list, const char *why)
{
    list->before = 0;
    forget_page(list);
    free(list->token);
    list->token = NULL;
    list->state = SNAPSHOT_WAITING;
    if (++list->restarts == TRIES)
        give_up(list, "its pages go stale before they are read", why);
}

/* An API server without a CRD is fine; whoever lacks Services, too, is no API server. */
static void leave_out(struct snapshot_list *list, const char *why)
{
    if (list->resource->optional || is_ours(list->resource))
        list->state = SNAPSHOT_LEFT_OUT;
    else
        give_up(list, "not served, so this is no API server of Kubernetes", why);
}

/* The others are asked for, too: all that is forbidden is to be told at once. */
static void note_forbidden(struct snapshot_list *list, const char *why)
{
    char name[128], place[128];

    if (!list->all->forbidden)
        snapshot_say("listing %s%s is forbidden: %s", name_of(list->resource, name),
                     place_of(list, place), why);
    list->all->forbidden = true;
    list->state = SNAPSHOT_FORBIDDEN;
}

static void judge(struct snapshot_list *list, const struct client_result *result)
{
    if (*json_list_why(list->page)) {
        give_up(list, "the answer is no list", json_list_why(list->page));
        return;
    }
    switch (answer_classify(&result->answer)) {
    case ANSWER_FINE: end_page(list); break;
    case ANSWER_EXPIRED: start_over(list, result->message); break;
    case ANSWER_GONE:
    case ANSWER_NOT_SERVED: leave_out(list, result->message); break;
    case ANSWER_FORBIDDEN: note_forbidden(list, result->message); break;
    case ANSWER_UNAUTHORIZED:
        /* The client has thrown away the token, which may have been an old one. */
        if (list->tries == 0)
            try_again(list, result);
        else
            give_up(list, "the API server does not accept the credentials (401)",
                    result->message);
        break;
    case ANSWER_NO_REPLY:
    case ANSWER_FUTURE:
    case ANSWER_THROTTLED:
    case ANSWER_SERVER: try_again(list, result); break;
    default: give_up(list, "the API server refuses", result->message); break;
    }
}

static void on_done(void *ctx, const struct client_result *result)
{
    struct snapshot_list *list = ctx;

    list->all->n_under_way--;
    if (!list->all->broken)
        judge(list, result);
    json_list_free(list->page);
    list->page = NULL;
}

/* ---- sending ---- */

static void *take(void *ctx, size_t size)
{
    (void)ctx;
    return bytes_alloc(size);
}

static void release(void *ctx, void *ptr, size_t size)
{
    (void)ctx, (void)size;
    free(ptr);
}

void snapshot_ask(struct snapshot_list *list, core_time now)
{
    const rctl_allocator allocator = {take, release, NULL};
    const struct json_calls calls = {take_item, take_malformed, list};
    const struct request_place place = {.api_version = list->resource->api_version,
                                        .plural = list->resource->plural,
                                        .ns = list->ns};
    const struct watch_request page = {
        .verb = WATCH_LIST, .limit = PAGE, .continue_token = list->token};
    struct client_request request = {.method = "GET", /* and nothing else, ever */
                                     .timeout = list->all->deadline - now,
                                     .on_data = on_data,
                                     .on_done = on_done,
                                     .ctx = list};
    struct text path;

    text_init(&path, &allocator);
    request_watch(&path, &place, list->only_ours ? OURS : NULL, &page);
    request.path = text_end(&path);
    list->page = json_list_new(list->resource->api_version, list->resource->kind, &calls);
    list->before = list->items.n;
    list->state = SNAPSHOT_UNDER_WAY;
    list->all->n_under_way++;
    client_send(list->all->client, &request);
    text_done(&path);
}
