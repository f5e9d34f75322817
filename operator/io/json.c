/* Objects and Status objects, from json-c's trees. */
#include "io/json.h"

#include "io/bytes.h"
#include "io/json_tree.h"

#include <routerctl/kind.h>

#include <json-c/json_object_iterator.h>
#include <json-c/json_tokener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- trees ---- */

/* `n` bytes, of which the last may be a NUL that ends a number or a word. */
static struct json_object *parse(const char *bytes, size_t n, size_t n_read,
                                 const char **ret_why)
{
    struct json_tokener *tokener;
    struct json_object *tree;
    enum json_tokener_error error;

    if (n > JSON_OBJECT) {
        *ret_why = "it is too long";
        return NULL;
    }
    tokener = json_tokener_new_ex(JSON_DEPTH);
    if (!tokener) {
        *ret_why = "there is no memory for it";
        return NULL;
    }
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    tree = json_tokener_parse_ex(tokener, bytes, (int)n_read);
    error = json_tokener_get_error(tokener);
    if (error == json_tokener_success && json_tokener_get_parse_end(tokener) < n) {
        json_object_put(tree);
        tree = NULL;
        error = json_tokener_error_parse_unexpected;
    }
    json_tokener_free(tokener);
    if (error != json_tokener_success)
        *ret_why =
            error == json_tokener_continue ? "it is cut off" : json_tokener_error_desc(error);
    else if (!tree)
        *ret_why = "it is null";
    return tree;
}

struct json_object *json_tree_parse(const char *bytes, size_t n, const char **ret_why)
{
    return parse(bytes, n, n + 1, ret_why);
}

struct json_object *json_tree_parse_span(struct json_span span, const char **ret_why)
{
    return parse(span.at, span.n, span.n, ret_why);
}

struct json_object *json_tree_get(struct json_object *tree, const char *name)
{
    struct json_object *member = NULL;

    if (json_object_is_type(tree, json_type_object))
        json_object_object_get_ex(tree, name, &member);
    return member;
}

/* NULL for what is no text; one that holds a NUL would be cut by every reader. */
static const char *text_of(struct json_object *value)
{
    const char *text;

    if (!value)
        return "";
    if (!json_object_is_type(value, json_type_string))
        return NULL;
    text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

const char *json_tree_text(struct json_object *tree, const char *name)
{
    return text_of(json_tree_get(tree, name));
}

/* ---- metadata ---- */

static const char managed_by[] = "app.kubernetes.io/managed-by";

static bool view_labels(struct json_object *labels, struct json_view *view)
{
    struct object_meta *meta = &view->object.meta;
    struct json_object_iterator at, end;
    size_t n = 0;

    meta->managed_by = "";
    if (!labels)
        return true;
    if (!json_object_is_type(labels, json_type_object))
        return false;
    view->labels = bytes_alloc((size_t)json_object_object_length(labels) * sizeof(*view->labels));
    at = json_object_iter_begin(labels);
    end = json_object_iter_end(labels);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at), n++) {
        view->labels[n].name = json_object_iter_peek_name(&at);
        view->labels[n].value = text_of(json_object_iter_peek_value(&at));
        if (!view->labels[n].value)
            return false;
        if (strcmp(view->labels[n].name, managed_by) == 0)
            meta->managed_by = view->labels[n].value;
    }
    meta->labels = view->labels;
    meta->n_labels = n;
    return true;
}

static bool view_owners(struct json_object *owners, struct json_view *view)
{
    struct object_meta *meta = &view->object.meta;
    size_t n;

    if (!owners)
        return true;
    if (!json_object_is_type(owners, json_type_array))
        return false;
    n = json_object_array_length(owners);
    view->owners = bytes_alloc(n * sizeof(*view->owners));
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_array_get_idx(owners, i);
        struct object_owner *owner = &view->owners[i];

        owner->api_version = json_tree_text(row, "apiVersion");
        owner->kind = json_tree_text(row, "kind");
        owner->name = json_tree_text(row, "name");
        owner->uid = json_tree_text(row, "uid");
        owner->controller = json_object_get_boolean(json_tree_get(row, "controller"));
        if (!owner->api_version || !owner->kind || !owner->name || !owner->uid)
            return false;
    }
    meta->owners = view->owners;
    meta->n_owners = n;
    return true;
}

