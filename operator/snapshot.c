/*
 * Lists all that the controllers read and prints it as one List. Nothing is printed before every
 * list is whole: half a cluster, taken for all of it, would make plans that delete.
 */
#include "snapshot.h"

#include "io/auth.h"
#include "io/log.h"
#include "options.h"
#include "snapshot_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 8 }; /* lists under way */

/* Sends what may be sent now; when to come again. */
static core_time turn(void *ctx, core_time now)
{
    struct snapshot *all = ctx;
    core_time due = all->deadline;
    bool done = true;

    if (!all->broken && now >= all->deadline) {
        snapshot_say("no snapshot of %s within %ld s%s%s", auth_server(all->auth),
                     all->options.seconds, *all->failed ? ": " : "", all->failed);
        all->broken = true;
    }
    for (size_t i = 0; i < all->n_lists && !all->broken; i++) {
        struct snapshot_list *list = &all->lists[i];

        if (list->state == SNAPSHOT_WAITING && list->at <= now && all->n_under_way < AT_ONCE)
            snapshot_ask(list, now);
        else if (list->state == SNAPSHOT_WAITING && list->at > now)
            due = core_sooner(due, list->at);
        done &= list->state >= SNAPSHOT_DONE;
    }
    if (all->broken || done)
        loop_stop(all->loop);
    return due;
}

static void stop(void *ctx)
{
    struct snapshot *all = ctx;

    if (!all->broken)
        snapshot_say("stopped by a signal");
    all->broken = true;
}

/* ---- what is listed ---- */

/* What is read, whole or only the objects that are ours: a status shows more pods than plans need. */
struct wanted {
    const rctl_resource *resource;
    bool only_ours;
};

static void add_read(struct wanted *wanted, size_t *n, const rctl_read *read)
{
    size_t i = 0;

    while (i < *n && wanted[i].resource != read->resource)
        i++;
    if (i == *n)
        wanted[(*n)++] = (struct wanted){read->resource, true};
    wanted[i].only_ours &= read->labels != NULL;
}

static void make_lists(struct snapshot *all)
{
    const struct snapshot_options *options = &all->options;
    size_t n = 0, n_reads = 0, n_spaces = options->n_namespaces ? options->n_namespaces : 1;
    const rctl_controller *controller;
    struct wanted *wanted;

    for (size_t c = 0; (controller = rctl_controllers_get(c)) != NULL; c++)
        n_reads += controller->n_reads;
    wanted = bytes_alloc(n_reads * sizeof(*wanted));
    for (size_t c = 0; (controller = rctl_controllers_get(c)) != NULL; c++)
        for (size_t i = 0; i < controller->n_reads; i++)
            add_read(wanted, &n, &controller->reads[i]);
    all->lists = bytes_alloc(n * n_spaces * sizeof(*all->lists));
    for (size_t i = 0; i < n * n_spaces; i++)
        all->lists[all->n_lists++] = (struct snapshot_list){
            .all = all,
            .resource = wanted[i / n_spaces].resource,
            .only_ours = wanted[i / n_spaces].only_ours,
            .ns = options->n_namespaces ? options->namespaces[i % n_spaces] : NULL};
    free(wanted);
}

/* ---- from start to end ---- */

static bool start(struct snapshot *all)
{
    const struct loop_calls calls = {.turn = turn, .stop = stop, .ctx = all};
    struct snapshot_options *options = &all->options;
    struct auth_place place = auth_place(options->kubeconfig);
    char why[AUTH_MESSAGE];

    log_setup(LOG_LEVEL_WARNING, LOG_FORMAT_TEXT);
    place.context = options->context;
    all->auth = auth_new(&place, why);
    if (!all->auth) {
        snapshot_say("no way to the API server: %s", why);
        return false;
    }
    if (!options_is_name(auth_namespace(all->auth), strlen(auth_namespace(all->auth)))) {
        snapshot_say("the context's namespace '%s' is none", auth_namespace(all->auth));
        return false;
    }
    if (options->show_namespace)
        return true;
    if (!options->n_namespaces && !options->all_namespaces)
        options->namespaces[options->n_namespaces++] = auth_namespace(all->auth);
    all->loop = loop_new(&calls);
    if (!all->loop) {
        snapshot_say("the system refuses an event loop");
        return false;
    }
    all->client = client_new(all->loop, all->auth);
    all->deadline = core_after(loop_now(), options->seconds * CORE_SECOND);
    make_lists(all);
    return true;
}

/* The role that is lacking, as kubectl applies it; also for kinds that are not served. */
static void tell_role(const struct snapshot *all)
{
    const struct snapshot_options *options = &all->options;
    const rctl_resource *last = NULL;

    snapshot_say("this is lacking, bound to the user of the context%s:",
                 options->n_namespaces > 1 ? ", in each of the namespaces" : "");
    fprintf(stderr, "apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\n",
            options->n_namespaces ? "Role" : "ClusterRole");
    fprintf(stderr, "metadata: {name: rctl-read%s%s}\nrules:\n",
            options->n_namespaces ? ", namespace: " : "",
            options->n_namespaces ? options->namespaces[0] : "");
    for (size_t i = 0; i < all->n_lists; i++) {
        const rctl_resource *resource = all->lists[i].resource;
        size_t group = strcspn(resource->api_version, "/");

        if (all->lists[i].state != SNAPSHOT_FORBIDDEN || resource == last)
            continue;
        fprintf(stderr, "- {apiGroups: [\"%.*s\"], resources: [%s], verbs: [list]}\n",
                resource->api_version[group] ? (int)group : 0, resource->api_version,
                resource->plural);
        last = resource;
    }
}

static void tell_left_out(const struct snapshot *all)
{
    struct bytes names = {0};

    snapshot_left_out(all, &names);
    if (names.n)
        snapshot_say("not served, and left out: %s", names.data);
    bytes_done(&names);
}

static void print(const struct snapshot *all)
{
    bool any = false;

    fputs("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"\"},"
          "\"items\":[\n",
          stdout);
    for (size_t i = 0; i < all->n_lists; i++) {
        const struct bytes *items = &all->lists[i].items;

        if (items->n == 0)
            continue;
        fputs(any ? ",\n" : "", stdout);
        fwrite(items->data, 1, items->n, stdout);
        any = true;
    }
    fputs("\n]}\n", stdout);
}

static int run(struct snapshot *all)
{
    if (!start(all))
        return SNAPSHOT_BROKEN;
    if (all->options.show_namespace) {
        printf("%s\n", auth_namespace(all->auth));
    } else {
        if (loop_run(all->loop) != 0)
            snapshot_say("waiting is not possible");
        else if (all->forbidden && !all->broken)
            tell_role(all);
        else if (!all->broken)
            all->whole = true;
        if (!all->whole)
            return SNAPSHOT_BROKEN;
        tell_left_out(all);
        print(all);
    }
    if (fflush(stdout) == 0 && !ferror(stdout))
        return SNAPSHOT_WHOLE;
    snapshot_say("standard output cannot be written");
    return SNAPSHOT_BROKEN;
}

static void done(struct snapshot *all)
{
    client_free(all->client);
    loop_free(all->loop);
    for (size_t i = 0; i < all->n_lists; i++) {
        bytes_done(&all->lists[i].items);
        json_list_free(all->lists[i].page);
        free(all->lists[i].token);
    }
    free(all->lists);
    auth_free(all->auth);
}

int snapshot_main(int argc, char **argv)
{
    struct snapshot all = {0};
    int code;

    if (snapshot_read_options(argc, argv, &all.options, &code))
        code = run(&all);
    done(&all);
    snapshot_options_done(&all.options);
    return code;
}
