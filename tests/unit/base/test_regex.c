/*
 * base/regex: patterns within what both PCRE2 and RE2 take. A false alarm refuses
 * a user's good pattern; a miss lets one through that stops a router.
 */
#include "support/memory.h"

TEST(base_regex, accepted)
{
    const char *good[] = {
        "",
        "abc",
        "^(foo|bar)+$",
        "(?i)ignore previous",
        "(?:a|b)*?",
        "(?P<name>x)",
        "[[:alpha:]*+]+",
        "[^]a]",
        "[]*+]",
        "\\d{3}-\\d{2}",
        "\\bword\\b",
        "\\p{Greek}+",
        "x{1000}",
        "x{2,1000}",
        "caf\xc3\xa9",
        "\\x{1F600}",
        "a\\+\\+",
        "\\(\\?=",
        "[(?=]",
        "\\Aabc\\z",
        "\\\\1",
    };
    struct memory m;

    memory_init(&m);
    for (size_t i = 0; i < BASE_COUNT(good); i++) {
        char reason[128];
        size_t offset;
        const char *fault = base_regex_check(&m.mem, good[i], &offset, reason);

        cr_assert_null(fault, "'%s': %s at %zu", good[i], fault, offset);
    }
    cr_assert_eq(m.held, 0);
    memory_done(&m);
}

TEST(base_regex, refused)
{
    const struct {
        const char *pattern;
        size_t offset; /* SIZE_MAX: anywhere */
    } bad[] = {
        {"a(b", SIZE_MAX},
        {"[a", SIZE_MAX},
        {"*a", SIZE_MAX},
        {"a\\", SIZE_MAX},
        {"x{2,1}", SIZE_MAX},
        {"\\p{Nonsense}", SIZE_MAX},
        {"\xff", SIZE_MAX},
        {"(a)\\1", 3},
        {"(?=a)", 0},
        {"a(?!b)", 1},
        {"(?<=a)b", 0},
        {"(?<!a)b", 0},
        {"(?>a+)", 0},
        {"a++", 1},
        {"a*+", 1},
        {"(?R)", 0},
        {"(?1)", 0},
        {"(?-1)(a)", 0},
        {"(?+1)(a)", 0},
        {"(?P<n>a)(?P=n)", 8},
        {"(?P<n>a)(?P>n)", 8},
        {"(?<n>a)\\k<n>", 7},
        {"(?'n'a)", 0},
        {"(?x) a b", 0},
        {"(?C1)a", 0},
        {"(?#note)a", 0},
        {"(*UTF)a", 0},
        {"a\\Z", 1},
        {"\\Ga", 0},
        {"a\\Kb", 1},
        {"\\R", 0},
        {"\\h", 0},
        {"\\N", 0},
        {"\\e", 0},
        {"\\cA", 0},
        {"x{1001}", 1},
        {"x{1,1001}", 1},
    };
    struct memory m;

    memory_init(&m);
    for (size_t i = 0; i < BASE_COUNT(bad); i++) {
        char reason[128];
        size_t offset = SIZE_MAX;
        const char *fault = base_regex_check(&m.mem, bad[i].pattern, &offset, reason);

        cr_assert_not_null(fault, "'%s' was accepted", bad[i].pattern);
        cr_assert(*fault != '\0' && !strchr(fault, '\n'), "'%s'", bad[i].pattern);
        cr_assert_leq(offset, strlen(bad[i].pattern), "'%s'", bad[i].pattern);
        if (bad[i].offset != SIZE_MAX)
            cr_assert_eq(offset, bad[i].offset, "'%s': at %zu", bad[i].pattern, offset);
    }
    cr_assert_eq(m.held, 0);
    memory_done(&m);
}

TEST(base_regex, long_patterns_are_refused)
{
    struct memory m;
    char reason[128], *text = malloc(5001);
    size_t offset;

    memory_init(&m);
    memset(text, 'a', 5000);
    text[5000] = '\0';
    cr_assert_not_null(base_regex_check(&m.mem, text, &offset, reason));
    text[4096] = '\0';
    cr_assert_null(base_regex_check(&m.mem, text, &offset, reason));
    free(text);
    memory_done(&m);
}

struct check {
    struct memory *m;
    const char *fault;
};

static void check_pattern(void *arg)
{
    struct check *check = arg;
    char reason[128];
    size_t offset;

    check->fault = base_regex_check(&check->m->mem, "(a|b)+[c-f]{3}", &offset, reason);
}

TEST(base_regex, no_memory_is_told)
{
    for (size_t n = 1;; n++) {
        struct memory m;
        struct check check = {&m, "not run"};
        int rc;

        memory_init(&m);
        m.fail_at = n;
        rc = base_try(&m.mem.fail, check_pattern, &check);
        memory_done(&m);
        if (rc == RCTL_OK) {
            cr_assert_null(check.fault);
            cr_assert_gt(n, 2, "the pattern asks for memory of our own");
            break;
        }
        cr_assert_eq(rc, RCTL_E_NOMEM);
        cr_assert_lt(n, 100);
    }
}
