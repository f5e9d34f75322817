/* What Kubernetes knows of the fields of its own objects and their trees do not say. */
#include "diff/diff.h"

#include "kinds/shapes.h"

static const struct diff_row rows[] = {
    {NULL, "metadata.ownerReferences", "uid", NULL, false},
    {"Deployment", "spec.selector", NULL, NULL, true},
    {"Deployment", "spec.template", NULL, &shape_pod_template, false},
    {"InferencePool", "spec.selector", NULL, NULL, true},
    {"NetworkPolicy", "spec.podSelector", NULL, NULL, true},
    {"PodDisruptionBudget", "spec.selector", NULL, NULL, true},
    {"RoleBinding", "roleRef", NULL, NULL, true},
    {"Service", "spec.ports", "port", NULL, false},
    {"Service", "spec.selector", NULL, NULL, true},
};

static bool is_at(const struct text_path *path, const char *text, size_t len)
{
    size_t own;

    if (!path)
        return len == 0;
    if (!path->key)
        return false;
    own = strlen(path->key);
    if (own > len || memcmp(text + len - own, path->key, own) != 0)
        return false;
    len -= own;
    return len == 0 ? !path->parent : text[len - 1] == '.' && is_at(path->parent, text, len - 1);
}

const struct diff_row *diff_find_row(const char *kind, const struct text_path *path)
{
    for (size_t i = 0; i < BASE_COUNT(rows); i++)
        if ((!rows[i].kind || strcmp(rows[i].kind, kind) == 0) &&
            is_at(path, rows[i].path, strlen(rows[i].path)))
            return &rows[i];
    return NULL;
}

bool diff_is_exact(const struct schema_field *field)
{
    return field->shape == &shape_label_selector || strcmp(field->name, "nodeSelector") == 0;
}

/* Members of Go's types that are no pointers and are left out when they are zero. */
bool diff_zero_is_absent(const char *field)
{
    static const char *const fields[] = {
        "hostIPC",    "hostNetwork",    "hostPID",  "hostPort",
        "minReadySeconds", "nodePort",  "paused",   "publishNotReadyAddresses",
        "readOnly",   "stdin",          "stdinOnce", "tty",
        "weight",     NULL};

    return base_str_in(field, fields);
}

static const struct {
    const char *kind, *path;
} immutable[] = {
    {"Deployment", "spec.selector"},
    {"Service", "spec.clusterIP"},
    {"RoleBinding", "roleRef"},
};

static bool is_below(const char *path, const char *top)
{
    size_t len = strlen(top);

    return strncmp(path, top, len) == 0 &&
           (path[len] == '\0' || path[len] == '.' || path[len] == '[');
}

const char *diff_immutable(const char *kind, const char *path)
{
    for (size_t i = 0; i < BASE_COUNT(immutable); i++)
        if (strcmp(kind, immutable[i].kind) == 0 && is_below(path, immutable[i].path))
            return immutable[i].path;
    return NULL;
}

bool diff_restarts(const char *kind, const char *path)
{
    return strcmp(kind, "Deployment") == 0 && is_below(path, "spec.template");
}
