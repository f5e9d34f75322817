/*
 * The unit tests' TEST(): Criterion's Test(), and a test that leaks fails. The
 * body runs first, then, under AddressSanitizer, the leak checker looks at what it
 * left behind. Criterion runs each test in a process of its own, so a leak is
 * blamed on the test that made it.
 */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <criterion/criterion.h>

#if defined(__SANITIZE_ADDRESS__)
#define TEST_LEAKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TEST_LEAKS 1
#endif
#endif

#ifdef TEST_LEAKS
#include <sanitizer/lsan_interface.h>
#define TEST_LEAK_CHECK()                                                                          \
    do {                                                                                           \
        if (__lsan_do_recoverable_leak_check())                                                    \
            cr_assert_fail("memory is leaked");                                                    \
    } while (0)
#else
#define TEST_LEAK_CHECK() ((void)0)
#endif

/* The body is a function of its own, so that its locals do not keep a leak reachable. */
#define TEST(suite, name)                                                                          \
    static void test_##suite##_##name(void);                                                       \
    Test(suite, name)                                                                              \
    {                                                                                              \
        test_##suite##_##name();                                                                   \
        TEST_LEAK_CHECK();                                                                         \
    }                                                                                              \
    static void test_##suite##_##name(void)

#endif
