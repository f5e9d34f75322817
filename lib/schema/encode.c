/*
 * Struct in, canonical tree out: fields in the order of the rows, defaults
 * written out, references in their long form.
 */
#include "schema/schema.h"

static void put_num(struct text_builder *builder, const char *key, double value)
{
    char text[32];
    size_t len;

    base_num_print(value, text);
    len = strlen(text);
    if (key)
        text_build_key(builder, key, strlen(key), (struct text_mark){0, 0}, /* copy= */ false);
    text_build_scalar(builder, text_plain_type(text, len), TEXT_PLAIN, text, len,
                      (struct text_mark){0, 0});
}

static void encode_list(struct text_builder *builder, const struct schema_field *field,
                        const struct schema_list *list)
{
    if (!list->at)
        return;
    text_put_list(builder, field->name);
    for (size_t i = 0; i < list->n_items; i++) {
        if (field->item == SCHEMA_OBJ)
            schema_encode(builder, NULL, field->shape,
                         (const char *)list->items + i * field->shape->size);
        else
            text_put_str(builder, NULL, ((const struct schema_str *)list->items)[i].v);
    }
    text_put_end(builder);
}

static void encode_field(struct text_builder *builder, const struct schema_field *field,
                         const void *member)
{
    bool filled = field->fallback != NULL;

    if (field->flags & SCHEMA_RAW) {
        const struct text_node *node = *(const struct text_node *const *)member;

        if (node)
            text_put_node(builder, field->name, node);
        return;
    }
    switch ((enum schema_type)field->type) {
    case SCHEMA_STR:
    case SCHEMA_ENUM:
    case SCHEMA_QUANTITY:
        text_put_str(builder, field->name, ((const struct schema_str *)member)->v);
        break;
    case SCHEMA_INT:
        if (filled || ((const struct schema_int *)member)->at)
            text_put_int(builder, field->name, ((const struct schema_int *)member)->v);
        break;
    case SCHEMA_NUM:
        if (filled || ((const struct schema_num *)member)->at)
            put_num(builder, field->name, ((const struct schema_num *)member)->v);
        break;
    case SCHEMA_BOOL:
        if (filled || ((const struct schema_bool *)member)->at)
            text_put_bool(builder, field->name, ((const struct schema_bool *)member)->v);
        break;
    case SCHEMA_OBJ:
    case SCHEMA_REF:
        if (*(const void *const *)member)
            schema_encode(builder, field->name, field->shape, *(const void *const *)member);
        break;
    case SCHEMA_LIST:
        encode_list(builder, field, member);
        break;
    case SCHEMA_ANY:
        if (*(const struct text_node *const *)member)
            text_put_node(builder, field->name, *(const struct text_node *const *)member);
        break;
    case SCHEMA_INT_OR_STR:
    case SCHEMA_MAP:
        assert(0 && "rows of this type are kept as trees");
    }
}

void schema_encode(struct text_builder *builder, const char *key,
                   const struct schema_shape *shape, const void *value)
{
    text_put_map(builder, key);
    for (size_t i = 0; i < shape->n_fields; i++)
        encode_field(builder, &shape->fields[i],
                     (const char *)value + shape->fields[i].offset);
    text_put_end(builder);
}
