/*
 * Reading in tests: what a file gives, as two lines that a table can hold. `docs`
 * is each document as JSON, "-" for a broken one; `faults` is each diagnostic as
 * "code line:column", in order, with the related place behind it.
 */
#ifndef UNIT_TEXT_READING_H
#define UNIT_TEXT_READING_H

#include "support/memory.h"
#include "text/text.h"

enum { READING_ROOTS = 16 };

struct reading {
    struct memory memory;
    struct rctl_diags diags;
    struct text_limits limits;
    const struct text_node *roots[READING_ROOTS];
    struct text_mark marks[READING_ROOTS];
    size_t n_roots;
    const char *data;
    size_t len;
    const char *docs, *faults;
};

static inline void reading_init(struct reading *reading)
{
    memset(reading, 0, sizeof(*reading));
    memory_init(&reading->memory);
    reading->limits = text_limits_default;
}

static inline void reading_done(struct reading *reading)
{
    memory_done(&reading->memory);
}

static inline void reading_each(void *ctx, const struct text_doc *doc)
{
    struct reading *reading = ctx;

    if (reading->n_roots == READING_ROOTS)
        return;
    reading->marks[reading->n_roots] = doc->mark;
    reading->roots[reading->n_roots++] = doc->root;
}

static inline void reading_tell(struct reading *reading)
{
    static const char *const files[] = {"in.yaml"};
    struct base_buf docs, faults;

    reading->diags.files = files;
    base_buf_init(&docs, &reading->memory.arena, NULL);
    base_buf_init(&faults, &reading->memory.arena, NULL);
    base_buf_puts(&docs, "");
    base_buf_puts(&faults, "");
    for (size_t i = 0; i < reading->n_roots; i++) {
        if (i)
            base_buf_putc(&docs, ' ');
        if (reading->roots[i])
            text_write_json(reading->roots[i], 0, &docs);
        else
            base_buf_putc(&docs, '-');
    }
    for (size_t i = 0; i < rctl_diags_count(&reading->diags); i++) {
        rctl_diag diag;

        cr_assert_eq(rctl_diags_get(&reading->diags, i, &diag), RCTL_OK);
        base_buf_format(&faults, "%s%s %u:%u", i ? ", " : "", diag.code,
                        (unsigned)diag.place.line, (unsigned)diag.place.column);
        if (diag.n_related)
            base_buf_format(&faults, " (%u:%u)", (unsigned)diag.related[0].line,
                            (unsigned)diag.related[0].column);
    }
    reading->docs = docs.data;
    reading->faults = faults.data;
}

static inline void reading_body(void *arg)
{
    struct reading *reading = arg;
    struct text_reader reader = {&reading->memory.arena,
                                 text_interner_new(&reading->memory.arena),
                                 &reading->limits,
                                 &reading->diags,
                                 0,
                                 reading_each,
                                 reading};

    reading->n_roots = 0;
    diag_init(&reading->diags, &reading->memory.arena, 0);
    text_read(&reader, reading->data, reading->len);
    reading_tell(reading);
}

static inline int reading_try(struct reading *reading, const char *data, size_t len)
{
    reading->data = data;
    reading->len = len;
    return base_try(&reading->memory.mem.fail, reading_body, reading);
}

static inline void reading_run(struct reading *reading, const char *data, size_t len)
{
    cr_assert_eq(reading_try(reading, data, len), RCTL_OK);
}

/* One row of a table of files. `len` 0 means a plain C string. */
struct reading_case {
    const char *text, *docs, *faults;
    size_t len;
};

static inline void reading_check(const struct reading_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct reading reading;
        size_t len = cases[i].len ? cases[i].len : strlen(cases[i].text);

        reading_init(&reading);
        reading_run(&reading, cases[i].text, len);
        cr_expect_str_eq(reading.docs, cases[i].docs, "documents of: %s\n  are    %s\n  should %s",
                         cases[i].text, reading.docs, cases[i].docs);
        cr_expect_str_eq(reading.faults, cases[i].faults, "faults of: %s\n  are    %s\n  should %s",
                         cases[i].text, reading.faults, cases[i].faults);
        reading_done(&reading);
    }
}

#endif
