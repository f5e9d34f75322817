/*
 * A page of a list, cut into its items as its bytes come. The cutter follows the list's
 * own object and the array of its items; what lies deeper it only brackets, and json-c
 * reads it, one item at a time.
 */
#include "io/bytes.h"
#include "io/json.h"
#include "io/json_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMBER = 1024 * 1024 }; /* bytes of a name, or of the list's own metadata */

enum place {
    BEFORE,
    FIRST_NAME, /* or the end of the object */
    NAME,
    COLON,
    VALUE,
    AFTER_VALUE,
    FIRST_ITEM, /* or the end of the array */
    ITEM,
    AFTER_ITEM,
    BEHIND
};

/* A text, array, object or plain word that is being cut out. */
struct cut {
    bool open, plain, in_text, escaped;
    bool wanted;   /* else its bytes are passed over */
    bool too_long;
    size_t depth;
    struct bytes bytes;
};

struct json_list {
    struct json_calls calls;
    char *api_version, *kind; /* of items; the list's own once they came */
    bool kind_given;
    enum place place;
    struct cut cut;
    char name[16];            /* of the member under way; longer ones are none of ours */
    bool has_items;
    char *rv, *token;
    char why[JSON_MESSAGE];
};

struct json_list *json_list_new(const char *api_version, const char *kind,
                                const struct json_calls *calls)
{
    struct json_list *list = bytes_alloc(sizeof(*list));

    list->calls = *calls;
    list->api_version = bytes_text(api_version);
    list->kind = bytes_text(kind);
    list->kind_given = kind != NULL;
    return list;
}

void json_list_free(struct json_list *list)
{
    if (!list)
        return;
    bytes_done(&list->cut.bytes);
    free(list->api_version);
    free(list->kind);
    free(list->rv);
    free(list->token);
    free(list);
}

static bool refuse(struct json_list *list, const char *what, const char *why)
{
    if (!*list->why)
        snprintf(list->why, sizeof(list->why), "%s: %s", what, why);
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Ends a plain word, and begins no value. */
static bool is_mark(char c)
{
    return c == ',' || c == ':' || c == ']' || c == '}';
}

/* ---- what was cut out ---- */

static void read_item(struct json_list *list)
{
    struct bytes *bytes = &list->cut.bytes;
    const char *why = list->cut.too_long ? "it is too long" : "it is not the JSON of an object";
    struct json_span object;
    struct json_view view;

    if (!list->cut.too_long && json_skim_value(bytes->data, bytes->n, &object) &&
        json_view_init(&view, object, list->api_version, list->kind, /* needs_name= */ true,
                       &why)) {
        list->calls.object(list->calls.ctx, &view.object);
        json_view_done(&view);
    } else {
        list->calls.malformed(list->calls.ctx, why);
    }
}

static bool read_kind(struct json_list *list, const char *kind)
{
    size_t n = kind ? strlen(kind) : 0, tail = strlen("List");

    if (n <= tail || strcmp(kind + n - tail, "List") != 0)
        return refuse(list, "kind", "it is no list");
    if (!list->kind_given) {
        free(list->kind);
        list->kind = bytes_text(kind);
        list->kind[n - tail] = '\0';
    }
    return true;
}

static bool read_metadata(struct json_list *list, struct json_object *tree)
{
    const char *rv = json_tree_text(tree, "resourceVersion");
    const char *token = json_tree_text(tree, "continue");

    if (!rv || !token)
        return refuse(list, "metadata", "it cannot be read");
    free(list->rv);
    free(list->token);
    list->rv = bytes_text(rv);
    list->token = bytes_text(token);
    return true;
}

/* A member of the list itself that is ours. */
static bool read_member(struct json_list *list)
{
    const char *why = "it is too long", *text;
    struct json_object *tree = NULL;
    bool fine = true;

    if (!list->cut.too_long)
        tree = json_tree_parse(list->cut.bytes.data, list->cut.bytes.n, &why);
    if (!tree)
        return refuse(list, list->name, why);
    text = json_object_is_type(tree, json_type_string) ? json_object_get_string(tree) : NULL;
    if (strcmp(list->name, "kind") == 0) {
        fine = read_kind(list, text);
    } else if (strcmp(list->name, "metadata") == 0) {
        fine = read_metadata(list, tree);
    } else if (!list->api_version) {
        list->api_version = bytes_text(text);
    }
    json_object_put(tree);
    return fine;
}

static bool is_ours(const char *name)
{
    return strcmp(name, "kind") == 0 || strcmp(name, "apiVersion") == 0 ||
           strcmp(name, "metadata") == 0;
}

static bool end_cut(struct json_list *list)
{
    struct cut *cut = &list->cut;
    bool fine = true;

    cut->open = false;
    if (list->place == NAME) {
        /* With its quotes; an escaped name is none of ours. */
        list->name[0] = '\0';
        if (cut->bytes.n > 2 && cut->bytes.n - 2 < sizeof(list->name))
            snprintf(list->name, sizeof(list->name), "%.*s", (int)(cut->bytes.n - 2),
                     cut->bytes.data + 1);
        list->place = COLON;
    } else if (list->place == VALUE) {
        fine = !cut->wanted || read_member(list);
        list->place = AFTER_VALUE;
    } else {
        read_item(list);
        list->place = AFTER_ITEM;
    }
    bytes_clear(&cut->bytes);
    return fine;
}

/* ---- cutting ---- */

static void keep(struct json_list *list, const char *bytes, size_t n)
{
    struct cut *cut = &list->cut;
    size_t most = list->place == ITEM ? JSON_OBJECT : MEMBER;

    if (!cut->wanted || cut->too_long)
        return;
    if (cut->bytes.n + n > most) {
        cut->too_long = true;
        bytes_clear(&cut->bytes);
        return;
    }
    bytes_add(&cut->bytes, bytes, n);
}

/* How many of the bytes belong to what is cut out; *ret_ended: these are its last. */
static size_t follow(struct cut *cut, const char *bytes, size_t n, bool *ret_ended)
{
    *ret_ended = true;
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];

        if (cut->escaped) {
            cut->escaped = false;
        } else if (cut->in_text) {
            cut->escaped = c == '\\';
            cut->in_text = c != '"';
            if (!cut->in_text && cut->depth == 0)
                return i + 1;
        } else if (cut->plain) {
            if (is_space(c) || is_mark(c))
                return i;
        } else if (c == '"') {
            cut->in_text = true;
        } else if (c == '{' || c == '[') {
            cut->depth++;
        } else if ((c == '}' || c == ']') && --cut->depth == 0) {
            return i + 1;
        }
    }
    *ret_ended = false;
    return n;
}

