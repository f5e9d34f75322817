/*
 * diag/json: every member is always there, and the summary counts beyond the cap.
 */
#include "unit/diag/list.h"

TEST(diag_json, every_member_is_there)
{
    struct list list;
    struct written written;

    list_init(&list, 0);
    list_fill(&list);
    cr_assert_str_eq(
        list_write(&list, RCTL_DIAG_JSON, NULL, &written),
        "{\n  \"diagnostics\": [\n"
        "    {\"severity\": \"error\", \"code\": \"schema.empty\", \"file\": null, \"line\": null, "
        "\"column\": null, \"object\": \"Pod/default/chat\", \"path\": null, "
        "\"message\": \"nothing is here\", \"hint\": null, \"related\": []},\n"
        "    {\"severity\": \"warning\", \"code\": \"schema.octal\", \"file\": \"a.yaml\", "
        "\"line\": 3, \"column\": null, \"object\": null, \"path\": \"spec.replicas\", "
        "\"message\": \"'010' is 8\", \"hint\": null, \"related\": []},\n"
        "    {\"severity\": \"error\", \"code\": \"schema.bad-choice\", \"file\": \"b.yaml\", "
        "\"line\": 12, \"column\": 5, \"object\": \"Pod/default/x\", \"path\": \"spec.engine\", "
        "\"message\": \"unknown <engine> 'vlm'\", \"hint\": \"did you mean 'vllm'?\", "
        "\"related\": [{\"file\": \"a.yaml\", \"line\": 2, \"column\": 4, "
        "\"message\": \"first given \\\"here\\\"\"}]},\n"
        "    {\"severity\": \"note\", \"code\": \"schema.octal\", "
        "\"file\": \"odd,name:50%.yaml\", \"line\": null, \"column\": null, \"object\": null, "
        "\"path\": \"\", \"message\": \"100% fine, really: yes\", \"hint\": null, "
        "\"related\": []}\n"
        "  ],\n  \"summary\": {\"errors\": 2, \"warnings\": 1, \"notes\": 1}\n}\n");
    list_done(&list);
}

TEST(diag_json, an_empty_list_is_an_object_too)
{
    struct list list;
    struct written written;

    list_init(&list, 0);
    cr_assert_str_eq(list_write(&list, RCTL_DIAG_JSON, NULL, &written),
                     "{\n  \"diagnostics\": [],\n"
                     "  \"summary\": {\"errors\": 0, \"warnings\": 0, \"notes\": 0}\n}\n");
    list_done(&list);
}

TEST(diag_json, the_summary_counts_what_was_dropped)
{
    struct list list;
    struct written written;

    list_init(&list, 1);
    for (uint32_t i = 1; i <= 4; i++)
        diag_add(&list.diags, DIAG_SCHEMA_EMPTY, at(0, i, 0), NULL, NULL, NULL, "e");
    diag_sort(&list.diags);
    cr_assert_not_null(strstr(list_write(&list, RCTL_DIAG_JSON, NULL, &written),
                              "\"errors\": 4,"));
    list_done(&list);
}
