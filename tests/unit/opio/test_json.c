/* Pages of lists, streams of events, objects and Status objects of an API server. */
#include "io/bytes.h"
#include "io/json.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OURS "production-stack.vllm.ai/v1alpha1"
#define NO_OBJECT "malformed: it is not the JSON of an object\n"

/* What a reader was told, as lines. */
static void put_object(void *ctx, const struct object *object)
{
    struct bytes *out = ctx;
    const struct object_meta *meta = &object->meta;

    bytes_format(out, "%s %s %s/%s uid=%s rv=%s gen=%d by=%s%s", meta->api_version, meta->kind,
                 meta->ns, meta->name, meta->uid, meta->rv, (int)meta->generation,
                 meta->managed_by, meta->deleting ? " deleting" : "");
    for (size_t i = 0; i < meta->n_labels; i++)
        bytes_format(out, " %s=%s", meta->labels[i].name, meta->labels[i].value);
    for (size_t i = 0; i < meta->n_owners; i++)
        bytes_format(out, " owner=%s,%s,%s,%s,%d", meta->owners[i].api_version,
                     meta->owners[i].kind, meta->owners[i].name, meta->owners[i].uid,
                     meta->owners[i].controller);
    for (size_t i = 0; i < meta->n_conditions; i++)
        bytes_format(out, " %s=%s", meta->conditions[i].type, meta->conditions[i].status);
    bytes_add_text(out, "\n");
}

static void put_bytes(void *ctx, const struct object *object)
{
    cr_assert_eq(strlen(object->bytes), object->n);
    bytes_format(ctx, "%s\n", object->bytes);
}

static void put_malformed(void *ctx, const char *why)
{
    bytes_format(ctx, "malformed: %s\n", why);
}

static void put_event(void *ctx, enum json_event type, const struct object *object)
{
    bytes_format(ctx, "%d ", (int)type);
    put_object(ctx, object);
}

static void put_event_bytes(void *ctx, enum json_event type, const struct object *object)
{
    (void)type;
    put_bytes(ctx, object);
}

static void put_error(void *ctx, const struct answer *answer, const char *message)
{
    bytes_format(ctx, "error %d %d %d %s\n", answer->status, (int)answer->reason,
                 (int)(answer->retry_after / CORE_SECOND), message);
}

/* Reads a page in pieces of `step` bytes; the outcome as lines. */
static void read_page(const char *kind, const char *page, size_t n, size_t step,
                      struct bytes *out)
{
    struct json_calls calls = {put_object, put_malformed, out};
    struct json_list *list = json_list_new(kind ? "v1" : NULL, kind, &calls);
    const char *rv, *token;
    bool fine = true;

    bytes_clear(out);
    for (size_t at = 0; at < n && fine; at += step)
        fine = json_list_feed(list, page + at, n - at < step ? n - at : step);
    if (json_list_end(list, &rv, &token))
        bytes_format(out, "end rv=%s continue=%s\n", rv, token);
    else
        bytes_format(out, "why: %s\n", json_list_why(list));
    json_list_free(list);
}

static void check_page(const char *kind, const char *page, const char *expected)
{
    struct bytes out = {0};
    size_t n = strlen(page);

    for (size_t step = 1; step <= n; step++) {
        read_page(kind, page, n, step, &out);
        cr_assert_str_eq(out.data, expected, "in pieces of %zu: %s", step, out.data);
    }
    bytes_done(&out);
}

TEST(json, a_page_is_the_same_however_it_is_cut)
{
    check_page(NULL,
               "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":"
               "\"10\",\"continue\":\"t\\u0041\\\"\"},\"items\":[{\"metadata\":{\"name\":\"a]}\\\""
               "{\",\"namespace\":\"n\",\"uid\":\"u\",\"resourceVersion\":\"9\",\"generation\":3,"
               "\"labels\":{\"app.kubernetes.io/managed-by\":\"rctl\",\"x\":\"y\"}},\"spec\":"
               "[[{}]]} ,\n {\"apiVersion\":\"w\",\"kind\":\"K\",\"metadata\":{\"name\":\"b\","
               "\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",\"ownerReferences\":[{\"apiVersion\""
               ":\"g/v1\",\"kind\":\"O\",\"name\":\"o\",\"uid\":\"1\",\"controller\":true},{}]}}]}"
               "\n",
               "v1 Pod n/a]}\"{ uid=u rv=9 gen=3 by=rctl app.kubernetes.io/managed-by=rctl x=y\n"
               "w K /b uid= rv= gen=0 by= deleting owner=g/v1,O,o,1,1 owner=,,,,0\n"
               "end rv=10 continue=tA\"\n");
}

