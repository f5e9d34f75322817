/*
 * Kubernetes' own shapes: what the API server would refuse is found here, and what
 * it takes is left alone. Each case is a fragment, the code that it should get, and a
 * part of the path or of the message.
 */
#include "kinds/k8s.h"
#include "kinds/shapes.h"
#include "support/tree.h"

struct fault_case {
    const struct schema_shape *shape;
    const char *yaml;
    const char *code; /* NULL: nothing is wrong */
    const char *part; /* of the path or the message */
};

static const struct fault_case cases[] = {
    /* resources */
    {&shape_resource_requirements,
     "{requests: {cpu: 500m, memory: 1Gi, nvidia.com/gpu: '4'}, limits: {memory: 2Gi, "
     "nvidia.com/gpu: 4}}",
     NULL, NULL},
    {&shape_resource_requirements, "{limits: {nvidia.com/gpu: 1}}", NULL, NULL},
    {&shape_resource_requirements, "{requests: {memory: 64Gi}, limits: {memory: 32Gi}}",
     "kubernetes.request-above-limit", "requests.memory"},
    {&shape_resource_requirements, "{requests: {cpu: 1.5}, limits: {cpu: 1499m}}",
     "kubernetes.request-above-limit", "requests.cpu"},
    {&shape_resource_requirements,
     "{limits: {cpu: -1}}",
     "kubernetes.resource-amount", "limits.cpu"},
    {&shape_resource_requirements, "{limits: {nvidia.com/gpu: 500m}}", "kubernetes.resource-amount",
     "whole"},
    {&shape_resource_requirements, "{requests: {nvidia.com/gpu: 1}}", "kubernetes.resource-amount",
     "without a limit"},
    {&shape_resource_requirements,
     "{requests: {nvidia.com/gpu: 1}, limits: {nvidia.com/gpu: 2}}", "kubernetes.resource-amount",
     "overcommitted"},
    {&shape_resource_requirements, "{limits: {gpu: 1}}", "schema.bad-syntax", "its domain"},
    {&shape_resource_requirements, "{limits: {memory: 64 GB}}", "schema.bad-quantity", "memory"},
    {&shape_resource_requirements, "{request: {cpu: 1}}", "schema.unknown-field", "request"},
    /* affinity */
    {&shape_affinity,
     "{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
     "[{matchExpressions: [{key: nvidia.com/gpu, operator: Exists}]}]}}}",
     NULL, NULL},
    {&shape_affinity,
     "{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
     "[{matchExpresions: [{key: nvidia.com/gpu, operator: Exists}]}]}}}",
     "schema.unknown-field", "nodeSelectorTerms[0].matchExpresions"},
    {&shape_affinity, "{nodeAfinity: {}}", "schema.unknown-field", "nodeAfinity"},
    {&shape_affinity,
     "{nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}}}",
     "schema.empty", "nodeSelectorTerms"},
    {&shape_affinity,
     "{nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 0, preference: "
     "{}}]}}",
     "schema.out-of-range", "weight"},
    {&shape_affinity,
     "{podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 100, "
     "podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {a: "
     "x}}}}]}}",
     NULL, NULL},
    {&shape_affinity, "{podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{}]}}",
     "schema.missing-field", "topologyKey"},
    {&shape_node_requirement, "{key: a, operator: In, values: [x, w]}", NULL, NULL},
    {&shape_node_requirement, "{key: a, operator: Gt, values: ['4']}", NULL, NULL},
    {&shape_node_requirement, "{key: a, operator: exists}", "schema.bad-choice", "exists"},
    {&shape_node_requirement, "{key: a, operator: Exists, values: [x]}",
     "kubernetes.selector-values", "takes no values"},
    {&shape_node_requirement, "{key: a, operator: NotIn}", "kubernetes.selector-values",
     "needs values"},
    {&shape_node_requirement, "{key: a, operator: In, values: []}", "kubernetes.selector-values",
     "needs values"},
    {&shape_node_requirement, "{key: a, operator: Lt, values: ['1', '2']}",
     "kubernetes.selector-values", "exactly one"},
    {&shape_node_requirement, "{key: a, operator: Gt, values: [many]}",
     "kubernetes.selector-values", "needs an integer"},
    {&shape_node_requirement, "{key: a, operator: Gt, values: [4]}", "schema.wrong-type", "values"},
    {&shape_selector_requirement,
     "{key: a, operator: Gt, values: ['4']}",
     "schema.bad-choice", "Gt"},
    {&shape_node_field_requirement, "{key: metadata.name, operator: In, values: [a, b]}",
     "kubernetes.selector-values", "exactly one"},
    {&shape_pod_affinity_term, "{topologyKey: zone, matchLabelKeys: [a]}",
     "kubernetes.field-conflict", "needs a labelSelector"},
    {&shape_pod_affinity_term,
     "{topologyKey: zone, labelSelector: {}, matchLabelKeys: [a], mismatchLabelKeys: [b, a]}",
     "kubernetes.field-conflict", "mismatchLabelKeys"},
    /* tolerations and spreading */
    {&shape_toleration, "{key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}", NULL, NULL},
    {&shape_toleration, "{operator: Exists}", NULL, NULL},
    {&shape_toleration, "{key: a, value: b, effect: NoExecute, tolerationSeconds: 30}", NULL, NULL},
    {&shape_toleration,
     "{key: a, operator: Exists, value: b}",
     "kubernetes.field-conflict", "value"},
    {&shape_toleration, "{value: b}", "kubernetes.field-conflict", "without a key"},
    {&shape_toleration, "{key: a, effect: NoSchedule, tolerationSeconds: 3}",
     "kubernetes.field-conflict", "tolerationSeconds"},
    {&shape_toleration, "{key: a b, operator: Exists}", "schema.bad-syntax", "key"},
    {&shape_toleration, "{key: a, effect: NoScedule}", "schema.bad-choice", "effect"},
    {&shape_topology_spread_constraint,
     "{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, minDomains: 2}",
     "kubernetes.field-conflict", "minDomains"},
    {&shape_topology_spread_constraint,
     "{maxSkew: 0, topologyKey: zone, whenUnsatisfiable: DoNotSchedule}", "schema.out-of-range",
     "maxSkew"},
    /* environment */
    {&shape_env_var, "{name: A, value: b}", NULL, NULL},
    {&shape_env_var, "{name: A}", NULL, NULL},
    {&shape_env_var, "{name: A, value: b, valueFrom: {fieldRef: {fieldPath: metadata.name}}}",
     "kubernetes.exactly-one", "exclude each other"},
    {&shape_env_var, "{name: A, valueFrom: {}}", "kubernetes.exactly-one", "nothing says"},
    {&shape_env_var, "{name: A, value: 3}", "schema.wrong-type", "value"},
    {&shape_env_var, "{name: 1A}", "schema.bad-syntax", "name"},
    {&shape_env_var, "{name: A, valueFrom: {fieldRef: {fieldPath: status.podIp}}}",
     "kubernetes.bad-value", "status.podIp"},
    {&shape_env_var, "{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['a/b']\"}}}",
     NULL, NULL},
    {&shape_env_var, "{name: A, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['a b']\"}}}",
     "kubernetes.bad-value", "fieldPath"},
    {&shape_env_var, "{name: A, valueFrom: {resourceFieldRef: {resource: limits.memory}}}", NULL,
     NULL},
    {&shape_env_var, "{name: A, valueFrom: {resourceFieldRef: {resource: memory}}}",
     "kubernetes.bad-value", "resource"},
    {&shape_env_var,
     "{name: A, valueFrom: {secretKeyRef: {name: s}}}",
     "schema.missing-field", "key"},
    {&shape_env_from, "{prefix: A_}", "kubernetes.exactly-one", "nothing says"},
    /* probes, hooks, containers */
    {&shape_probe, "{httpGet: {port: 8000}, tcpSocket: {port: 1}}", "kubernetes.exactly-one",
     "tcpSocket"},
    {&shape_probe, "{httpGet: {port: http, path: /health}, periodSeconds: 5}", NULL, NULL},
    {&shape_probe, "{failureThreshold: 100}", NULL, NULL},
    {&shape_probe, "{httpGet: {port: 70000}}", "schema.out-of-range", "port"},
    {&shape_probe, "{httpGet: {port: '8000'}}", "schema.bad-syntax", "port"},
    {&shape_lifecycle, "{preStop: {}}", "kubernetes.exactly-one", "preStop"},
    {&shape_lifecycle, "{preStop: {sleep: {seconds: 5}}}", NULL, NULL},
    {&shape_container, "{name: a, livenessProbe: {exec: {command: [x]}, successThreshold: 2}}",
     "kubernetes.field-conflict", "livenessProbe.successThreshold"},
    {&shape_container, "{name: a, readinessProbe: {terminationGracePeriodSeconds: 3}}",
     "kubernetes.field-conflict", "readinessProbe"},
    {&shape_container,
     "{name: a, ports: [{containerPort: 1, name: p}, {containerPort: 2, name: p}]}",
     "kubernetes.duplicate", "ports[1].name"},
    {&shape_container,
     "{name: a, volumeMounts: [{name: v, mountPath: /a}, {name: w, mountPath: /a}]}",
     "kubernetes.duplicate", "volumeMounts[1].mountPath"},
    {&shape_container,
     "{name: a, volumeMounts: [{name: v, mountPath: /a, mountPropagation: Bidirectional}]}",
     "kubernetes.field-conflict", "privileged"},
    {&shape_volume_mount, "{name: v, mountPath: /a, subPath: x, subPathExpr: x}",
     "kubernetes.exactly-one", "subPathExpr"},
    {&shape_volume_mount,
     "{name: v, mountPath: /a, subPath: ../x}",
     "schema.bad-syntax", "subPath"},
    {&shape_volume_mount, "{name: v, mountPath: /a, recursiveReadOnly: Enabled}",
     "kubernetes.field-conflict", "needs readOnly"},
    {&shape_volume_mount,
     "{name: v, mountPath: /a, recursiveReadOnly: Enabled, readOnly: true, mountPropagation: "
     "HostToContainer}",
     "kubernetes.field-conflict", "mountPropagation"},
    /* security */
    {&shape_security_context, "{allowPrivilegeEscalation: false, privileged: true}",
     "kubernetes.field-conflict", "privileged"},
    {&shape_security_context,
     "{allowPrivilegeEscalation: false, capabilities: {add: [SYS_ADMIN]}}",
     "kubernetes.field-conflict", "CAP_SYS_ADMIN"},
    {&shape_security_context, "{runAsNonRoot: true, runAsUser: 0}", "kubernetes.field-conflict",
     "root"},
    {&shape_pod_security_context, "{supplementalGroups: [-1]}", "schema.out-of-range",
     "supplementalGroups[0]"},
    {&shape_pod_security_context, "{seccompProfile: {type: Localhost}}",
     "kubernetes.field-conflict", "localhostProfile"},
    {&shape_pod_security_context,
     "{seccompProfile: {type: RuntimeDefault, localhostProfile: a.json}}",
     "kubernetes.field-conflict", "localhostProfile"},
    /* volumes */
    {&shape_volume, "{name: a, emptyDir: {medium: Memory, sizeLimit: 16Gi}}", NULL, NULL},
    {&shape_volume, "{name: a}", NULL, NULL},
    {&shape_volume, "{name: a, nfs: {server: s, path: /x}}", NULL, NULL},
    {&shape_volume, "{name: a, azureDisk: {whatever: true}}", NULL, NULL},
    {&shape_volume, "{name: a, emptyDir: {}, hostPath: {path: /x}}", "kubernetes.exactly-one",
     "hostPath"},
    {&shape_volume, "{name: a, emptydir: {}}", "schema.unknown-field", "emptydir"},
    {&shape_volume, "{name: a, emptyDir: {medium: memory}}", "schema.bad-choice", "medium"},
    {&shape_volume, "{name: a, emptyDir: {sizeLimit: -1}}", "kubernetes.resource-amount",
     "sizeLimit"},
    {&shape_volume, "{name: a, hostPath: {path: /x/../etc}}", "schema.bad-syntax", "path"},
    {&shape_volume,
     "{name: a, projected: {sources: [{}]}}",
     "kubernetes.exactly-one", "sources[0]"},
    {&shape_volume,
     "{name: a, downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}}", NULL,
     NULL},
    {&shape_volume,
     "{name: a, downwardAPI: {items: [{path: l, fieldRef: {fieldPath: status.podIP}}]}}",
     "kubernetes.bad-value", "fieldPath"},
    {&shape_volume,
     "{name: a, downwardAPI: {items: [{path: l, resourceFieldRef: {resource: limits.cpu}}]}}",
     "schema.missing-field", "containerName"},
    {&shape_volume,
     "{name: a, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: "
     "{requests: {storage: 1Gi}}}}}}",
     NULL, NULL},
    {&shape_volume,
     "{name: a, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: "
     "{}}}}}",
     "schema.missing-field", "storage"},
    {&shape_volume,
     "{name: a, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce], resources: "
     "{requests: {storage: 0}}}}}}",
     "kubernetes.resource-amount", "storage"},
    /* pods */
    {&shape_pod_template,
     "{metadata: {labels: {team: a}}, spec: {priorityClassName: high, runtimeClassName: nvidia, "
     "containers: [{name: engine, startupProbe: {failureThreshold: 300}}, {name: proxy, image: "
     "'envoyproxy/envoy:v1.31'}], volumes: [{name: shm, emptyDir: {medium: Memory}}]}}",
     NULL, NULL},
    {&shape_pod_template, "{metadata: {name: x}}", "schema.unknown-field", "name"},
    {&shape_pod_template, "{spec: {restartPolicy: Never}}", "schema.bad-choice", "restartPolicy"},
    {&shape_pod_template, "{spec: {containers: [{name: a}, {name: a}]}}", "kubernetes.duplicate",
     "containers[1].name"},
    {&shape_pod_template, "{spec: {containers: [{name: a}], initContainers: [{name: a}]}}",
     "kubernetes.duplicate", "containers[0].name"},
    {&shape_pod_template, "{spec: {volumes: [{name: a}, {name: b}, {name: a}]}}",
     "kubernetes.duplicate", "volumes[2].name"},
    {&shape_pod_template, "{spec: {dnsPolicy: None}}", "kubernetes.field-conflict", "nameserver"},
    {&shape_pod_template, "{spec: {hostPID: true, shareProcessNamespace: true}}",
     "kubernetes.field-conflict", "shareProcessNamespace"},
    {&shape_pod_template,
     "{spec: {hostNetwork: true, containers: [{name: a, ports: [{containerPort: 1, hostPort: "
     "2}]}]}}",
     "kubernetes.field-conflict", "containers[0].ports[0].hostPort"},
    {&shape_pod_template, "{spec: {initContainers: [{name: a, lifecycle: {}}]}}",
     "kubernetes.field-conflict", "initContainers[0].lifecycle"},
    {&shape_pod_template,
     "{spec: {initContainers: [{name: a, restartPolicy: Always, lifecycle: {}}]}}",
     NULL, NULL},
    {&shape_pod_template,
     "{spec: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: z, whenUnsatisfiable: "
     "DoNotSchedule}, {maxSkew: 2, topologyKey: z, whenUnsatisfiable: DoNotSchedule}]}}",
     "kubernetes.duplicate", "topologySpreadConstraints[1]"},
    {&shape_pod_template, "{spec: {resourceClaims: [{name: gpu}]}}", "kubernetes.exactly-one",
     "resourceClaims[0]"},
    {&shape_pod_template, "{spec: {hostAliases: [{ip: 1.2.3}]}}", "schema.bad-syntax", "ip"},
};

