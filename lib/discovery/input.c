/*
 * Reading for the providers of this folder: documents with their places, maps with
 * known keys, and the values that say what a target is. A scalar counts as the text
 * that was written, so that `weight: 2` and `weight: "2"` are the same.
 */
#include "discovery/input.h"

/* Longer texts are no addresses; aliases may repeat one a hundred thousand times. */
enum { LONGEST_TEXT = 1024, LONGEST_KEY = 64 };

struct reading {
    void (*each)(void *ctx, const struct text_node *root);
    void *ctx;
};

static void read_document(void *ctx, const struct text_doc *doc)
{
    const struct reading *reading = ctx;

    if (doc->root)
        reading->each(reading->ctx, doc->root);
}

void discovery_read(struct rctl_discovery_out *out, const rctl_discovery_job *job,
                    void (*each)(void *ctx, const struct text_node *root), void *ctx)
{
    struct reading reading = {each, ctx};
    struct text_reader reader = {.arena = &out->scratch,
                                 .keys = text_interner_new(&out->scratch),
                                 .limits = &text_limits_default,
                                 .diags = out->diags,
                                 .file = out->file,
                                 .each = read_document,
                                 .ctx = &reading};

    text_read(&reader, job->data, job->len);
}

bool discovery_is(struct rctl_discovery_out *out, const struct text_node *node,
                  enum text_type type, const struct text_path *path)
{
    if (node->type == type)
        return true;
    discovery_fault(out, DIAG_DISCOVERY_WRONG_FORM, node->mark, path, NULL,
                    "expected %s, found %s", text_type_name(type),
                    text_type_name((enum text_type)node->type));
    return false;
}

const char *discovery_text(struct rctl_discovery_out *out, const struct text_node *node,
                           const struct text_path *path)
{
    if (node->type == TEXT_LIST || node->type == TEXT_MAP || node->type == TEXT_NULL) {
        discovery_is(out, node, TEXT_STR, path);
        return NULL;
    }
    if (node->len > LONGEST_TEXT) {
        discovery_fault(out, DIAG_DISCOVERY_WRONG_FORM, node->mark, path, NULL,
                        "the text is longer than %d bytes", (int)LONGEST_TEXT);
        return NULL;
    }
    return node->u.str;
}

/* ---- keys ---- */

const struct discovery_key *discovery_find_key(const struct discovery_key *keys, size_t n,
                                               const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static const char *key_candidate(const void *ctx, size_t i)
{
    return ((const struct discovery_key *)ctx)[i].name;
}

const char *discovery_near_key(struct rctl_discovery_out *out, const struct discovery_key *keys,
                               size_t n, const char *name, const char *otherwise)
{
    const char *near = base_suggest(name, key_candidate, keys, n);

    return near ? base_arena_format(&out->scratch, "did you mean '%s'?", near) : otherwise;
}

void discovery_take_map(struct rctl_discovery_out *out, const struct text_node *map,
                        const struct text_path *path, const struct discovery_key *keys, size_t n,
                        void *into)
{
    for (uint32_t i = 0; i < map->len; i++) {
        const struct text_pair *pair = &map->u.pairs[i];
        const struct discovery_key *key = discovery_find_key(keys, n, pair->key);
        struct text_path below = {path, pair->key, 0};

        if (key)
            key->take(out, into, &pair->value, &below);
        else
            discovery_fault(out, DIAG_DISCOVERY_UNKNOWN_KEY, pair->mark,
                            pair->key_len <= LONGEST_KEY ? &below : path,
                            discovery_near_key(out, keys, n, pair->key, "remove it"),
                            "unknown key '%.100s'", pair->key);
    }
}

/* ---- values ---- */

void discovery_take_model(struct rctl_discovery_out *out, void *into,
                          const struct text_node *value, const struct text_path *path)
{
    struct discovery_labels *labels = into;
    const char *text = discovery_text(out, value, path), *wrong;

    if (!text)
        return;
    wrong = schema_syntax_check(SCHEMA_MODEL_NAME, text, out->arena->mem);
    if (wrong)
        discovery_fault(out, DIAG_DISCOVERY_BAD_LABEL, value->mark, path, NULL, "'%.100s' %s",
                        text, wrong);
    else
        labels->model = text;
}

/* Ours, then what llm-d calls an engine that does both stages. */
static const struct role {
    const char *word;
    rctl_engine_role role;
} roles[] = {
    {"serve", RCTL_ROLE_SERVE},          {"prefill", RCTL_ROLE_PREFILL},
    {"decode", RCTL_ROLE_DECODE},        {"prefill-decode", RCTL_ROLE_SERVE},
    {"both", RCTL_ROLE_SERVE},
};

static const char *role_candidate(const void *ctx, size_t i)
{
    return ((const struct role *)ctx)[i].word;
}

void discovery_take_role(struct rctl_discovery_out *out, void *into,
                         const struct text_node *value, const struct text_path *path)
{
    struct discovery_labels *labels = into;
    const char *text = discovery_text(out, value, path), *near;

    if (!text)
        return;
    for (size_t i = 0; i < BASE_COUNT(roles); i++) {
        if (strcmp(roles[i].word, text) == 0) {
            labels->role = roles[i].role;
            return;
        }
    }
    near = base_suggest(text, role_candidate, roles, BASE_COUNT(roles));
    discovery_fault(out, DIAG_DISCOVERY_BAD_LABEL, value->mark, path,
                    near ? base_arena_format(&out->scratch, "did you mean '%s'?", near)
                         : "use prefill, decode or serve",
                    "unknown role '%.100s'", text);
}

static void take_int(struct rctl_discovery_out *out, int64_t *into, int min, int max,
                     const struct text_node *value, const struct text_path *path)
{
    const char *text = discovery_text(out, value, path);
    int64_t number;

    if (!text)
        return;
    if (base_num_int(text, &number) && number >= min && number <= max)
        *into = number;
    else
        discovery_fault(out, DIAG_DISCOVERY_BAD_LABEL, value->mark, path, NULL,
                        "'%.60s' is not a whole number from %d to %d", text, min, max);
}

void discovery_take_weight(struct rctl_discovery_out *out, void *into,
                           const struct text_node *value, const struct text_path *path)
{
    struct discovery_labels *labels = into;

    take_int(out, &labels->weight, 0, DISCOVERY_MOST_WEIGHT, value, path);
}

void discovery_take_bootstrap_port(struct rctl_discovery_out *out, void *into,
                                   const struct text_node *value, const struct text_path *path)
{
    struct discovery_labels *labels = into;

    take_int(out, &labels->bootstrap_port, 1, 65535, value, path);
}

void discovery_take_scheme(struct rctl_discovery_out *out, void *into,
                           const struct text_node *value, const struct text_path *path)
{
    struct discovery_labels *labels = into;
    const char *text = discovery_text(out, value, path);

    if (!text)
        return;
    if (strcmp(text, "http") == 0 || strcmp(text, "https") == 0)
        labels->scheme = text;
    else
        discovery_fault(out, DIAG_DISCOVERY_BAD_LABEL, value->mark, path, "use http or https",
                        "unknown scheme '%.60s'", text);
}