TEST(json, lists_of_custom_resources_have_their_kind_behind_their_items)
{
    check_page("Foo",
               "{\"apiVersion\":\"v1\",\"items\":[{\"metadata\":{\"name\":\"a\"}}],\"kind\":"
               "\"FooList\",\"metadata\":{\"resourceVersion\":\"7\"}}",
               "v1 Foo /a uid= rv= gen=0 by=\nend rv=7 continue=\n");
    check_page(NULL, "{\"items\":[{\"metadata\":{\"name\":\"a\"}}],\"kind\":\"FooList\"}",
               "malformed: it has no kind or apiVersion\nend rv= continue=\n");
}

TEST(json, an_empty_list_may_be_null)
{
    check_page(NULL,
               "{\"kind\":\"PodList\",\"items\":null,\"metadata\":{\"resourceVersion\":\"1\"}}",
               "end rv=1 continue=\n");
    check_page(NULL, "{\"items\" : [ ] }", "end rv= continue=\n");
}

TEST(json, an_item_that_is_wrong_does_not_stop_the_others)
{
    check_page("Pod",
               "{\"items\":[1,\"x\",null,{},{\"metadata\":[]},{\"metadata\":{\"name\":\"\"}},"
               "{\"metadata\":{\"name\":\"a\\u0000b\"}},{\"metadata\":{\"name\":5}},"
               "{\"metadata\":{\"name\":\"a\",\"labels\":{\"x\":1}}},{\"a\" 1},"
               "{\"metadata\":{\"name\":\"z\"}}]}",
               NO_OBJECT NO_OBJECT NO_OBJECT
               "malformed: its metadata cannot be read\nmalformed: its metadata cannot be read\n"
               "malformed: it has no name\n"
               "malformed: its metadata cannot be read\nmalformed: its metadata cannot be read\n"
               "malformed: its metadata cannot be read\n" NO_OBJECT
               "v1 Pod /z uid= rv= gen=0 by=\nend rv= continue=\n");
}

