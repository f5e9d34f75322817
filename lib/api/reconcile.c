/* Worlds, plans and the table of controllers. */
#include "api/api.h"
#include "reconcile/reconcile.h"

/* An API server takes no longer request than 3 MiB, so what it stores is within this. */
enum { MOST_STRING = 4 * 1024 * 1024 };

/* A set holds the texts and the objects of our kinds; the world knows the others, too. */
struct rctl_world {
    rctl_set *set;
    struct reconcile_world world;
    rctl_key *keys;
    size_t n_keys;
};

struct rctl_plan {
    rctl_world *world;
    const struct reconcile_object *self; /* NULL when it is not there */
    struct reconcile_plan plan;
};

struct reconcile_world *api_world_of(rctl_world *world)
{
    return &world->world;
}

const struct reconcile_plan *api_plan_of(const rctl_plan *plan,
                                         const struct reconcile_object **ret_self)
{
    *ret_self = plan->self;
    return &plan->plan;
}

size_t rctl_controllers_count(void)
{
    return reconcile_n_controllers;
}

const rctl_controller *rctl_controllers_get(size_t index)
{
    return index < reconcile_n_controllers ? &reconcile_controllers[index].told : NULL;
}

/* ---- worlds ---- */

int rctl_world_new(const rctl_ctx *ctx, const rctl_world_options *given, rctl_world **ret_world)
{
    rctl_world_options options;
    rctl_set_options of_set = {.size = sizeof(of_set), .max_diags = SIZE_MAX};
    rctl_world *world;
    int code;

    if (!ctx || !ret_world || !api_read_options(given, sizeof(options), &options))
        return RCTL_E_INVALID_ARG;
    of_set.default_namespace = options.default_namespace;
    of_set.max_bytes = options.max_bytes;
    of_set.max_string = MOST_STRING;
    of_set.max_depth = options.max_depth ? options.max_depth : 128;
    world = ctx->mem.from.alloc(ctx->mem.from.ctx, sizeof(*world));
    if (!world)
        return RCTL_E_NOMEM;
    memset(world, 0, sizeof(*world));
    code = rctl_set_new(ctx, &of_set, &world->set);
    if (code != RCTL_OK) {
        ctx->mem.from.release(ctx->mem.from.ctx, world, sizeof(*world));
        return code;
    }
    world->world = (struct reconcile_world){
        .arena = &world->set->arena,
        .scratch = &world->set->scratch,
        .kinds = &world->set->world,
        .no_probes = options.no_probes,
        .find_probe = options.find_probe,
        .find_ctx = options.find_ctx,
    };
    text_build_init(&world->world.builder, &world->set->arena);
    *ret_world = world;
    return RCTL_OK;
}

rctl_world *rctl_world_free(rctl_world *world)
{
    if (world) {
        rctl_allocator from = world->set->mem.from;

        text_build_done(&world->world.builder);
        rctl_set_free(world->set);
        from.release(from.ctx, world, sizeof(*world));
    }
    return NULL;
}

static void add_observed(void *ctx, uint32_t file, const struct text_doc *doc)
{
    reconcile_world_add(ctx, file, doc, /* edit= */ false);
}

static void add_edit(void *ctx, uint32_t file, const struct text_doc *doc)
{
    reconcile_world_add(ctx, file, doc, /* edit= */ true);
}

int rctl_world_add(rctl_world *world, const char *name, const char *data, size_t len)
{
    if (!world)
        return RCTL_E_INVALID_ARG;
    return api_read(world->set, name, data, len, add_observed, &world->world);
}

int rctl_world_edit(rctl_world *world, const char *name, const char *data, size_t len)
{
    if (!world)
        return RCTL_E_INVALID_ARG;
    return api_read(world->set, name, data, len, add_edit, &world->world);
}

int rctl_world_discover(rctl_world *world, const char *gateway, const char *name,
                        const char *data, size_t len)
{
    return rctl_set_discover(world ? world->set : NULL, gateway, name, data, len);
}

struct probe_job {
    rctl_world *world;
    const rctl_probe *probe;
};

static void run_add_probe(void *arg)
{
    struct probe_job *job = arg;

    reconcile_world_add_probe(&job->world->world, job->probe);
}

