/*
 * diag/codes: the rows keep the form that codes.def promises, and the public walk
 * gives each of them once, in order of name.
 */
#include "unit/diag/list.h"

#include <ctype.h>

static bool is_code(const char *code)
{
    const char *dot = strchr(code, '.');
    size_t n = strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-.");

    return n == strlen(code) && dot && dot != code && !strchr(dot + 1, '.') && dot[1] != '\0' &&
           dot[1] != '-' && code[n - 1] != '-';
}

static bool is_sentence(const char *text)
{
    size_t n = strlen(text);

    return n > 1 && isupper((unsigned char)text[0]) && text[n - 1] == '.' && !strchr(text, '\n');
}

TEST(diag_codes, rows_have_their_form)
{
    for (size_t i = 0; i < DIAG__COUNT; i++) {
        rctl_code_info info;

        diag_code_info((enum diag_code)i, &info);
        cr_assert(is_code(info.code), "%s", info.code);
        cr_assert(is_sentence(info.meaning), "%s", info.code);
        cr_assert(is_sentence(info.fix), "%s", info.code);
        cr_assert_gt(strlen(info.example), 0, "%s", info.code);
        cr_assert_str_eq(info.code, diag_code_name((enum diag_code)i));
        cr_assert_eq(info.severity, diag_code_severity((enum diag_code)i));
    }
}

TEST(diag_codes, the_walk_is_in_order_and_without_doubles)
{
    rctl_code_info last = {.code = ""}, info, found;

    cr_assert_gt(rctl_codes_count(), 0);
    for (size_t i = 0; i < rctl_codes_count(); i++) {
        cr_assert_eq(rctl_codes_get(i, &info), RCTL_OK, "two rows have one name");
        cr_assert_lt(strcmp(last.code, info.code), 0, "%s", info.code);
        cr_assert_eq(rctl_codes_find(info.code, &found), RCTL_OK);
        cr_assert_eq(found.meaning, info.meaning);
        last = info;
    }
    cr_assert_eq(rctl_codes_get(rctl_codes_count(), &info), RCTL_E_NOT_FOUND);
    cr_assert_eq(info.meaning, last.meaning, "untouched on failure");
}

TEST(diag_codes, arguments_are_checked)
{
    rctl_code_info info;

    cr_assert_eq(rctl_codes_get(0, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_codes_find(NULL, &info), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_codes_find("schema.empty", NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_codes_find("no.such-code", &info), RCTL_E_NOT_FOUND);
}

TEST(diag_codes, names_of_severities_and_errors)
{
    cr_assert_str_eq(rctl_severity_name(RCTL_SEVERITY_NOTE), "note");
    cr_assert_str_eq(rctl_severity_name(RCTL_SEVERITY_WARNING), "warning");
    cr_assert_str_eq(rctl_severity_name(RCTL_SEVERITY_ERROR), "error");
    cr_assert_str_eq(rctl_severity_name(RCTL_SEVERITY__COUNT), "unknown");
    for (int code = 5; code > -20; code--) {
        const char *text = rctl_strerror(code);

        cr_assert(*text && text[strlen(text) - 1] != '.', "%d", code);
        if (code < RCTL_OK && code >= RCTL_E_BUG)
            cr_assert_str_neq(text, rctl_strerror(1), "%d", code);
    }
    cr_assert_str_eq(rctl_version(), RCTL_VERSION);
}
