/* Metrics of others, line by line. */
#include "core/scrape.h"

#include <stdlib.h>
#include <string.h>

static const struct wanted {
    const char *name;
    size_t n;
    enum scrape_meaning meaning;
    double factor, most;
} wanted[] = {
#define WANTED(meaning, name, factor, most)                                                        \
    {name, sizeof(name) - 1, SCRAPE_##meaning, factor, most},
#define LABEL(label, name, rank)
#include "core/scrape.def"
#undef LABEL
#undef WANTED
};

static const struct spelling {
    const char *name;
    size_t n;
    enum scrape_label label;
    unsigned rank;
} spellings[] = {
#define WANTED(meaning, name, factor, most)
#define LABEL(label, name, rank) {name, sizeof(name) - 1, SCRAPE_LABEL_##label, rank},
#include "core/scrape.def"
#undef LABEL
#undef WANTED
};

enum {
    N_WANTED = sizeof(wanted) / sizeof(*wanted),
    N_SPELLINGS = sizeof(spellings) / sizeof(*spellings)
};

/* A part of a line, eaten from its start. */
struct rest {
    const char *at, *end;
};

/* ---- characters ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(struct rest *rest)
{
    while (rest->at < rest->end && is_blank(*rest->at))
        rest->at++;
}

static bool eat(struct rest *rest, char c)
{
    if (rest->at == rest->end || *rest->at != c)
        return false;
    rest->at++;
    return true;
}

static bool eat_name(struct rest *rest, const char **ret_name, size_t *ret_n)
{
    const char *start = rest->at;

    if (start == rest->end || !is_name_start(*start))
        return false;
    while (rest->at < rest->end && (is_name_start(*rest->at) || is_digit(*rest->at)))
        rest->at++;
    *ret_name = start;
    *ret_n = (size_t)(rest->at - start);
    return true;
}

/* Bytes of the character of UTF-8 that `text` starts with; 0 when it is none, or NUL. */
static size_t measure_char(const char *text, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char first = (unsigned char)*text;
    size_t len = first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    uint32_t code;

    if (first < 0x80)
        return first != 0;
    if (len == 0 || len > n)
        return 0;
    code = first & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c >> 6 != 2)
            return 0;
        code = code << 6 | (c & 0x3fU);
    }
    return code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : len;
}

static bool is_utf8(const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t len = measure_char(text + at, n - at);

        if (len == 0)
            return false;
        at += len;
    }
    return true;
}

/* ---- labels ---- */

/* A quoted value; with `to`, its text without escapes. False also when it is too long. */
static bool eat_value(struct rest *rest, char *to)
{
    const char *start = to;

    if (!eat(rest, '"'))
        return false;
    while (rest->at < rest->end && *rest->at != '"') {
        char c = *rest->at++;

        if (c == '\\') {
            if (rest->at == rest->end)
                return false;
            c = *rest->at++;
            if (c != 'n' && c != '\\' && c != '"')
                return false;
            c = c == 'n' ? '\n' : c;
        }
        if (!to)
            continue;
        if (to - start == SCRAPE_TEXT)
            return false;
        *to++ = c;
    }
    if (to) {
        *to = '\0';
        if (!is_utf8(start, (size_t)(to - start)))
            return false;
    }
    return eat(rest, '"');
}

static size_t find_spelling(const char *name, size_t n)
{
    size_t i = 0;

    while (i < N_SPELLINGS &&
           (spellings[i].n != n || memcmp(spellings[i].name, name, n) != 0))
        i++;
    return i;
}

/* One label. `seen`: a bit for each spelling that was there; `ranks`: of what is kept. */
static bool eat_label(struct scrape *scrape, struct rest *rest, uint32_t *seen, unsigned *ranks)
{
    const struct spelling *spelling;
    const char *name;
    size_t n, which;
    char *to;

    if (!eat_name(rest, &name, &n))
        return false;
    skip_blanks(rest);
    if (!eat(rest, '='))
        return false;
    skip_blanks(rest);
    which = find_spelling(name, n);
    if (which == N_SPELLINGS)
        return eat_value(rest, NULL);
    if (*seen >> which & 1)
        return false;
    *seen |= 1U << which;
    spelling = &spellings[which];
    to = ranks[spelling->label] <= spelling->rank + 1 ? scrape->texts[spelling->label] : NULL;
    if (to)
        ranks[spelling->label] = spelling->rank + 1;
    return eat_value(rest, to);
}

/* What stands between braces, if there are any. */
static bool eat_labels(struct scrape *scrape, struct rest *rest)
{
    unsigned ranks[SCRAPE_LABEL__COUNT] = {0};
    uint32_t seen = 0;

    for (size_t i = 0; i < SCRAPE_LABEL__COUNT; i++)
        scrape->texts[i][0] = '\0';
    if (!eat(rest, '{'))
        return true;
    skip_blanks(rest);
    while (!eat(rest, '}')) {
        if (!eat_label(scrape, rest, &seen, ranks))
            return false;
        skip_blanks(rest);
        if (!eat(rest, ',')) {
            if (!eat(rest, '}'))
                return false;
            break;
        }
        skip_blanks(rest);
    }
    return true;
}

/* ---- numbers ---- */

static bool is_word(const char *text, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++, word++)
        if (!*word || (text[i] | 0x20) != *word)
            return false;
    return *word == '\0';
}

/* Infinity and its like: a number all the same, but none that can be used. */
static bool is_odd_number(const char *text, size_t n)
{
    if (n > 0 && (*text == '+' || *text == '-'))
        text++, n--;
    return is_word(text, n, "nan") || is_word(text, n, "inf") || is_word(text, n, "infinity");
}

