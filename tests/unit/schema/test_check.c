/* Tables that are not sane, each in one way, and what is said of them. */
#include "kinds/kinds.h"
#include "support/memory.h"

#define ROW(...) {.name = "x", .doc = "Is fine.", __VA_ARGS__}

static const char *const none[] = {NULL};
static const char *const some[] = {"a", "b", NULL};
static const struct schema_field inner_fields[] = {{.name = "y", .doc = "Is fine."}};
static const struct schema_shape inner = {"inner", "Is fine.", inner_fields, 1,
                                          sizeof(struct schema_str), NULL};

static const struct {
    struct schema_field field;
    const char *wrong;
} rows[] = {
    {ROW(.type = SCHEMA_STR), NULL},
    {ROW(.type = SCHEMA_ENUM, .values = some, .fallback = "a"), NULL},
    {ROW(.type = SCHEMA_INT, .fallback = "3", .has_min = true, .min = 3), NULL},
    {ROW(.type = SCHEMA_LIST, .item = SCHEMA_OBJ, .shape = &inner, .merge_key = "y"), NULL},
    {ROW(.type = SCHEMA_REF, .shape = &inner, .target = "X", .flags = SCHEMA_SHORTHAND), NULL},
    {{.name = "X", .doc = "Is fine."}, "lowerCamel"},
    {{.name = "a-b", .doc = "Is fine."}, "lowerCamel"},
    {{.name = "", .doc = "Is fine."}, "lowerCamel"},
    {{.name = "x"}, "full stop"},
    {{.name = "x", .doc = "Has none"}, "full stop"},
    {ROW(.type = SCHEMA_ENUM), "enum has values"},
    {ROW(.type = SCHEMA_ENUM, .values = none), "enum has values"},
    {ROW(.type = SCHEMA_STR, .values = some), "enum has values"},
    {ROW(.type = SCHEMA_ENUM, .values = some, .fallback = "c"), "not one of the values"},
    {ROW(.type = SCHEMA_INT, .fallback = "x"), "no integer"},
    {ROW(.type = SCHEMA_INT, .fallback = "3", .has_max = true, .max = 2), "no integer"},
    {ROW(.type = SCHEMA_NUM, .fallback = "1.5", .has_max = true, .max = 1), "no number"},
    {ROW(.type = SCHEMA_BOOL, .fallback = "yes"), "neither true nor false"},
    {ROW(.type = SCHEMA_QUANTITY, .fallback = "1 GB"), "no quantity"},
    {ROW(.type = SCHEMA_STR, .fallback = "A", .syntax = SCHEMA_DNS_LABEL), "lower-case"},
    {ROW(.type = SCHEMA_ANY, .fallback = "x"), "no default"},
    {ROW(.type = SCHEMA_STR, .fallback = "x", .flags = SCHEMA_REQ), "no use for a default"},
    {ROW(.type = SCHEMA_INT, .has_min = true, .min = 2, .has_max = true, .max = 1), "above"},
    {ROW(.type = SCHEMA_OBJ), "has a shape"},
    {ROW(.type = SCHEMA_REF, .shape = &inner), "has a target"},
    {ROW(.type = SCHEMA_OBJ, .shape = &inner, .flags = SCHEMA_SHORTHAND), "shorthand"},
    {ROW(.type = SCHEMA_INT, .syntax = SCHEMA_DNS_LABEL), "only strings"},
    {ROW(.type = SCHEMA_STR, .key_syntax = SCHEMA_DNS_LABEL), "only maps"},
    {ROW(.type = SCHEMA_INT, .flags = SCHEMA_CSV), "comma-separated"},
    {ROW(.type = SCHEMA_LIST, .item = SCHEMA_STR, .merge_key = "y"), "merge key"},
    {ROW(.type = SCHEMA_LIST, .item = SCHEMA_OBJ, .shape = &inner, .merge_key = "z"), "merge key"},
    {ROW(.type = SCHEMA_STR, .offset = 100), "outside its struct"},
};

TEST(check, rows)
{
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        struct memory memory;
        struct schema_shape shape = {"shape", "Is fine.", &rows[i].field, 1,
                                     sizeof(struct schema_list), NULL};
        const char *wrong;

        memory_init(&memory);
        wrong = schema_check_shape(&shape, &memory.arena);
        if (!rows[i].wrong)
            cr_expect(wrong == NULL, "row %zu: %s", i, wrong);
        else
            cr_expect(wrong && strstr(wrong, rows[i].wrong), "row %zu should be wrong (%s): %s", i,
                      rows[i].wrong, wrong ? wrong : "fine");
        memory_done(&memory);
    }
}

TEST(check, names_are_unique_and_shapes_have_fields)
{
    static const struct schema_field twice[] = {{.name = "x"}, {.name = "x"}};
    struct schema_shape shape = {"shape", NULL, twice, 2, 0, NULL};
    struct memory memory;

    memory_init(&memory);
    cr_expect(strstr(schema_check_shape(&shape, &memory.arena), "twice"));
    shape.n_fields = 0;
    cr_expect(strstr(schema_check_shape(&shape, &memory.arena), "no fields"));
    memory_done(&memory);
}

/* A shape may contain itself. */
static const struct schema_shape loop;
static const struct schema_field loop_fields[] = {
    {.name = "x", .type = SCHEMA_OBJ, .shape = &loop},
    {.name = "y", .type = SCHEMA_STR, .values = some},
};
static const struct schema_shape loop = {"loop", NULL, loop_fields, 2, 0, NULL};

TEST(check, a_shape_within_itself_ends)
{
    struct memory memory;

    memory_init(&memory);
    cr_expect_str_eq(schema_check_shape(&loop, &memory.arena),
                     "loop.y: an enum has values, and nothing else has");
    memory_done(&memory);
}

TEST(check, our_own_tables_are_sane)
{
    struct memory memory;

    memory_init(&memory);
    for (size_t i = 0; i < kinds_count; i++) {
        const char *spec = schema_check_shape(kinds_table[i].spec, &memory.arena);
        const char *status = schema_check_shape(kinds_table[i].status, &memory.arena);

        cr_expect(!spec, "%s: %s", kinds_table[i].kind, spec);
        cr_expect(!status, "%s: %s", kinds_table[i].kind, status);
    }
    memory_done(&memory);
}
