/* opcore/answer: the table of answers, and headers that servers and proxies send. */
#include "core/answer.h"
#include "support/test.h"

TEST(opcore_answer, classes)
{
    const struct {
        int status;
        enum answer_reason reason;
        enum answer_class want;
    } cases[] = {
        {0, ANSWER_REASON_NONE, ANSWER_NO_REPLY},
        {200, ANSWER_REASON_NONE, ANSWER_FINE},
        {201, ANSWER_REASON_NONE, ANSWER_FINE},
        {302, ANSWER_REASON_NONE, ANSWER_SERVER},
        {400, ANSWER_REASON_NONE, ANSWER_OUR_FAULT},
        {401, ANSWER_REASON_NONE, ANSWER_UNAUTHORIZED},
        {403, ANSWER_REASON_NONE, ANSWER_FORBIDDEN},
        {403, ANSWER_REASON_TERMINATING, ANSWER_TERMINATING},
        {404, ANSWER_REASON_NONE, ANSWER_GONE},
        {404, ANSWER_REASON_NO_STATUS, ANSWER_NOT_SERVED},
        {405, ANSWER_REASON_NONE, ANSWER_NOT_SERVED},
        {409, ANSWER_REASON_NONE, ANSWER_CONFLICT},
        {409, ANSWER_REASON_ALREADY_EXISTS, ANSWER_EXISTS},
        {410, ANSWER_REASON_NONE, ANSWER_EXPIRED},
        {413, ANSWER_REASON_NONE, ANSWER_INVALID},
        {418, ANSWER_REASON_NONE, ANSWER_SERVER},
        {422, ANSWER_REASON_NONE, ANSWER_INVALID},
        {429, ANSWER_REASON_NONE, ANSWER_THROTTLED},
        {500, ANSWER_REASON_NONE, ANSWER_SERVER},
        {500, ANSWER_REASON_TOO_LARGE, ANSWER_INVALID},
        {503, ANSWER_REASON_NO_STATUS, ANSWER_SERVER},
        {504, ANSWER_REASON_NONE, ANSWER_SERVER},
        {504, ANSWER_REASON_FUTURE, ANSWER_FUTURE},
        {-7, ANSWER_REASON_NONE, ANSWER_SERVER},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct answer answer = {cases[i].status, cases[i].reason, 0};

        cr_assert_eq(answer_classify(&answer), cases[i].want, "case %zu", i);
    }
}

TEST(opcore_answer, retry_after)
{
    const struct {
        const char *text;
        core_time seconds;
    } cases[] = {
        {NULL, 0}, {"", 0},   {"1", 1},   {"30", 30},          {"0", 0},
        {"-1", 0}, {"60", 60}, {"61", 60}, {"10000000000", 60}, {"1.5", 0},
        {"99999999999999999999999999", 60}, {"Wed, 21 Oct 2026 07:28:00 GMT", 0}, {"5 ", 0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_assert_eq(answer_retry_after(cases[i].text), cases[i].seconds * CORE_SECOND,
                     "case %zu", i);
}
