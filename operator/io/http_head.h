/*
 * http_head: the head of an HTTP request, read strictly: what two readers could
 * understand in two ways is refused.
 */
#ifndef IO_HTTP_HEAD_H
#define IO_HTTP_HEAD_H

#include <stdbool.h>

/* Texts are parts of what was read. */
struct http_head {
    char *path, *query; /* query NULL without a '?' */
    const char *accept; /* "" without one */
    bool with_body;     /* the answer has a body: GET, not HEAD */
    bool last;          /* no further request follows */
};

/*
 * Lines that end in CRLF, without the empty one; they are cut in place. 0, or the status
 * that refuses them: 405 for other methods than GET and HEAD, 400 for all else that is
 * wrong and for requests with a body.
 */
int http_head_read(struct http_head *head, char *text);

/* Does a query have that name, with that value (NULL: with any or none)? */
bool http_head_has_word(const char *query, const char *name, const char *value);

#endif
