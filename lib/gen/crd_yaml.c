/*
 * CustomResourceDefinitions from the rows: structural schemas, with everything that
 * a schema can say about a field. It may be looser than `rctl validate`, never
 * stricter; what it cannot say (a name or a map, the insides of a pod) it leaves
 * open, and the webhook tells the rest.
 */
#include "gen/gen.h"

struct writer {
    struct text_builder *builder;
    const struct kinds_kind *kind;
    const struct kinds_tables *tables;
    struct base_arena *arena;
};

static void put_shape(struct writer *w, const struct schema_shape *shape);

/* ---- values ---- */

static void put_number(struct writer *w, const char *key, double value)
{
    char text[32];

    if (value == (double)(int64_t)value) {
        text_put_int(w->builder, key, (int64_t)value);
        return;
    }
    base_num_print(value, text);
    text_build_key(w->builder, key, strlen(key), (struct text_mark){0, 0}, /* copy= */ false);
    text_build_scalar(w->builder, TEXT_FLOAT, TEXT_PLAIN, text, strlen(text),
                      (struct text_mark){0, 0});
}

static void put_default(struct writer *w, const struct schema_field *field)
{
    int64_t integer;
    double number;

    if (!field->fallback)
        return;
    if (field->type == SCHEMA_BOOL)
        text_put_bool(w->builder, "default", strcmp(field->fallback, "true") == 0);
    else if (field->type == SCHEMA_INT && base_num_int(field->fallback, &integer))
        text_put_int(w->builder, "default", integer);
    else if (field->type == SCHEMA_NUM && base_num_double(field->fallback, &number))
        put_number(w, "default", number);
    else
        text_put_str(w->builder, "default", field->fallback);
}

static void put_open(struct writer *w)
{
    text_put_bool(w->builder, "x-kubernetes-preserve-unknown-fields", true);
}

/* ---- scalars ---- */

static void put_string(struct writer *w, const struct schema_field *field)
{
    enum schema_syntax syntax = (enum schema_syntax)field->syntax;
    unsigned max_length = 0;
    const char *pattern = schema_syntax_pattern(syntax, &max_length), *choice;

    text_put_str(w->builder, "type", "string");
    if (kinds_choice(w->tables, syntax, 0)) {
        text_put_list(w->builder, "enum");
        for (size_t i = 0; (choice = kinds_choice(w->tables, syntax, i)) != NULL; i++)
            text_put_str(w->builder, NULL, choice);
        text_put_end(w->builder);
    }
    if (field->type == SCHEMA_STR && (field->flags & (SCHEMA_REQ | SCHEMA_NOTEMPTY)))
        text_put_int(w->builder, "minLength", 1);
    if (max_length)
        text_put_int(w->builder, "maxLength", max_length);
    text_put_str(w->builder, "pattern", pattern);
}

static void put_enum(struct writer *w, const char *const *values)
{
    text_put_str(w->builder, "type", "string");
    text_put_list(w->builder, "enum");
    for (; *values; values++)
        text_put_str(w->builder, NULL, *values);
    text_put_end(w->builder);
}

static void put_bounds(struct writer *w, const struct schema_field *field)
{
    if (field->has_min)
        put_number(w, "minimum", field->min);
    if (field->has_max)
        put_number(w, "maximum", field->max);
}

static void put_scalar(struct writer *w, const struct schema_field *field, enum schema_type type)
{
    switch (type) {
    case SCHEMA_STR:
        put_string(w, field);
        break;
    case SCHEMA_ENUM:
        put_enum(w, field->values);
        break;
    case SCHEMA_INT:
        text_put_str(w->builder, "type", "integer");
        text_put_str(w->builder, "format", "int64");
        put_bounds(w, field);
        break;
    case SCHEMA_NUM:
        text_put_str(w->builder, "type", "number");
        put_bounds(w, field);
        break;
    case SCHEMA_BOOL:
        text_put_str(w->builder, "type", "boolean");
        break;
    case SCHEMA_QUANTITY:
    case SCHEMA_INT_OR_STR:
        text_put_bool(w->builder, "x-kubernetes-int-or-string", true);
        break;
    default:
        put_open(w);
        break;
    }
}

