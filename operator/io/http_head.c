/* Heads of HTTP requests. */
#include "io/http_head.h"

#include <string.h>
#include <strings.h>

/* One line of the head; false when it is no header. */
static bool read_header(struct http_head *head, char *line, bool *ret_body)
{
    char *colon = strchr(line, ':'), *value;

    if (!colon || colon == line || strcspn(line, " \t\r\n") < (size_t)(colon - line))
        return false;
    *colon = '\0';
    value = colon + 1 + strspn(colon + 1, " \t");
    if (strcasecmp(line, "Accept") == 0)
        head->accept = value;
    else if (strcasecmp(line, "Connection") == 0)
        head->last = head->last || strcasecmp(value, "close") == 0;
    else if (strcasecmp(line, "Transfer-Encoding") == 0)
        *ret_body = true;
    else if (strcasecmp(line, "Content-Length") == 0)
        *ret_body = *ret_body || strcmp(value, "0") != 0;
    return true;
}

/* "GET /path?query HTTP/1.1"; the status that refuses it, or 0. */
static int read_request_line(struct http_head *head, char *line)
{
    char *target = strchr(line, ' '), *version = target ? strchr(target + 1, ' ') : NULL;

    if (!version || (strcmp(version, " HTTP/1.1") != 0 && strcmp(version, " HTTP/1.0") != 0) ||
        target[1] != '/')
        return 400;
    head->last = strcmp(version, " HTTP/1.0") == 0;
    *target++ = '\0';
    *version = '\0';
    head->path = target;
    head->query = strchr(target, '?');
    if (head->query)
        *head->query++ = '\0';
    head->with_body = strcmp(line, "HEAD") != 0;
    return head->with_body && strcmp(line, "GET") != 0 ? 405 : 0;
}

int http_head_read(struct http_head *head, char *text)
{
    int status = 0;
    bool first = true, body = false;

    while (*text) {
        char *end = strstr(text, "\r\n");

        if (!end || memchr(text, '\n', (size_t)(end - text)))
            return 400;
        *end = '\0';
        if (first)
            status = read_request_line(head, text);
        else if (!read_header(head, text, &body))
            status = 400;
        if (status)
            return status;
        first = false;
        text = end + 2;
    }
    return body || first ? 400 : 0;
}

bool http_head_has_word(const char *query, const char *name, const char *value)
{
    size_t n = strlen(name);

    for (; query && *query; query += strcspn(query, "&"), query += *query == '&') {
        size_t len = strcspn(query, "&");

        if (strncmp(query, name, n) != 0 || (len > n && query[n] != '='))
            continue;
        if (!value)
            return true;
        if (len > n && len - n - 1 == strlen(value) &&
            strncmp(query + n + 1, value, len - n - 1) == 0)
            return true;
    }
    return false;
}
