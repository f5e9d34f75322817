/* graph/label: what is cut keeps both ends, whole characters, and the width asked for. */
#include "graph/graph.h"
#include "support/memory.h"

TEST(graph_label, wide_characters_take_two_cells)
{
    cr_expect_eq(graph_cells(""), 0);
    cr_expect_eq(graph_cells("chat-1"), 6);
    cr_expect_eq(graph_cells("\xc3\xa9t\xc3\xa9"), 3);
    cr_expect_eq(graph_cells("\xe6\x97\xa5\xe6\x9c\xac"), 4);
}

TEST(graph_label, the_middle_is_cut)
{
    struct memory memory;

    memory_init(&memory);
    cr_expect_str_eq(graph_cut("short", 5, &memory.arena), "short");
    cr_expect_str_eq(graph_cut("chat-of-team-a-canary", 11, &memory.arena),
                     "chat-o\xe2\x80\xa6nary");
    memory_done(&memory);
}

TEST(graph_label, characters_stay_whole)
{
    static const char text[] = "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe5\x90\x8d\xe5"
                               "\x89\x8d\xc3\xa9-end";
    struct memory memory;

    memory_init(&memory);
    for (size_t most = 2; most < 20; most++) {
        const char *cut = graph_cut(text, most, &memory.arena);
        const char *gap = strstr(cut, "\xe2\x80\xa6");

        if (cut == text)
            continue;
        cr_assert_not_null(gap);
        cr_assert_eq(strncmp(cut, text, (size_t)(gap - cut)), 0);
        cr_assert_neq((unsigned char)gap[3] & 0xc0, 0x80);
        cr_assert_str_eq(gap + 3, text + strlen(text) - strlen(gap + 3));
        /* The ellipsis is one cell wide, whatever its bytes suggest. */
        cr_assert_leq(graph_cells(cut) - 1, most);
    }
    memory_done(&memory);
}
