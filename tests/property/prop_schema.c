/*
 * Laws of the rows, on random objects of every kind: a valid object has no schema
 * fault; what is encoded decodes to the same; a planted fault is told. A failing
 * seed is printed and tried again with smaller objects.
 */
#include "support/randobj.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROUNDS = 400 };

enum plant { VALID, UNKNOWN_FIELD, MISSING_FIELD, WRONG_TYPE };

struct world {
    struct base_mem mem;
    struct base_arena arena;
    struct rctl_diags diags;
    struct text_builder builder;
    struct text_doc doc;
    const struct kinds_kind *kind;
    struct randobj random;
    enum plant plant;
    bool failed;
};

static void keep_document(void *ctx, const struct text_doc *doc)
{
    *(struct text_doc *)ctx = *doc;
}

static const struct text_node *read_back(struct world *world, const struct text_node *tree)
{
    struct base_buf text;
    struct text_reader reader = {.arena = &world->arena,
                                 .keys = text_interner_new(&world->arena),
                                 .limits = &text_limits_default,
                                 .diags = &world->diags,
                                 .each = keep_document,
                                 .ctx = &world->doc};

    base_buf_init(&text, &world->arena, NULL);
    text_write_yaml(tree, NULL, &text);
    text_read(&reader, text.data, text.len);
    return world->doc.root;
}

/* The object with one fault planted at its top level. */
static const struct text_node *make(struct world *world)
{
    const struct text_node *whole, *root;
    size_t drop = SIZE_MAX;

    randobj_put(&world->random, &world->builder, NULL, world->kind->spec);
    whole = text_build_finish(&world->builder);
    if (world->plant == VALID)
        return read_back(world, whole);
    text_put_map(&world->builder, NULL);
    for (uint32_t i = 0; i < whole->len; i++) {
        const struct schema_field *field =
            schema_find_field(world->kind->spec, whole->u.pairs[i].key);

        if (drop == SIZE_MAX && (field->flags & SCHEMA_REQ) && world->plant != UNKNOWN_FIELD) {
            drop = i;
            if (world->plant == WRONG_TYPE) {
                text_put_map(&world->builder, field->name);
                text_put_end(&world->builder);
            }
            continue;
        }
        text_put_node(&world->builder, whole->u.pairs[i].key, &whole->u.pairs[i].value);
    }
    if (world->plant == UNKNOWN_FIELD)
        text_put_str(&world->builder, "fieldThatIsNotThere", "x");
    text_put_end(&world->builder);
    root = text_build_finish(&world->builder);
    return read_back(world, root);
}

static bool tells(const struct world *world, enum diag_code code)
{
    for (size_t i = 0; i < world->diags.n_items; i++)
        if (world->diags.items[i]->code == code)
            return true;
    return false;
}

static void check_valid(struct world *world, struct schema_walk *walk,
                        const struct text_node *spec, const void *decoded)
{
    const struct text_node *once, *twice;
    const void *again;

    (void)spec;
    if (walk->n_errors) {
        world->failed = true;
        return;
    }
    schema_encode(&world->builder, NULL, world->kind->spec, decoded);
    once = read_back(world, text_build_finish(&world->builder));
    again = schema_decode(walk, world->kind->spec, once, NULL);
    schema_encode(&world->builder, NULL, world->kind->spec, again);
    twice = text_build_finish(&world->builder);
    world->failed = walk->n_errors > 0 || !text_equal(once, twice);
}

static void run(void *arg)
{
    struct world *world = arg;
    struct schema_walk walk = {.arena = &world->arena, .diags = &world->diags};
    const struct text_node *spec;
    const void *decoded;

    diag_init(&world->diags, &world->arena, 0);
    text_build_init(&world->builder, &world->arena);
    spec = make(world);
    decoded = schema_decode(&walk, world->kind->spec, spec, NULL);
    switch (world->plant) {
    case VALID: check_valid(world, &walk, spec, decoded); break;
    case UNKNOWN_FIELD: world->failed = !tells(world, DIAG_SCHEMA_UNKNOWN_FIELD); break;
    case MISSING_FIELD: world->failed = !tells(world, DIAG_SCHEMA_MISSING_FIELD); break;
    case WRONG_TYPE: world->failed = !tells(world, DIAG_SCHEMA_WRONG_TYPE); break;
    }
    text_build_done(&world->builder);
}

static bool holds(const struct kinds_kind *kind, uint64_t seed, unsigned size, enum plant plant)
{
    struct world world = {.kind = kind, .random = {seed, size}, .plant = plant};
    int code;

    base_mem_init(&world.mem, NULL);
    base_arena_init(&world.arena, &world.mem);
    code = base_try(&world.mem.fail, run, &world);
    if (world.failed && size <= 10)
        for (size_t i = 0; i < world.diags.n_items; i++)
            fprintf(stderr, "  %s: %s\n", world.diags.items[i]->told.path,
                    world.diags.items[i]->told.message);
    base_arena_done(&world.arena);
    return code == 0 && !world.failed;
}

static void check_law(enum plant plant)
{
    const char *given = getenv("SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 1;

    for (size_t k = 0; k < kinds_count; k++) {
        for (uint64_t i = 0; i < ROUNDS; i++) {
            unsigned size = (unsigned)(i % 101);

            if (holds(&kinds_table[k], seed + i, size, plant))
                continue;
            for (unsigned smaller = 0; smaller < size; smaller++)
                if (!holds(&kinds_table[k], seed + i, smaller, plant)) {
                    size = smaller;
                    break;
                }
            cr_assert_fail("%s: law %d fails with SEED=%llu and size %u", kinds_table[k].kind,
                           (int)plant, (unsigned long long)(seed + i), size);
        }
    }
}

TEST(prop_schema, a_valid_object_has_no_fault_and_survives_encoding)
{
    check_law(VALID);
}

TEST(prop_schema, an_unknown_field_is_told)
{
    check_law(UNKNOWN_FIELD);
}

TEST(prop_schema, a_missing_field_is_told)
{
    check_law(MISSING_FIELD);
}

TEST(prop_schema, a_wrong_type_is_told)
{
    check_law(WRONG_TYPE);
}
