/* Services and EndpointSlices. */
#include "probe.h"

#define SLICE(meta, ports, endpoints)                                                              \
    "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\nmetadata: " meta     \
    "\nports: " ports "\nendpoints: " endpoints "\n"
#define SERVICE(meta, ports)                                                                       \
    "apiVersion: v1\nkind: Service\nmetadata: " meta "\nspec: {ports: " ports "}\n"

TEST(k8s, takes_the_pods_that_are_ready)
{
    probe_expect(&discovery_k8s, NULL,
                 SLICE("{name: a}", "[{port: 1}]",
                       "[{addresses: [10.0.0.1], conditions: {ready: true}},"
                       " {addresses: [10.0.0.2], conditions: {}}, {addresses: [10.0.0.3]},"
                       " {addresses: [10.0.0.4], conditions: {ready: false, serving: true}},"
                       " {addresses: [10.0.0.5], conditions: {ready: null}},"
                       " {addresses: [10.0.0.6], conditions: {ready: true, terminating: true}}]"),
                 "http://10.0.0.1:1 - 0 1 0; http://10.0.0.2:1 - 0 1 0; "
                 "http://10.0.0.3:1 - 0 1 0; http://10.0.0.5:1 - 0 1 0",
                 "");
}

TEST(k8s, chooses_the_port)
{
    static const struct {
        const char *ports, *url, *codes;
    } cases[] = {
        {"[{port: 1}]", "http://c.t.svc:1", ""},
        {"[{name: a, port: 1}, {name: http, port: 2}]", "http://c.t.svc:2", ""},
        {"[{name: https, port: 1}]", "https://c.t.svc:1", ""},
        {"[{name: http, appProtocol: https, port: 1}]", "https://c.t.svc:1", ""},
        {"[{port: 1, protocol: TCP}, {port: 2, protocol: UDP}]", "http://c.t.svc:1", ""},
        {"[{name: http, port: 2, protocol: UDP}]", "", "discovery.no-port"},
        {"[{name: a, port: 1}, {name: b, port: 2}]", "", "discovery.no-port"},
        {"[]", "", "discovery.no-port"},
        {"null", "", "discovery.no-port"},
        {"[{name: http}]", "", "discovery.no-port"},
        {"[{port: 0}]", "", "discovery.no-port"},
        {"[{port: 65536}]", "", "discovery.no-port"},
        {"[{port: http}]", "", "discovery.no-port"},
        {"[7]", "", "discovery.no-port"},
    };

    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        struct probe probe;
        const char *text, *expected = cases[i].url;

        probe_init(&probe);
        text = base_arena_format(&probe.memory.arena, SERVICE("{name: c, namespace: t}", "%s"),
                                 cases[i].ports);
        if (*expected)
            expected = base_arena_format(&probe.memory.arena, "%s - 0 1 0", expected);
        cr_assert_str_eq(probe_run(&probe, &discovery_k8s, text), expected, "%s", text);
        cr_assert_str_eq(probe_codes(&probe), cases[i].codes, "%s", text);
        probe_done(&probe);
    }
}

TEST(k8s, reads_labels_and_annotations)
{
    static const char text[] =
        SERVICE("{name: c, labels: {model: m, app: n, llm-d.ai/role: decode, part: prefill},"
                " annotations: {vllm.ai/bootstrap-port: \"7\"}}",
                "[{port: 1}]");

    probe_expect(&discovery_k8s, NULL, text, "http://c.default.svc:1 m 2 1 7", "");
    probe_expect(&discovery_k8s, "{\"modelLabel\": \"app\", \"roleLabel\": \"part\"}", text,
                 "http://c.default.svc:1 n 1 1 7", "");
    probe_expect(&discovery_k8s, NULL,
                 SERVICE("{name: c, labels: {model: m, llm-d.ai/role: both},"
                         " annotations: {production-stack.vllm.ai/model: org/m}}",
                         "[{port: 1}]"),
                 "http://c.default.svc:1 org/m 0 1 0", "");
    probe_expect(&discovery_k8s, NULL,
                 SERVICE("{name: c, labels: {model: \"\", llm-d.ai/role: decod}}", "[{port: 1}]"),
                 "http://c.default.svc:1 - 0 1 0", "discovery.bad-label");
}

TEST(k8s, leaves_ipv6_out)
{
    probe_expect(&discovery_k8s, NULL,
                 "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv6\n"
                 "ports: [{port: 1}]\nendpoints: [{addresses: [\"::1\"]}]\n---\n"
                 SLICE("{name: a}", "[{port: 1}]", "[{addresses: [10.0.0.1]}]"),
                 "http://10.0.0.1:1 - 0 1 0", "discovery.ipv6-slice");
    probe_expect(&discovery_k8s, NULL,
                 "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv6\n"
                 "ports: []\nendpoints: []\n",
                 "", "discovery.empty");
    probe_expect(&discovery_k8s, NULL,
                 SLICE("{name: a}", "[{port: 1}]", "[{addresses: [\"::1\"]}]"), "",
                 "discovery.bad-target");
}

TEST(k8s, opens_lists)
{
    probe_expect(&discovery_k8s, NULL,
                 "apiVersion: v1\nkind: ServiceList\nitems:\n"
                 "- {metadata: {name: a}, spec: {ports: [{port: 1}]}}\n"
                 "- {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {ports: [{port: 1}]}}\n",
                 "http://a.default.svc:1 - 0 1 0; http://b.default.svc:1 - 0 1 0", "");
    probe_expect(&discovery_k8s, NULL, "{apiVersion: v1, kind: List}", "", "text.syntax");
    probe_expect(&discovery_k8s, NULL, "apiVersion: v1\nkind: List\nitems: null\n", "",
                 "discovery.empty");
    /* Items of a plain List must say what they are. */
    probe_expect(&discovery_k8s, NULL,
                 "apiVersion: v1\nkind: List\nitems: [{metadata: {name: a}}]\n", "",
                 "discovery.wrong-form");
}

TEST(k8s, tells_other_objects)
{
    probe_expect(&discovery_k8s, NULL, "apiVersion: v1\nkind: Pod\n", "",
                 "discovery.empty discovery.other-object");
    probe_expect(&discovery_k8s, NULL, "apiVersion: v2\nkind: Service\n", "",
                 "discovery.empty discovery.other-object");
    probe_expect(&discovery_k8s, NULL, "kind: Service\n", "",
                 "discovery.empty discovery.other-object");
    probe_expect(&discovery_k8s, NULL, "[]", "", "discovery.wrong-form");
}
