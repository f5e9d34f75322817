/*
 * links: which known objects have to do with which, by the names that they answer to and
 * ask for; see rctl_links_of(). From here comes what a plan is made of, and who is to be
 * looked at when an object changes. Both cost as much as there are objects that have to do
 * with it, however many there are in all.
 */
#ifndef CORE_LINKS_H
#define CORE_LINKS_H

#include "core/object.h"

struct links {
    rctl_allocator from;
    uint64_t seed;
    struct link **buckets;
    uint32_t n_buckets, n_links, n_objects;
    uint32_t walk; /* a number for each, by which it knows where it was */
    /* What the latest walk found. There is always room for all objects. */
    struct object_copy **found;
    uint32_t n_found, cap_found;
};

void links_init(struct links *links, const rctl_allocator *from, uint64_t seed);
/* Objects stay the caller's. */
void links_done(struct links *links);

/* Room for one more object with so many links. RCTL_E_NOMEM. */
int links_reserve(struct links *links, uint32_t n);
/* There is room. It stays where it is until it is removed. */
void links_add(struct links *links, struct object_copy *copy);
void links_remove(struct links *links, struct object_copy *copy);

/* `found`: all that a plan for an object needs, which comes first. It was added. */
void links_find_needed(struct links *links, struct object_copy *self);
/* `found`: those others of our kinds whose plans need the object, which may be new. */
void links_find_woken(struct links *links, struct object_copy *changed);

#endif
