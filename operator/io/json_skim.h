/*
 * json_skim: the members of a JSON object by where they stand, without reading them. Most of
 * an object is handed on as it came, so it need not become a tree. Texts and brackets are
 * followed; whether numbers and words are any is left to whoever reads them.
 */
#ifndef IO_JSON_SKIM_H
#define IO_JSON_SKIM_H

#include <stdbool.h>
#include <stddef.h>

struct json_span {
    char *at;
    size_t n;
};

struct json_skim {
    char *at, *end;
    bool begun, broken;
};

/* A value of some bytes, which hold nothing else; false for no value, or for several. */
bool json_skim_value(char *bytes, size_t n, struct json_span *ret_value);

void json_skim_init(struct json_skim *skim, struct json_span object);
/* The next member: its name without the quotes, as it is written, and its value. False after
 * the last one, and where it is `broken`. */
bool json_skim_next(struct json_skim *skim, struct json_span *ret_name,
                    struct json_span *ret_value);

/* Whether a name, or a text with its quotes, is that word. */
bool json_span_is(struct json_span span, const char *word);

#endif
