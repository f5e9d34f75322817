/* Lines of the log: one each, whatever is in them. */
#include "io/bytes.h"
#include "io/log.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What was written to standard error since start_log(). */
static int kept, ends[2];

static void start_log(enum log_format format)
{
    log_setup(LOG_LEVEL_INFO, format);
    cr_assert_eq(pipe(ends), 0);
    kept = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
}

static const char *end_log(void)
{
    static char text[4 * LOG_LINE];
    ssize_t n;

    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    n = read(ends[0], text, sizeof(text) - 1);
    close(ends[0]);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

/* Behind the time, which is 24 bytes long. */
static void expect(const char *line, const char *before, const char *after)
{
    size_t n = strlen(before);

    cr_assert_eq(strncmp(line, before, n), 0, "%s", line);
    cr_assert_str_eq(line + n + 24, after);
}

TEST(log, json_escapes_what_could_make_a_second_line)
{
    start_log(LOG_FORMAT_JSON);
    log_event(LOG_LEVEL_WARNING, "a \"b\"", "k", "x\ny\\\x1b[31m\x7f", "gone", (char *)NULL, "u",
              "\xe2\x80\xa8\xe2\x80\xae\xc2\x85\xff\xe2\x82\xac\xed\xa0\x80", NULL);
    expect(end_log(), "{\"time\":\"",
           "\",\"level\":\"warning\",\"message\":\"a \\\"b\\\"\",\"k\":\"x\\u000ay\\\\\\u001b[31m"
           "\\u007f\",\"u\":\"\\u2028\\u202e\\u0085\\ufffd\xe2\x82\xac\\ufffd\\ufffd\\ufffd\"}\n");
}

TEST(log, text_quotes_values)
{
    start_log(LOG_FORMAT_TEXT);
    log_event(LOG_LEVEL_ERROR, "it\nfails", "why", "no = \"x\"", NULL);
    expect(end_log(), "", " error it\\u000afails why=\"no = \\\"x\\\"\"\n");
}

TEST(log, a_level_that_is_not_wanted_is_silent)
{
    start_log(LOG_FORMAT_TEXT);
    log_event(LOG_LEVEL_DEBUG, "x", NULL);
    log_event(LOG_LEVEL_INFO, "y", NULL);
    expect(end_log(), "", " info y\n");
}

TEST(log, a_long_value_is_cut_and_its_line_still_ends)
{
    char *value = bytes_alloc(3 * LOG_LINE);
    const char *line;

    for (size_t n = LOG_LINE - 120; n < LOG_LINE + 20; n++) {
        memset(value, 'x', n);
        start_log(LOG_FORMAT_JSON);
        log_event(LOG_LEVEL_INFO, "m", "a", value, "b", "\n\n\n\n", "c", "d", NULL);
        line = end_log();
        cr_assert_leq(strlen(line), LOG_LINE);
        cr_assert_str_eq(line + strlen(line) - 3, "\"}\n", "%zu", n);
        cr_assert_eq(line + strlen(line) - 1, strchr(line, '\n'));
    }
    free(value);
}
