/*
 * bindings/python/src/routerctl/kinds.py: a dataclass for each shape and kind, from the
 * rows that the CRDs come from. What a class can do is written by hand in _shape.py; here
 * are names, types, defaults and docs alone.
 */
#include "gen/gen.h"

enum { WIDTH = 96 };

struct module {
    const struct kinds_tables *tables;
    struct base_buf *out;
    const struct schema_shape **done; /* those whose class was written */
    size_t n_done, room;
};

/* ---- names ---- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char to_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* "from" cannot name a member, and "modelName" would look odd. */
static const char *member_name(struct base_arena *arena, const char *wire)
{
    static const char *const words[] = {
        "as", "class",  "def", "del", "except", "for",  "from",  "global", "if",    "import", "in",
        "is", "lambda", "not", "or",  "pass",   "raise", "return", "try",  "while", "with",
    };
    char *name = base_arena_alloc(arena, 2 * strlen(wire) + 2), *end = name;

    for (const char *c = wire; *c; c++) {
        if (is_upper(*c) && c > wire && !is_upper(c[-1]))
            *end++ = '_';
        *end++ = is_upper(*c) ? (char)(*c - 'A' + 'a') : *c;
    }
    *end = '\0';
    for (size_t i = 0; i < BASE_COUNT(words); i++)
        if (strcmp(name, words[i]) == 0)
            memcpy(end, "_", sizeof("_"));
    return name;
}

/* "model_cache" is ModelCache; the spec of a kind is called after the kind. */
static const char *class_name(struct base_arena *arena, const struct schema_shape *shape)
{
    char *name, *end;

    for (size_t i = 0; i < kinds_count; i++) {
        if (kinds_table[i].spec == shape)
            return base_arena_format(arena, "%sSpec", kinds_table[i].kind);
        if (kinds_table[i].status == shape)
            return base_arena_format(arena, "%sStatus", kinds_table[i].kind);
    }
    name = end = base_arena_alloc(arena, strlen(shape->name) + 1);
    for (const char *c = shape->name; *c; c++)
        if (*c != '_')
            *end++ = c == shape->name || c[-1] == '_' ? to_upper(*c) : *c;
    *end = '\0';
    return name;
}

/* ---- types: as an annotation, and as what checks and converts a value ---- */

static bool has_class(const struct schema_shape *shape)
{
    return shape && (shape->doc || shape == &shape_object_meta);
}

static void put_literal(const struct module *m, const struct schema_field *field)
{
    const char *choice;
    size_t n = 0;

    base_buf_puts(m->out, "Literal[");
    for (; field->values && field->values[n]; n++)
        base_buf_format(m->out, "%s\"%s\"", n ? ", " : "", field->values[n]);
    for (; (choice = kinds_choice(m->tables, (enum schema_syntax)field->syntax, n)) != NULL; n++)
        base_buf_format(m->out, "%s\"%s\"", n ? ", " : "", choice);
    base_buf_putc(m->out, ']');
}

static bool has_choices(const struct module *m, const struct schema_field *field)
{
    return field->values || kinds_choice(m->tables, (enum schema_syntax)field->syntax, 0);
}

static void put_scalar_type(const struct module *m, const struct schema_field *field,
                            enum schema_type type)
{
    switch (type) {
    case SCHEMA_STR:
    case SCHEMA_ENUM:
        if (has_choices(m, field))
            put_literal(m, field);
        else
            base_buf_puts(m->out, "str");
        break;
    case SCHEMA_INT: base_buf_puts(m->out, "int"); break;
    case SCHEMA_NUM: base_buf_puts(m->out, "float"); break;
    case SCHEMA_BOOL: base_buf_puts(m->out, "bool"); break;
    case SCHEMA_QUANTITY:
    case SCHEMA_INT_OR_STR: base_buf_puts(m->out, "str | int | float"); break;
    default: base_buf_puts(m->out, "Any"); break;
    }
}

static void put_object_type(const struct module *m, const struct schema_field *field)
{
    if (!has_class(field->shape))
        base_buf_puts(m->out, "KubernetesObject");
    else
        base_buf_puts(m->out, class_name(m->out->arena, field->shape));
}

