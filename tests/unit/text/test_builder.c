/* text/builder, index and intern: what trees are made with. */
#include "reading.h"
#include "text/index.h"

#include <stdio.h>

TEST(text_builder, puts)
{
    struct memory memory;
    struct text_builder builder;
    struct base_buf out;
    const struct text_node *shared, *root;
    char value[] = "copied";

    memory_init(&memory);
    text_build_init(&builder, &memory.arena);
    text_put_list(&builder, NULL);
    text_put_int(&builder, NULL, INT64_MIN);
    text_put_end(&builder);
    shared = text_build_finish(&builder);
    text_put_map(&builder, NULL);
    text_put_str(&builder, "a", value);
    text_put_str(&builder, "none", NULL);
    text_put_bool(&builder, "b", true);
    text_put_list(&builder, "c");
    text_put_map(&builder, NULL);
    text_put_end(&builder);
    text_put_str(&builder, NULL, "x");
    text_put_node(&builder, NULL, shared);
    text_put_end(&builder);
    text_put_node(&builder, "d", shared);
    text_put_end(&builder);
    value[0] = 'X';
    root = text_build_finish(&builder);
    text_build_done(&builder);
    base_buf_init(&out, &memory.arena, NULL);
    text_write_json(root, 0, &out);
    cr_assert_str_eq(out.data,
                     "{\"a\":\"copied\",\"b\":true,\"c\":[{},\"x\",[-9223372036854775808]],"
                     "\"d\":[-9223372036854775808]}");
    cr_assert_eq(text_get(root, "d")->u.items, shared->u.items);
    memory_done(&memory);
}

TEST(text_builder, knows_the_keys_of_large_maps)
{
    enum { N = 3000 };
    struct memory memory;
    struct text_builder builder;
    char key[16];

    memory_init(&memory);
    text_build_init(&builder, &memory.arena);
    for (int round = 0; round < 2; round++) {
        text_put_map(&builder, NULL);
        for (int i = 0; i < N; i++) {
            size_t len = (size_t)snprintf(key, sizeof(key), "%x", i * 7919 + round);

            cr_assert_null(text_build_has(&builder, key, len));
            text_build_key(&builder, key, len, (struct text_mark){0, 0}, /* copy= */ true);
            text_build_scalar(&builder, TEXT_INT, TEXT_PLAIN, "1", 1, (struct text_mark){0, 0});
            cr_assert_not_null(text_build_has(&builder, key, len));
        }
        text_build_take(&builder, 0);
        snprintf(key, sizeof(key), "%x", round);
        cr_assert_null(text_build_has(&builder, key, strlen(key)));
        cr_assert_eq(text_build_count(&builder), N - 1);
        text_put_end(&builder);
        text_build_finish(&builder);
    }
    text_build_done(&builder);
    memory_done(&memory);
}

TEST(text_builder, starts_again_after_a_broken_tree)
{
    struct memory memory;
    struct text_builder builder;

    memory_init(&memory);
    text_build_init(&builder, &memory.arena);
    text_put_map(&builder, NULL);
    text_put_list(&builder, "a");
    text_build_abandon(&builder);
    text_put_list(&builder, NULL);
    text_put_str(&builder, NULL, "dropped");
    text_build_undo(&builder);
    text_put_end(&builder);
    cr_assert_eq(text_build_finish(&builder)->len, 0);
    text_build_done(&builder);
    memory_done(&memory);
}

TEST(text_index, strings_that_share_beginnings)
{
    enum { N = 2000 };
    static char text[N + 1];
    struct memory memory;
    struct text_index index;

    memset(text, 'a', N);
    memory_init(&memory);
    text_index_init(&index, &memory.arena);
    cr_assert_eq(text_index_find(&index, "", 0), TEXT_INDEX_NONE);
    for (uint32_t i = 0; i <= N; i += 2)
        text_index_set(&index, text, i, i);
    for (uint32_t i = 0; i <= N; i++)
        cr_assert_eq(text_index_find(&index, text, i), i % 2 ? TEXT_INDEX_NONE : i);
    text_index_set(&index, text, 4, 99);
    cr_assert_eq(text_index_find(&index, text, 4), 99);
    cr_assert_eq(text_index_find(&index, "aaab", 4), TEXT_INDEX_NONE);
    text_index_reset(&index);
    cr_assert_eq(text_index_find(&index, text, 4), TEXT_INDEX_NONE);
    memory_done(&memory);
}

TEST(text_interner, one_copy_of_each)
{
    enum { N = 5000 };
    static const char *first[N];
    struct memory memory;
    struct text_interner *interner;
    char key[100];
    size_t shared = 0;

    memory_init(&memory);
    interner = text_interner_new(&memory.arena);
    for (int i = 0; i < N; i++)
        first[i] = text_intern(interner, key, (size_t)snprintf(key, sizeof(key), "key-%d", i));
    for (int i = 0; i < N; i++) {
        const char *again =
            text_intern(interner, key, (size_t)snprintf(key, sizeof(key), "key-%d", i));

        cr_assert_str_eq(again, key);
        shared += again == first[i];
    }
    /* A few may find their place crowded. */
    cr_assert_geq(shared, N - N / 50);
    memset(key, 'x', sizeof(key));
    cr_assert_eq(strlen(text_intern(interner, key, 80)), 80);
    memory_done(&memory);
}
