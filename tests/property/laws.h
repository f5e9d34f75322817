/*
 * Laws of a reconciler: worlds from the samples, from the inputs of the rendering cases
 * and from random objects, a model of an API server, and the ways in which a run may go
 * wrong. A law is a function that looks at one such world.
 */
#ifndef PROPERTY_LAWS_H
#define PROPERTY_LAWS_H

#include "kinds/kinds.h"
#include "support/model.h"
#include "support/randobj.h"

enum { LAW_PAST = 64 };

struct law {
    struct base_mem mem;
    struct base_arena arena;
    struct text_builder out;
    struct server model;
    rctl_ctx *ctx;
    const char *name; /* of the case */
    uint64_t seed, random;
    const char *past[LAW_PAST]; /* what was seen after each of the newest writes */
    size_t n_past;
    bool failed;
};

/* How a run goes wrong on its way; zeros: it does not. */
struct trouble {
    unsigned cut_after; /* actions, counted over all plans; the plan of that one ends there */
    unsigned stale;     /* plans are made from what was seen so many writes ago at most */
    unsigned plans;     /* that are stale */
};

typedef void law_function(struct law *law);
/* Looks at each source, and at random objects of so many seeds. */
void law_check(law_function *function, unsigned n_random);
/* The world as it was at first. */
void law_refill(struct law *law);
uint32_t law_draw(struct law *law, uint32_t below);

rctl_world *law_make_world(struct law *law, const char *seen);
rctl_plan *law_make_plan(rctl_world *world, const rctl_key *key);
/* All plans as text. */
const char *law_write_plans(struct law *law, const char *seen);
/* Keeps what is seen now for those who look too late. */
void law_remember(struct law *law);
/* One plan for each object, each from what is seen then; how many writes were tried. */
unsigned law_run_round(struct law *law, struct trouble *trouble);
/* Rounds until nothing is left to write; false when that does not come. */
bool law_settle(struct law *law, struct trouble trouble);

void law_expect(struct law *law, bool good, const char *what);
void law_expect_same(struct law *law, const char *a, const char *b, const char *what);

#endif
