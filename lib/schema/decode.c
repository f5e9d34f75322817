/*
 * Tree in, struct out. One walk does everything that rows can say: types, unknown
 * and missing fields, bounds, choices, syntax, defaults. Nothing stops it; what is
 * wrong is told and treated as absent. With no struct to fill, the same walk
 * checks the shapes of Kubernetes itself.
 */
#include "schema/schema.h"

#include <stdarg.h>
#include <stdio.h>

enum { MOST_FIELDS = 128 };

static void walk_shape(struct schema_walk *walk, const struct schema_shape *shape,
                       const struct text_node *node, const struct text_path *path, char *out);

void schema_fault(struct schema_walk *walk, enum diag_code code, const struct text_node *at,
                  const struct text_path *path, const char *hint, const char *message, ...)
{
    struct text_mark mark = at && at->mark.line ? at->mark : walk->mark;
    char text[1024];
    va_list args;

    if (diag_code_severity(code) == RCTL_SEVERITY_ERROR)
        walk->n_errors++;
    if (!walk->diags)
        return;
    va_start(args, message);
    vsnprintf(text, sizeof(text), message, args);
    va_end(args);
    diag_add(walk->diags, code, (struct diag_mark){walk->file, mark.line, mark.column},
             walk->object, path ? text_path_print(path, walk->arena) : NULL, hint, "%s", text);
}

/* ---- what a value is called in a message ---- */

static const char *expected_name(enum schema_type type)
{
    switch (type) {
    case SCHEMA_STR:
    case SCHEMA_ENUM: return "a string";
    case SCHEMA_INT: return "an integer";
    case SCHEMA_NUM: return "a number";
    case SCHEMA_BOOL: return "true or false";
    case SCHEMA_QUANTITY: return "a quantity like 500m or 64Gi";
    case SCHEMA_INT_OR_STR: return "an integer or a string";
    case SCHEMA_OBJ: return "a map";
    case SCHEMA_REF: return "a name or a map with a name";
    case SCHEMA_LIST: return "a list";
    case SCHEMA_MAP: return "a map";
    case SCHEMA_ANY: break;
    }
    return "a value";
}

static bool is_scalar(const struct text_node *node)
{
    return node->type != TEXT_MAP && node->type != TEXT_LIST;
}

static void wrong_type(struct schema_walk *walk, enum schema_type type,
                       const struct text_node *node, const struct text_path *path)
{
    const char *hint = NULL;

    if (!walk->diags) {
        walk->n_errors++;
        return;
    }
    if ((type == SCHEMA_STR || type == SCHEMA_ENUM) && is_scalar(node) && node->len > 0 &&
        node->len < 100)
        hint = base_arena_format(walk->arena, "write \"%s\" in quotes", node->u.str);
    else if (type == SCHEMA_INT && node->type == TEXT_STR)
        hint = "write the number without quotes, in decimal digits";
    else if (type == SCHEMA_INT && node->type == TEXT_FLOAT)
        hint = "write the number in plain decimal digits";
    else if (type == SCHEMA_LIST && node->type != TEXT_LIST)
        hint = "start each item with '- '";
    if (is_scalar(node) && node->len)
        schema_fault(walk, DIAG_SCHEMA_WRONG_TYPE, node, path, hint, "expected %s, found %s '%.100s'",
                     expected_name(type), text_type_name((enum text_type)node->type), node->u.str);
    else
        schema_fault(walk, DIAG_SCHEMA_WRONG_TYPE, node, path, hint, "expected %s, found %s",
                     expected_name(type), text_type_name((enum text_type)node->type));
}

/* ---- suggestions ---- */

static const char *field_candidate(const void *ctx, size_t i)
{
    return ((const struct schema_shape *)ctx)->fields[i].name;
}

static const char *value_candidate(const void *ctx, size_t i)
{
    return ((const char *const *)ctx)[i];
}

