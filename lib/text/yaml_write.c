/*
 * Canonical YAML, laid out as kubectl does. A scalar is written plain only when
 * every reader that users meet (YAML 1.1, 1.2, Go's, Python's) takes it for the
 * same string; everything in doubt gets double quotes. Lines are never wrapped.
 */
#include "text/text.h"

/* YAML readers look for the ':' of a simple key within 1024 characters. */
enum { LONGEST_SIMPLE_KEY = 1000 };

struct yaml {
    const struct text_remarks *remarks;
    struct base_buf *out;
};

/* ---- which strings may stand without quotes ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* In no version of YAML do these words mean anything; "64Gi", "500m" and "1.2.3-rc1" do not. */
static bool is_digits_but_text(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_letter(text[i]) && !strchr("abcdefABCDEFoOxXtTzZ", text[i]))
            return true;
    return false;
}

static bool is_reserved_word(const char *text, size_t len)
{
    static const char *const words[] = {"y",   "n",    "yes",  "no",  "on", "off", "true",
                                        "false", "null", "none", "inf", "nan", NULL};

    for (size_t w = 0; words[w]; w++) {
        size_t i = 0;

        while (i < len && words[w][i] && (text[i] | 0x20) == words[w][i])
            i++;
        if (i == len && !words[w][i])
            return true;
    }
    return false;
}

static bool may_start_plain(const char *text, size_t len)
{
    char c = text[0], next = len > 1 ? text[1] : '\0';

    if (is_digit(c))
        return is_digits_but_text(text, len);
    if (c == '-')
        return is_letter(next) || (next == '-' && len > 2 && is_letter(text[2]));
    return is_letter(c) || c == '/' || c == '$';
}

static bool is_plain(const char *text, size_t len)
{
    if (len == 0 || !may_start_plain(text, len) || is_reserved_word(text, len) ||
        text[len - 1] == ' ' || text[len - 1] == ':' || text_plain_type(text, len) != TEXT_STR)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
        if ((text[i] == ':' && text[i + 1] == ' ') || (text[i] == ' ' && text[i + 1] == '#'))
            return false;
    }
    return true;
}

/* ---- quoted scalars ---- */

