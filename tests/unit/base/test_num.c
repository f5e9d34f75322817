/*
 * base/num: numbers as text. Quantities follow Kubernetes' own parser, value by
 * value; doubles must not change with the locale of the process.
 */
#include "support/memory.h"

#include <locale.h>
#include <math.h>

TEST(base_num, integers)
{
    const struct {
        const char *text;
        int64_t want;
    } good[] = {
        {"0", 0},
        {"7", 7},
        {"-12", -12},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    const char *bad[] = {"",    "-",   "+1",   "01",   "-0",  "00", "1 ", " 1", "1.0", "1e3", "0x1f",
                         "4.0", "abc", "1_000", "--1", "9223372036854775808", "18446744073709551616",
                         "-9223372036854775809", "99999999999999999999999999999999"};
    int64_t value = 42;

    for (size_t i = 0; i < BASE_COUNT(good); i++) {
        cr_assert(base_num_int(good[i].text, &value), "%s", good[i].text);
        cr_assert_eq(value, good[i].want, "%s", good[i].text);
    }
    value = 42;
    for (size_t i = 0; i < BASE_COUNT(bad); i++)
        cr_assert_not(base_num_int(bad[i], &value), "'%s'", bad[i]);
    cr_assert_eq(value, 42, "a refusal leaves the result alone");
}

static void check_doubles(void)
{
    const struct {
        const char *text;
        double want;
    } good[] = {
        {"0", 0.0},        {"0.85", 0.85},   {"-0.5", -0.5},     {"1e3", 1000.0},
        {"1E-3", 0.001},   {".5", 0.5},      {"5.", 5.0},        {"12.5e2", 1250.0},
        {"+2.5", 2.5},     {"1e-400", 0.0},  {"1.7976931348623157e308", 1.7976931348623157e308},
        {"0.1", 0.1},      {"123456789.123456789", 123456789.123456789},
    };
    const char *bad[] = {"", ".", "-", "e5", "1e", "1e+", "1,5", "0x1p3", "nan", "inf", "1e999",
                         "-1e999", "1 ", "1e99999999999999999999", "1.2.3"};
    double value;

    for (size_t i = 0; i < BASE_COUNT(good); i++) {
        cr_assert(base_num_double(good[i].text, &value), "%s", good[i].text);
        cr_assert(value >= good[i].want && value <= good[i].want, "%s gave %.17g", good[i].text,
                  value);
    }
    for (size_t i = 0; i < BASE_COUNT(bad); i++)
        cr_assert_not(base_num_double(bad[i], &value), "'%s'", bad[i]);
}

static void check_printing(void)
{
    const struct {
        double value;
        const char *want;
    } cases[] = {
        {0.0, "0"},      {0.1, "0.1"},   {0.85, "0.85"}, {1.0 / 3.0, "0.3333333333333333"},
        {1e21, "1e+21"}, {-2.5, "-2.5"}, {1000.0, "1000"},
    };
    char text[32];

    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        base_num_print(cases[i].value, text);
        cr_assert_str_eq(text, cases[i].want, "case %zu: %s", i, text);
    }
}

TEST(base_num, doubles)
{
    check_doubles();
    check_printing();
}

TEST(base_num, doubles_under_a_comma_locale)
{
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8",
                                 "pt_BR.UTF-8", "ru_RU.UTF-8"};
    size_t i = 0;

    while (i < BASE_COUNT(names) && !setlocale(LC_ALL, names[i]))
        i++;
    if (i == BASE_COUNT(names))
        cr_skip_test("no locale with a decimal comma is installed here");
    cr_assert_str_eq(localeconv()->decimal_point, ",");
    check_doubles();
    check_printing();
}

TEST(base_num, printed_doubles_read_back)
{
    uint64_t seed = 88172645463325252u;

    for (int i = 0; i < 20000; i++) {
        double value, back;
        char text[32];

        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        memcpy(&value, &seed, sizeof(value));
        if (!isfinite(value))
            continue;
        base_num_print(value, text);
        cr_assert(base_num_double(text, &back), "%s", text);
        cr_assert_eq(memcmp(&value, &back, sizeof(value)), 0, "%s", text);
    }
}

TEST(base_num, quantities)
{
    const struct {
        const char *text;
        int64_t milli;
    } cases[] = {
        {"0", 0},
        {"4", 4000},
        {"+4", 4000},
        {"-4", -4000},
        {"500m", 500},
        {"0.5", 500},
        {".5", 500},
        {"5.", 5000},
        {"1.5", 1500},
        {"1k", 1000000},
        {"1M", 1000000000},
        {"1Ki", 1024000},
        {"1Mi", INT64_C(1048576000)},
        {"64Gi", INT64_C(64) * 1024 * 1024 * 1024 * 1000},
        {"1.5Gi", INT64_C(1610612736000)},
        {"0.5Ki", 512000},
        {"1Ti", INT64_C(1099511627776000)},
        {"1e3", 1000000},
        {"1E3", 1000000},
        {"1e-3", 1},
        {"1.5e3", 1500000},
        {"12e6", INT64_C(12000000000)},
        {"010", 10000},
        {"1P", INT64_C(1000000000000000000)},
        {"100u", 1},      /* below a thousandth: rounded up */
        {"1n", 1},
        {"1500u", 2},
        {"0.0001", 1},
        {"0.1m", 1},
        {"-0.1m", -1},    /* away from zero */
        {"0.0000000000000000000000001", 1},
        {"0n", 0},
        {"1E", INT64_MAX}, /* exa; above what fits */
        {"1Ei", INT64_MAX},
        {"-1Ei", -INT64_MAX},
        {"10E", INT64_MAX},
        {"9223372036854775807", INT64_MAX},
        {"99999999999999999999999999999999999999999999", INT64_MAX},
        {"1e100", INT64_MAX},
        {"1e-100", 1},
        {"0e100", 0},
        {"1e2147483648", INT64_MAX},
    };
    int64_t milli;

    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        cr_assert(base_num_quantity(cases[i].text, &milli), "'%s' is refused", cases[i].text);
        cr_assert_eq(milli, cases[i].milli, "'%s' gave %lld", cases[i].text, (long long)milli);
    }
}

TEST(base_num, no_quantities)
{
    const char *bad[] = {"",     "m",   "Gi",   "1K",   "1gi",  "1GB",  "64GiB", "1 Gi", " 1", "1 ",
                         "1e",   "1mm", "1Kii", "1e3Ki", "1Ki3", "0x10", "1,5",   "-",    "+",  ".",
                         "1.2.3", "--1", "1e1.5", "abc", "1Zi",  "1\n",  "1m\n",  "NaN",  "1ki",
                         "1e+", "1e-", "e3"};
    int64_t milli = 42;

    for (size_t i = 0; i < BASE_COUNT(bad); i++)
        cr_assert_not(base_num_quantity(bad[i], &milli), "'%s' gave %lld", bad[i],
                      (long long)milli);
    cr_assert_eq(milli, 42);
}
