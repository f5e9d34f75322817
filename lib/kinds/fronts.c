/*
 * Routers in front of engines: the way from a job in plain words to a chosen router
 * with its arguments, which gateways and halves have in common, and the job of the
 * halves. Validation, rendering and explanations all come through here.
 */
#include "kinds/kinds.h"

/* What an absent spec.router stands for. */
static const struct router_choice no_choice = {
    .type = {"auto", NULL},
    .replicas = {1, NULL},
    .port = {KINDS_ROUTER_PORT, NULL},
};

static const struct text_path *path_of(struct base_arena *arena, const struct text_path *parent,
                                       const char *key)
{
    struct text_path *path = base_arena_alloc(arena, sizeof(*path));

    *path = (struct text_path){parent, key, 0};
    return path;
}

/* ---- the choice ---- */

/* The version of a router that is named: as told, of the image's tag, or its own. */
static const char *version_of(const struct router_choice *choice, const rctl_router *router,
                              struct base_arena *arena)
{
    if (choice->version.v)
        return choice->version.v;
    if (choice->image.v)
        return engine_image_version(choice->image.v, arena);
    return router ? router->version : NULL;
}

static const struct text_node *place_of(const struct kinds_front_asker *asker)
{
    const struct schema_str *type = &asker->front->choice->type;

    return type->at ? type->at : NULL;
}

static void tell_unfit(struct kinds_front_asker *asker, const char *type)
{
    const struct router_solution *solution = &asker->front->solution;
    struct schema_walk *walk = &asker->walk;
    const struct text_node *at = place_of(asker);
    const struct text_path *spec = path_of(walk->arena, NULL, "spec");
    struct base_buf reasons;

    base_buf_init(&reasons, walk->arena, NULL);
    for (size_t i = 0; i < solution->n_verdicts; i++) {
        const struct router_verdict *verdict = &solution->verdicts[i];

        if (type ? strcmp(type, verdict->router->name) != 0 : !verdict->policy)
            continue;
        base_buf_format(&reasons, "%s%s", reasons.len ? "; " : "",
                        router_lacks_text(verdict, &asker->front->job, walk->arena));
    }
    schema_fault(walk, DIAG_ROUTER_UNFIT, at,
                 at ? KINDS_AT(KINDS_AT(spec, "router"), "type") : spec,
                 type ? "choose another router, leave the choice to auto, or ask for less"
                      : "ask for less, or set allowDegraded where that helps",
                 "no router does all that is asked: %s",
                 reasons.len ? reasons.data : "none is known");
}

static void tell_degraded(struct kinds_front_asker *asker)
{
    const struct router_solution *solution = &asker->front->solution;
    const struct text_node *at = place_of(asker);
    const struct text_path *spec = path_of(asker->walk.arena, NULL, "spec");

    schema_fault(&asker->walk, DIAG_ROUTER_DEGRADED, at,
                 at ? KINDS_AT(KINDS_AT(spec, "router"), "type") : spec, NULL,
                 "allowDegraded lets a router serve that does not do all: %s",
                 router_lacks_text(solution->chosen, &asker->front->job, asker->walk.arena));
}

/* Wishes that may go unhonoured, told one by one with the router's name. */
static void tell_soft(struct kinds_front_asker *asker)
{
    const struct kinds_front *front = asker->front;
    const struct router_verdict *chosen = front->solution.chosen;
    const struct text_path *spec = path_of(asker->walk.arena, NULL, "spec");

    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++) {
        if (!(front->job.soft & ~chosen->honoured & RCTL_WISH_BIT(wish)))
            continue;
        schema_fault(&asker->walk,
                     wish == RCTL_WISH_CACHE_THRESHOLD ? DIAG_ROUTER_OBSERVED
                                                       : DIAG_ROUTER_FILTER,
                     NULL, spec, NULL, "%s lacks %s, which a service behind it asks for: %s",
                     chosen->router->title, rctl_wish_name((rctl_wish)wish),
                     router_why_not(chosen->router, chosen->policy->name, chosen->version,
                                    (rctl_wish)wish, &front->job, asker->walk.arena));
    }
}

