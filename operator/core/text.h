/*
 * text: a text that is put together: paths with their escapes, JSON, times. Adding never
 * fails by itself; text_end() says whether memory was there for all of it.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <routerctl/base.h>

struct text {
    rctl_allocator from;
    char *data;
    uint32_t n, cap;
    bool failed;
};

void text_init(struct text *text, const rctl_allocator *from);
void text_done(struct text *text);

/* Empty again, with its memory kept. */
void text_begin(struct text *text);
/* The whole of it, which lives until it is added to; NULL when memory was refused. */
const char *text_end(struct text *text);

void text_add(struct text *text, const char *more);
void text_add_bytes(struct text *text, const char *more, size_t n);
void text_add_number(struct text *text, uint64_t number);
/* A part of a path or a value of a query: all but letters, digits and -._~ is escaped. */
void text_add_escaped(struct text *text, const char *part);
/* A string of JSON, with its quotes. */
void text_add_json(struct text *text, const char *value);
/* Nanoseconds since 1970 as a string of JSON: "2026-11-24T16:00:00.000000Z". */
void text_add_time(struct text *text, int64_t wall);
/* For those who write to sinks. */
rctl_sink text_sink(struct text *text);

#endif
