/*
 * From events to trees: which scalar is a key, what keys become, anchors, merges
 * and limits. A pair that cannot stand (a second key of one name) is still built
 * and then dropped, so that the faults inside its value are told as well.
 */
#include "text/read.h"

#include <stdio.h>

#define NONE UINT32_MAX

enum want {
    KEY,
    VALUE,
    DROPPED_KEY,  /* a list or map stands where a key should */
    DROPPED_VALUE /* the key was refused */
};

struct text_level {
    bool map;
    enum want want;
    uint32_t merge;  /* which pair is the "<<", or NONE */
    uint32_t height; /* levels below, so far */
    uint32_t anchor; /* or NONE */
    size_t before;   /* nodes that came before this one */
};

struct text_anchor {
    struct text_node node;
    size_t size;
    uint32_t height;
    bool open; /* its own value is being read */
};

void text_compose_init(struct text_compose *compose, const struct text_reader *reader)
{
    *compose = (struct text_compose){.reader = reader};
    text_build_init(&compose->builder, reader->arena);
    text_index_init(&compose->anchor_names, &compose->builder.scratch);
}

void text_compose_done(struct text_compose *compose)
{
    text_build_done(&compose->builder);
}

void text_compose_start(struct text_compose *compose)
{
    compose->n_anchors = 0;
    text_index_reset(&compose->anchor_names);
    compose->depth = 0;
    compose->state = TEXT_GO;
}

void text_compose_end(struct text_compose *compose, struct text_mark mark, bool usable)
{
    const struct text_reader *reader = compose->reader;
    struct text_doc doc = {NULL, mark};

    if (!usable || compose->state != TEXT_GO) {
        text_build_abandon(&compose->builder);
    } else {
        doc.root = text_build_finish(&compose->builder);
        doc.mark = doc.root->mark;
        if (doc.root->type == TEXT_NULL && doc.root->len == 0)
            return;
    }
    reader->each(reader->ctx, &doc);
}

/* ---- limits ---- */

static struct text_level *top(const struct text_compose *compose)
{
    return compose->depth ? &compose->levels[compose->depth - 1] : NULL;
}

static size_t total(const struct text_compose *compose)
{
    return compose->nodes + compose->expanded;
}

static bool count_node(struct text_compose *compose, struct text_mark mark)
{
    const struct text_reader *reader = compose->reader;

    if (++compose->nodes <= reader->limits->nodes)
        return true;
    diag_add(reader->diags, DIAG_TEXT_TOO_MANY, text_at(reader, mark), NULL, NULL,
             "split the file, or raise the limit on nodes", "the file holds more than %zu values",
             reader->limits->nodes);
    compose->state = TEXT_SKIP_FILE;
    return false;
}

static bool check_length(struct text_compose *compose, size_t len, struct text_mark mark)
{
    if (len <= compose->reader->limits->string && len < UINT32_MAX)
        return true;
    text_tell_too_long(compose->reader, mark);
    compose->state = TEXT_SKIP_DOC;
    return false;
}

static bool check_depth(struct text_compose *compose, size_t depth, struct text_mark mark)
{
    if (depth <= compose->reader->limits->depth)
        return true;
    text_tell_too_deep(compose->reader, mark);
    compose->state = TEXT_SKIP_DOC;
    return false;
}

static void push(struct text_compose *compose, struct text_level level)
{
    if (compose->depth == compose->room) {
        uint32_t room = compose->room ? compose->room * 2 : 32;
        struct text_level *levels =
            base_arena_alloc(&compose->builder.scratch, room * sizeof(*levels));

        if (compose->depth)
            memcpy(levels, compose->levels, compose->depth * sizeof(*levels));
        compose->levels = levels;
        compose->room = room;
    }
    compose->levels[compose->depth++] = level;
}

/* ---- keys ---- */

bool text_compose_in_map(const struct text_compose *compose)
{
    return compose->depth && top(compose)->map;
}

static bool wants_key(const struct text_compose *compose)
{
    return compose->depth && top(compose)->map && top(compose)->want == KEY;
}

/* Stands in for what is dropped later. */
static void put_dropped_key(struct text_compose *compose, enum want want, struct text_mark mark)
{
    text_build_key(&compose->builder, "", 0, mark, /* copy= */ false);
    top(compose)->want = want;
}

/* After each child of the innermost list or map. */
static void finish_child(struct text_compose *compose)
{
    struct text_level *level = top(compose);

    if (!level || !level->map)
        return;
    if (level->want != VALUE)
        text_build_undo(&compose->builder);
    if (level->want == DROPPED_KEY)
        put_dropped_key(compose, DROPPED_VALUE, (struct text_mark){0, 0});
    else
        level->want = KEY;
}

void text_compose_key(struct text_compose *compose, const char *key, size_t len,
                      struct text_mark mark)
{
    const struct text_reader *reader = compose->reader;
    const struct text_pair *first;
    struct diag_entry *entry;

