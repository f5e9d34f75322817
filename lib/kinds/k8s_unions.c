/*
 * Fields that exclude each other: sources of volumes and variables, handlers of
 * probes and hooks. The rows mark them UNION; what is left to say is whether one of
 * them must be there.
 */
#include "kinds/k8s.h"
#include "kinds/shapes.h"

bool k8s_is_set(const struct text_node *map, const char *key)
{
    const struct text_node *value = text_get(map, key);

    return value && value->type != TEXT_NULL;
}

/* "exec, httpGet, tcpSocket or grpc", the first few of them. */
static const char *list_choices(struct schema_walk *walk, const struct schema_shape *shape)
{
    struct base_buf buf;
    size_t n = 0;

    base_buf_init(&buf, walk->arena, NULL);
    for (size_t i = 0; i < shape->n_fields && n < 6; i++)
        if (shape->fields[i].flags & SCHEMA_UNION)
            base_buf_format(&buf, "%s%s", n++ ? ", " : "", shape->fields[i].name);
    return buf.data;
}

static void check_one(struct schema_walk *walk, const struct schema_shape *shape,
                      const struct text_node *node, const struct text_path *path, bool needed)
{
    const char *first = NULL;

    for (size_t i = 0; i < shape->n_fields; i++) {
        const struct schema_field *field = &shape->fields[i];

        if (!(field->flags & SCHEMA_UNION) || !k8s_is_set(node, field->name))
            continue;
        if (first)
            schema_fault(walk, DIAG_K8S_EXACTLY_ONE, text_get(node, field->name),
                         K8S_AT(path, field->name), "keep one of the two",
                         "'%s' and '%s' exclude each other", first, field->name);
        else
            first = field->name;
    }
    if (!first && needed)
        schema_fault(walk, DIAG_K8S_EXACTLY_ONE, node, path,
                     base_arena_format(walk->arena, "add one of: %s", list_choices(walk, shape)),
                     "nothing says what this is");
}

/* In an overlay a probe may change numbers alone, and a volume without a source is an
 * empty directory, so these need no choice. */
K8S_CHECK(probe)
{
    check_one(walk, &shape_probe, node, path, /* needed= */ false);
}

K8S_CHECK(volume)
{
    check_one(walk, &shape_volume, node, path, /* needed= */ false);
}

K8S_CHECK(env_var)
{
    check_one(walk, &shape_env_var, node, path, /* needed= */ false);
}

K8S_CHECK(env_from)
{
    check_one(walk, &shape_env_from, node, path, /* needed= */ true);
}

K8S_CHECK(lifecycle_handler)
{
    check_one(walk, &shape_lifecycle_handler, node, path, /* needed= */ true);
}

K8S_CHECK(projected_part)
{
    check_one(walk, &shape_projected_part, node, path, /* needed= */ true);
}

K8S_CHECK(pod_claim)
{
    check_one(walk, &shape_pod_resource_claim, node, path, /* needed= */ true);
}

/* ---- what a variable or a file may be filled from ---- */

static const char *const env_paths[] = {
    "metadata.name",           "metadata.namespace", "metadata.uid",   "spec.nodeName",
    "spec.serviceAccountName", "status.hostIP",      "status.hostIPs", "status.podIP",
    "status.podIPs",           NULL,
};
static const char *const file_paths[] = {
    "metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels",
    "metadata.annotations", NULL,
};

static const char *word(const void *ctx, size_t i)
{
    return ((const char *const *)ctx)[i];
}

/* metadata.labels['key'] or metadata.annotations['key'] */
static bool is_subscript(struct schema_walk *walk, const char *text)
{
    static const char *const heads[] = {"metadata.labels['", "metadata.annotations['"};

    for (size_t i = 0; i < BASE_COUNT(heads); i++) {
        size_t head = strlen(heads[i]), len = strlen(text);

        if (!base_str_starts(text, heads[i]) || len < head + 3 ||
            strcmp(text + len - 2, "']") != 0)
            continue;
        return !schema_syntax_check(SCHEMA_LABEL_KEY,
                                    base_arena_text(walk->arena, text + head, len - head - 2),
                                    walk->arena->mem);
    }
    return false;
}

