/*
 * Makes user text safe to show. Values from documents end up in messages; what they
 * may hold beside letters (ESC sequences, right-to-left overrides, broken UTF-8) is
 * spelled out, so that a message says on a screen what it says in memory.
 */
#include "diag/diag.h"

#include <stdio.h>

/* How long the UTF-8 sequence is that starts with a byte; 0 for a byte that starts none. */
static size_t length_of(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* The length of the UTF-8 sequence at `text`, and its character; 0 when it is none. */
static size_t read_char(const unsigned char *text, uint32_t *ret_char)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = length_of(text[0]);
    uint32_t value = len == 1 ? text[0] : text[0] & (0xffu >> (len + 1));

    for (size_t i = 1; i < len; i++) {
        if ((text[i] & 0xc0) != 0x80) /* the NUL at the end stops here, too */
            return 0;
        value = value << 6 | (text[i] & 0x3fu);
    }
    if (len == 0 || value < least[len] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 0;
    *ret_char = value;
    return len;
}

static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) || c == 0xfeff ||
           (c & 0xfffe) == 0xfffe || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

void diag_escape(struct base_buf *out, const char *text)
{
    const char *from = text;

    while (*text) {
        uint32_t c = 0;
        size_t len = read_char((const unsigned char *)text, &c);

        if (len && !is_hidden(c)) {
            text += len;
            continue;
        }
        base_buf_add(out, from, (size_t)(text - from));
        if (len <= 1)
            base_buf_format(out, "\\x%02x", (unsigned)(unsigned char)*text);
        else
            base_buf_format(out, c > 0xffff ? "\\U%08x" : "\\u%04x", (unsigned)c);
        text += len ? len : 1;
        from = text;
    }
    base_buf_add(out, from, (size_t)(text - from));
}

const char *diag_escape_text(struct base_arena *arena, const char *text)
{
    struct base_buf out;
    uint32_t c;
    size_t i = 0, len;

    if (!text)
        return NULL;
    while (text[i] && (len = read_char((const unsigned char *)text + i, &c)) && !is_hidden(c))
        i += len;
    if (!text[i])
        return base_arena_text(arena, text, i);
    base_buf_init(&out, arena, NULL);
    diag_escape(&out, text);
    return out.data;
}
