/* Which addresses and URLs may be asked for their health. */
#include "io/bytes.h"
#include "io/probe.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static struct sockaddr_storage address_of(const char *text)
{
    struct sockaddr_storage address;
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&address;

    memset(&address, 0, sizeof(address));
    if (strchr(text, ':')) {
        address.ss_family = AF_INET6;
        cr_assert_eq(inet_pton(AF_INET6, text, &v6->sin6_addr), 1, "%s", text);
    } else {
        address.ss_family = AF_INET;
        cr_assert_eq(inet_pton(AF_INET, text, &v4->sin_addr), 1, "%s", text);
    }
    return address;
}

TEST(probe, addresses_are_seen_through_their_wrappings)
{
    static const struct {
        const char *address;
        bool cluster, any;
    } rows[] = {
        {"10.1.2.3", true, true},          {"192.168.0.1", true, true},
        {"172.16.0.1", true, true},        {"172.32.0.1", false, true},
        {"100.64.1.1", true, true},        {"8.8.8.8", false, true},
        {"fd00::1", true, true},           {"2001:4860::1", false, true},
        {"127.0.0.1", false, false},       {"127.255.0.1", false, false},
        {"0.0.0.0", false, false},         {"0.1.2.3", false, false},
        {"169.254.169.254", false, false}, {"100.100.100.200", false, false},
        {"224.0.0.1", false, false},       {"255.255.255.255", false, false},
        {"::", false, false},              {"::1", false, false},
        {"fe80::1", false, false},         {"ff02::1", false, false},
        {"fd00:ec2::254", false, false},   {"::ffff:127.0.0.1", false, false},
        {"::ffff:10.1.2.3", true, true},   {"64:ff9b::169.254.169.254", false, false},
        {"2002:7f00:1::", false, false},   {"2002:a01:203::1", true, true},
        {"::127.0.0.1", false, false},     {"::ffff:10.96.0.1", false, false},
        {"10.96.0.1", false, false},
    };
    struct sockaddr_storage server = address_of("10.96.0.1");

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct sockaddr_storage at = address_of(rows[i].address);
        const struct sockaddr *plain = (const struct sockaddr *)&at;

        cr_assert_eq(probe_allows(PROBE_CLUSTER, plain, &server, 1), rows[i].cluster, "%s",
                     rows[i].address);
        cr_assert_eq(probe_allows(PROBE_ANY, plain, &server, 1), rows[i].any, "%s",
                     rows[i].address);
    }
}

/* ---- whole probes, all of which have to be refused before a packet leaves ---- */

struct world {
    struct loop *loop;
    size_t left, refused;
};

static core_time turn(void *ctx, core_time now)
{
    struct world *world = ctx;

    (void)now;
    if (world->left == 0)
        loop_stop(world->loop);
    return CORE_NEVER;
}

static void stop(void *ctx)
{
    (void)ctx;
}

static void on_done(void *ctx, enum probe_result result, const char *body, size_t n)
{
    struct world *world = ctx;

    cr_assert_null(body);
    cr_assert_eq(n, 0);
    world->left--;
    world->refused += result == PROBE_REFUSED;
}

TEST(probe, urls_that_could_reach_elsewhere_are_refused)
{
    static const char *const urls[] = {
        "http://127.0.0.1:9/health",   "http://2130706433/",        "http://0x7f.1/",
        "http://0177.0.0.1/",          "http://0/",                 "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",  "http://169.254.169.254/",   "file:///etc/passwd",
        "gopher://10.0.0.1/",          "http://user:x@10.0.0.1/",   "http://10.0.0.1/?a=b",
        "http://10.0.0.1/#a",          "http://10.0.0.1:0/",        "http://10.0.0.1:70000/",
        "http://10.0.0.1/a b",         "http://\xc3\xa9.example/",  "",
        "http://8.8.8.8/",             "http://[fe80::1%25lo]/",    "http://10.96.0.1/",
        "http://name-without-a-dot/",
    };
    struct world world = {0};
    struct loop_calls calls = {turn, stop, &world};
    struct probes_out *out;

    world.loop = loop_new(&calls);
    out = probe_new(world.loop, PROBE_CLUSTER, "https://10.96.0.1:443");
    world.left = sizeof(urls) / sizeof(urls[0]);
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        probe_send(out, "", urls[i], on_done, &world);
    loop_run(world.loop);
    cr_assert_eq(world.refused, sizeof(urls) / sizeof(urls[0]), "%zu", world.refused);
    probe_free(out);
    loop_free(world.loop);
}

TEST(probe, the_same_namespace_is_known_by_names)
{
    static const char *const urls[] = {"http://10.0.0.1/", "http://svc.other/",
                                       "http://svc.other.svc.cluster.local/", "http://a.example/"};
    struct world world = {0};
    struct loop_calls calls = {turn, stop, &world};
    struct probes_out *out;

    world.loop = loop_new(&calls);
    out = probe_new(world.loop, PROBE_SAME_NAMESPACE, "https://10.96.0.1:443");
    world.left = 4;
    for (size_t i = 0; i < 4; i++)
        probe_send(out, "mine", urls[i], on_done, &world);
    loop_run(world.loop);
    cr_assert_eq(world.refused, 4);
    probe_free(out);
    loop_free(world.loop);
}

TEST(probe, what_is_cancelled_is_not_told)
{
    struct world world = {0};
    struct loop_calls calls = {turn, stop, &world};
    struct probes_out *out;

    world.loop = loop_new(&calls);
    out = probe_new(world.loop, PROBE_ANY, "https://10.96.0.1:443");
    for (int i = 0; i < 40; i++)
        probe_cancel(probe_send(out, "", "http://10.255.255.1/", on_done, &world));
    for (int i = 0; i < 40; i++)
        probe_send(out, "", "http://10.255.255.1/", on_done, &world);
    probe_free(out);
    loop_free(world.loop);
    cr_assert_eq(world.refused, 0);
}
