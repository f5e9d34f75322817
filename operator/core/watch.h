/*
 * watch: keeps a resource known by listing and watching it. It says what to request next
 * and when, is fed what comes back, and puts objects into its `known`, from which the
 * caller takes the changes. It neither sends nor parses.
 *
 *   EMPTY -> LISTING -> LISTED -> WATCHING     the way in, and back to LISTED at each end
 *   EXPIRED                                    must list again; what is known stays
 *   MISSING                                    the server does not serve the kind; likewise
 *
 * The caller's loop: watch_poll() at watch_due() or earlier. SEND: send the request and
 * answer it by one of the feeding calls. ABANDON: cancel the request, feed nothing more
 * of it. After each feeding call drain the changes of `known`; requests wait for that.
 * When `in_flight` is false after such a call, the request is over: close it.
 */
#ifndef CORE_WATCH_H
#define CORE_WATCH_H

#include "core/answer.h"
#include "core/backoff.h"
#include "core/known.h"

struct watch_limits {
    uint32_t page;                      /* objects on a page of a list */
    core_time list_timeout;             /* of a page, or of the head of a stream's answer */
    uint32_t stream_least, stream_most; /* seconds for which a stream is asked for */
    core_time stream_grace;             /* after them, the client ends it */
    core_time stream_short;             /* an empty stream that ends sooner is a failure */
    core_time stream_apart;             /* between two starts */
    core_time silence; /* so long without a sign, after a bookmark, and it is dead */
    const struct backoff_limits *backoff, *missing;
};

/* 500, 30 s, 300 to 600 s, 5 s, 1 s, 1 s, 3 min. */
extern const struct watch_limits watch_default;

enum watch_state {
    WATCH_EMPTY,
    WATCH_LISTING,
    WATCH_LISTED,
    WATCH_WATCHING,
    WATCH_EXPIRED,
    WATCH_MISSING,
    WATCH_STATE__COUNT
};

/* Why a list is made. */
enum watch_cause {
    WATCH_CAUSE_FIRST,
    WATCH_CAUSE_EXPIRED,  /* 410 */
    WATCH_CAUSE_FUTURE,   /* the server was behind what we had seen */
    WATCH_CAUSE_DISORDER, /* an event came out of order */
    WATCH_CAUSE_SERVED,   /* the kind is served again */
    WATCH_CAUSE_ASKED,    /* watch_relist() */
    WATCH_CAUSE_FAILED,   /* the list before it failed */
    WATCH_CAUSE__COUNT
};

/* How a list is made. */
enum watch_how {
    WATCH_PAGED, /* consistent, in pages */
    WATCH_SINCE, /* from the server's memory, not older than what was seen; in one piece,
                    as a limit would make it ask for exactly that version */
    WATCH_WHOLE  /* consistent, in one piece: the pages could not be finished */
};

enum watch_verb { WATCH_LIST, WATCH_STREAM, WATCH_DISCOVER };

/* Texts live until the next feeding call. What is NULL or 0 is left out of the query. */
struct watch_request {
    enum watch_verb verb;
    uint32_t limit;
    const char *continue_token;
    const char *resource_version;
    uint32_t timeout_seconds; /* of a stream; ask for bookmarks, too */
};

enum watch_act { WATCH_IDLE, WATCH_SEND, WATCH_ABANDON };

struct watch_stats {
    uint64_t lists[WATCH_CAUSE__COUNT]; /* begun */
    uint64_t pages, streams, events, bookmarks, malformed, failures;
};

struct watch {
    const struct watch_limits *limits;
    struct known known;
    enum watch_state state;
    bool synced;       /* a list was complete once */
    bool consistent;   /* the latest list was made without a resourceVersion */
    bool in_flight;    /* a request is out */
    enum watch_verb verb; /* which */
    core_time at;      /* when the next request is due */
    core_time deadline; /* of the one that is out */
    core_time stream_end; /* the deadline of a stream, once it is opened */
    core_time started, sign; /* of it: when it began, and when something last came */
    char rv[RV_SIZE];  /* all until here is known; "" for nothing */
    char list_rv[RV_SIZE]; /* of the first page */
    char *token;       /* of the next page; NULL for the first */
    enum watch_how how; /* and */
    enum watch_cause cause; /* of the next list, or the one under way */
    bool asked;        /* watch_relist() waits */
    bool broken_items; /* this list had objects that could not be read */
    bool renewed;      /* 401 was answered by one retry at once */
    bool bookmarked;   /* this stream has brought a bookmark */
    uint32_t in_stream; /* events of this stream */
    struct backoff backoff, missing;
    struct answer fault; /* the latest failure, for conditions and logs */
    core_time last_event; /* or bookmark, for the age gauge */
    struct watch_stats stats;
};

void watch_init(struct watch *watch, const rctl_allocator *from,
                const struct watch_limits *limits, uint64_t seed, core_time now);
/* known_clear() and its changes come before, or objects are lost. */
void watch_done(struct watch *watch);

/* When watch_poll() has something to say; CORE_NEVER while changes wait to be drained. */
core_time watch_due(const struct watch *watch);
enum watch_act watch_poll(struct watch *watch, core_time now, uint64_t random,
                          struct watch_request *ret_request);

/*
 * A LIST was answered by 200: each of its objects, then the end of the page. An object
 * without readable metadata is told by watch_malformed(). RCTL_E_NOMEM: repeat the call
 * or give up by watch_failed(). RCTL_E_LIMIT: as malformed; it was counted.
 */
int watch_item(struct watch *watch, const struct known_meta *meta, void *object);
int watch_page(struct watch *watch, const char *rv, const char *continue_token, core_time now,
               uint64_t random);

/* A STREAM was answered by 200. */
void watch_opened(struct watch *watch, core_time now);
/* RCTL_E_NOMEM: repeat, or give up by watch_failed(). RCTL_E_LIMIT: skipped; free it. */
int watch_event(struct watch *watch, const struct known_meta *meta, void *object, bool gone,
                core_time now, uint64_t random);
void watch_bookmark(struct watch *watch, const char *rv, core_time now);
/* The stream ended without an error, also in the middle of an event. */
void watch_ended(struct watch *watch, core_time now, uint64_t random);

/* A DISCOVER was answered: the kind is there. Else feed watch_failed() with a 404. */
void watch_served(struct watch *watch, core_time now);

/* An object or event that cannot be read, of an unknown type or another kind. Skipped. */
void watch_malformed(struct watch *watch);
/* Any request failed, or an ERROR event came (its code as status): it is over. */
void watch_failed(struct watch *watch, const struct answer *answer, core_time now,
                  uint64_t random);
/* Makes a consistent list as soon as it can be made, as the breaker asks for. */
void watch_relist(struct watch *watch);

#endif