/* Several router pods, each with a memory of its own. */
static void tell_replicas(struct kinds_front_asker *asker)
{
    const struct kinds_front *front = asker->front;
    const struct router_verdict *chosen = front->solution.chosen;
    const struct text_path *spec = path_of(asker->walk.arena, NULL, "spec");

    for (int wish = 0; wish < RCTL_WISH__COUNT && front->choice->replicas.v > 1; wish++) {
        const rctl_router_way *way;

        if (!(chosen->honoured & RCTL_WISH_BIT(wish)))
            continue;
        way = router_find_way(chosen->router, chosen->policy->name, chosen->version,
                              (rctl_wish)wish, &front->job);
        if (way && way->remembers)
            schema_fault(&asker->walk, DIAG_ROUTER_REPLICAS, front->choice->replicas.at,
                         KINDS_AT(KINDS_AT(spec, "router"), "replicas"), "set it to 1",
                         "each of the %lld pods goes by the requests that it has seen itself, so "
                         "%s holds within one pod only",
                         (long long)front->choice->replicas.v, rctl_wish_name((rctl_wish)wish));
    }
}

static void tell_notes(struct kinds_front_asker *asker)
{
    const struct router_result *result = &asker->front->result;
    const struct text_path *spec = path_of(asker->walk.arena, NULL, "spec");

    for (size_t i = 0; i < result->n_notes; i++) {
        if (result->notes[i].severity == RCTL_SEVERITY_ERROR)
            asker->walk.n_errors++;
        diag_add_as(asker->walk.diags, result->notes[i].severity, DIAG_ROUTER_NOTE,
                    (struct diag_mark){asker->walk.file, asker->walk.mark.line,
                                       asker->walk.mark.column},
                    asker->walk.object, text_path_print(spec, asker->walk.arena),
                    result->notes[i].hint, "%s", result->notes[i].message);
    }
}

static void make_arguments(struct kinds_front_asker *asker)
{
    struct kinds_front *front = asker->front;
    const struct router_verdict *chosen = front->solution.chosen;
    struct base_arena *arena = asker->walk.arena;
    const struct text_path *spec = path_of(arena, NULL, "spec");
    struct router_input input = {
        .verdict = chosen,
        .job = &front->job,
        .args = front->choice->extra_args.at,
        .args_path = path_of(arena, path_of(arena, spec, "router"), "extraArgs"),
        .unsafe = front->choice->allow_unsafe_flags.at,
        .file = asker->walk.file,
        .mark = {asker->walk.file, asker->walk.mark.line, asker->walk.mark.column},
        .object = asker->walk.object,
    };

    front->job.policy = chosen->policy->name;
    front->job.version = chosen->version;
    front->job.wishes &= chosen->honoured;
    router_resolve(&input, arena, asker->walk.diags, &front->result);
    if (chosen->router->image)
        front->image = front->choice->image.v ? front->choice->image.v : chosen->router->image;
}

void kinds_front_solve(struct kinds_front_asker *asker)
{
    struct kinds_front *front = asker->front;
    const struct router_registry *routers = &asker->world->tables->routers;
    const char *type = front->choice->type.v;
    struct router_question question = {.job = &front->job,
                                       .allow_degraded = asker->allow_degraded,
                                       .every = asker->world->every_router};

    front->asked = front->job.wishes | front->job.soft;
    if (!type || strcmp(type, "auto") != 0) {
        const rctl_router *router = type ? router_registry_find(routers, type) : NULL;

        if (!router)
            return; /* told by the rules */
        question.type = router->name;
        question.version = version_of(front->choice, router, asker->walk.arena);
    }
    router_solve(routers, &question, asker->walk.arena, &front->solution);
    if (!front->solution.chosen) {
        tell_unfit(asker, question.type);
        return;
    }
    if (front->solution.degraded)
        tell_degraded(asker);
    tell_soft(asker);
    tell_replicas(asker);
    make_arguments(asker);
    tell_notes(asker);
}

/* ---- selectors ---- */

rctl_router_selector kinds_selector(struct base_arena *arena, const rctl_object *owner,
                                    const char *component)
{
    static const char *const keys[] = {"app.kubernetes.io/component",
                                       "app.kubernetes.io/instance",
                                       "app.kubernetes.io/managed-by"};
    const char **values = base_arena_alloc(arena, 3 * sizeof(*values));

    values[0] = component;
    values[1] = kinds_child_name(arena, owner->name, "");
    values[2] = KINDS_MANAGER;
    return (rctl_router_selector){
        .role = RCTL_ROLE_SERVE, .keys = keys, .values = values, .n_labels = 3};
}

const char *kinds_service_name(const rctl_object *object, const struct infsvc_spec *spec)
{
    return spec->backend_ref && spec->backend_ref->name.v ? spec->backend_ref->name.v
                                                          : object->name;
}

/* ---- the halves of a service ---- */

