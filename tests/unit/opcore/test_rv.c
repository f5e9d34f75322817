/* opcore/rv: decimal order without a number type, and no order where none is promised. */
#include "core/rv.h"
#include "support/test.h"

TEST(opcore_rv, order)
{
    const struct {
        const char *a, *b;
        enum rv_order want;
    } cases[] = {
        {"1", "1", RV_SAME},
        {"9", "10", RV_OLDER},
        {"10", "9", RV_NEWER},
        {"123", "124", RV_OLDER},
        {"18446744073709551616", "18446744073709551615", RV_NEWER},
        {"340282366920938463463374607431768211455", "340282366920938463463374607431768211454",
         RV_NEWER},
        {"abc", "abc", RV_SAME},
        {"abc", "abd", RV_UNORDERED},
        {"012", "12", RV_UNORDERED},
        {"0", "1", RV_UNORDERED},
        {"", "1", RV_UNORDERED},
        {"1", "-1", RV_UNORDERED},
        {"1 ", "2", RV_UNORDERED},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_assert_eq(rv_compare(cases[i].a, cases[i].b), cases[i].want, "case %zu", i);
}