static const char *value_list(struct schema_walk *walk, const char *const *values)
{
    struct base_buf buf;

    base_buf_init(&buf, walk->arena, NULL);
    for (size_t i = 0; values[i]; i++) {
        if (i > 0)
            base_buf_puts(&buf, values[i + 1] ? ", " : " or ");
        base_buf_puts(&buf, values[i]);
    }
    return buf.data;
}

static void unknown_field(struct schema_walk *walk, const struct schema_shape *shape,
                          const struct text_pair *pair, const struct text_path *path)
{
    struct text_node at = {.mark = pair->mark};
    const char *near = NULL, *hint = "remove it";

    if (walk->object)
        hint = "remove it; the API server refuses or drops it";
    if (!walk->diags) {
        walk->n_errors++;
        return;
    }
    near = base_suggest(pair->key, field_candidate, shape, shape->n_fields);
    if (near)
        hint = base_arena_format(walk->arena, "did you mean '%s'?", near);
    schema_fault(walk, DIAG_SCHEMA_UNKNOWN_FIELD, &at, path, hint, "unknown field '%.100s'",
                 pair->key);
}

/* ---- scalars ---- */

static void check_syntax(struct schema_walk *walk, enum schema_syntax syntax, const char *text,
                         const struct text_node *node, const struct text_path *path)
{
    const char *wrong;
    char reason[128];
    size_t offset = 0;

    if (syntax == SCHEMA_FREE)
        return;
    if (syntax == SCHEMA_PATTERN) {
        wrong = base_regex_check(walk->arena->mem, text, &offset, reason);
        if (wrong)
            schema_fault(walk, DIAG_SCHEMA_BAD_SYNTAX, node, path, NULL,
                         "'%.100s' is no pattern that routers can run: %s (at character %zu)",
                         text, wrong, offset + 1);
        return;
    }
    wrong = schema_syntax_check(syntax, text, walk->arena->mem);
    if (wrong)
        schema_fault(walk, DIAG_SCHEMA_BAD_SYNTAX, node, path, NULL, "'%.100s' %s", text, wrong);
}

static const char *decode_text(struct schema_walk *walk, const struct schema_field *field,
                               enum schema_type type, const struct text_node *node,
                               const struct text_path *path)
{
    if (node->type != TEXT_STR) {
        wrong_type(walk, type, node, path);
        return NULL;
    }
    if (node->len == 0 && (field->flags & (SCHEMA_REQ | SCHEMA_NOTEMPTY))) {
        schema_fault(walk, DIAG_SCHEMA_EMPTY, node, path, NULL, "must not be empty");
        return NULL;
    }
    if (type == SCHEMA_ENUM && !base_str_in(node->u.str, field->values)) {
        if (walk->diags) {
            size_t n = 0;

            while (field->values[n])
                n++;
            const char *near = base_suggest(node->u.str, value_candidate, field->values, n);
            const char *hint =
                near ? base_arena_format(walk->arena, "did you mean '%s'?", near)
                     : base_arena_format(walk->arena, "use %s", value_list(walk, field->values));
            schema_fault(walk, DIAG_SCHEMA_BAD_CHOICE, node, path, hint,
                         "'%.100s' is not one of the choices: %s", node->u.str,
                         value_list(walk, field->values));
        } else {
            walk->n_errors++;
        }
        return NULL;
    }
    /* Lists in one string are judged item by item, by the rules of their kind. */
    if (!(field->flags & SCHEMA_CSV))
        check_syntax(walk, (enum schema_syntax)field->syntax, node->u.str, node, path);
    return node->u.str;
}

static bool in_bounds(struct schema_walk *walk, const struct schema_field *field, double value,
                      const struct text_node *node, const struct text_path *path)
{
    char low[32] = "", high[32] = "";

    if ((!field->has_min || value >= field->min) && (!field->has_max || value <= field->max))
        return true;
    if (field->has_min)
        base_num_print(field->min, low);
    if (field->has_max)
        base_num_print(field->max, high);
    schema_fault(walk, DIAG_SCHEMA_OUT_OF_RANGE, node, path, NULL, "'%.100s' is %s %s%s%s",
                 node->u.str, field->has_min && value < field->min ? "below" : "above",
                 field->has_min && value < field->min ? low : high,
                 field->has_min && field->has_max ? "; the range is " : "",
                 field->has_min && field->has_max
                     ? base_arena_format(walk->arena, "%s to %s", low, high)
                     : "");
    return false;
}

