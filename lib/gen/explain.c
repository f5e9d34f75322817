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
    if (field->syntax != SCHEMA_FREE && field->syntax != SCHEMA_ENGINE_NAME) {
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

/* ---- engines ---- */

static const char *const flag_types[] = {
    [RCTL_FLAG_STRING] = "string",
    [RCTL_FLAG_INT] = "integer",
    [RCTL_FLAG_INT_HUMAN] = "integer, also as 8k or 8K",
    [RCTL_FLAG_FLOAT] = "number",
    [RCTL_FLAG_BOOL] = "true or false",
    [RCTL_FLAG_SWITCH] = "true or false",
    [RCTL_FLAG_ENUM] = "choice",
    [RCTL_FLAG_ENUM_INT] = "choice of integers",
    [RCTL_FLAG_JSON] = "JSON",
    [RCTL_FLAG_JSON_OR_STRING] = "JSON or string",
    [RCTL_FLAG_LIST_STRING] = "list of strings",
    [RCTL_FLAG_LIST_INT] = "list of integers",
    [RCTL_FLAG_LIST_FLOAT] = "list of numbers",
    [RCTL_FLAG_LIST_ENUM] = "list of choices",
    [RCTL_FLAG_REMOVED] = "removed",
};

static void explain_flag(const rctl_engine *engine, const rctl_flag *flag,
                         struct base_buf *out)
{
    base_buf_format(out, "%s --%s (%s)\n\n", engine->title, flag->name, flag_types[flag->type]);
    if (flag->alias_of)
        base_buf_format(out, "  Another spelling of --%s\n", flag->alias_of);
    if (flag->choices)
        base_buf_format(out, "  Choices: %s\n", flag->choices);
    if (flag->fallback)
        base_buf_format(out, "  Default: %s\n", flag->fallback);
    if (flag->since)
        base_buf_format(out, "  Since: %s\n", flag->since);
    if (flag->until)
        base_buf_format(out, "  Last version that had it: %s\n", flag->until);
    if (flag->instead)
        base_buf_format(out, "  Instead: %s\n", flag->instead);
    if (flag->traits & RCTL_FLAG_OURS)
        base_buf_puts(out, "  Rendered by the library; not to be set in engineConfig\n");
    if (flag->traits & RCTL_FLAG_UNSAFE)
        base_buf_puts(out, "  Weakens security: must also be named in allowUnsafeFlags\n");
    if (flag->traits & RCTL_FLAG_DEPRECATED)
        base_buf_puts(out, "  Deprecated\n");
    if (flag->note)
        base_buf_format(out, "  Note: %s\n", flag->note);
}

static void put_words(const char *title, const char *const *words, struct base_buf *out)
{
    if (!words || !words[0])
        return;
    base_buf_format(out, "  %s:", title);
    for (size_t i = 0; words[i]; i++)
        base_buf_format(out, "%s %s", i ? "," : "", words[i]);
    base_buf_putc(out, '\n');
}

static void explain_engine(const rctl_engine *engine, struct base_buf *out)
{
    base_buf_format(out, "%s (engine: %s), flags of version %s\n\n", engine->title, engine->name,
                    engine->version);
    base_buf_format(out, "  Image: %s\n  Health: GET %s\n  Flags known: %zu\n", engine->image,
                    engine->health_path, engine->n_flags);
    put_words("Required keys of engineConfig", engine->required, out);
    put_words("Connectors between prefill and decode", engine->connectors, out);
    put_words("Methods of speculative decoding", engine->methods, out);
    if (engine->n_neutral)
        base_buf_puts(out, "\nKeys that mean the same for every engine:\n\n");
    for (size_t i = 0; i < engine->n_neutral; i++) {
        const rctl_engine_neutral *row = &engine->neutral[i];

        base_buf_format(out, "  %s%s%s -> --%s%s%s\n", row->key, row->when ? ": " : "",
                        row->when ? row->when : "", row->flag, row->value ? " " : "",
                        row->value ? row->value : "");
    }
    base_buf_format(out, "\nMore: rctl explain %s.FLAG\n", engine->name);
}

static bool explain_engines(const struct engine_registry *engines, const char *topic,
                            struct base_buf *out)
{
    for (size_t i = 0; i < engines->n_items; i++) {
        const rctl_engine *engine = engines->items[i];
        size_t len = strlen(engine->name);
        const rctl_flag *flag;

        if (strcmp(topic, engine->name) == 0) {
            explain_engine(engine, out);
            return true;
        }
        if (strncmp(topic, engine->name, len) != 0 || topic[len] != '.')
            continue;
        topic += len + 1;
        topic += base_str_starts(topic, "--") ? 2 : 0;
        flag = rctl_engine_find_flag(engine, topic);
        if (flag)
            explain_flag(engine, flag, out);
        return flag != NULL;
    }
    return false;
}

/* ---- lists ---- */

static bool explain_list(const struct engine_registry *engines, const char *topic,
                         struct base_buf *out)
{
    if (strcmp(topic, "kinds") == 0) {
        for (size_t i = 0; i < kinds_count; i++)
            base_buf_format(out, "%-8s %-30s %s\n", kinds_table[i].short_name,
                            kinds_table[i].kind, kinds_table[i].doc);
    } else if (strcmp(topic, "engines") == 0) {
        for (size_t i = 0; i < engines->n_items; i++)
            base_buf_format(out, "%-10s %s %s\n", engines->items[i]->name,
                            engines->items[i]->title, engines->items[i]->version);
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

struct topics {
    const struct engine_registry *engines;
};

static const char *topic_at(const void *ctx, size_t i)
{
    static const char *const lists[] = {"kinds", "engines", "codes"};
    const struct topics *topics = ctx;

    if (i < BASE_COUNT(lists))
        return lists[i];
    i -= BASE_COUNT(lists);
    if (i < DIAG__COUNT)
        return diag_code_name((enum diag_code)i);
    i -= DIAG__COUNT;
    if (i < topics->engines->n_items)
        return topics->engines->items[i]->name;
    i -= topics->engines->n_items;
    return i < kinds_count ? kinds_table[i].short_name : kinds_table[i - kinds_count].kind;
}

static const char *flag_at(const void *ctx, size_t i)
{
    return ((const rctl_engine *)ctx)->flags[i].name;
}

/* "vllm.max-num-seq" -> "vllm.max-num-seqs" */
static bool suggest_flag(const struct engine_registry *engines, const char *topic,
                         struct base_buf *out)
{
    for (size_t i = 0; i < engines->n_items; i++) {
        const rctl_engine *engine = engines->items[i];
        size_t len = strlen(engine->name);
        const char *near;

        if (strncmp(topic, engine->name, len) != 0 || topic[len] != '.')
            continue;
        near = base_suggest(topic + len + 1, flag_at, engine, engine->n_flags);
        if (near)
            base_buf_format(out, "%s.%s\n", engine->name, near);
        return near != NULL;
    }
    return false;
}

bool gen_explain(const struct engine_registry *engines, const char *topic, struct base_buf *out)
{
    struct topics topics = {engines};
    const char *near;

    if (explain_list(engines, topic, out) || explain_code(topic, out) ||
        explain_engines(engines, topic, out) || explain_field(topic, out))
        return true;
    if (suggest_flag(engines, topic, out))
        return false;
    near = base_suggest(topic, topic_at, &topics,
                        3 + DIAG__COUNT + engines->n_items + 2 * kinds_count);
    if (near)
        base_buf_format(out, "%s\n", near);
    return false;
}
