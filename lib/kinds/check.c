/*
 * Everything that is wrong with the objects of a world. First each object by
 * itself and its references; then, when all links are known, the engine jobs that
 * follow from several objects together.
 */
#include "kinds/kinds.h"

static void init_check(struct kinds_check *check, struct kinds_world *world, rctl_object *object)
{
    *check = (struct kinds_check){
        .walk = {.arena = world->scratch,
                 .diags = world->diags,
                 .file = object->file,
                 .object = kinds_object_label(object, world->scratch),
                 .mark = object->mark},
        .world = world,
        .object = object,
        .spec = {NULL, "spec", 0},
    };
}

/* Faults that a job tells are the object's. */
static void note_errors(const struct kinds_world *world, rctl_object *object, size_t before)
{
    if (world->diags->totals[RCTL_SEVERITY_ERROR] > before)
        object->has_errors = true;
}

static void check_object(struct kinds_world *world, rctl_object *object)
{
    size_t errors = world->diags->totals[RCTL_SEVERITY_ERROR];
    struct kinds_check check;
    struct kinds_job job;
    const void *spec;

    init_check(&check, world, object);
    schema_check(&check.walk, &shape_object_root, object->root, NULL);
    if (object->spec && object->spec->type != TEXT_NULL) {
        spec = kinds_object_settle(
            object, schema_decode(&check.walk, object->kind->spec, object->spec, &check.spec));
        object->kind->rules(&check, spec);
        kinds_check_refs(&check, spec);
        kinds_check_claims(&check, spec);
        if (object->kind->spec == &shape_infsvc_spec)
            kinds_service_job(world, object, spec, world->diags, &job);
    }
    if (check.walk.n_errors)
        object->has_errors = true;
    note_errors(world, object, errors);
}

/* The jobs of a PDD need the objects that refer to it, and routers those behind them. */
static void check_together(struct kinds_world *world, rctl_object *object)
{
    size_t errors = world->diags->totals[RCTL_SEVERITY_ERROR];
    struct kinds_job jobs[2];
    struct kinds_front front;
    const void *spec;

    if (object->kind->spec != &shape_pdd_spec)
        kinds_object_front(world, object, world->diags, &front);
    else if ((spec = kinds_object_spec(object, world->scratch)) != NULL)
        kinds_pdd_jobs(world, object, spec, world->diags, jobs);
    note_errors(world, object, errors);
}

void kinds_world_check(struct kinds_world *world)
{
    if (world->checked)
        return;
    world->checked = true;
    for (size_t i = 0; i < world->n_ours; i++) {
        base_arena_reset(world->scratch);
        check_object(world, world->ours[i]);
    }
    kinds_links_done(world);
    for (size_t i = 0; i < world->n_ours; i++) {
        base_arena_reset(world->scratch);
        check_together(world, world->ours[i]);
    }
    kinds_check_feeds(world);
    base_arena_reset(world->scratch);
}
