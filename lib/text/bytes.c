/*
 * The bytes of a file before any syntax: line ends, document fences, and what no
 * text may hold. libyaml tells no line for such bytes, and JSON must not differ
 * from YAML here, so both readers rely on this look.
 */
#include "text/read.h"

bool text_next_line(const char *data, size_t len, struct text_cursor *cursor)
{
    size_t i = cursor->byte;

    for (; i < len; i++) {
        const char *p = data + i;
        size_t left = len - i, size = 0;

        /* The line ends of YAML 1.1, as libyaml counts them. */
        if (*p == '\n')
            size = 1;
        else if (*p == '\r')
            size = left > 1 && p[1] == '\n' ? 2 : 1;
        else if (left > 1 && memcmp(p, "\xc2\x85", 2) == 0)
            size = 2;
        else if (left > 2 &&
                 (memcmp(p, "\xe2\x80\xa8", 3) == 0 || memcmp(p, "\xe2\x80\xa9", 3) == 0))
            size = 3;
        if (size == 0)
            continue;
        cursor->byte = i + size;
        cursor->line++;
        return true;
    }
    return false;
}

bool text_is_fence(const char *data, size_t len, size_t byte)
{
    const char *p = data + byte;

    return len - byte >= 3 && memcmp(p, "---", 3) == 0 &&
           (len - byte == 3 || strchr(" \t\r\n", p[3]));
}

/* ---- bad bytes ---- */

static uint64_t repeat(unsigned char byte)
{
    return UINT64_C(0x0101010101010101) * byte;
}

/* The high bit of every byte that is zero, for bytes below 0x80. */
static uint64_t zero_bytes(uint64_t word)
{
    return ~(word + repeat(0x7f)) & repeat(0x80);
}

/* Eight bytes of printable ASCII and line feeds: nearly all of most files. */
static bool is_common(const char *p)
{
    uint64_t word, low;

    memcpy(&word, p, sizeof(word));
    if (word & repeat(0x80))
        return false;
    low = ~(word + repeat(0x60)) & repeat(0x80);
    low &= ~zero_bytes(word ^ repeat('\n'));
    return (low | zero_bytes(word ^ repeat(0x7f))) == 0;
}

/* The length of the character at p, or 0 when it is no valid UTF-8. */
static size_t decode(const unsigned char *p, size_t left, uint32_t *ret)
{
    static const struct {
        unsigned char lead, mask;
        uint32_t least;
    } forms[] = {{0x00, 0x80, 0}, {0xc0, 0xe0, 0x80}, {0xe0, 0xf0, 0x800}, {0xf0, 0xf8, 0x10000}};

    for (size_t i = 0; i < BASE_COUNT(forms); i++) {
        uint32_t c = p[0] & (unsigned char)~forms[i].mask;

        if ((p[0] & forms[i].mask) != forms[i].lead)
            continue;
        if (left < i + 1)
            return 0;
        for (size_t k = 1; k <= i; k++) {
            if ((p[k] & 0xc0) != 0x80)
                return 0;
            c = c << 6 | (p[k] & 0x3fu);
        }
        if (c < forms[i].least || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff)
            return 0;
        *ret = c;
        return i + 1;
    }
    return 0;
}

size_t text_char_size(const char *text, size_t left)
{
    uint32_t c;

    return decode((const unsigned char *)text, left, &c);
}

/* What libyaml refuses; JSON is broader beyond ASCII. */
static bool is_control(uint32_t c, bool json)
{
    if (c < 0x20)
        return c != '\t' && c != '\n' && c != '\r';
    if (c < 0x7f)
        return false;
    if (json)
        return c == 0x7f;
    return (c < 0xa0 && c != 0x85) || c == 0xfffe || c == 0xffff;
}

static struct text_mark locate(const char *data, size_t len, size_t at, struct text_cursor *line)
{
    struct text_cursor next = *line;
    uint32_t column = 1;

    while (text_next_line(data, len, &next) && next.byte <= at)
        *line = next;
    for (size_t i = line->byte; i < at; i++)
        column += ((unsigned char)data[i] & 0xc0) != 0x80;
    /* The mark that some editors put in front of UTF-8 is no character. */
    if (line->line == 1 && column > 1 && len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        column--;
    return (struct text_mark){line->line, column};
}

bool text_find_bad_byte(const struct text_reader *reader, const char *data, size_t len, bool json,
                        size_t *at, struct text_cursor *line)
{
    size_t i = *at, size;
    uint32_t c = 0;

    for (; i < len; i += size) {
        size = 8;
        if (len - i >= 8 && is_common(data + i))
            continue;
        size = decode((const unsigned char *)data + i, len - i, &c);
        if (size == 0 || is_control(c, json))
            break;
    }
    if (i >= len)
        return false;
    *at = i;
    if (size == 0)
        diag_add(reader->diags, DIAG_TEXT_BAD_ENCODING,
                 text_at(reader, locate(data, len, i, line)), NULL, NULL,
                 "save the file as UTF-8", "byte 0x%02X is not valid UTF-8 here",
                 (unsigned)(unsigned char)data[i]);
    else
        diag_add(reader->diags, DIAG_TEXT_CONTROL, text_at(reader, locate(data, len, i, line)),
                 NULL, NULL, "remove it, or write it as an escape in double quotes",
                 "the control character U+%04X is not allowed", (unsigned)c);
    return true;
}
