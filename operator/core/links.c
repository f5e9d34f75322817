/* Links in buckets by name; walks mark the objects where they were. */
#include "core/links.h"

#include "core/mem.h"

#include <string.h>

enum { FIRST_BUCKETS = 64, MOST_USERS = 2 };

void links_init(struct links *links, const rctl_allocator *from, uint64_t seed)
{
    *links = (struct links){.from = *from, .seed = seed | 1};
}

void links_done(struct links *links)
{
    mem_free(&links->from, links->buckets, links->n_buckets, sizeof(*links->buckets));
    mem_free(&links->from, links->found, links->cap_found, sizeof(*links->found));
}

/* ---- buckets ---- */

/* Names are hashes already, but of what users chose. */
static uint32_t bucket_of(const struct links *links, uint64_t name, bool asks)
{
    uint64_t mixed = ((name ^ links->seed) + asks) * UINT64_C(0x9e3779b97f4a7c15);

    return (uint32_t)(mixed >> 32) & (links->n_buckets - 1);
}

static void put(struct links *links, struct link *link)
{
    struct link **head = &links->buckets[bucket_of(links, link->name, link->asks)];

    link->before = NULL;
    link->next = *head;
    if (*head)
        (*head)->before = link;
    *head = link;
}

static int grow(struct links *links, uint32_t want)
{
    uint32_t old_n = links->n_buckets, n = old_n ? old_n : FIRST_BUCKETS;
    struct link **old = links->buckets, **buckets;

    while (n < want)
        n *= 2;
    buckets = links->from.alloc(links->from.ctx, n * sizeof(struct link *));
    if (!buckets)
        return RCTL_E_NOMEM;
    memset(buckets, 0, n * sizeof(struct link *));
    links->buckets = buckets;
    links->n_buckets = n;
    for (uint32_t i = 0; i < old_n; i++)
        while (old[i]) {
            struct link *link = old[i];

            old[i] = link->next;
            put(links, link);
        }
    mem_free(&links->from, old, old_n, sizeof(struct link *));
    return RCTL_OK;
}

int links_reserve(struct links *links, uint32_t n)
{
    struct object_copy **found = mem_grow(&links->from, links->found, &links->cap_found,
                                          links->n_objects + 1, sizeof(*links->found));

    if (!found)
        return RCTL_E_NOMEM;
    links->found = found;
    return links->n_links + n <= links->n_buckets ? RCTL_OK : grow(links, links->n_links + n);
}

void links_add(struct links *links, struct object_copy *copy)
{
    for (uint32_t i = 0; i < copy->n_links; i++)
        put(links, &copy->links[i]);
    links->n_links += copy->n_links;
    links->n_objects++;
}

void links_remove(struct links *links, struct object_copy *copy)
{
    for (uint32_t i = 0; i < copy->n_links; i++) {
        struct link *link = &copy->links[i];

        if (link->next)
            link->next->before = link->before;
        if (link->before)
            link->before->next = link->next;
        else
            links->buckets[bucket_of(links, link->name, link->asks)] = link->next;
    }
    links->n_links -= copy->n_links;
    links->n_objects--;
}

/* ---- walks ---- */

/* The next link at or after `at` that meets a name from the other side. */
static struct link *meeting(const struct object_copy *of, const struct link *met, struct link *at)
{
    while (at && (at->name != met->name || at->asks == met->asks ||
                  strcmp(at->object->ns, of->ns) != 0))
        at = at->next;
    return at;
}

static struct link *first_met(const struct links *links, const struct object_copy *of,
                              const struct link *met)
{
    if (links->n_buckets == 0)
        return NULL;
    return meeting(of, met, links->buckets[bucket_of(links, met->name, !met->asks)]);
}

#define EACH_MET(links, of, met, link)                                                             \
    for (struct link *link = first_met(links, of, met); link;                                      \
         link = meeting(of, met, (link)->next))

static void begin_walk(struct links *links, struct object_copy *at)
{
    at->walk = ++links->walk;
    links->n_found = 0;
}

static void take(struct links *links, struct object_copy *copy)
{
    if (copy->walk == links->walk)
        return;
    copy->walk = links->walk;
    links->found[links->n_found++] = copy;
}

/* Those that ask for a name to which the object answers. */
static void take_askers(struct links *links, const struct object_copy *of)
{
    for (uint32_t i = 0; i < of->n_links; i++)
        if (!of->links[i].asks)
            EACH_MET(links, of, &of->links[i], link)
                take(links, link->object);
}

void links_find_needed(struct links *links, struct object_copy *self)
{
    uint32_t from = 0;

    begin_walk(links, self);
    links->found[links->n_found++] = self;
    for (unsigned step = 0; step < self->users; step++) {
        uint32_t end = links->n_found;

        for (; from < end; from++)
            take_askers(links, links->found[from]);
    }
    for (uint32_t at = 0; at < links->n_found; at++) {
        const struct object_copy *asker = links->found[at];

        for (uint32_t i = 0; i < asker->n_links; i++)
            if (asker->links[i].asks)
                EACH_MET(links, asker, &asker->links[i], link)
                    if (asker == self || link->object->shared)
                        take(links, link->object);
    }
}

/* Those who go by their users, of whom this is one, so many steps away. */
static void take_used(struct links *links, const struct object_copy *user, unsigned step)
{
    for (uint32_t i = 0; i < user->n_links; i++)
        if (user->links[i].asks)
            EACH_MET(links, user, &user->links[i], link) {
                if (link->object->users >= step)
                    take(links, link->object);
                if (step < MOST_USERS)
                    take_used(links, link->object, step + 1);
            }
}

void links_find_woken(struct links *links, struct object_copy *changed)
{
    uint32_t n;

    begin_walk(links, changed);
    take_askers(links, changed);
    if (!changed->shared)
        return;
    for (uint32_t at = 0; at < links->n_found; at++)
        take_askers(links, links->found[at]);
    n = links->n_found;
    take_used(links, changed, 1);
    for (uint32_t at = 0; at < n; at++)
        take_used(links, links->found[at], 1);
}