int rctl_world_add_probe(rctl_world *world, const rctl_probe *given)
{
    rctl_probe probe;
    struct probe_job job = {world, &probe};

    if (!world || !given || world->world.sealed ||
        !api_read_options(given, sizeof(probe), &probe) || !probe.url ||
        (unsigned)probe.result > RCTL_PROBE_REFUSED || (!probe.body && probe.body_len))
        return RCTL_E_INVALID_ARG;
    return base_try(&world->set->mem.fail, run_add_probe, &job);
}

int rctl_world_set_unserved(rctl_world *world, const char *api_version, const char *kind)
{
    enum reconcile_resource resource;

    if (!world || !api_version || !kind || world->world.sealed)
        return RCTL_E_INVALID_ARG;
    resource = reconcile_find_resource(api_version, kind);
    if (resource != RES__COUNT)
        world->world.unserved[resource] = true;
    return RCTL_OK;
}

int rctl_world_set_now(rctl_world *world, rctl_time now)
{
    if (!world || world->world.sealed)
        return RCTL_E_INVALID_ARG;
    world->world.now = now;
    return RCTL_OK;
}

const rctl_diags *rctl_world_diags(const rctl_world *world)
{
    return world ? &world->set->diags : NULL;
}

static void run_seal(void *arg)
{
    rctl_world *world = arg;

    reconcile_world_seal(&world->world);
    if (!world->keys)
        world->keys = reconcile_keys(&world->world, &world->n_keys);
}

static int seal(rctl_world *world)
{
    int code;

    if (world->keys)
        return RCTL_OK;
    code = base_try(&world->set->mem.fail, run_seal, world);
    diag_sort(&world->set->diags);
    return code;
}

int rctl_world_key(rctl_world *world, size_t index, rctl_key *ret_key)
{
    int code;

    if (!world || !ret_key)
        return RCTL_E_INVALID_ARG;
    code = seal(world);
    if (code != RCTL_OK)
        return code;
    if (index >= world->n_keys)
        return RCTL_E_NOT_FOUND;
    *ret_key = world->keys[index];
    return RCTL_OK;
}

/* ---- links ---- */

struct links_job {
    struct base_mem mem;
    struct base_arena arena;
    rctl_world *world; /* of the object alone, when it has to be read */
    const rctl_observed *object;
    const rctl_links *links;
    uint64_t seen;
    bool more; /* the object has to be read for the rest */
};

static void run_plain(void *arg)
{
    struct links_job *job = arg;

    job->more = !reconcile_link_plain(job->object, job->links, &job->arena);
    job->seen = base_hash(BASE_HASH_SEED, job->object->data, job->object->len);
}

static void run_rest(void *arg)
{
    struct links_job *job = arg;

    job->seen = reconcile_link(&job->world->world, job->object, job->links);
}

int rctl_links_of(const rctl_ctx *ctx, const rctl_observed *given, const rctl_links *links,
                  uint64_t *ret_seen)
{
    rctl_observed object;
    struct links_job job = {.object = &object, .links = links};
    int code;

    if (!ctx || !given || !links || !links->link || !ret_seen ||
        !api_read_options(given, sizeof(object), &object) || !object.api_version ||
        !object.kind || !object.name || !object.data)
        return RCTL_E_INVALID_ARG;
    base_mem_init(&job.mem, &ctx->mem.from);
    base_arena_init(&job.arena, &job.mem);
    code = base_try(&job.mem.fail, run_plain, &job);
    base_arena_done(&job.arena);
    if (code == RCTL_OK && job.more)
        code = rctl_world_new(ctx, NULL, &job.world);
    if (code == RCTL_OK && job.more)
        code = rctl_world_add(job.world, object.name, object.data, object.len);
    if (code == RCTL_OK && job.more)
        code = base_try(&job.world->set->mem.fail, run_rest, &job);
    *ret_seen = job.seen;
    rctl_world_free(job.world);
    return code;
}

/* ---- plans ---- */

static void run_round(void *arg)
{
    struct reconcile_round *round = arg;

    base_arena_reset(round->world->scratch);
    reconcile_run(round);
}

