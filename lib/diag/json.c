/*
 * The format for programs: one JSON object, one line for each diagnostic. All
 * members are always there, so that readers need no special cases.
 */
#include "diag/diag.h"

static void write_key(struct base_buf *out, const char *key)
{
    base_buf_format(out, ", \"%s\": ", key);
}

static void write_string(struct base_buf *out, const char *text)
{
    if (text)
        base_buf_json(out, text, strlen(text));
    else
        base_buf_puts(out, "null");
}

static void write_number(struct base_buf *out, uint32_t number)
{
    if (number)
        base_buf_format(out, "%u", (unsigned)number);
    else
        base_buf_puts(out, "null");
}

static void write_place(struct base_buf *out, const rctl_place *place)
{
    base_buf_puts(out, "\"file\": ");
    write_string(out, diag_escape_text(out->arena, place->file));
    write_key(out, "line");
    write_number(out, place->line);
    write_key(out, "column");
    write_number(out, place->column);
}

static void write_one(struct base_buf *out, const rctl_diag *diag)
{
    base_buf_format(out, "{\"severity\": \"%s\", \"code\": \"%s\", ",
                    diag_severity_name(diag->severity), diag->code);
    write_place(out, &diag->place);
    write_key(out, "object");
    write_string(out, diag->object);
    write_key(out, "path");
    write_string(out, diag->path);
    write_key(out, "message");
    write_string(out, diag->message);
    write_key(out, "hint");
    write_string(out, diag->hint);
    write_key(out, "related");
    base_buf_putc(out, '[');
    for (size_t i = 0; i < diag->n_related; i++) {
        base_buf_puts(out, i ? ", {" : "{");
        write_place(out, &diag->related[i]);
        write_key(out, "message");
        write_string(out, diag->related_messages[i]);
        base_buf_putc(out, '}');
    }
    base_buf_puts(out, "]}");
}

void diag_write_json(const struct diag_output *output)
{
    const struct rctl_diags *diags = output->diags;
    struct base_buf *out = output->out;

    base_buf_puts(out, "{\n  \"diagnostics\": [");
    for (size_t i = 0; i < diags->n_items; i++) {
        base_buf_puts(out, i ? ",\n    " : "\n    ");
        write_one(out, &diags->items[i]->told);
    }
    base_buf_format(out,
                    "%s],\n  \"summary\": "
                    "{\"errors\": %zu, \"warnings\": %zu, \"notes\": %zu}\n}\n",
                    diags->n_items ? "\n  " : "", diags->totals[RCTL_SEVERITY_ERROR],
                    diags->totals[RCTL_SEVERITY_WARNING], diags->totals[RCTL_SEVERITY_NOTE]);
}
