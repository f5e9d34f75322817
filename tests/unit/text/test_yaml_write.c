/*
 * text/yaml_write and json_write: the layout, which strings get quotes, and that
 * whatever is written reads back as the same tree and is written again alike.
 */
#include "reading.h"

#include <stdio.h>

static const char *write_yaml(struct reading *reading, const struct text_node *root,
                              const struct text_remarks *remarks)
{
    struct base_buf out;

    base_buf_init(&out, &reading->memory.arena, NULL);
    text_write_yaml(root, remarks, &out);
    return out.data;
}

/* Written, read back and written again, in both syntaxes; returns the YAML. */
static const char *round_trip(struct reading *reading, const struct text_node *root)
{
    const char *yaml = write_yaml(reading, root, NULL);
    struct base_buf json;

    reading_run(reading, yaml, strlen(yaml));
    cr_assert_str_eq(reading->faults, "", "%s\n%s", reading->faults, yaml);
    cr_assert_eq(reading->n_roots, 1, "%s", yaml);
    cr_assert(text_equal(root, reading->roots[0]), "%s", yaml);
    cr_assert(text_equal(reading->roots[0], root), "%s", yaml);
    cr_assert_str_eq(write_yaml(reading, reading->roots[0], NULL), yaml);
    if (root->type != TEXT_MAP)
        return yaml;
    base_buf_init(&json, &reading->memory.arena, NULL);
    text_write_json(root, 2, &json);
    reading_run(reading, json.data, json.len);
    cr_assert_str_eq(reading->faults, "", "%s\n%s", reading->faults, json.data);
    cr_assert(text_equal(root, reading->roots[0]), "%s", json.data);
    return yaml;
}

TEST(text_yaml_write, layout)
{
    static const char text[] = "kind: Service\n"
                               "spec:\n"
                               "  ports:\n"
                               "  - name: http\n"
                               "    port: 80\n"
                               "    list:\n"
                               "    - - a\n"
                               "      - b: 1\n"
                               "        c: null\n"
                               "    - []\n"
                               "  empty: {}\n"
                               "  flag: true\n"
                               "  ratio: 0.5\n"
                               "  large: 1.0e+21\n"
                               "  args:\n"
                               "  - --model=$(MODEL)\n"
                               "  - -c\n"
                               "  - |\n"
                               "    set -e\n"
                               "\n"
                               "    exec x\n"
                               "  - |-\n"
                               "    a: b\n"
                               "    # no comment\n"
                               "  - |+\n"
                               "    kept\n"
                               "\n"
                               "  \"on\": \"yes\"\n";
    struct reading reading;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    cr_assert_str_eq(round_trip(&reading, reading.roots[0]), text);
    reading_done(&reading);
}

