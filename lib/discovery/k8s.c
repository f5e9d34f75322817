/*
 * The provider "k8s": Services and EndpointSlices as the API server gives them, one
 * or several, also in lists. A slice gives one endpoint for each pod that is ready,
 * a Service one endpoint for itself. Read are, of metadata:
 *   labels.model (or the option modelLabel), labels["llm-d.ai/role"] (or roleLabel),
 *   annotations["production-stack.vllm.ai/model"], for names that no label can hold,
 *   annotations["sglang.ai/bootstrap-port"] and ["vllm.ai/bootstrap-port"].
 */
#include "discovery/input.h"

struct reading {
    struct rctl_discovery_out *out;
    struct discovery_config config;
};

/* One object, or one item of a list. */
struct object {
    const struct reading *reading;
    const struct text_node *root;
    const struct text_path *path; /* NULL for a document */
    struct discovery_labels labels;
};

/* The member `key` when it is of a type; what else stands there is told. */
static const struct text_node *get(const struct object *object, const struct text_node *map,
                                   const char *key, enum text_type type,
                                   const struct text_path *path)
{
    const struct text_node *node = text_get(map, key);

    if (!node || node->type == TEXT_NULL)
        return NULL;
    return discovery_is(object->reading->out, node, type, &(struct text_path){path, key, 0})
               ? node
               : NULL;
}

/* ---- labels and annotations ---- */

static void take_from(struct object *object, const char *member, const struct discovery_key *keys,
                      size_t n)
{
    const struct text_path path = {object->path, "metadata", 0};
    const struct text_path member_path = {&path, member, 0};
    const struct text_node *metadata =
        get(object, object->root, "metadata", TEXT_MAP, object->path);
    const struct text_node *map =
        metadata ? get(object, metadata, member, TEXT_MAP, &path) : NULL;

    for (size_t i = 0; map && i < n; i++) {
        const struct text_node *value = text_get(map, keys[i].name);

        if (value && !(value->type == TEXT_STR && value->len == 0))
            keys[i].take(object->reading->out, &object->labels, value,
                         &(struct text_path){&member_path, keys[i].name, 0});
    }
}

static const struct discovery_key annotations[] = {
    {"production-stack.vllm.ai/model", discovery_take_model},
    {"vllm.ai/bootstrap-port", discovery_take_bootstrap_port},
    {"sglang.ai/bootstrap-port", discovery_take_bootstrap_port},
};

static void take_labels(struct object *object)
{
    const struct discovery_key labels[] = {
        {object->reading->config.model_label, discovery_take_model},
        {object->reading->config.role_label, discovery_take_role},
    };

    object->labels = discovery_no_labels;
    take_from(object, "labels", labels, BASE_COUNT(labels));
    take_from(object, "annotations", annotations, BASE_COUNT(annotations));
}

/* ---- ports ---- */

static bool is_text(const struct text_node *map, const char *key, const char *text)
{
    return base_str_eq(text_get_str(map, key), text);
}

/* The port called "http", else the only one there is over TCP; NULL when that is not clear. */
static const struct text_node *choose_port(const struct text_node *ports)
{
    const struct text_node *only = NULL;
    size_t n = 0;

    for (uint32_t i = 0; ports && i < ports->len; i++) {
        const struct text_node *port = &ports->u.items[i];
        const char *protocol = text_get_str(port, "protocol");

        if (protocol && strcmp(protocol, "TCP") != 0)
            continue;
        if (is_text(port, "name", "http"))
            return port;
        only = port;
        n++;
    }
    return n == 1 ? only : NULL;
}

/* ":8000", and the scheme into the labels; NULL after telling what is wrong. */
static const char *take_port(struct object *object, const struct text_node *parent,
                             const struct text_path *path)
{
    struct rctl_discovery_out *out = object->reading->out;
    const struct text_node *ports = get(object, parent, "ports", TEXT_LIST, path);
    const struct text_node *port = choose_port(ports), *number;
    struct text_path ports_path = {path, "ports", 0};
    int64_t value;

    if (!port) {
        discovery_fault(out, DIAG_DISCOVERY_NO_PORT, ports ? ports->mark : parent->mark,
                        &ports_path, "name the port of the engine 'http'",
                        ports && ports->len > 1 ? "no port is called 'http', and there are several"
                                                : "there is no TCP port");
        return NULL;
    }
    number = text_get(port, "port");
    if (!number || number->type != TEXT_INT || !text_int(number, &value) || value < 1 ||
        value > 65535) {
        discovery_fault(out, DIAG_DISCOVERY_NO_PORT, number ? number->mark : port->mark,
                        &ports_path, NULL, "the port has no number from 1 to 65535");
        return NULL;
    }
    if (is_text(port, "appProtocol", "https") || is_text(port, "name", "https"))
        object->labels.scheme = "https";
    return base_arena_format(&out->scratch, ":%d", (int)value);
}

