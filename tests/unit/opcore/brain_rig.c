/* Answers for a brain, from the model of an API server. */
#include "brain_rig.h"

#include <routerctl/reconcile.h>

#include <stdarg.h>
#include <stdio.h>

void rig_start(struct rig *rig)
{
    memset(rig, 0, sizeof(*rig));
    memory_init(&rig->memory);
    memory_init(&rig->outside);
    text_build_init(&rig->out, &rig->outside.arena);
    rig->model.arena = &rig->outside.arena;
    rig->model.out = &rig->out;
    rig->now = 100 * CORE_SECOND;
    rig->wall = INT64_C(1767225600) * CORE_SECOND;
    rig->options = (struct brain_options){.from = rig->memory.mem.from,
                                          .identity = "me",
                                          .lease_ns = "system",
                                          .lease_name = "operator",
                                          .host = "api",
                                          .seed = 5};
}

void rig_boot(struct rig *rig)
{
    brain_free(rig->brain);
    rctl_ctx_free(rig->ctx);
    memset(rig->streams, 0, sizeof(rig->streams));
    cr_assert_eq(rctl_ctx_new(&rig->memory.mem.from, &rig->ctx), 0);
    rig->options.ctx = rig->ctx;
    cr_assert_eq(brain_new(&rig->options, rig->now, &rig->brain), 0);
}

void rig_stop(struct rig *rig)
{
    brain_free(rig->brain);
    rctl_ctx_free(rig->ctx);
    text_build_done(&rig->out);
    memory_done(&rig->outside);
    memory_done(&rig->memory);
}

void rig_put(struct rig *rig, const char *json)
{
    model_put(&rig->model, model_parse(&rig->outside.arena, json, strlen(json)));
}

static void say(struct rig *rig, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    rig->n_log += (size_t)vsnprintf(rig->log + rig->n_log, RIG_LOG - rig->n_log, format, args);
    va_end(args);
    cr_assert_lt(rig->n_log, RIG_LOG);
}

unsigned rig_count(const struct rig *rig, const char *text)
{
    unsigned n = 0;

    for (const char *at = rig->log; (at = strstr(at, text)); at++)
        n++;
    return n;
}

/* ---- objects as the shell would hand them over ---- */

static const char *text_of(const char *text)
{
    return text ? text : "";
}

static void read_conditions(struct rig *rig, const struct text_node *root,
                            struct object_meta *meta)
{
    const struct text_node *list = text_get(text_get(root, "status"), "conditions");
    struct object_condition *conditions;

    if (!list || !list->len)
        return;
    conditions = base_arena_alloc(&rig->outside.arena, list->len * sizeof(*conditions));
    for (uint32_t i = 0; i < list->len; i++)
        conditions[i] = (struct object_condition){text_get_str(&list->u.items[i], "type"),
                                                  text_get_str(&list->u.items[i], "status")};
    meta->conditions = conditions;
    meta->n_conditions = list->len;
}

static struct object read_object(struct rig *rig, const struct text_node *root,
                                 struct object_owner *owner)
{
    const struct text_node *meta = text_get(root, "metadata");
    const struct text_node *owners = text_get(meta, "ownerReferences");
    struct base_buf json;
    struct object object = {
        .meta = {.api_version = text_get_str(root, "apiVersion"),
                 .kind = text_get_str(root, "kind"),
                 .ns = "default",
                 .name = text_get_str(meta, "name"),
                 .uid = text_of(text_get_str(meta, "uid")),
                 .rv = text_of(text_get_str(meta, "resourceVersion"))}};

    if (owners && owners->len) {
        const struct text_node *first = &owners->u.items[0];

        *owner = (struct object_owner){text_get_str(first, "apiVersion"),
                                       text_get_str(first, "kind"), text_get_str(first, "name"),
                                       text_get_str(first, "uid"), true};
        object.meta.owners = owner;
        object.meta.n_owners = 1;
    }
    read_conditions(rig, root, &object.meta);
    base_buf_init(&json, &rig->outside.arena, NULL);
    text_write_json(root, 0, &json);
    object.bytes = json.data;
    object.n = strlen(json.data);
    return object;
}

static const struct text_node *list_of(struct rig *rig)
{
    const char *list = model_list(&rig->model, 0, MODEL_WHOLE);

    return text_get(model_parse(&rig->outside.arena, list, strlen(list)), "items");
}

static struct object find_object(struct rig *rig, const char *kind, const char *name,
                                 struct object_owner *owner)
{
    const struct text_node *items = list_of(rig);

