/*
 * References of container images: [registry[:port]/]path[:tag][@digest], as the
 * container runtimes read them. A reference that they refuse leaves a pod in
 * InvalidImageName, which nobody sees before it runs.
 */
#include "schema/schema.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z');
}

static bool is_alnum(char c)
{
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* The first part is a registry when it cannot be a path: a dot, a port, localhost.
 * Docker also takes capitals as a sign, but there it hides that somebody wrote vLLM/x. */
static bool is_registry(const char *part, size_t len)
{
    if ((len == 9 && memcmp(part, "localhost", 9) == 0) || part[0] == '[')
        return true;
    for (size_t i = 0; i < len; i++)
        if (part[i] == '.' || part[i] == ':')
            return true;
    return false;
}

static bool registry_fine(const char *text, size_t len)
{
    size_t host = 0;

    if (text[0] == '[') {
        while (host < len && text[host] != ']')
            host++;
        if (host++ == len)
            return false;
    } else {
        while (host < len && text[host] != ':')
            host++;
        for (size_t i = 0; i < host; i++) {
            bool edge = i == 0 || i + 1 == host || text[i - 1] == '.' || text[i + 1] == '.';

            if (!is_alnum(text[i]) && (edge || (text[i] != '.' && text[i] != '-')))
                return false;
        }
    }
    if (host == 0 || (host < len && (text[host] != ':' || host + 1 == len || len - host > 6)))
        return false;
    for (size_t i = host + 1; i < len; i++)
        if (!is_digit(text[i]))
            return false;
    return true;
}

/* One part of the path: words of [a-z0-9] joined by '.', '_', '__' or dashes. */
static bool part_fine(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t start = i;

        while (i < len && is_lower_alnum(text[i]))
            i++;
        if (i == start)
            return false;
        if (i == len)
            return true;
        start = i;
        if (text[i] == '-')
            while (i < len && text[i] == '-')
                i++;
        else if (text[i] == '_')
            i += i + 1 < len && text[i + 1] == '_' ? 2 : 1;
        else if (text[i] == '.')
            i++;
        if (i == start || i == len)
            return false;
    }
    return false;
}

static const char *path_fault(const char *text, size_t len)
{
    size_t start = 0;

    if (len > 255)
        return "must have a name of at most 255 characters";
    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != '/')
            continue;
        if (!(start == 0 && i < len && is_registry(text, i) ? registry_fine(text, i)
                                                            : part_fine(text + start, i - start)))
            return "must be a container image: [registry/]name[:tag][@digest], the name in lower "
                   "case";
        start = i + 1;
    }
    return NULL;
}

static const char *tag_fault(const char *tag, size_t len)
{
    if (len == 0)
        return "must have a tag after the ':'";
    if (len > 128)
        return "must have a tag of at most 128 characters";
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(tag[i]) && tag[i] != '_' && (i == 0 || (tag[i] != '.' && tag[i] != '-')))
            return "must have a tag of letters, digits, '_', '.' and '-'";
    return NULL;
}

static const char *digest_fault(const char *digest, size_t len)
{
    const char *colon = memchr(digest, ':', len);
    size_t algorithm = colon ? (size_t)(colon - digest) : 0;
    size_t n_hex = colon ? len - algorithm - 1 : 0;

    for (size_t i = algorithm + 1; i < len; i++)
        if (!is_hex(digest[i]))
            n_hex = 0;
    if (algorithm == 0 || n_hex < 32)
        return "must have a digest like sha256:<64 hex digits> after the '@'";
    if (algorithm == 6 && memcmp(digest, "sha256", 6) == 0 && n_hex != 64)
        return "must have 64 hex digits after sha256:";
    return NULL;
}

const char *schema_image_check(const char *text, size_t len)
{
    const char *at = memchr(text, '@', len), *wrong;
    size_t name = at ? (size_t)(at - text) : len, colon;

    if (len == 0)
        return "must not be empty";
    if (at) {
        wrong = digest_fault(at + 1, len - name - 1);
        if (wrong)
            return wrong;
    }
    for (colon = name; colon > 0 && text[colon - 1] != '/' && text[colon - 1] != ':'; colon--)
        continue;
    if (colon > 0 && text[colon - 1] == ':') {
        wrong = tag_fault(text + colon, name - colon);
        if (wrong)
            return wrong;
        name = colon - 1;
    }
    return path_fault(text, name);
}
