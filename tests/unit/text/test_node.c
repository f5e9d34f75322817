/* text/node and text/path: look-ups, equality, printed paths. */
#include "reading.h"

#include <stdio.h>

TEST(text_node, look_ups)
{
    static const char text[] = "a: x\nb: 1\nc: {d: z}\n";
    struct reading reading;
    const struct text_node *root;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    root = reading.roots[0];
    cr_assert_str_eq(text_get_str(root, "a"), "x");
    cr_assert_null(text_get_str(root, "b"));
    cr_assert_null(text_get_str(root, "z"));
    cr_assert_str_eq(text_get_str(text_get(root, "c"), "d"), "z");
    cr_assert_null(text_get(NULL, "a"));
    cr_assert_null(text_get(text_get(root, "a"), "a"));
    cr_assert_eq(text_get_pair(root, "b")->mark.line, 2);
    cr_assert_leq(sizeof(struct text_node), 32);
    reading_done(&reading);
}

TEST(text_node, equality)
{
    static const struct {
        const char *a, *b;
        bool equal;
    } rows[] = {
        {"1", "1.0", true},
        {"1", "0x1", true},
        {"1", "'1'", false},
        {"yes", "true", true},
        {"yes", "no", false},
        {"~", "null", true},
        {"~", "''", false},
        {"9007199254740993", "9007199254740992", false},
        {"1e300", "1.0e300", true},
        {"{a: 1, b: [2, x]}", "{b: [2.0, 'x'], a: 0b1}", true},
        {"{a: 1}", "{a: 1, b: 2}", false},
        {"{a: 1, b: 2}", "{a: 1, c: 2}", false},
        {"[1, 2]", "[2, 1]", false},
        {"[]", "{}", false},
        {"[1]", "[1, 1]", false},
        {"abc", "abd", false},
    };

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        struct reading reading;
        char text[128];
        int len = snprintf(text, sizeof(text), "- %s\n- %s\n", rows[i].a, rows[i].b);

        reading_init(&reading);
        reading_run(&reading, text, (size_t)len);
        cr_expect_eq(text_equal(&reading.roots[0]->u.items[0], &reading.roots[0]->u.items[1]),
                     rows[i].equal, "%s", text);
        reading_done(&reading);
    }
}

TEST(text_path, prints_and_finds)
{
    static const char text[] =
        "spec:\n  a: [x, {max-num-seqs: 1, \"q\\\"\\n\\x07]\": 2, 1st: 3}]\n";
    struct text_path spec = {NULL, "spec", 0}, a = {&spec, "a", 0}, item = {&a, NULL, 1};
    struct text_path dashed = {&item, "max-num-seqs", 0}, odd = {&item, "q\"\n\x07]", 0};
    struct text_path digit = {&item, "1st", 0}, index = {NULL, NULL, 0}, dotted = {&index, "b", 0};
    const struct {
        const struct text_path *path;
        const char *text;
        int64_t value;
    } rows[] = {
        {NULL, "", 0},
        {&item, "spec.a[1]", 0},
        {&dashed, "spec.a[1][\"max-num-seqs\"]", 1},
        {&odd, "spec.a[1][\"q\\\"\\n\\u0007]\"]", 2},
        {&digit, "spec.a[1][\"1st\"]", 3},
        {&dotted, "[0].b", 0},
    };
    struct reading reading;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        const char *printed = text_path_print(rows[i].path, &reading.memory.arena);
        const struct text_node *node = text_path_find(reading.roots[0], printed);
        int64_t value = 0;

        cr_expect_str_eq(printed, rows[i].text);
        if (rows[i].value)
            cr_expect(node && text_int(node, &value) && value == rows[i].value, "%s", printed);
    }
    reading_done(&reading);
}

TEST(text_path, finds_nothing_where_nothing_is)
{
    static const char *const paths[] = {
        "a.b",  "b",      "a[2]",  "a[x]", "a[",   "a[\"x\"]", "a[0",
        "a[0]x", "a.[0]", ".a",    "a..b", "[\"a\"", "[\"a",    "a[99999999999]",
    };
    struct reading reading;

    reading_init(&reading);
    reading_run(&reading, "a: [1, 2]\n", 10);
    cr_assert_eq(text_path_find(reading.roots[0], ""), reading.roots[0]);
    cr_assert_not_null(text_path_find(reading.roots[0], "a[1]"));
    cr_assert_not_null(text_path_find(reading.roots[0], "[\"a\"][1]"));
    for (size_t i = 0; i < BASE_COUNT(paths); i++)
        cr_expect_null(text_path_find(reading.roots[0], paths[i]), "%s", paths[i]);
    reading_done(&reading);
}
