/*
 * text/scalar and text/tag: what YAML words become. The table was made by asking
 * kubectl 1.32; only words on which we differ by intent are left out.
 */
#include "reading.h"

#include <stdio.h>

static const struct {
    const char *word, *json;
} table[] = {
    {"-0", "0"},
    {"-0.0", "0"},
    {"0.0", "0"},
    {"1e21", "1e+21"},
    {"1e20", "100000000000000000000"},
    {"123456789012345678901", "123456789012345680000"},
    {"1e-7", "1e-7"},
    {"1e-6", "0.000001"},
    {"0.1", "0.1"},
    {"1.5e300", "1.5e+300"},
    {"!foo 12", "\"12\""},
    {"!foo abc", "\"abc\""},
    {"!!timestamp 2020-01-01", "\"2020-01-01\""},
    {"!!int \"3\"", "3"},
    {"!!float 3", "3"},
    {"!!bool \"yes\"", "true"},
    {"!!null \"\"", "null"},
    {"!!str 12", "\"12\""},
    {"!!binary aGVsbG8=", "\"hello\""},
    {"! 12", "\"12\""},
    {"+_1", "1"},
    {"0_x1F", "31"},
    {"+0xFFFFFFFFFFFFFFFF", "\"+0xFFFFFFFFFFFFFFFF\""},
    {"0xFFFFFFFFFFFFFFFF", "18446744073709552000"},
    {"0x1FFFFFFFFFFFFFFFF", "\"0x1FFFFFFFFFFFFFFFF\""},
    {"01777777777777777777777", "18446744073709552000"},
    {"02777777777777777777777", "2.777777777777778e+21"},
    {"0b11", "3"},
    {"-0b11", "-3"},
    {"0B11", "3"},
    {"0O14", "12"},
    {"0X1f", "31"},
    {".5_0", "0.5"},
    {".5e3", "500"},
    {"1_0.5", "10.5"},
    {"18446744073709551615", "18446744073709552000"},
    {"18446744073709551616", "18446744073709552000"},
    {"1e400", "\"1e400\""},
    {"-1e400", "\"-1e400\""},
    {"+.5", "0.5"},
    {"-.5", "-0.5"},
    {".", "\".\""},
    {"+", "\"+\""},
    {"-_", "\"-_\""},
    {"1e-400", "0"},
    {"1:30", "\"1:30\""},
    {"=", "\"=\""},
    {"0o8", "\"0o8\""},
    {"0b2", "\"0b2\""},
    {"08.5", "8.5"},
    {"09", "9"},
    {"1_", "1"},
    {"1.e3", "1000"},
    {"1.0e+3", "1000"},
    {"0x1.8p1", "\"0x1.8p1\""},
    {"0x_1F", "31"},
    {"1e1_0", "10000000000"},
    {"tRuE", "\"tRuE\""},
    {"Yes", "true"},
    {"YES", "true"},
    {"yES", "\"yES\""},
    {"oN", "\"oN\""},
    {"ON", "true"},
    {"On", "true"},
    {"OFF", "false"},
    {"nULL", "\"nULL\""},
    {"NULL", "null"},
    {"~", "null"},
    {"y", "true"},
    {"N", "false"},
    {"n", "false"},
    {"abc def", "\"abc def\""},
    {"\"12\"", "\"12\""},
    {"'on'", "\"on\""},
    {"0x", "\"0x\""},
    {"0b", "\"0b\""},
    {"1e", "\"1e\""},
    {"1e+", "\"1e+\""},
    {"-1e5", "-100000"},
    {"1E5", "100000"},
    {"1.5E+3", "1500"},
    {"--1", "\"--1\""},
    {"1-2", "\"1-2\""},
    {"12:30:45", "\"12:30:45\""},
    {"2024-01-02T03:04:05Z", "\"2024-01-02T03:04:05Z\""},
    {"0x-1", "\"0x-1\""},
    {"-0x1F", "-31"},
    {"+12", "12"},
    {"1_000_000", "1000000"},
    {"1__0", "10"},
    {"0.10", "0.1"},
    {"100e-2", "1"},
    {"1.0", "1"},
    {"3.", "3"},
    {"-3.", "-3"},
    {"-.", "\"-.\""},
    {"..", "\"..\""},
    {"...x", "\"...x\""},
    {".e3", "\".e3\""},
    {"0o14", "12"},
    {"014", "12"},
    {"-014", "-12"},
    {"00", "0"},
    {"-00", "0"},
    {"0_8", "8"},
    {"1.7976931348623157e308", "1.7976931348623157e+308"},
    {"1.8e308", "\"1.8e308\""},
    {"123456.789e3", "123456789"},
    {"0.000001", "0.000001"},
    {"0.0000001", "1e-7"},
    {"123e18", "123000000000000000000"},
    {"1.1", "1.1"},
    {"9007199254740993", "9007199254740993"},
    {"9007199254740993.0", "9007199254740992"},
    {"-9223372036854775808", "-9223372036854775808"},
    {"-9223372036854775809", "-9223372036854776000"},
    {"9223372036854775807", "9223372036854775807"},
    {"9223372036854775808", "9223372036854776000"},
    {"1152921504606846977.0", "1152921504606847000"},
    {"0.30000000000000004", "0.30000000000000004"},
    {"4.35", "4.35"},
    {"1e22", "1e+22"},
    {"3.14159265358979", "3.14159265358979"},
    {"a#b", "\"a#b\""},
    {"\"\\u00e9\\x41\"", "\"éA\""},
    {"NaN", "\"NaN\""},
    {"inf", "\"inf\""},
    {"+.nan", "\"+.nan\""},
    {"nan", "\"nan\""},
    {"!!int 0x10", "16"},
    {"!!bool on", "true"},
    {"!!str on", "\"on\""},
    {"!!null ~", "null"},
    {"!!null null", "null"},
    {"!!str", "\"\""},};

