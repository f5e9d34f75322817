/*
 * The format for people: compiler style, so that editors jump to the place. Colours
 * are an option of the caller, who alone knows whether there is a terminal.
 */
#include "diag/diag.h"

#define RESET "\033[0m"
#define BOLD "\033[1m"

static void write_color(const struct diag_output *output, const char *sequence)
{
    if (output->options->color)
        base_buf_puts(output->out, sequence);
}

/* "file:12:5: ", with as much of it as is known. */
static void write_place(const struct diag_output *output, const rctl_place *place,
                        const char *object)
{
    write_color(output, BOLD);
    if (place->file) {
        diag_escape(output->out, place->file);
        if (place->line != 0)
            base_buf_format(output->out, ":%u", (unsigned)place->line);
        if (place->line != 0 && place->column != 0)
            base_buf_format(output->out, ":%u", (unsigned)place->column);
        base_buf_puts(output->out, ": ");
    } else if (object) {
        base_buf_puts(output->out, object);
        base_buf_puts(output->out, ": ");
    }
    write_color(output, RESET);
}

static void write_severity(const struct diag_output *output, rctl_severity severity)
{
    static const char *const colors[RCTL_SEVERITY__COUNT] = {"\033[1;36m", "\033[1;35m",
                                                             "\033[1;31m"};

    write_color(output, colors[severity]);
    base_buf_puts(output->out, diag_severity_name(severity));
    base_buf_puts(output->out, ": ");
    write_color(output, RESET);
}

static void write_one(const struct diag_output *output, const rctl_diag *diag)
{
    write_place(output, &diag->place, diag->object);
    write_severity(output, diag->severity);
    if (diag->path && *diag->path) {
        base_buf_puts(output->out, diag->path);
        base_buf_puts(output->out, ": ");
    }
    base_buf_puts(output->out, diag->message);
    base_buf_format(output->out, " [%s]\n", diag->code);
    if (diag->hint)
        base_buf_format(output->out, "  hint: %s\n", diag->hint);
    for (size_t i = 0; i < diag->n_related; i++) {
        write_place(output, &diag->related[i], NULL);
        write_severity(output, RCTL_SEVERITY_NOTE);
        base_buf_puts(output->out, diag->related_messages[i]);
        base_buf_putc(output->out, '\n');
    }
}

void diag_write_text(const struct diag_output *output)
{
    const struct rctl_diags *diags = output->diags;
    struct base_buf dropped;

    for (size_t i = 0; i < diags->n_items; i++)
        write_one(output, &diags->items[i]->told);
    base_buf_init(&dropped, output->out->arena, NULL);
    if (diag_write_dropped(diags, &dropped))
        base_buf_format(output->out, "and %s\n", dropped.data);
}
