/*
 * diag/diag: the order is total and does not depend on the order of finding, a
 * fault is told once, and the cap drops entries but never counts.
 */
#include "unit/diag/list.h"

#include <stdio.h>

static const char *message_of(const struct list *list, size_t index)
{
    rctl_diag diag;

    cr_assert_eq(rctl_diags_get(&list->diags, index, &diag), RCTL_OK);
    return diag.message;
}

TEST(diag_diag, order_is_file_name_line_column_code_path_message)
{
    struct list list;
    static const char *const expected[] = {"0", "1", "2", "3", "4", "5", "6", "7"};

    list_init(&list, 0);
    diag_add(&list.diags, DIAG_SCHEMA_UNKNOWN_FIELD, at(0, 1, 1), NULL, NULL, NULL, "7");
    diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(1, 2, 2), NULL, "b", NULL, "6");
    diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(1, 2, 2), NULL, "b", NULL, "5");
    diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(1, 2, 2), NULL, "a", NULL, "4");
    diag_add(&list.diags, DIAG_SCHEMA_BAD_CHOICE, at(1, 2, 2), NULL, "z", NULL, "3");
    diag_add(&list.diags, DIAG_SCHEMA_UNKNOWN_FIELD, at(1, 2, 1), NULL, NULL, NULL, "2");
    diag_add(&list.diags, DIAG_SCHEMA_UNKNOWN_FIELD, at(1, 1, 9), NULL, NULL, NULL, "1");
    diag_add(&list.diags, DIAG_SCHEMA_UNKNOWN_FIELD, at(DIAG_NO_FILE, 0, 0), NULL, NULL, NULL,
             "0");
    diag_sort(&list.diags);
    cr_assert_eq(rctl_diags_count(&list.diags), BASE_COUNT(expected));
    for (size_t i = 0; i < BASE_COUNT(expected); i++)
        cr_assert_str_eq(message_of(&list, i), expected[i]);
    list_done(&list);
}

TEST(diag_diag, sorting_in_steps_gives_the_same_as_sorting_once)
{
    struct list once, steps;

    list_init(&once, 0);
    list_init(&steps, 0);
    for (uint32_t i = 0; i < 500; i++) {
        uint32_t line = i * 7919 % 503 + 1, file = i % 3;

        diag_add(&once.diags, DIAG_SCHEMA_EMPTY, at(file, line, 1), NULL, NULL, NULL, "%u",
                 (unsigned)i);
        diag_add(&steps.diags, DIAG_SCHEMA_EMPTY, at(file, line, 1), NULL, NULL, NULL, "%u",
                 (unsigned)i);
        if (i % 13 == 0)
            diag_sort(&steps.diags);
    }
    diag_sort(&once.diags);
    diag_sort(&steps.diags);
    diag_sort(&steps.diags);
    for (size_t i = 0; i < 500; i++)
        cr_assert_str_eq(message_of(&once, i), message_of(&steps, i));
    list_done(&once);
    list_done(&steps);
}

TEST(diag_diag, the_same_is_told_once)
{
    struct list list;

    list_init(&list, 0);
    for (int i = 0; i < 3; i++) {
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 1), "o", "p", NULL, "same");
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 1), "o", "q", NULL, "same");
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 1), "other", "p", NULL, "same");
        diag_add(&list.diags, DIAG_SCHEMA_OCTAL, at(0, 1, 1), "o", "p", NULL, "same");
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 2), "o", "p", NULL, "same");
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(1, 1, 1), "o", "p", NULL, "same");
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 1), "o", "p", NULL, "another");
    }
    cr_assert_eq(rctl_diags_count(&list.diags), 7);
    cr_assert_eq(rctl_diags_total(&list.diags, RCTL_SEVERITY_ERROR), 6);
    cr_assert_eq(rctl_diags_total(&list.diags, RCTL_SEVERITY_WARNING), 1);
    list_done(&list);
}