TEST(text_scalar, kubectl_table)
{
    for (size_t i = 0; i < BASE_COUNT(table); i++) {
        struct reading reading;
        char text[128], want[128];

        snprintf(text, sizeof(text), "x: %s\n", table[i].word);
        snprintf(want, sizeof(want), "{\"x\":%s}", table[i].json);
        reading_init(&reading);
        reading_run(&reading, text, strlen(text));
        cr_expect_str_eq(reading.docs, want, "'%s' is %s, not %s", table[i].word, reading.docs,
                         want);
        reading_done(&reading);
    }
}

TEST(text_scalar, tags_that_do_not_fit)
{
    static const struct reading_case cases[] = {
        {"x: !!int 1.0\n", "{\"x\":\"1.0\"}", "text.bad-tag 1:4", 0},
        {"x: !!float abc\n", "{\"x\":\"abc\"}", "text.bad-tag 1:4", 0},
        {"x: !!bool 1\n", "{\"x\":\"1\"}", "text.bad-tag 1:4", 0},
        {"x: !!null x\n", "{\"x\":\"x\"}", "text.bad-tag 1:4", 0},
        {"x: !!map x\n", "{\"x\":\"x\"}", "text.bad-tag 1:4", 0},
        {"x: !!seq {a: 1}\n", "{\"x\":{\"a\":1}}", "text.bad-tag 1:4", 0},
        {"x: !!map [1]\n", "{\"x\":[1]}", "text.bad-tag 1:4", 0},
        {"x: !!binary '?'\n", "{\"x\":\"?\"}", "text.bad-tag 1:4", 0},
        {"x: !!binary /w==\n", "{\"x\":\"/w==\"}", "text.bad-tag 1:4", 0},
        {"x: !!binary AA==\n", "{\"x\":\"AA==\"}", "text.bad-tag 1:4", 0},
        {"x: !foo 12\n", "{\"x\":\"12\"}", "text.unknown-tag 1:4", 0},
        {"x: !foo [1]\n", "{\"x\":[1]}", "text.unknown-tag 1:4", 0},
        {"x: .inf\nz: .NAN\n", "{\"x\":\".inf\",\"z\":\".NAN\"}",
         "text.not-finite 1:4, text.not-finite 2:4", 0},
        {"x: !!set {a, b}\nz: !!omap [a: 1]\n",
         "{\"x\":{\"a\":null,\"b\":null},\"z\":[{\"a\":1}]}", "", 0},
    };

    reading_check(cases, BASE_COUNT(cases));
}

TEST(text_scalar, values)
{
    static const struct {
        const char *text;
        enum text_type type;
        bool whole;
        int64_t value;
    } rows[] = {
        {"12", TEXT_INT, true, 12},
        {"-9223372036854775808", TEXT_INT, true, INT64_MIN},
        {"9223372036854775807", TEXT_INT, true, INT64_MAX},
        {"9223372036854775808", TEXT_INT, false, 0},
        {"-9223372036854775809", TEXT_INT, false, 0},
        {"4.0", TEXT_FLOAT, true, 4},
        {"1e3", TEXT_FLOAT, true, 1000},
        {"1e30", TEXT_FLOAT, false, 0},
        {"0.5", TEXT_FLOAT, false, 0},
        {"010", TEXT_INT, true, 8},
        {"0x1F", TEXT_INT, true, 31},
    };

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        size_t len = strlen(rows[i].text);
        struct text_node node = {
            (uint8_t)rows[i].type, TEXT_PLAIN, (uint32_t)len, {0, 0}, {rows[i].text}};
        int64_t value = 0;
        double real;

        cr_expect_eq(text_plain_type(rows[i].text, len), rows[i].type, "%s", rows[i].text);
        cr_expect_eq(text_int(&node, &value), rows[i].whole, "%s", rows[i].text);
        cr_expect_eq(value, rows[i].value, "%s", rows[i].text);
        cr_expect(text_double(&node, &real), "%s", rows[i].text);
    }
}

TEST(text_scalar, wrong_types)
{
    struct text_node text = {TEXT_STR, TEXT_QUOTED, 1, {0, 0}, {"1"}};
    int64_t whole;
    double real;

    cr_assert_not(text_int(&text, &whole));
    cr_assert_not(text_double(&text, &real));
    cr_assert_not(text_bool(&text));
}
