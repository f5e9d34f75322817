/*
 * diag/text: the compiler style that editors know, with as much of a place as there
 * is, and colours only when they are asked for.
 */
#include "unit/diag/list.h"

TEST(diag_text, every_part_has_its_place)
{
    struct list list;
    struct written written;

    list_init(&list, 0);
    list_fill(&list);
    cr_assert_str_eq(list_write(&list, RCTL_DIAG_TEXT, NULL, &written),
                     "Pod/default/chat: error: nothing is here [schema.empty]\n"
                     "a.yaml:3: warning: spec.replicas: '010' is 8 [schema.octal]\n"
                     "b.yaml:12:5: error: spec.engine: unknown <engine> 'vlm' [schema.bad-choice]\n"
                     "  hint: did you mean 'vllm'?\n"
                     "a.yaml:2:4: note: first given \"here\"\n"
                     "odd,name:50%.yaml: note: 100% fine, really: yes [schema.octal]\n");
    list_done(&list);
}

TEST(diag_text, an_empty_list_says_nothing)
{
    struct list list;
    struct written written;

    list_init(&list, 0);
    cr_assert_str_eq(list_write(&list, RCTL_DIAG_TEXT, NULL, &written), "");
    list_done(&list);
}

TEST(diag_text, colours_are_an_option_and_leave_the_words_alone)
{
    struct list list;
    struct written written;
    rctl_diag_format_options options = {.size = sizeof(options), .color = true};

    list_init(&list, 0);
    diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 2), NULL, "spec", NULL, "is empty");
    cr_assert_str_eq(list_write(&list, RCTL_DIAG_TEXT, &options, &written),
                     "\033[1mb.yaml:1:2: \033[0m\033[1;31merror: \033[0m"
                     "spec: is empty [schema.empty]\n");
    list_done(&list);
}

TEST(diag_text, what_was_dropped_is_counted_at_the_end)
{
    struct list list;
    struct written written;

    list_init(&list, 1);
    for (uint32_t i = 1; i <= 3; i++)
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, i, 0), NULL, NULL, NULL, "e");
    for (uint32_t i = 1; i <= 2; i++)
        diag_add(&list.diags, DIAG_SCHEMA_OCTAL, at(0, i, 0), NULL, NULL, NULL, "w");
    diag_sort(&list.diags);
    cr_assert_str_eq(list_write(&list, RCTL_DIAG_TEXT, NULL, &written),
                     "b.yaml:1: error: e [schema.empty]\n"
                     "b.yaml:1: warning: w [schema.octal]\n"
                     "and 2 more errors and 1 more warning\n");
    list_done(&list);
}

TEST(diag_text, file_names_and_values_cannot_disturb_a_terminal)
{
    static const char *const files[] = {"a\x1b[2J.yaml"};
    struct list list;
    struct written written;

    list_init(&list, 0);
    list.diags.files = files;
    list.diags.n_files = 1;
    diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 1), NULL, "spec[\"\n\"]", "use '\x07'",
             "'%s'", "\xe2\x80\xae");
    cr_assert_str_eq(list_write(&list, RCTL_DIAG_TEXT, NULL, &written),
                     "a\\x1b[2J.yaml:1:1: error: spec[\"\\x0a\"]: '\\u202e' [schema.empty]\n"
                     "  hint: use '\\x07'\n");
    list_done(&list);
}
