/* What counts as a difference between what is wanted and what a server has. */
#include "diff/diff.h"
#include "support/tree.h"

static struct memory memory;

/* The paths that differ, one after the other. */
static const char *differences(const char *kind, const char *from, const char *to, bool both_ways)
{
    struct diff diff = {.arena = &memory.arena, .both_ways = both_ways};
    struct base_buf out;

    diff_objects(&diff, kind, tree_parse(&memory, from), tree_parse(&memory, to));
    base_buf_init(&out, &memory.arena, NULL);
    base_buf_puts(&out, "");
    for (size_t i = 0; i < diff.n_items; i++)
        base_buf_format(&out, "%s%s", i ? " " : "", diff.items[i].path);
    return out.data ? out.data : "";
}

static void check(const char *kind, const char *from, const char *to, const char *expected)
{
    memory_init(&memory);
    cr_assert_str_eq(differences(kind, from, to, /* both_ways= */ false), expected,
                     "%s: %s -> %s", kind, from, to);
    memory_done(&memory);
}

/* A pod of a Deployment with these fields. */
#define POD(fields) "{spec: {template: {spec: {" fields "}}}}"
#define CONTAINER(fields) POD("containers: [{name: a, " fields "}]")

TEST(diff, what_others_add_is_theirs)
{
    check("ConfigMap", "{data: {a: x, b: y}, status: {}}", "{data: {a: x}}", "");
    check("ConfigMap", "{data: {a: x}}", "{data: {a: y, c: z}}", "data.a data.c");
    check("Deployment", POD("containers: [{name: side, image: s}, {name: a, image: i}]"),
          CONTAINER("image: i"), "");
}

TEST(diff, a_selector_is_one_value)
{
    check("Service", "{spec: {selector: {a: b, x: y}}}", "{spec: {selector: {a: b}}}",
          "spec.selector.x");
    check("Deployment", POD("nodeSelector: {a: b, x: y}"), POD("nodeSelector: {a: b}"),
          "spec.template.spec.nodeSelector.x");
}

TEST(diff, quantities_are_equal_by_amount)
{
    check("Deployment", CONTAINER("resources: {limits: {memory: 34Gi, cpu: '1', x/gpu: 4}}"),
          CONTAINER("resources: {limits: {memory: 34816Mi, cpu: 1000m, x/gpu: '4'}}"), "");
    check("Deployment", CONTAINER("resources: {limits: {cpu: 500m}}"),
          CONTAINER("resources: {limits: {cpu: '0.5'}}"), "");
    check("Deployment", CONTAINER("resources: {limits: {cpu: 500m}}"),
          CONTAINER("resources: {limits: {cpu: '0.6'}}"),
          "spec.template.spec.containers[0].resources.limits.cpu");
    /* Elsewhere, 1Gi is a word. */
    check("ConfigMap", "{data: {a: 1Gi}}", "{data: {a: 1024Mi}}", "data.a");
}

TEST(diff, numbers_that_may_be_words)
{
    check("Service", "{spec: {ports: [{port: 80, targetPort: 8000}]}}",
          "{spec: {ports: [{port: 80, targetPort: '8000'}]}}", "");
}

TEST(diff, lists_by_their_keys)
{
    check("Deployment", CONTAINER("env: [{name: B, value: b}, {name: A, value: a}]"),
          CONTAINER("env: [{name: A, value: a}, {name: B, value: c}]"),
          "spec.template.spec.containers[0].env[1].value");
    check("Deployment", CONTAINER("ports: [{containerPort: 53, protocol: TCP}, "
                                  "{containerPort: 53, protocol: UDP}]"),
          CONTAINER("ports: [{containerPort: 53, protocol: UDP}]"), "");
    check("Deployment", CONTAINER("args: [a, b]"), CONTAINER("args: [a]"),
          "spec.template.spec.containers[0].args[1]");
    check("Deployment", CONTAINER("args: [a, b]"), CONTAINER("args: [b, a]"),
          "spec.template.spec.containers[0].args[0] spec.template.spec.containers[0].args[1]");
    check("Service", "{metadata: {ownerReferences: [{uid: y}, {uid: x, kind: A}]}}",
          "{metadata: {ownerReferences: [{uid: x, kind: A}]}}", "");
}

TEST(diff, what_is_empty_is_absent)
{
    check("ConfigMap", "{metadata: {}}",
          "{metadata: {labels: {}, annotations: null, x: []}, data: {}}", "");
    check("Deployment", CONTAINER("env: [{name: A}]"), CONTAINER("env: [{name: A, value: ''}]"),
          "");
    check("Deployment", POD("hostNetwork: null"), POD("hostNetwork: false"), "");
    /* A server keeps an empty object, and a false that is not its default. */
    check("Deployment", POD("volumes: [{name: a, hostPath: {path: /}}]"),
          POD("volumes: [{name: a, emptyDir: {}}]"), "spec.template.spec.volumes[0].emptyDir");
    check("Deployment", POD("dnsPolicy: x"), POD("automountServiceAccountToken: false"),
          "spec.template.spec.automountServiceAccountToken");
}

TEST(diff, both_ways_tells_what_went)
{
    memory_init(&memory);
    cr_assert_str_eq(differences("Deployment", CONTAINER("env: [{name: A, value: a}], tty: true"),
                                 CONTAINER("image: i"), /* both_ways= */ true),
                     "spec.template.spec.containers[0].image "
                     "spec.template.spec.containers[0].env "
                     "spec.template.spec.containers[0].tty");
    memory_done(&memory);
}

TEST(diff, what_cannot_change_and_what_restarts)
{
    cr_assert_str_eq(diff_immutable("Deployment", "spec.selector.matchLabels.a"),
                     "spec.selector");
    cr_assert_null(diff_immutable("Deployment", "spec.selectors"));
    cr_assert_null(diff_immutable("Service", "spec.selector"));
    cr_assert(diff_restarts("Deployment", "spec.template.spec.containers[0].image"));
    cr_assert(!diff_restarts("Deployment", "spec.replicas"));
    cr_assert(!diff_restarts("ConfigMap", "spec.template"));
}
