/*
 * Containers and pods: security contexts, probes in their places, names that may
 * stand only once. The last part looks at a pod that is whole, with podTemplate
 * merged in, for what neither half can be blamed for alone.
 */
#include "kinds/k8s.h"
#include "kinds/shapes.h"
#include "text/index.h"

static bool is_true(const struct text_node *map, const char *key)
{
    const struct text_node *value = text_get(map, key);

    return value && value->type == TEXT_BOOL && text_bool(value);
}

static bool is_false(const struct text_node *map, const char *key)
{
    const struct text_node *value = text_get(map, key);

    return value && value->type == TEXT_BOOL && !text_bool(value);
}

static bool int_of(const struct text_node *map, const char *key, int64_t *ret)
{
    const struct text_node *value = text_get(map, key);

    return value && value->type == TEXT_INT && text_int(value, ret);
}

static uint32_t length(const struct text_node *list)
{
    return list && list->type == TEXT_LIST ? list->len : 0;
}

/* ---- ports, profiles, privileges ---- */

K8S_CHECK(port)
{
    const struct text_node *port = text_get(node, "port");
    const char *wrong;
    int64_t number;

    if (!port)
        return;
    if (port->type == TEXT_INT && (!text_int(port, &number) || number < 1 || number > 65535))
        schema_fault(walk, DIAG_SCHEMA_OUT_OF_RANGE, port, K8S_AT(path, "port"), NULL,
                     "'%.100s' is no port; the range is 1 to 65535", port->u.str);
    if (port->type != TEXT_STR)
        return;
    wrong = schema_syntax_check(SCHEMA_PORT_NAME, port->u.str, walk->arena->mem);
    if (wrong)
        schema_fault(walk, DIAG_SCHEMA_BAD_SYNTAX, port, K8S_AT(path, "port"),
                     "write a number without quotes, or the name of a port",
                     "'%.100s' %s", port->u.str, wrong);
}

K8S_CHECK(profile)
{
    const char *type = text_get_str(node, "type");
    bool local = type && strcmp(type, "Localhost") == 0;

    if (local && !k8s_is_set(node, "localhostProfile"))
        schema_fault(walk, DIAG_K8S_CONFLICT, node, path, "add localhostProfile",
                     "type Localhost needs a localhostProfile");
    else if (type && !local && k8s_is_set(node, "localhostProfile"))
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "localhostProfile"),
                     K8S_AT(path, "localhostProfile"), "remove it, or set type to Localhost",
                     "localhostProfile is only for type Localhost");
}

static bool adds_sys_admin(const struct text_node *context)
{
    static const char *const names[] = {"CAP_SYS_ADMIN", "SYS_ADMIN", NULL};
    const struct text_node *add = text_get(text_get(context, "capabilities"), "add");

    for (uint32_t i = 0; i < length(add); i++)
        if (add->u.items[i].type == TEXT_STR && base_str_in(add->u.items[i].u.str, names))
            return true;
    return false;
}

/* Of a container or of a pod: the pod's has fewer fields. */
K8S_CHECK(security)
{
    int64_t user;

    if (is_false(node, "allowPrivilegeEscalation") &&
        (is_true(node, "privileged") || adds_sys_admin(node)))
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "allowPrivilegeEscalation"),
                     K8S_AT(path, "allowPrivilegeEscalation"),
                     "set it to true, or drop the privilege",
                     "allowPrivilegeEscalation cannot be false for a %s container",
                     is_true(node, "privileged") ? "privileged" : "CAP_SYS_ADMIN");
    if (is_true(node, "runAsNonRoot") && int_of(node, "runAsUser", &user) && user == 0)
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "runAsUser"),
                     K8S_AT(path, "runAsUser"), "use another user, or set runAsNonRoot to false",
                     "user 0 is root, which runAsNonRoot forbids");
}

/* ---- names that may stand only once ---- */

static void check_unique(struct schema_walk *walk, struct text_index *seen,
                         const struct text_node *list, const struct text_path *path,
                         const char *key)
{
    for (uint32_t i = 0; i < length(list); i++) {
        const char *name = text_get_str(&list->u.items[i], key);

        if (!name)
            continue;
        if (text_index_find(seen, name, strlen(name)) != TEXT_INDEX_NONE)
            schema_fault(walk, DIAG_K8S_DUPLICATE, text_get(&list->u.items[i], key),
                         K8S_AT(K8S_ITEM(path, i), key), "choose another, or remove one of the two",
                         "'%.100s' is there twice", name);
        else
            text_index_set(seen, name, strlen(name), i);
    }
}

