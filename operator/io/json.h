/*
 * json: what the API server says. A page of a list is cut into its items as its bytes come,
 * a stream into its lines. Of an object, json-c reads the metadata; the rest is handed on as
 * it came, for whoever needs it to read. What is malformed is told and skipped, or ends the
 * reading; it never crashes.
 */
#ifndef IO_JSON_H
#define IO_JSON_H

#include "core/answer.h"
#include "core/lease.h"
#include "core/object.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    JSON_DEPTH = 128,
    JSON_OBJECT = 16 * 1024 * 1024, /* bytes of an item or a line */
    JSON_MESSAGE = 256              /* bytes of a message, its NUL included */
};

/* ---- one object, the answer to a GET or a write ---- */

struct json_calls {
    void (*object)(void *ctx, const struct object *object);
    /* An object that cannot be read: `why` says what is wrong with it. It is skipped. */
    void (*malformed)(void *ctx, const char *why);
    void *ctx;
};

/* Calls `object` or `malformed`, once. A NUL stands behind the bytes. */
void json_read_object(const char *bytes, size_t n, const struct json_calls *calls);

/* ---- a page of a list ---- */

struct json_list;

/*
 * Items that lack apiVersion and kind get those given here, or, for NULL, the list's own
 * without "List", which then must come before the items.
 */
struct json_list *json_list_new(const char *api_version, const char *kind,
                                const struct json_calls *calls);
/* Takes NULL. */
void json_list_free(struct json_list *list);
/* Any piece of the page. false: it is no list, see json_list_why(); feed no more. */
bool json_list_feed(struct json_list *list, const char *bytes, size_t n);
/*
 * After the last piece. True when the list was complete: its resourceVersion, and its
 * continue token, "" on the last page. Both live as long as the list.
 */
bool json_list_end(struct json_list *list, const char **ret_rv, const char **ret_continue);
/* What was wrong; "" for nothing. */
const char *json_list_why(const struct json_list *list);

/* ---- a stream of events ---- */

enum json_event { JSON_ADDED, JSON_MODIFIED, JSON_DELETED, JSON_BOOKMARK, JSON_EVENT__COUNT };

struct json_stream;

struct json_stream_calls {
    /* Of a bookmark only the meta's kind and rv are worth anything; `bytes` is given. */
    void (*event)(void *ctx, enum json_event type, const struct object *object);
    /* ERROR: the Status in the stream. */
    void (*error)(void *ctx, const struct answer *answer, const char *message);
    /* A line that is no event, or of a type that is not known. It is skipped. */
    void (*malformed)(void *ctx, const char *why);
    void *ctx;
};

struct json_stream *json_stream_new(const struct json_stream_calls *calls);
/* Takes NULL. Bytes of a last line without its end are thrown away. */
void json_stream_free(struct json_stream *stream);
/* false: a line is longer than JSON_OBJECT; end the stream and list in pages. */
bool json_stream_feed(struct json_stream *stream, const char *bytes, size_t n);

/* ---- a Lease ---- */

/* A Lease as the core wants it told. */
struct json_lease {
    struct lease_record record; /* its rv lives in `rv` */
    char rv[RV_SIZE];
};

/*
 * The body of an answer to a GET or a write of a Lease. `identity` is our holderIdentity.
 * false when it is no object with a resourceVersion. A NUL stands behind the bytes.
 */
bool json_read_lease(const char *bytes, size_t n, const char *identity,
                     struct json_lease *ret_lease);

/* ---- a Status ---- */

/*
 * The reason in the body of a failure; NO_STATUS when that is no Status object. The text
 * of its message goes to `message`, "" without one. A NUL stands behind the bytes.
 */
enum answer_reason json_read_status(const char *bytes, size_t n, char message[JSON_MESSAGE]);

#endif
