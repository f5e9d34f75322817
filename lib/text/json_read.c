/*
 * Strict JSON, for files that start with a brace: kubectl gives them to a JSON
 * parser too. libyaml would take them for YAML, with other escapes and words, and
 * without objects in a row.
 */
#include "text/read.h"

struct json {
    struct text_compose *compose;
    const char *p, *end;
    /* the newest mark, and where it is: columns are counted once */
    const char *counted;
    struct text_mark mark;
    struct base_buf text; /* a string with escapes, decoded */
};

/* ---- places ---- */

static struct text_mark mark_at(struct json *json, const char *at)
{
    for (; json->counted < at; json->counted++) {
        char c = *json->counted;

        if (c == '\n' ||
            (c == '\r' && (json->counted + 1 == json->end || json->counted[1] != '\n'))) {
            json->mark.line++;
            json->mark.column = 1;
        } else {
            json->mark.column += ((unsigned char)c & 0xc0) != 0x80 && c != '\r';
        }
    }
    return json->mark;
}

static bool refuse(struct json *json, const char *at, enum diag_code code, const char *message,
                   const char *hint)
{
    const struct text_reader *reader = json->compose->reader;

    diag_add(reader->diags, code, text_at(reader, mark_at(json, at)), NULL, NULL, hint, "%s",
             message);
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct json *json)
{
    while (json->p < json->end && is_blank(*json->p))
        json->p++;
}

static char peek(const struct json *json)
{
    return json->p < json->end ? *json->p : '\0';
}

/* Says what stands where something else should, and where the text ends too early. */
static bool refuse_here(struct json *json, const char *message, const char *hint)
{
    if (json->p >= json->end)
        return refuse(json, json->p, DIAG_TEXT_UNCLOSED, "the JSON ends too early",
                      "add what is missing at the end");
    return refuse(json, json->p, DIAG_TEXT_SYNTAX, message, hint);
}

/* ---- strings ---- */

static void add_utf8(struct base_buf *out, uint32_t c)
{
    char bytes[4];
    size_t n = 0;

    if (c < 0x80) {
        bytes[n++] = (char)c;
    } else if (c < 0x800) {
        bytes[n++] = (char)(0xc0 | c >> 6);
        bytes[n++] = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        bytes[n++] = (char)(0xe0 | c >> 12);
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (c & 0x3f));
    } else {
        bytes[n++] = (char)(0xf0 | c >> 18);
        bytes[n++] = (char)(0x80 | (c >> 12 & 0x3f));
        bytes[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[n++] = (char)(0x80 | (c & 0x3f));
    }
    base_buf_add(out, bytes, n);
}

/* Four digits at p. */
static bool read_hex(const struct json *json, const char *p, uint32_t *ret)
{
    uint32_t value = 0;

    if (json->end - p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = p[i];

        if (c >= '0' && c <= '9')
            value = value << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            value = value << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
    }
    *ret = value;
    return true;
}

/* Behind a "\u". */
static bool read_unicode(struct json *json, const char *escape)
{
    uint32_t c, low;

    if (!read_hex(json, json->p, &c))
        return refuse(json, escape, DIAG_TEXT_BAD_ESCAPE,
                      "the escape \\u needs four hexadecimal digits", "complete the escape");
    json->p += 4;
    if (c == 0)
        return refuse(json, escape, DIAG_TEXT_BAD_ESCAPE,
                      "an escape stands for NUL, which no text may hold", "remove the escape");
    if (c >= 0xd800 && c <= 0xdfff) {
        if (c > 0xdbff || json->end - json->p < 6 || json->p[0] != '\\' || json->p[1] != 'u' ||
            !read_hex(json, json->p + 2, &low) || low < 0xdc00 || low > 0xdfff)
            return refuse(json, escape, DIAG_TEXT_BAD_ESCAPE,
                          "the escape is half of a surrogate pair, and the other half is missing",
                          "write both halves, or the character itself");
        json->p += 6;
        c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
    }
    add_utf8(&json->text, c);
    return true;
}

