/*
 * diag/github: one command a line, whatever the values hold.
 */
#include "unit/diag/list.h"

TEST(diag_github, commands_and_their_escapes)
{
    struct list list;
    struct written written;

    list_init(&list, 0);
    list_fill(&list);
    cr_assert_str_eq(
        list_write(&list, RCTL_DIAG_GITHUB, NULL, &written),
        "::error title=schema.empty::Pod/default/chat: nothing is here\n"
        "::warning file=a.yaml,line=3,title=schema.octal::spec.replicas: '010' is 8\n"
        "::error file=b.yaml,line=12,col=5,title=schema.bad-choice::spec.engine: "
        "unknown <engine> 'vlm'%0Ahint: did you mean 'vllm'?\n"
        "::notice file=odd%2Cname%3A50%25.yaml,title=schema.octal::100%25 fine, really: yes\n");
    list_done(&list);
}

TEST(diag_github, a_value_cannot_start_a_command)
{
    struct list list;
    struct written written;

    list_init(&list, 0);
    diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 1), NULL, NULL, NULL,
             "x\n::set-env name=a::");
    cr_assert_str_eq(list_write(&list, RCTL_DIAG_GITHUB, NULL, &written),
                     "::error file=b.yaml,line=1,col=1,title=schema.empty::x\\x0a::set-env "
                     "name=a::\n");
    list_done(&list);
}

TEST(diag_github, what_was_dropped_is_a_command)
{
    struct list list;
    struct written written;

    list_init(&list, 1);
    for (uint32_t i = 1; i <= 2; i++)
        diag_add(&list.diags, DIAG_SCHEMA_OCTAL, at(0, i, 0), NULL, NULL, NULL, "w");
    cr_assert_not_null(strstr(list_write(&list, RCTL_DIAG_GITHUB, NULL, &written),
                              "\n::warning ::and 1 more warning\n"));
    list_done(&list);
}
