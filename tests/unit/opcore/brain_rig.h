/*
 * A brain driven by hand against the model of an API server: each call is answered at once,
 * as the test wants, and what was written is kept as a text of lines. Time passes only
 * when nothing else is left to do.
 */
#ifndef OPCORE_BRAIN_RIG_H
#define OPCORE_BRAIN_RIG_H

#include "core/brain.h"
#include "support/memory.h"
#include "support/model.h"

enum { RIG_STREAMS = 64, RIG_LOG = 64 * 1024, RIG_OBJECTS = 256 };

struct rig_stream {
    uint64_t id;
    char kind[64];
    bool seen[RIG_OBJECTS], gone[RIG_OBJECTS]; /* by the model's number: was told of */
    uint64_t version;                          /* told so far */
};

struct rig {
    struct memory memory;  /* the brain's and the library's, which may refuse */
    struct memory outside; /* the model's */
    struct text_builder out;
    struct server model;
    rctl_ctx *ctx;
    struct brain *brain;
    struct brain_options options;
    core_time now;
    int64_t wall;
    uint64_t random;
    struct rig_stream streams[RIG_STREAMS];
    char log[RIG_LOG]; /* a line for each write: "APPLY ConfigMap r-config" */
    size_t n_log;
    unsigned writes, lists, probes, events, leases;
    /* What the test wants: */
    const char *missing;   /* a kind that is answered by 404 */
    unsigned refuse_at;    /* the write of that number, counted from 1, is answered by */
    int refuse_with;       /* this status */
    void (*before)(struct rig *rig, const struct brain_call *call); /* each write; may be NULL */
    bool deaf;             /* streams bring nothing */
    bool stubborn;         /* writes are answered as if they were done, and are not */
    bool lease_gone;       /* renewals have no reply */
    bool lease_foreign;    /* somebody else holds it */
    unsigned lease_rv;     /* 0: there is none */
    char rv_text[16];
};

void rig_start(struct rig *rig);
void rig_put(struct rig *rig, const char *json);
/* A brain is made, with rig->options; the old one ends. */
void rig_boot(struct rig *rig);
/* Everything that is due until the end of the span. */
void rig_run(struct rig *rig, core_time span);
void rig_stop(struct rig *rig);
/* How often a text stands in the log. */
unsigned rig_count(const struct rig *rig, const char *text);

#endif