typedef void check_fn(struct schema_walk *walk, const struct text_node *node,
                      const struct text_path *path);

/* Exactly the one fault that is wanted, with its part. */
static void expect(const struct fault_case *wanted, check_fn *check)
{
    struct memory memory;
    struct rctl_diags diags;
    struct schema_walk walk = {.diags = &diags, .file = DIAG_NO_FILE};
    const struct text_node *node;
    rctl_diag told;

    memory_init(&memory);
    walk.arena = &memory.arena;
    diag_init(&diags, &memory.arena, 0);
    node = tree_parse(&memory, wanted->yaml);
    if (check)
        check(&walk, node, NULL);
    else
        schema_check(&walk, wanted->shape, node, NULL);
    cr_expect_eq(diags.n_items, wanted->code ? 1 : 0, "%s: %zu faults, the first is: %s",
                 wanted->yaml, diags.n_items, diags.n_items ? diags.items[0]->told.message : "");
    if (wanted->code && diags.n_items > 0) {
        told = diags.items[0]->told;
        cr_expect_str_eq(told.code, wanted->code, "%s: %s [%s], not [%s]", wanted->yaml,
                         told.message, told.code, wanted->code);
        cr_expect(strstr(told.message, wanted->part) ||
                      (told.path && strstr(told.path, wanted->part)),
                  "%s: no '%s' in '%s: %s'", wanted->yaml, wanted->part,
                  told.path ? told.path : "", told.message);
        cr_expect_gt(told.place.line, 0, "%s: the fault has no place", wanted->yaml);
    }
    memory_done(&memory);
}

