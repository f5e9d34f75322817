/* A stream of events: one line each. */
#include "io/bytes.h"
#include "io/json.h"
#include "io/json_tree.h"

#include <stdlib.h>
#include <string.h>

struct json_stream {
    struct json_stream_calls calls;
    struct bytes line;
};

static const char *const types[JSON_EVENT__COUNT] = {
    [JSON_ADDED] = "ADDED", [JSON_MODIFIED] = "MODIFIED", [JSON_DELETED] = "DELETED",
    [JSON_BOOKMARK] = "BOOKMARK"};

struct json_stream *json_stream_new(const struct json_stream_calls *calls)
{
    struct json_stream *stream = bytes_alloc(sizeof(*stream));

    stream->calls = *calls;
    return stream;
}

void json_stream_free(struct json_stream *stream)
{
    if (stream)
        bytes_done(&stream->line);
    free(stream);
}

/* HTTP has said 200 already: the Status' code is the one that counts. */
static void read_error(struct json_stream *stream, struct json_object *status)
{
    struct json_object *after =
        json_tree_get(json_tree_get(status, "details"), "retryAfterSeconds");
    int64_t seconds = json_object_get_int64(after);
    char message[JSON_MESSAGE];
    struct answer answer = {500, ANSWER_REASON_NONE, 0};
    int code = json_object_get_int(json_tree_get(status, "code"));

    if (code >= 400 && code < 600)
        answer.status = code;
    answer.reason = json_tree_status(status, message);
    if (seconds > 0)
        answer.retry_after = core_sooner(seconds, 60) * CORE_SECOND;
    stream->calls.error(stream->calls.ctx, &answer, message);
}

static const char *read_event(struct json_stream *stream, struct json_object *tree)
{
    const char *type = json_tree_text(tree, "type"), *why = "";
    struct json_object *object = json_tree_get(tree, "object");
    struct json_view view;

    if (!type || !object)
        return "it has no type or object";
    if (strcmp(type, "ERROR") == 0) {
        read_error(stream, object);
        return NULL;
    }
    for (int i = 0; i < JSON_EVENT__COUNT; i++) {
        if (strcmp(type, types[i]) != 0)
            continue;
        if (!json_tree_view(object, NULL, NULL, /* needs_name= */ i != JSON_BOOKMARK, &view, &why))
            return why;
        stream->calls.event(stream->calls.ctx, (enum json_event)i, &view.object);
        json_tree_view_done(&view);
        return NULL;
    }
    return "its type is unknown";
}

static void read_line(struct json_stream *stream)
{
    const char *why = "";
    struct json_object *tree;

    if (strspn(stream->line.data, " \t\r") == stream->line.n)
        return;
    tree = json_tree_parse(stream->line.data, stream->line.n, &why);
    if (tree)
        why = read_event(stream, tree);
    if (why)
        stream->calls.malformed(stream->calls.ctx, why);
    json_object_put(tree);
}

bool json_stream_feed(struct json_stream *stream, const char *bytes, size_t n)
{
    while (n > 0) {
        const char *end = memchr(bytes, '\n', n);
        size_t part = end ? (size_t)(end - bytes) : n;

        if (stream->line.n + part > JSON_OBJECT)
            return false;
        bytes_add(&stream->line, bytes, part);
        if (end) {
            read_line(stream);
            bytes_clear(&stream->line);
            part++;
        }
        bytes += part;
        n -= part;
    }
    return true;
}