static void check_list(struct schema_walk *walk, const struct text_node *node,
                       const struct text_path *path, const char *field, const char *key)
{
    const struct text_node *list = text_get(node, field);
    struct text_index seen;

    if (length(list) < 2)
        return;
    text_index_init(&seen, walk->arena);
    check_unique(walk, &seen, list, K8S_AT(path, field), key);
}

/* ---- containers ---- */

static void check_success_threshold(struct schema_walk *walk, const struct text_node *node,
                                    const struct text_path *path, const char *probe)
{
    const struct text_node *map = text_get(node, probe);
    int64_t threshold;

    if (int_of(map, "successThreshold", &threshold) && threshold > 1)
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(map, "successThreshold"),
                     K8S_AT(K8S_AT(path, probe), "successThreshold"), "set it to 1",
                     "a %s needs one success only", probe);
}

K8S_CHECK(container)
{
    const struct text_node *readiness = text_get(node, "readinessProbe");
    const struct text_node *mounts = text_get(node, "volumeMounts");

    check_list(walk, node, path, "ports", "name");
    check_list(walk, node, path, "volumeMounts", "mountPath");
    check_list(walk, node, path, "volumeDevices", "devicePath");
    check_success_threshold(walk, node, path, "livenessProbe");
    check_success_threshold(walk, node, path, "startupProbe");
    if (k8s_is_set(readiness, "terminationGracePeriodSeconds"))
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(readiness, "terminationGracePeriodSeconds"),
                     K8S_AT(K8S_AT(path, "readinessProbe"), "terminationGracePeriodSeconds"),
                     "remove it", "a readinessProbe never ends a container");
    for (uint32_t i = 0; i < length(mounts); i++) {
        const char *propagation = text_get_str(&mounts->u.items[i], "mountPropagation");

        if (propagation && strcmp(propagation, "Bidirectional") == 0 &&
            !is_true(text_get(node, "securityContext"), "privileged"))
            schema_fault(walk, DIAG_K8S_CONFLICT,
                         text_get(&mounts->u.items[i], "mountPropagation"),
                         K8S_AT(K8S_ITEM(K8S_AT(path, "volumeMounts"), i), "mountPropagation"),
                         "use HostToContainer, or a privileged container",
                         "Bidirectional is only for privileged containers");
    }
}

/* ---- pods ---- */

/* Init containers end before the others start, unless they are sidecars. */
static void check_init_containers(struct schema_walk *walk, const struct text_node *list,
                                  const struct text_path *path)
{
    static const char *const running[] = {"livenessProbe", "readinessProbe", "startupProbe",
                                          "lifecycle"};

    for (uint32_t i = 0; i < length(list); i++) {
        const struct text_node *container = &list->u.items[i];
        const char *policy = text_get_str(container, "restartPolicy");

        if (policy && strcmp(policy, "Always") == 0)
            continue;
        for (size_t j = 0; j < BASE_COUNT(running); j++)
            if (k8s_is_set(container, running[j]))
                schema_fault(walk, DIAG_K8S_CONFLICT, text_get(container, running[j]),
                             K8S_AT(K8S_ITEM(path, i), running[j]),
                             "set the container's restartPolicy to Always to make it a sidecar",
                             "an init container that ends has no %s", running[j]);
    }
}

static void check_host_ports(struct schema_walk *walk, const struct text_node *list,
                             const struct text_path *path)
{
    for (uint32_t i = 0; i < length(list); i++) {
        const struct text_node *ports = text_get(&list->u.items[i], "ports");

        for (uint32_t j = 0; j < length(ports); j++) {
            int64_t host, inside;

            if (int_of(&ports->u.items[j], "hostPort", &host) && host != 0 &&
                int_of(&ports->u.items[j], "containerPort", &inside) && host != inside)
                schema_fault(
                    walk, DIAG_K8S_CONFLICT, text_get(&ports->u.items[j], "hostPort"),
                    K8S_AT(K8S_ITEM(K8S_AT(K8S_ITEM(path, i), "ports"), j), "hostPort"),
                    "remove it, or give the same port twice",
                    "hostNetwork is on, so the hostPort is the containerPort");
        }
    }
}

