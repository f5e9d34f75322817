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
static const char *read_error(struct json_stream *stream, struct json_span object)
{
    const char *why = NULL;
    struct json_object *status = json_tree_parse_span(object, &why);
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
    if (status)
        stream->calls.error(stream->calls.ctx, &answer, message);
    json_object_put(status);
    return why;
}

static const char *read_object(struct json_stream *stream, struct json_span type,
                               struct json_span object)
{
    const char *why = "";
    struct json_view view;

    if (json_span_is(type, "ERROR"))
        return read_error(stream, object);
    for (int i = 0; i < JSON_EVENT__COUNT; i++) {
        if (!json_span_is(type, types[i]))
            continue;
        if (!json_view_init(&view, object, NULL, NULL, /* needs_name= */ i != JSON_BOOKMARK,
                            &why))
            return why;
        stream->calls.event(stream->calls.ctx, (enum json_event)i, &view.object);
        json_view_done(&view);
        return NULL;
    }
    return "its type is unknown";
}

static const char *read_event(struct json_stream *stream)
{
    struct json_span event, name, value, type = {NULL, 0}, object = {NULL, 0};
    struct json_skim skim;

    if (!json_skim_value(stream->line.data, stream->line.n, &event))
        return "it is not the JSON of an object";
    json_skim_init(&skim, event);
    while (json_skim_next(&skim, &name, &value)) {
        if (json_span_is(name, "type"))
            type = value;
        else if (json_span_is(name, "object"))
            object = value;
    }
    if (skim.broken)
        return "it is not the JSON of an object";
    if (!type.n || !object.n || *object.at != '{')
        return "it has no type or object";
    return read_object(stream, type, object);
}

static void read_line(struct json_stream *stream)
{
    const char *why;

    if (strspn(stream->line.data, " \t\r") == stream->line.n)
        return;
    why = read_event(stream);
    if (why)
        stream->calls.malformed(stream->calls.ctx, why);
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