/* ---- slices ---- */

static bool has_condition(const struct text_node *endpoint, const char *name, bool otherwise)
{
    const struct text_node *value = text_get(text_get(endpoint, "conditions"), name);

    return value && value->type == TEXT_BOOL ? text_bool(value) : otherwise;
}

/* The addresses of one endpoint are all the same pod, so one of them is enough. */
static void take_endpoint(struct object *object, const struct text_node *endpoint,
                          const char *port, const struct text_path *path)
{
    struct rctl_discovery_out *out = object->reading->out;
    const struct text_path list_path = {path, "addresses", 0}, item_path = {&list_path, NULL, 0};
    const struct text_node *list;
    const char *address;

    if (!discovery_is(out, endpoint, TEXT_MAP, path) ||
        !has_condition(endpoint, "ready", true) || has_condition(endpoint, "terminating", false))
        return;
    list = get(object, endpoint, "addresses", TEXT_LIST, path);
    if (!list || list->len == 0) {
        discovery_fault(out, DIAG_DISCOVERY_WRONG_FORM, endpoint->mark, path, NULL,
                        "the endpoint has no address");
        return;
    }
    address = discovery_text(out, &list->u.items[0], &item_path);
    if (address)
        discovery_add(out,
                      base_arena_format(&out->scratch, strchr(address, ':') ? "%s://[%s]%s"
                                                                            : "%s://%s%s",
                                        object->labels.scheme, address, port),
                      &object->labels, list->u.items[0].mark, &item_path);
}

static void take_slice(struct object *object)
{
    struct rctl_discovery_out *out = object->reading->out;
    const struct text_node *endpoints =
        get(object, object->root, "endpoints", TEXT_LIST, object->path);
    const struct text_path path = {object->path, "endpoints", 0};
    const struct text_path type_path = {object->path, "addressType", 0};
    const char *port;

    if (!endpoints || endpoints->len == 0)
        return; /* nothing runs behind it, so it has no ports either */
    /* A Service with both families has a slice of IPv4 as well, which serves. */
    if (is_text(object->root, "addressType", "IPv6")) {
        discovery_fault(out, DIAG_DISCOVERY_IPV6_SLICE,
                        text_get(object->root, "addressType")->mark, &type_path,
                        "give the Service an IPv4 address as well, or use the Service itself",
                        "routers take no IPv6 addresses, so this slice is left out");
        return;
    }
    port = take_port(object, object->root, object->path);
    for (uint32_t i = 0; port && i < endpoints->len; i++)
        take_endpoint(object, &endpoints->u.items[i], port, &(struct text_path){&path, NULL, i});
}

/* ---- Services ---- */

/* NULL after telling what is wrong. */
static const char *name_of(const struct object *object, const struct text_node *metadata,
                           const char *key, const char *otherwise, const struct text_path *path)
{
    struct rctl_discovery_out *out = object->reading->out;
    const struct text_node *node = text_get(metadata, key);

    if (node)
        return discovery_text(out, node, &(struct text_path){path, key, 0});
    if (!otherwise)
        discovery_fault(out, DIAG_DISCOVERY_WRONG_FORM, object->root->mark, path, NULL,
                        "the Service has no %s", key);
    return otherwise;
}

static void take_service(struct object *object)
{
    struct rctl_discovery_out *out = object->reading->out;
    const struct text_path metadata_path = {object->path, "metadata", 0};
    const struct text_path spec_path = {object->path, "spec", 0};
    const struct text_node *spec = get(object, object->root, "spec", TEXT_MAP, object->path);
    const struct text_node *metadata = text_get(object->root, "metadata");
    const char *name = name_of(object, metadata, "name", NULL, &metadata_path);
    const char *name_space = name_of(object, metadata, "namespace", "default", &metadata_path);
    const char *port = spec ? take_port(object, spec, &spec_path) : NULL;

    if (!spec)
        discovery_fault(out, DIAG_DISCOVERY_WRONG_FORM, object->root->mark, object->path, NULL,
                        "the Service has no spec");
    if (port && name && name_space)
        discovery_add(out,
                      base_arena_format(&out->scratch, "%s://%s.%s.svc%s", object->labels.scheme,
                                        name, name_space, port),
                      &object->labels, object->root->mark, object->path);
}

