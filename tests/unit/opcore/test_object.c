/* opcore/object: a copy has what the core asks for, and outlives what it was made of. */
#include "core/object.h"
#include "support/memory.h"

TEST(opcore_object, copies_what_is_asked_for)
{
    char bytes[] = "{\"a\":1}";
    struct object_owner owners[] = {{"v1", "Pod", "other", "u1", false},
                                    {"apps/v1", "Deployment", "web", "u2", true}};
    struct object object = {.meta = {.ns = "team", .name = "web-1", .uid = "u3", .rv = "7",
                                     .owners = owners, .n_owners = 2},
                            .bytes = bytes,
                            .n = 7};
    struct link names[] = {{.name = 7, .asks = true}, {.name = 8}};
    const struct object_ties ties = {
        .resource = 3, .shared = true, .users = 2, .seen = 9, .links = names, .n_links = 2};
    struct object_copy *copy;
    struct memory memory;

    memory_init(&memory);
    copy = object_copy_new(&memory.mem.from, &object, &ties);
    memset(bytes, 'x', 7);
    memset(names, 0, sizeof(names));
    cr_assert_eq(copy->resource, 3);
    cr_assert(copy->shared);
    cr_assert_eq(copy->users, 2);
    cr_assert_eq(copy->seen, 9);
    cr_assert_eq(copy->n_links, 2);
    cr_assert_eq(copy->links[0].name, 7);
    cr_assert(copy->links[0].asks);
    cr_assert_eq(copy->links[1].object, copy);
    cr_assert_str_eq(copy->ns, "team");
    cr_assert_str_eq(copy->name, "web-1");
    cr_assert_str_eq(copy->uid, "u3");
    cr_assert_str_eq(copy->bytes, "{\"a\":1}");
    cr_assert_eq(copy->n, 7);
    object_copy_free(&memory.mem.from, copy);
    memory.fail_at = memory.calls + 1;
    cr_assert_null(object_copy_new(&memory.mem.from, &object, &ties));
    cr_assert_str_eq(object_controller(&object.meta)->name, "web");
    memory_done(&memory);
}
