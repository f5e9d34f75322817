/*
 * Fills a world of the library. Each file is read once, as it may be a pipe: the namespaces that
 * a cluster is asked for are those of the manifests, which therefore come first.
 */
#include "world.h"

#include "live.h"
#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More than usual: one object that is nested oddly must not hide a whole cluster. */
enum { MOST_DEPTH = 256 };

/* Files in memory. */
struct source {
    const char *name;
    struct io_text text;
};

struct sources {
    struct io_files files;
    struct source *items;
    size_t n_items;
    bool broken; /* something could not be read; it was told */
};

static void read_sources(struct sources *sources, char *const *paths, size_t n)
{
    struct source *source;

    io_find(&sources->files, paths, n);
    sources->broken = sources->files.failed;
    sources->items =
        io_grow(NULL, (sources->files.n_items + 1) * sizeof(*sources->items));
    for (size_t i = 0; i < sources->files.n_items; i++) {
        source = &sources->items[sources->n_items++];
        *source = (struct source){.name = sources->files.items[i].name};
        sources->broken |= !io_read(&sources->files.items[i], &source->text);
    }
}

static void free_sources(struct sources *sources)
{
    for (size_t i = 0; i < sources->n_items; i++)
        free(sources->items[i].text.data);
    free(sources->items);
    io_free(&sources->files);
}

/* ---- namespaces ---- */

static void add_name(struct cli_words *names, const char *name)
{
    for (size_t i = 0; i < names->n_items; i++)
        if (strcmp(names->items[i], name) == 0)
            return;
    names->items = io_grow(names->items, (names->n_items + 1) * sizeof(*names->items));
    names->items[names->n_items++] = name;
}

/* Those of our objects in the manifests; lent by the set. */
static int find_names(const struct sources *edits, const char *name_space, rctl_set *set,
                      struct cli_words *ret_names)
{
    int code = RCTL_OK;

    for (size_t i = 0; i < edits->n_items && code == RCTL_OK; i++)
        code = rctl_set_add(set, edits->items[i].name, edits->items[i].text.data,
                            edits->items[i].text.len);
    for (size_t i = 0; i < rctl_set_count(set); i++)
        add_name(ret_names, rctl_object_namespace(rctl_set_get(set, i)));
    if (edits->n_items && !ret_names->n_items)
        add_name(ret_names, name_space);
    return code;
}

/* ---- what there is ---- */

/* Of a text that is not whole, the rest may be anything. */
static int add_observed(struct world *world, const struct cli_args *args, const char *name,
                        const struct io_text *text)
{
    int code = rctl_world_add(world->world, name, text->data, text->len);

    if (code != RCTL_OK)
        return io_fail(code);
    if (!rctl_diags_total(rctl_world_diags(world->world), RCTL_SEVERITY_ERROR))
        return CLI_FINE;
    code = world_end(world, args);
    io_say("what the cluster has is not known as a whole, so nothing is said about it");
    return args->live ? CLI_BROKEN : code;
}

static int add_cluster(struct world *world, const struct cli_args *args,
                       const struct sources *edits)
{
    rctl_set_options how = {.size = sizeof(how), .default_namespace = world->name_space,
                            .max_bytes = IO_MAX_BYTES};
    struct cli_words names = {0};
    struct io_text text = {0};
    rctl_set *set = NULL;
    int code = rctl_set_new(world->ctx, &how, &set);

    if (code == RCTL_OK)
        code = find_names(edits, world->name_space, set, &names);
    if (code != RCTL_OK)
        code = io_fail(code);
    else if (!live_read(args, &names, &text))
        code = CLI_BROKEN;
    else
        code = add_observed(world, args, "cluster", &text);
    free(text.data);
    free(names.items);
    rctl_set_free(set);
    return code;
}