TEST(text_yaml_write, plain_or_quoted)
{
    static const struct {
        const char *text, *yaml;
    } rows[] = {
        {"a", "a"},
        {"meta-llama/Llama-3.1-70B", "meta-llama/Llama-3.1-70B"},
        {"/models/x y", "/models/x y"},
        {"64Gi", "64Gi"},
        {"500m", "500m"},
        {"http://a.b:80/c?d=e#f", "http://a.b:80/c?d=e#f"},
        {"$(POD_IP):8000", "$(POD_IP):8000"},
        {"--a=b", "--a=b"},
        {"", "\"\""},
        {"4", "\"4\""},
        {"4.0", "\"4.0\""},
        {"-4", "\"-4\""},
        {"+4", "\"+4\""},
        {".5", "\".5\""},
        {"1e3", "\"1e3\""},
        {"1e", "\"1e\""},
        {"0x", "\"0x\""},
        {"0xFF", "\"0xFF\""},
        {"0o17", "\"0o17\""},
        {"1_000", "\"1_000\""},
        {"1:30", "\"1:30\""},
        {"2001-01-01", "\"2001-01-01\""},
        {"2001-12-14T21:59:43Z", "\"2001-12-14T21:59:43Z\""},
        {"1.2.3", "\"1.2.3\""},
        {"10.0.0.1:80", "\"10.0.0.1:80\""},
        {"y", "\"y\""},
        {"No", "\"No\""},
        {"TRUE", "\"TRUE\""},
        {"tRuE", "\"tRuE\""},
        {"null", "\"null\""},
        {"~", "\"~\""},
        {".inf", "\".inf\""},
        {".NaN", "\".NaN\""},
        {"=", "\"=\""},
        {"<<", "\"<<\""},
        {"-", "\"-\""},
        {"--", "\"--\""},
        {"---", "\"---\""},
        {"- a", "\"- a\""},
        {"? a", "\"? a\""},
        {": a", "\": a\""},
        {"a: b", "\"a: b\""},
        {"a:", "\"a:\""},
        {"a #b", "\"a #b\""},
        {"a#b", "a#b"},
        {"#a", "\"#a\""},
        {"&a", "\"&a\""},
        {"*a", "\"*a\""},
        {"!a", "\"!a\""},
        {"%a", "\"%a\""},
        {"@a", "\"@a\""},
        {"`a`", "\"`a`\""},
        {"[a]", "\"[a]\""},
        {"{a: b}", "\"{a: b}\""},
        {"'a'", "\"'a'\""},
        {"\"a\"", "\"\\\"a\\\"\""},
        {"a\\b", "a\\b"},
        {" a", "\" a\""},
        {"a ", "\"a \""},
        {"a\tb", "\"a\\tb\""},
        {"a\rb", "\"a\\rb\""},
        {"\n", "\"\\n\""},
        {"\na", "\"\\na\""},
        {" a\nb", "\" a\\nb\""},
        {"a \nb", "\"a \\nb\""},
        {"a\n ", "\"a\\n \""},
        {"a\nb\x01", "\"a\\nb\\u0001\""},
        {"\x7f\x1b", "\"\\u007f\\u001b\""},
        {"\xc2\x85\xc2\xa0", "\"\\u0085\\u00a0\""},
        {"\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf", "\"\\u2028\\u2029\\ufeff\""},
        {"\xef\xbf\xbe\xef\xbf\xbf", "\"\\ufffe\\uffff\""},
        {"\xc3\xa9\xf0\x9f\x98\x80", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
    };

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        struct text_node node = {
            TEXT_STR, TEXT_QUOTED, (uint32_t)len, {0, 0}, {rows[i].text}};
        struct text_pair pair = {rows[i].text, (uint32_t)len, {0, 0}, node};
        struct text_node map = {TEXT_MAP, TEXT_PLAIN, 1, {0, 0}, {.pairs = &pair}};
        struct text_node list = {TEXT_LIST, TEXT_PLAIN, 1, {0, 0}, {.items = &map}};
        struct reading reading;
        char want[256];

        reading_init(&reading);
        snprintf(want, sizeof(want), "%s\n", rows[i].yaml);
        cr_expect_str_eq(round_trip(&reading, &node), want);
        snprintf(want, sizeof(want), "- %s: %s\n", rows[i].yaml, rows[i].yaml);
        cr_expect_str_eq(round_trip(&reading, &list), want);
        reading_done(&reading);
    }
}

TEST(text_yaml_write, long_keys_and_lines)
{
    enum { LONGEST = 5000 };
    static const size_t sizes[] = {100, 166, 167, 500, 1023, 1024, 1025, LONGEST};
    static const char letters[] = {'x', '\n', '\x01', ' '};
    char key[LONGEST + 1];

    for (size_t i = 0; i < BASE_COUNT(sizes) * BASE_COUNT(letters); i++) {
        size_t len = sizes[i / BASE_COUNT(letters)];
        struct text_node text = {TEXT_STR, TEXT_QUOTED, (uint32_t)len, {0, 0}, {key}};
        struct text_node list = {TEXT_LIST, TEXT_PLAIN, 1, {0, 0}, {.items = &text}};
        struct text_pair pair = {key, (uint32_t)len, {0, 0}, list};
        struct text_node map = {TEXT_MAP, TEXT_PLAIN, 1, {0, 0}, {.pairs = &pair}};
        struct text_pair outer[] = {{"a", 1, {0, 0}, map}, {key, (uint32_t)len, {0, 0}, map},
                                    {"b", 1, {0, 0}, text}};
        struct text_node root = {TEXT_MAP, TEXT_PLAIN, 3, {0, 0}, {.pairs = outer}};
        struct reading reading;

        memset(key, letters[i % BASE_COUNT(letters)], len);
        key[0] = 'k';
        key[len] = '\0';
        reading_init(&reading);
        round_trip(&reading, &root);
        reading_done(&reading);
    }
}

static const char *remark_on_ints(const void *ctx, const struct text_node *node)
{
    return node->type == TEXT_INT || (node->type == TEXT_STR && strchr(node->u.str, '\n'))
               ? ctx
               : NULL;
}