static bool decode_int(struct schema_walk *walk, const struct schema_field *field,
                       const struct text_node *node, const struct text_path *path, int64_t *ret)
{
    if (node->type != TEXT_INT) {
        wrong_type(walk, SCHEMA_INT, node, path);
        return false;
    }
    if (!text_int(node, ret)) {
        schema_fault(walk, DIAG_SCHEMA_OUT_OF_RANGE, node, path, NULL,
                     "'%.100s' does not fit into 64 bits", node->u.str);
        return false;
    }
    if (node->len > 1 && node->u.str[0] == '0' && node->u.str[1] >= '0' && node->u.str[1] <= '9')
        schema_fault(walk, DIAG_SCHEMA_OCTAL, node, path, "drop the leading zeros",
                     "'%.100s' is read as an octal number: %lld", node->u.str, (long long)*ret);
    return in_bounds(walk, field, (double)*ret, node, path);
}

static bool decode_num(struct schema_walk *walk, const struct schema_field *field,
                       const struct text_node *node, const struct text_path *path, double *ret)
{
    if ((node->type != TEXT_INT && node->type != TEXT_FLOAT) || !text_double(node, ret)) {
        wrong_type(walk, SCHEMA_NUM, node, path);
        return false;
    }
    return in_bounds(walk, field, *ret, node, path);
}

static bool decode_quantity(struct schema_walk *walk, const struct text_node *node,
                            const struct text_path *path)
{
    int64_t milli;
    bool number = node->type == TEXT_INT || node->type == TEXT_FLOAT;

    if (!number && node->type != TEXT_STR) {
        wrong_type(walk, SCHEMA_QUANTITY, node, path);
        return false;
    }
    if (!base_num_quantity(node->u.str, &milli)) {
        schema_fault(walk, DIAG_SCHEMA_BAD_QUANTITY, node, path,
                     "write a number with an optional suffix: m, k, M, G, T, Ki, Mi, Gi, Ti",
                     "'%.100s' is not a Kubernetes quantity", node->u.str);
        return false;
    }
    return true;
}

/* ---- containers ---- */

static void walk_value(struct schema_walk *walk, const struct schema_field *field,
                       enum schema_type type, const struct text_node *node,
                       const struct text_path *path, char *out);

static void walk_list(struct schema_walk *walk, const struct schema_field *field,
                      const struct text_node *node, const struct text_path *path, char *out)
{
    size_t size = field->shape ? field->shape->size : sizeof(struct schema_str);
    bool keep = out && !(field->flags & SCHEMA_RAW);
    char *items = NULL;

    if (node->type != TEXT_LIST) {
        wrong_type(walk, SCHEMA_LIST, node, path);
        return;
    }
    if (node->len == 0 && (field->flags & (SCHEMA_REQ | SCHEMA_NOTEMPTY)))
        schema_fault(walk, DIAG_SCHEMA_EMPTY, node, path, NULL, "must have at least one item");
    if (keep)
        items = base_arena_zalloc(walk->arena, (node->len ? node->len : 1) * size);
    for (uint32_t i = 0; i < node->len; i++) {
        struct text_path here = {path, NULL, i};
        char *item = items ? items + i * size : NULL;

        if (field->item == SCHEMA_OBJ)
            walk_shape(walk, field->shape, &node->u.items[i], &here, item);
        else
            walk_value(walk, field, (enum schema_type)field->item, &node->u.items[i], &here, item);
    }
    if (keep)
        *(struct schema_list *)(void *)out =
            (struct schema_list){.items = items, .n_items = node->len, .at = node};
}

