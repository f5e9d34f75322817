/*
 * diag/sarif: results point at their rules, places are URIs, and only rules that
 * were broken are listed.
 */
#include "unit/diag/list.h"

TEST(diag_sarif, results_point_at_rules)
{
    struct list list;
    struct written written;

    list_init(&list, 0);
    list_fill(&list);
    list_write(&list, RCTL_DIAG_SARIF, NULL, &written);
    cr_assert_not_null(strstr(written.text, "\"version\": \"2.1.0\""));
    cr_assert_not_null(strstr(written.text, "\"columnKind\": \"unicodeCodePoints\""));
    cr_assert_null(strstr(written.text, "schema.unknown-field"), "only rules that are used");
    cr_assert_not_null(strstr(
        written.text,
        "{\"ruleId\": \"schema.bad-choice\", \"ruleIndex\": 0, \"level\": \"error\", "
        "\"message\": {\"text\": \"spec.engine: unknown <engine> 'vlm' "
        "(hint: did you mean 'vllm'?)\"}, "
        "\"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": \"b.yaml\"}, "
        "\"region\": {\"startLine\": 12, \"startColumn\": 5}}, "
        "\"logicalLocations\": [{\"fullyQualifiedName\": \"Pod/default/x\"}]}], "
        "\"relatedLocations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": "
        "\"a.yaml\"}, \"region\": {\"startLine\": 2, \"startColumn\": 4}}, "
        "\"message\": {\"text\": \"first given \\\"here\\\"\"}}]}"));
    cr_assert_not_null(strstr(written.text, "\"uri\": \"odd%2Cname%3A50%25.yaml\""));
    list_done(&list);
}

TEST(diag_sarif, absolute_names_become_file_uris)
{
    static const char *const files[] = {"/tmp/a b\xc3\xbc.yaml"};
    struct list list;
    struct written written;

    list_init(&list, 0);
    list.diags.files = files;
    list.diags.n_files = 1;
    diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, 1, 1), NULL, NULL, NULL, "e");
    cr_assert_not_null(strstr(list_write(&list, RCTL_DIAG_SARIF, NULL, &written),
                              "\"uri\": \"file:///tmp/a%20b%C3%BC.yaml\""));
    list_done(&list);
}

TEST(diag_sarif, a_cut_list_says_so)
{
    struct list list;
    struct written written;

    list_init(&list, 1);
    for (uint32_t i = 1; i <= 3; i++)
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, i, 1), NULL, NULL, NULL, "e");
    cr_assert_not_null(strstr(list_write(&list, RCTL_DIAG_SARIF, NULL, &written),
                              "The list was cut: 2 more errors"));
    list_done(&list);
}