static void check_field_path(struct schema_walk *walk, const struct text_node *node,
                             const struct text_path *path, const char *const *known)
{
    const struct text_node *ref = text_get(node, "fieldRef");
    const char *text = text_get_str(ref, "fieldPath"), *near;
    size_t n = 0;

    if (!text || base_str_in(text, known) || is_subscript(walk, text))
        return;
    while (known[n])
        n++;
    near = base_suggest(text, word, known, n);
    schema_fault(walk, DIAG_K8S_BAD_VALUE, text_get(ref, "fieldPath"),
                 K8S_AT(K8S_AT(path, "fieldRef"), "fieldPath"),
                 near ? base_arena_format(walk->arena, "did you mean '%s'?", near)
                      : "use a path like status.podIP or metadata.labels['key']",
                 "'%.100s' is no field of a pod that can be read here", text);
}

static void check_resource_field(struct schema_walk *walk, const struct text_node *node,
                                 const struct text_path *path)
{
    static const char *const known[] = {
        "limits.cpu",     "limits.memory",     "limits.ephemeral-storage",
        "requests.cpu",   "requests.memory",   "requests.ephemeral-storage", NULL,
    };
    const struct text_node *ref = text_get(node, "resourceFieldRef");
    const char *text = text_get_str(ref, "resource");

    if (!text || base_str_in(text, known) || base_str_starts(text, "limits.hugepages-") ||
        base_str_starts(text, "requests.hugepages-"))
        return;
    schema_fault(walk, DIAG_K8S_BAD_VALUE, text_get(ref, "resource"),
                 K8S_AT(K8S_AT(path, "resourceFieldRef"), "resource"),
                 "use limits or requests of cpu, memory, ephemeral-storage or hugepages",
                 "'%.100s' is no resource that can be read here", text);
}

K8S_CHECK(env_source)
{
    check_one(walk, &shape_env_source, node, path, /* needed= */ true);
    check_field_path(walk, node, path, env_paths);
    check_resource_field(walk, node, path);
}

K8S_CHECK(downward_item)
{
    const struct text_node *ref = text_get(node, "resourceFieldRef");

    check_one(walk, &shape_downward_item, node, path, /* needed= */ true);
    check_field_path(walk, node, path, file_paths);
    check_resource_field(walk, node, path);
    if (ref && ref->type == TEXT_MAP && !k8s_is_set(ref, "containerName"))
        schema_fault(walk, DIAG_SCHEMA_MISSING_FIELD, ref, K8S_AT(path, "resourceFieldRef"),
                     "name the container whose resource is meant",
                     "required field 'containerName' is missing");
}

/* ---- mounts ---- */

K8S_CHECK(volume_mount)
{
    const char *recursive = text_get_str(node, "recursiveReadOnly");
    const char *propagation = text_get_str(node, "mountPropagation");
    const struct text_node *read_only = text_get(node, "readOnly");

    check_one(walk, &shape_volume_mount, node, path, /* needed= */ false);
    if (!recursive || strcmp(recursive, "Disabled") == 0)
        return;
    if (!read_only || read_only->type != TEXT_BOOL || !text_bool(read_only))
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "recursiveReadOnly"),
                     K8S_AT(path, "recursiveReadOnly"), "set readOnly to true",
                     "recursiveReadOnly needs readOnly");
    if (propagation && strcmp(propagation, "None") != 0)
        schema_fault(walk, DIAG_K8S_CONFLICT, text_get(node, "mountPropagation"),
                     K8S_AT(path, "mountPropagation"), "set it to None, or remove it",
                     "recursiveReadOnly does not go with mountPropagation '%s'", propagation);
}
