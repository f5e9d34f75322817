/*
 * read: what the readers of YAML and JSON share. A reader turns its syntax into
 * calls of compose.c, which knows keys, anchors, merges and limits, and feeds the
 * builder. Used inside lib/text only.
 */
#ifndef TEXT_READ_H
#define TEXT_READ_H

#include "text/index.h"
#include "text/text.h"

/* ---- fault.c: how faults are told ---- */

struct diag_mark text_at(const struct text_reader *reader, struct text_mark mark);
/* The user's text for a message: shortened, on one line. */
const char *text_quote(const struct text_reader *reader, const char *text, size_t len);
void text_tell_too_deep(const struct text_reader *reader, struct text_mark mark);
void text_tell_too_long(const struct text_reader *reader, struct text_mark mark);

/* ---- bytes.c: lines, and what no text may hold ---- */

/* A place in the bytes of a file, always at the start of a line. */
struct text_cursor {
    size_t byte;
    uint32_t line; /* from 1 */
};
/* Moves to the next line; false at the end of the data. */
bool text_next_line(const char *data, size_t len, struct text_cursor *cursor);
/* The bytes of the character at `text`, or 0 when it is no valid UTF-8. */
size_t text_char_size(const char *text, size_t left);
/* Is this line a "---", where a document starts? */
bool text_is_fence(const char *data, size_t len, size_t byte);
/*
 * Tells of the first byte at or behind *at that is no UTF-8 or a control
 * character, with *line being the line it is in. Returns false when there is none.
 */
bool text_find_bad_byte(const struct text_reader *reader, const char *data, size_t len, bool json,
                        size_t *at, struct text_cursor *line);

/* ---- tag.c: what type a scalar has ---- */

struct text_scalar {
    const char *text;
    size_t len;
    const char *tag;    /* NULL when none is written */
    const char *anchor; /* NULL when none is written */
    enum text_style style;
    bool escapes; /* double quotes */
    struct text_mark mark;
};
/* The node that a scalar stands for; its text may still be the scalar's own. */
struct text_node text_resolve(const struct text_reader *reader, const struct text_scalar *scalar);
/* Looks at the tag of a list or map. */
void text_check_tag(const struct text_reader *reader, const char *tag, struct text_mark mark,
                    bool map);

/* ---- merge.c: the key "<<" ---- */

/* Replaces the pair at `at` of the open map, a "<<", by what it merges. */
void text_merge(const struct text_reader *reader, struct text_builder *builder, uint32_t at);

/* ---- compose.c: events to trees ---- */

enum text_state {
    TEXT_GO,       /* all is well enough */
    TEXT_SKIP_DOC, /* the rest of this document is not worth reading */
    TEXT_SKIP_FILE
};

struct text_level;
struct text_anchor;
struct text_compose {
    const struct text_reader *reader;
    struct text_builder builder;
    struct text_level *levels; /* one for each open list and map */
    uint32_t depth, room;
    struct text_anchor *anchors; /* of this document */
    uint32_t n_anchors, anchor_room;
    struct text_index anchor_names;
    size_t nodes, expanded; /* of this file */
    enum text_state state;
};

void text_compose_init(struct text_compose *compose, const struct text_reader *reader);
void text_compose_done(struct text_compose *compose);
void text_compose_start(struct text_compose *compose);
/* Hands the document over; `usable` false says that it is broken. */
void text_compose_end(struct text_compose *compose, struct text_mark mark, bool usable);
/* A key, or a value, whichever the open list or map needs. */
void text_compose_scalar(struct text_compose *compose, const struct text_scalar *scalar);
void text_compose_open(struct text_compose *compose, bool map, const char *tag,
                       const char *anchor, struct text_mark mark);
void text_compose_close(struct text_compose *compose);
void text_compose_alias(struct text_compose *compose, const char *name, struct text_mark mark);
/* For JSON, whose types are known from the syntax. */
void text_compose_key(struct text_compose *compose, const char *key, size_t len,
                      struct text_mark mark);
void text_compose_value(struct text_compose *compose, enum text_type type, enum text_style style,
                        const char *text, size_t len, struct text_mark mark);
/* Is the innermost open thing a map? */
bool text_compose_in_map(const struct text_compose *compose);

/* ---- one file each: yaml_read.c json_read.c ---- */

/* `data` from `start` to `end` has no bad bytes. */
void text_read_yaml(struct text_compose *compose, const char *data, struct text_cursor start,
                    size_t end);
void text_read_json(struct text_compose *compose, const char *data, size_t len, size_t start);

#endif