    if (!check_length(compose, len, mark))
        return;
    key = text_intern(reader->keys, key, len);
    first = text_build_has(&compose->builder, key, len);
    if (!first) {
        text_build_key(&compose->builder, key, len, mark, /* copy= */ false);
        top(compose)->want = VALUE;
        return;
    }
    entry = diag_add(reader->diags, DIAG_TEXT_DUPLICATE_KEY, text_at(reader, mark), NULL, NULL,
                     "remove one of the two", "the key '%s' is given twice in one map",
                     text_quote(reader, key, len));
    diag_related(reader->diags, entry, text_at(reader, first->mark), "first given here");
    put_dropped_key(compose, DROPPED_VALUE, mark);
}

static void refuse_key(struct text_compose *compose, struct text_mark mark, const char *what)
{
    const struct text_reader *reader = compose->reader;

    diag_add(reader->diags, DIAG_TEXT_BAD_KEY, text_at(reader, mark), NULL, NULL,
             "write a text before the ':'", "%s cannot be a key", what);
}

/* kubectl prints keys that are numbers as single precision, with exponents early. */
static bool is_exact_key(const struct text_node *node, size_t printed_len)
{
    double value;

    if (printed_len > 7 || !text_double(node, &value))
        return false;
    value = value < 0 ? -value : value;
    return value >= 1e-4 && value < 1e6;
}

static void tell_retyped(const struct text_compose *compose, const struct text_node *node,
                         struct text_mark mark, const char *other)
{
    const struct text_reader *reader = compose->reader;

    diag_add(reader->diags, DIAG_TEXT_RETYPED_KEY, text_at(reader, mark), NULL, NULL,
             "put the key in quotes", "the key '%s' is read as %s, which is another key",
             text_quote(reader, node->u.str, node->len), other);
}

/*
 * A key that is no string gets the text that kubectl gives it. Words such as "on"
 * and numbers that kubectl rounds become keys that nobody meant.
 */
static void retype_key(struct text_compose *compose, const struct text_node *node,
                       struct text_mark mark)
{
    const char *key = text_bool(node) ? "true" : "false";
    struct base_buf real;
    char whole[24];
    int64_t value;

    if (node->type == TEXT_BOOL) {
        if ((node->u.str[0] | 0x20) != *key) {
            tell_retyped(compose, node, mark, key);
            key = node->u.str;
        }
    } else if (node->type == TEXT_INT && text_int(node, &value)) {
        snprintf(whole, sizeof(whole), "%lld", (long long)value);
        key = whole;
    } else {
        base_buf_init(&real, &compose->builder.scratch, NULL);
        text_scalar_json(node, &real);
        key = real.data;
        if (!is_exact_key(node, real.len)) {
            tell_retyped(compose, node, mark, "a rounded number");
            key = node->u.str;
        }
    }
    text_compose_key(compose, key, strlen(key), mark);
}

/* `bare` says that it is written here, plain and without a tag. */
static void take_key(struct text_compose *compose, const struct text_node *node,
                     struct text_mark mark, bool bare)
{
    if (node->type == TEXT_NULL) {
        refuse_key(compose, mark, node->len ? "null" : "nothing");
        put_dropped_key(compose, DROPPED_VALUE, mark);
    } else if (node->type == TEXT_STR) {
        text_compose_key(compose, node->u.str, node->len, mark);
        if (bare && top(compose)->want == VALUE && node->len == 2 &&
            memcmp(node->u.str, "<<", 2) == 0)
            top(compose)->merge = text_build_count(&compose->builder);
    } else {
        retype_key(compose, node, mark);
    }
}

/* ---- values ---- */

static uint32_t add_anchor(struct text_compose *compose, const char *name,
                           struct text_anchor anchor)
{
    size_t len = strlen(name);

    if (compose->n_anchors == compose->anchor_room) {
        uint32_t room = compose->anchor_room ? compose->anchor_room * 2 : 16;
        struct text_anchor *anchors =
            base_arena_alloc(&compose->builder.scratch, room * sizeof(*anchors));

        if (compose->n_anchors)
            memcpy(anchors, compose->anchors, compose->n_anchors * sizeof(*anchors));
        compose->anchors = anchors;
        compose->anchor_room = room;
    }
    compose->anchors[compose->n_anchors] = anchor;
    text_index_set(&compose->anchor_names, text_intern(compose->reader->keys, name, len), len,
                   compose->n_anchors);
    return compose->n_anchors++;
}

void text_compose_value(struct text_compose *compose, enum text_type type, enum text_style style,
                        const char *text, size_t len, struct text_mark mark)
{
    if (!count_node(compose, mark) || !check_length(compose, len, mark))
        return;
    text_build_scalar(&compose->builder, type, style, text, len, mark);
    finish_child(compose);
}

