/* base/str: the small questions, and what they say about NULL. */
#include "support/memory.h"

TEST(base_str, equality)
{
    cr_assert(base_str_eq("a", "a"));
    cr_assert(base_str_eq(NULL, NULL));
    cr_assert_not(base_str_eq("a", NULL));
    cr_assert_not(base_str_eq(NULL, ""));
    cr_assert_not(base_str_eq("a", "b"));
}

TEST(base_str, prefixes)
{
    cr_assert(base_str_starts("http://x", "http://"));
    cr_assert(base_str_starts("x", ""));
    cr_assert_not(base_str_starts("htt", "http"));
}

TEST(base_str, membership)
{
    const char *const list[] = {"one", "two", NULL};

    cr_assert(base_str_in("two", list));
    cr_assert_not(base_str_in("three", list));
    cr_assert_not(base_str_in("", list));
}