/* ---- what has parts ---- */

/* The shape of a field, or of an item of its list; Kubernetes' own stay open. */
static void put_object(struct writer *w, const struct schema_field *field)
{
    if (field->shape->doc) {
        put_shape(w, field->shape);
        return;
    }
    text_put_str(w->builder, "type", "object");
    put_open(w);
}

static void put_list(struct writer *w, const struct schema_field *field)
{
    text_put_str(w->builder, "type", "array");
    if (field->flags & (SCHEMA_REQ | SCHEMA_NOTEMPTY))
        text_put_int(w->builder, "minItems", 1);
    if (field->merge_key && field->shape->doc) {
        text_put_str(w->builder, "x-kubernetes-list-type", "map");
        text_put_list(w->builder, "x-kubernetes-list-map-keys");
        text_put_str(w->builder, NULL, field->merge_key);
        text_put_end(w->builder);
    } else {
        text_put_str(w->builder, "x-kubernetes-list-type", "atomic");
    }
    text_put_map(w->builder, "items");
    if (field->item == SCHEMA_OBJ)
        put_object(w, field);
    else
        put_scalar(w, field, (enum schema_type)field->item);
    text_put_end(w->builder);
}

static void put_map(struct writer *w, const struct schema_field *field)
{
    text_put_str(w->builder, "type", "object");
    if (field->flags & SCHEMA_NOTEMPTY)
        text_put_int(w->builder, "minProperties", 1);
    text_put_map(w->builder, "additionalProperties");
    put_scalar(w, field, (enum schema_type)field->item);
    text_put_end(w->builder);
}

static void put_field(struct writer *w, const struct schema_field *field)
{
    text_put_map(w->builder, field->name);
    text_put_str(w->builder, "description", field->doc);
    put_default(w, field);
    if (field->flags & SCHEMA_SHORTHAND)
        put_open(w);
    else if (field->type == SCHEMA_OBJ || field->type == SCHEMA_REF)
        put_object(w, field);
    else if (field->type == SCHEMA_LIST)
        put_list(w, field);
    else if (field->type == SCHEMA_MAP)
        put_map(w, field);
    else
        put_scalar(w, field, (enum schema_type)field->type);
    text_put_end(w->builder);
}

/* Is any field of the shape required? */
static bool requires(const struct schema_shape *shape)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        if (shape->fields[i].flags & SCHEMA_REQ)
            return true;
    return false;
}

static void put_shape(struct writer *w, const struct schema_shape *shape)
{
    text_put_str(w->builder, "type", "object");
    if (requires(shape)) {
        text_put_list(w->builder, "required");
        for (size_t i = 0; i < shape->n_fields; i++)
            if (shape->fields[i].flags & SCHEMA_REQ)
                text_put_str(w->builder, NULL, shape->fields[i].name);
        text_put_end(w->builder);
    }
    text_put_map(w->builder, "properties");
    for (size_t i = 0; i < shape->n_fields; i++)
        put_field(w, &shape->fields[i]);
    text_put_end(w->builder);
}

/* ---- the definition around it ---- */

static void put_names(struct writer *w)
{
    const struct kinds_kind *kind = w->kind;

    text_put_map(w->builder, "names");
    text_put_str(w->builder, "kind", kind->kind);
    text_put_str(w->builder, "listKind", base_arena_format(w->arena, "%sList", kind->kind));
    text_put_str(w->builder, "plural", kind->plural);
    text_put_str(w->builder, "singular", kind->singular);
    text_put_list(w->builder, "shortNames");
    text_put_str(w->builder, NULL, kind->short_name);
    text_put_end(w->builder);
    text_put_list(w->builder, "categories");
    text_put_str(w->builder, NULL, "inference");
    text_put_end(w->builder);
    text_put_end(w->builder);
}

static void put_columns(struct writer *w)
{
    text_put_list(w->builder, "additionalPrinterColumns");
    for (size_t i = 0; i < w->kind->n_columns; i++) {
        const struct kinds_column *column = &w->kind->columns[i];

        text_put_map(w->builder, NULL);
        text_put_str(w->builder, "name", column->name);
        text_put_str(w->builder, "type", column->type);
        text_put_str(w->builder, "description", column->doc);
        text_put_str(w->builder, "jsonPath", column->path);
        if (column->priority)
            text_put_int(w->builder, "priority", column->priority);
        text_put_end(w->builder);
    }
    text_put_end(w->builder);
}

