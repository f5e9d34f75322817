/*
 * What holds between objects: references and their targets, circles, and names
 * that two objects would both make in the cluster.
 */
#include "kinds/kinds.h"

static struct diag_mark mark_of(const rctl_object *object, const struct text_node *at)
{
    struct text_mark mark = at && at->mark.line ? at->mark : object->mark;

    return (struct diag_mark){object->file, mark.line, mark.column};
}

void kinds_link(struct kinds_world *world, const rctl_object *from, const rctl_object *to,
                const struct schema_field *field)
{
    world->edges = kinds_world_grow(world, world->edges, world->n_edges, &world->edges_room,
                                    sizeof(*world->edges));
    world->edges[world->n_edges++] = (struct kinds_edge){from->index, to->index, field};
}

/* ---- references ---- */

const struct schema_str *kinds_ref_text(const struct schema_field *field, const void *ref,
                                        const char *name)
{
    const struct schema_field *member = schema_find_field(field->shape, name);

    return member ? (const struct schema_str *)(const void *)((const char *)ref + member->offset)
                  : NULL;
}

struct target_names {
    const struct kinds_world *world;
    const char *kind, *name_space;
};

static const char *target_candidate(const void *ctx, size_t i)
{
    const struct target_names *names = ctx;
    const rctl_object *object = names->world->objects[i];

    return strcmp(object->kind->kind, names->kind) == 0 &&
                   strcmp(object->name_space, names->name_space) == 0
               ? object->name
               : "";
}

static void tell_missing(struct kinds_check *check, const struct schema_field *field,
                         const struct schema_str *name, const char *name_space,
                         const struct text_path *path)
{
    struct kinds_world *world = check->world;
    bool soft = field->flags & SCHEMA_SOFT;
    bool error = world->missing == RCTL_MISSING_ERROR ||
                 (world->missing == RCTL_MISSING_RENDER && !soft);
    struct target_names names = {world, field->target, name_space};
    /* In a large set the nearest name is not worth a walk over everything. */
    const char *near = world->n_objects <= 1000 ? base_suggest(name->v, target_candidate, &names,
                                                               world->n_objects)
                                                : NULL;
    const char *hint =
        near ? base_arena_format(world->scratch, "did you mean '%s'?", near)
        : world->in_cluster ? "create it, or refer to one that exists"
        : world->missing == RCTL_MISSING_RENDER
            ? "pass the file that holds it as well"
            : "pass the file that holds it as well, or make sure that the cluster has it";

    if (error)
        check->walk.n_errors++;
    if (!soft)
        check->object->lacks_target = true;
    diag_add_as(world->diags, error ? RCTL_SEVERITY_ERROR : RCTL_SEVERITY_WARNING,
                DIAG_REF_MISSING, mark_of(check->object, name->at), check->walk.object,
                text_path_print(path, world->scratch), hint,
                "%s '%s' %s (namespace '%s')", field->target, name->v,
                world->in_cluster ? "does not exist" : "is not among the given files",
                name_space);
}

static void check_ref(void *ctx, const struct schema_field *field, const void *ref,
                      const struct text_path *path)
{
    struct kinds_check *check = ctx;
    const struct schema_str *name = kinds_ref_text(field, ref, "name");
    const struct schema_str *kind = kinds_ref_text(field, ref, "kind");
    const struct schema_str *group = kinds_ref_text(field, ref, "apiGroup");
    const struct schema_str *given_space = kinds_ref_text(field, ref, "namespace");
    const char *name_space =
        given_space && given_space->v ? given_space->v : check->object->name_space;
    const char *target = field->target;
    bool wrong = false;
    rctl_object *found;

    if (!name || !name->v)
        return;
    if (kind && kind->at && strcmp(kind->v, target) != 0) {
        wrong = true;
        schema_fault(&check->walk, DIAG_REF_WRONG_KIND, kind->at, KINDS_AT(path, "kind"),
                     base_arena_format(check->walk.arena, "refer to a %s", target),
                     "'%.100s' is not the kind of this reference", kind->v);
        target = kind->v;
    }
    if (group && group->at && strcmp(group->v, RCTL_GROUP) != 0) {
        wrong = true;
        schema_fault(&check->walk, DIAG_REF_WRONG_KIND, group->at, KINDS_AT(path, "apiGroup"),
                     "write " RCTL_GROUP ", or leave it out",
                     "'%.100s' is not the group of this reference", group->v);
    }
    found = kinds_world_find(check->world, target, name_space, name->v);
    if (found && found->kind->spec)
        kinds_link(check->world, check->object, found, field);
    /* A backend that is not External is made by us, a gateway's Service too. */
    if (field->shape == &shape_backend_ref &&
        (!check->backend_is_external ||
         kinds_world_find(check->world, "InferenceGateway", name_space, name->v)))
        return;
    if (!found && !wrong)
        tell_missing(check, field, name, name_space, path);
    if (wrong)
        check->object->lacks_target = true;
}

