/*
 * Reads what a simulation is given, by rows like those of the kinds: every unknown
 * field and wrong value is told with its place.
 */
#include "router/simulate.h"
#include "schema/schema.h"

#define SCHEMA_ROWS "router/simulate.def"
#define SCHEMA_EXPAND 1
#include "schema/expand.h"
#define SCHEMA_EXPAND 2
#include "schema/expand.h"
#define SCHEMA_EXPAND 3
#include "schema/expand.h"

struct reading {
    const struct router_sim_source *source;
    struct schema_walk walk;
    struct router_sim_endpoint *endpoints;
    size_t n, room;
    void (*each)(void *ctx, const struct router_sim_request *request, uint32_t line);
    void *ctx;
};

static void read_all(struct reading *reading, void (*each)(void *ctx, const struct text_doc *doc))
{
    const struct router_sim_source *source = reading->source;
    struct text_reader reader = {.arena = source->arena,
                                 .keys = source->keys,
                                 .limits = source->limits,
                                 .diags = source->diags,
                                 .file = source->file,
                                 .each = each,
                                 .ctx = reading};

    reading->walk = (struct schema_walk){
        .arena = source->arena, .diags = source->diags, .file = source->file};
    text_read(&reader, source->data, source->len);
}

/* ---- endpoints ---- */

static void add_endpoint(struct reading *reading, const struct sim_endpoint_row *row)
{
    struct base_arena *arena = reading->source->arena;

    if (!row->url.v || !row->model.v)
        return;
    if (reading->n == reading->room) {
        size_t room = reading->room ? reading->room * 2 : 16;
        struct router_sim_endpoint *larger = base_arena_alloc(arena, room * sizeof(*larger));

        if (reading->n)
            memcpy(larger, reading->endpoints, reading->n * sizeof(*larger));
        reading->endpoints = larger;
        reading->room = room;
    }
    reading->endpoints[reading->n++] = (struct router_sim_endpoint){
        .url = row->url.v,
        .model = row->model.v,
        .healthy = row->healthy.v,
        .running = row->running.v,
        .waiting = row->waiting.v,
        .kv_usage = row->kv_usage.at ? row->kv_usage.v : -1,
        .throughput = row->throughput.v,
    };
}

static void each_snapshot(void *ctx, const struct text_doc *doc)
{
    struct reading *reading = ctx;
    const struct sim_snapshot_row *snapshot;
    const struct sim_endpoint_row *rows;

    if (!doc->root)
        return;
    reading->walk.mark = doc->mark;
    snapshot = schema_decode(&reading->walk, &shape_sim_snapshot_row, doc->root, NULL);
    rows = snapshot->endpoints.items;
    for (size_t i = 0; i < snapshot->endpoints.n_items; i++)
        add_endpoint(reading, &rows[i]);
}

struct router_sim_endpoint *router_sim_read_endpoints(const struct router_sim_source *source,
                                                      size_t *ret_n)
{
    struct reading reading = {.source = source};

    read_all(&reading, each_snapshot);
    *ret_n = reading.n;
    return reading.endpoints;
}

/* ---- requests ---- */

/* As HTTP hands a value on: without the blanks around it. */
static const char *trim(struct base_arena *arena, const char *value)
{
    size_t start = strspn(value, " \t"), len = strlen(value);

    while (len > start && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    return base_arena_text(arena, value + start, len - start);
}

static void read_headers(struct base_arena *arena, const struct text_node *map,
                         struct router_sim_request *request)
{
    struct router_sim_header *headers;
    size_t n = 0;

    if (!map || map->type != TEXT_MAP)
        return;
    headers = base_arena_alloc(arena, map->len * sizeof(*headers) + 1);
    for (uint32_t i = 0; i < map->len; i++)
        if (map->u.pairs[i].value.type == TEXT_STR)
            headers[n++] = (struct router_sim_header){map->u.pairs[i].key,
                                                      trim(arena, map->u.pairs[i].value.u.str)};
    request->headers = headers;
    request->n_headers = n;
}

static void tell_beside_body(struct reading *reading, const struct sim_request_row *row)
{
    const struct text_node *beside = row->prompt ? row->prompt : row->messages;

    if (row->body && beside)
        schema_fault(&reading->walk, DIAG_SCHEMA_UNKNOWN_FIELD, beside, NULL,
                     "move it into 'body'", "'%s' stands beside 'body'",
                     row->prompt ? "prompt" : "messages");
    if (row->body && row->body->type != TEXT_MAP)
        schema_fault(&reading->walk, DIAG_SCHEMA_WRONG_TYPE, row->body, NULL, NULL,
                     "'body' is not a map");
}

/* The model that the body names counts; the one beside it must not disagree. */
static const char *find_model(struct reading *reading, const struct sim_request_row *row,
                              const struct text_node *root)
{
    const struct text_node *at = text_get(row->body, "model");
    const char *inner = text_get_str(row->body, "model");

    if (at && !inner)
        schema_fault(&reading->walk, DIAG_SCHEMA_WRONG_TYPE, at, NULL, NULL,
                     "'model' of the body is not a string");
    else if (inner && row->model.v && strcmp(inner, row->model.v) != 0)
        schema_fault(&reading->walk, DIAG_MODEL_MISMATCH, at, NULL, "remove one of the two",
                     "the body asks for model '%.100s', the request for '%.100s'", inner,
                     row->model.v);
    else if (!inner && !text_get(root, "model"))
        schema_fault(&reading->walk, DIAG_SCHEMA_MISSING_FIELD, root, NULL, "add 'model'",
                     "the request names no model; a router would answer 400");
    return inner ? inner : row->model.v;
}

static void each_request(void *ctx, const struct text_doc *doc)
{
    struct reading *reading = ctx;
    struct router_sim_request request = {0};
    const struct sim_request_row *row;
    size_t before = reading->walk.n_errors;

    if (!doc->root)
        return;
    reading->walk.mark = doc->mark;
    row = schema_decode(&reading->walk, &shape_sim_request_row, doc->root, NULL);
    if (doc->root->type != TEXT_MAP)
        return;
    tell_beside_body(reading, row);
    request.id = row->id.v;
    request.model = find_model(reading, row, doc->root);
    request.body = row->body ? row->body : doc->root;
    read_headers(reading->source->arena, row->headers, &request);
    if (reading->walk.n_errors == before)
        reading->each(reading->ctx, &request, doc->root->mark.line);
}

void router_sim_read_requests(const struct router_sim_source *source,
                              void (*each)(void *ctx, const struct router_sim_request *request,
                                           uint32_t line),
                              void *ctx)
{
    struct reading reading = {.source = source, .each = each, .ctx = ctx};

    read_all(&reading, each_request);
}
