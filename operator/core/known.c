/*
 * Known and staged versions of objects, and the changes that lead from one to the other.
 * A change is not stored: it follows from the two versions, and accepting it moves the
 * item a step on.
 */
#include "core/known.h"

#include <assert.h>
#include <string.h>

struct version {
    char uid[KNOWN_UID_SIZE], rv[RV_SIZE];
    void *object;
};

struct item {
    struct slot slot;
    bool known, staged;
    bool gone;    /* staged is the last state of what is known */
    bool surplus; /* what is staged is only to be handed back */
    void *twice;  /* handed back first: the same key stood in a list before */
    struct version now, next;
};

void known_init(struct known *known, const rctl_allocator *from, uint64_t seed)
{
    memset(known, 0, sizeof(*known));
    slots_init(&known->items, from, sizeof(struct item), 2, seed);
}

void known_done(struct known *known)
{
    slots_done(&known->items);
    known->n_known = known->n_staged = 0;
    known->mode = KNOWN_SETTLED;
}

static bool fits(const char *text, size_t size)
{
    return *text != '\0' && strlen(text) < size;
}

static struct item *find(const struct known *known, const char *ns, const char *name)
{
    const char *const parts[] = {ns, name};
    uint32_t number = slots_find(&known->items, parts);

    return number == SLOTS_NONE ? NULL : slots_get(&known->items, number);
}

bool known_has(const struct known *known, const char *ns, const char *name)
{
    const struct item *item = find(known, ns, name);

    return item && item->known;
}

void *known_get(const struct known *known, const char *ns, const char *name)
{
    const struct item *item = find(known, ns, name);

    return item && item->known ? item->now.object : NULL;
}

void *known_at(const struct known *known, uint32_t number)
{
    const struct item *item = slots_get(&known->items, number);

    return item && item->known ? item->now.object : NULL;
}

const char *known_rv(const struct known *known, const char *ns, const char *name)
{
    const struct item *item = find(known, ns, name);

    return item && item->known ? item->now.rv : NULL;
}

/* Puts an object beside what is known of its key. */
static int stage(struct known *known, const struct known_meta *meta, void *object,
                 uint32_t *ret_number)
{
    const char *const parts[] = {meta->ns, meta->name};
    uint32_t number = slots_find(&known->items, parts);
    struct item *item;

    assert(known->mode == KNOWN_SETTLED);
    if (!fits(meta->uid, KNOWN_UID_SIZE) || !fits(meta->rv, RV_SIZE))
        return RCTL_E_LIMIT;
    if (number == SLOTS_NONE && slots_add(&known->items, parts, &number) != RCTL_OK)
        return RCTL_E_NOMEM;
    item = slots_get(&known->items, number);
    if (item->staged)
        item->twice = item->next.object;
    known->n_staged += !item->staged;
    item->staged = true;
    memcpy(item->next.uid, meta->uid, strlen(meta->uid) + 1);
    memcpy(item->next.rv, meta->rv, strlen(meta->rv) + 1);
    item->next.object = object;
    *ret_number = number;
    return RCTL_OK;
}

int known_stage(struct known *known, const struct known_meta *meta, void *object)
{
    uint32_t number;
    int code = stage(known, meta, object, &number);

    if (code == RCTL_OK && ((struct item *)slots_get(&known->items, number))->twice) {
        known->mode = KNOWN_TWICE;
        known->at = number;
    }
    return code;
}

static bool same_uid(const struct item *item)
{
    return strcmp(item->now.uid, item->next.uid) == 0;
}

int known_event(struct known *known, const struct known_meta *meta, void *object, bool gone)
{
    enum rv_order order = RV_NEWER;
    struct item *item;
    uint32_t number;
    int code;

    assert(known->n_staged == 0);
    code = stage(known, meta, object, &number);
    if (code != RCTL_OK)
        return code;
    item = slots_get(&known->items, number);
    if (item->known)
        order = rv_compare(item->next.rv, item->now.rv);
    if (gone) {
        /* That it is gone is true for good, however late it is told; of another uid, it
         * says something about the known object only when it is newer. */
        item->gone = item->known && (same_uid(item) || order != RV_OLDER);
        item->surplus = !item->gone;
    } else {
        item->surplus = order == RV_OLDER || order == RV_SAME;
    }
    known->mode = KNOWN_ONE;
    known->at = number;
    return RCTL_OK;
}

