/*
 * cache: the known objects of all resources by namespace, which is what a snapshot is
 * made of, and who in a namespace is to be looked at because something there changed.
 *
 * An object itself is known by a watch; here it stands in one list of its namespace. What
 * happens in one namespace costs nothing in another.
 */
#ifndef CORE_CACHE_H
#define CORE_CACHE_H

#include "core/object.h"
#include "core/queue.h"
#include "core/slots.h"

enum { CACHE_RESOURCES = 32, CACHE_CONTROLLERS = 32 };

struct cache_space {
    struct slot slot;
    struct object_copy *heads[CACHE_RESOURCES];
    uint32_t n;                         /* objects in all lists */
    uint64_t generation;                /* a number that each change makes another */
    uint32_t woken[QUEUE_BAND__COUNT];  /* a bit for each controller whose objects are to be
                                           looked at */
    bool chained;                       /* any of these was set, and not taken yet */
    uint32_t next;                      /* in the chain of those */
};

struct cache {
    struct slots spaces;
    uint64_t generation;
    uint32_t chain; /* the first namespace with something woken, or SLOTS_NONE */
    uint32_t counts[CACHE_RESOURCES];
};

void cache_init(struct cache *cache, const rctl_allocator *from, uint64_t seed);
/* Objects stay the caller's. */
void cache_done(struct cache *cache);

/* The namespace, made when it is not there: RCTL_E_NOMEM. An empty one goes with its last
 * object, or when what was woken is taken. */
int cache_reserve(struct cache *cache, const char *ns);
/* NULL when nothing is known in it. Valid until the next cache_reserve(). */
struct cache_space *cache_find(struct cache *cache, const char *ns);

/* The namespace of an object that is added must be there. */
void cache_add(struct cache *cache, struct object_copy *copy);
void cache_remove(struct cache *cache, struct object_copy *copy);
/* Snapshots of the namespace are no longer good, for another reason than an object. */
void cache_touch(struct cache *cache, const char *ns);

/* Marks the objects of some controllers in a namespace that is there. */
void cache_wake(struct cache *cache, const char *ns, enum queue_band band, uint32_t controllers);
/* A namespace with something woken, or NULL. Add the keys, then call cache_woken(). */
struct cache_space *cache_next_woken(struct cache *cache);
void cache_woken(struct cache *cache);

#endif
