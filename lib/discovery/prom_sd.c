/*
 * The providers "file" and "http": target groups in the form of Prometheus's file_sd
 * and http_sd, so that what writes those can tell us our endpoints. Labels that
 * Prometheus sets for its own use (__meta_*) are passed over; any other that says
 * nothing here is told once, since it may be a misspelled one.
 */
#include "discovery/input.h"

enum { N_LABELS = 5, MOST_TOLD = 32 };

struct reading {
    struct rctl_discovery_out *out;
    struct discovery_key labels[N_LABELS];
    const char *told[MOST_TOLD]; /* unknown labels; more of them are passed over */
    size_t n_told;
};

/* Returns true the first time that an unknown label is seen. */
static bool remember(struct reading *reading, const char *name)
{
    for (size_t i = 0; i < reading->n_told; i++)
        if (strcmp(reading->told[i], name) == 0)
            return false;
    if (reading->n_told == MOST_TOLD)
        return false;
    reading->told[reading->n_told++] = name;
    return true;
}

/* ---- labels ---- */

static void take_label(struct reading *reading, struct discovery_labels *labels,
                       const struct text_pair *pair, const struct text_path *path)
{
    struct rctl_discovery_out *out = reading->out;
    const struct discovery_key *key = discovery_find_key(reading->labels, N_LABELS, pair->key);
    struct text_path below = {path, pair->key, 0};
    bool empty = pair->value.type == TEXT_STR && pair->value.len == 0;

    /* To Prometheus, an empty label is one that is not there. */
    if (empty || (!key && base_str_starts(pair->key, "__meta_")))
        return;
    if (key)
        key->take(out, labels, &pair->value, &below);
    else if (remember(reading, pair->key))
        discovery_fault(out, DIAG_DISCOVERY_UNKNOWN_LABEL, pair->mark, &below,
                        discovery_near_key(out, reading->labels, N_LABELS, pair->key, NULL),
                        "the label '%.100s' has no meaning here", pair->key);
}

/* ---- targets ---- */

static void take_target(struct rctl_discovery_out *out, const struct text_node *node,
                        const struct discovery_labels *labels, const struct text_path *path)
{
    const char *target = discovery_text(out, node, path), *wrong = NULL, *hint = NULL;

    if (!target)
        return;
    if (strchr(target, '/')) {
        wrong = "is not of the form host:port";
        hint = "remove the scheme and the path; the label __scheme__ tells http or https";
    } else if (!strchr(target, ':')) {
        wrong = "has no port";
        hint = "write host:port";
    }
    if (wrong)
        discovery_bad_target(out, node->mark, path, target, wrong, hint);
    else
        discovery_add(out, base_arena_format(&out->scratch, "%s://%s", labels->scheme, target),
                      labels, node->mark, path);
}

struct group {
    const struct text_node *targets, *labels;
};

static void take_list(struct rctl_discovery_out *out, void *into, const struct text_node *value,
                      const struct text_path *path)
{
    struct group *group = into;

    if (discovery_is(out, value, TEXT_LIST, path))
        group->targets = value;
}

static void take_labels(struct rctl_discovery_out *out, void *into,
                        const struct text_node *value, const struct text_path *path)
{
    struct group *group = into;

    if (value->type != TEXT_NULL && discovery_is(out, value, TEXT_MAP, path))
        group->labels = value;
}

static const struct discovery_key group_keys[] = {{"targets", take_list}, {"labels", take_labels}};

static void take_group(struct reading *reading, const struct text_node *node,
                       const struct text_path *path)
{
    struct text_path targets_path = {path, "targets", 0}, labels_path = {path, "labels", 0};
    struct discovery_labels labels = discovery_no_labels;
    struct group group = {NULL, NULL};

    if (!discovery_is(reading->out, node, TEXT_MAP, path))
        return;
    discovery_take_map(reading->out, node, path, group_keys, BASE_COUNT(group_keys), &group);
    if (!text_get(node, "targets"))
        discovery_fault(reading->out, DIAG_DISCOVERY_WRONG_FORM, node->mark, path, "add it",
                        "the group has no list 'targets'");
    for (uint32_t i = 0; group.labels && i < group.labels->len; i++)
        take_label(reading, &labels, &group.labels->u.pairs[i], &labels_path);
    for (uint32_t i = 0; group.targets && i < group.targets->len; i++)
        take_target(reading->out, &group.targets->u.items[i], &labels,
                    &(struct text_path){&targets_path, NULL, i});
}

static void take_document(void *ctx, const struct text_node *root)
{
    struct reading *reading = ctx;

    if (!discovery_is(reading->out, root, TEXT_LIST, NULL))
        return;
    for (uint32_t i = 0; i < root->len; i++)
        take_group(reading, &root->u.items[i], &(struct text_path){NULL, NULL, i});
}

static int resolve(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    struct discovery_config config = {"model", "role"};
    struct reading reading = {.out = out};

    (void)ctx;
    discovery_read_config(out, job, &config);
    reading.labels[0] = (struct discovery_key){config.model_label, discovery_take_model};
    reading.labels[1] = (struct discovery_key){config.role_label, discovery_take_role};
    reading.labels[2] = (struct discovery_key){"weight", discovery_take_weight};
    reading.labels[3] = (struct discovery_key){"bootstrap_port", discovery_take_bootstrap_port};
    reading.labels[4] = (struct discovery_key){"__scheme__", discovery_take_scheme};
    discovery_read(out, job, take_document, &reading);
    return RCTL_OK;
}

const rctl_discovery discovery_file = {
    .size = sizeof(rctl_discovery),
    .name = "file",
    .doc = "Target groups as in Prometheus's file_sd: a list of maps with targets and labels.",
    .resolve = resolve,
};

const rctl_discovery discovery_http = {
    .size = sizeof(rctl_discovery),
    .name = "http",
    .doc = "Target groups as in Prometheus's http_sd: a list of maps with targets and labels.",
    .resolve = resolve,
};