static void add_halves(struct kinds_front_asker *asker, const rctl_object *pdd,
                       const struct pdd_spec *spec, const rctl_engine *engine)
{
    struct base_arena *arena = asker->walk.arena;
    rctl_router_selector *halves = base_arena_alloc(arena, 2 * sizeof(*halves));
    rctl_router_job *job = &asker->front->job;

    halves[0] = kinds_selector(arena, pdd, "prefill");
    halves[0].role = RCTL_ROLE_PREFILL;
    halves[1] = kinds_selector(arena, pdd, "decode");
    halves[1].role = RCTL_ROLE_DECODE;
    for (int half = 0; half < 2; half++) {
        const char *name = kinds_child_name(arena, pdd->name, half ? "-decode" : "-prefill");

        halves[half].pods = half ? spec->decode_replicas.v : spec->prefill_replicas.v;
        halves[half].model = spec->model_name.v;
        halves[half].model_label = kinds_child_name(arena, name, "");
    }
    job->selectors = halves;
    job->n_selectors = 2;
    job->pod_port = KINDS_ENGINE_PORT;
    job->engine = engine->name;
    job->connector = spec->kv_transfer && spec->kv_transfer->connector.v
                         ? spec->kv_transfer->connector.v
                         : engine->connectors[0];
    job->wishes = RCTL_WISH_BIT(RCTL_WISH_PD) | RCTL_WISH_BIT(RCTL_WISH_K8S);
}

static void init_front(struct kinds_front *front, const rctl_object *object,
                       const struct router_choice *choice)
{
    *front = (struct kinds_front){
        .choice = choice ? choice : &no_choice,
        .job = {.size = sizeof(front->job),
                .name = object->name,
                .name_space = object->name_space,
                .port = KINDS_ROUTER_PORT,
                .cache_threshold = -1,
                .folder = KINDS_ROUTER_DIR},
    };
    if (front->choice->api_key_secret_ref) {
        front->job.wishes |= RCTL_WISH_BIT(RCTL_WISH_API_KEY);
        front->job.api_key_env = KINDS_ROUTER_KEY_ENV;
    }
}

void kinds_front_init(struct kinds_front_asker *asker, const struct kinds_world *world,
                      const rctl_object *object, const struct router_choice *choice,
                      struct rctl_diags *diags, struct kinds_front *front)
{
    init_front(front, object, choice);
    *asker = (struct kinds_front_asker){
        .world = world,
        .object = object,
        .walk = {.arena = world->scratch,
                 .diags = diags,
                 .file = object->file,
                 .object = kinds_object_label(object, world->scratch),
                 .mark = object->mark},
        .front = front,
    };
}

bool kinds_service_front(const struct kinds_world *world, const rctl_object *object,
                         const struct infsvc_spec *spec, struct rctl_diags *diags,
                         struct kinds_front *ret)
{
    struct kinds_front_asker asker;
    const rctl_object *pdd;
    const struct pdd_spec *halves;
    const rctl_engine *engine;
    uint64_t more;

    if (!spec->prefill_decoding_ref || !spec->prefill_decoding_ref->name.v)
        return false;
    pdd = kinds_world_find(world, "PrefillDecodingDisaggregation", object->name_space,
                           spec->prefill_decoding_ref->name.v);
    halves = pdd ? kinds_object_spec(pdd, world->scratch) : NULL;
    engine = halves ? engine_registry_find(&world->tables->engines, halves->engine.v) : NULL;
    if (!engine || !engine->connectors || !engine->connectors[0])
        return false;
    kinds_front_init(&asker, world, object, spec->router, diags, ret);
    more = ret->job.wishes;
    add_halves(&asker, pdd, halves, engine);
    ret->job.wishes |= more;
    ret->component = "router";
    ret->service = kinds_service_name(object, spec);
    ret->service_port = spec->backend_ref ? (int32_t)spec->backend_ref->port.v : KINDS_ROUTER_PORT;
    kinds_front_solve(&asker);
    return true;
}

bool kinds_object_front(const struct kinds_world *world, const rctl_object *object,
                        struct rctl_diags *diags, struct kinds_front *ret)
{
    bool gateway = object->kind->spec == &shape_igw_spec;
    const void *spec;

    /* Most services have none, which is seen before their specs are decoded again. */
    if (!gateway && (object->kind->spec != &shape_infsvc_spec ||
                     !text_get(object->spec, "prefillDecodingRef")))
        return false;
    spec = kinds_object_spec(object, world->scratch);
    if (!spec)
        return false;
    return gateway ? kinds_gateway_front(world, object, spec, diags, ret)
                   : kinds_service_front(world, object, spec, diags, ret);
}