/* 1: *ret_value is there; 0: it is absent; -1: this is no number. */
static int eat_number(struct rest *rest, double *ret_value)
{
    static const char allowed[] = "0123456789+-.eE";
    char text[64], *end;
    size_t n = 0;

    while (rest->at + n < rest->end && !is_blank(rest->at[n]))
        n++;
    if (n == 0 || n >= sizeof(text))
        return -1;
    memcpy(text, rest->at, n);
    text[n] = '\0';
    rest->at += n;
    if (strspn(text, allowed) != n)
        return is_odd_number(text, n) ? 0 : -1;
    *ret_value = strtod(text, &end);
    return *end ? -1 : 1;
}

/* ---- lines ---- */

static const struct wanted *find_wanted(const char *name, size_t n)
{
    for (size_t i = 0; i < N_WANTED; i++)
        if (wanted[i].n == n && memcmp(wanted[i].name, name, n) == 0)
            return &wanted[i];
    return NULL;
}

static bool read_sample(struct scrape *scrape, const struct wanted *row, struct rest *rest)
{
    struct scrape_sample sample = {.meaning = row->meaning};
    int there;

    skip_blanks(rest);
    if (!eat_labels(scrape, rest))
        return false;
    skip_blanks(rest);
    there = eat_number(rest, &sample.value);
    if (there < 0)
        return false;
    /* Behind it there may be a time, and an exemplar; neither is of interest. */
    if (there == 0 || sample.value < 0 || sample.value > row->most) {
        scrape->absent++;
        return true;
    }
    sample.value *= row->factor;
    for (size_t i = 0; i < SCRAPE_LABEL__COUNT; i++)
        sample.labels[i] = scrape->texts[i];
    scrape->take(scrape->ctx, &sample);
    return true;
}

/* A name in quotes stands inside of the braces; none of ours needs them. */
static bool eat_quoted_name(struct rest *rest)
{
    skip_blanks(rest);
    if (!eat_value(rest, NULL))
        return false;
    skip_blanks(rest);
    return eat(rest, ',') || eat(rest, '}');
}

static bool read_line(struct scrape *scrape, const char *line, size_t n)
{
    struct rest rest = {line, line + n};
    const struct wanted *row;
    const char *name;
    size_t len;

    if (n > 0 && line[n - 1] == '\r')
        rest.end--;
    skip_blanks(&rest);
    if (rest.at == rest.end)
        return true;
    if (*rest.at == '#') {
        scrape->ended = rest.end - rest.at == 5 && memcmp(rest.at, "# EOF", 5) == 0;
        return true;
    }
    if (scrape->ended && scrape->form == SCRAPE_OPENMETRICS)
        return false;
    scrape->series++;
    if (eat(&rest, '{'))
        return eat_quoted_name(&rest);
    if (!eat_name(&rest, &name, &len))
        return false;
    row = find_wanted(name, len);
    return row ? read_sample(scrape, row, &rest)
               : rest.at < rest.end && (is_blank(*rest.at) || *rest.at == '{');
}

static void end_line(struct scrape *scrape, const char *line, size_t n)
{
    bool too_long = scrape->skips || n > SCRAPE_LINE;

    scrape->series += too_long;
    if (too_long || !read_line(scrape, line, n))
        scrape->malformed++;
    scrape->skips = false;
    scrape->n = 0;
}

static void keep(struct scrape *scrape, const char *data, size_t n)
{
    if (scrape->skips || n > SCRAPE_LINE - scrape->n) {
        scrape->skips = true;
        scrape->n = 0;
        return;
    }
    memcpy(scrape->line + scrape->n, data, n);
    scrape->n += n;
}

/* ---- the whole ---- */

enum scrape_form scrape_form_of(const char *content_type)
{
    static const struct {
        const char *name;
        enum scrape_form form;
    } types[] = {{"text/plain", SCRAPE_PROMETHEUS},
                 {"application/openmetrics-text", SCRAPE_OPENMETRICS}};
    size_t n = content_type ? strcspn(content_type, "; \t") : 0;

    for (size_t i = 0; n && i < sizeof(types) / sizeof(*types); i++)
        if (is_word(content_type, n, types[i].name))
            return types[i].form;
    return SCRAPE_UNKNOWN;
}

void scrape_begin(struct scrape *scrape, enum scrape_form form, scrape_take *take, void *ctx)
{
    memset(scrape, 0, offsetof(struct scrape, line));
    scrape->form = form;
    scrape->take = take;
    scrape->ctx = ctx;
}

bool scrape_feed(struct scrape *scrape, const char *data, size_t n)
{
    while (n > 0 && !scrape->too_large) {
        const char *newline = memchr(data, '\n', n);
        size_t len = newline ? (size_t)(newline - data) : n;
        size_t eaten = len + (newline != NULL);

        if (eaten > SCRAPE_BYTES - scrape->bytes || scrape->series == SCRAPE_SERIES) {
            scrape->too_large = true;
            break;
        }
        scrape->bytes += eaten;
        if (newline && scrape->n == 0 && !scrape->skips) {
            end_line(scrape, data, len);
        } else {
            keep(scrape, data, len);
            if (newline)
                end_line(scrape, scrape->line, scrape->n);
        }
        data += eaten;
        n -= eaten;
    }
    return !scrape->too_large;
}

enum scrape_end scrape_end(const struct scrape *scrape)
{
    if (scrape->too_large)
        return SCRAPE_TOO_LARGE;
    if (scrape->n > 0 || scrape->skips ||
        (scrape->form == SCRAPE_OPENMETRICS && !scrape->ended))
        return SCRAPE_CUT_OFF;
    return scrape->malformed > 0 && scrape->series <= scrape->malformed ? SCRAPE_NO_METRICS
                                                                         : SCRAPE_FINE;
}
