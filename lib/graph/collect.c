/*
 * From a checked world to nodes and edges. Every reference is followed by the rules
 * of kinds/links.c, the broken ones too: those end at a node for what is missing.
 */
#include "graph/graph.h"

const struct graph_look_row graph_looks[GRAPH_LOOK__COUNT] = {
    [GRAPH_GATEWAY] = {"InferenceGateway", 0, "#dbe7fb", "#1f4fa8"},
    [GRAPH_ROUTER] = {"router", 1, "#d8f0fb", "#0b6a94"},
    [GRAPH_ROUTE] = {"StaticRoute", 1, "#e8e1fa", "#5b35b0"},
    [GRAPH_SERVICE] = {"InferenceService", 2, "#d9f3e0", "#1c7a3d"},
    [GRAPH_BACKEND] = {"backend", 2, "#eef1f4", "#566372"},
    [GRAPH_PDD] = {"PrefillDecodingDisaggregation", 4, "#fbf0c8", "#8a6100"},
    [GRAPH_PREFILL] = {"prefill", 5, "#fdf7df", "#8a6100"},
    [GRAPH_DECODE] = {"decode", 5, "#fdf7df", "#8a6100"},
    [GRAPH_CACHE] = {"InferenceCache", 6, "#d0f2ef", "#0d6e69"},
    [GRAPH_SPECULATION] = {"SpeculativeDecoding", 7, "#f7e1f5", "#97248c"},
    [GRAPH_CORE_SERVICE] = {"Service", 4, "#e3e8ee", "#3f4c5a"},
    [GRAPH_MISSING] = {"missing", 7, "#ffffff", "#c01c1c"},
};
enum { COLUMN_DOORS = 0, COLUMN_SERVICE_ROUTERS = 3, COLUMN_STORES = 6, FIRST_ROOM = 16 };
#define NO_NODE UINT32_MAX

struct collector {
    const struct kinds_world *world;
    struct base_arena *scratch; /* of the spec at hand */
    struct graph *graph;
    uint32_t *node_of;          /* by index of object */
    /* The object at hand. */
    const rctl_object *object;
    const void *spec;
    uint32_t node, router;      /* `router`: NO_NODE when it has none in front */
};

static void *grow(struct graph *graph, void *items, size_t n, size_t *room, size_t size)
{
    void *larger;

    if (n < *room)
        return items;
    *room = *room ? *room * 2 : FIRST_ROOM;
    larger = base_arena_alloc(graph->arena, *room * size);
    if (n)
        memcpy(larger, items, n * size);
    return larger;
}

uint32_t graph_add_node(struct graph *graph, enum graph_look look, const rctl_object *object,
                        const char *kind, const char *name_space, const char *name)
{
    graph->nodes =
        grow(graph, graph->nodes, graph->n_nodes, &graph->nodes_room, sizeof(*graph->nodes));
    graph->nodes[graph->n_nodes] = (struct graph_node){
        .look = look,
        .column = graph_looks[look].column,
        .has_errors = object && object->has_errors,
        .object = object,
        .kind = diag_escape_text(graph->arena, kind),
        .name_space = diag_escape_text(graph->arena, name_space),
        .name = diag_escape_text(graph->arena, *name ? name : "(no name)"),
    };
    return (uint32_t)graph->n_nodes++;
}

struct graph_edge *graph_add_edge(struct graph *graph, uint32_t from, uint32_t to)
{
    graph->edges =
        grow(graph, graph->edges, graph->n_edges, &graph->edges_room, sizeof(*graph->edges));
    graph->edges[graph->n_edges] = (struct graph_edge){.from = from, .to = to};
    return &graph->edges[graph->n_edges++];
}

static enum graph_look look_of(const struct kinds_kind *kind)
{
    return kind->spec == &shape_igw_spec      ? GRAPH_GATEWAY
           : kind->spec == &shape_sroute_spec ? GRAPH_ROUTE
           : kind->spec == &shape_infsvc_spec ? GRAPH_SERVICE
           : kind->spec == &shape_pdd_spec    ? GRAPH_PDD
           : kind->spec == &shape_icache_spec ? GRAPH_CACHE
           : kind->spec == &shape_sd_spec     ? GRAPH_SPECULATION
                                              : GRAPH_CORE_SERVICE;
}

/* Core Services become nodes when something refers to them, not before. */
static uint32_t node_for(struct collector *c, const rctl_object *object)
{
    uint32_t *node = &c->node_of[object->index];

    if (*node == NO_NODE)
        *node = graph_add_node(c->graph, look_of(object->kind), object, object->kind->kind,
                               object->name_space, object->name);
    return *node;
}

/* ---- references ---- */