void kinds_check_refs(struct kinds_check *check, const void *spec)
{
    schema_each_ref(check->object->kind->spec, spec, &check->spec, check_ref, check);
}

/* ---- claims ---- */

void kinds_check_claims(struct kinds_check *check, const void *spec)
{
    struct kinds_world *world = check->world;
    struct kinds_claim claims[KINDS_MOST_CLAIMS];
    size_t n = check->object->kind->claims ? check->object->kind->claims(check, spec, claims) : 0;

    for (size_t i = 0; i < n; i++) {
        const struct text_path *path = KINDS_AT(KINDS_AT(NULL, "metadata"), "name");
        const struct text_node at = {.mark = check->object->mark};
        const char *wrong =
            strcmp(claims[i].kind, "Service") == 0
                ? schema_syntax_check(SCHEMA_SERVICE_NAME, claims[i].name, world->arena->mem)
                : NULL;

        if (check->object->name[0] == '\0')
            return;
        /* A name that no object can have was told already. */
        if (wrong && !claims[i].at &&
            !schema_syntax_check(SCHEMA_DNS_SUBDOMAIN, check->object->name, world->arena->mem))
            schema_fault(&check->walk, DIAG_OBJECT_BAD_CHILD_NAME, &at, path, NULL,
                         "a Service would be named '%.100s', which %s", claims[i].name, wrong);
        if (!base_str_starts(claims[i].name, check->object->name) && !claims[i].at)
            schema_fault(&check->walk, DIAG_OBJECT_NAME_SHORTENED, &at, path, NULL,
                         "the name of its %s is shortened to '%s'", claims[i].kind,
                         claims[i].name);
        world->named = kinds_world_grow(world, world->named, world->n_named, &world->named_room,
                                        sizeof(*world->named));
        world->named[world->n_named++] = (struct kinds_named){
            .kind = claims[i].kind,
            .name = base_arena_text(world->arena, claims[i].name, strlen(claims[i].name)),
            .object = check->object->index,
            .mark = mark_of(check->object, claims[i].at),
        };
    }
}

static bool same_name(const struct kinds_world *world, const struct kinds_named *a,
                      const struct kinds_named *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->kind, b->kind) == 0 &&
           strcmp(world->objects[a->object]->name_space, world->objects[b->object]->name_space) ==
               0;
}

static void tell_collision(struct kinds_world *world, const struct kinds_named *named,
                           const struct kinds_named *first)
{
    rctl_object *object = world->objects[named->object];
    const rctl_object *other = world->objects[first->object];
    struct diag_entry *entry;

    /* Twins are told as such; their children need not be. */
    if (object->has_errors && object->kind == other->kind && strcmp(object->name, other->name) == 0)
        return;
    entry = diag_add(world->diags, DIAG_OBJECT_NAME_COLLISION, named->mark,
                     kinds_object_label(object, world->scratch), NULL,
                     "give one of them another name", "%s '%s' would also be made by %s",
                     named->kind, named->name,
                     kinds_object_label(other, world->scratch));
    diag_related(world->diags, entry, first->mark, "made here first");
    object->has_errors = true;
}

