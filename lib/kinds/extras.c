/*
 * Speculation and cache reach an engine by several ways: a service names them, a
 * cache names a speculation, a cache or a service names the halves. All ways must
 * agree.
 */
#include "kinds/kinds.h"

/* The decoded target of a reference, in the scratch arena; NULL leaves *ret alone. */
static const void *follow(const struct kinds_world *world, const rctl_object *from,
                          const char *kind, const struct ref *ref, rctl_object **ret)
{
    rctl_object *target;

    if (!ref || !ref->name.v)
        return NULL;
    target = kinds_world_find(world, kind, from->name_space, ref->name.v);
    if (!target)
        return NULL;
    *ret = target;
    return kinds_object_spec(target, world->scratch);
}

static void tell_disagree(struct rctl_diags *diags, enum diag_code code, const rctl_object *at,
                          const rctl_object *one, const rctl_object *other, const char *user)
{
    diag_add(diags, code, (struct diag_mark){at->file, at->mark.line, at->mark.column},
             kinds_object_label(at, at->world->scratch),
             "spec", "let both name the same object, or remove one",
             "%s would get both '%s' and '%s'", user, one->name, other->name);
    at->world->objects[at->index]->has_errors = true;
}

static void follow_cache(const struct kinds_world *world, struct kinds_extras *extras,
                         const rctl_object *object, const struct ref *ref)
{
    rctl_object *found = NULL;

    extras->cache = follow(world, object, "InferenceCache", ref, &found);
    if (extras->cache)
        extras->cache_object = found;
}

static void follow_sd(const struct kinds_world *world, struct kinds_extras *extras,
                      const rctl_object *object, const struct ref *ref)
{
    rctl_object *found = NULL;

    extras->sd = follow(world, object, "SpeculativeDecoding", ref, &found);
    if (extras->sd)
        extras->sd_object = found;
}

struct kinds_extras kinds_service_extras(const struct kinds_world *world,
                                         const rctl_object *object,
                                         const struct infsvc_spec *spec, struct rctl_diags *diags)
{
    struct kinds_extras extras = {0}, of_cache = {0};

    follow_cache(world, &extras, object, spec->inference_cache_ref);
    follow_sd(world, &extras, object, spec->speculative_decoding_ref);
    if (extras.cache)
        follow_sd(world, &of_cache, extras.cache_object, extras.cache->sd_ref);
    if (extras.sd && of_cache.sd && extras.sd_object != of_cache.sd_object)
        tell_disagree(diags, DIAG_SPECULATION_DISAGREES, object, extras.sd_object,
                      of_cache.sd_object, "the engine");
    if (!extras.sd) {
        extras.sd = of_cache.sd;
        extras.sd_object = of_cache.sd_object;
    }
    return extras;
}

/* Takes over what `more` brings; tells when it is something else than before. */
static void join(struct kinds_extras *all, const struct kinds_extras *more,
                 const rctl_object *users[2], const rctl_object *user, const char *name,
                 struct rctl_diags *diags)
{
    if (more->sd && all->sd && more->sd_object != all->sd_object) {
        tell_disagree(diags, DIAG_SPECULATION_DISAGREES, user, all->sd_object, more->sd_object,
                      name);
        tell_disagree(diags, DIAG_SPECULATION_DISAGREES, users[0], all->sd_object,
                      more->sd_object, name);
    } else if (more->sd && !all->sd) {
        all->sd = more->sd;
        all->sd_object = more->sd_object;
        users[0] = user;
    }
    if (more->cache && all->cache && more->cache_object != all->cache_object) {
        tell_disagree(diags, DIAG_CACHE_DISAGREES, user, all->cache_object, more->cache_object,
                      name);
        tell_disagree(diags, DIAG_CACHE_DISAGREES, users[1], all->cache_object,
                      more->cache_object, name);
    } else if (more->cache && !all->cache) {
        all->cache = more->cache;
        all->cache_object = more->cache_object;
        users[1] = user;
    }
}

struct kinds_extras kinds_pdd_extras(const struct kinds_world *world, const rctl_object *object,
                                     struct rctl_diags *diags)
{
    struct kinds_extras all = {0};
    const rctl_object *users[2] = {NULL, NULL};

    for (uint32_t i = world->first_to[object->index]; i < world->first_to[object->index + 1];
         i++) {
        const rctl_object *user = world->objects[world->edges[world->edges_to[i]].from];
        const void *spec = kinds_object_spec(user, world->scratch);
        struct kinds_extras more = {0};

        if (user->kind->spec == &shape_infsvc_spec) {
            more = kinds_service_extras(world, user, spec, diags);
        } else if (user->kind->spec == &shape_icache_spec) {
            more.cache = spec;
            more.cache_object = user;
            follow_sd(world, &more, user, ((const struct icache_spec *)spec)->sd_ref);
        }
        join(&all, &more, users, user, object->name, diags);
    }
    return all;
}
