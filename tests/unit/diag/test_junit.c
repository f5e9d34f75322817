/*
 * diag/junit: each file is one test case, clean ones too, and a list that was cut
 * never looks like success.
 */
#include "unit/diag/list.h"

TEST(diag_junit, files_are_cases_and_errors_fail_them)
{
    static const char *const files[] = {"a.yaml", "b.yaml", "clean <&>.yaml"};
    rctl_diag_format_options options = {.size = sizeof(options), .files = files, .n_files = 3};
    struct list list;
    struct written written;

    list_init(&list, 0);
    list_fill(&list);
    cr_assert_str_eq(
        list_write(&list, RCTL_DIAG_JUNIT, &options, &written),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites tests=\"5\" failures=\"2\">\n"
        "  <testsuite name=\"routerctl\" tests=\"5\" failures=\"2\" errors=\"0\">\n"
        "    <testcase classname=\"routerctl\" name=\"a.yaml\">\n"
        "      <system-out>3: warning: spec.replicas: '010' is 8 [schema.octal]\n"
        "</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"routerctl\" name=\"b.yaml\">\n"
        "      <failure type=\"schema.bad-choice\" message=\"1 error\">12:5: error: spec.engine: "
        "unknown &lt;engine&gt; 'vlm' [schema.bad-choice]\n"
        "  hint: did you mean 'vllm'?\n"
        "</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"routerctl\" name=\"clean &lt;&amp;&gt;.yaml\"/>\n"
        "    <testcase classname=\"routerctl\" name=\"(no file)\">\n"
        "      <failure type=\"schema.empty\" message=\"1 error\">Pod/default/chat: error: nothing "
        "is here [schema.empty]\n"
        "</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"routerctl\" name=\"odd,name:50%.yaml\">\n"
        "      <system-out>note: 100% fine, really: yes [schema.octal]\n"
        "</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n</testsuites>\n");
    list_done(&list);
}

TEST(diag_junit, a_cut_list_fails)
{
    struct list list;
    struct written written;

    list_init(&list, 1);
    for (uint32_t i = 0; i < 3; i++)
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(i, 1, 1), NULL, NULL, NULL, "e");
    diag_sort(&list.diags);
    list_write(&list, RCTL_DIAG_JUNIT, NULL, &written);
    cr_assert_not_null(strstr(written.text, "<testsuites tests=\"2\" failures=\"2\">"));
    cr_assert_not_null(strstr(written.text, "<failure message=\"and 2 more errors\"/>"));
    list_done(&list);
}