static void begin_cut(struct json_list *list, char first, enum place place, bool wanted)
{
    struct cut *cut = &list->cut;

    list->place = place;
    cut->open = true;
    cut->escaped = cut->in_text = cut->too_long = false;
    cut->plain = first != '"' && first != '{' && first != '[';
    cut->wanted = wanted;
    cut->depth = 0;
}

/* One byte between what is cut out. *ret_again: it begins a cut and is to be followed. */
static bool step(struct json_list *list, char c, bool *ret_again)
{
    *ret_again = false;
    if (is_space(c))
        return true;
    switch (list->place) {
    case BEFORE:
        list->place = FIRST_NAME;
        return c == '{';
    case FIRST_NAME:
    case NAME:
        if (c == '}' && list->place == FIRST_NAME) {
            list->place = BEHIND;
            return true;
        }
        begin_cut(list, c, NAME, /* wanted= */ true);
        *ret_again = true;
        return c == '"';
    case COLON:
        list->place = VALUE;
        return c == ':';
    case VALUE:
        if (strcmp(list->name, "items") == 0 && (c == '[' || c == 'n')) {
            if (list->has_items)
                return false;
            list->has_items = true;
            if (c == '[') {
                list->place = FIRST_ITEM;
                return true;
            }
        }
        begin_cut(list, c, VALUE, is_ours(list->name));
        *ret_again = true;
        return !is_mark(c);
    case AFTER_VALUE:
        list->place = c == ',' ? NAME : BEHIND;
        return c == ',' || c == '}';
    case FIRST_ITEM:
    case ITEM:
        if (c == ']' && list->place == FIRST_ITEM) {
            list->place = AFTER_VALUE;
            return true;
        }
        begin_cut(list, c, ITEM, /* wanted= */ true);
        *ret_again = true;
        return !is_mark(c);
    case AFTER_ITEM:
        list->place = c == ',' ? ITEM : AFTER_VALUE;
        return c == ',' || c == ']';
    case BEHIND:
        break;
    }
    return false;
}

bool json_list_feed(struct json_list *list, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n && !*list->why;) {
        bool ended, again;
        size_t part;

        if (!list->cut.open) {
            if (!step(list, bytes[i], &again))
                return refuse(list, "page", "it is not the JSON of a list");
            i += !again;
            continue;
        }
        part = follow(&list->cut, bytes + i, n - i, &ended);
        keep(list, bytes + i, part);
        i += part;
        if (ended && !end_cut(list))
            return false;
    }
    return !*list->why;
}

bool json_list_end(struct json_list *list, const char **ret_rv, const char **ret_continue)
{
    if (*list->why)
        return false;
    if (list->place != BEHIND)
        return refuse(list, "page", "it is cut off");
    if (!list->has_items)
        return refuse(list, "page", "it has no items");
    *ret_rv = list->rv ? list->rv : "";
    *ret_continue = list->token ? list->token : "";
    return true;
}

const char *json_list_why(const struct json_list *list)
{
    return list->why;
}
