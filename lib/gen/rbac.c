/*
 * What the operator may do, from the rows of its controllers: what they read and write,
 * and no more. What it lets routers do in a Role of theirs it has to be allowed itself.
 */
#include "gen/gen.h"
#include "reconcile/reconcile.h"

enum verb { GET = 1, LIST = 2, WATCH = 4, CREATE = 8, PATCH = 16, DELETE = 32, UPDATE = 64 };
static const char *const verb_names[] = {"get", "list", "watch", "create", "patch", "delete",
                                         "update"};

enum { MOST_GRANTS = 2 * RES__COUNT + 16 };

struct grant {
    const char *group, *resource, *suffix; /* "/status" or "" */
    unsigned verbs;
};

struct grants {
    struct grant items[MOST_GRANTS];
    size_t n_items;
};

static void allow(struct grants *grants, const char *group, const char *resource,
                  const char *suffix, unsigned verbs)
{
    for (size_t i = 0; i < grants->n_items; i++) {
        struct grant *grant = &grants->items[i];

        if (strcmp(grant->group, group) == 0 && strcmp(grant->resource, resource) == 0 &&
            strcmp(grant->suffix, suffix) == 0) {
            grant->verbs |= verbs;
            return;
        }
    }
    assert(grants->n_items < MOST_GRANTS);
    grants->items[grants->n_items++] = (struct grant){group, resource, suffix, verbs};
}

/* "apps/v1" -> "apps", "v1" -> "". */
static const char *group_of(const rctl_resource *resource, struct base_arena *arena)
{
    const char *slash = strchr(resource->api_version, '/');

    return slash ? base_arena_text(arena, resource->api_version,
                                   (size_t)(slash - resource->api_version))
                 : "";
}

static void allow_controller(struct grants *grants, const rctl_controller *controller,
                             struct base_arena *arena)
{
    for (size_t i = 0; i < controller->n_reads; i++) {
        const rctl_resource *resource = controller->reads[i].resource;

        allow(grants, group_of(resource, arena), resource->plural, "", GET | LIST | WATCH);
        /* Owner references that block their owner's deletion ask for this. */
        if (strcmp(resource->kind, controller->kind) == 0)
            allow(grants, group_of(resource, arena), resource->plural, "/finalizers", UPDATE);
    }
    for (size_t i = 0; i < controller->n_writes; i++) {
        const rctl_resource *resource = controller->writes[i].resource;
        bool status = controller->writes[i].status;

        allow(grants, group_of(resource, arena), resource->plural, status ? "/status" : "",
              status ? PATCH : CREATE | PATCH | DELETE);
    }
}

static void allow_routers(struct grants *grants, const struct router_registry *routers)
{
    for (size_t i = 0; i < routers->n_items; i++)
        for (const char *const *verb = routers->items[i]->pod_verbs; verb && *verb; verb++)
            for (size_t v = 0; v < BASE_COUNT(verb_names); v++)
                if (strcmp(verb_names[v], *verb) == 0)
                    allow(grants, "", "pods", "", 1u << v);
}

/* ---- text ---- */

static void put_words(struct base_buf *out, const char *key, const struct grants *grants,
                      size_t first)
{
    const struct grant *same = &grants->items[first];

    base_buf_format(out, "  %s:\n", key);
    for (size_t i = first; i < grants->n_items; i++)
        if (strcmp(grants->items[i].group, same->group) == 0 &&
            grants->items[i].verbs == same->verbs)
            base_buf_format(out, "  - %s%s\n", grants->items[i].resource,
                            grants->items[i].suffix);
}

static bool is_told(const struct grants *grants, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(grants->items[i].group, grants->items[at].group) == 0 &&
            grants->items[i].verbs == grants->items[at].verbs)
            return true;
    return false;
}

static void put_rules(struct base_buf *out, const struct grants *grants)
{
    base_buf_puts(out, "rules:\n");
    for (size_t i = 0; i < grants->n_items; i++) {
        if (is_told(grants, i))
            continue;
        base_buf_format(out, "- apiGroups:\n  - %s\n",
                        grants->items[i].group[0] ? grants->items[i].group : "\"\"");
        put_words(out, "resources", grants, i);
        base_buf_puts(out, "  verbs:\n");
        for (size_t v = 0; v < BASE_COUNT(verb_names); v++)
            if (grants->items[i].verbs & (1u << v))
                base_buf_format(out, "  - %s\n", verb_names[v]);
    }
}

static void put_head(struct base_buf *out, const char *api_version, const char *kind,
                     const char *name, const char *name_space)
{
    base_buf_format(out,
                    "---\napiVersion: %s\nkind: %s\nmetadata:\n  labels:\n"
                    "    app.kubernetes.io/name: " KINDS_MANAGER "\n  name: %s\n",
                    api_version, kind, name);
    if (name_space)
        base_buf_format(out, "  namespace: %s\n", name_space);
}

#define RBAC_GROUP "rbac.authorization.k8s.io"
#define RBAC_VERSION RBAC_GROUP "/v1"

static void put_binding(struct base_buf *out, const char *kind, const char *role_kind,
                        const char *role, const char *name_space, bool cluster)
{
    put_head(out, RBAC_VERSION, kind, role, cluster ? NULL : name_space);
    base_buf_format(out,
                    "roleRef:\n  apiGroup: " RBAC_GROUP "\n  kind: %s\n  name: %s\nsubjects:\n"
                    "- kind: ServiceAccount\n  name: " KINDS_MANAGER "\n  namespace: ",
                    role_kind, role);
    base_buf_puts(out, name_space);
    base_buf_putc(out, '\n');
}

/* One Lease, which only this operator needs; who creates it cannot be told by its name. */
static void put_election(struct base_buf *out, const char *name_space)
{
    put_head(out, RBAC_VERSION, "Role", KINDS_MANAGER "-election", name_space);
    base_buf_puts(out, "rules:\n- apiGroups:\n  - coordination.k8s.io\n  resources:\n  - leases\n"
                       "  verbs:\n  - create\n- apiGroups:\n  - coordination.k8s.io\n"
                       "  resourceNames:\n  - " KINDS_MANAGER "\n  resources:\n  - leases\n"
                       "  verbs:\n  - get\n  - patch\n  - update\n");
    put_binding(out, "RoleBinding", "Role", KINDS_MANAGER "-election", name_space,
                /* cluster= */ false);
}

void gen_rbac(const struct kinds_tables *tables, const char *name_space, bool namespaced,
              struct base_buf *out)
{
    const char *role = namespaced ? "Role" : "ClusterRole";
    struct grants grants = {.n_items = 0};

    for (size_t i = 0; i < reconcile_n_controllers; i++)
        allow_controller(&grants, &reconcile_controllers[i].told, out->arena);
    allow_routers(&grants, &tables->routers);
    allow(&grants, "events.k8s.io", "events", "", CREATE | PATCH);
    base_buf_puts(out, "# Made by rctl rbac from what the controllers read and write.\n");
    put_head(out, "v1", "Namespace", name_space, NULL);
    put_head(out, "v1", "ServiceAccount", KINDS_MANAGER, name_space);
    put_head(out, RBAC_VERSION, role, KINDS_MANAGER, namespaced ? name_space : NULL);
    put_rules(out, &grants);
    put_binding(out, namespaced ? "RoleBinding" : "ClusterRoleBinding", role, KINDS_MANAGER,
                name_space, !namespaced);
    put_election(out, name_space);
}
