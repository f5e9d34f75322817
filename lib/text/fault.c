/* How the readers speak of places, of the user's own text, and of limits. */
#include "text/read.h"

enum { LONGEST_QUOTE = 60 };

struct diag_mark text_at(const struct text_reader *reader, struct text_mark mark)
{
    return (struct diag_mark){reader->file, mark.line, mark.column};
}

const char *text_quote(const struct text_reader *reader, const char *text, size_t len)
{
    size_t n = len > LONGEST_QUOTE ? LONGEST_QUOTE : len;
    char *copy;

    /* Not in the middle of a character. */
    while (n < len && n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--;
    copy = base_arena_text(reader->arena, text, n);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)copy[i] < 0x20)
            copy[i] = ' ';
    return n < len ? base_arena_format(reader->arena, "%s...", copy) : copy;
}

void text_tell_too_deep(const struct text_reader *reader, struct text_mark mark)
{
    diag_add(reader->diags, DIAG_TEXT_TOO_DEEP, text_at(reader, mark), NULL, NULL,
             "make the document flatter, or raise the limit on depth",
             "lists and maps are nested more than %u levels deep",
             (unsigned)reader->limits->depth);
}

void text_tell_too_long(const struct text_reader *reader, struct text_mark mark)
{
    diag_add(reader->diags, DIAG_TEXT_TOO_LONG, text_at(reader, mark), NULL, NULL,
             "shorten the text, or raise the limit on strings",
             "a text is longer than %zu bytes", reader->limits->string);
}
