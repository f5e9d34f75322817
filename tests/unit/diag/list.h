/*
 * What the tests of lib/diag share: a list in counted memory with three files, and
 * the output of a format as one string.
 */
#ifndef UNIT_DIAG_LIST_H
#define UNIT_DIAG_LIST_H

#include "diag/diag.h"
#include "support/memory.h"

struct list {
    struct memory memory;
    struct rctl_diags diags;
};

static const char *const list_files[] = {"b.yaml", "a.yaml", "odd,name:50%.yaml"};

static inline struct diag_mark at(uint32_t file, uint32_t line, uint32_t column)
{
    return (struct diag_mark){.file = file, .line = line, .column = column};
}

static inline void list_init(struct list *list, size_t cap)
{
    memory_init(&list->memory);
    diag_init(&list->diags, &list->memory.arena, cap);
    list->diags.files = list_files;
    list->diags.n_files = BASE_COUNT(list_files);
}

/* An error, a warning and a note with all that an entry can have. */
static inline void list_fill(struct list *list)
{
    struct diag_entry *entry;

    diag_add_as(&list->diags, RCTL_SEVERITY_WARNING, DIAG_SCHEMA_OCTAL, at(1, 3, 0), NULL,
                "spec.replicas", NULL, "'010' is 8");
    entry = diag_add(&list->diags, DIAG_SCHEMA_BAD_CHOICE, at(0, 12, 5), "Pod/default/x",
                     "spec.engine", "did you mean 'vllm'?", "unknown <engine> '%s'", "vlm");
    diag_related(&list->diags, entry, at(1, 2, 4), "first given \"here\"");
    diag_add(&list->diags, DIAG_SCHEMA_EMPTY, at(DIAG_NO_FILE, 0, 0), "Pod/default/chat", NULL,
             NULL, "nothing is here");
    diag_add_as(&list->diags, RCTL_SEVERITY_NOTE, DIAG_SCHEMA_OCTAL, at(2, 0, 0), NULL, "", NULL,
                "100%% fine, really: yes");
    diag_sort(&list->diags);
}

static inline void list_done(struct list *list)
{
    memory_done(&list->memory);
}

struct written {
    char text[16384];
    size_t len;
};

static inline int written_add(void *ctx, const char *data, size_t len)
{
    struct written *written = ctx;

    cr_assert_lt(written->len + len, sizeof(written->text));
    memcpy(written->text + written->len, data, len);
    written->len += len;
    written->text[written->len] = '\0';
    return 0;
}

static inline const char *list_write(const struct list *list, rctl_diag_format format,
                                     const rctl_diag_format_options *options,
                                     struct written *written)
{
    rctl_sink sink = {written_add, written};

    written->len = 0;
    written->text[0] = '\0';
    cr_assert_eq(rctl_diags_write(&list->diags, format, options, &sink), RCTL_OK);
    return written->text;
}

#endif
