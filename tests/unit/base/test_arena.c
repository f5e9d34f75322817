/*
 * base/arena: alignment, growth, reset, and what an empty arena does. The arena
 * owns every result of the library, so its corners matter everywhere.
 */
#include "support/memory.h"

TEST(base_arena, aligns_after_text)
{
    struct memory m;

    memory_init(&m);
    for (size_t i = 0; i < 5000; i++) {
        void *ptr;

        base_arena_text(&m.arena, "abcdefg", i % 8);
        ptr = base_arena_alloc(&m.arena, 1 + i % 40);
        cr_assert_eq((uintptr_t)ptr % 8, 0, "allocation %zu", i);
        memset(ptr, 0xa5, 1 + i % 40);
    }
    memory_done(&m);
}

TEST(base_arena, blocks_do_not_overlap)
{
    struct memory m;
    unsigned char *blocks[400];

    memory_init(&m);
    for (size_t i = 0; i < 400; i++) {
        blocks[i] = base_arena_alloc(&m.arena, i * 7);
        memset(blocks[i], (int)(i & 0xff), i * 7);
    }
    for (size_t i = 0; i < 400; i++)
        for (size_t j = 0; j < i * 7; j++)
            cr_assert_eq(blocks[i][j], i & 0xff, "block %zu", i);
    memory_done(&m);
}

TEST(base_arena, nothing_from_an_empty_arena)
{
    struct memory m;

    memory_init(&m);
    cr_assert_not_null(base_arena_zalloc(&m.arena, 0));
    cr_assert_not_null(base_arena_alloc(&m.arena, 0));
    memory_done(&m);
    base_arena_done(&m.arena);
    base_arena_reset(&m.arena);
}

TEST(base_arena, larger_than_any_chunk)
{
    struct memory m;
    char *big;

    memory_init(&m);
    big = base_arena_zalloc(&m.arena, 3 * 1024 * 1024);
    cr_assert_eq(big[0], 0);
    cr_assert_eq(big[3 * 1024 * 1024 - 1], 0);
    cr_assert_str_eq(base_arena_text(&m.arena, "after", 5), "after");
    memory_done(&m);
}

TEST(base_arena, reset_keeps_one_chunk)
{
    struct memory m;
    size_t calls;

    memory_init(&m);
    for (int i = 0; i < 100; i++)
        base_arena_alloc(&m.arena, 1000);
    base_arena_reset(&m.arena);
    calls = m.calls;
    base_arena_alloc(&m.arena, 1000);
    cr_assert_eq(m.calls, calls, "the kept chunk is used again");
    memory_done(&m);
}

TEST(base_arena, formats_short_and_long)
{
    struct memory m;
    char letters[600];

    memory_init(&m);
    memset(letters, 'x', sizeof(letters) - 1);
    letters[sizeof(letters) - 1] = '\0';
    cr_assert_str_eq(base_arena_format(&m.arena, "%s-%d", "a", 7), "a-7");
    cr_assert_str_eq(base_arena_format(&m.arena, "%s", letters), letters);
    cr_assert_str_eq(base_arena_format(&m.arena, "%.255s", letters), letters + 344);
    cr_assert_str_eq(base_arena_format(&m.arena, "%.256s", letters), letters + 343);
    memory_done(&m);
}

struct big_request {
    struct memory *m;
    size_t size;
};

static void ask(void *arg)
{
    struct big_request *request = arg;

    base_arena_alloc(&request->m->arena, request->size);
}

TEST(base_arena, absurd_sizes_are_no_memory)
{
    struct memory m;
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 7, SIZE_MAX - 64, SIZE_MAX / 2};

    memory_init(&m);
    base_arena_alloc(&m.arena, 3);
    for (size_t i = 0; i < BASE_COUNT(sizes); i++) {
        struct big_request request = {&m, sizes[i]};

        cr_assert_eq(base_try(&m.mem.fail, ask, &request), RCTL_E_NOMEM, "size %zu", sizes[i]);
    }
    memory_done(&m);
}