/* ---- what an object is ---- */

static const struct kind {
    const char *api_version, *kind;
    void (*take)(struct object *object); /* NULL for lists */
    const char *item; /* kind of the items that name none, as the API server leaves it out */
} kinds[] = {
    {"discovery.k8s.io/v1", "EndpointSlice", take_slice, NULL},
    {"discovery.k8s.io/v1", "EndpointSliceList", NULL, "EndpointSlice"},
    {"v1", "Service", take_service, NULL},
    {"v1", "ServiceList", NULL, "Service"},
    {"v1", "List", NULL, NULL},
};

static const char *kind_candidate(const void *ctx, size_t i)
{
    return ((const struct kind *)ctx)[i].kind;
}

static const struct kind *find_kind(const char *name)
{
    for (size_t i = 0; name && i < BASE_COUNT(kinds); i++)
        if (strcmp(kinds[i].kind, name) == 0)
            return &kinds[i];
    return NULL;
}

/* The row of an object; NULL after telling that it is of no use here. */
static const struct kind *judge(struct rctl_discovery_out *out, const struct text_node *root,
                                const struct text_path *path, const char *usual)
{
    const char *given = text_get_str(root, "kind"), *name = given ? given : usual, *near;
    const char *version = text_get_str(root, "apiVersion");
    const struct kind *kind = find_kind(name);

    if (!name) {
        discovery_fault(out, DIAG_DISCOVERY_WRONG_FORM, root->mark, path,
                        "start the document with apiVersion and kind", "the object has no 'kind'");
        return NULL;
    }
    if (kind && (base_str_eq(version, kind->api_version) || (!version && !given)))
        return kind;
    near = kind ? NULL : base_suggest(name, kind_candidate, kinds, BASE_COUNT(kinds));
    discovery_fault(out, DIAG_DISCOVERY_OTHER_OBJECT, root->mark, path,
                    kind   ? base_arena_format(&out->scratch, "write apiVersion: %s",
                                               kind->api_version)
                    : near ? base_arena_format(&out->scratch, "did you mean '%s'?", near)
                           : "give Services and EndpointSlices only",
                    "'%.60s' of '%.60s' is left out", name, version ? version : "");
    return NULL;
}

/* An object that is no list. */
static void take_object(const struct reading *reading, const struct text_node *root,
                        const struct text_path *path, const struct kind *kind)
{
    struct object object = {.reading = reading, .root = root, .path = path};

    take_labels(&object);
    kind->take(&object);
}

static void take_items(const struct reading *reading, const struct text_node *items,
                       const char *usual)
{
    const struct text_path path = {NULL, "items", 0};

    for (uint32_t i = 0; i < items->len; i++) {
        const struct text_node *item = &items->u.items[i];
        const struct text_path item_path = {&path, NULL, i};
        const struct kind *kind;

        if (!discovery_is(reading->out, item, TEXT_MAP, &item_path))
            continue;
        kind = judge(reading->out, item, &item_path, usual);
        if (kind && kind->take)
            take_object(reading, item, &item_path, kind);
        else if (kind)
            discovery_fault(reading->out, DIAG_DISCOVERY_WRONG_FORM, item->mark, &item_path,
                            "put its items into the outer list", "a list stands within a list");
    }
}

static void take_document(void *ctx, const struct text_node *root)
{
    const struct reading *reading = ctx;
    const struct text_path items_path = {NULL, "items", 0};
    const struct text_node *items = text_get(root, "items");
    const struct kind *kind;

    if (!discovery_is(reading->out, root, TEXT_MAP, NULL))
        return;
    kind = judge(reading->out, root, NULL, NULL);
    if (kind && kind->take)
        take_object(reading, root, NULL, kind);
    else if (kind && items && items->type != TEXT_NULL &&
             discovery_is(reading->out, items, TEXT_LIST, &items_path))
        take_items(reading, items, kind->item);
}

static int resolve(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    struct reading reading = {out, {"model", "llm-d.ai/role"}};

    (void)ctx;
    discovery_read_config(out, job, &reading.config);
    discovery_read(out, job, take_document, &reading);
    return RCTL_OK;
}

const rctl_discovery discovery_k8s = {
    .size = sizeof(rctl_discovery),
    .name = "k8s",
    .doc = "Kubernetes objects: Services, EndpointSlices, and lists of them.",
    .resolve = resolve,
};