TEST(diag_diag, the_cap_is_for_each_severity_and_totals_count_on)
{
    struct list list;

    list_init(&list, 10);
    for (uint32_t i = 1; i <= 250; i++) {
        struct diag_entry *entry =
            diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, i, 1), NULL, NULL, NULL, "m");

        cr_assert_eq(entry != NULL, i <= 10);
        diag_related(&list.diags, entry, at(0, 1, 1), "fine for NULL, too");
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, i, 1), NULL, NULL, NULL, "m");
    }
    diag_add(&list.diags, DIAG_SCHEMA_OCTAL, at(0, 1, 1), NULL, NULL, NULL, "m");
    cr_assert_eq(rctl_diags_count(&list.diags), 11);
    cr_assert_eq(rctl_diags_total(&list.diags, RCTL_SEVERITY_ERROR), 250);
    cr_assert_eq(diag_dropped(&list.diags, RCTL_SEVERITY_ERROR), 240);
    cr_assert_eq(diag_dropped(&list.diags, RCTL_SEVERITY_WARNING), 0);
    list_done(&list);
}

TEST(diag_diag, severities_and_strings_are_kept)
{
    struct list list;
    rctl_diag diag;
    char object[] = "Pod/a/b", path[] = "spec", hint[] = "do 100% of it";

    list_init(&list, 0);
    diag_add_as(&list.diags, RCTL_SEVERITY_NOTE, DIAG_SCHEMA_EMPTY, at(0, 4, 2), object, path,
                hint, "value '%d'", 7);
    object[0] = path[0] = hint[0] = '?';
    cr_assert_eq(rctl_diags_get(&list.diags, 0, &diag), RCTL_OK);
    cr_assert_eq(diag.severity, RCTL_SEVERITY_NOTE);
    cr_assert_str_eq(diag.code, "schema.empty");
    cr_assert_str_eq(diag.place.file, "b.yaml");
    cr_assert_eq(diag.place.line, 4);
    cr_assert_eq(diag.place.column, 2);
    cr_assert_str_eq(diag.object, "Pod/a/b");
    cr_assert_str_eq(diag.path, "spec");
    cr_assert_str_eq(diag.hint, "do 100% of it");
    cr_assert_str_eq(diag.message, "value '7'");
    cr_assert_eq(diag.n_related, 0);
    list_done(&list);
}

TEST(diag_diag, three_related_places_at_most)
{
    struct list list;
    struct diag_entry *entry;
    rctl_diag diag;

    list_init(&list, 0);
    entry = diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 1), NULL, NULL, NULL, "m");
    for (uint32_t i = 1; i <= 5; i++)
        diag_related(&list.diags, entry, at(1, i, 1), i == 2 ? "two\n" : "other");
    cr_assert_eq(rctl_diags_get(&list.diags, 0, &diag), RCTL_OK);
    cr_assert_eq(diag.n_related, 3);
    cr_assert_eq(diag.related[2].line, 3);
    cr_assert_str_eq(diag.related[0].file, "a.yaml");
    cr_assert_str_eq(diag.related_messages[1], "two\\x0a");
    list_done(&list);
}

TEST(diag_diag, huge_messages_are_cut_between_characters)
{
    struct list list;
    char *huge = malloc(9001);

    for (size_t i = 0; i < 9000; i += 3)
        memcpy(huge + i, "\xe2\x82\xac", 3);
    huge[9000] = '\0';
    list_init(&list, 0);
    for (int shift = 0; shift < 3; shift++) {
        const char *message, *end;

        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, (uint32_t)shift + 1, 1), NULL, NULL, NULL,
                 "%.*s%s", shift, "ab", huge);
        message = message_of(&list, (size_t)shift);
        end = message + strlen(message) - 6;
        cr_assert_lt(strlen(message), 1024);
        cr_assert_str_eq(end, "\xe2\x82\xac...", "cut %d", shift);
    }
    list_done(&list);
    free(huge);
}

static void add_many(void *arg)
{
    struct list *list = arg;

    diag_init(&list->diags, &list->memory.arena, 0);
    for (uint32_t i = 0; i < 200; i++)
        diag_add(&list->diags, DIAG_SCHEMA_EMPTY, at(0, i, 1), "o", "p", "h", "m\x1b");
    diag_sort(&list->diags);
}

TEST(diag_diag, out_of_memory_is_raised_and_leaves_nothing)
{
    int code = RCTL_E_NOMEM;

    for (size_t n = 1; code != RCTL_OK; n++) {
        struct list list;

        memory_init(&list.memory);
        list.memory.fail_at = n;
        code = base_try(&list.memory.mem.fail, add_many, &list);
        cr_assert(code == RCTL_OK || code == RCTL_E_NOMEM);
        memory_done(&list.memory);
    }
}
