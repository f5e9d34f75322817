/* Over texts and brackets, without a tree. */
#include "io/json_skim.h"

#include "io/json.h"

#include <string.h>

static char *skip_space(char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r'))
        at++;
    return at;
}

/* Behind the closing quote; NULL when there is none. */
static char *skip_text(char *at, const char *end)
{
    for (at++; at < end; at++) {
        char *quote = memchr(at, '"', (size_t)(end - at));
        char *slash = quote ? memchr(at, '\\', (size_t)(quote - at)) : NULL;

        if (!quote)
            return NULL;
        if (!slash)
            return quote + 1;
        at = slash + 1; /* what it escapes is passed over */
    }
    return NULL;
}

static char *skip_word(char *at, const char *end)
{
    char *from = at;

    while (at < end && !memchr(",:]}{[\" \t\r\n", *at, 11))
        at++;
    return at > from ? at : NULL;
}

static char *skip_brackets(char *at, const char *end)
{
    char closing[JSON_DEPTH];
    size_t depth = 0;

    while (at < end) {
        char c = *at;

        if (c == '"') {
            at = skip_text(at, end);
            if (!at)
                return NULL;
            continue;
        }
        at++;
        if (c == '{' || c == '[') {
            if (depth == JSON_DEPTH)
                return NULL;
            closing[depth++] = c == '{' ? '}' : ']';
        } else if (c == '}' || c == ']') {
            if (closing[--depth] != c)
                return NULL;
            if (depth == 0)
                return at;
        }
    }
    return NULL;
}

static char *skip_value(char *at, const char *end)
{
    if (at == end)
        return NULL;
    if (*at == '"')
        return skip_text(at, end);
    return *at == '{' || *at == '[' ? skip_brackets(at, end) : skip_word(at, end);
}

bool json_skim_value(char *bytes, size_t n, struct json_span *ret_value)
{
    char *end = bytes + n, *at = skip_space(bytes, end), *behind = skip_value(at, end);

    if (!behind || skip_space(behind, end) != end)
        return false;
    *ret_value = (struct json_span){at, (size_t)(behind - at)};
    return true;
}

void json_skim_init(struct json_skim *skim, struct json_span object)
{
    *skim = (struct json_skim){.at = object.at + 1,
                               .end = object.at + object.n - 1,
                               .broken = object.n < 2 || *object.at != '{'};
}

bool json_skim_next(struct json_skim *skim, struct json_span *ret_name,
                    struct json_span *ret_value)
{
    char *end = skim->end, *at = skim->broken ? end : skip_space(skim->at, end), *behind;

    if (at == end)
        return false;
    skim->broken = true;
    if (skim->begun) {
        if (*at != ',')
            return false;
        at = skip_space(at + 1, end);
    }
    if (at == end || *at != '"' || !(behind = skip_text(at, end)))
        return false;
    *ret_name = (struct json_span){at + 1, (size_t)(behind - at) - 2};
    at = skip_space(behind, end);
    if (at == end || *at != ':')
        return false;
    at = skip_space(at + 1, end);
    behind = skip_value(at, end);
    if (!behind)
        return false;
    *ret_value = (struct json_span){at, (size_t)(behind - at)};
    skim->at = behind;
    skim->begun = true;
    skim->broken = false;
    return true;
}

bool json_span_is(struct json_span span, const char *word)
{
    size_t n = strlen(word);

    if (span.n == n + 2 && span.at[0] == '"') {
        span.at++;
        span.n -= 2;
    }
    return span.n == n && memcmp(span.at, word, n) == 0;
}