static int make_plan(rctl_plan *plan, const struct reconcile_controller *controller,
                     const struct reconcile_object *self)
{
    struct reconcile_world *world = &plan->world->world;
    struct reconcile_round round = {
        .world = world,
        .plan = &plan->plan,
        .arena = &plan->plan.arena,
        .controller = controller,
        .self = self,
        .object = self->ours,
        .render = {.world = world->kinds, .arena = &plan->plan.arena},
    };
    int code;

    text_build_init(&round.render.builder, &plan->plan.arena);
    code = base_try(&plan->world->set->mem.fail, run_round, &round);
    text_build_done(&round.render.builder);
    return code;
}

int rctl_reconcile(rctl_world *world, const char *kind, const char *name_space, const char *name,
                   rctl_plan **ret_plan)
{
    const struct reconcile_controller *controller =
        kind ? reconcile_find_controller(kind) : NULL;
    const struct reconcile_object *self;
    rctl_plan *plan;
    int code;

    if (!world || !controller || !name_space || !name || !ret_plan)
        return RCTL_E_INVALID_ARG;
    code = seal(world);
    if (code != RCTL_OK)
        return code;
    plan = world->set->mem.from.alloc(world->set->mem.from.ctx, sizeof(*plan));
    if (!plan)
        return RCTL_E_NOMEM;
    *plan = (rctl_plan){.world = world};
    base_arena_init(&plan->plan.arena, &world->set->mem);
    self = reconcile_find(&world->world, reconcile_find_resource(RCTL_API_VERSION, kind),
                          name_space, name);
    plan->self = self;
    if (self && self->ours && !self->deleting)
        code = make_plan(plan, controller, self);
    if (code != RCTL_OK) {
        rctl_plan_free(plan);
        return code;
    }
    *ret_plan = plan;
    return RCTL_OK;
}

rctl_plan *rctl_plan_free(rctl_plan *plan)
{
    if (plan) {
        struct base_mem *mem = &plan->world->set->mem;

        base_arena_done(&plan->plan.arena);
        base_mem_free(mem, plan, sizeof(*plan));
    }
    return NULL;
}

size_t rctl_plan_count(const rctl_plan *plan)
{
    return plan ? plan->plan.n_actions : 0;
}

int rctl_plan_get(const rctl_plan *plan, size_t index, rctl_action *ret_action)
{
    if (!plan || !ret_action)
        return RCTL_E_INVALID_ARG;
    if (index >= plan->plan.n_actions)
        return RCTL_E_NOT_FOUND;
    *ret_action = plan->plan.actions[index].told;
    return RCTL_OK;
}

static void write_body(struct api_writer *writer)
{
    text_write_json(writer->arg, /* indent= */ 0, &writer->out);
}

int rctl_plan_write_body(const rctl_plan *plan, size_t index, const rctl_sink *sink)
{
    if (!plan || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    if (index >= plan->plan.n_actions || !plan->plan.actions[index].body)
        return RCTL_E_NOT_FOUND;
    return api_write(&plan->world->set->mem.from, sink, write_body,
                     plan->plan.actions[index].body);
}

static void put_tree(struct text_builder *to, const void *arg)
{
    const rctl_plan *plan = arg;

    reconcile_put_plan(&plan->plan, plan->self, to);
}

static void write_plan(struct api_writer *writer)
{
    const rctl_plan *plan = writer->arg;

    if (plan->self)
        text_write_json(text_built(&writer->arena, put_tree, plan), /* indent= */ 2, &writer->out);
    else
        base_buf_puts(&writer->out, "{}\n");
}

int rctl_plan_write(const rctl_plan *plan, const rctl_sink *sink)
{
    if (!plan || !sink || !sink->write)
        return RCTL_E_INVALID_ARG;
    return api_write(&plan->world->set->mem.from, sink, write_plan, plan);
}

rctl_time rctl_plan_wake_at(const rctl_plan *plan)
{
    return plan ? plan->plan.wake_at : 0;
}

const char *rctl_plan_refusal(const rctl_plan *plan)
{
    return plan ? plan->plan.refusal : NULL;
}
