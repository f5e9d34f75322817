/*
 * text/yaml_read, read, bytes, compose, merge: whole files in, trees and faults
 * with exact places out.
 */
#include "reading.h"

#include <stdio.h>

TEST(text_yaml_read, documents)
{
    static const struct reading_case cases[] = {
        {"", "", "", 0},
        {"# only a comment\n", "", "", 0},
        {"---\n---\n...\n---\na: 1\n---\n", "{\"a\":1}", "", 0},
        {"--- {a: 1}\n--- [x]\n", "{\"a\":1} [\"x\"]", "", 0},
        {"a: 1\r\nb:\r\n- x\r\n", "{\"a\":1,\"b\":[\"x\"]}", "", 0},
        {"\xef\xbb\xbf" "a: 1\n", "{\"a\":1}", "", 0},
        {"%YAML 1.2\n---\na: 1\n", "{\"a\":1}", "", 0},
        {"a: |\n  x\n\n  y\nb: >\n  p\n  q\n", "{\"a\":\"x\\n\\ny\\n\",\"b\":\"p q\\n\"}", "", 0},
        {"--- ~\n", "null", "", 0},
        {"[1, 2]\n", "[1,2]", "", 0},
        {"a: \"\\U0001F600\\x41\"\n", "{\"a\":\"\xf0\x9f\x98\x80" "A\"}", "", 0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_yaml_read, keys)
{
    static const struct reading_case cases[] = {
        {"1: a\n0x10: b\n1_0: c\nTrue: d\n.5: e\n1e3: f\n",
         "{\"1\":\"a\",\"16\":\"b\",\"10\":\"c\",\"true\":\"d\",\"0.5\":\"e\",\"1000\":\"f\"}", "",
         0},
        {"'on': 1\n!!str y: 2\n\"1\": 3\n", "{\"on\":1,\"y\":2,\"1\":3}", "", 0},
        {"a:\n  on: 1\n", "{\"a\":{\"on\":1}}", "text.retyped-key 2:3", 0},
        {"y: 1\n", "{\"y\":1}", "text.retyped-key 1:1", 0},
        {"Off: 1\n", "{\"Off\":1}", "text.retyped-key 1:1", 0},
        {"1e21: 1\n", "{\"1e21\":1}", "text.retyped-key 1:1", 0},
        {"18446744073709551616: 1\n", "{\"18446744073709551616\":1}", "text.retyped-key 1:1", 0},
        {"a: 1\n~: 2\nb: 3\n", "{\"a\":1,\"b\":3}", "text.bad-key 2:1", 0},
        {"? \n: x\nb: 1\n", "{\"b\":1}", "text.bad-key 1:2", 0},
        {"? [a, b]\n: {c: 1, c: 2}\nd: 3\n", "{\"d\":3}",
         "text.bad-key 1:3, text.duplicate-key 2:10 (2:4)", 0},
        {"? {a: 1}\n: c\n", "{}", "text.bad-key 1:3", 0},
        {"a: 1\nb: 2\n\"a\": 3\n", "{\"a\":1,\"b\":2}", "text.duplicate-key 3:1 (1:1)", 0},
        {"8: 1\n0o10: 2\n", "{\"8\":1}", "text.duplicate-key 2:1 (1:1)", 0},
        {"a: 1\na: {b: 1, b: 2}\na: 4\n", "{\"a\":1}",
         "text.duplicate-key 2:1 (1:1), text.duplicate-key 2:11 (2:5), "
         "text.duplicate-key 3:1 (1:1)",
         0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_yaml_read, anchors)
{
    static const struct reading_case cases[] = {
        {"a: &x [1, &y t]\nb: *x\nc: *y\n*y : d\n",
         "{\"a\":[1,\"t\"],\"b\":[1,\"t\"],\"c\":\"t\",\"t\":\"d\"}", "", 0},
        {"a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}", "", 0},
        {"&k a: 1\nb: *k\n", "{\"a\":1,\"b\":\"a\"}", "", 0},
        {"a: *q\nb: 1\n", "{\"a\":null,\"b\":1}", "text.bad-alias 1:4", 0},
        {"a: &x {b: [*x]}\n", "{\"a\":{\"b\":[null]}}", "text.bad-alias 1:12", 0},
        {"a: &x 1\n---\nb: *x\n", "{\"a\":1} {\"b\":null}", "text.bad-alias 3:4", 0},
        {"a: &x [1]\n*x : 2\n*q : 3\n", "{\"a\":[1]}", "text.bad-key 2:1, text.bad-alias 3:1", 0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_yaml_read, merges)
{
    static const struct reading_case cases[] = {
        {"a: &a {p: 1, q: 2}\nb: {<<: *a, p: 3}\n",
         "{\"a\":{\"p\":1,\"q\":2},\"b\":{\"p\":3,\"q\":2}}", "", 0},
        {"b:\n  <<: [{p: 1}, {p: 2, q: 2}]\n  r: 3\n", "{\"b\":{\"r\":3,\"p\":1,\"q\":2}}", "", 0},
        {"b:\n  '<<': 1\n", "{\"b\":{\"<<\":1}}", "", 0},
        {"a: &a {p: 1}\nb: {p: 3, <<: *a}\n", "{\"a\":{\"p\":1},\"b\":{\"p\":3}}",
         "text.merge-order 2:11 (2:5)", 0},
        {"b: {<<: 3, q: 1}\n", "{\"b\":{\"q\":1}}", "text.bad-merge 1:9", 0},
        {"b: {<<: [{p: 1}, x]}\n", "{\"b\":{}}", "text.bad-merge 1:18", 0},
        {"b: {<<: {p: 1}, <<: {q: 1}}\n", "{\"b\":{\"p\":1}}",
         "text.duplicate-key 1:17 (1:5)", 0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_yaml_read, syntax)
{
    static const struct reading_case cases[] = {
        {"a:\n\tb: 1\n", "-", "text.tab-indentation 2:1", 0},
        {"a:\n  b: 1\n\tc: 1\n", "-", "text.tab-indentation 3:1", 0},
        {"a: |\n\tx\n", "-", "text.tab-indentation 2:1", 0},
        {"a: b: c\n", "-", "text.syntax 1:5", 0},
        {"a: @x\n", "-", "text.syntax 1:4", 0},
        {"a:\n    b: 1\n  c: 2\n", "-", "text.syntax 3:3", 0},
        {"a: 1\nfoo\nb: 2\n", "-", "text.syntax 2:1", 0},
        {"a: [1, {b\n", "-", "text.unclosed 1:8", 0},
        {"a: \"x\nb: 1\n", "-", "text.unclosed 1:4", 0},
        {"\xc3\xa9\xf0\x9f\x98\x80: 'x\n", "-", "text.unclosed 1:5", 0},
        {"a: \"\\q\"\n", "-", "text.bad-escape 1:5", 0},
        {"a: \"\\ud83d\\ude00\"\n", "-", "text.bad-escape 1:7", 0},
        {"a: \"x\\0y\"\n", "{\"a\":\"x\"}", "text.bad-escape 1:4", 0},
        {"%YAML 3.0\n---\na: 1\n", "- {\"a\":1}", "text.syntax 1:1", 0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_yaml_read, goes_on_with_the_next_document)
{
    static const struct reading_case cases[] = {
        {"a: \"x\nb: 1\n---\nc: 1\n", "- {\"c\":1}", "text.unclosed 1:4", 0},
        {"a: [1, 2\n---\nb: {c\n---\nd: 1\n", "- - {\"d\":1}",
         "text.unclosed 1:4, text.unclosed 3:4", 0},
        {"ok: 1\n---\n- x\nq: 1\n---\nz: 1\nz: 2\n", "{\"ok\":1} - {\"z\":1}",
         "text.syntax 4:1, text.duplicate-key 7:1 (6:1)", 0},
        {"--- @a\n--- @b\n--- c\n", "- - \"c\"", "text.syntax 1:5, text.syntax 2:5", 0},
        {"a: 1\n---\nb: \xff\xc0\xff\nc: \x80\n---\nd: 1\nd: 2\n", "{\"a\":1} - {\"d\":1}",
         "text.bad-encoding 3:4, text.bad-encoding 4:4, text.duplicate-key 7:1 (6:1)", 0},
        {"a: 1\n---\nb: x\0y\n---\nc: 3\n", "{\"a\":1} - {\"c\":3}",
         "text.control-character 3:5", 25},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_yaml_read, bytes)
{
    static const struct reading_case cases[] = {
        {"a: x\x7f\n", "-", "text.control-character 1:5", 0},
        {"a: \x01\n", "-", "text.control-character 1:4", 0},
        {"a: x\xc2\x81y\n", "-", "text.control-character 1:5", 0},
        {"a: \xef\xbf\xbf\n", "-", "text.control-character 1:4", 0},
        {"a: \xc3\n", "-", "text.bad-encoding 1:4", 0},
        {"a: \xc0\xaf\n", "-", "text.bad-encoding 1:4", 0},
        {"a: \xed\xa0\x80\n", "-", "text.bad-encoding 1:4", 0},
        {"a: \xf4\x90\x80\x80\n", "-", "text.bad-encoding 1:4", 0},
        {"\xc3\xa9: aaaaaaaaaaaaaaaaaaaaaaaaa\xe2\x82\n", "-", "text.bad-encoding 1:29", 0},
        {"\xef\xbb\xbf" "a: \xff\n", "-", "text.bad-encoding 1:4", 0},
        {"\xff\xfe" "a\0", "", "text.bad-encoding 1:1", 4},
        {"a: \xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80\n",
         "{\"a\":\"\xc2\xa0\xe2\x82\xac\xf0\x9f\x98\x80\"}", "", 0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_yaml_read, marks)
{
    static const char text[] =
        "# c\na: 1\n\xc3\xa9: [\"x\", {b: &q y}]\nd:\n- |\n  t\n---\n  e: f\n";
    static const struct {
        size_t doc;
        const char *path;
        struct text_mark key, value;
    } rows[] = {
        {0, "a", {2, 1}, {2, 4}},
        {0, "[\"\xc3\xa9\"]", {3, 1}, {3, 4}},
        {0, "[\"\xc3\xa9\"][0]", {0, 0}, {3, 5}},
        {0, "[\"\xc3\xa9\"][1]", {0, 0}, {3, 10}},
        {0, "[\"\xc3\xa9\"][1].b", {3, 11}, {3, 14}},
        {0, "d", {4, 1}, {5, 1}},
        {0, "d[0]", {0, 0}, {5, 3}},
        {1, "e", {8, 3}, {8, 6}},
    };
    struct reading reading;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    cr_assert_eq(reading.n_roots, 2);
    cr_assert_eq(reading.marks[0].line, 2);
    cr_assert_eq(reading.marks[1].line, 8);
    cr_assert_eq(reading.marks[1].column, 3);
    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        const struct text_node *node = text_path_find(reading.roots[rows[i].doc], rows[i].path);

        cr_assert_not_null(node, "%s", rows[i].path);
        cr_expect(node->mark.line == rows[i].value.line &&
                      node->mark.column == rows[i].value.column,
                  "%s is at %u:%u", rows[i].path, (unsigned)node->mark.line,
                  (unsigned)node->mark.column);
    }
    for (size_t i = 0; i < reading.roots[0]->len; i++)
        cr_expect_eq(reading.roots[0]->u.pairs[i].mark.line, 2 + i);
    reading_done(&reading);
}

TEST(text_yaml_read, raw_text_is_kept)
{
    static const char text[] = "a: 0x1F\nb: \"0x1F\"\nc: |\n  t\n";
    struct reading reading;
    const struct text_node *root;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    root = reading.roots[0];
    cr_assert_str_eq(text_get(root, "a")->u.str, "0x1F");
    cr_assert_eq(text_get(root, "a")->type, TEXT_INT);
    cr_assert_eq(text_get(root, "b")->type, TEXT_STR);
    cr_assert_eq(text_get(root, "b")->style, TEXT_QUOTED);
    cr_assert_eq(text_get(root, "c")->style, TEXT_BLOCK);
    reading_done(&reading);
}

/* ---- limits ---- */

static void check_limit(struct text_limits limits, const char *text, const char *docs,
                        const char *faults)
{
    struct reading reading;

    reading_init(&reading);
    reading.limits = limits;
    reading_run(&reading, text, strlen(text));
    cr_expect_str_eq(reading.docs, docs);
    cr_expect_str_eq(reading.faults, faults);
    reading_done(&reading);
}

TEST(text_yaml_read, small_limits)
{
    struct text_limits limits = text_limits_default;

    limits.bytes = 9;
    check_limit(limits, "a: 1\nb: 2\n", "", "text.too-large 1:1");
    limits = text_limits_default;
    limits.string = 4;
    check_limit(limits, "a: bbbb\n---\na: bbbbb\n---\nbbbbb: a\n---\nc: 1\n",
                "{\"a\":\"bbbb\"} - - {\"c\":1}", "text.too-long 3:4, text.too-long 5:1");
    limits = text_limits_default;
    limits.depth = 3;
    check_limit(limits, "[[[1]]]\n---\n[[[[1]]]]\n---\na: [{b: 1}]\n",
                "[[[1]]] - {\"a\":[{\"b\":1}]}", "text.too-deep 3:4");
    check_limit(limits, "a: &x [[1]]\nb: [*x]\n---\nc: 1\n", "- {\"c\":1}", "text.too-deep 2:5");
    limits = text_limits_default;
    limits.nodes = 3;
    check_limit(limits, "[1, 2]\n---\nb: 1\n---\nc: 1\n", "[1,2] -", "text.too-many-values 3:1");
    limits = text_limits_default;
    limits.expansions = 5;
    check_limit(limits, "a: &a [1, 2]\nb: *a\nc: *a\nd: *a\n---\ne: 1\n", "-",
                "text.too-many-aliases 3:4");
}

/* Neither may take time: libyaml alone would need minutes for the first. */
TEST(text_yaml_read, depth_bomb)
{
    enum { N = 1000000 };
    char *text = malloc(N + 11);

    memset(text, '[', N);
    memcpy(text + N, "\n---\na: 1\n", 11);
    check_limit(text_limits_default, text, "- {\"a\":1}", "text.too-deep 1:65");
    free(text);
}

TEST(text_yaml_read, alias_bomb)
{
    char text[1024];
    size_t len = (size_t)snprintf(text, sizeof(text), "a: &a [x,x,x,x,x,x,x,x,x]\n");

    for (char c = 'b'; c < 'k'; c++)
        len += (size_t)snprintf(text + len, sizeof(text) - len,
                                "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1,
                                c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
    check_limit(text_limits_default, text, "-", "text.too-many-aliases 6:8");
}

TEST(text_yaml_read, scalar_bomb)
{
    enum { N = 60000000 };
    char *text = calloc(1, N + 4);

    memcpy(text, "a: ", 3);
    memset(text + 3, 'x', N);
    check_limit(text_limits_default, text, "-", "text.too-long 1:2");
    free(text);
}

/* A list of keys that is quadratic for those who compare each with each. */
TEST(text_yaml_read, many_keys)
{
    enum { N = 100000 };
    struct reading reading;
    char *text = malloc(N * 11 + 16);
    size_t len = 0;

    for (int i = 0; i < N; i++)
        len += (size_t)snprintf(text + len, 12, "k%06d: 1\n", i);
    len += (size_t)snprintf(text + len, 16, "k%06d: 1\n", N / 2);
    reading_init(&reading);
    reading_run(&reading, text, len);
    cr_assert_eq(reading.roots[0]->len, N);
    cr_assert_str_eq(reading.faults, "text.duplicate-key 100001:1 (50001:1)");
    reading_done(&reading);
    free(text);
}

/* ---- out of memory ---- */

TEST(text_yaml_read, every_allocation_may_fail)
{
    static const char text[] = "a: &x {b: [1, 2], c: 'x'}\nd: {<<: *x, e: f}\na: 2\n---\n\"y\n";
    bool refused = true;

    for (size_t n = 1; refused; n++) {
        struct reading reading;

        reading_init(&reading);
        reading.memory.fail_at = n;
        refused = reading_try(&reading, text, sizeof(text) - 1) == RCTL_E_NOMEM;
        reading_done(&reading);
    }
}
