/*
 * base/buf: text that grows, text that leaves through a sink, and the escapes of
 * JSON and XML, which are what keeps a user's value from breaking out.
 */
#include "support/memory.h"

#include <stdio.h>

struct sink_log {
    char text[400000];
    size_t len;
    size_t calls;
    size_t refuse_at;
};

static int log_write(void *ctx, const char *data, size_t len)
{
    struct sink_log *log = ctx;

    if (++log->calls == log->refuse_at)
        return 1;
    cr_assert_leq(log->len + len, sizeof(log->text));
    memcpy(log->text + log->len, data, len);
    log->len += len;
    return 0;
}

TEST(base_buf, grows_and_ends_in_nul)
{
    struct memory m;
    struct base_buf buf;

    memory_init(&m);
    base_buf_init(&buf, &m.arena, NULL);
    for (int i = 0; i < 1000; i++) {
        base_buf_format(&buf, "%d,", i % 10);
        cr_assert_eq(buf.data[buf.len], '\0');
    }
    cr_assert_eq(buf.len, 2000);
    base_buf_fill(&buf, ' ', 5000);
    base_buf_putc(&buf, '!');
    base_buf_add(&buf, NULL, 0);
    cr_assert_eq(buf.len, 7001);
    cr_assert_str_eq(buf.data + 7000, "!");
    memory_done(&m);
}

TEST(base_buf, exact_fit_keeps_room_for_the_nul)
{
    struct memory m;

    memory_init(&m);
    for (size_t n = 250; n < 260; n++) {
        struct base_buf buf;

        base_buf_init(&buf, &m.arena, NULL);
        base_buf_fill(&buf, 'x', n);
        base_buf_puts(&buf, "");
        cr_assert_eq(strlen(buf.data), n);
    }
    memory_done(&m);
}

TEST(base_buf, a_sink_gets_every_byte_in_order)
{
    struct memory m;
    struct base_buf buf;
    struct sink_log *log = calloc(1, sizeof(*log));
    rctl_sink sink = {log_write, log};

    memory_init(&m);
    base_buf_init(&buf, &m.arena, &sink);
    for (int i = 0; i < 60000; i++)
        base_buf_format(&buf, "%05d\n", i);
    base_buf_flush(&buf);
    base_buf_flush(&buf);
    cr_assert_eq(log->len, 360000);
    cr_assert_gt(log->calls, 1, "long output leaves in pieces");
    cr_assert_lt(m.held, 300000, "and needs less memory than its length");
    for (int i = 0; i < 60000; i++) {
        char line[16];

        snprintf(line, sizeof(line), "%05d\n", i);
        cr_assert_eq(memcmp(log->text + 6 * i, line, 6), 0, "line %d", i);
    }
    memory_done(&m);
    free(log);
}

static void write_much(void *arg)
{
    for (int i = 0; i < 20000; i++)
        base_buf_puts(arg, "0123456789");
}

TEST(base_buf, a_sink_that_refuses_ends_the_work)
{
    struct memory m;
    struct base_buf buf;
    struct sink_log *log = calloc(1, sizeof(*log));
    rctl_sink sink = {log_write, log};

    memory_init(&m);
    log->refuse_at = 2;
    base_buf_init(&buf, &m.arena, &sink);
    cr_assert_eq(base_try(&m.mem.fail, write_much, &buf), RCTL_E_SINK);
    cr_assert_eq(log->calls, 2);
    memory_done(&m);
    free(log);
}

TEST(base_buf, json_escapes)
{
    struct memory m;
    const struct {
        const char *text;
        size_t len;
        const char *want;
    } cases[] = {
        {"", 0, "\"\""},
        {"plain", 5, "\"plain\""},
        {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
        {"\n\r\t", 3, "\"\\n\\r\\t\""},
        {"\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\\u007f\""},
        {"caf\xc3\xa9", 5, "\"caf\xc3\xa9\""},
        {"</script>", 9, "\"</script>\""},
    };

    memory_init(&m);
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct base_buf buf;

        base_buf_init(&buf, &m.arena, NULL);
        base_buf_json(&buf, cases[i].text, cases[i].len);
        cr_assert_str_eq(buf.data, cases[i].want, "case %zu: %s", i, buf.data);
    }
    memory_done(&m);
}

TEST(base_buf, xml_escapes)
{
    struct memory m;
    const struct {
        const char *text, *want;
    } cases[] = {
        {"a<b>&\"c\"", "a&lt;b&gt;&amp;&quot;c&quot;"},
        {"1\n2\t3\r", "1&#10;2&#9;3&#13;"},
        {"\x01\x1f", "\xef\xbf\xbd\xef\xbf\xbd"},
        {"caf\xc3\xa9 \xf0\x9f\x98\x80", "caf\xc3\xa9 \xf0\x9f\x98\x80"},
        {"\xef\xbf\xbf.", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd."}, /* U+FFFF, by bytes */
        {"a\xff" "b", "a\xef\xbf\xbd" "b"},                        /* no UTF-8 */
        {"\xed\xa0\x80.", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd."}, /* a surrogate */
        {"cut \xc3", "cut \xef\xbf\xbd"},
    };

    memory_init(&m);
    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct base_buf buf;

        base_buf_init(&buf, &m.arena, NULL);
        base_buf_xml(&buf, cases[i].text, strlen(cases[i].text));
        cr_assert_str_eq(buf.data, cases[i].want, "case %zu: %s", i, buf.data);
    }
    memory_done(&m);
}
