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
    struct object_copy *copy;
    struct memory memory;

    memory_init(&memory);
    copy = object_copy_new(&memory.mem.from, 3, &object);
    memset(bytes, 'x', 7);
    cr_assert_eq(copy->resource, 3);
    cr_assert_str_eq(copy->ns, "team");
    cr_assert_str_eq(copy->name, "web-1");
    cr_assert_str_eq(copy->uid, "u3");
    cr_assert_str_eq(copy->owner_api_version, "apps/v1");
    cr_assert_str_eq(copy->owner_kind, "Deployment");
    cr_assert_str_eq(copy->owner_name, "web");
    cr_assert_str_eq(copy->bytes, "{\"a\":1}");
    cr_assert_eq(copy->n, 7);
    object_copy_free(&memory.mem.from, copy);
    memory.fail_at = memory.calls + 1;
    cr_assert_null(object_copy_new(&memory.mem.from, 3, &object));
    memory_done(&memory);
}
