/*
 * Trees for unit tests: one YAML document in, and a tree printed as one line of
 * JSON. Starts on a memory from memory_init().
 */
#ifndef SUPPORT_TREE_H
#define SUPPORT_TREE_H

#include "support/memory.h"
#include "text/text.h"

static inline void tree_keep(void *ctx, const struct text_doc *doc)
{
    const struct text_node **root = ctx;

    *root = doc->root;
}

/* The only document of a text, which must have no fault. */
static inline const struct text_node *tree_parse(struct memory *memory, const char *yaml)
{
    static const char *const files[] = {"test.yaml"};
    const struct text_node *root = NULL;
    struct rctl_diags diags;
    struct text_reader reader = {.arena = &memory->arena,
                                 .keys = text_interner_new(&memory->arena),
                                 .limits = &text_limits_default,
                                 .diags = &diags,
                                 .each = tree_keep,
                                 .ctx = &root};

    diag_init(&diags, &memory->arena, 0);
    diags.files = files;
    diags.n_files = 1;
    /* A text that starts with a brace would be read as JSON. */
    yaml = base_arena_format(&memory->arena, "---\n%s", yaml);
    text_read(&reader, yaml, strlen(yaml));
    cr_assert_eq(diags.n_items, 0, "the YAML of the test has a fault: %s", yaml);
    cr_assert(root, "there is no document in: %s", yaml);
    return root;
}

static inline const char *tree_print(struct memory *memory, const struct text_node *node)
{
    struct base_buf buf;

    base_buf_init(&buf, &memory->arena, NULL);
    text_write_json(node, 0, &buf);
    return buf.data;
}

#endif
