/*
 * Are the tables themselves sane? The answer is the first row that is not, and why.
 * Only tests ask: what is wrong here is a fault of ours, never of a user.
 */
#include "schema/schema.h"

/* Shapes on the way down; rows never nest deeper. */
enum { DEEPEST = 24 };

struct check {
    struct base_arena *arena;
    const struct schema_shape *open[DEEPEST];
    size_t n_open;
};

static const char *check_shape(struct check *check, const struct schema_shape *shape);

static const char *blame(const struct check *check, const struct schema_shape *shape,
                         const struct schema_field *field, const char *what)
{
    return base_arena_format(check->arena, "%s%s%s: %s", shape->name, field ? "." : "",
                             field ? field->name : "", what);
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_camel(const char *name)
{
    if (!is_lower(name[0]))
        return false;
    for (const char *c = name; *c; c++)
        if (!is_lower(*c) && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9'))
            return false;
    return true;
}

static bool is_sentence(const char *doc)
{
    size_t len = doc ? strlen(doc) : 0;

    return len > 1 && doc[len - 1] == '.' && doc[len - 2] != '.';
}

static bool in_range(const struct schema_field *field, double value)
{
    return (!field->has_min || value >= field->min) && (!field->has_max || value <= field->max);
}

/* What a default has to be, by type. */
static const char *default_fault(const struct check *check, const struct schema_field *field)
{
    const char *text = field->fallback;
    int64_t integer;
    double number;

    switch ((enum schema_type)field->type) {
    case SCHEMA_INT:
        return base_num_int(text, &integer) && in_range(field, (double)integer)
                   ? NULL
                   : "the default is no integer of the range";
    case SCHEMA_NUM:
        return base_num_double(text, &number) && in_range(field, number)
                   ? NULL
                   : "the default is no number of the range";
    case SCHEMA_BOOL:
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0
                   ? NULL
                   : "the default is neither true nor false";
    case SCHEMA_QUANTITY:
        return base_num_quantity(text, &integer) ? NULL : "the default is no quantity";
    case SCHEMA_ENUM:
        return field->values && base_str_in(text, field->values)
                   ? NULL
                   : "the default is not one of the values";
    case SCHEMA_STR:
        return schema_syntax_check((enum schema_syntax)field->syntax, text, check->arena->mem);
    default:
        return "a field of this type has no default";
    }
}

static bool is_text(const struct schema_field *field)
{
    bool of_items = field->type == SCHEMA_LIST || field->type == SCHEMA_MAP;

    return (of_items ? field->item : field->type) == SCHEMA_STR;
}

static const char *type_fault(const struct schema_field *field)
{
    bool of_enum = field->type == SCHEMA_ENUM ||
                   (field->type == SCHEMA_LIST && field->item == SCHEMA_ENUM);
    bool of_shape = field->type == SCHEMA_OBJ || field->type == SCHEMA_REF ||
                    (field->type == SCHEMA_LIST && field->item == SCHEMA_OBJ);

    if (of_enum != (field->values != NULL) || (of_enum && !field->values[0]))
        return "an enum has values, and nothing else has";
    if (of_shape != (field->shape != NULL))
        return "an object has a shape, and nothing else has";
    if ((field->type == SCHEMA_REF) != (field->target != NULL))
        return "a reference has a target, and nothing else has";
    if ((field->flags & SCHEMA_SHORTHAND) && field->type != SCHEMA_REF)
        return "only a reference has a shorthand";
    if (field->syntax != SCHEMA_FREE && !is_text(field))
        return "only strings have a syntax";
    if (field->key_syntax != SCHEMA_FREE && field->type != SCHEMA_MAP)
        return "only maps have keys";
    if ((field->flags & SCHEMA_CSV) && field->type != SCHEMA_STR)
        return "only a string is a comma-separated list";
    return NULL;
}

static const char *merge_fault(const struct schema_field *field)
{
    if (!field->merge_key)
        return NULL;
    if (field->type != SCHEMA_LIST || !field->shape)
        return "only a list of objects has a merge key";
    return schema_find_field(field->shape, field->merge_key) ? NULL : "the merge key is no field";
}

static size_t member_size(const struct schema_field *field)
{
    if (field->flags & SCHEMA_RAW)
        return sizeof(const struct text_node *);
    switch ((enum schema_type)field->type) {
    case SCHEMA_INT: return sizeof(struct schema_int);
    case SCHEMA_NUM: return sizeof(struct schema_num);
    case SCHEMA_BOOL: return sizeof(struct schema_bool);
    case SCHEMA_LIST: return sizeof(struct schema_list);
    case SCHEMA_STR:
    case SCHEMA_ENUM:
    case SCHEMA_QUANTITY: return sizeof(struct schema_str);
    default: return sizeof(void *);
    }
}

static const char *check_field(struct check *check, const struct schema_shape *shape, size_t index)
{
    const struct schema_field *field = &shape->fields[index];
    const char *wrong;

    if (!is_camel(field->name))
        return blame(check, shape, field, "the name is not lowerCamel");
    for (size_t i = 0; i < index; i++)
        if (strcmp(shape->fields[i].name, field->name) == 0)
            return blame(check, shape, field, "the name is there twice");
    if (shape->doc && !is_sentence(field->doc))
        return blame(check, shape, field, "the doc is not a sentence with a full stop");
    if (field->has_min && field->has_max && field->min > field->max)
        return blame(check, shape, field, "the smallest value is above the largest");
    if (shape->size && field->offset + member_size(field) > shape->size)
        return blame(check, shape, field, "the member lies outside its struct");
    if ((field->flags & SCHEMA_REQ) && field->fallback)
        return blame(check, shape, field, "a required field has no use for a default");
    wrong = type_fault(field);
    if (!wrong)
        wrong = merge_fault(field);
    if (!wrong && field->fallback)
        wrong = default_fault(check, field);
    if (wrong)
        return blame(check, shape, field, wrong);
    return field->shape ? check_shape(check, field->shape) : NULL;
}

static const char *check_shape(struct check *check, const struct schema_shape *shape)
{
    for (size_t i = 0; i < check->n_open; i++)
        if (check->open[i] == shape)
            return NULL; /* a shape that contains itself is being looked at */
    if (check->n_open == DEEPEST)
        return blame(check, shape, NULL, "the shapes nest too deeply");
    if (shape->n_fields == 0)
        return blame(check, shape, NULL, "the shape has no fields");
    if ((shape->size != 0) != (shape->doc != NULL) || (shape->doc && !is_sentence(shape->doc)))
        return blame(check, shape, NULL, "a decoded shape has a doc that ends in a full stop");
    check->open[check->n_open++] = shape;
    for (size_t i = 0; i < shape->n_fields; i++) {
        const char *wrong = check_field(check, shape, i);

        if (wrong)
            return wrong;
    }
    check->n_open--;
    return NULL;
}

const char *schema_check_shape(const struct schema_shape *shape, struct base_arena *arena)
{
    struct check check = {.arena = arena};

    return check_shape(&check, shape);
}