/* What is no condition is passed over. */
static void view_conditions(struct json_view *view)
{
    struct json_object *list = view->told_conditions;
    struct object_meta *meta = &view->object.meta;
    size_t n;

    if (!json_object_is_type(list, json_type_array))
        return;
    n = json_object_array_length(list);
    view->conditions = bytes_alloc(n * sizeof(*view->conditions));
    meta->conditions = view->conditions;
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_array_get_idx(list, i);
        const char *type = json_tree_text(row, "type"), *status = json_tree_text(row, "status");

        if (type && *type && status)
            view->conditions[meta->n_conditions++] = (struct object_condition){type, status};
    }
}

static bool view_meta(struct json_view *view)
{
    struct json_object *metadata = view->metadata;
    struct object_meta *meta = &view->object.meta;

    meta->ns = json_tree_text(metadata, "namespace");
    meta->name = json_tree_text(metadata, "name");
    meta->uid = json_tree_text(metadata, "uid");
    meta->rv = json_tree_text(metadata, "resourceVersion");
    meta->generation = json_object_get_int64(json_tree_get(metadata, "generation"));
    meta->deleting = json_tree_get(metadata, "deletionTimestamp") != NULL;
    return meta->ns && meta->name && meta->uid && meta->rv &&
           view_labels(json_tree_get(metadata, "labels"), view) &&
           view_owners(json_tree_get(metadata, "ownerReferences"), view);
}

/* ---- objects ---- */

/* Where the parts of an object stand. */
struct parts {
    struct json_span api_version, kind, metadata, status;
};

static bool find_parts(struct json_span object, struct parts *parts)
{
    struct json_span name, value;
    struct json_skim skim;

    json_skim_init(&skim, object);
    while (json_skim_next(&skim, &name, &value)) {
        if (json_span_is(name, "apiVersion"))
            parts->api_version = value;
        else if (json_span_is(name, "kind"))
            parts->kind = value;
        else if (json_span_is(name, "metadata"))
            parts->metadata = value;
        else if (json_span_is(name, "status"))
            parts->status = value;
    }
    return !skim.broken;
}

/* The text of a span, or of the fallback when there is no span or it is "". NULL: neither is
 * a text that stands as it is written. */
static char *text_in(struct json_span span, const char *fallback)
{
    char *text;

    if (span.n == 0 || json_span_is(span, ""))
        return bytes_text(fallback ? fallback : "");
    if (*span.at != '"' || memchr(span.at, '\\', span.n))
        return NULL;
    text = bytes_alloc(span.n - 1);
    memcpy(text, span.at + 1, span.n - 2);
    return text;
}

/* Of our kinds alone: nobody asks for those of others. Before anything is moved. */
static void read_conditions(struct json_view *view, struct json_span status)
{
    struct json_span name, value;
    struct json_skim skim;
    const char *why;

    if (!status.n || strncmp(view->api_version, RCTL_GROUP "/", strlen(RCTL_GROUP "/")) != 0)
        return;
    json_skim_init(&skim, status);
    while (json_skim_next(&skim, &name, &value))
        if (json_span_is(name, "conditions") && *value.at == '[' && !view->told_conditions)
            view->told_conditions = json_tree_parse_span(value, &why);
    view_conditions(view);
}

