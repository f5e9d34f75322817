/*
 * json_tree: what the readers of json.h share, on json-c's trees.
 */
#ifndef IO_JSON_TREE_H
#define IO_JSON_TREE_H

#include "io/json.h"

#include <json-c/json_object.h>

/*
 * Exactly one document, with a NUL behind its bytes; NULL and `why` when it is none.
 * Released by json_object_put().
 */
struct json_object *json_tree_parse(const char *bytes, size_t n, const char **ret_why);

/* The member of an object; NULL when it is not there, null, or `tree` is no object. */
struct json_object *json_tree_get(struct json_object *tree, const char *name);
/* A text member. "" when it is not there; NULL when it is no text, or one with a NUL. */
const char *json_tree_text(struct json_object *tree, const char *name);

/* An object made from a tree, with the memory of its lists. */
struct json_view {
    struct object object;
    struct object_owner *owners;
    struct object_label *labels;
};

/*
 * Adds apiVersion and kind where they lack (NULL: they must be there), drops managedFields
 * and reads the rest. Its texts live as long as `tree`. false with `why`.
 */
bool json_tree_view(struct json_object *tree, const char *api_version, const char *kind,
                    bool needs_name, struct json_view *view, const char **ret_why);
void json_tree_view_done(struct json_view *view);

/* RFC 3339 as nanoseconds since 1970. false when it is no time between 1970 and 2200. */
bool json_tree_time(const char *text, int64_t *ret_wall);

enum answer_reason json_tree_status(struct json_object *tree, char message[JSON_MESSAGE]);

#endif