static bool read_escape(struct json *json)
{
    static const char letters[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *escape = json->p++, *letter;

    if (json->p < json->end && *json->p == 'u') {
        json->p++;
        return read_unicode(json, escape);
    }
    letter = json->p < json->end ? strchr(letters, *json->p) : NULL;
    if (!letter)
        return refuse(json, escape, DIAG_TEXT_BAD_ESCAPE,
                      "the backslash is followed by a letter that is no escape",
                      "write two backslashes for one");
    base_buf_putc(&json->text, values[letter - letters]);
    json->p++;
    return true;
}

static bool refuse_unclosed(struct json *json, const char *quote)
{
    return refuse(json, quote, DIAG_TEXT_UNCLOSED, "the quoted text is not closed on its line",
                  "add the closing quote; write a line end as \\n");
}

/* The string whose quote p stands on; lent until the next one is read. */
static bool read_string(struct json *json, const char **ret, size_t *ret_len)
{
    const char *quote = json->p++, *from = json->p;
    bool escapes = false;

    json->text.len = 0;
    for (; json->p < json->end && *json->p != '"'; from = json->p) {
        while (json->p < json->end && *json->p != '"' && *json->p != '\\' &&
               (unsigned char)*json->p >= 0x20)
            json->p++;
        if (json->p < json->end && *json->p == '\t')
            return refuse(json, json->p, DIAG_TEXT_CONTROL, "a tab stands inside a JSON text",
                          "write it as \\t");
        if (json->p >= json->end || (unsigned char)*json->p < 0x20)
            return refuse_unclosed(json, quote);
        if (*json->p == '"' && !escapes)
            break;
        base_buf_add(&json->text, from, (size_t)(json->p - from));
        if (*json->p == '"')
            break;
        escapes = true;
        mark_at(json, quote);
        if (!read_escape(json))
            return false;
        if (json->text.len > json->compose->reader->limits->string) {
            text_tell_too_long(json->compose->reader, json->mark);
            return false;
        }
    }
    if (json->p >= json->end)
        return refuse_unclosed(json, quote);
    *ret = escapes ? json->text.data : from;
    *ret_len = escapes ? json->text.len : (size_t)(json->p - from);
    json->p++;
    return true;
}

/* ---- values ---- */

static bool read_key(struct json *json)
{
    const char *start, *key;
    struct text_mark mark;
    size_t len;

    skip_blanks(json);
    start = json->p;
    if (peek(json) != '"')
        return refuse_here(json, "a key in double quotes is expected here",
                           "put keys in double quotes, or write '---' on the first line if the "
                           "file is YAML");
    mark = mark_at(json, start);
    if (!read_string(json, &key, &len))
        return false;
    text_compose_key(json->compose, key, len, mark);
    skip_blanks(json);
    if (peek(json) != ':')
        return refuse_here(json, "a ':' is expected here", "write a ':' after the key");
    json->p++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool skip_digits(struct json *json)
{
    const char *from = json->p;

    while (is_digit(peek(json)))
        json->p++;
    return json->p > from;
}

static bool scan_number(struct json *json, enum text_type *ret_type)
{
    *ret_type = TEXT_INT;
    if (peek(json) == '-')
        json->p++;
    if (peek(json) == '0')
        json->p++;
    else if (!skip_digits(json))
        return false;
    if (peek(json) == '.') {
        *ret_type = TEXT_FLOAT;
        json->p++;
        if (!skip_digits(json))
            return false;
    }
    if (peek(json) == 'e' || peek(json) == 'E') {
        *ret_type = TEXT_FLOAT;
        json->p++;
        if (peek(json) == '+' || peek(json) == '-')
            json->p++;
        if (!skip_digits(json))
            return false;
    }
    return true;
}

/* The end of a word, so that "nullx" and "1e" are told as a whole. */
static bool ends_word(const struct json *json)
{
    return json->p >= json->end || is_blank(*json->p) || strchr(",]}", *json->p);
}

static bool read_number(struct json *json)
{
    const char *start = json->p;
    struct text_mark mark = mark_at(json, start);
    struct text_node node = {.style = TEXT_PLAIN, .mark = mark};
    enum text_type type;
    double value;

    if (!scan_number(json, &type) || !ends_word(json))
        return refuse(json, start, DIAG_TEXT_SYNTAX, "this is no JSON number",
                      "write a decimal number without leading zeros, or put it in quotes");
    json->text.len = 0;
    base_buf_add(&json->text, start, (size_t)(json->p - start));
    node.type = (uint8_t)type;
    node.u.str = json->text.data;
    node.len = (uint32_t)json->text.len;
    if (!text_double(&node, &value))
        return refuse(json, start, DIAG_TEXT_NOT_FINITE,
                      "the number is larger than Kubernetes can hold",
                      "use a smaller number, or put it in quotes");
    text_compose_value(json->compose, type, TEXT_PLAIN, node.u.str, node.len, mark);
    return true;
}

static bool read_word(struct json *json)
{
    static const struct {
        const char *word;
        enum text_type type;
    } words[] = {{"true", TEXT_BOOL}, {"false", TEXT_BOOL}, {"null", TEXT_NULL}};
    const char *start = json->p;

    for (size_t i = 0; i < BASE_COUNT(words); i++) {
        size_t len = strlen(words[i].word);

        if ((size_t)(json->end - start) < len || memcmp(start, words[i].word, len) != 0)
            continue;
        json->p = start + len;
        if (!ends_word(json))
            break;
        text_compose_value(json->compose, words[i].type, TEXT_PLAIN, start, len,
                           mark_at(json, start));
        return true;
    }
    json->p = start;
    return refuse_here(json, "a JSON value is expected here",
                       "put texts in double quotes, or write '---' on the first line if the file "
                       "is YAML");
}

static bool read_text(struct json *json)
{
    struct text_mark mark = mark_at(json, json->p);
    const char *text;
    size_t len;

    if (!read_string(json, &text, &len))
        return false;
    text_compose_value(json->compose, TEXT_STR, TEXT_QUOTED, text, len, mark);
    return true;
}

/* Opens a list or map; when it is not empty, a map's first key is read too. */
static bool open_value(struct json *json, bool *ret_empty)
{
    bool map = *json->p == '{';

    text_compose_open(json->compose, map, NULL, NULL, mark_at(json, json->p));
    json->p++;
    skip_blanks(json);
    *ret_empty = json->compose->state != TEXT_GO || peek(json) == (map ? '}' : ']');
    return *ret_empty || !map || read_key(json);
}

/* After a value: closes what ends here and moves to the next value, if any. */
static bool read_separators(struct json *json)
{
    while (json->compose->depth && json->compose->state == TEXT_GO) {
        bool map = text_compose_in_map(json->compose);

        skip_blanks(json);
        if (peek(json) == ',') {
            json->p++;
            skip_blanks(json);
            if (!map && peek(json) == ']')
                return refuse_here(json, "a value is expected after the ','", "remove the ','");
            return !map || read_key(json);
        }
        if (peek(json) != (map ? '}' : ']'))
            return refuse_here(json, map ? "a ',' or '}' is expected here"
                                         : "a ',' or ']' is expected here",
                               "separate values by ',', and close what was opened");
        json->p++;
        text_compose_close(json->compose);
    }
    return true;
}

static bool read_object(struct json *json)
{
    do {
        bool fine, empty;
        char c;

        skip_blanks(json);
        c = peek(json);
        if (c == '{' || c == '[') {
            fine = open_value(json, &empty);
            if (fine && !empty)
                continue;
        } else if (c == '"') {
            fine = read_text(json);
        } else if (c == '-' || is_digit(c)) {
            fine = read_number(json);
        } else {
            fine = read_word(json);
        }
        if (!fine || !read_separators(json))
            return false;
    } while (json->compose->depth && json->compose->state == TEXT_GO);
    return json->compose->state == TEXT_GO;
}

/* ---- objects in a row ---- */

static bool at_fence(const struct json *json, const char *p, const char *data)
{
    return (p == data || p[-1] == '\n') &&
           text_is_fence(data, (size_t)(json->end - data), (size_t)(p - data));
}

/* Behind a fault only a line of "---" shows where another object starts. */
static void skip_broken(struct json *json, const char *data)
{
    while (json->p < json->end && !at_fence(json, json->p, data))
        json->p++;
}

void text_read_json(struct text_compose *compose, const char *data, size_t len, size_t start)
{
    struct json json = {.compose = compose,
                        .p = data + start,
                        .end = data + len,
                        .counted = data + start,
                        .mark = {1, 1}};

    base_buf_init(&json.text, &compose->builder.scratch, NULL);
    for (skip_blanks(&json); json.p < json.end; skip_blanks(&json)) {
        struct text_mark mark = mark_at(&json, json.p);
        bool fine;

        if (at_fence(&json, json.p, data)) {
            refuse(&json, json.p, DIAG_TEXT_SYNTAX, "'---' does not separate JSON objects",
                   "remove the line, or write '---' on the first line too");
            json.p += 3;
            continue;
        }
        text_compose_start(compose);
        fine = *json.p == '{' ? read_object(&json)
                              : refuse_here(&json, "a '{' is expected here",
                                            "write nothing but JSON objects in this file");
        text_compose_end(compose, mark, fine);
        if (compose->state == TEXT_SKIP_FILE)
            return;
        if (!fine)
            skip_broken(&json, data);
    }
}