static int add_worlds(struct world *world, const struct cli_args *args)
{
    struct sources sources = {0};
    int code = CLI_FINE;

    read_sources(&sources, (char *const *)args->worlds.items, args->worlds.n_items);
    for (size_t i = 0; i < sources.n_items && !sources.broken && code == CLI_FINE; i++)
        code = add_observed(world, args, sources.items[i].name, &sources.items[i].text);
    if (sources.broken)
        code = CLI_BROKEN;
    free_sources(&sources);
    return code;
}

/* ---- what is about to be applied ---- */

static int discover(void *to, const char *gateway, const char *name, const char *data, size_t len)
{
    return rctl_world_discover(to, gateway, name, data, len);
}

static int add_edits(struct world *world, const struct cli_args *args, const struct sources *edits)
{
    bool broken = false;
    int code = RCTL_OK;

    for (size_t i = 0; i < edits->n_items && code == RCTL_OK; i++)
        code = rctl_world_edit(world->world, edits->items[i].name, edits->items[i].text.data,
                               edits->items[i].text.len);
    for (size_t i = 0; i < args->endpoints.n_items && code == RCTL_OK; i++)
        code = load_endpoints(args->endpoints.items[i], &broken, discover, world->world);
    if (code != RCTL_OK)
        return io_fail(code);
    return broken ? CLI_BROKEN : CLI_FINE;
}

/* ---- all ---- */

bool world_check_args(const struct cli_args *args)
{
    const char *of_cluster = args->kubeconfig       ? "kubeconfig"
                             : args->context        ? "context"
                             : args->all_namespaces ? "all-namespaces"
                                                    : NULL;

    if (args->live && args->worlds.n_items)
        io_say("--live and --world exclude each other");
    else if (!args->live && of_cluster)
        io_say("--%s is of use only when a cluster is asked", of_cluster);
    else if (args->live && args->name_space && strchr(args->name_space, ','))
        io_say("--namespace takes one name, not '%s'", args->name_space);
    else
        return true;
    return false;
}

static int make(struct world *world, const struct cli_args *args, rctl_time now)
{
    rctl_world_options how = {.size = sizeof(how), .max_bytes = IO_MAX_BYTES,
                              .max_depth = MOST_DEPTH};
    int code = rctl_ctx_new(NULL, &world->ctx);

    how.default_namespace = world->name_space ? world->name_space : args->name_space;
    if (code == RCTL_OK)
        code = rctl_world_new(world->ctx, &how, &world->world);
    if (code == RCTL_OK)
        code = rctl_world_set_now(world->world, now);
    return code == RCTL_OK ? CLI_FINE : io_fail(code);
}

int world_open(struct world *world, const struct cli_args *args, rctl_time now)
{
    struct sources edits = {0};
    int code = CLI_FINE;

    *world = (struct world){0};
    read_sources(&edits, args->operands, args->n_operands);
    if (args->live && !edits.broken)
        world->name_space = live_namespace(args);
    if (edits.broken || (args->live && !world->name_space))
        code = CLI_BROKEN;
    if (code == CLI_FINE)
        code = make(world, args, now);
    if (code == CLI_FINE)
        code = args->live ? add_cluster(world, args, &edits) : add_worlds(world, args);
    if (code == CLI_FINE)
        code = add_edits(world, args, &edits);
    free_sources(&edits);
    return code;
}

void world_close(struct world *world)
{
    world->world = rctl_world_free(world->world);
    world->ctx = rctl_ctx_free(world->ctx);
    free(world->name_space);
}

int world_end(const struct world *world, const struct cli_args *args)
{
    const rctl_diags *diags = rctl_world_diags(world->world);
    rctl_diag_format_options how = {.size = sizeof(how),
                                    .color = io_wants_color(args, STDERR_FILENO)};
    int code = rctl_diags_write(diags, RCTL_DIAG_TEXT, &how, &io_stderr);

    if (code != RCTL_OK)
        return io_fail(code);
    return rctl_diags_total(diags, RCTL_SEVERITY_ERROR) ? CLI_FAULTS : CLI_FINE;
}
