/* Lists of URLs. */
#include "probe.h"

TEST(static_list, takes_urls_and_maps)
{
    probe_expect(&discovery_static, NULL,
                 "targets: [http://b.svc:1, {url: \"http://a.svc:2\", model: m, role: decode, "
                 "weight: 0, bootstrapPort: 8998}]",
                 "http://a.svc:2 m 2 0 8998; http://b.svc:1 - 0 1 0", "");
    probe_expect(&discovery_static, NULL, "{\"targets\": [\"http://a.svc\"]}",
                 "http://a.svc - 0 1 0", "");
}

TEST(static_list, makes_urls_canonical)
{
    probe_expect(&discovery_static, NULL,
                 "targets: [HTTPS://A.Svc:80//, \"http://a.svc/V1/\", http://LOCALHOST/]",
                 "http://a.svc/V1 - 0 1 0; http://localhost - 0 1 0; https://a.svc:80 - 0 1 0",
                 "");
    probe_expect(&discovery_static, NULL, "targets: [http://a.svc, HTTP://A.SVC/]",
                 "http://a.svc - 0 1 0", "discovery.duplicate-target");
}

TEST(static_list, never_shows_what_may_be_a_secret)
{
    static const char *const urls[] = {
        "http://user:hush@a.svc:80", "user:hush@a.svc:80", "ftp://hush@a.svc",
        "http://a.svc/?token=hush",  "http://a.svc#hush",  "HTTP://USER:hush@A.svc ",
    };

    for (size_t i = 0; i < BASE_COUNT(urls); i++) {
        struct probe probe;

        probe_init(&probe);
        probe_run(&probe, &discovery_static,
                  base_arena_format(&probe.memory.arena, "targets: [\"%s\"]", urls[i]));
        cr_assert_str_eq(probe_codes(&probe), "discovery.bad-target", "%s", urls[i]);
        cr_assert_null(strstr(probe.diags.items[0]->told.message, "hush"), "%s",
                       probe.diags.items[0]->told.message);
        probe_done(&probe);
    }
}

TEST(static_list, tells_what_is_not_of_its_form)
{
    probe_expect(&discovery_static, NULL, "[http://a.svc]", "", "discovery.wrong-form");
    probe_expect(&discovery_static, NULL, "{}", "", "discovery.wrong-form");
    probe_expect(&discovery_static, NULL, "targets: http://a.svc", "", "discovery.wrong-form");
    probe_expect(&discovery_static, NULL, "targets: [null, [1], {model: m}]", "",
                 "discovery.wrong-form discovery.wrong-form discovery.wrong-form");
    probe_expect(&discovery_static, NULL, "targets: []", "", "discovery.empty");
    probe_expect(&discovery_static, NULL, "", "", "discovery.empty");
    probe_expect(&discovery_static, "{\"a\": 1}", "targets: [http://a.svc]",
                 "http://a.svc - 0 1 0", "discovery.bad-config");
    probe_expect(&discovery_static, "{}", "targets: [http://a.svc]", "http://a.svc - 0 1 0", "");
    probe_expect(&discovery_static, "null", "targets: [http://a.svc]", "http://a.svc - 0 1 0", "");
}
