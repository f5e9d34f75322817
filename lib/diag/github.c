/*
 * Workflow commands of GitHub Actions: each diagnostic becomes an annotation at its
 * line. What has a meaning inside a command is written as %XX.
 */
#include "diag/diag.h"

static void write_escaped(struct base_buf *out, const char *text, const char *special)
{
    for (; *text; text++) {
        if (strchr(special, *text))
            base_buf_format(out, "%%%02X", (unsigned)(unsigned char)*text);
        else
            base_buf_putc(out, *text);
    }
}

static void write_data(struct base_buf *out, const char *text)
{
    write_escaped(out, text, "%\r\n");
}

static void write_property(struct base_buf *out, const char *name, const char *value)
{
    base_buf_format(out, "%s=", name);
    write_escaped(out, value, "%\r\n:,");
}

static void write_one(struct base_buf *out, const rctl_diag *diag)
{
    static const char *const commands[RCTL_SEVERITY__COUNT] = {"notice", "warning", "error"};

    base_buf_format(out, "::%s ", commands[diag->severity]);
    if (diag->place.file) {
        write_property(out, "file", diag_escape_text(out->arena, diag->place.file));
        if (diag->place.line)
            base_buf_format(out, ",line=%u", (unsigned)diag->place.line);
        if (diag->place.line && diag->place.column)
            base_buf_format(out, ",col=%u", (unsigned)diag->place.column);
        base_buf_putc(out, ',');
    }
    write_property(out, "title", diag->code);
    base_buf_puts(out, "::");
    if (!diag->place.file && diag->object) {
        write_data(out, diag->object);
        base_buf_puts(out, ": ");
    }
    if (diag->path && *diag->path) {
        write_data(out, diag->path);
        base_buf_puts(out, ": ");
    }
    write_data(out, diag->message);
    if (diag->hint) {
        base_buf_puts(out, "%0Ahint: ");
        write_data(out, diag->hint);
    }
    base_buf_putc(out, '\n');
}

void diag_write_github(const struct diag_output *output)
{
    const struct rctl_diags *diags = output->diags;
    struct base_buf dropped;

    for (size_t i = 0; i < diags->n_items; i++)
        write_one(output->out, &diags->items[i]->told);
    base_buf_init(&dropped, output->out->arena, NULL);
    if (diag_write_dropped(diags, &dropped))
        base_buf_format(output->out, "::%s ::and %s\n",
                        diag_dropped(diags, RCTL_SEVERITY_ERROR) ? "error" : "warning",
                        dropped.data);
}
