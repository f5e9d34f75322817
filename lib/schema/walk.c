/* Finding fields, and the references that a decoded struct holds. */
#include "schema/schema.h"

const struct schema_field *schema_find_field(const struct schema_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->n_fields; i++)
        if (strcmp(shape->fields[i].name, name) == 0)
            return &shape->fields[i];
    return NULL;
}

const struct schema_field *schema_find_path(const struct schema_shape *shape, const char *path)
{
    const struct schema_field *field = NULL;

    while (shape) {
        size_t len = strcspn(path, ".[");
        const struct schema_field *found = NULL;

        for (size_t i = 0; i < shape->n_fields && !found; i++)
            if (strlen(shape->fields[i].name) == len &&
                memcmp(shape->fields[i].name, path, len) == 0)
                found = &shape->fields[i];
        field = found;
        path += len;
        /* "routes[0].model" and "routes.model" name the same field. */
        if (*path == '[')
            path += strcspn(path, "]") + (strchr(path, ']') != NULL);
        if (!field || *path == '\0')
            return field;
        if (*path++ != '.')
            return NULL;
        shape = field->shape;
    }
    return NULL;
}

void schema_each_ref(const struct schema_shape *shape, const void *value,
                     const struct text_path *path,
                     void (*each)(void *ctx, const struct schema_field *field, const void *ref,
                                  const struct text_path *path),
                     void *ctx)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct schema_field *field = &shape->fields[i];
        const void *member = (const char *)value + field->offset;
        struct text_path here = {path, field->name, 0};

        if (field->flags & SCHEMA_RAW)
            continue;
        if (field->type == SCHEMA_REF || field->type == SCHEMA_OBJ) {
            const void *sub = *(const void *const *)member;

            if (sub && field->type == SCHEMA_REF)
                each(ctx, field, sub, &here);
            else if (sub)
                schema_each_ref(field->shape, sub, &here, each, ctx);
        } else if (field->type == SCHEMA_LIST && field->item == SCHEMA_OBJ) {
            const struct schema_list *list = member;

            for (size_t j = 0; j < list->n_items; j++) {
                struct text_path item = {&here, NULL, j};

                schema_each_ref(field->shape, (const char *)list->items + j * field->shape->size,
                                &item, each, ctx);
            }
        }
    }
}
