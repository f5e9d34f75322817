/* text/json_read: strict JSON, with the places of its faults. */
#include "reading.h"

TEST(text_json_read, objects)
{
    static const struct reading_case cases[] = {
        {"{}", "{}", "", 0},
        {" \r\n\t{\"a\": [1, -0.5e3, true, false, null, {}, []]}\n",
         "{\"a\":[1,-500,true,false,null,{},[]]}", "", 0},
        {"{\"a\": 1}{\"b\": 2}\n{\"c\": 3}", "{\"a\":1} {\"b\":2} {\"c\":3}", "", 0},
        {"{\"a\": \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\"}",
         "{\"a\":\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\xc3\xa9\xe2\x82\xac\"}", "", 0},
        {"{\"a\": \"\\ud83d\\ude00\"}", "{\"a\":\"\xf0\x9f\x98\x80\"}", "", 0},
        {"{\"y\": \"yes\", \"1\": \"1\"}", "{\"y\":\"yes\",\"1\":\"1\"}", "", 0},
        {"{\"\": 9223372036854775808, \"<<\": 9007199254740993}",
         "{\"\":9223372036854776000,\"<<\":9007199254740993}", "", 0},
        {"\xef\xbb\xbf{\"a\": 1}", "{\"a\":1}", "", 0},
        {"{\"a\": {\"b\": [[{\"c\": 1}]]}, \"d\": 2}", "{\"a\":{\"b\":[[{\"c\":1}]]},\"d\":2}", "",
         0},
        {"{\"a\": 1, \"a\": 2}", "{\"a\":1}", "text.duplicate-key 1:10 (1:2)", 0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_json_read, faults)
{
    static const struct reading_case cases[] = {
        {"{a: 1}", "-", "text.syntax 1:2", 0},
        {"{'a': 1}", "-", "text.syntax 1:2", 0},
        {"{\"a\": yes}", "-", "text.syntax 1:7", 0},
        {"{\"a\": nullx}", "-", "text.syntax 1:7", 0},
        {"{\"a\": 01}", "-", "text.syntax 1:7", 0},
        {"{\"a\": 1.}", "-", "text.syntax 1:7", 0},
        {"{\"a\": +1}", "-", "text.syntax 1:7", 0},
        {"{\"a\": 1e400}", "-", "text.not-finite 1:7", 0},
        {"{\"a\": }", "-", "text.syntax 1:7", 0},
        {"{\"a\": 1,}", "-", "text.syntax 1:9", 0},
        {"{\"a\": [1,]}", "-", "text.syntax 1:10", 0},
        {"{\"a\": [,]}", "-", "text.syntax 1:8", 0},
        {"{\"a\": [1}", "-", "text.syntax 1:9", 0},
        {"{\"a\" 1}", "-", "text.syntax 1:6", 0},
        {"{\"a\": 1 \"b\": 2}", "-", "text.syntax 1:9", 0},
        {"{\"a\": 1} x", "{\"a\":1} -", "text.syntax 1:10", 0},
        {"{\"a\": 1 // c\n}", "-", "text.syntax 1:9", 0},
        {"{\n  \"\xc3\xa9\": x}", "-", "text.syntax 2:8", 0},
        {"{\r\n  \"a\":\r  x}", "-", "text.syntax 3:3", 0},
        {"{", "-", "text.unclosed 1:2", 0},
        {"{\"a\": [1,\n", "-", "text.unclosed 2:1", 0},
        {"{\"a\": \"x", "-", "text.unclosed 1:7", 0},
        {"{\"a\": \"x\n\"}", "-", "text.unclosed 1:7", 0},
        {"{\"a\": \"x\ty\"}", "-", "text.control-character 1:9", 0},
        {"{\"a\": \x01}", "-", "text.control-character 1:7", 0},
        {"{\"a\": \"\xff\"}", "-", "text.bad-encoding 1:8", 0},
        {"{\"a\": \"\\q\"}", "-", "text.bad-escape 1:8", 0},
        {"{\"a\": \"\\u00g0\"}", "-", "text.bad-escape 1:8", 0},
        {"{\"a\": \"x\\u0000\"}", "-", "text.bad-escape 1:9", 0},
        {"{\"a\\u0000b\": 1}", "-", "text.bad-escape 1:4", 0},
        {"{\"a\": \"\\ud83d\"}", "-", "text.bad-escape 1:8", 0},
        {"{\"a\": \"\\ud83d\\u0041\"}", "-", "text.bad-escape 1:8", 0},
        {"{\"a\": \"\\ude00\\ud83d\"}", "-", "text.bad-escape 1:8", 0},
        {"{\"a\": 1}\n---\n{\"b\": 2}\n", "{\"a\":1} {\"b\":2}", "text.syntax 2:1", 0},
        {"{\"a\": x}\n---\n{\"b\": 2}\n", "- {\"b\":2}", "text.syntax 1:7, text.syntax 2:1", 0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_json_read, depth)
{
    enum { N = 100000 };
    char *text = malloc(N + 5);
    struct reading reading;

    memcpy(text, "{\"a\":", 5);
    memset(text + 5, '[', N);
    reading_init(&reading);
    reading_run(&reading, text, N + 5);
    cr_assert_str_eq(reading.faults, "text.too-deep 1:69");
    reading_done(&reading);
    free(text);
}

TEST(text_json_read, marks)
{
    static const char text[] = "{\"a\": 1,\n \"\xc3\xa9\": [\"\\n\", 2]}{\"b\": 3}";
    struct reading reading;
    const struct text_node *list;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    list = text_get(reading.roots[0], "\xc3\xa9");
    cr_assert_eq(text_get_pair(reading.roots[0], "a")->mark.column, 2);
    cr_assert_eq(list->mark.line, 2);
    cr_assert_eq(list->mark.column, 7);
    cr_assert_eq(list->u.items[1].mark.column, 14);
    cr_assert_eq(reading.roots[1]->mark.column, 17);
    reading_done(&reading);
}

TEST(text_json_read, every_allocation_may_fail)
{
    static const char text[] = "{\"a\": [\"\\u00e9\", 2], \"b\": {\"c\": 1, \"c\": 2}}{";
    bool refused = true;

    for (size_t n = 1; refused; n++) {
        struct reading reading;

        reading_init(&reading);
        reading.memory.fail_at = n;
        refused = reading_try(&reading, text, sizeof(text) - 1) == RCTL_E_NOMEM;
        reading_done(&reading);
    }
}