static void check_collisions(struct kinds_world *world)
{
    size_t n_buckets = 16;
    uint32_t *buckets;

    while (n_buckets < 2 * world->n_named)
        n_buckets *= 2;
    buckets = base_arena_zalloc(world->scratch, n_buckets * sizeof(*buckets));
    for (size_t i = 0; i < world->n_named; i++) {
        const struct kinds_named *named = &world->named[i];
        const char *name_space = world->objects[named->object]->name_space;
        uint64_t hash = base_hash(BASE_HASH_SEED, named->name, strlen(named->name));
        size_t at;

        hash = base_hash(hash, name_space, strlen(name_space));
        at = (size_t)base_hash(hash, named->kind, strlen(named->kind)) & (n_buckets - 1);
        while (buckets[at] && !same_name(world, &world->named[buckets[at] - 1], named))
            at = (at + 1) & (n_buckets - 1);
        if (buckets[at])
            tell_collision(world, named, &world->named[buckets[at] - 1]);
        else
            buckets[at] = (uint32_t)i + 1;
    }
}

/* ---- circles ---- */

static void tell_cycle(struct kinds_world *world, const struct kinds_edge *back,
                       const uint32_t *stack, size_t depth)
{
    rctl_object *object = world->objects[back->from];
    struct base_buf way;
    size_t start = depth;

    while (start > 0 && stack[start - 1] != back->to)
        start--;
    base_buf_init(&way, world->scratch, NULL);
    for (size_t i = start ? start - 1 : 0; i < depth && way.len < 300; i++)
        base_buf_format(&way, "%s -> ", kinds_object_label(world->objects[stack[i]], world->scratch));
    diag_add(world->diags, DIAG_REF_CYCLE, mark_of(object, NULL),
             kinds_object_label(object, world->scratch), NULL,
             "break the circle at one of these references", "references go in a circle: %s%s",
             way.data,
             kinds_object_label(world->objects[back->to], world->scratch));
    for (size_t i = start ? start - 1 : 0; i < depth; i++)
        world->objects[stack[i]]->has_errors = true;
}

/* A depth-first walk with a stack of its own: a chain may be as long as the input. */
static void check_cycles(struct kinds_world *world)
{
    size_t n = world->n_objects, depth;
    const uint32_t *first = world->first_from;
    uint32_t *next = base_arena_zalloc(world->scratch, (n + 1) * sizeof(*next));
    uint32_t *stack = base_arena_alloc(world->scratch, (n + 1) * sizeof(*stack));
    char *state = base_arena_zalloc(world->scratch, n + 1); /* 0 new, 1 open, 2 done */

    for (size_t root = 0; root < n; root++) {
        if (state[root])
            continue;
        depth = 0;
        stack[depth++] = (uint32_t)root;
        state[root] = 1;
        while (depth > 0) {
            uint32_t at = stack[depth - 1];
            const struct kinds_edge *link;

            if (first[at] + next[at] >= first[at + 1]) {
                state[at] = 2;
                depth--;
                continue;
            }
            link = &world->edges[first[at] + next[at]++];
            if (state[link->to] == 1) {
                tell_cycle(world, link, stack, depth);
            } else if (state[link->to] == 0) {
                state[link->to] = 1;
                stack[depth++] = link->to;
            }
        }
    }
}

static void sort_links(struct kinds_world *world)
{
    size_t n = world->n_objects, edge = 0;

    world->first_from = base_arena_alloc(world->arena, (n + 1) * sizeof(*world->first_from));
    for (size_t i = 0; i <= n; i++) {
        while (edge < world->n_edges && world->edges[edge].from < i)
            edge++;
        world->first_from[i] = (uint32_t)edge;
    }
    world->first_to = base_arena_zalloc(world->arena, (n + 2) * sizeof(*world->first_to));
    world->edges_to =
        base_arena_alloc(world->arena, (world->n_edges + 1) * sizeof(*world->edges_to));
    for (size_t i = 0; i < world->n_edges; i++)
        world->first_to[world->edges[i].to + 2]++;
    for (size_t i = 2; i < n + 2; i++)
        world->first_to[i] += world->first_to[i - 1];
    for (size_t i = 0; i < world->n_edges; i++)
        world->edges_to[world->first_to[world->edges[i].to + 1]++] = (uint32_t)i;
}

void kinds_links_done(struct kinds_world *world)
{
    base_arena_reset(world->scratch);
    sort_links(world);
    check_collisions(world);
    check_cycles(world);
}