static const char *ref_text(const struct schema_field *field, const void *ref, const char *name)
{
    const struct schema_str *text = kinds_ref_text(field, ref, name);

    return text ? text->v : NULL;
}

/* What these name uses them, not the other way round: a router its route, halves their cache. */
static bool is_reversed(const rctl_object *from, const struct schema_field *field)
{
    return from->kind->spec == &shape_sroute_spec ||
           (from->kind->spec == &shape_icache_spec &&
            strcmp(field->target, graph_looks[GRAPH_PDD].word) == 0);
}

/* Where a target stands that has no column of its own: a core Service, or a gap. */
static uint8_t column_for(const rctl_object *from, const struct schema_field *field,
                          const char *target)
{
    const struct kinds_kind *kind = kinds_find(target);

    if (kind)
        return graph_looks[look_of(kind)].column;
    if (from->kind->spec == &shape_sroute_spec)
        return COLUMN_DOORS;
    return field->shape == &shape_backend_ref ? graph_looks[GRAPH_CORE_SERVICE].column
                                              : COLUMN_STORES;
}

static uint32_t target_node(struct collector *c, const struct schema_field *field,
                            const rctl_object *found, const char *kind, const char *name_space,
                            const char *name)
{
    uint8_t column = column_for(c->object, field, kind);
    bool known = found && c->node_of[found->index] != NO_NODE;
    uint32_t to = found ? node_for(c, found)
                        : graph_add_node(c->graph, GRAPH_MISSING, NULL, kind, name_space, name);
    struct graph_node *node = &c->graph->nodes[to];

    /* With several parts to play it stands where the first of them is played. */
    if ((node->look == GRAPH_CORE_SERVICE && (!known || column < node->column)) ||
        node->look == GRAPH_MISSING)
        node->column = column;
    return to;
}

/* "llama3", "llama3 (weight 80)": the path of a route's reference ends "routes[i].ref". */
static const char *route_label(const struct collector *c, const struct text_path *path)
{
    const struct igw_spec *spec = c->spec;
    const struct gateway_route *route = spec->routes.items;
    struct base_arena *arena = c->graph->arena;

    /* A broken list has no items although its references are known. */
    if (path->parent->index >= spec->routes.n_items)
        return NULL;
    route += path->parent->index;
    if (!route->model.v)
        return NULL;
    return diag_escape_text(
        arena, route->weight.at ? base_arena_format(arena, "%s (weight %lld)", route->model.v,
                                                    (long long)route->weight.v)
                                : route->model.v);
}

/* Where a reference starts: at the router when there is one between the two. */
static uint32_t start_of(const struct collector *c, const struct schema_field *field)
{
    bool by_router = c->object->kind->spec == &shape_igw_spec ||
                     strcmp(field->target, graph_looks[GRAPH_PDD].word) == 0;

    return c->router != NO_NODE && by_router ? c->router : c->node;
}

/* The target of a backendRef; *ret_ours when it is a Service that rendering makes. */
static const rctl_object *find_backend(const struct collector *c, const char *name_space,
                                       const char *name, bool *ret_ours)
{
    const struct kinds_world *world = c->world;
    const struct infsvc_spec *spec = c->spec;
    bool external = base_str_eq(spec->backend_mode.v, "External");
    const rctl_object *gateway =
        external ? kinds_world_find(world, "InferenceGateway", name_space, name) : NULL;

    *ret_ours = !external;
    return gateway ? gateway : kinds_world_find(world, "Service", name_space, name);
}

static void add_ref(void *ctx, const struct schema_field *field, const void *ref,
                    const struct text_path *path)
{
    struct collector *c = ctx;
    const char *name = ref_text(field, ref, "name"), *kind = ref_text(field, ref, "kind");
    const char *group = ref_text(field, ref, "apiGroup");
    const char *name_space = ref_text(field, ref, "namespace");
    const char *target = kind ? kind : field->target;
    bool ours = false;
    const rctl_object *found;
    struct graph_edge *edge;
    uint32_t from, to;

    if (!name)
        return;
    name_space = name_space ? name_space : c->object->name_space;
    found = field->shape == &shape_backend_ref
                ? find_backend(c, name_space, name, &ours)
                : kinds_world_find(c->world, target, name_space, name);
    if (!found && ours)
        return;
    from = start_of(c, field);
    to = target_node(c, field, found, target, name_space, name);
    edge = is_reversed(c->object, field) ? graph_add_edge(c->graph, to, from)
                                         : graph_add_edge(c->graph, from, to);
    edge->field = field->name;
    edge->reversed = is_reversed(c->object, field);
    edge->broken = !found || strcmp(target, field->target) != 0 ||
                   (group && strcmp(group, RCTL_GROUP) != 0);
    if (c->object->kind->spec == &shape_igw_spec)
        edge->label = route_label(c, path);
}

