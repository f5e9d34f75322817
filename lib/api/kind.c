/* The table of kinds, for those who walk it from outside. */
#include "api/api.h"

static void fill_kind(const struct kinds_kind *kind, rctl_kind_info *ret)
{
    *ret = (rctl_kind_info){.kind = kind->kind,
                            .plural = kind->plural,
                            .singular = kind->singular,
                            .short_name = kind->short_name,
                            .doc = kind->doc};
}

size_t rctl_kinds_count(void)
{
    return kinds_count;
}

int rctl_kinds_get(size_t index, rctl_kind_info *ret_kind)
{
    if (!ret_kind)
        return RCTL_E_INVALID_ARG;
    if (index >= kinds_count)
        return RCTL_E_NOT_FOUND;
    fill_kind(&kinds_table[index], ret_kind);
    return RCTL_OK;
}

int rctl_kinds_find(const char *name, rctl_kind_info *ret_kind)
{
    const struct kinds_kind *kind;

    if (!name || !ret_kind)
        return RCTL_E_INVALID_ARG;
    kind = kinds_find(name);
    if (!kind)
        return RCTL_E_NOT_FOUND;
    fill_kind(kind, ret_kind);
    return RCTL_OK;
}

static const char *type_name(const struct schema_field *field)
{
    static const char *const names[] = {
        [SCHEMA_STR] = "string",           [SCHEMA_INT] = "integer",
        [SCHEMA_NUM] = "number",           [SCHEMA_BOOL] = "boolean",
        [SCHEMA_ENUM] = "choice",          [SCHEMA_QUANTITY] = "quantity",
        [SCHEMA_INT_OR_STR] = "integer or string", [SCHEMA_OBJ] = "object",
        [SCHEMA_REF] = "reference",        [SCHEMA_MAP] = "map",
        [SCHEMA_ANY] = "any value",
    };

    if (field->type == SCHEMA_LIST)
        return field->item == SCHEMA_OBJ ? "list of objects" : "list of strings";
    return names[field->type];
}

static void fill_field(const struct schema_field *field, rctl_field_info *ret)
{
    *ret = (rctl_field_info){.name = field->name,
                             .type = type_name(field),
                             .doc = field->doc,
                             .fallback = field->fallback,
                             .required = (field->flags & SCHEMA_REQ) != 0,
                             .n_fields = field->shape ? field->shape->n_fields : 0};
}

/* The two fields that every kind has above those of its rows. */
static bool fill_top(const struct kinds_kind *kind, size_t index, rctl_field_info *ret)
{
    const struct schema_shape *shape = index == 0 ? kind->spec : kind->status;

    if (index > 1)
        return false;
    *ret = (rctl_field_info){.name = index == 0 ? "spec" : "status",
                             .type = "object",
                             .doc = shape->doc,
                             .required = index == 0,
                             .n_fields = shape->n_fields};
    return true;
}

/* "spec.model" -> the spec's shape and "model"; false when it starts otherwise. */
static bool split_path(const struct kinds_kind *kind, const char *path,
                       const struct schema_shape **ret_shape, const char **ret_rest)
{
    size_t len = strcspn(path, ".");

    if (len == 4 && memcmp(path, "spec", 4) == 0)
        *ret_shape = kind->spec;
    else if (len == 6 && memcmp(path, "status", 6) == 0)
        *ret_shape = kind->status;
    else
        return false;
    *ret_rest = path[len] == '.' ? path + len + 1 : path + len;
    return true;
}

int rctl_field_find(const char *name, const char *path, rctl_field_info *ret_field)
{
    const struct kinds_kind *kind;
    const struct schema_shape *shape;
    const struct schema_field *field;
    const char *rest;

    if (!name || !path || !ret_field)
        return RCTL_E_INVALID_ARG;
    kind = kinds_find(name);
    if (!kind || !split_path(kind, path, &shape, &rest))
        return RCTL_E_NOT_FOUND;
    if (*rest == '\0') {
        fill_top(kind, shape == kind->spec ? 0 : 1, ret_field);
        return RCTL_OK;
    }
    field = schema_find_path(shape, rest);
    if (!field)
        return RCTL_E_NOT_FOUND;
    fill_field(field, ret_field);
    return RCTL_OK;
}

int rctl_field_child(const char *name, const char *path, size_t index,
                     rctl_field_info *ret_field)
{
    const struct kinds_kind *kind;
    const struct schema_shape *shape;
    const struct schema_field *field;
    const char *rest;

    if (!name || !path || !ret_field)
        return RCTL_E_INVALID_ARG;
    kind = kinds_find(name);
    if (!kind)
        return RCTL_E_NOT_FOUND;
    if (*path == '\0')
        return fill_top(kind, index, ret_field) ? RCTL_OK : RCTL_E_NOT_FOUND;
    if (!split_path(kind, path, &shape, &rest))
        return RCTL_E_NOT_FOUND;
    if (*rest != '\0') {
        field = schema_find_path(shape, rest);
        shape = field ? field->shape : NULL;
    }
    if (!shape || index >= shape->n_fields)
        return RCTL_E_NOT_FOUND;
    fill_field(&shape->fields[index], ret_field);
    return RCTL_OK;
}
