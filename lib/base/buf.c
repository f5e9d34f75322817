/* Growing output text and the escapes of the formats that we write. */
#include "base/base.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_CAP = 256, FLUSH_AT = 32 * 1024 };

void base_buf_init(struct base_buf *buf, struct base_arena *arena, const rctl_sink *sink)
{
    *buf = (struct base_buf){.arena = arena, .sink = sink};
}

void base_buf_flush(struct base_buf *buf)
{
    if (!buf->sink || buf->len == 0)
        return;
    if (buf->sink->write(buf->sink->ctx, buf->data, buf->len) != 0)
        base_raise(&buf->arena->mem->fail, RCTL_E_SINK);
    buf->len = 0;
}

static void reserve(struct base_buf *buf, size_t more)
{
    size_t cap = buf->cap ? buf->cap : FIRST_CAP;
    char *data;

    if (buf->sink && buf->len >= FLUSH_AT)
        base_buf_flush(buf);
    if (buf->cap - buf->len > more)
        return;
    while (cap - buf->len <= more) {
        if (cap > SIZE_MAX / 4)
            base_raise(&buf->arena->mem->fail, RCTL_E_NOMEM);
        cap *= 2;
    }
    data = base_arena_alloc(buf->arena, cap);
    if (buf->len)
        memcpy(data, buf->data, buf->len);
    buf->data = data;
    buf->cap = cap;
}

void base_buf_add(struct base_buf *buf, const char *text, size_t len)
{
    reserve(buf, len);
    if (len)
        memcpy(buf->data + buf->len, text, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void base_buf_puts(struct base_buf *buf, const char *text)
{
    base_buf_add(buf, text, strlen(text));
}

void base_buf_putc(struct base_buf *buf, char c)
{
    base_buf_add(buf, &c, 1);
}

void base_buf_fill(struct base_buf *buf, char c, size_t n)
{
    reserve(buf, n);
    memset(buf->data + buf->len, c, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
}

void base_buf_format(struct base_buf *buf, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    assert(len >= 0);
    reserve(buf, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
}

void base_buf_json(struct base_buf *buf, const char *text, size_t len)
{
    size_t from = 0;

    base_buf_putc(buf, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        char escape[8];

        if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
            continue;
        base_buf_add(buf, text + from, i - from);
        from = i + 1;
        switch (c) {
        case '"': base_buf_puts(buf, "\\\""); break;
        case '\\': base_buf_puts(buf, "\\\\"); break;
        case '\n': base_buf_puts(buf, "\\n"); break;
        case '\r': base_buf_puts(buf, "\\r"); break;
        case '\t': base_buf_puts(buf, "\\t"); break;
        default:
            snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)c);
            base_buf_puts(buf, escape);
        }
    }
    base_buf_add(buf, text + from, len - from);
    base_buf_putc(buf, '"');
}

/*
 * The bytes of the character that starts `text`, or 0 when that is no UTF-8 or a
 * character that XML 1.0 does not know (surrogates, U+FFFE and U+FFFF).
 */
static size_t xml_char(const char *text, size_t len)
{
    const unsigned char *c = (const unsigned char *)text;
    size_t size = *c < 0x80 ? 1 : *c >= 0xf0 ? 4 : *c >= 0xe0 ? 3 : 2;
    uint32_t code = size == 1 ? *c : *c & (0x7fu >> size);
    static const uint32_t least[] = {0, 0x20, 0x80, 0x800, 0x10000};

    if (size > len || (*c >= 0x80 && *c < 0xc0) || *c > 0xf4)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (c[i] & 0x3f);
    }
    if (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ||
        code == 0xfffe || code == 0xffff)
        return 0;
    return size;
}

void base_buf_xml(struct base_buf *buf, const char *text, size_t len)
{
    for (size_t i = 0, size; i < len; i += size) {
        size = 1;
        switch (text[i]) {
        case '&': base_buf_puts(buf, "&amp;"); break;
        case '<': base_buf_puts(buf, "&lt;"); break;
        case '>': base_buf_puts(buf, "&gt;"); break;
        case '"': base_buf_puts(buf, "&quot;"); break;
        case '\n': base_buf_puts(buf, "&#10;"); break;
        case '\t': base_buf_puts(buf, "&#9;"); break;
        case '\r': base_buf_puts(buf, "&#13;"); break;
        default:
            size = xml_char(text + i, len - i);
            if (size)
                base_buf_add(buf, text + i, size);
            else
                base_buf_puts(buf, "\xef\xbf\xbd");
            size += !size;
        }
    }
}
