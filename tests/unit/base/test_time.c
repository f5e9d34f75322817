/* Times as Kubernetes writes them: both ways, and what is no time. */
#include "base/base.h"
#include "support/test.h"

static const char *print(rctl_time time)
{
    static char out[BASE_TIME_SIZE];

    base_time_print(time, out);
    return out;
}

TEST(time, both_ways)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"1970-01-01T00:00:00Z", 0},           {"1969-12-31T23:59:59Z", -1},
        {"2000-02-29T12:34:56Z", 951827696},   {"2026-11-24T15:49:49Z", 1795535389},
        {"2100-03-01T00:00:00Z", 4107542400},  {"1999-12-31T23:59:59Z", 946684799},
        {"2038-01-19T03:14:08Z", 2147483648},
    };

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        rctl_time time = 1;

        cr_assert_eq(rctl_time_parse(rows[i].text, &time), RCTL_OK, "%s", rows[i].text);
        cr_assert_eq(time, rows[i].seconds * RCTL_SECOND, "%s", rows[i].text);
        cr_assert_str_eq(print(time), rows[i].text);
    }
}

TEST(time, fractions_are_cut_and_zones_understood)
{
    rctl_time time;

    cr_assert_eq(rctl_time_parse("2026-01-01T01:00:00.250+01:00", &time), RCTL_OK);
    cr_assert_eq(time, INT64_C(1767225600250000000));
    cr_assert_str_eq(print(time), "2026-01-01T00:00:00Z");
    cr_assert_str_eq(print(-1), "1969-12-31T23:59:59Z");
}

TEST(time, what_is_no_time)
{
    static const char *const texts[] = {
        "",
        "yesterday",
        "2026-01-01",
        "2026-13-01T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+1:00",
        "2026-01-01T00:00:00.5",
        "2026-0a-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
    };
    rctl_time time = 42;

    for (size_t i = 0; i < BASE_COUNT(texts); i++)
        cr_assert_eq(rctl_time_parse(texts[i], &time), RCTL_E_NOT_FOUND, "%s", texts[i]);
    cr_assert_eq(rctl_time_parse(NULL, &time), RCTL_E_INVALID_ARG);
    cr_assert_eq(time, 42);
}
