/*
 * diag/escape: nothing that a user wrote can move the cursor, reorder a line or
 * break the encoding of a report; everything else passes as it is.
 */
#include "unit/diag/list.h"

static void check(const char *text, const char *expected)
{
    struct memory memory;

    memory_init(&memory);
    cr_assert_str_eq(diag_escape_text(&memory.arena, text), expected);
    memory_done(&memory);
}

TEST(diag_escape, letters_of_all_scripts_pass)
{
    check("", "");
    check("plain 'text' \\ with \"quotes\"", "plain 'text' \\ with \"quotes\"");
    check("Gr\xc3\xbc\xc3\x9f \xe6\xa8\xa1\xe5\x9e\x8b \xf0\x9f\x99\x82",
          "Gr\xc3\xbc\xc3\x9f \xe6\xa8\xa1\xe5\x9e\x8b \xf0\x9f\x99\x82");
}

TEST(diag_escape, control_characters_are_spelled_out)
{
    check("a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd");
    check("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m");
    check("\x7f\x01", "\\x7f\\x01");
    check("\xc2\x9b" "31m", "\\u009b31m");
}

TEST(diag_escape, hidden_and_reordering_characters_are_spelled_out)
{
    check("a\xe2\x80\xae" "b", "a\\u202eb");
    check("\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069");
    check("\xe2\x80\x8b\xef\xbb\xbf", "\\u200b\\ufeff");
    check("\xe2\x80\xa8\xd8\x9c", "\\u2028\\u061c");
    check("\xf3\xa0\x81\x81", "\\U000e0041");
    check("\xef\xbf\xbe", "\\ufffe");
}

TEST(diag_escape, bytes_that_are_no_utf8_are_spelled_out)
{
    check("\xff\xfe", "\\xff\\xfe");
    check("\xc3", "\\xc3");
    check("\xe2\x82z", "\\xe2\\x82z");
    check("\xc0\x80", "\\xc0\\x80");
    check("\xed\xa0\x80", "\\xed\\xa0\\x80");
    check("\xe0\x80\x80", "\\xe0\\x80\\x80");
    check("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
}

TEST(diag_escape, no_text_stays_none)
{
    struct memory memory;

    memory_init(&memory);
    cr_assert_null(diag_escape_text(&memory.arena, NULL));
    memory_done(&memory);
}