static void take_scalar(struct text_compose *compose, const struct text_scalar *scalar)
{
    struct text_node node = text_resolve(compose->reader, scalar);

    if (scalar->anchor) {
        node.u.str = base_arena_text(compose->reader->arena, node.u.str, node.len);
        add_anchor(compose, scalar->anchor, (struct text_anchor){node, 1, 0, false});
    }
    if (wants_key(compose)) {
        take_key(compose, &node, scalar->mark, scalar->style == TEXT_PLAIN && !scalar->tag);
        return;
    }
    /* Short values repeat as much as keys do: engines, sizes, names of models. */
    if (!scalar->anchor)
        node.u.str = text_intern_value(compose->reader->keys, node.u.str, node.len);
    text_build_node(&compose->builder, &node);
    finish_child(compose);
}

void text_compose_scalar(struct text_compose *compose, const struct text_scalar *scalar)
{
    if (!wants_key(compose) && !count_node(compose, scalar->mark))
        return;
    if (check_length(compose, scalar->len, scalar->mark))
        take_scalar(compose, scalar);
}

void text_compose_open(struct text_compose *compose, bool map, const char *tag,
                       const char *anchor, struct text_mark mark)
{
    struct text_level level = {map, KEY, NONE, 0, NONE, total(compose)};

    if (!count_node(compose, mark) || !check_depth(compose, compose->depth + (size_t)1, mark))
        return;
    if (tag)
        text_check_tag(compose->reader, tag, mark, map);
    if (wants_key(compose)) {
        refuse_key(compose, mark, map ? "a map" : "a list");
        put_dropped_key(compose, DROPPED_KEY, mark);
    }
    if (anchor)
        level.anchor = add_anchor(compose, anchor, (struct text_anchor){.open = true});
    text_build_open(&compose->builder, map ? TEXT_MAP : TEXT_LIST, mark);
    push(compose, level);
}

static void raise_height(struct text_compose *compose, uint32_t height)
{
    struct text_level *level = top(compose);

    if (level && level->height < height)
        level->height = height;
}

void text_compose_close(struct text_compose *compose)
{
    struct text_level level = *top(compose);
    struct text_node node;

    if (level.merge != NONE)
        text_merge(compose->reader, &compose->builder, level.merge);
    node = text_build_close(&compose->builder);
    compose->depth--;
    raise_height(compose, level.height + 1);
    if (level.anchor != NONE)
        compose->anchors[level.anchor] =
            (struct text_anchor){node, total(compose) - level.before, level.height + 1, false};
    finish_child(compose);
}

/* ---- aliases ---- */

static void tell_bad_alias(const struct text_compose *compose, const char *name,
                           struct text_mark mark, bool open)
{
    const struct text_reader *reader = compose->reader;

    diag_add(reader->diags, DIAG_TEXT_BAD_ALIAS, text_at(reader, mark), NULL, NULL,
             open ? "write the value out" : "define the anchor earlier in the same document",
             open ? "the alias '*%s' stands inside the value that it names"
                  : "no anchor '&%s' comes before this alias",
             text_quote(reader, name, strlen(name)));
}

/* Counts what the alias stands for, as if it were written out. */
static bool count_alias(struct text_compose *compose, const struct text_anchor *anchor,
                        struct text_mark mark)
{
    const struct text_reader *reader = compose->reader;

    compose->expanded += anchor->size;
    raise_height(compose, anchor->height);
    if (compose->expanded <= reader->limits->expansions)
        return check_depth(compose, compose->depth + (size_t)anchor->height, mark);
    diag_add(reader->diags, DIAG_TEXT_TOO_MANY_ALIASES, text_at(reader, mark), NULL, NULL,
             "write fewer aliases, or raise the limit on expansions",
             "the aliases of this file stand for more than %zu values",
             reader->limits->expansions);
    compose->state = TEXT_SKIP_FILE;
    return false;
}

void text_compose_alias(struct text_compose *compose, const char *name, struct text_mark mark)
{
    uint32_t at = text_index_find(&compose->anchor_names, name, strlen(name));
    struct text_node node = {TEXT_NULL, TEXT_PLAIN, 4, mark, {"null"}};

    if (at == TEXT_INDEX_NONE || compose->anchors[at].open) {
        tell_bad_alias(compose, name, mark, at != TEXT_INDEX_NONE);
        if (wants_key(compose)) {
            put_dropped_key(compose, DROPPED_VALUE, mark);
            return;
        }
    } else {
        if (!count_alias(compose, &compose->anchors[at], mark))
            return;
        node = compose->anchors[at].node;
        node.mark = mark;
    }
    if (wants_key(compose)) {
        if (node.type != TEXT_LIST && node.type != TEXT_MAP) {
            take_key(compose, &node, mark, /* bare= */ false);
            return;
        }
        refuse_key(compose, mark, text_type_name(node.type));
        put_dropped_key(compose, DROPPED_KEY, mark);
    }
    text_build_node(&compose->builder, &node);
    finish_child(compose);
}
