/*
 * The provider "static": a map whose `targets` are URLs, or maps with a URL and what
 * is known of it.
 */
#include "discovery/input.h"

struct target {
    struct discovery_labels labels; /* first: the takers of labels are given the target */
    const struct text_node *url;
};

static void take_url(struct rctl_discovery_out *out, void *into, const struct text_node *value,
                     const struct text_path *path)
{
    struct target *target = into;

    (void)out;
    (void)path;
    target->url = value;
}

static const struct discovery_key target_keys[] = {
    {"url", take_url},
    {"model", discovery_take_model},
    {"role", discovery_take_role},
    {"weight", discovery_take_weight},
    {"bootstrapPort", discovery_take_bootstrap_port},
};

static void take_target(struct rctl_discovery_out *out, const struct text_node *node,
                        const struct text_path *path)
{
    struct target target = {.labels = discovery_no_labels, .url = node};
    const char *url;

    if (node->type == TEXT_MAP) {
        target.url = NULL;
        discovery_take_map(out, node, path, target_keys, BASE_COUNT(target_keys), &target);
        if (!target.url) {
            discovery_fault(out, DIAG_DISCOVERY_WRONG_FORM, node->mark, path, "add it",
                            "the target has no 'url'");
            return;
        }
    }
    url = discovery_text(out, target.url, path);
    if (url)
        discovery_add(out, url, &target.labels, target.url->mark, path);
}

static void take_targets(struct rctl_discovery_out *out, void *into,
                         const struct text_node *value, const struct text_path *path)
{
    bool *seen = into;

    *seen = true;
    if (!discovery_is(out, value, TEXT_LIST, path))
        return;
    for (uint32_t i = 0; i < value->len; i++)
        take_target(out, &value->u.items[i], &(struct text_path){path, NULL, i});
}

static const struct discovery_key root_keys[] = {{"targets", take_targets}};

static void take_document(void *ctx, const struct text_node *root)
{
    struct rctl_discovery_out *out = ctx;
    bool seen = false;

    if (!discovery_is(out, root, TEXT_MAP, NULL))
        return;
    discovery_take_map(out, root, NULL, root_keys, BASE_COUNT(root_keys), &seen);
    if (!seen)
        discovery_fault(out, DIAG_DISCOVERY_WRONG_FORM, root->mark, NULL, "add it",
                        "there is no list 'targets'");
}

static int resolve(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    (void)ctx;
    discovery_read_config(out, job, NULL);
    discovery_read(out, job, take_document, out);
    return RCTL_OK;
}

const rctl_discovery discovery_static = {
    .size = sizeof(rctl_discovery),
    .name = "static",
    .doc = "A map with targets: URLs, or maps with url, model, role, weight and bootstrapPort.",
    .resolve = resolve,
};