/* The code point at text[*at], which is valid UTF-8, and moves behind it. */
static uint32_t next_point(const char *text, size_t *at)
{
    const unsigned char *p = (const unsigned char *)text + *at;

    if (p[0] < 0x80) {
        *at += 1;
        return p[0];
    }
    if (p[0] < 0xe0) {
        *at += 2;
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    }
    if (p[0] < 0xf0) {
        *at += 3;
        return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    }
    *at += 4;
    return (p[0] & 0x07u) << 18 | (p[1] & 0x3fu) << 12 | (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
}

/* Controls, line ends that only some readers know, and marks that cannot be seen. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
           c == 0xfffe || c == 0xffff;
}

static void write_quoted(struct base_buf *out, const char *text, size_t len)
{
    size_t at = 0, from = 0;

    base_buf_putc(out, '"');
    while (at < len) {
        size_t here = at;
        uint32_t c = next_point(text, &at);

        if (c != '"' && c != '\\' && !is_hidden(c))
            continue;
        base_buf_add(out, text + from, here - from);
        from = at;
        switch (c) {
        case '"': base_buf_puts(out, "\\\""); break;
        case '\\': base_buf_puts(out, "\\\\"); break;
        case '\n': base_buf_puts(out, "\\n"); break;
        case '\t': base_buf_puts(out, "\\t"); break;
        case '\r': base_buf_puts(out, "\\r"); break;
        default: base_buf_format(out, "\\u%04x", (unsigned)c); break;
        }
    }
    base_buf_add(out, text + from, len - from);
    base_buf_putc(out, '"');
}

/* ---- block literals ---- */

/* Only what survives editors that trim lines, and needs no indentation mark. */
static bool is_block(const char *text, size_t len)
{
    size_t at = 0;
    bool broken = false;

    if (len == 0 || text[0] == '\n' || text[0] == ' ' || text[0] == '\t')
        return false;
    while (at < len) {
        size_t here = at;
        uint32_t c = next_point(text, &at);

        if (c == '\n') {
            if (text[here - 1] == ' ' || text[here - 1] == '\t')
                return false;
            broken = true;
        } else if (c != '\t' && is_hidden(c)) {
            return false;
        }
    }
    return broken && text[len - 1] != ' ' && text[len - 1] != '\t';
}

static void write_block(struct base_buf *out, const char *text, size_t len, size_t indent,
                        const char *remark)
{
    bool ended = text[len - 1] == '\n', kept = ended && text[len - 2] == '\n';

    base_buf_puts(out, kept ? "|+" : ended ? "|" : "|-");
    if (remark) {
        base_buf_puts(out, " # ");
        base_buf_puts(out, remark);
    }
    for (size_t at = 0; at < len;) {
        const char *line = text + at, *end = memchr(line, '\n', len - at);
        size_t size = end ? (size_t)(end - line) : len - at;

        base_buf_putc(out, '\n');
        if (size)
            base_buf_fill(out, ' ', indent);
        base_buf_add(out, line, size);
        at += size + 1;
    }
    base_buf_putc(out, '\n');
}

/* ---- numbers ---- */

/* YAML 1.1 knows no exponent without a point: 1e+21 becomes 1.0e+21. */
static void write_real(struct base_buf *out, const struct text_node *node)
{
    struct base_buf json;
    const char *exponent;

    base_buf_init(&json, out->arena, NULL);
    text_scalar_json(node, &json);
    exponent = strchr(json.data, 'e');
    if (json.data[0] == '"' || !exponent || strchr(json.data, '.')) {
        base_buf_puts(out, json.data);
        return;
    }
    base_buf_add(out, json.data, (size_t)(exponent - json.data));
    base_buf_puts(out, ".0");
    base_buf_puts(out, exponent);
}

/* ---- values ---- */

static void write_entries(const struct yaml *yaml, const struct text_node *node, size_t indent);

static void write_text(struct base_buf *out, const char *text, size_t len)
{
    if (is_plain(text, len))
        base_buf_add(out, text, len);
    else
        write_quoted(out, text, len);
}

/* A scalar or an empty list or map, with the end of its line. */
static void write_scalar(const struct yaml *yaml, const struct text_node *node, size_t indent)
{
    const char *remark = NULL;
    int64_t whole;

    if (yaml->remarks)
        remark = yaml->remarks->find(yaml->remarks->ctx, node);
    switch ((enum text_type)node->type) {
    case TEXT_LIST: base_buf_puts(yaml->out, "[]"); break;
    case TEXT_MAP: base_buf_puts(yaml->out, "{}"); break;
    case TEXT_STR:
        if (is_block(node->u.str, node->len)) {
            write_block(yaml->out, node->u.str, node->len, indent ? indent : 2, remark);
            return;
        }
        write_text(yaml->out, node->u.str, node->len);
        break;
    case TEXT_INT:
    case TEXT_FLOAT:
        if (!text_int(node, &whole)) {
            write_real(yaml->out, node);
            break;
        }
        /* fall through */
    default: text_scalar_json(node, yaml->out); break;
    }
    if (remark) {
        base_buf_puts(yaml->out, " # ");
        base_buf_puts(yaml->out, remark);
    }
    base_buf_putc(yaml->out, '\n');
}

static bool has_entries(const struct text_node *node)
{
    return (node->type == TEXT_LIST || node->type == TEXT_MAP) && node->len;
}

static void write_key(const struct yaml *yaml, const struct text_pair *pair, size_t indent)
{
    /* An escape is at most six bytes for one; long keys take the explicit form. */
    if (pair->key_len <= LONGEST_SIMPLE_KEY / 6) {
        write_text(yaml->out, pair->key, pair->key_len);
        base_buf_putc(yaml->out, ':');
        return;
    }
    base_buf_puts(yaml->out, "? ");
    write_text(yaml->out, pair->key, pair->key_len);
    base_buf_putc(yaml->out, '\n');
    base_buf_fill(yaml->out, ' ', indent);
    base_buf_putc(yaml->out, ':');
}

static void write_pair(const struct yaml *yaml, const struct text_pair *pair, size_t indent)
{
    const struct text_node *value = &pair->value;

    write_key(yaml, pair, indent);
    if (!has_entries(value)) {
        base_buf_putc(yaml->out, ' ');
        write_scalar(yaml, value, indent + 2);
        return;
    }
    base_buf_putc(yaml->out, '\n');
    indent += value->type == TEXT_MAP ? 2 : 0;
    base_buf_fill(yaml->out, ' ', indent);
    write_entries(yaml, value, indent);
}

/* The cursor already stands at `indent`, where the first entry begins. */
static void write_entries(const struct yaml *yaml, const struct text_node *node, size_t indent)
{
    for (size_t i = 0; i < node->len; i++) {
        if (i)
            base_buf_fill(yaml->out, ' ', indent);
        if (node->type == TEXT_MAP) {
            write_pair(yaml, &node->u.pairs[i], indent);
            continue;
        }
        base_buf_puts(yaml->out, "- ");
        if (has_entries(&node->u.items[i]))
            write_entries(yaml, &node->u.items[i], indent + 2);
        else
            write_scalar(yaml, &node->u.items[i], indent + 2);
    }
}

void text_write_yaml(const struct text_node *node, const struct text_remarks *remarks,
                     struct base_buf *out)
{
    struct yaml yaml = {remarks, out};

    if (has_entries(node))
        write_entries(&yaml, node, 0);
    else
        write_scalar(&yaml, node, 0);
}