TEST(text_yaml_write, remarks)
{
    static const char text[] = "a: 1\nb: x\nc:\n- 2\n- |\n  p\n  q\n";
    struct text_remarks remarks = {remark_on_ints, "from spec.a"};
    struct reading reading;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    cr_assert_str_eq(write_yaml(&reading, reading.roots[0], &remarks),
                     "a: 1 # from spec.a\nb: x\nc:\n- 2 # from spec.a\n- | # from spec.a\n"
                     "  p\n  q\n");
    reading_done(&reading);
}

TEST(text_json_write, layout)
{
    static const char text[] = "a: [1, {b: [], c: {}}]\nd: \"\\u00e9\\\"\\\\\\n\\x7f\"\n";
    struct base_buf out;
    struct reading reading;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    base_buf_init(&out, &reading.memory.arena, NULL);
    text_write_json(reading.roots[0], 0, &out);
    cr_assert_str_eq(out.data,
                     "{\"a\":[1,{\"b\":[],\"c\":{}}],\"d\":\"\xc3\xa9\\\"\\\\\\n\\u007f\"}");
    out.len = 0;
    text_write_json(reading.roots[0], 2, &out);
    cr_assert_str_eq(out.data, "{\n  \"a\": [\n    1,\n    {\n      \"b\": [],\n      \"c\": {}\n"
                               "    }\n  ],\n  \"d\": \"\xc3\xa9\\\"\\\\\\n\\u007f\"\n}\n");
    reading_done(&reading);
}

/* ---- any tree ---- */

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % below;
}

static size_t draw_text(uint64_t *seed, char *out)
{
    static const char *const pieces[] = {
        "a",  "b",  " ",  "  ",   "\n",   "\n\n", "\t",  ":",    ": ",       "#",           " #",
        "-",  "- ", "?",  "\"",   "'",    "\\",   "{",   "]",    ",",        "&x",          "*",
        "!",  "|",  ">",  "%",    "@",    "---",  "...", "0",    "1",        "e",           ".",
        "x",  "_",  "+",  "true", "null", "no",   "\r",  "\x01", "\xc2\x85", "\xe2\x80\xa8", "~",
        "<<", "=",  "\xc3\xa9",   "\xf0\x9f\x98\x80", "\xef\xbb\xbf"};
    size_t len = 0, n = draw(seed, 6);

    while (n--) {
        const char *piece = pieces[draw(seed, (uint32_t)BASE_COUNT(pieces))];

        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return len;
}

static void draw_value(uint64_t *seed, struct text_builder *builder, unsigned depth)
{
    static const char *const numbers[] = {"0", "-1", "9223372036854775808", "017", "1_0"};
    static const char *const reals[] = {"0.5", "1e21", "1e-7", "-2.5e-300", "3.0", "1.5e300"};
    static const struct text_mark nowhere = {0, 0};
    char text[64];
    size_t len = draw_text(seed, text);
    uint32_t kind = draw(seed, depth ? 12 : 8);
    const char *word;

    if (kind < 4) {
        text_build_scalar(builder, TEXT_STR, TEXT_QUOTED, text, len, nowhere);
    } else if (kind < 8) {
        word = kind == 4   ? numbers[draw(seed, BASE_COUNT(numbers))]
               : kind == 5 ? reals[draw(seed, BASE_COUNT(reals))]
               : kind == 6 ? "Yes"
                           : "~";
        text_build_scalar(builder,
                          kind == 4   ? TEXT_INT
                          : kind == 5 ? TEXT_FLOAT
                          : kind == 6 ? TEXT_BOOL
                                      : TEXT_NULL,
                          TEXT_PLAIN, word, strlen(word), nowhere);
    } else {
        text_build_open(builder, kind < 10 ? TEXT_LIST : TEXT_MAP, nowhere);
        for (uint32_t n = draw(seed, 5); n; n--) {
            len = draw_text(seed, text);
            if (kind >= 10 && text_build_has(builder, text, len))
                continue;
            if (kind >= 10)
                text_build_key(builder, text, len, nowhere, /* copy= */ true);
            draw_value(seed, builder, depth - 1);
        }
        text_build_close(builder);
    }
}

TEST(text_yaml_write, any_tree_comes_back)
{
    for (uint64_t round = 0; round < 3000; round++) {
        uint64_t seed = round;
        struct text_builder builder;
        struct reading reading;

        reading_init(&reading);
        text_build_init(&builder, &reading.memory.arena);
        draw_value(&seed, &builder, 4);
        round_trip(&reading, text_build_finish(&builder));
        text_build_done(&builder);
        reading_done(&reading);
    }
}
