/*
 * The URLs of backends. The routers that read them apply a filter of their own and
 * refuse a whole file for one bad URL, so what they refuse is refused here. A
 * URL that carries credentials would end up in a ConfigMap, for all to read.
 */
#include "schema/schema.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Four numbers up to 255 apart by dots, without leading zeros. */
bool schema_is_ipv4(const char *text, size_t len)
{
    unsigned dots = 0, value = 0, digits = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.' && digits > 0) {
            dots++;
            value = digits = 0;
        } else if (is_digit(text[i]) && (digits == 0 || value > 0)) {
            value = value * 10 + (unsigned)(text[i] - '0');
            digits++;
        } else {
            return false;
        }
        if (value > 255)
            return false;
    }
    return dots == 3 && digits > 0;
}

/* Labels of letters, digits and inner dashes; `*ret_last` is where the last one starts. */
static bool is_dotted_name(const char *host, size_t len, size_t *ret_last)
{
    size_t start = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i == len || host[i] == '.') {
            if (i == start || i - start > 63 || host[start] == '-' || host[i - 1] == '-')
                return false;
            *ret_last = start;
            start = i + 1;
        } else if (!is_letter(host[i]) && !is_digit(host[i]) && host[i] != '-') {
            return false;
        }
    }
    return len <= 253;
}

static const char *host_fault(const char *host, size_t len)
{
    size_t last = 0;

    if (len == 0)
        return "has no host";
    if (host[0] == '[')
        return "has an IPv6 address, which routers do not take; use the name of a Service";
    if ((len == 9 && memcmp(host, "localhost", 9) == 0) || schema_is_ipv4(host, len))
        return NULL;
    if (!is_dotted_name(host, len, &last))
        return "has a host that is neither a DNS name nor an IPv4 address";
    if (last == 0)
        return "has a host without a dot, which routers refuse; add the namespace and .svc";
    for (size_t i = last; i < len; i++)
        if (!is_letter(host[i]))
            return "has a host whose last label is not all letters, which routers refuse";
    return len - last >= 2 ? NULL : "has a host whose last label is a single letter";
}

static const char *port_fault(const char *port, size_t len)
{
    unsigned long value = 0;

    if (len == 0)
        return "has a colon but no port";
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(port[i]) || len > 5)
            return "has a port that is not a number from 1 to 65535";
        value = value * 10 + (unsigned long)(port[i] - '0');
    }
    return value >= 1 && value <= 65535 && port[0] != '0'
               ? NULL
               : "has a port that is not a number from 1 to 65535";
}

static const char *scheme_fault(const char *url, size_t len, size_t *ret_skip)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < BASE_COUNT(schemes); i++) {
        *ret_skip = strlen(schemes[i]);
        if (len >= *ret_skip && memcmp(url, schemes[i], *ret_skip) == 0)
            return NULL;
    }
    return "must start with http:// or https:// in lower case";
}

const char *schema_url_check(const char *url, size_t len)
{
    size_t skip = 0, end, colon;
    const char *wrong;

    if (len == 0)
        return "is empty";
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)url[i] <= ' ' || (unsigned char)url[i] >= 0x7f || url[i] == ',' ||
            url[i] == '"' || url[i] == '\\')
            return "has a space or another character that no URL has";
    wrong = scheme_fault(url, len, &skip);
    if (wrong)
        return wrong;
    url += skip;
    len -= skip;
    for (end = 0; end < len && url[end] != '/' && url[end] != '?' && url[end] != '#'; end++)
        if (url[end] == '@')
            return "has credentials, which would be readable for everybody";
    if (end < len && url[end] != '/')
        return "has a query or a fragment, which a backend cannot have";
    for (colon = 0; colon < end && (url[0] == '[' || url[colon] != ':'); colon++)
        continue;
    wrong = host_fault(url, colon);
    if (!wrong && colon < end)
        wrong = port_fault(url + colon + 1, end - colon - 1);
    if (!wrong && (memchr(url + end, '?', len - end) || memchr(url + end, '#', len - end)))
        wrong = "has a query or a fragment, which a backend cannot have";
    return wrong;
}
