/* What an answer of the API server means. */
#include "core/answer.h"

#include <stddef.h>

enum { LONGEST_WAIT = 60 }; /* seconds */

/* The first row that fits is taken. Reason NONE fits any. */
static const struct row {
    int from, to; /* statuses */
    enum answer_reason reason;
    enum answer_class class;
} rows[] = {
    {0, 0, ANSWER_REASON_NONE, ANSWER_NO_REPLY},
    {200, 299, ANSWER_REASON_NONE, ANSWER_FINE},
    {400, 400, ANSWER_REASON_NONE, ANSWER_OUR_FAULT},
    {401, 401, ANSWER_REASON_NONE, ANSWER_UNAUTHORIZED},
    {403, 403, ANSWER_REASON_TERMINATING, ANSWER_TERMINATING},
    {403, 403, ANSWER_REASON_NONE, ANSWER_FORBIDDEN},
    {404, 404, ANSWER_REASON_NO_STATUS, ANSWER_NOT_SERVED},
    {404, 404, ANSWER_REASON_NONE, ANSWER_GONE},
    {405, 405, ANSWER_REASON_NONE, ANSWER_NOT_SERVED},
    {406, 406, ANSWER_REASON_NONE, ANSWER_OUR_FAULT},
    {409, 409, ANSWER_REASON_ALREADY_EXISTS, ANSWER_EXISTS},
    {409, 409, ANSWER_REASON_NONE, ANSWER_CONFLICT},
    {410, 410, ANSWER_REASON_NONE, ANSWER_EXPIRED},
    {413, 413, ANSWER_REASON_NONE, ANSWER_INVALID},
    {415, 415, ANSWER_REASON_NONE, ANSWER_OUR_FAULT},
    {422, 422, ANSWER_REASON_NONE, ANSWER_INVALID},
    {429, 429, ANSWER_REASON_NONE, ANSWER_THROTTLED},
    {500, 500, ANSWER_REASON_TOO_LARGE, ANSWER_INVALID},
    {500, 504, ANSWER_REASON_FUTURE, ANSWER_FUTURE},
};

enum answer_class answer_classify(const struct answer *answer)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (answer->status >= rows[i].from && answer->status <= rows[i].to &&
            (rows[i].reason == ANSWER_REASON_NONE || rows[i].reason == answer->reason))
            return rows[i].class;
    /* 5xx, and what no API server should say: redirects, other 4xx. */
    return ANSWER_SERVER;
}

core_time answer_retry_after(const char *header)
{
    core_time seconds = 0;

    if (!header || !*header)
        return 0;
    for (; *header; header++) {
        if (*header < '0' || *header > '9')
            return 0;
        if (seconds < LONGEST_WAIT)
            seconds = seconds * 10 + (*header - '0');
    }
    return core_sooner(seconds, LONGEST_WAIT) * CORE_SECOND;
}
