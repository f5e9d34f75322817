/* Sets of documents and their objects. */
#include "api/api.h"

static size_t or_default(size_t given, size_t fallback)
{
    return given ? given : fallback;
}

static void run_init(void *arg)
{
    struct rctl_set *set = arg;

    set->keys = text_interner_new(&set->arena);
    set->world.default_namespace =
        base_arena_text(&set->arena, set->world.default_namespace,
                        strlen(set->world.default_namespace));
}

int rctl_set_new(const rctl_ctx *ctx, const rctl_set_options *given, rctl_set **ret_set)
{
    rctl_set_options options;
    rctl_set *set;
    int code;

    if (!ctx || !ret_set || !api_read_options(given, sizeof(options), &options) ||
        (unsigned)options.missing > RCTL_MISSING_RENDER)
        return RCTL_E_INVALID_ARG;
    set = ctx->mem.from.alloc(ctx->mem.from.ctx, sizeof(*set));
    if (!set)
        return RCTL_E_NOMEM;
    memset(set, 0, sizeof(*set));
    base_mem_init(&set->mem, &ctx->mem.from);
    base_arena_init(&set->arena, &set->mem);
    base_arena_init(&set->scratch, &set->mem);
    diag_init(&set->diags, &set->arena,
              options.max_diags == SIZE_MAX ? 0 : or_default(options.max_diags, 100));
    set->limits = (struct text_limits){
        .bytes = or_default(options.max_bytes, text_limits_default.bytes),
        .depth = (uint32_t)or_default(options.max_depth, text_limits_default.depth),
        .nodes = or_default(options.max_nodes, text_limits_default.nodes),
        .expansions = or_default(options.max_expansions, text_limits_default.expansions),
        .string = or_default(options.max_string, text_limits_default.string),
    };
    kinds_world_init(&set->world, &set->arena, &set->scratch, &set->diags, &ctx->tables);
    set->world.missing = options.missing;
    set->world.keep_others = options.keep_others;
    if (options.default_namespace)
        set->world.default_namespace = options.default_namespace;
    code = base_try(&set->mem.fail, run_init, set);
    if (code != RCTL_OK) {
        rctl_set_free(set);
        return code;
    }
    *ret_set = set;
    return RCTL_OK;
}

rctl_set *rctl_set_free(rctl_set *set)
{
    if (set) {
        struct base_mem mem = set->mem;

        base_arena_done(&set->scratch);
        base_arena_done(&set->arena);
        base_mem_free(&mem, set, sizeof(*set));
    }
    return NULL;
}

/* ---- reading ---- */

struct read_job {
    rctl_set *set;
    const char *name, *data;
    const char *gateway; /* for rctl_set_discover() */
    size_t len;
    uint32_t file;
    char *unpacked;
    size_t unpacked_size;
    void (*each)(void *ctx, uint32_t file, const struct text_doc *doc);
    void *ctx;
};

uint32_t api_add_file(struct rctl_set *set, const char *name)
{
    set->files = kinds_world_grow(&set->world, set->files, set->n_files, &set->files_room,
                                  sizeof(*set->files));
    set->files[set->n_files] = base_arena_text(&set->arena, name, strlen(name));
    set->diags.files = set->files;
    set->diags.n_files = set->n_files + 1;
    return (uint32_t)set->n_files++;
}

static void add_document(void *ctx, const struct text_doc *doc)
{
    struct read_job *job = ctx;

    base_arena_reset(&job->set->scratch);
    job->each(job->ctx, job->file, doc);
}

static void run_read(void *arg)
{
    struct read_job *job = arg;
    rctl_set *set = job->set;
    struct text_reader reader = {.arena = &set->arena,
                                 .keys = set->keys,
                                 .limits = &set->limits,
                                 .diags = &set->diags,
                                 .each = add_document,
                                 .ctx = job};

    job->file = reader.file = api_add_file(set, job->name);
    if (text_is_gzip(job->data, job->len) &&
        !text_gunzip(&set->mem, job->data, job->len, set->limits.bytes, &set->diags, job->file,
                     &job->unpacked, &job->len, &job->unpacked_size))
        return;
    text_read(&reader, job->unpacked ? job->unpacked : job->data, job->len);
}

int api_read(rctl_set *set, const char *name, const char *data, size_t len,
             void (*each)(void *ctx, uint32_t file, const struct text_doc *doc), void *ctx)
{
    struct read_job job = {
        .set = set, .name = name, .data = data, .len = len, .each = each, .ctx = ctx};
    int code;

    if (!set || !name || (!data && len) || set->world.checked)
        return RCTL_E_INVALID_ARG;
    code = base_try(&set->mem.fail, run_read, &job);
    base_mem_free(&set->mem, job.unpacked, job.unpacked_size);
    diag_sort(&set->diags);
    return code;
}