static void walk_map(struct schema_walk *walk, const struct schema_field *field,
                     const struct text_node *node, const struct text_path *path)
{
    if (node->type != TEXT_MAP) {
        wrong_type(walk, SCHEMA_MAP, node, path);
        return;
    }
    if (node->len == 0 && (field->flags & SCHEMA_NOTEMPTY))
        schema_fault(walk, DIAG_SCHEMA_EMPTY, node, path, NULL, "must have at least one entry");
    for (uint32_t i = 0; i < node->len; i++) {
        const struct text_pair *pair = &node->u.pairs[i];
        struct text_path here = {path, pair->key, 0};
        struct text_node key = {.mark = pair->mark};

        check_syntax(walk, (enum schema_syntax)field->key_syntax, pair->key, &key, &here);
        if (field->item == SCHEMA_OBJ)
            walk_shape(walk, field->shape, &pair->value, &here, NULL);
        else
            walk_value(walk, field, (enum schema_type)field->item, &pair->value, &here, NULL);
    }
}

static void *walk_object(struct schema_walk *walk, const struct schema_field *field,
                         const struct text_node *node, const struct text_path *path, bool keep)
{
    char *object = keep ? base_arena_zalloc(walk->arena, field->shape->size) : NULL;

    if (node->type == TEXT_STR && (field->flags & SCHEMA_SHORTHAND)) {
        /* A bare name is a map that has only a name. */
        struct text_pair *pair = base_arena_zalloc(walk->arena, sizeof(*pair));
        struct text_node *map = base_arena_zalloc(walk->arena, sizeof(*map));

        *pair = (struct text_pair){.key = "name", .key_len = 4, .mark = node->mark, .value = *node};
        *map = (struct text_node){
            .type = TEXT_MAP, .len = 1, .mark = node->mark, .u.pairs = pair};
        node = map;
    } else if (node->type != TEXT_MAP) {
        wrong_type(walk, (field->flags & SCHEMA_SHORTHAND) ? SCHEMA_REF : SCHEMA_OBJ, node, path);
        return NULL;
    }
    walk_shape(walk, field->shape, node, path, object);
    return object;
}

/* ---- one value ---- */

static void walk_value(struct schema_walk *walk, const struct schema_field *field,
                       enum schema_type type, const struct text_node *node,
                       const struct text_path *path, char *out)
{
    void *member = out;

    if (member && (field->flags & SCHEMA_RAW)) {
        *(const struct text_node **)member = text_sorted(node, walk->arena);
        member = NULL;
    }
    switch (type) {
    case SCHEMA_STR:
    case SCHEMA_ENUM: {
        const char *text = decode_text(walk, field, type, node, path);

        if (member)
            *(struct schema_str *)member = (struct schema_str){.v = text, .at = text ? node : NULL};
        break;
    }
    case SCHEMA_INT: {
        int64_t value = 0;

        if (decode_int(walk, field, node, path, &value) && member)
            *(struct schema_int *)member = (struct schema_int){.v = value, .at = node};
        break;
    }
    case SCHEMA_NUM: {
        double value = 0;

        if (decode_num(walk, field, node, path, &value) && member)
            *(struct schema_num *)member = (struct schema_num){.v = value, .at = node};
        break;
    }
    case SCHEMA_BOOL:
        if (node->type != TEXT_BOOL)
            wrong_type(walk, type, node, path);
        else if (member)
            *(struct schema_bool *)member = (struct schema_bool){.v = text_bool(node), .at = node};
        break;
    case SCHEMA_QUANTITY:
        if (decode_quantity(walk, node, path) && member)
            *(struct schema_str *)member = (struct schema_str){.v = node->u.str, .at = node};
        break;
    case SCHEMA_INT_OR_STR:
        if (node->type != TEXT_INT && node->type != TEXT_STR)
            wrong_type(walk, type, node, path);
        break;
    case SCHEMA_OBJ:
    case SCHEMA_REF: {
        void *object = walk_object(walk, field, node, path, /* keep= */ member != NULL);

        if (member)
            *(void **)member = object;
        break;
    }
    case SCHEMA_LIST:
        walk_list(walk, field, node, path, member);
        break;
    case SCHEMA_MAP:
        walk_map(walk, field, node, path);
        break;
    case SCHEMA_ANY:
        if (member)
            *(const struct text_node **)member = text_sorted(node, walk->arena);
        break;
    }
}

