/*
 * Text in Markdown, safe within a cell of a table: a '|' would end the cell, and a
 * '<' could start HTML.
 */
#include "gen/gen.h"

void gen_md_text(struct base_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            base_buf_putc(out, ' ');
        else if (*text == '<')
            base_buf_puts(out, "&lt;");
        else if (strchr("|*_`\\", *text))
            base_buf_format(out, "\\%c", *text);
        else
            base_buf_putc(out, *text);
    }
}

void gen_md_code(struct base_buf *out, const char *text)
{
    const char *fence = strchr(text, '`') ? "``" : "`";

    base_buf_puts(out, fence);
    if (fence[1])
        base_buf_putc(out, ' ');
    for (; *text; text++) {
        if (*text == '|')
            base_buf_puts(out, "\\|");
        else
            base_buf_putc(out, *text == '\n' ? ' ' : *text);
    }
    if (fence[1])
        base_buf_putc(out, ' ');
    base_buf_puts(out, fence);
}