/* ---- whole lists ---- */

static void start_sweep(struct known *known, enum known_mode mode)
{
    assert(known->mode == KNOWN_SETTLED);
    known->mode = mode;
    known->at = 0;
}

void known_replace(struct known *known, bool keep_missing)
{
    known->appeared = known->vanished = 0;
    known->keep_missing = keep_missing;
    start_sweep(known, KNOWN_REPLACE);
    for (uint32_t i = 0; i < known->items.used; i++) {
        struct item *item = slots_get(&known->items, i);

        if (!item)
            continue;
        if (item->known && item->staged && same_uid(item))
            item->surplus = rv_compare(item->next.rv, item->now.rv) == RV_SAME;
        else
            known->appeared += item->staged;
        known->vanished += item->known && (!item->staged || !same_uid(item));
    }
}

void known_discard(struct known *known)
{
    start_sweep(known, KNOWN_DISCARD);
    for (uint32_t i = 0; i < known->items.used; i++) {
        struct item *item = slots_get(&known->items, i);

        if (item)
            item->surplus = item->staged;
    }
}

void known_clear(struct known *known)
{
    assert(known->n_staged == 0);
    known_replace(known, /* keep_missing= */ false);
}

/* ---- changes ---- */

/* The next step of one item, if there is one. */
static bool next_step(const struct known *known, const struct item *item,
                      struct known_change *change)
{
    const struct version *about = &item->next;

    *change = (struct known_change){.ns = item->slot.parts[0], .name = item->slot.parts[1]};
    if (item->twice) {
        change->type = KNOWN_UNUSED;
        change->object = item->twice;
    } else if (item->staged && item->surplus) {
        change->type = KNOWN_UNUSED;
        change->object = item->next.object;
    } else if (known->mode == KNOWN_DISCARD || known->mode == KNOWN_TWICE ||
               (known->mode == KNOWN_ONE && !item->staged)) {
        return false;
    } else if (item->known && item->staged && !item->gone && same_uid(item)) {
        change->type = KNOWN_UPDATED;
        change->object = item->next.object;
        change->old = item->now.object;
    } else if (item->known && (item->staged || !known->keep_missing)) {
        change->type = KNOWN_DELETED;
        about = &item->now;
        change->object = item->gone ? item->next.object : NULL;
        change->old = item->now.object;
    } else if (item->staged) {
        change->type = KNOWN_ADDED;
        change->object = item->next.object;
    } else {
        return false;
    }
    change->uid = about->uid;
    change->rv = about->rv;
    return true;
}

bool known_change(struct known *known, struct known_change *ret_change)
{
    bool whole = known->mode == KNOWN_REPLACE || known->mode == KNOWN_DISCARD;

    if (known->mode == KNOWN_SETTLED)
        return false;
    do {
        const struct item *item = NULL;

        if (known->at < known->items.used)
            item = slots_get(&known->items, known->at);
        if (item && next_step(known, item, ret_change))
            return true;
    } while (whole && ++known->at < known->items.used);
    known->mode = KNOWN_SETTLED;
    return false;
}

static void unstage(struct known *known, struct item *item)
{
    item->staged = item->gone = item->surplus = false;
    known->n_staged--;
}

void known_accept(struct known *known)
{
    struct known_change change;
    struct item *item;
    bool waits, done;

    assert(known->mode != KNOWN_SETTLED);
    item = slots_get(&known->items, known->at);
    waits = item && next_step(known, item, &change);
    assert(waits);
    if (item->twice) {
        item->twice = NULL;
        return;
    }
    switch (change.type) {
    case KNOWN_ADDED:
    case KNOWN_UPDATED:
        known->n_known += !item->known;
        item->now = item->next;
        item->known = true;
        unstage(known, item);
        break;
    case KNOWN_DELETED:
        item->known = false;
        known->n_known--;
        if (item->gone)
            unstage(known, item);
        break;
    case KNOWN_UNUSED:
        unstage(known, item);
        break;
    }
    done = change.type != KNOWN_DELETED || !item->staged;
    if (!item->known && !item->staged)
        slots_remove(&known->items, known->at);
    /* In a sweep, an item that was brought up to date must not be met again: to the rest
     * of the list it would look like one that the list does not have. */
    if (known->mode != KNOWN_ONE && done)
        known->at++;
}