static void set_default(const struct schema_field *field, char *out)
{
    void *member = out + field->offset;

    switch ((enum schema_type)field->type) {
    case SCHEMA_STR:
    case SCHEMA_ENUM:
    case SCHEMA_QUANTITY:
        ((struct schema_str *)member)->v = field->fallback;
        break;
    case SCHEMA_INT: {
        bool ok = base_num_int(field->fallback, &((struct schema_int *)member)->v);

        assert(ok);
        (void)ok;
        break;
    }
    case SCHEMA_NUM: {
        bool ok = base_num_double(field->fallback, &((struct schema_num *)member)->v);

        assert(ok);
        (void)ok;
        break;
    }
    case SCHEMA_BOOL:
        ((struct schema_bool *)member)->v = strcmp(field->fallback, "true") == 0;
        break;
    default:
        assert(0 && "a default of this type");
    }
}

/* Documents mostly keep the order of the rows, so the search starts where the last
 * one ended. */
static size_t find_from(const struct schema_shape *shape, const struct text_pair *pair,
                        size_t start)
{
    for (size_t i = 0; i < shape->n_fields; i++) {
        size_t at = start + i < shape->n_fields ? start + i : start + i - shape->n_fields;
        const char *name = shape->fields[at].name;

        if (name[0] == pair->key[0] && strcmp(name, pair->key) == 0)
            return at;
    }
    return shape->n_fields;
}

static void walk_shape(struct schema_walk *walk, const struct schema_shape *shape,
                       const struct text_node *node, const struct text_path *path, char *out)
{
    bool seen[MOST_FIELDS] = {false};
    size_t next = 0;

    assert(shape->n_fields <= MOST_FIELDS && (!out || shape->size));
    if (node->type != TEXT_MAP) {
        wrong_type(walk, SCHEMA_OBJ, node, path);
        return;
    }
    for (uint32_t i = 0; i < node->len; i++) {
        const struct text_pair *pair = &node->u.pairs[i];
        struct text_path here = {path, pair->key, 0};
        size_t at = find_from(shape, pair, next);
        const struct schema_field *field;

        if (at == shape->n_fields) {
            unknown_field(walk, shape, pair, &here);
            continue;
        }
        field = &shape->fields[at];
        next = at + 1 < shape->n_fields ? at + 1 : 0;
        if (pair->value.type == TEXT_NULL)
            continue; /* the API server drops nulls: as if absent */
        seen[at] = true;
        walk_value(walk, field, (enum schema_type)field->type, &pair->value, &here,
                   out ? out + field->offset : NULL);
    }
    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct schema_field *field = &shape->fields[i];

        if (seen[i])
            continue;
        if (field->flags & SCHEMA_REQ)
            schema_fault(walk, DIAG_SCHEMA_MISSING_FIELD, node, path, field->doc ?
                         base_arena_format(walk->arena, "add '%s': %s", field->name, field->doc) :
                         base_arena_format(walk->arena, "add '%s'", field->name),
                         "required field '%s' is missing", field->name);
        if (field->fallback && out)
            set_default(field, out);
    }
    if (shape->check)
        shape->check(walk, node, path);
}

void *schema_decode(struct schema_walk *walk, const struct schema_shape *shape,
                    const struct text_node *node, const struct text_path *path)
{
    void *object = base_arena_zalloc(walk->arena, shape->size);

    walk_shape(walk, shape, node, path, object);
    return object;
}

void schema_check(struct schema_walk *walk, const struct schema_shape *shape,
                  const struct text_node *node, const struct text_path *path)
{
    walk_shape(walk, shape, node, path, NULL);
}
