/* `rctl explain`: one topic in plain text, from the same tables as everything else. */
#include "gen/explain.h"

/* ---- codes ---- */

static bool explain_code(const char *topic, struct base_buf *out)
{
    for (size_t i = 0; i < DIAG__COUNT; i++) {
        rctl_code_info info;

        diag_code_info((enum diag_code)i, &info);
        if (strcmp(info.code, topic) != 0)
            continue;
        base_buf_format(out, "%s (%s)\n\n  %s\n\nExample:\n\n", info.code,
                        diag_severity_name(info.severity), info.meaning);
        for (const char *line = info.example; *line;) {
            size_t len = strcspn(line, "\n");

            base_buf_format(out, "  %.*s\n", (int)len, line);
            line += len + (line[len] == '\n');
        }
        base_buf_format(out, "\nWhat to do:\n\n  %s\n", info.fix);
        return true;
    }
    return false;
}

/* ---- kinds and fields ---- */

static void put_type(const struct schema_field *field, struct base_buf *out)
{
    static const char *const names[] = {
        [SCHEMA_STR] = "string",      [SCHEMA_INT] = "integer",
        [SCHEMA_NUM] = "number",      [SCHEMA_BOOL] = "true or false",
        [SCHEMA_ENUM] = "one of",     [SCHEMA_QUANTITY] = "quantity",
        [SCHEMA_INT_OR_STR] = "integer or string", [SCHEMA_OBJ] = "object",
        [SCHEMA_REF] = "reference to", [SCHEMA_LIST] = "list of",
        [SCHEMA_MAP] = "map",         [SCHEMA_ANY] = "any value",
    };

    base_buf_puts(out, names[field->type]);
    if (field->type == SCHEMA_LIST)
        base_buf_puts(out, field->item == SCHEMA_OBJ ? " objects" : " strings");
    if (field->type == SCHEMA_REF)
        base_buf_format(out, " a %s", field->target);
    for (size_t i = 0; field->type == SCHEMA_ENUM && field->values[i]; i++)
        base_buf_format(out, "%s%s", i ? ", " : " ", field->values[i]);
}

static void put_field_line(const struct schema_field *field, struct base_buf *out)
{
    base_buf_format(out, "  %s (", field->name);
    put_type(field, out);
    if (field->flags & SCHEMA_REQ)
        base_buf_puts(out, ", required");
    if (field->fallback)
        base_buf_format(out, ", default %s", field->fallback);
    base_buf_puts(out, ")\n");
    if (field->doc)
        base_buf_format(out, "      %s\n", field->doc);
}

static void put_fields(const struct schema_shape *shape, struct base_buf *out)
{
    base_buf_puts(out, "\nFields:\n\n");
    for (size_t i = 0; i < shape->n_fields; i++)
        put_field_line(&shape->fields[i], out);
}

static void put_bounds(const struct schema_field *field, struct base_buf *out)
{
    unsigned max_length = 0;
    char number[32];

    if (field->has_min) {
        base_num_print(field->min, number);
        base_buf_format(out, "  Smallest value: %s\n", number);
    }
    if (field->has_max) {
        base_num_print(field->max, number);
        base_buf_format(out, "  Largest value: %s\n", number);
    }
    if (field->syntax != SCHEMA_FREE && field->syntax != SCHEMA_ENGINE_NAME &&
        field->syntax != SCHEMA_ROUTER_NAME) {
        base_buf_format(out, "  Syntax: %s\n",
                        schema_syntax_name((enum schema_syntax)field->syntax));
        (void)schema_syntax_pattern((enum schema_syntax)field->syntax, &max_length);
        if (max_length)
            base_buf_format(out, "  Longest: %u characters\n", max_length);
    }
}

static void explain_kind(const struct kinds_kind *kind, struct base_buf *out)
{
    base_buf_format(out, "%s (%s), %s\n\n  %s\n", kind->kind, kind->short_name, RCTL_API_VERSION,
                    kind->doc);
    put_fields(kind->spec, out);
    base_buf_format(out, "\nMore: rctl explain %s.spec.FIELD, rctl explain %s.status\n",
                    kind->short_name, kind->short_name);
}