static void add_to_world(void *ctx, uint32_t file, const struct text_doc *doc)
{
    kinds_world_add(ctx, file, doc);
}

int rctl_set_add(rctl_set *set, const char *name, const char *data, size_t len)
{
    return api_read(set, name, data, len, add_to_world, set ? &set->world : NULL);
}

static void run_check(void *arg)
{
    rctl_set *set = arg;

    kinds_world_check(&set->world);
}

int rctl_set_check(rctl_set *set)
{
    int code;

    if (!set)
        return RCTL_E_INVALID_ARG;
    code = base_try(&set->mem.fail, run_check, set);
    diag_sort(&set->diags);
    return code;
}

/* ---- what providers of gateways read ---- */

static void run_discover(void *arg)
{
    struct read_job *job = arg;
    rctl_set *set = job->set;
    struct kinds_world *world = &set->world;
    const char *slash = strchr(job->gateway, '/');
    struct kinds_feed *feed;

    job->file = api_add_file(job->set, job->name);
    world->feeds = kinds_world_grow(world, world->feeds, world->n_feeds, &world->feeds_room,
                                    sizeof(*world->feeds));
    feed = &world->feeds[world->n_feeds];
    *feed = (struct kinds_feed){
        .name_space = slash ? base_arena_text(&set->arena, job->gateway,
                                              (size_t)(slash - job->gateway))
                            : world->default_namespace,
        .gateway = base_arena_text(&set->arena, slash ? slash + 1 : job->gateway,
                                   strlen(slash ? slash + 1 : job->gateway)),
        .data = base_arena_text(&set->arena, job->len ? job->data : "", job->len),
        .len = job->len,
        .file = job->file,
    };
    world->n_feeds++;
}

int rctl_set_discover(rctl_set *set, const char *gateway, const char *name, const char *data,
                      size_t len)
{
    struct read_job job = {
        .set = set, .gateway = gateway, .name = name, .data = data, .len = len};

    if (!set || !gateway || !name || (!data && len) || set->world.checked)
        return RCTL_E_INVALID_ARG;
    return base_try(&set->mem.fail, run_discover, &job);
}

/* ---- what is in it ---- */

const rctl_diags *rctl_set_diags(const rctl_set *set)
{
    return set ? &set->diags : NULL;
}

size_t rctl_set_count(const rctl_set *set)
{
    return set ? set->world.n_ours : 0;
}

const rctl_object *rctl_set_get(const rctl_set *set, size_t index)
{
    return set && index < set->world.n_ours ? set->world.ours[index] : NULL;
}

size_t rctl_set_documents(const rctl_set *set)
{
    return set ? set->world.n_documents : 0;
}

const char *rctl_object_kind(const rctl_object *object)
{
    return object ? object->kind->kind : "";
}

const char *rctl_object_namespace(const rctl_object *object)
{
    return object ? object->name_space : "";
}

const char *rctl_object_name(const rctl_object *object)
{
    return object ? object->name : "";
}

rctl_place rctl_object_place(const rctl_object *object)
{
    if (!object)
        return (rctl_place){NULL, 0, 0};
    return (rctl_place){object->world->diags->files[object->file], object->mark.line,
                        object->mark.column};
}

bool rctl_object_has_errors(const rctl_object *object)
{
    return object && object->has_errors;
}

static void write_value(struct api_writer *writer)
{
    text_write_json(writer->arg, /* indent= */ 0, &writer->out);
}

int rctl_object_get(const rctl_object *object, const char *path, const rctl_sink *sink)
{
    const struct text_node *node;

    if (!object || !path || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    node = text_path_find(object->root, path);
    if (!node)
        return RCTL_E_NOT_FOUND;
    return api_write(&object->world->arena->mem->from, sink, write_value, node);
}

struct encode_job {
    const rctl_object *object;
    struct base_arena *arena;
};

static void put_object(struct text_builder *to, const void *arg)
{
    const struct encode_job *job = arg;
    const rctl_object *object = job->object;
    const void *spec = kinds_object_spec(object, job->arena);

    text_put_map(to, NULL);
    for (uint32_t i = 0; i < object->root->len; i++) {
        const struct text_pair *pair = &object->root->u.pairs[i];

        if (strcmp(pair->key, "spec") == 0 && spec)
            schema_encode(to, "spec", object->kind->spec, spec);
        else
            text_put_node(to, pair->key, &pair->value);
    }
    text_put_end(to);
}

static void write_object(struct api_writer *writer)
{
    struct encode_job job = {writer->arg, &writer->arena};

    text_write_yaml(text_built(&writer->arena, put_object, &job), NULL, &writer->out);
}

int rctl_object_write(const rctl_object *object, const rctl_sink *sink)
{
    if (!object || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    return api_write(&object->world->arena->mem->from, sink, write_object, object);
}
