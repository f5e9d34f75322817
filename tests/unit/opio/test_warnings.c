/* Warning headers: which texts are in them, and how often each is logged. */
#include "io/log.h"
#include "io/warnings.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int kept, ends[2];

static void start_log(void)
{
    log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    cr_assert_eq(pipe(ends), 0);
    kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
}

static const char *end_log(void)
{
    static char text[8 * LOG_LINE];
    ssize_t n;

    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    n = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static unsigned count(const char *text, const char *word)
{
    unsigned n = 0;

    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

TEST(warnings, each_text_is_logged_once)
{
    struct warnings warnings = {0};
    const char *log;

    start_log();
    for (int i = 0; i < 5; i++) {
        warnings_take(&warnings, "299 - \"v1beta1 is deprecated\"");
        warnings_take(&warnings, "299 - \"another\"");
    }
    log = end_log();
    cr_assert_eq(count(log, "warning the API server warns"), 2, "%s", log);
    cr_assert_eq(count(log, "text=\"v1beta1 is deprecated\""), 1, "%s", log);
    cr_assert_eq(warnings.count, 10);
}

TEST(warnings, headers_are_read_as_the_rfc_has_them)
{
    static const struct {
        const char *header, *texts[3];
    } rows[] = {
        {"299 - \"a \\\"b\\\" \\\\ c, d\"", {"text=\"a \\\"b\\\" \\\\ c, d\""}},
        {"299 - \"one\", 299 proxy:80 \"two\"", {"text=\"one\"", "text=\"two\""}},
        {"299 - \"one\" \"Wed, 21 Oct 2026 07:28:00 GMT\", 299 - \"two\"",
         {"text=\"one\"", "text=\"two\""}},
        {"299 - \"not closed", {"text=\"not closed\""}},
        {"299 - \"ends in \\", {"text=\"ends in \\\\\""}},
        {"299 - \"two\x1b[31m\"", {"text=\"two\\u001b[31m\""}},
        {"no quotes", {NULL}},
        {"", {NULL}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct warnings warnings = {0};
        const char *log;
        unsigned n = 0;

        start_log();
        warnings_take(&warnings, rows[i].header);
        log = end_log();
        for (; n < 3 && rows[i].texts[n]; n++)
            cr_assert_eq(count(log, rows[i].texts[n]), 1, "%s: %s", rows[i].header, log);
        cr_assert_eq(count(log, "\n"), n, "%s: %s", rows[i].header, log);
        cr_assert_eq(warnings.count, n);
    }
}

TEST(warnings, a_server_that_always_has_new_ones_cannot_fill_the_memory)
{
    struct warnings *warnings = calloc(1, sizeof(*warnings));
    char header[4 * WARNINGS_TEXT];

    start_log();
    log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    for (unsigned i = 0; i < 3 * WARNINGS_KEPT; i++) {
        snprintf(header, sizeof(header), "299 - \"%u %03000d\"", i, 0);
        warnings_take(warnings, header);
    }
    cr_assert_eq(warnings->logged, 3 * WARNINGS_KEPT);
    warnings_take(warnings, header);
    cr_assert_eq(warnings->logged, 3 * WARNINGS_KEPT, "the newest are known");
    end_log();
    free(warnings);
}
