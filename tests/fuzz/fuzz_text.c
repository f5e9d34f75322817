/*
 * Reads any bytes as a file of YAML, JSON or gzip. Whatever comes out must be
 * writable in both syntaxes, read back as an equal tree, and be written again as
 * the same bytes; anything else is a fault of the writers or the reader.
 */
#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_DOCS = 64 };

struct docs {
    const struct text_node *roots[MOST_DOCS];
    size_t n;
};

struct session {
    struct base_mem *mem;
    struct base_arena arena;
    struct text_interner *keys;
    const char *data;
    size_t len;
};

static const struct text_limits limits = {
    .bytes = 1 << 20, .depth = 32, .nodes = 20000, .expansions = 2000, .string = 1 << 16};

/* What comes back may be longer, since escapes are, and deeper by nothing. */
static const struct text_limits generous = {
    .bytes = 1 << 26, .depth = 32, .nodes = 40000, .expansions = 0, .string = 1 << 16};

static void collect(void *ctx, const struct text_doc *doc)
{
    struct docs *docs = ctx;

    if (doc->root && docs->n < MOST_DOCS)
        docs->roots[docs->n++] = doc->root;
}

static size_t read_text(struct session *session, const struct text_limits *under,
                        const char *data, size_t len, struct docs *docs)
{
    struct rctl_diags diags;
    struct text_reader reader = {&session->arena, session->keys, under, &diags, 0, collect, docs};

    diag_init(&diags, &session->arena, 0);
    text_read(&reader, data, len);
    return diags.totals[RCTL_SEVERITY_ERROR];
}

static void fail(const char *what, const struct base_buf *text)
{
    fprintf(stderr, "%s:\n%s\n", what, text->data);
    abort();
}

static void check(struct session *session, const struct text_node *root, bool json)
{
    struct base_buf first, second;
    struct docs docs = {.n = 0};

    base_buf_init(&first, &session->arena, NULL);
    base_buf_init(&second, &session->arena, NULL);
    if (json)
        text_write_json(root, 2, &first);
    else
        text_write_yaml(root, NULL, &first);
    if (read_text(session, &generous, first.data, first.len, &docs) || docs.n != 1)
        fail("what was written cannot be read", &first);
    if (!text_equal(root, docs.roots[0]))
        fail("what was written reads as another tree", &first);
    if (json)
        text_write_json(docs.roots[0], 2, &second);
    else
        text_write_yaml(docs.roots[0], NULL, &second);
    if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
        fail("the second writing differs", &first);
}

static void run(void *arg)
{
    struct session *session = arg;
    struct docs docs = {.n = 0};

    session->keys = text_interner_new(&session->arena);
    read_text(session, &limits, session->data, session->len, &docs);
    for (size_t i = 0; i < docs.n; i++) {
        check(session, docs.roots[i], false);
        if (docs.roots[i]->type == TEXT_MAP)
            check(session, docs.roots[i], true);
    }
}

static void unpack(void *arg)
{
    struct session *session = arg;
    struct rctl_diags diags;
    char *data;
    size_t len, room;

    diag_init(&diags, &session->arena, 0);
    if (!text_gunzip(session->mem, session->data, session->len, limits.bytes, &diags, 0, &data,
                     &len, &room)) {
        if (diags.totals[RCTL_SEVERITY_ERROR] == 0)
            abort();
        return;
    }
    session->data = data;
    session->len = len;
    run(session);
    base_mem_free(session->mem, data, room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct base_mem mem;
    struct session session = {.mem = &mem, .data = (const char *)data, .len = size};

    base_mem_init(&mem, NULL);
    base_arena_init(&session.arena, &mem);
    if (base_try(&mem.fail, text_is_gzip(session.data, size) ? unpack : run, &session))
        abort();
    base_arena_done(&session.arena);
    return 0;
}
