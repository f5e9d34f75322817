/* A strategic merge, case by case, over a small shape of its own. */
#include "schema/schema.h"
#include "support/tree.h"

/* Rows as k8s.def would have them. */
static const struct schema_field action_fields[] = {
    {.name = "port", .type = SCHEMA_INT},
    {.name = "path", .type = SCHEMA_STR},
};
static const struct schema_shape action = {"action", NULL, action_fields, 2, 0, NULL};
static const struct schema_field probe_fields[] = {
    {.name = "http", .type = SCHEMA_OBJ, .shape = &action, .flags = SCHEMA_UNION},
    {.name = "tcp", .type = SCHEMA_OBJ, .shape = &action, .flags = SCHEMA_UNION},
    {.name = "period", .type = SCHEMA_INT},
};
static const struct schema_shape probe = {"probe", NULL, probe_fields, 3, 0, NULL};
static const struct schema_field box_fields[] = {
    {.name = "name", .type = SCHEMA_STR},
    {.name = "image", .type = SCHEMA_STR},
    {.name = "args", .type = SCHEMA_LIST, .item = SCHEMA_STR},
    {.name = "probe", .type = SCHEMA_OBJ, .shape = &probe},
    {.name = "ports", .type = SCHEMA_LIST, .item = SCHEMA_OBJ, .shape = &action,
     .merge_key = "port"},
};
static const struct schema_shape box = {"box", NULL, box_fields, 5, 0, NULL};
static const struct schema_field pod_fields[] = {
    {.name = "labels", .type = SCHEMA_MAP, .item = SCHEMA_STR},
    {.name = "boxes", .type = SCHEMA_LIST, .item = SCHEMA_OBJ, .shape = &box, .merge_key = "name"},
    {.name = "actions", .type = SCHEMA_LIST, .item = SCHEMA_OBJ, .shape = &action},
    {.name = "any", .type = SCHEMA_ANY},
};
static const struct schema_shape pod = {"pod", NULL, pod_fields, 4, 0, NULL};

static const struct {
    const char *base, *overlay, *merged;
} cases[] = {
    /* maps */
    {"{labels: {a: x}}", "{labels: {b: w}}", "{labels: {a: x, b: w}}"},
    {"{labels: {a: x, b: w}}", "{labels: {a: z}}", "{labels: {a: z, b: w}}"},
    {"{labels: {a: x, b: w}}", "{labels: {a: null}}", "{labels: {b: w}}"},
    {"{labels: {a: x}}", "{labels: null}", "{}"},
    {"{labels: {a: x}}", "{}", "{labels: {a: x}}"},
    {"{}", "{labels: {a: x, b: null}}", "{labels: {a: x}}"},
    {"{labels: {a: x}}", "{labels: 3}", "{labels: 3}"},
    {"{any: {a: {b: 1, c: 2}}}", "{any: {a: {c: 3}}}", "{any: {a: {b: 1, c: 3}}}"},
    {"{any: [1, 2]}", "{any: [3]}", "{any: [3]}"},
    /* lists */
    {"{boxes: [{name: a, image: x}, {name: b}]}", "{boxes: [{name: c}, {name: a, image: w}]}",
     "{boxes: [{name: a, image: w}, {name: b}, {name: c}]}"},
    {"{boxes: [{name: a, args: [1, 2]}]}", "{boxes: [{name: a, args: [3]}]}",
     "{boxes: [{name: a, args: [3]}]}"},
    {"{boxes: [{name: a, image: x}]}", "{boxes: [{name: a, image: null}]}", "{boxes: [{name: a}]}"},
    {"{boxes: [{name: a}]}", "{boxes: []}", "{boxes: [{name: a}]}"},
    {"{boxes: [{name: a}]}", "{boxes: null}", "{}"},
    {"{boxes: [{name: a}]}", "{boxes: [{image: x}]}", "{boxes: [{name: a}, {image: x}]}"},
    {"{boxes: []}", "{boxes: [{name: a, image: null}, {name: a}]}",
     "{boxes: [{name: a}, {name: a}]}"},
    {"{boxes: [{name: a, ports: [{port: 1, path: x}]}]}",
     "{boxes: [{name: a, ports: [{port: 2}, {port: 1, path: w}]}]}",
     "{boxes: [{name: a, ports: [{port: 1, path: w}, {port: 2}]}]}"},
    {"{actions: [{port: 1}, {port: 2}]}", "{actions: [{port: 3}]}", "{actions: [{port: 3}]}"},
    {"{actions: [{port: 1}]}", "{actions: []}", "{actions: []}"},
    /* fields that exclude each other */
    {"{boxes: [{name: a, probe: {http: {port: 1}, period: 5}}]}",
     "{boxes: [{name: a, probe: {tcp: {port: 2}}}]}",
     "{boxes: [{name: a, probe: {period: 5, tcp: {port: 2}}}]}"},
    {"{boxes: [{name: a, probe: {http: {port: 1, path: x}, period: 5}}]}",
     "{boxes: [{name: a, probe: {http: {port: 2}, period: 9}}]}",
     "{boxes: [{name: a, probe: {http: {port: 2, path: x}, period: 9}}]}"},
    {"{boxes: [{name: a, probe: {http: {port: 1}}}]}",
     "{boxes: [{name: a, probe: {tcp: null, period: 1}}]}",
     "{boxes: [{name: a, probe: {http: {port: 1}, period: 1}}]}"},
};

TEST(merge, cases)
{
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct memory memory;
        const struct text_node *merged;

        memory_init(&memory);
        merged = schema_merge(&pod, tree_parse(&memory, cases[i].base),
                              tree_parse(&memory, cases[i].overlay), &memory.arena);
        cr_expect(text_equal(merged, tree_parse(&memory, cases[i].merged)),
                  "%s + %s should be %s, is %s", cases[i].base, cases[i].overlay, cases[i].merged,
                  tree_print(&memory, merged));
        memory_done(&memory);
    }
}

/* Text comparison would miss it: text_equal() takes map order as free. */
TEST(merge, order_is_that_of_the_base_then_what_is_new)
{
    struct memory memory;
    const struct text_node *merged;

    memory_init(&memory);
    merged = schema_merge(&pod, tree_parse(&memory, "{labels: {b: 1, a: 2}, any: 1}"),
                          tree_parse(&memory, "{any: 2, labels: {c: 3, a: 4}, actions: []}"),
                          &memory.arena);
    cr_expect_str_eq(tree_print(&memory, merged),
                     "{\"labels\":{\"b\":1,\"a\":4,\"c\":3},\"any\":2,\"actions\":[]}");
    memory_done(&memory);
}

TEST(merge, one_side_may_be_missing)
{
    struct memory memory;
    const struct text_node *some;

    memory_init(&memory);
    some = tree_parse(&memory, "{labels: {a: x, b: null}}");
    cr_expect_eq(schema_merge(&pod, some, NULL, &memory.arena), some);
    cr_expect_str_eq(tree_print(&memory, schema_merge(&pod, NULL, some, &memory.arena)),
                     "{\"labels\":{\"a\":\"x\"}}");
    memory_done(&memory);
}