    for (uint32_t i = 0; i < items->len; i++) {
        const struct text_node *item = &items->u.items[i];

        if (strcmp(text_get_str(item, "kind"), kind) == 0 &&
            strcmp(text_get_str(text_get(item, "metadata"), "name"), name) == 0)
            return read_object(rig, item, owner);
    }
    return (struct object){.bytes = NULL};
}

/* ---- lists and streams ---- */

static const char *version_text(struct rig *rig)
{
    return base_arena_format(&rig->outside.arena, "%llu",
                             (unsigned long long)rig->model.version + 1000);
}

/* Versions of objects stay below those of lists and events, as text of the same length. */
static void shift_version(struct rig *rig, struct object *object, uint64_t version)
{
    object->meta.rv = base_arena_format(&rig->outside.arena, "%llu",
                                        (unsigned long long)version + 1000);
}

static void answer_list(struct rig *rig, const struct brain_call *call)
{
    const struct text_node *items = list_of(rig);

    rig->lists++;
    for (uint32_t i = 0; i < items->len; i++) {
        struct object_owner owner;
        struct object object = read_object(rig, &items->u.items[i], &owner);

        if (strcmp(object.meta.kind, call->kind) != 0)
            continue;
        shift_version(rig, &object, strtoull(object.meta.rv, NULL, 10));
        if (!brain_item(rig->brain, call->id, &object, rig->now, rig->random++))
            return;
    }
    brain_page(rig->brain, call->id, version_text(rig), "", rig->now, rig->random++);
}

static void open_stream(struct rig *rig, const struct brain_call *call)
{
    struct rig_stream *stream = rig->streams;

    while (stream->id)
        cr_assert_lt(++stream, rig->streams + RIG_STREAMS);
    memset(stream, 0, sizeof(*stream));
    stream->id = call->id;
    snprintf(stream->kind, sizeof(stream->kind), "%s", call->kind);
    stream->version = strtoull(strstr(call->path, "resourceVersion=") + 16, NULL, 10) - 1000;
    for (size_t i = 0; i < rig->model.n_items; i++) {
        stream->gone[i] = rig->model.items[i].gone;
        stream->seen[i] = rig->model.items[i].version <= stream->version;
    }
    brain_opened(rig->brain, call->id, rig->now);
}

static bool tell_one(struct rig *rig, struct rig_stream *stream, size_t i)
{
    struct server_object *item = &rig->model.items[i];
    struct object_owner owner = {0};
    struct object object = {.bytes = NULL};

    if (strcmp(item->kind, stream->kind) != 0 || stream->gone[i])
        return true;
    if (item->gone) {
        stream->gone[i] = true;
        object = (struct object){.meta = {.api_version = item->api_version,
                                          .kind = item->kind,
                                          .ns = "default",
                                          .name = item->name,
                                          .uid = item->uid},
                                 .bytes = "{}",
                                 .n = 2};
        shift_version(rig, &object, rig->model.version);
        return brain_event(rig->brain, stream->id, &object, true, rig->now, rig->random++);
    }
    if (item->version <= stream->version)
        return true;
    object = find_object(rig, item->kind, item->name, &owner);
    shift_version(rig, &object, item->version);
    return brain_event(rig->brain, stream->id, &object, false, rig->now, rig->random++);
}

static void tell_streams(struct rig *rig)
{
    for (size_t s = 0; s < RIG_STREAMS; s++) {
        struct rig_stream *stream = &rig->streams[s];
        uint64_t version = rig->model.version;

        if (!stream->id || rig->deaf)
            continue;
        for (size_t i = 0; stream->id && i < rig->model.n_items; i++)
            if (!tell_one(rig, stream, i))
                stream->id = 0;
        stream->version = version;
    }
}

/* ---- writes ---- */

static const char *last_part(struct rig *rig, const char *path)
{
    size_t len = strcspn(path, "?");
    const char *start;

    if (len > 7 && strncmp(path + len - 7, "/status", 7) == 0)
        len -= 7;
    start = path + len;
    while (start[-1] != '/')
        start--;
    return base_arena_format(&rig->outside.arena, "%.*s", (int)(path + len - start), start);
}

static rctl_action action_of(struct rig *rig, const struct brain_call *call,
                             const struct text_node *body)
{
    static const rctl_action_type types[] = {[BRAIN_APPLY] = RCTL_ACTION_APPLY,
                                             [BRAIN_STATUS] = RCTL_ACTION_STATUS,
                                             [BRAIN_DELETE] = RCTL_ACTION_DELETE};
    bool deletes = call->type == BRAIN_DELETE;

    return (rctl_action){
        .type = types[call->type],
        .kind = call->kind,
        .name = last_part(rig, call->path),
        .uid = text_get_str(text_get(body, deletes ? "preconditions" : "metadata"), "uid"),
        .precondition = strstr(call->path, "force=false") ? RCTL_PRECONDITION_ABSENT
                                                          : RCTL_PRECONDITION_UID};
}