/* The same key for two constraints of one topology and one reaction. */
static void check_spreads(struct schema_walk *walk, const struct text_node *list,
                          const struct text_path *path)
{
    struct text_index seen;

    text_index_init(&seen, walk->arena);
    for (uint32_t i = 0; i < length(list); i++) {
        const char *key = text_get_str(&list->u.items[i], "topologyKey");
        const char *when = text_get_str(&list->u.items[i], "whenUnsatisfiable"), *pair;

        if (!key || !when)
            continue;
        pair = base_arena_format(walk->arena, "%s %s", when, key);
        if (text_index_find(&seen, pair, strlen(pair)) != TEXT_INDEX_NONE)
            schema_fault(walk, DIAG_K8S_DUPLICATE, &list->u.items[i], K8S_ITEM(path, i),
                         "remove one of the two", "'%.100s' with %s is there twice", key, when);
        else
            text_index_set(&seen, pair, strlen(pair), i);
    }
}

K8S_CHECK(pod_spec)
{
    const struct text_node *init = text_get(node, "initContainers");
    const struct text_node *containers = text_get(node, "containers");
    const char *dns = text_get_str(node, "dnsPolicy");
    struct text_index seen;

    text_index_init(&seen, walk->arena);
    check_unique(walk, &seen, init, K8S_AT(path, "initContainers"), "name");
    check_unique(walk, &seen, containers, K8S_AT(path, "containers"), "name");
    check_list(walk, node, path, "volumes", "name");
    check_list(walk, node, path, "resourceClaims", "name");
    check_list(walk, node, path, "schedulingGates", "name");
    check_spreads(walk, text_get(node, "topologySpreadConstraints"),
                  K8S_AT(path, "topologySpreadConstraints"));
    check_init_containers(walk, init, K8S_AT(path, "initContainers"));
    if (is_true(node, "hostNetwork"))
        check_host_ports(walk, containers, K8S_AT(path, "containers"));
    if (is_true(node, "hostPID") && is_true(node, "shareProcessNamespace"))
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "shareProcessNamespace"),
                     K8S_AT(path, "shareProcessNamespace"), "keep one of the two",
                     "hostPID and shareProcessNamespace exclude each other");
    if (dns && strcmp(dns, "None") == 0 &&
        !length(text_get(text_get(node, "dnsConfig"), "nameservers")))
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "dnsPolicy"),
                     K8S_AT(path, "dnsPolicy"), "add dnsConfig.nameservers",
                     "dnsPolicy None needs at least one nameserver");
}

/* ---- whole pods ---- */

static bool has_handler(const struct text_node *probe)
{
    for (size_t i = 0; i < shape_probe.n_fields; i++) {
        const struct schema_field *field = &shape_probe.fields[i];

        if ((field->flags & SCHEMA_UNION) && k8s_is_set(probe, field->name))
            return true;
    }
    return false;
}

static void check_whole_container(struct schema_walk *walk, const struct text_node *container,
                                  const struct text_path *path, const struct text_index *volumes)
{
    static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe"};
    const struct text_node *mounts = text_get(container, "volumeMounts");

    if (!k8s_is_set(container, "image"))
        schema_fault(walk, DIAG_K8S_INCOMPLETE_POD, container, path,
                     "add an image, or use the name of a rendered container",
                     "a container has no image");
    for (size_t i = 0; i < BASE_COUNT(probes); i++)
        if (k8s_is_set(container, probes[i]) && !has_handler(text_get(container, probes[i])))
            schema_fault(walk, DIAG_K8S_INCOMPLETE_POD, text_get(container, probes[i]),
                         K8S_AT(path, probes[i]), "add httpGet, tcpSocket, exec or grpc",
                         "a %s does not say what to probe", probes[i]);
    for (uint32_t i = 0; i < length(mounts); i++) {
        const char *name = text_get_str(&mounts->u.items[i], "name");

        if (name && text_index_find(volumes, name, strlen(name)) == TEXT_INDEX_NONE)
            schema_fault(walk, DIAG_K8S_INCOMPLETE_POD, &mounts->u.items[i],
                         K8S_ITEM(K8S_AT(path, "volumeMounts"), i),
                         "add the volume, or correct its name", "no volume is named '%.100s'",
                         name);
    }
}

K8S_CHECK(whole_pod)
{
    static const char *const lists[] = {"initContainers", "containers"};
    const struct text_node *volumes = text_get(node, "volumes");
    struct text_index names;

    text_index_init(&names, walk->arena);
    for (uint32_t i = 0; i < length(volumes); i++) {
        const char *name = text_get_str(&volumes->u.items[i], "name");

        if (name)
            text_index_set(&names, name, strlen(name), i);
    }
    for (size_t i = 0; i < BASE_COUNT(lists); i++) {
        const struct text_node *containers = text_get(node, lists[i]);

        for (uint32_t j = 0; j < length(containers); j++)
            check_whole_container(walk, &containers->u.items[j],
                                  K8S_ITEM(K8S_AT(path, lists[i]), j), &names);
    }
}
