/*
 * opcore/links: a plan needs what its object asks for, and what that asks for as far as it is
 * shared; a change concerns those whose plans need it, in its own namespace alone.
 */
#include "core/links.h"
#include "support/memory.h"

struct rig {
    struct memory memory;
    struct links links;
};

static void begin(struct rig *rig)
{
    memory_init(&rig->memory);
    links_init(&rig->links, &rig->memory.mem.from, 1);
}

/* Names are letters: those that it answers to, a '?', those that it asks for. */
static struct object_copy *add(struct rig *rig, const char *name, const char *names, bool shared,
                               unsigned users)
{
    struct object object = {.meta = {.ns = "one", .name = name, .uid = "u", .rv = "1"}};
    struct link links[16];
    struct object_ties ties = {.shared = shared, .users = users, .links = links};
    struct object_copy *copy;
    bool asks = false;

    if (*name == '/') /* of another namespace */
        object.meta.ns = "two";
    for (; *names; names++) {
        if (*names == '?')
            asks = true;
        else
            links[ties.n_links++] = (struct link){.name = (uint64_t)*names, .asks = asks};
    }
    cr_assert_eq(links_reserve(&rig->links, ties.n_links), 0);
    copy = object_copy_new(&rig->memory.mem.from, &object, &ties);
    links_add(&rig->links, copy);
    return copy;
}

static void drop(struct rig *rig, struct object_copy *copy)
{
    links_remove(&rig->links, copy);
    object_copy_free(&rig->memory.mem.from, copy);
}

/* Their names in an order of the alphabet. */
static const char *found(const struct links *links)
{
    static char text[64];
    size_t n = 0;

    for (char c = 'a'; c <= 'z'; c++)
        for (uint32_t i = 0; i < links->n_found; i++)
            if (*links->found[i]->name == c)
                text[n++] = c;
    text[n] = '\0';
    return text;
}

static const char *needed(struct rig *rig, struct object_copy *copy)
{
    links_find_needed(&rig->links, copy);
    return found(&rig->links);
}

static const char *woken(struct rig *rig, struct object_copy *copy)
{
    links_find_woken(&rig->links, copy);
    return found(&rig->links);
}

static void end(struct rig *rig, struct object_copy **copies, size_t n)
{
    for (size_t i = 0; i < n; i++)
        drop(rig, copies[i]);
    links_done(&rig->links);
    memory_done(&rig->memory);
}

TEST(opcore_links, lead_from_a_gateway_to_what_its_services_share)
{
    struct rig rig;
    struct object_copy *copies[6];

    begin(&rig);
    copies[0] = add(&rig, "gateway", "G?SD", true, 0);
    copies[1] = add(&rig, "service", "S?Cc", true, 0);
    copies[2] = add(&rig, "cache", "C?", true, 0);
    copies[3] = add(&rig, "pods", "c?", false, 0);
    copies[4] = add(&rig, "other", "O?", true, 0);
    copies[5] = add(&rig, "/cache", "C?", true, 0);
    cr_assert_str_eq(needed(&rig, copies[0]), "cgs"); /* the service's own pods are not */
    cr_assert_str_eq(needed(&rig, copies[1]), "cps");
    cr_assert_str_eq(needed(&rig, copies[2]), "c");
    cr_assert_str_eq(woken(&rig, copies[2]), "gs");
    cr_assert_str_eq(woken(&rig, copies[3]), "s");
    cr_assert_str_eq(woken(&rig, copies[0]), "");
    cr_assert_str_eq(woken(&rig, copies[5]), "");
    end(&rig, copies, 6);
}

TEST(opcore_links, lead_back_to_users)
{
    struct rig rig;
    struct object_copy *copies[5];

    begin(&rig);
    copies[0] = add(&rig, "gateway", "G?ST", true, 0);
    copies[1] = add(&rig, "service", "S?C", true, 0);
    copies[2] = add(&rig, "twin", "T?", true, 0);
    copies[3] = add(&rig, "cache", "C?D", true, 2);
    copies[4] = add(&rig, "draft", "D?", true, 1);
    cr_assert_str_eq(needed(&rig, copies[3]), "cdgst");
    cr_assert_str_eq(needed(&rig, copies[4]), "cd");
    cr_assert_str_eq(needed(&rig, copies[2]), "t");
    cr_assert_str_eq(woken(&rig, copies[2]), "cg"); /* the gateway's plan needs it, so the cache's */
    cr_assert_str_eq(woken(&rig, copies[3]), "dgs");
    end(&rig, copies, 5);
}

TEST(opcore_links, what_answers_later_wakes_those_who_asked)
{
    struct rig rig;
    struct object_copy *copies[2], *late;

    begin(&rig);
    copies[0] = add(&rig, "service", "S?C", true, 0);
    copies[1] = add(&rig, "other", "T?", true, 0);
    late = add(&rig, "cache", "C?", true, 0);
    cr_assert_str_eq(woken(&rig, late), "s");
    drop(&rig, late);
    cr_assert_str_eq(needed(&rig, copies[0]), "s");
    end(&rig, copies, 2);
}

TEST(opcore_links, grow_with_their_objects)
{
    enum { MANY = 1000 };
    static struct object_copy *copies[MANY];
    struct rig rig;

    begin(&rig);
    for (size_t i = 0; i < MANY; i++)
        copies[i] = add(&rig, i ? "user" : "cache", i ? "U?C" : "C?", true, 0);
    links_find_woken(&rig.links, copies[0]);
    cr_assert_eq(rig.links.n_found, MANY - 1);
    links_find_needed(&rig.links, copies[1]);
    cr_assert_eq(rig.links.n_found, 2);
    end(&rig, copies, MANY);
}

TEST(opcore_links, refused_memory_changes_nothing)
{
    struct rig rig;
    struct object_copy *copies[1];

    begin(&rig);
    copies[0] = add(&rig, "service", "S?S", true, 0);
    for (size_t i = 1; i <= 2; i++) {
        rig.memory.fail_at = rig.memory.calls + i;
        if (links_reserve(&rig.links, 10000) == 0)
            break;
    }
    rig.memory.fail_at = 0;
    cr_assert_str_eq(needed(&rig, copies[0]), "s");
    cr_assert_eq(links_reserve(&rig.links, 10000), 0);
    cr_assert_str_eq(needed(&rig, copies[0]), "s");
    end(&rig, copies, 1);
}