static void answer_write(struct rig *rig, const struct brain_call *call)
{
    static const char *const verbs[] = {
        [BRAIN_APPLY] = "APPLY", [BRAIN_STATUS] = "STATUS", [BRAIN_DELETE] = "DELETE"};
    const struct text_node *body;
    struct answer answer = {200, ANSWER_REASON_NONE, 0};
    struct object_owner owner;
    struct object object = {.bytes = NULL};
    rctl_action action;

    if (rig->before)
        rig->before(rig, call);
    body = model_parse(&rig->outside.arena, call->body, call->body_len);
    action = action_of(rig, call, body);
    rig->writes++;
    say(rig, "%s %s %s\n", verbs[call->type], call->kind, action.name);
    if (rig->writes == rig->refuse_at)
        answer.status = rig->refuse_with;
    else if (!rig->stubborn && !model_act(&rig->model, &action, body))
        answer.status = 409;
    else if (call->type != BRAIN_DELETE)
        object = find_object(rig, call->kind, action.name, &owner);
    if (object.bytes)
        shift_version(rig, &object, strtoull(object.meta.rv, NULL, 10));
    brain_done(rig->brain, call->id, &answer, object.bytes ? &object : NULL, rig->now,
               rig->random++);
}

static void answer_lease(struct rig *rig, const struct brain_call *call)
{
    struct answer answer = {rig->lease_gone ? 0 : 404, ANSWER_REASON_NONE, 0};
    struct lease_record record = {.rv = rig->rv_text,
                                  .held = true,
                                  .ours = !rig->lease_foreign,
                                  .duration_seconds = 15};

    rig->leases++;
    if (strcmp(call->method, "GET") != 0 && !rig->lease_gone) {
        rig->lease_rv++;
        if (strstr(call->body, "\"holderIdentity\":\"\"")) {
            say(rig, "RELEASE\n");
            record.held = record.ours = false;
        }
    }
    if (!rig->lease_rv || rig->lease_gone) {
        brain_done(rig->brain, call->id, &answer, NULL, rig->now, rig->random++);
        return;
    }
    snprintf(rig->rv_text, sizeof(rig->rv_text), "%u", rig->lease_rv);
    brain_lease_answered(rig->brain, call->id, &record, rig->now, rig->random++);
}

/* ---- all together ---- */

static void answer_call(struct rig *rig, const struct brain_call *call)
{
    struct answer answer = {404, ANSWER_REASON_NO_STATUS, 0};

    if (call->kind && rig->missing && strcmp(call->kind, rig->missing) == 0) {
        brain_done(rig->brain, call->id, &answer, NULL, rig->now, rig->random++);
        return;
    }
    answer = (struct answer){201, ANSWER_REASON_NONE, 0};
    switch (call->type) {
    case BRAIN_LIST: answer_list(rig, call); break;
    case BRAIN_STREAM: open_stream(rig, call); break;
    case BRAIN_LEASE: answer_lease(rig, call); break;
    case BRAIN_PROBE:
        rig->probes++;
        brain_probed(rig->brain, call->id, BRAIN_PROBE_HEALTHY, NULL, 0, rig->now, rig->wall,
                     rig->random++);
        break;
    case BRAIN_EVENT:
        rig->events++;
        /* fall through */
    case BRAIN_DISCOVER:
        brain_done(rig->brain, call->id, &answer, NULL, rig->now, rig->random++);
        break;
    default: answer_write(rig, call);
    }
}

static void hang_up(struct rig *rig, uint64_t id)
{
    for (size_t i = 0; i < RIG_STREAMS; i++)
        if (rig->streams[i].id == id)
            rig->streams[i].id = 0;
}

void rig_run(struct rig *rig, core_time span)
{
    core_time end = rig->now + span;
    unsigned idle = 0;

    for (;;) {
        struct brain_call call;
        core_time due;

        while (brain_poll(rig->brain, rig->now, rig->wall, rig->random++ * 0x9e3779b97f4a7c15,
                          &call)) {
            idle = 0;
            if (call.cancel)
                hang_up(rig, call.id);
            else
                answer_call(rig, &call);
        }
        tell_streams(rig);
        due = brain_due(rig->brain);
        if (due <= rig->now) {
            cr_assert_lt(++idle, 10000, "it is due, and does nothing");
            continue;
        }
        if (due > end)
            break;
        rig->wall += due - rig->now;
        rig->now = due;
        idle = 0;
    }
    rig->wall += end - rig->now;
    rig->now = end;
}