static void put_type(const struct module *m, const struct schema_field *field)
{
    enum schema_type item = (enum schema_type)field->item;

    if (field->type == SCHEMA_LIST || field->type == SCHEMA_MAP) {
        base_buf_puts(m->out, field->type == SCHEMA_LIST ? "Sequence[" : "Mapping[str, ");
        if (item == SCHEMA_OBJ)
            put_object_type(m, field);
        else
            put_scalar_type(m, field, item);
        base_buf_putc(m->out, ']');
    } else if (field->type == SCHEMA_OBJ || field->type == SCHEMA_REF) {
        put_object_type(m, field);
        if (field->flags & SCHEMA_SHORTHAND)
            base_buf_puts(m->out, " | str");
    } else {
        put_scalar_type(m, field, (enum schema_type)field->type);
    }
}

static const char *converter_of(enum schema_type type)
{
    switch (type) {
    case SCHEMA_STR:
    case SCHEMA_ENUM: return "STR";
    case SCHEMA_INT: return "INT";
    case SCHEMA_NUM: return "NUM";
    case SCHEMA_BOOL: return "BOOL";
    case SCHEMA_QUANTITY:
    case SCHEMA_INT_OR_STR: return "QUANTITY";
    default: return "ANY";
    }
}

static void put_converter(const struct module *m, const struct schema_field *field)
{
    enum schema_type type = (enum schema_type)field->type, item = (enum schema_type)field->item;
    bool many = type == SCHEMA_LIST || type == SCHEMA_MAP;

    if (many)
        base_buf_puts(m->out, type == SCHEMA_LIST ? "List(" : "Map(");
    if (has_class(field->shape))
        base_buf_format(m->out, "%s(%s)", field->flags & SCHEMA_SHORTHAND ? "Named" : "Nested",
                        class_name(m->out->arena, field->shape));
    else
        base_buf_puts(m->out, field->shape ? "FOREIGN" : converter_of(many ? item : type));
    if (many)
        base_buf_putc(m->out, ')');
}

/* ---- classes ---- */

/* A docstring; its words are wrapped, and nothing in it ends it early. */
static void put_doc(struct base_buf *out, size_t indent, const char *text)
{
    size_t column = indent + 3;

    base_buf_fill(out, ' ', indent);
    base_buf_puts(out, "\"\"\"");
    while (*text) {
        size_t len = strcspn(text, " "), next = text[len] ? strcspn(text + len + 1, " ") : 0;

        for (size_t i = 0; i < len; i++) {
            if (text[i] == '\\' || text[i] == '"')
                base_buf_putc(out, '\\');
            base_buf_putc(out, text[i]);
        }
        column += len;
        text += len;
        if (!*text)
            break;
        if (column + 1 + next > WIDTH) {
            base_buf_putc(out, '\n');
            base_buf_fill(out, ' ', indent);
            column = indent;
        } else {
            base_buf_putc(out, ' ');
            column++;
        }
        text++;
    }
    base_buf_puts(out, "\"\"\"\n");
}

static void put_default(const struct module *m, const struct schema_field *field)
{
    if (field->flags & SCHEMA_REQ)
        return;
    if (!field->fallback)
        base_buf_puts(m->out, " | None = None");
    else if (field->type == SCHEMA_BOOL)
        base_buf_puts(m->out, strcmp(field->fallback, "true") == 0 ? " = True" : " = False");
    else if (field->type == SCHEMA_INT || field->type == SCHEMA_NUM)
        base_buf_format(m->out, " = %s", field->fallback);
    else
        base_buf_format(m->out, " = \"%s\"", field->fallback);
}

static const char *bounds(struct base_arena *arena, const struct schema_field *field)
{
    char low[32] = "", high[32] = "";

    if (field->has_min)
        base_num_print(field->min, low);
    if (field->has_max)
        base_num_print(field->max, high);
    if (field->has_min && field->has_max)
        return base_arena_format(arena, " From %s to %s.", low, high);
    if (field->has_min)
        return base_arena_format(arena, " At least %s.", low);
    return field->has_max ? base_arena_format(arena, " At most %s.", high) : "";
}

static void put_field(const struct module *m, const struct schema_field *field)
{
    struct base_arena *arena = m->out->arena;

    base_buf_format(m->out, "    %s: ", member_name(arena, field->name));
    put_type(m, field);
    put_default(m, field);
    base_buf_putc(m->out, '\n');
    if (field->doc)
        put_doc(m->out, 4, base_arena_format(arena, "%s%s", field->doc, bounds(arena, field)));
}

static void put_rows(const struct module *m, const struct schema_shape *shape)
{
    base_buf_puts(m->out, "    _rows: ClassVar[Rows] = {\n");
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct schema_field *field = &shape->fields[i];

        base_buf_format(m->out, "        \"%s\": (\"%s\", ",
                        member_name(m->out->arena, field->name), field->name);
        put_converter(m, field);
        base_buf_puts(m->out, "),\n");
    }
    base_buf_puts(m->out, "    }\n");
}

