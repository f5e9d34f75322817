/* Reference pages: complete, and safe from what Markdown would make of a text. */
#include "gen/gen.h"
#include "support/memory.h"

static const char *const required[] = {"tensor-parallel-size", NULL};
static const rctl_flag flags[] = {
    {.name = "a", .type = RCTL_FLAG_ENUM, .choices = "x|y", .fallback = "x",
     .traits = RCTL_FLAG_UNSAFE, .note = "Do <this> | that."},
    {.name = "b", .type = RCTL_FLAG_INT, .traits = RCTL_FLAG_MIN | RCTL_FLAG_MAX_OPEN, .min = 1,
     .max = 9, .since = "1.0"},
};
static const rctl_engine_neutral neutral[] = {
    {.key = "quick", .when = "true", .flag = "mode", .value = "fast"}};
static const rctl_engine engine = {
    .name = "first", .title = "First", .image = "i/f:1", .required = required, .flags = flags,
    .n_flags = 2, .neutral = neutral, .n_neutral = 1};

static const char *make(struct memory *memory,
                        void (*page)(const struct kinds_tables *, struct base_buf *))
{
    static const rctl_engine *engines[] = {&engine};
    const struct kinds_tables tables = {.engines = {engines, 1, 1}};
    struct base_buf out;

    base_buf_init(&out, &memory->arena, NULL);
    page(&tables, &out);
    return out.data;
}

/* Every row of a table has as many cells as the table's head. */
static void expect_tables(const char *page)
{
    int columns = 0;

    for (const char *line = page; *line; line += strcspn(line, "\n") + 1) {
        int bars = 0;

        for (const char *c = line; *c && *c != '\n'; c++)
            bars += *c == '|' && (c == line || c[-1] != '\\');
        if (line[0] != '|')
            columns = 0;
        else if (columns == 0)
            columns = bars;
        else
            cr_expect_eq(bars, columns, "%.*s", (int)strcspn(line, "\n"), line);
    }
}

TEST(markdown, text_and_code_are_escaped)
{
    struct memory memory;
    struct base_buf out;

    memory_init(&memory);
    base_buf_init(&out, &memory.arena, NULL);
    gen_md_text(&out, "a|b <c> *d* e_f `g`\nh");
    cr_expect_str_eq(out.data, "a\\|b &lt;c> \\*d\\* e\\_f \\`g\\` h");
    base_buf_init(&out, &memory.arena, NULL);
    gen_md_code(&out, "a|b\nc");
    cr_expect_str_eq(out.data, "`a\\|b c`");
    base_buf_init(&out, &memory.arena, NULL);
    gen_md_code(&out, "a`b");
    cr_expect_str_eq(out.data, "`` a`b ``");
    memory_done(&memory);
}

TEST(markdown, kinds_has_every_kind_and_nested_fields)
{
    struct memory memory;
    const char *page;

    memory_init(&memory);
    page = make(&memory, gen_kinds_md);
    for (size_t i = 0; i < kinds_count; i++)
        cr_expect(strstr(page, base_arena_format(&memory.arena, "## %s (`%s`)",
                                                 kinds_table[i].kind, kinds_table[i].short_name)));
    cr_expect(strstr(page, "| `spec.modelName` | string, model name |"));
    cr_expect(strstr(page, "| `spec.engine` | string: `first` | `vllm` |"));
    cr_expect(strstr(page, "| `spec.routes[].inferenceServiceRef.name` |"));
    cr_expect(strstr(page, "| `spec.podTemplate` | Kubernetes object |"));
    expect_tables(page);
    memory_done(&memory);
}

TEST(markdown, diagnostics_has_every_code_in_order)
{
    struct memory memory;
    const char *page, *last;

    memory_init(&memory);
    page = make(&memory, gen_diagnostics_md);
    for (size_t i = 0; i < DIAG__COUNT; i++)
        cr_expect(strstr(page, base_arena_format(&memory.arena, "### `%s`\n",
                                                 diag_code_name((enum diag_code)i))));
    last = "";
    for (const char *at = page; (at = strstr(at, "### `")) != NULL;) {
        size_t len = strcspn(at += 5, "`");
        const char *name = base_arena_text(&memory.arena, at, len);

        cr_expect_lt(strcmp(last, name), 0, "%s stands after %s", name, last);
        last = name;
    }
    memory_done(&memory);
}

TEST(markdown, engines_has_flags_and_neutral_keys)
{
    struct memory memory;
    const char *page;

    memory_init(&memory);
    page = make(&memory, gen_engines_md);
    cr_expect(strstr(page, "- Required keys of engineConfig: `tensor-parallel-size`\n"));
    cr_expect(strstr(page, "| `a` | one of `x`, `y` | `x` | Needs `allowUnsafeFlags`. "
                           "Do &lt;this> \\| that. |"));
    cr_expect(strstr(page, "| `b` | integer, at least 1, below 9 |  | Since 1.0.  |"));
    cr_expect(strstr(page, "| `quick` = `true` | `--mode` `fast` |"));
    expect_tables(page);
    memory_done(&memory);
}