/* ---- parts of objects ---- */

/* The router that rendering would take, and its policy. */
static void add_router(struct collector *c)
{
    const rctl_object *object = c->object;
    const struct router_verdict *chosen = NULL;
    struct rctl_diags diags;
    struct kinds_front front;
    struct graph_node *node;
    bool asked = false;

    base_arena_reset(c->world->scratch);
    diags = kinds_silent(c->world);
    if (kinds_object_front(c->world, object, &diags, &front)) {
        chosen = front.solution.chosen;
        asked = front.solution.n_verdicts > 0;
    }
    c->router = graph_add_node(c->graph, GRAPH_ROUTER, object, graph_looks[GRAPH_ROUTER].word,
                               object->name_space,
                               chosen  ? chosen->router->name
                               : asked ? "none fits"
                                       : "not decided");
    node = &c->graph->nodes[c->router];
    if (chosen)
        node->details[0] =
            base_arena_format(c->graph->arena, "policy %s", chosen->policy->name);
    node->has_errors = false; /* told by its owner */
    if (object->kind->spec == &shape_infsvc_spec)
        node->column = COLUMN_SERVICE_ROUTERS;
    graph_describe(c->graph, node, c->spec);
    graph_add_edge(c->graph, c->node, c->router);
}

static void add_half(struct collector *c, enum graph_look look, const char *suffix)
{
    const rctl_object *object = c->object;
    uint32_t half =
        graph_add_node(c->graph, look, object, graph_looks[look].word, object->name_space,
                       kinds_child_name(c->scratch, object->name, suffix));

    c->graph->nodes[half].has_errors = false; /* told by its owner */
    graph_describe(c->graph, &c->graph->nodes[half], c->spec);
    graph_add_edge(c->graph, c->node, half);
}

/* A backend is no object: one node for each URL, shared by the routes of a namespace. */
static void add_backends(struct collector *c, const struct sroute_spec *spec)
{
    struct base_arena *arena = c->graph->arena;
    struct kinds_csv urls, models = {NULL, 0, false};

    if (!spec->static_backends.v)
        return;
    urls = kinds_csv_split(spec->static_backends.v, c->scratch);
    if (spec->static_models.v)
        models = kinds_csv_split(spec->static_models.v, c->scratch);
    for (size_t i = 0; i < urls.n_items; i++) {
        uint32_t to;
        struct graph_edge *edge;

        if (urls.items[i][0] == '\0')
            continue;
        to = graph_add_node(c->graph, GRAPH_BACKEND, NULL, graph_looks[GRAPH_BACKEND].word,
                            c->object->name_space, graph_safe_url(urls.items[i], arena));
        edge = graph_add_edge(c->graph, c->node, to);
        if (i < models.n_items)
            edge->label = diag_escape_text(arena, models.items[i]);
    }
}

static void collect_object(struct collector *c, const rctl_object *object)
{
    c->object = object;
    c->spec = kinds_object_spec(object, c->scratch);
    c->node = node_for(c, object);
    c->router = NO_NODE;
    if (!c->spec)
        return;
    graph_describe(c->graph, &c->graph->nodes[c->node], c->spec);
    if (object->kind->spec == &shape_igw_spec ||
        (object->kind->spec == &shape_infsvc_spec &&
         ((const struct infsvc_spec *)c->spec)->prefill_decoding_ref))
        add_router(c);
    if (object->kind->spec == &shape_pdd_spec) {
        add_half(c, GRAPH_PREFILL, "-prefill");
        add_half(c, GRAPH_DECODE, "-decode");
    }
    if (object->kind->spec == &shape_sroute_spec)
        add_backends(c, c->spec);
    schema_each_ref(object->kind->spec, c->spec, NULL, add_ref, c);
}

void graph_collect(const struct kinds_world *world, struct base_arena *arena,
                   struct base_arena *scratch, struct graph *ret)
{
    struct collector collector = {.world = world, .scratch = scratch, .graph = ret};

    *ret = (struct graph){.arena = arena};
    collector.node_of = base_arena_alloc(arena, (world->n_objects + 1) * sizeof(uint32_t));
    for (size_t i = 0; i < world->n_objects; i++)
        collector.node_of[i] = NO_NODE;
    for (size_t i = 0; i < world->n_ours; i++) {
        base_arena_reset(scratch);
        collect_object(&collector, world->ours[i]);
    }
    for (size_t i = 1; i < ret->n_nodes; i++)
        ret->many_namespaces |= strcmp(ret->nodes[0].name_space, ret->nodes[i].name_space) != 0;
    graph_order(ret);
}
