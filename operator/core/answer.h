/*
 * answer: what an answer of the API server means. One table for lists, watches, the
 * lease and the actions of a plan, so that no two machines read a status differently.
 */
#ifndef CORE_ANSWER_H
#define CORE_ANSWER_H

#include "core/clock.h"

/* What the body says beyond the status; the reader of JSON finds it out. */
enum answer_reason {
    ANSWER_REASON_NONE,
    ANSWER_REASON_NO_STATUS,      /* the body is no Status object */
    ANSWER_REASON_ALREADY_EXISTS, /* reason AlreadyExists */
    ANSWER_REASON_TERMINATING,    /* cause NamespaceTerminating */
    ANSWER_REASON_FUTURE,         /* cause ResourceVersionTooLarge, or that text */
    ANSWER_REASON_TOO_LARGE,      /* text "request is too large" */
    ANSWER_REASON__COUNT
};

/* An answer, or the lack of one. */
struct answer {
    int status;                /* of HTTP, or the code of a Status in a stream; 0: no reply */
    enum answer_reason reason;
    core_time retry_after;     /* what the header says, 0 without one */
};

enum answer_class {
    ANSWER_FINE,         /* done as asked */
    ANSWER_NO_REPLY,     /* a write may have been made or not: look again */
    ANSWER_OUR_FAULT,    /* the request was wrong; the same one will be refused again */
    ANSWER_UNAUTHORIZED, /* read the token anew */
    ANSWER_FORBIDDEN,    /* RBAC or quota; both may change */
    ANSWER_TERMINATING,  /* the namespace goes away: create nothing in it */
    ANSWER_GONE,         /* no such object; for a delete that is success */
    ANSWER_NOT_SERVED,   /* no such kind, or it is being removed */
    ANSWER_EXISTS,       /* somebody has that name already */
    ANSWER_CONFLICT,     /* decided on an old state: decide again on a new one */
    ANSWER_EXPIRED,      /* that resource version is too old: list */
    ANSWER_FUTURE,       /* that resource version is too new: list without one */
    ANSWER_INVALID,      /* the object is refused until it changes */
    ANSWER_THROTTLED,    /* too many requests */
    ANSWER_SERVER,       /* the server is in trouble */
    ANSWER__COUNT
};

enum answer_class answer_classify(const struct answer *answer);

/*
 * The text of a Retry-After header as a span: whole seconds, at most 60 of them.
 * 0 for NULL, dates, signs and anything else, which means: no advice.
 */
core_time answer_retry_after(const char *header);

#endif
