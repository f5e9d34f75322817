/*
 * JUnit XML for build servers: each file is a test case, and fails when it has an
 * error. Clean files show when the caller names them.
 */
#include "diag/diag.h"

/* One test case: the entries [first, end) of the sorted list, all of one file. */
struct test_case {
    const char *name;
    size_t first, end, n_errors;
};

struct report {
    const struct diag_output *output;
    size_t n_cases, n_failures;
    bool write; /* the first round only counts */
};

static const char *file_of(const struct rctl_diags *diags, size_t index)
{
    const char *file = diags->items[index]->told.place.file;

    return file ? file : "";
}

/* The first entry that does not sort before `file`. */
static size_t find_first(const struct rctl_diags *diags, const char *file)
{
    size_t low = 0, high = diags->n_items;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(file_of(diags, middle), file) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct test_case find_case(const struct rctl_diags *diags, const char *file)
{
    struct test_case found = {.name = file, .first = find_first(diags, file)};

    for (found.end = found.first;
         found.end < diags->n_items && strcmp(file_of(diags, found.end), file) == 0; found.end++)
        found.n_errors += diags->items[found.end]->told.severity == RCTL_SEVERITY_ERROR;
    return found;
}

static void put_xml(struct base_buf *out, const char *text)
{
    const char *safe = diag_escape_text(out->arena, text);

    base_buf_xml(out, safe, strlen(safe));
}

/* One line of a case's text; the file is the name of the case. */
static void write_line(struct base_buf *out, const rctl_diag *diag)
{
    if (diag->place.line && diag->place.column) {
        base_buf_format(out, "%u:%u: ", (unsigned)diag->place.line, (unsigned)diag->place.column);
    } else if (diag->place.line) {
        base_buf_format(out, "%u: ", (unsigned)diag->place.line);
    } else if (diag->object) {
        put_xml(out, diag->object);
        base_buf_puts(out, ": ");
    }
    base_buf_format(out, "%s: ", diag_severity_name(diag->severity));
    if (diag->path && *diag->path) {
        put_xml(out, diag->path);
        base_buf_puts(out, ": ");
    }
    put_xml(out, diag->message);
    base_buf_format(out, " [%s]\n", diag->code);
    if (diag->hint) {
        base_buf_puts(out, "  hint: ");
        put_xml(out, diag->hint);
        base_buf_putc(out, '\n');
    }
}

static void write_lines(struct base_buf *out, const struct rctl_diags *diags,
                        const struct test_case *one, bool errors)
{
    for (size_t i = one->first; i < one->end; i++) {
        const rctl_diag *diag = &diags->items[i]->told;

        if ((diag->severity == RCTL_SEVERITY_ERROR) == errors)
            write_line(out, diag);
    }
}

static void write_failure(struct base_buf *out, const struct rctl_diags *diags,
                          const struct test_case *one)
{
    size_t i = one->first;

    while (diags->items[i]->told.severity != RCTL_SEVERITY_ERROR)
        i++;
    base_buf_format(out, "      <failure type=\"%s\" message=\"%zu error%s\">",
                    diags->items[i]->told.code, one->n_errors, one->n_errors == 1 ? "" : "s");
    write_lines(out, diags, one, /* errors= */ true);
    base_buf_puts(out, "</failure>\n");
}

static void write_case(struct base_buf *out, const struct rctl_diags *diags,
                       const struct test_case *one)
{
    base_buf_puts(out, "    <testcase classname=\"routerctl\" name=\"");
    put_xml(out, *one->name ? one->name : "(no file)");
    base_buf_puts(out, one->first == one->end ? "\"/>\n" : "\">\n");
    if (one->first == one->end)
        return;
    if (one->n_errors)
        write_failure(out, diags, one);
    if (one->n_errors < one->end - one->first) {
        base_buf_puts(out, "      <system-out>");
        write_lines(out, diags, one, /* errors= */ false);
        base_buf_puts(out, "</system-out>\n");
    }
    base_buf_puts(out, "    </testcase>\n");
}

static void visit(struct report *report, const struct test_case *one)
{
    if (report->write)
        write_case(report->output->out, report->output->diags, one);
    report->n_cases++;
    report->n_failures += one->n_errors != 0;
}

static bool was_named(const rctl_diag_format_options *options, const char *file)
{
    for (size_t i = 0; i < options->n_files; i++)
        if (strcmp(options->files[i], file) == 0)
            return true;
    return false;
}

/* A list that was cut must not look like success of the files that it does not show. */
static void visit_dropped(struct report *report)
{
    const struct rctl_diags *diags = report->output->diags;
    struct base_buf text;

    base_buf_init(&text, report->output->out->arena, NULL);
    if (diag_dropped(diags, RCTL_SEVERITY_ERROR) == 0 || !diag_write_dropped(diags, &text))
        return;
    if (report->write)
        base_buf_format(report->output->out,
                        "    <testcase classname=\"routerctl\" name=\"(not shown)\">\n"
                        "      <failure message=\"and %s\"/>\n    </testcase>\n",
                        text.data);
    report->n_cases++;
    report->n_failures++;
}

static struct report visit_all(const struct diag_output *output, bool write)
{
    const struct rctl_diags *diags = output->diags;
    struct report report = {.output = output, .write = write};
    size_t n_seen = 0;

    for (size_t i = 0; i < output->options->n_files; i++) {
        struct test_case one = find_case(diags, output->options->files[i]);

        visit(&report, &one);
        n_seen += one.end - one.first;
    }
    for (size_t i = 0; i < diags->n_items && n_seen < diags->n_items;) {
        struct test_case one = find_case(diags, file_of(diags, i));

        if (!was_named(output->options, one.name)) {
            visit(&report, &one);
            n_seen += one.end - one.first;
        }
        i = one.end;
    }
    visit_dropped(&report);
    return report;
}

void diag_write_junit(const struct diag_output *output)
{
    struct report counted = visit_all(output, /* write= */ false);

    base_buf_format(output->out,
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                    "<testsuites tests=\"%zu\" failures=\"%zu\">\n"
                    "  <testsuite name=\"routerctl\" tests=\"%zu\" failures=\"%zu\" "
                    "errors=\"0\">\n",
                    counted.n_cases, counted.n_failures, counted.n_cases, counted.n_failures);
    visit_all(output, /* write= */ true);
    base_buf_puts(output->out, "  </testsuite>\n</testsuites>\n");
}
