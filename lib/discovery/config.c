/*
 * The options of the providers of this folder: spec.discovery.config as JSON. It
 * comes from another file than the data, so its faults have a path but no line.
 */
#include "discovery/input.h"

enum { LONGEST_LABEL = 317 }; /* of Kubernetes: a prefix and a name */

struct option {
    const char *name;
    const char **into;
};

struct text {
    const struct text_node *root;
};

static void keep(void *ctx, const struct text_doc *doc)
{
    struct text *text = ctx;

    if (doc->root)
        text->root = doc->root;
}

static void fault(struct rctl_discovery_out *out, const char *key, const char *hint,
                  const char *message)
{
    struct text_path top = {NULL, "config", 0}, below = {&top, key, 0};

    diag_add(out->diags, DIAG_DISCOVERY_BAD_CONFIG, (struct diag_mark){DIAG_NO_FILE, 0, 0}, NULL,
             text_path_print(key ? &below : &top, &out->scratch), hint, "%s", message);
}

/* The map of options, or NULL when there are none or they cannot be read. */
static const struct text_node *read(struct rctl_discovery_out *out, const char *config)
{
    struct text text = {NULL};
    struct rctl_diags diags;
    struct text_reader reader = {.arena = &out->scratch,
                                 .keys = text_interner_new(&out->scratch),
                                 .limits = &text_limits_default,
                                 .diags = &diags,
                                 .file = DIAG_NO_FILE,
                                 .each = keep,
                                 .ctx = &text};

    diag_init(&diags, &out->scratch, /* cap= */ 1);
    text_read(&reader, config, strlen(config));
    if (diags.n_items > 0) {
        fault(out, NULL, "write it as a JSON object",
              base_arena_format(&out->scratch, "cannot be read: %s",
                                diags.items[0]->told.message));
        return NULL;
    }
    if (!text.root || text.root->type == TEXT_NULL)
        return NULL;
    if (text.root->type == TEXT_MAP)
        return text.root;
    fault(out, NULL, "write it as a JSON object",
          base_arena_format(&out->scratch, "expected a map, found %s",
                            text_type_name((enum text_type)text.root->type)));
    return NULL;
}

static const char *option_candidate(const void *ctx, size_t i)
{
    return ((const struct option *)ctx)[i].name;
}

static void take(struct rctl_discovery_out *out, const struct option *options, size_t n,
                 const struct text_pair *pair)
{
    const char *near;

    for (size_t i = 0; i < n; i++) {
        if (strcmp(options[i].name, pair->key) != 0)
            continue;
        if (!options[i].into)
            return;
        if (pair->value.type == TEXT_STR && pair->value.len > 0 &&
            pair->value.len <= LONGEST_LABEL)
            *options[i].into = pair->value.u.str;
        else
            fault(out, pair->key, NULL, "expected the name of a label");
        return;
    }
    near = base_suggest(pair->key, option_candidate, options, n);
    fault(out, pair->key,
          near ? base_arena_format(&out->scratch, "did you mean '%s'?", near) : "remove it",
          base_arena_format(&out->scratch, "unknown option '%.100s'", pair->key));
}

void discovery_read_config(struct rctl_discovery_out *out, const rctl_discovery_job *job,
                           struct discovery_config *config)
{
    /* The last three say where the data is; who reads it for us looks at them. */
    const struct option options[] = {{"modelLabel", config ? &config->model_label : NULL},
                                     {"roleLabel", config ? &config->role_label : NULL},
                                     {"path", NULL},
                                     {"url", NULL},
                                     {"refreshSeconds", NULL}};
    const struct text_node *root = job->config ? read(out, job->config) : NULL;

    for (uint32_t i = 0; root && i < root->len; i++)
        take(out, options, config ? BASE_COUNT(options) : 0, &root->u.pairs[i]);
    if (config && strcmp(config->model_label, config->role_label) == 0)
        fault(out, "roleLabel", "use another label for one of them",
              "is the same label as modelLabel");
}
