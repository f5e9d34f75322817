/*
 * json_tree: what the readers of json.h share, on json-c's trees.
 */
#ifndef IO_JSON_TREE_H
#define IO_JSON_TREE_H

#include "io/bytes.h"
#include "io/json.h"
#include "io/json_skim.h"

#include <json-c/json_object.h>

/*
 * Exactly one document, with a NUL behind its bytes; NULL and `why` when it is none.
 * Released by json_object_put().
 */
struct json_object *json_tree_parse(const char *bytes, size_t n, const char **ret_why);
/* The same of an object or array, whatever stands behind it. */
struct json_object *json_tree_parse_span(struct json_span span, const char **ret_why);

/* The member of an object; NULL when it is not there, null, or `tree` is no object. */
struct json_object *json_tree_get(struct json_object *tree, const char *name);
/* A text member. "" when it is not there; NULL when it is no text, or one with a NUL. */
const char *json_tree_text(struct json_object *tree, const char *name);

/* An object by its bytes, with a tree of its metadata alone. */
struct json_view {
    struct object object;
    struct json_object *metadata;
    struct object_owner *owners;
    struct object_label *labels;
    struct object_condition *conditions;
    struct json_object *told_conditions; /* of objects of our kinds alone */
    char *api_version, *kind;
    struct bytes whole; /* the object, when something was added to it */
};

/*
 * Adds apiVersion and kind where they lack (NULL: they must be there), cuts managedFields out of
 * the bytes and reads the metadata. What follows the object is overwritten by a NUL, so there
 * must be a byte. It lives as long as the bytes. false with `why`.
 */
bool json_view_init(struct json_view *view, struct json_span object, const char *api_version,
                    const char *kind, bool needs_name, const char **ret_why);
void json_view_done(struct json_view *view);

/* RFC 3339 as nanoseconds since 1970. false when it is no time between 1970 and 2200. */
bool json_tree_time(const char *text, int64_t *ret_wall);

enum answer_reason json_tree_status(struct json_object *tree, char message[JSON_MESSAGE]);

#endif
