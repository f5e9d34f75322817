/*
 * The public calls over a list: arguments are checked, a refusing sink and a lack of
 * memory come back as codes, and a failed call leaves nothing behind.
 */
#include "unit/diag/list.h"

static int refuse(void *ctx, const char *data, size_t len)
{
    (void)ctx;
    (void)data;
    return len > 0;
}

TEST(diag_write, arguments_are_checked)
{
    static const char *const hole[] = {"a", NULL};
    struct list list;
    struct written written;
    rctl_sink sink = {written_add, &written}, none = {NULL, NULL};
    rctl_diag_format_options unset = {.size = 0};
    rctl_diag_format_options no_files = {.size = sizeof(no_files), .n_files = 1};
    rctl_diag_format_options holed = {.size = sizeof(holed), .files = hole, .n_files = 2};
    rctl_diag diag;
    rctl_diag_format format = RCTL_DIAG_TEXT;

    list_init(&list, 0);
    cr_assert_eq(rctl_diags_write(NULL, RCTL_DIAG_TEXT, NULL, &sink), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_diags_write(&list.diags, format, NULL, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_diags_write(&list.diags, format, NULL, &none), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_diags_write(&list.diags, format, &unset, &sink), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_diags_write(&list.diags, format, &no_files, &sink), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_diags_write(&list.diags, format, &holed, &sink), RCTL_E_INVALID_ARG);
    format = RCTL_DIAG_FORMAT__COUNT;
    cr_assert_eq(rctl_diags_write(&list.diags, format, NULL, &sink), RCTL_E_UNSUPPORTED);
    cr_assert_eq(rctl_diags_get(NULL, 0, &diag), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_diags_get(&list.diags, 0, NULL), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_diags_get(&list.diags, 0, &diag), RCTL_E_NOT_FOUND);
    cr_assert_eq(rctl_diags_count(NULL), 0);
    cr_assert_eq(rctl_diags_total(NULL, RCTL_SEVERITY_ERROR), 0);
    cr_assert_eq(rctl_diags_total(&list.diags, RCTL_SEVERITY__COUNT), 0);
    list_done(&list);
}

TEST(diag_write, a_sink_that_refuses_ends_the_call)
{
    struct list list;
    rctl_sink sink = {refuse, NULL};

    list_init(&list, 0);
    list_fill(&list);
    for (rctl_diag_format format = RCTL_DIAG_TEXT; format < RCTL_DIAG_FORMAT__COUNT; format++)
        cr_assert_eq(rctl_diags_write(&list.diags, format, NULL, &sink), RCTL_E_SINK);
    list_done(&list);
}

TEST(diag_write, out_of_memory_is_a_code)
{
    struct list list;
    struct written written;
    rctl_sink sink = {written_add, &written};

    list_init(&list, 0);
    list_fill(&list);
    for (rctl_diag_format format = RCTL_DIAG_TEXT; format < RCTL_DIAG_FORMAT__COUNT; format++) {
        size_t held = list.memory.held, n = 0;
        int code;

        do {
            written.len = 0;
            list.memory.fail_at = list.memory.calls + ++n;
            code = rctl_diags_write(&list.diags, format, NULL, &sink);
            cr_assert(code == RCTL_OK || code == RCTL_E_NOMEM);
            cr_assert_eq(list.memory.held, held);
        } while (code != RCTL_OK);
        cr_assert_gt(n, 1, "writing needs memory");
    }
    list_done(&list);
}
