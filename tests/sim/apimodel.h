/*
 * apimodel: an API server in memory, as far as the operator's core can tell one apart
 * from a real one: resource versions, pages with tokens, a log that is compacted, kinds
 * that come and go, a Lease with preconditions. No time and no faults; those are world's.
 */
#ifndef SIM_APIMODEL_H
#define SIM_APIMODEL_H

#include "core/answer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MODEL_RESOURCES = 2, MODEL_KEYS = 24 };

/* One change of one object, which is also what a stream delivers. */
struct model_event {
    uint64_t rv;
    int resource, key;
    uint64_t uid;
    bool gone;
};

struct model_lease {
    bool exists;
    uint64_t rv;
    uint64_t holder; /* an identity; 0 for nobody */
    int64_t duration, transitions;
};

struct model {
    uint64_t rv;    /* the latest */
    uint64_t floor; /* what is older was compacted */
    uint64_t next_uid;
    struct model_event *log;
    size_t n_log, cap_log;
    bool served[MODEL_RESOURCES];
    struct model_lease lease;
};

/* A request for objects. The token holds the version and the key where a page starts. */
struct model_list {
    int resource;
    uint32_t limit;
    bool has_rv, has_token;
    uint64_t rv;
    uint64_t token_rv;
    int token_key;
};

/* 200 and objects, or a failure. A page that is not the last has a token. */
struct model_page {
    struct answer answer;
    uint64_t rv;
    struct model_event items[MODEL_KEYS];
    size_t n_items;
    bool has_token;
    int token_key;
};

void model_init(struct model *model);
void model_done(struct model *model);

/* The object of a key as it was at a version; NULL when there was none. */
const struct model_event *model_at(const struct model *model, int resource, int key, uint64_t rv);
enum model_change { MODEL_WRITE, MODEL_DELETE, MODEL_RECREATE };
/* Writes or creates, deletes, or does both so that only the uid differs. */
void model_change(struct model *model, int resource, int key, enum model_change change);

/* `behind`: the server that answers from its memory has seen no more than this version. */
void model_list(const struct model *model, const struct model_list *list, uint64_t behind,
                struct model_page *ret_page);
/* Can a stream start after this version? Status 200 when it can. */
struct answer model_watch(const struct model *model, int resource, uint64_t rv);
/* The first change of a resource after a version; NULL when there is none yet. */
const struct model_event *model_next(const struct model *model, int resource, uint64_t rv);

/* A write to the Lease with the version that its writer saw; 0 to create it. */
struct answer model_lease_write(struct model *model, uint64_t rv, uint64_t holder,
                                int64_t duration, int64_t transitions);

#endif
