/* Warning headers by RFC 7234: CODE AGENT "TEXT" ["DATE"], and commas. */
#include "io/warnings.h"

#include "io/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static uint64_t hash(const char *text)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    for (; *text; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return sum;
}

static bool is_known(const struct warnings *warnings, uint64_t number)
{
    for (uint64_t i = 0; i < warnings->logged && i < WARNINGS_KEPT; i++)
        if (warnings->seen[i] == number)
            return true;
    return false;
}

static void take_text(struct warnings *warnings, const char *text)
{
    uint64_t number = hash(text);

    warnings->count++;
    if (is_known(warnings, number))
        return;
    warnings->seen[warnings->logged++ % WARNINGS_KEPT] = number;
    log_event(LOG_LEVEL_WARNING, "the API server warns", "text", text, NULL);
}

/* The quoted string at `at`, unescaped; returns what is behind it. */
static const char *read_quoted(const char *at, char text[WARNINGS_TEXT])
{
    size_t n = 0;

    for (at++; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1])
            at++;
        if (n < WARNINGS_TEXT - 1)
            text[n++] = *at;
    }
    text[n] = '\0';
    return *at ? at + 1 : at;
}

void warnings_take(struct warnings *warnings, const char *header)
{
    char text[WARNINGS_TEXT], date[WARNINGS_TEXT];

    while (*(header += strcspn(header, "\""))) {
        header = read_quoted(header, text);
        take_text(warnings, text);
        header += strspn(header, " \t");
        if (*header == '"')
            header = read_quoted(header, date);
    }
}