TEST(k8s, faults)
{
    for (size_t i = 0; i < BASE_COUNT(cases); i++)
        expect(&cases[i], NULL);
}

TEST(k8s, whole_pods)
{
    static const struct fault_case pods[] = {
        {NULL,
         "{containers: [{name: a, image: x, startupProbe: {httpGet: {port: 1}}, volumeMounts: "
         "[{name: v, mountPath: /v}]}], volumes: [{name: v}]}",
         NULL, NULL},
        {NULL, "{containers: [{name: a}]}", "kubernetes.incomplete-pod", "containers[0]"},
        {NULL, "{initContainers: [{name: a}]}", "kubernetes.incomplete-pod", "initContainers[0]"},
        {NULL, "{containers: [{name: a, image: x, startupProbe: {failureThreshold: 3}}]}",
         "kubernetes.incomplete-pod", "startupProbe"},
        {NULL, "{containers: [{name: a, image: x, volumeMounts: [{name: v, mountPath: /v}]}]}",
         "kubernetes.incomplete-pod", "volumeMounts[0]"},
    };

    for (size_t i = 0; i < BASE_COUNT(pods); i++)
        expect(&pods[i], k8s_check_whole_pod);
}

/* Checks look at values that may have any type: the walk told of those already. */
TEST(k8s, values_of_the_wrong_type_do_no_harm)
{
    static const char *const values[] = {"3", "x", "[]", "[x]", "{}", "{x: x}", "true", "null"};
    static const struct schema_shape *const shapes[] = {
        &shape_pod_template, &shape_pod_spec, &shape_container, &shape_volume, &shape_env_var,
        &shape_toleration, &shape_affinity, &shape_resource_requirements, &shape_probe,
        &shape_security_context, &shape_volume_mount, &shape_claim_resources, &shape_downward_item,
        &shape_node_requirement, &shape_pod_affinity_term, &shape_topology_spread_constraint,
        &shape_http_get_action, &shape_security_profile, &shape_empty_dir_source};

    for (size_t i = 0; i < BASE_COUNT(shapes); i++)
        for (size_t f = 0; f < shapes[i]->n_fields; f++)
            for (size_t v = 0; v < BASE_COUNT(values); v++) {
                struct memory memory;
                struct rctl_diags diags;
                struct schema_walk walk = {.diags = &diags, .file = DIAG_NO_FILE};
                const struct text_node *node;

                memory_init(&memory);
                walk.arena = &memory.arena;
                diag_init(&diags, &memory.arena, 0);
                node = tree_parse(&memory,
                                  base_arena_format(&memory.arena, "{%s: %s}",
                                                    shapes[i]->fields[f].name, values[v]));
                schema_check(&walk, shapes[i], node, NULL);
                k8s_check_whole_pod(&walk, node, NULL);
                memory_done(&memory);
            }
}