static bool is_done(const struct module *m, const struct schema_shape *shape)
{
    for (size_t i = 0; i < m->n_done; i++)
        if (m->done[i] == shape)
            return true;
    return false;
}

static void put_class_line(const struct module *m, const char *name, const char *base)
{
    base_buf_format(m->out, "\n\n@dataclass(kw_only=True, slots=True)\nclass %s(%s):\n", name,
                    base);
}

/* A class stands below those that it uses. */
static void put_shape(struct module *m, const struct schema_shape *shape)
{
    if (!has_class(shape) || is_done(m, shape))
        return;
    for (size_t i = 0; i < shape->n_fields; i++)
        put_shape(m, shape->fields[i].shape);
    if (m->n_done == m->room) {
        size_t room = m->room ? 2 * m->room : 64;
        const struct schema_shape **grown =
            base_arena_alloc(m->out->arena, room * sizeof(struct schema_shape *));

        if (m->n_done)
            memcpy(grown, m->done, m->n_done * sizeof(struct schema_shape *));
        m->done = grown;
        m->room = room;
    }
    m->done[m->n_done++] = shape;
    put_class_line(m, class_name(m->out->arena, shape), "Shape");
    put_doc(m->out, 4, shape->doc ? shape->doc : "Metadata of an object, as Kubernetes has it.");
    base_buf_putc(m->out, '\n');
    for (size_t i = 0; i < shape->n_fields; i++)
        put_field(m, &shape->fields[i]);
    base_buf_putc(m->out, '\n');
    put_rows(m, shape);
}

static void put_kind(struct module *m, const struct kinds_kind *kind)
{
    struct base_buf *out = m->out;
    const char *spec = class_name(out->arena, kind->spec);
    const char *status = class_name(out->arena, kind->status);

    put_shape(m, kind->spec);
    put_shape(m, kind->status);
    put_class_line(m, kind->kind, "Resource");
    put_doc(out, 4, kind->doc);
    base_buf_format(out,
                    "\n    api_version: ClassVar[str] = \"" RCTL_API_VERSION "\"\n"
                    "    kind: ClassVar[str] = \"%s\"\n"
                    "    metadata: ObjectMeta\n"
                    "    spec: %s\n"
                    "    status: %s | None = None\n\n"
                    "    _rows: ClassVar[Rows] = {\n"
                    "        \"metadata\": (\"metadata\", Nested(ObjectMeta)),\n"
                    "        \"spec\": (\"spec\", Nested(%s)),\n"
                    "        \"status\": (\"status\", Nested(%s)),\n"
                    "    }\n",
                    kind->kind, spec, status, spec, status);
}

void gen_kinds_py(const struct kinds_tables *tables, struct base_buf *out)
{
    struct module m = {.tables = tables, .out = out};

    base_buf_puts(out,
                  "# Generated by rctl docs python; do not edit.\n"
                  "\"\"\"The kinds of " RCTL_API_VERSION " as dataclasses.\"\"\"\n"
                  "from __future__ import annotations\n\n"
                  "from collections.abc import Mapping, Sequence\n"
                  "from dataclasses import dataclass\n"
                  "from typing import Any, ClassVar, Literal\n\n"
                  "from ._shape import (ANY, BOOL, FOREIGN, INT, NUM, QUANTITY, STR,\n"
                  "                     KubernetesObject, List, Map, Named, Nested,\n"
                  "                     Resource, Rows, Shape)\n");
    put_shape(&m, &shape_object_meta);
    for (size_t i = 0; i < kinds_count; i++)
        put_kind(&m, &kinds_table[i]);
    base_buf_puts(out, "\n\nKINDS: dict[str, type[Resource]] = {\n");
    for (size_t i = 0; i < kinds_count; i++)
        base_buf_format(out, "    \"%s\": %s,\n", kinds_table[i].kind, kinds_table[i].kind);
    base_buf_puts(out, "}\n\n__all__ = [\n    \"KINDS\",\n");
    for (size_t i = 0; i < kinds_count; i++)
        base_buf_format(out, "    \"%s\",\n", kinds_table[i].kind);
    for (size_t i = 0; i < m.n_done; i++)
        base_buf_format(out, "    \"%s\",\n", class_name(out->arena, m.done[i]));
    base_buf_puts(out, "]\n");
}
