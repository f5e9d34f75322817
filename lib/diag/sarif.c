/*
 * SARIF 2.1.0, for code scanning services. Only the rules that were broken are
 * listed; columns count characters, as everywhere in the library.
 */
#include "diag/diag.h"

/* Which code has which place in the list of rules. */
struct rules {
    size_t index[DIAG__COUNT];
    bool used[DIAG__COUNT];
};

static void write_string(struct base_buf *out, const char *text)
{
    base_buf_json(out, text, strlen(text));
}

static const char *level_of(rctl_severity severity)
{
    return diag_severity_name(severity); /* SARIF uses the same three words */
}

/* A file name as a URI reference. */
static void write_uri(struct base_buf *out, const char *file)
{
    base_buf_putc(out, '"');
    if (*file == '/')
        base_buf_puts(out, "file://");
    for (; *file; file++) {
        unsigned char c = (unsigned char)*file;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("/-._~", c))
            base_buf_putc(out, (char)c);
        else
            base_buf_format(out, "%%%02X", c);
    }
    base_buf_putc(out, '"');
}

static void write_physical(struct base_buf *out, const rctl_place *place)
{
    base_buf_puts(out, "\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
    write_uri(out, place->file);
    base_buf_putc(out, '}');
    if (place->line) {
        base_buf_format(out, ", \"region\": {\"startLine\": %u", (unsigned)place->line);
        if (place->column)
            base_buf_format(out, ", \"startColumn\": %u", (unsigned)place->column);
        base_buf_putc(out, '}');
    }
    base_buf_putc(out, '}');
}

static void write_location(struct base_buf *out, const rctl_diag *diag)
{
    base_buf_puts(out, ", \"locations\": [");
    if (diag->place.file || diag->object)
        base_buf_putc(out, '{');
    if (diag->place.file)
        write_physical(out, &diag->place);
    if (diag->object) {
        base_buf_format(out, "%s\"logicalLocations\": [{\"fullyQualifiedName\": ",
                        diag->place.file ? ", " : "");
        write_string(out, diag->object);
        base_buf_puts(out, "}]");
    }
    if (diag->place.file || diag->object)
        base_buf_putc(out, '}');
    base_buf_putc(out, ']');
}

static void write_related(struct base_buf *out, const rctl_diag *diag)
{
    bool any = false;

    for (size_t i = 0; i < diag->n_related; i++) {
        if (!diag->related[i].file)
            continue;
        base_buf_puts(out, any ? ", {" : ", \"relatedLocations\": [{");
        write_physical(out, &diag->related[i]);
        base_buf_puts(out, ", \"message\": {\"text\": ");
        write_string(out, diag->related_messages[i]);
        base_buf_puts(out, "}}");
        any = true;
    }
    if (any)
        base_buf_putc(out, ']');
}

static void write_message(struct base_buf *out, const rctl_diag *diag)
{
    struct base_buf text;

    base_buf_init(&text, out->arena, NULL);
    if (diag->path && *diag->path)
        base_buf_format(&text, "%s: ", diag->path);
    base_buf_puts(&text, diag->message);
    if (diag->hint)
        base_buf_format(&text, " (hint: %s)", diag->hint);
    base_buf_puts(out, ", \"message\": {\"text\": ");
    base_buf_json(out, text.data, text.len);
    base_buf_putc(out, '}');
}

static void write_result(struct base_buf *out, const struct diag_entry *entry,
                         const struct rules *rules)
{
    const rctl_diag *diag = &entry->told;

    base_buf_format(out, "{\"ruleId\": \"%s\", \"ruleIndex\": %zu, \"level\": \"%s\"", diag->code,
                    rules->index[entry->code], level_of(diag->severity));
    write_message(out, diag);
    write_location(out, diag);
    write_related(out, diag);
    base_buf_putc(out, '}');
}

static void write_rules(struct base_buf *out, struct rules *rules)
{
    size_t n = 0;

    for (size_t code = 0; code < DIAG__COUNT; code++) {
        rctl_code_info info;

        if (!rules->used[code])
            continue;
        rules->index[code] = n;
        diag_code_info((enum diag_code)code, &info);
        base_buf_format(out, "%s\n            {\"id\": \"%s\", \"fullDescription\": {\"text\": ",
                        n ? "," : "", info.code);
        write_string(out, info.meaning);
        base_buf_puts(out, "}, \"help\": {\"text\": ");
        write_string(out, info.fix);
        base_buf_format(out, "}, \"defaultConfiguration\": {\"level\": \"%s\"}}",
                        level_of(info.severity));
        n++;
    }
    if (n)
        base_buf_puts(out, "\n          ");
}

static void write_invocation(const struct diag_output *output)
{
    struct base_buf text;

    base_buf_puts(output->out, "      \"invocations\": [{\"executionSuccessful\": true");
    base_buf_init(&text, output->out->arena, NULL);
    if (diag_write_dropped(output->diags, &text)) {
        base_buf_puts(output->out, ", \"toolExecutionNotifications\": [{\"level\": \"warning\", "
                                   "\"message\": {\"text\": ");
        base_buf_format(output->out, "\"The list was cut: %s\"}}]", text.data);
    }
    base_buf_puts(output->out, "}],\n");
}

void diag_write_sarif(const struct diag_output *output)
{
    const struct rctl_diags *diags = output->diags;
    struct base_buf *out = output->out;
    struct rules rules = {.used = {false}};

    for (size_t i = 0; i < diags->n_items; i++)
        rules.used[diags->items[i]->code] = true;
    base_buf_puts(out, "{\n"
                       "  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n"
                       "  \"version\": \"2.1.0\",\n"
                       "  \"runs\": [\n    {\n"
                       "      \"tool\": {\n        \"driver\": {\n"
                       "          \"name\": \"routerctl\",\n"
                       "          \"version\": \"" RCTL_VERSION "\",\n"
                       "          \"rules\": [");
    write_rules(out, &rules);
    base_buf_puts(out, "]\n        }\n      },\n"
                       "      \"columnKind\": \"unicodeCodePoints\",\n");
    write_invocation(output);
    base_buf_puts(out, "      \"results\": [");
    for (size_t i = 0; i < diags->n_items; i++) {
        base_buf_puts(out, i ? ",\n        " : "\n        ");
        write_result(out, diags->items[i], &rules);
    }
    base_buf_puts(out, diags->n_items ? "\n      ]\n    }\n  ]\n}\n" : "]\n    }\n  ]\n}\n");
}