TEST(json, what_is_no_list_is_told)
{
    static const char *const rows[][2] = {
        {"", "why: page: it is cut off\n"},
        {"{", "why: page: it is cut off\n"},
        {"{\"items\":[", "why: page: it is cut off\n"},
        {"{\"items\":[]", "why: page: it is cut off\n"},
        {"{}", "why: page: it has no items\n"},
        {"[]", "why: page: it is not the JSON of a list\n"},
        {"<html>", "why: page: it is not the JSON of a list\n"},
        {"{\"items\":[]} x", "why: page: it is not the JSON of a list\n"},
        {"{\"items\":[,]}", "why: page: it is not the JSON of a list\n"},
        {"{\"x\":,}", "why: page: it is not the JSON of a list\n"},
        {"{\"items\":[],\"items\":[]}", "why: page: it is not the JSON of a list\n"},
        {"{\"kind\":\"Status\",\"items\":[]}", "why: kind: it is no list\n"},
        {"{\"kind\":3,\"items\":[]}", "why: kind: it is no list\n"},
        {"{\"metadata\":{\"continue\":3},\"items\":[]}", "why: metadata: it cannot be read\n"},
        {"{\"metadata\":{a},\"items\":[]}",
         "why: metadata: quoted object property name expected\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_page("Pod", rows[i][0], rows[i][1]);
}

TEST(json, an_item_that_is_too_long_or_too_deep_is_skipped)
{
    struct bytes page = {0}, out = {0};

    bytes_add_text(&page, "{\"items\":[\"");
    for (int i = 0; i <= JSON_OBJECT / 1024; i++)
        bytes_format(&page, "%01024d", 0);
    bytes_add_text(&page, "\",");
    for (int i = 0; i < 1000000; i++)
        bytes_add_text(&page, "[");
    for (int i = 0; i < 1000000; i++)
        bytes_add_text(&page, "]");
    bytes_add_text(&page, ",{\"metadata\":{\"name\":\"z\"}}]}");
    read_page("Pod", page.data, page.n, 16384, &out);
    cr_assert_str_eq(out.data, "malformed: it is too long\n" NO_OBJECT
                               "v1 Pod /z uid= rv= gen=0 by=\nend rv= continue=\n");
    bytes_done(&page);
    bytes_done(&out);
}

static void check_stream(const char *lines, size_t n, const char *expected)
{
    struct bytes out = {0};
    struct json_stream_calls calls = {put_event, put_error, put_malformed, &out};

    for (size_t step = 1; step <= n; step++) {
        struct json_stream *stream = json_stream_new(&calls);

        bytes_clear(&out);
        for (size_t at = 0; at < n; at += step)
            cr_assert(json_stream_feed(stream, lines + at, n - at < step ? n - at : step));
        cr_assert_str_eq(out.data ? out.data : "", expected, "in pieces of %zu: %s", step,
                         out.data);
        json_stream_free(stream);
    }
    bytes_done(&out);
}

#define EVENT(type, meta)                                                                          \
    "{\"type\":\"" type "\",\"object\":{\"kind\":\"K\",\"apiVersion\":\"v\",\"metadata\":" meta    \
    "}}\n"

TEST(json, a_stream_is_the_same_however_it_is_cut)
{
    static const char lines[] = EVENT("ADDED", "{\"name\":\"\xe2\x82\xac\\n\"}")
        EVENT("MODIFIED", "{\"name\":\"b\"}") "\r\n" EVENT("DELETED", "{\"name\":\"c\"}")
            EVENT("BOOKMARK", "{\"resourceVersion\":\"12\"}") "{\"type\":\"ADD";

    check_stream(lines, sizeof(lines) - 1,
                 "0 v K /\xe2\x82\xac\n uid= rv= gen=0 by=\n1 v K /b uid= rv= gen=0 by=\n"
                 "2 v K /c uid= rv= gen=0 by=\n3 v K / uid= rv=12 gen=0 by=\n");
}

TEST(json, an_event_that_is_wrong_does_not_stop_the_others)
{
    static const char lines[] = "{}\n[]\nnull\nx\n{\"type\":\"ADDED\"}\n" EVENT("OTHER", "{}")
        EVENT("ADDED", "{}") "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Table\"}}\n{} {}\n"
        "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"old\","
        "\"details\":{\"retryAfterSeconds\":7}}}\n{\"type\":\"ERROR\",\"object\":{}}\n{\0}\n"
        EVENT("ADDED", "{\"name\":\"z\"}");

    check_stream(lines, sizeof(lines) - 1,
                 "malformed: it has no type or object\n" NO_OBJECT NO_OBJECT NO_OBJECT
                 "malformed: it has no type or object\nmalformed: its type is unknown\n"
                 "malformed: it has no name\nmalformed: its metadata cannot be read\n"
                 NO_OBJECT "error 410 0 7 old\nerror 500 1 0 \n" NO_OBJECT
                 "0 v K /z uid= rv= gen=0 by=\n");
}

TEST(json, a_line_that_is_too_long_ends_the_stream)
{
    struct bytes out = {0};
    struct json_stream_calls calls = {put_event, put_error, put_malformed, &out};
    struct json_stream *stream = json_stream_new(&calls);
    char *megabyte = bytes_alloc(1024 * 1024);
    int n = 0;

    memset(megabyte, ' ', 1024 * 1024);
    while (n < 100 && json_stream_feed(stream, megabyte, 1024 * 1024))
        n++;
    cr_assert_eq(n, JSON_OBJECT / 1024 / 1024);
    free(megabyte);
    json_stream_free(stream);
}

TEST(json, conditions_are_told_as_far_as_they_are_some)
{
    struct bytes out = {0};
    struct json_calls calls = {put_object, put_malformed, &out};
    static const char text[] =
        "{\"apiVersion\":\"" OURS "\",\"kind\":\"K\",\"metadata\":{\"name\":\"a\"},\"status\":{"
        "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"},{\"type\":1},7,null,"
        "{\"type\":\"Odd\"},{\"type\":\"Last\",\"status\":\"Unknown\"}]}}";
    static const char odd[] = "{\"apiVersion\":\"" OURS "\",\"kind\":\"K\",\"metadata\":{\"name\":"
                              "\"a\"},\"status\":{\"conditions\":{\"Ready\":true}}}";
    static const char others[] = "{\"apiVersion\":\"v1\",\"kind\":\"K\",\"metadata\":{\"name\":\"a\"},"
                                 "\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}";

    json_read_object(text, sizeof(text) - 1, &calls);
    json_read_object(odd, sizeof(odd) - 1, &calls);
    json_read_object(others, sizeof(others) - 1, &calls);
    cr_assert_str_eq(out.data, OURS " K /a uid= rv= gen=0 by= Ready=True Odd= Last=Unknown\n"
                               OURS " K /a uid= rv= gen=0 by=\n"
                               "v1 K /a uid= rv= gen=0 by=\n");
    bytes_done(&out);
}

TEST(json, an_object_keeps_its_numbers_and_loses_its_managed_fields)
{
    struct bytes out = {0};
    struct json_calls calls = {put_bytes, put_malformed, &out};
    static const char text[] =
        "{\"apiVersion\":\"v1\",\"kind\":\"K\",\"metadata\":{\"name\":\"a/b\",\"managedFields\":"
        "[{\"x\":1}],\"uid\":\"\"},\"spec\":{\"a\":0.10,\"b\":9223372036854775807,\"c\":1e3,"
        "\"d\":[true,null,\"\\u00e9\\u0001\"]}}\n";

    json_read_object(text, sizeof(text) - 1, &calls);
    cr_assert_str_eq(out.data, "{\"apiVersion\":\"v1\",\"kind\":\"K\",\"metadata\":{\"name\":"
                               "\"a/b\",\"uid\":\"\"},\"spec\":{\"a\":0.10,\"b\":"
                               "9223372036854775807,\"c\":1e3,\"d\":[true,null,\"\\u00e9\\u0001\"]"
                               "}}\n");
    bytes_done(&out);
}

TEST(json, managed_fields_are_cut_wherever_they_stand)
{
    static const char *const rows[][2] = {
        {"{ \"managedFields\" : [ {} ] }", "{ }"},
        {"{\"managedFields\":[1] , \"name\":\"a\"}", "{ \"name\":\"a\"}"},
        {"{\"name\":\"a\",\"managedFields\":[\"]\"]}", "{\"name\":\"a\"}"},
        {"{\"name\":\"a\" , \"managedFields\":null , \"uid\":\"\"}",
         "{\"name\":\"a\" , \"uid\":\"\"}"},
        {"{\"name\":\"managedFields\"}", "{\"name\":\"managedFields\"}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes line = {0}, out = {0}, wanted = {0};
        struct json_stream_calls calls = {put_event_bytes, put_error, put_malformed, &out};
        struct json_stream *stream = json_stream_new(&calls);

        bytes_format(&line, "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"K\",\"apiVersion\":"
                            "\"v\",\"metadata\":%s,\"x\":1}}\n", rows[i][0]);
        bytes_format(&wanted, "{\"kind\":\"K\",\"apiVersion\":\"v\",\"metadata\":%s,\"x\":1}\n",
                     rows[i][1]);
        cr_assert(json_stream_feed(stream, line.data, line.n));
        cr_assert_str_eq(out.data, wanted.data);
        json_stream_free(stream);
        bytes_done(&line);
        bytes_done(&out);
        bytes_done(&wanted);
    }
}

TEST(json, the_reason_of_a_status_is_found)
{
    static const struct {
        const char *body, *message;
        enum answer_reason reason;
    } rows[] = {
        {"", "", ANSWER_REASON_NO_STATUS},
        {"404 page not found", "", ANSWER_REASON_NO_STATUS},
        {"{\"kind\":\"Pod\",\"message\":\"x\"}", "", ANSWER_REASON_NO_STATUS},
        {"{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"x\"}", "x",
         ANSWER_REASON_NONE},
        {"{\"kind\":\"Status\",\"reason\":\"AlreadyExists\"}", "", ANSWER_REASON_ALREADY_EXISTS},
        {"{\"kind\":\"Status\",\"details\":{\"causes\":[{},{\"reason\":\"NamespaceTerminating\"}"
         "]}}", "", ANSWER_REASON_TERMINATING},
        {"{\"kind\":\"Status\",\"details\":{\"causes\":[{\"reason\":\"ResourceVersionTooLarge\"}"
         "]}}", "", ANSWER_REASON_FUTURE},
        {"{\"kind\":\"Status\",\"message\":\"Too large resource version: 9, current: 1\"}",
         "Too large resource version: 9, current: 1", ANSWER_REASON_FUTURE},
        {"{\"kind\":\"Status\",\"message\":\"etcdserver: request is too large\"}",
         "etcdserver: request is too large", ANSWER_REASON_TOO_LARGE},
        {"{\"kind\":\"Status\",\"details\":[],\"message\":7}", "", ANSWER_REASON_NONE},
    };
    char message[JSON_MESSAGE];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert_eq(json_read_status(rows[i].body, strlen(rows[i].body), message),
                     rows[i].reason, "%s", rows[i].body);
        cr_assert_str_eq(message, rows[i].message);
    }
}

TEST(json, a_long_message_is_cut_between_two_characters)
{
    struct bytes body = {0};
    char message[JSON_MESSAGE];

    bytes_add_text(&body, "{\"kind\":\"Status\",\"message\":\"x");
    for (int i = 0; i < 200; i++)
        bytes_add_text(&body, "\xc3\xa9");
    bytes_add_text(&body, "\"}");
    json_read_status(body.data, body.n, message);
    cr_assert_eq(strlen(message), JSON_MESSAGE - 1);
    bytes_clear(&body);
    bytes_add_text(&body, "{\"kind\":\"Status\",\"message\":\"");
    for (int i = 0; i < 200; i++)
        bytes_add_text(&body, "\xc3\xa9");
    bytes_add_text(&body, "\"}");
    json_read_status(body.data, body.n, message);
    cr_assert_eq(strlen(message), JSON_MESSAGE - 2);
    bytes_done(&body);
}

TEST(json, a_lease_is_told_as_the_core_wants_it)
{
    static const struct {
        const char *body;
        bool fine, held, ours;
        int64_t duration, transitions, acquired;
    } rows[] = {
        {"{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"holderIdentity\":\"me\","
         "\"leaseDurationSeconds\":15,\"leaseTransitions\":3,\"acquireTime\":"
         "\"1970-01-01T00:00:01.000002Z\"}}", true, true, true, 15, 3, 1000002000},
        {"{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"holderIdentity\":\"you\"}}",
         true, true, false, 0, 0, 0},
        {"{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"holderIdentity\":\"\"}}", true,
         false, false, 0, 0, 0},
        {"{\"metadata\":{\"resourceVersion\":\"7\"}}", true, false, false, 0, 0, 0},
        {"{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"holderIdentity\":5,"
         "\"acquireTime\":\"x\",\"leaseTransitions\":\"a\"}}", true, true, false, 0, 0, 0},
        {"{\"metadata\":{},\"spec\":{}}", false, false, false, 0, 0, 0},
        {"", false, false, false, 0, 0, 0},
        {"{\"metadata\":{\"resourceVersion\":\"1234567890123456789012345678901234567890123456789"
         "\"}}", false, false, false, 0, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json_lease lease;

        cr_assert_eq(json_read_lease(rows[i].body, strlen(rows[i].body), "me", &lease),
                     rows[i].fine, "%s", rows[i].body);
        if (!rows[i].fine)
            continue;
        cr_assert_str_eq(lease.record.rv, "7");
        cr_assert_eq(lease.record.held, rows[i].held, "%s", rows[i].body);
        cr_assert_eq(lease.record.ours, rows[i].ours, "%s", rows[i].body);
        cr_assert_eq(lease.record.duration_seconds, rows[i].duration);
        cr_assert_eq(lease.record.transitions, rows[i].transitions);
        cr_assert_eq(lease.record.acquired, rows[i].acquired);
    }
}