/* Cuts managedFields, which nobody reads and which are half of many objects. */
static bool cut_managed_fields(struct json_span *object, struct json_span *metadata)
{
    struct json_span name, value;
    struct json_skim skim;
    char *before = metadata->at + 1, *from = NULL, *to = NULL;

    json_skim_init(&skim, *metadata);
    while (json_skim_next(&skim, &name, &value)) {
        if (json_span_is(name, "managedFields")) {
            from = before;
            to = value.at + value.n;
        }
        before = value.at + value.n;
    }
    if (skim.broken)
        return false;
    if (!from)
        return true;
    if (from == metadata->at + 1 && to != before) { /* the comma behind the first one goes, too */
        char *comma = memchr(to, ',', (size_t)(before - to));

        to = comma + 1;
    }
    memmove(from, to, (size_t)(object->at + object->n - to));
    object->n -= (size_t)(to - from);
    metadata->n -= (size_t)(to - from);
    return true;
}

/* Items of lists lack what their list says of them. */
static void add_missing(struct json_view *view, const struct parts *parts)
{
    struct object *object = &view->object;
    bool has_version = parts->api_version.n > 2, has_kind = parts->kind.n > 2;

    if (has_version && has_kind)
        return;
    bytes_add(&view->whole, "{", 1);
    if (!has_version)
        bytes_format(&view->whole, "\"apiVersion\":\"%s\",", view->api_version);
    if (!has_kind)
        bytes_format(&view->whole, "\"kind\":\"%s\",", view->kind);
    bytes_add(&view->whole, object->bytes + 1, object->n - 1);
    object->bytes = view->whole.data;
    object->n = view->whole.n;
}

static const char *read_view(struct json_view *view, struct json_span object,
                             const char *api_version, const char *kind, bool needs_name)
{
    struct parts parts = {.metadata = {NULL, 0}};
    const char *why = NULL;

    if (!find_parts(object, &parts))
        return "it is not the JSON of an object";
    view->api_version = text_in(parts.api_version, api_version);
    view->kind = text_in(parts.kind, kind);
    if (view->api_version)
        read_conditions(view, parts.status);
    if (!parts.metadata.n || *parts.metadata.at != '{' || !view->api_version || !view->kind ||
        !cut_managed_fields(&object, &parts.metadata))
        return "its metadata cannot be read";
    view->metadata = json_tree_parse_span(parts.metadata, &why);
    if (!view->metadata)
        return why;
    view->object.meta.api_version = view->api_version;
    view->object.meta.kind = view->kind;
    if (!view_meta(view))
        return "its metadata cannot be read";
    if (!*view->kind || !*view->api_version)
        return "it has no kind or apiVersion";
    if (needs_name && !*view->object.meta.name)
        return "it has no name";
    object.at[object.n] = '\0';
    view->object.bytes = object.at;
    view->object.n = object.n;
    add_missing(view, &parts);
    return NULL;
}

bool json_view_init(struct json_view *view, struct json_span object, const char *api_version,
                    const char *kind, bool needs_name, const char **ret_why)
{
    const char *why;

    memset(view, 0, sizeof(*view));
    why = read_view(view, object, api_version, kind, needs_name);
    if (!why)
        return true;
    *ret_why = why;
    json_view_done(view);
    return false;
}

void json_view_done(struct json_view *view)
{
    json_object_put(view->metadata);
    free(view->labels);
    free(view->owners);
    json_object_put(view->told_conditions);
    free(view->conditions);
    free(view->api_version);
    free(view->kind);
    bytes_done(&view->whole);
    memset(view, 0, sizeof(*view));
}

void json_read_object(const char *bytes, size_t n, const struct json_calls *calls)
{
    const char *why = "it is not the JSON of an object";
    struct bytes copy = {NULL, 0, 0};
    struct json_span object;
    struct json_view view;

    bytes_add(&copy, bytes, n);
    if (json_skim_value(copy.data, copy.n, &object) &&
        json_view_init(&view, object, NULL, NULL, /* needs_name= */ true, &why)) {
        calls->object(calls->ctx, &view.object);
        json_view_done(&view);
    } else {
        calls->malformed(calls->ctx, why);
    }
    bytes_done(&copy);
}

/* ---- Lease ---- */