static bool explain_field(const char *topic, struct base_buf *out)
{
    char name[64];
    size_t len = strcspn(topic, ".");
    const struct kinds_kind *kind;
    const struct schema_shape *shape;
    const struct schema_field *field = NULL;
    const char *path = topic + len;

    if (len >= sizeof(name))
        return false;
    memcpy(name, topic, len);
    name[len] = '\0';
    kind = kinds_find(name);
    if (!kind)
        return false;
    if (*path == '\0') {
        explain_kind(kind, out);
        return true;
    }
    path++;
    shape = kind->spec;
    if (strcmp(path, "status") == 0 || base_str_starts(path, "status.")) {
        shape = kind->status;
        path += 6;
    } else if (strcmp(path, "spec") == 0 || base_str_starts(path, "spec.")) {
        path += 4;
    }
    path += *path == '.';
    if (*path != '\0') {
        field = schema_find_path(shape, path);
        if (!field)
            return false;
        base_buf_format(out, "%s: %s\n\n", kind->kind, path);
        put_field_line(field, out);
        put_bounds(field, out);
        shape = field->shape;
    } else {
        base_buf_format(out, "%s: %s\n", kind->kind, shape == kind->spec ? "spec" : "status");
    }
    if (shape)
        put_fields(shape, out);
    return true;
}

/* ---- lists ---- */

static bool explain_list(const struct kinds_tables *tables, const char *topic,
                         struct base_buf *out)
{
    if (strcmp(topic, "kinds") == 0) {
        for (size_t i = 0; i < kinds_count; i++)
            base_buf_format(out, "%-8s %-30s %s\n", kinds_table[i].short_name,
                            kinds_table[i].kind, kinds_table[i].doc);
    } else if (strcmp(topic, "engines") == 0) {
        for (size_t i = 0; i < tables->engines.n_items; i++)
            base_buf_format(out, "%-10s %s %s\n", tables->engines.items[i]->name,
                            tables->engines.items[i]->title, tables->engines.items[i]->version);
    } else if (strcmp(topic, "routers") == 0) {
        gen_explain_routers(&tables->routers, out);
    } else if (strcmp(topic, "codes") == 0) {
        for (size_t i = 0; i < DIAG__COUNT; i++) {
            rctl_code_info info;

            diag_code_info((enum diag_code)i, &info);
            base_buf_format(out, "%-34s %-8s %s\n", info.code, diag_severity_name(info.severity),
                            info.meaning);
        }
    } else {
        return false;
    }
    return true;
}

/* ---- the nearest topic ---- */

static const char *topic_at(const void *ctx, size_t i)
{
    static const char *const lists[] = {"kinds", "engines", "routers", "codes"};
    const struct kinds_tables *tables = ctx;

    if (i < BASE_COUNT(lists))
        return lists[i];
    i -= BASE_COUNT(lists);
    if (i < DIAG__COUNT)
        return diag_code_name((enum diag_code)i);
    i -= DIAG__COUNT;
    if (i < tables->engines.n_items)
        return tables->engines.items[i]->name;
    i -= tables->engines.n_items;
    if (i < tables->routers.n_items)
        return tables->routers.items[i]->name;
    i -= tables->routers.n_items;
    return i < kinds_count ? kinds_table[i].short_name : kinds_table[i - kinds_count].kind;
}

bool gen_explain(const struct kinds_tables *tables, const char *topic, struct base_buf *out)
{
    const char *near;

    if (explain_list(tables, topic, out) || explain_code(topic, out) ||
        gen_explain_program(tables, topic, out) || explain_field(topic, out))
        return true;
    if (gen_suggest_flag(tables, topic, out))
        return false;
    near = base_suggest(topic, topic_at, tables,
                        4 + DIAG__COUNT + tables->engines.n_items + tables->routers.n_items +
                            2 * kinds_count);
    if (near)
        base_buf_format(out, "%s\n", near);
    return false;
}