static void put_rules(struct writer *w)
{
    if (!w->kind->n_cel)
        return;
    text_put_list(w->builder, "x-kubernetes-validations");
    for (size_t i = 0; i < w->kind->n_cel; i++) {
        text_put_map(w->builder, NULL);
        text_put_str(w->builder, "rule", w->kind->cel[i].rule);
        text_put_str(w->builder, "message", w->kind->cel[i].message);
        text_put_end(w->builder);
    }
    text_put_end(w->builder);
}

static void put_part(struct writer *w, const char *name, const struct schema_shape *shape)
{
    text_put_map(w->builder, name);
    text_put_str(w->builder, "description", shape->doc);
    put_shape(w, shape);
    if (shape == w->kind->spec)
        put_rules(w);
    text_put_end(w->builder);
}

static void put_meta(struct writer *w, const char *name, const char *type, const char *doc)
{
    text_put_map(w->builder, name);
    text_put_str(w->builder, "description", doc);
    text_put_str(w->builder, "type", type);
    text_put_end(w->builder);
}

static void put_schema(struct writer *w)
{
    text_put_map(w->builder, "schema");
    text_put_map(w->builder, "openAPIV3Schema");
    text_put_str(w->builder, "description", w->kind->doc);
    text_put_str(w->builder, "type", "object");
    if (requires(w->kind->spec)) {
        text_put_list(w->builder, "required");
        text_put_str(w->builder, NULL, "spec");
        text_put_end(w->builder);
    }
    text_put_map(w->builder, "properties");
    put_meta(w, "apiVersion", "string", "Group and version of the object: " RCTL_API_VERSION ".");
    put_meta(w, "kind", "string", base_arena_format(w->arena, "Always %s.", w->kind->kind));
    text_put_map(w->builder, "metadata");
    text_put_str(w->builder, "type", "object");
    text_put_end(w->builder);
    put_part(w, "spec", w->kind->spec);
    put_part(w, "status", w->kind->status);
    text_put_end(w->builder);
    text_put_end(w->builder);
    text_put_end(w->builder);
}

static void put_version(struct writer *w)
{
    text_put_list(w->builder, "versions");
    text_put_map(w->builder, NULL);
    text_put_str(w->builder, "name", strchr(RCTL_API_VERSION, '/') + 1);
    text_put_bool(w->builder, "served", true);
    text_put_bool(w->builder, "storage", true);
    put_columns(w);
    text_put_map(w->builder, "subresources");
    text_put_map(w->builder, "status");
    text_put_end(w->builder);
    text_put_end(w->builder);
    put_schema(w);
    text_put_end(w->builder);
    text_put_end(w->builder);
}

static void build(struct text_builder *builder, const void *arg)
{
    struct writer writer = *(const struct writer *)arg, *w = &writer;

    w->builder = builder;
    text_put_map(w->builder, NULL);
    text_put_str(w->builder, "apiVersion", "apiextensions.k8s.io/v1");
    text_put_str(w->builder, "kind", "CustomResourceDefinition");
    text_put_map(w->builder, "metadata");
    text_put_str(w->builder, "name",
                 base_arena_format(w->arena, "%s." RCTL_GROUP, w->kind->plural));
    text_put_end(w->builder);
    text_put_map(w->builder, "spec");
    text_put_str(w->builder, "group", RCTL_GROUP);
    put_names(w);
    text_put_str(w->builder, "scope", "Namespaced");
    put_version(w);
    text_put_end(w->builder);
    text_put_end(w->builder);
}

void gen_crd(const struct kinds_kind *kind, const struct kinds_tables *tables,
             struct base_buf *out)
{
    struct writer w = {.kind = kind, .tables = tables, .arena = out->arena};

    base_buf_puts(out, "# Generated by rctl crds; do not edit.\n");
    text_write_yaml(text_built(out->arena, build, &w), NULL, out);
}
