/*
 * known: which objects of one resource we believe to exist, and what has changed since.
 *
 * A list is collected beside what is known and replaces it when it is complete; the
 * difference comes out as changes, deletions included. Events come out the same way.
 * An object itself is a pointer of the caller's, which is handed back in the change that
 * ends its use. Changes are taken one at a time: look at known_change(), do what it
 * means, then known_accept(). A caller who runs out of memory in between repeats the
 * change later; nothing is lost.
 */
#ifndef CORE_KNOWN_H
#define CORE_KNOWN_H

#include "core/rv.h"
#include "core/slots.h"

enum { KNOWN_UID_SIZE = 40 }; /* a UUID and its NUL, and a little more */

/* What the metadata of an object says. */
struct known_meta {
    const char *ns, *name, *uid, *rv; /* ns is "" for cluster-scoped kinds; never NULL */
};

enum known_change_type {
    KNOWN_ADDED,   /* `object` is new */
    KNOWN_UPDATED, /* `object` takes the place of `old`; free `old` */
    KNOWN_DELETED, /* `old` is gone; free it, and `object`, its last state if that is told */
    KNOWN_UNUSED   /* `object` brings nothing new; free it. Nothing has changed */
};

/* Texts live until known_accept(). A key that was recreated is a deletion and an addition. */
struct known_change {
    enum known_change_type type;
    const char *ns, *name;
    const char *uid, *rv; /* of the object that was added, updated, deleted or unused */
    void *object, *old;
};

enum known_mode { KNOWN_SETTLED, KNOWN_ONE, KNOWN_TWICE, KNOWN_REPLACE, KNOWN_DISCARD };

struct known {
    struct slots items;
    enum known_mode mode; /* where changes come from */
    uint32_t at;          /* the item that is looked at next */
    uint32_t n_known, n_staged;
    uint32_t appeared, vanished; /* in the latest list, for the breaker */
    bool keep_missing;    /* of this list: it had objects that could not be read */
};

void known_init(struct known *known, const rctl_allocator *from, uint64_t seed);
/* The objects must have been taken back before: known_clear() and its changes. */
void known_done(struct known *known);

/*
 * One object of a list. It is not known before known_replace(). RCTL_E_NOMEM, or
 * RCTL_E_LIMIT when a uid or resourceVersion is empty or too long to be one; then the
 * object stays the caller's. When 0 is returned, drain the changes: an object that stands
 * in a list twice is handed back.
 */
int known_stage(struct known *known, const struct known_meta *meta, void *object);
/* The list is complete. keep_missing: delete nothing because of it. Then drain. */
void known_replace(struct known *known, bool keep_missing);
/* The list is given up. Drain: all that it brought is handed back. */
void known_discard(struct known *known);
/* Everything is to be forgotten, as if an empty list came. Drain. */
void known_clear(struct known *known);

bool known_has(const struct known *known, const char *ns, const char *name);
/* The object that is known by that name, or NULL. */
void *known_get(const struct known *known, const char *ns, const char *name);
/* The object of an item below items.used, or NULL. */
void *known_at(const struct known *known, uint32_t number);
/* Its resourceVersion, or NULL. */
const char *known_rv(const struct known *known, const char *ns, const char *name);
/*
 * An event for one object, which exists or is gone. One that is older than what is known
 * changes nothing. Errors as for known_stage(). When 0 is returned, drain.
 */
int known_event(struct known *known, const struct known_meta *meta, void *object, bool gone);

/* The change that waits, if any. The same one until it is accepted. Needs no memory. */
bool known_change(struct known *known, struct known_change *ret_change);
void known_accept(struct known *known);

#endif
