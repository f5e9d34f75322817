/*
 * Gives any bytes to the operator's readers of what an API server sends. What comes out
 * must not depend on how the bytes were cut, and each object must be read alike again.
 * Its first byte is the length of the pieces.
 */
#include "io/bytes.h"
#include "io/http_head.h"
#include "io/json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void put_object(void *ctx, const struct object *object)
{
    const struct object_meta *meta = &object->meta;

    require(object->bytes[object->n] == '\0' && *meta->kind && *meta->api_version);
    bytes_format(ctx, "%s|%s|%s|%s|%s|%s|%s\n%s\n", meta->api_version, meta->kind, meta->ns,
                 meta->name, meta->uid, meta->rv, meta->managed_by, object->bytes);
    for (size_t i = 0; i < meta->n_owners; i++)
        bytes_add_text(ctx, meta->owners[i].uid);
    for (size_t i = 0; i < meta->n_labels; i++)
        bytes_add_text(ctx, meta->labels[i].value);
}

static void put_malformed(void *ctx, const char *why)
{
    bytes_format(ctx, "malformed: %s\n", why);
}

static void put_event(void *ctx, enum json_event type, const struct object *object)
{
    bytes_format(ctx, "%d ", (int)type);
    put_object(ctx, object);
}

static void put_error(void *ctx, const struct answer *answer, const char *message)
{
    bytes_format(ctx, "error %d %s\n", answer->status, message);
}

static void read_list(const char *text, size_t n, size_t step, const char *kind,
                      struct bytes *out)
{
    struct json_calls calls = {put_object, put_malformed, out};
    struct json_list *list = json_list_new(kind ? "v" : NULL, kind, &calls);
    const char *rv, *token;
    bool fine = true;

    for (size_t at = 0; at < n && fine; at += step)
        fine = json_list_feed(list, text + at, n - at < step ? n - at : step);
    if (json_list_end(list, &rv, &token))
        bytes_format(out, "end %s %s\n", rv, token);
    else
        require(*json_list_why(list));
    json_list_free(list);
}

static void read_stream(const char *text, size_t n, size_t step, struct bytes *out)
{
    struct json_stream_calls calls = {put_event, put_error, put_malformed, out};
    struct json_stream *stream = json_stream_new(&calls);

    for (size_t at = 0; at < n; at += step)
        require(json_stream_feed(stream, text + at, n - at < step ? n - at : step));
    json_stream_free(stream);
}

/* Both must be equal; both are emptied. */
static void compare(struct bytes *a, struct bytes *b)
{
    require(a->n == b->n && (a->n == 0 || memcmp(a->data, b->data, a->n) == 0));
    bytes_clear(a);
    bytes_clear(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes whole = {0}, pieces = {0};
    struct json_calls calls = {put_object, put_malformed, &whole};
    size_t n = size > 1 ? size - 1 : 0, step = size > 0 ? data[0] % 64U + 1 : 1;
    char *text = bytes_alloc(n + 1), message[JSON_MESSAGE];
    struct json_lease lease;
    struct http_head head;

    memcpy(text, data + (n > 0), n);
    for (int i = 0; i < 2; i++) {
        read_list(text, n, n + 1, i ? "K" : NULL, &whole);
        read_list(text, n, step, i ? "K" : NULL, &pieces);
        compare(&whole, &pieces);
    }
    read_stream(text, n, n + 1, &whole);
    read_stream(text, n, step, &pieces);
    compare(&whole, &pieces);
    json_read_object(text, n, &calls);
    json_read_status(text, n, message);
    require(strlen(message) < sizeof(message));
    json_read_lease(text, n, "me", &lease);
    memset(&head, 0, sizeof(head));
    if (http_head_read(&head, text) == 0)
        http_head_has_word(head.query, "verbose", NULL);
    free(text);
    bytes_done(&whole);
    bytes_done(&pieces);
    return 0;
}