bool json_read_lease(const char *bytes, size_t n, const char *identity,
                     struct json_lease *ret_lease)
{
    const char *why;
    struct json_object *tree = json_tree_parse(bytes, n, &why), *spec = json_tree_get(tree, "spec");
    const char *rv = json_tree_text(json_tree_get(tree, "metadata"), "resourceVersion");
    const char *holder = json_tree_text(spec, "holderIdentity");
    const char *acquired = json_tree_text(spec, "acquireTime");
    struct lease_record *record = &ret_lease->record;
    bool fine = rv && *rv && strlen(rv) < sizeof(ret_lease->rv);

    memset(ret_lease, 0, sizeof(*ret_lease));
    if (fine) {
        snprintf(ret_lease->rv, sizeof(ret_lease->rv), "%s", rv);
        record->rv = ret_lease->rv;
        record->held = !holder || *holder; /* a holder that cannot be read is somebody */
        record->ours = holder && *holder && strcmp(holder, identity) == 0;
        record->duration_seconds =
            json_object_get_int64(json_tree_get(spec, "leaseDurationSeconds"));
        record->transitions = json_object_get_int64(json_tree_get(spec, "leaseTransitions"));
        if (!acquired || !json_tree_time(acquired, &record->acquired))
            record->acquired = 0;
    }
    json_object_put(tree);
    return fine;
}

/* ---- Status ---- */

/* The first row that fits is taken; NULL fits anything. */
static const struct reason_row {
    const char *reason, *cause, *text;
    enum answer_reason meaning;
} reasons[] = {
    {"AlreadyExists", NULL, NULL, ANSWER_REASON_ALREADY_EXISTS},
    {NULL, "NamespaceTerminating", NULL, ANSWER_REASON_TERMINATING},
    {NULL, "ResourceVersionTooLarge", NULL, ANSWER_REASON_FUTURE},
    {NULL, NULL, "Too large resource version", ANSWER_REASON_FUTURE},
    {NULL, NULL, "equest is too large", ANSWER_REASON_TOO_LARGE},
};

static bool has_cause(struct json_object *tree, const char *wanted)
{
    struct json_object *causes = json_tree_get(json_tree_get(tree, "details"), "causes");

    if (!json_object_is_type(causes, json_type_array))
        return false;
    for (size_t i = 0; i < json_object_array_length(causes); i++) {
        const char *reason = json_tree_text(json_object_array_get_idx(causes, i), "reason");

        if (reason && strcmp(reason, wanted) == 0)
            return true;
    }
    return false;
}

/* At most JSON_MESSAGE - 1 bytes, cut between two characters. */
static void copy_message(const char *text, char message[JSON_MESSAGE])
{
    size_t n = strlen(text);

    if (n >= JSON_MESSAGE)
        for (n = JSON_MESSAGE - 1; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
            continue;
    memcpy(message, text, n);
    message[n] = '\0';
}

enum answer_reason json_tree_status(struct json_object *tree, char message[JSON_MESSAGE])
{
    const char *kind = json_tree_text(tree, "kind");
    const char *reason = json_tree_text(tree, "reason");
    const char *text = json_tree_text(tree, "message");

    message[0] = '\0';
    if (!kind || strcmp(kind, "Status") != 0)
        return ANSWER_REASON_NO_STATUS;
    copy_message(text ? text : "", message);
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        const struct reason_row *row = &reasons[i];

        if ((!row->reason || (reason && strcmp(reason, row->reason) == 0)) &&
            (!row->cause || has_cause(tree, row->cause)) &&
            (!row->text || (text && strstr(text, row->text))))
            return row->meaning;
    }
    return ANSWER_REASON_NONE;
}

enum answer_reason json_read_status(const char *bytes, size_t n, char message[JSON_MESSAGE])
{
    const char *why;
    struct json_object *tree = json_tree_parse(bytes, n, &why);
    enum answer_reason reason = json_tree_status(tree, message);

    json_object_put(tree);
    return reason;
}
