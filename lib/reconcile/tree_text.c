/*
 * A tree for a terminal. The lines are made first, each with its depth; then it is known which
 * of them is the last one below its parent.
 */
#include "reconcile/tree.h"

enum { DEPTHS = 3 };
#define GREEN "\033[32m"
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define RESET "\033[0m"

struct line {
    uint8_t depth;
    const char *text;
};

struct lines {
    struct base_arena *arena;
    bool color;
    struct line *items;
    size_t n_items, room;
};

static void add(struct lines *lines, uint8_t depth, const char *text)
{
    if (lines->n_items == lines->room) {
        struct line *larger;

        lines->room = lines->room ? 2 * lines->room : 16;
        larger = base_arena_alloc(lines->arena, lines->room * sizeof(*larger));
        if (lines->n_items)
            memcpy(larger, lines->items, lines->n_items * sizeof(*larger));
        lines->items = larger;
    }
    lines->items[lines->n_items++] = (struct line){depth, text};
}

/* ---- words ---- */

/* Text of the cluster, safe to show; "" for none. */
static const char *show(const struct lines *lines, const struct text_node *map, const char *key)
{
    const char *text = text_get_str(map, key);

    return text ? diag_escape_text(lines->arena, text) : "";
}

static const char *mark(const struct lines *lines, const char *sign, const char *color)
{
    return lines->color ? base_arena_format(lines->arena, "%s%s" RESET, color, sign) : sign;
}

static const char *mark_status(const struct lines *lines, const char *status, bool good)
{
    return base_str_eq(status, "Unknown") ? mark(lines, "?", YELLOW)
           : base_str_eq(status, "True") == good ? mark(lines, "✓", GREEN)
                                                 : mark(lines, "✗", RED);
}

/* "Progressing: 0 of 1 pods serve" */
static const char *explain(const struct lines *lines, const struct text_node *condition)
{
    const char *reason = show(lines, condition, "reason");
    const char *message = show(lines, condition, "message");

    return *message ? base_arena_format(lines->arena, "%s: %s", *reason ? reason : "?", message)
           : *reason ? reason
                     : "no reason is given";
}

static long long number(const struct text_node *map, const char *key)
{
    const struct text_node *node = text_get(map, key);
    int64_t value = 0;

    if (node)
        text_int(node, &value);
    return value;
}

static const char *deleting(const struct text_node *node)
{
    return text_get(node, "deleting") ? " (being deleted)" : "";
}

/* ---- parts ---- */

static void add_columns(struct lines *lines, const struct text_node *tree)
{
    const struct text_node *columns = text_get(tree, "columns");
    struct base_buf out;

    base_buf_init(&out, lines->arena, NULL);
    for (uint32_t i = 0; i < columns->len; i++) {
        const struct text_pair *pair = &columns->u.pairs[i];

        if (pair->value.type == TEXT_LIST || pair->value.type == TEXT_MAP)
            continue;
        base_buf_format(&out, "%s%s ", out.len ? ", " : "", pair->key);
        diag_escape(&out, pair->value.u.str);
    }
    if (out.len)
        add(lines, 1, out.data);
}

/* These tell of trouble when they hold. */
static bool is_bad_news(const char *type)
{
    static const char *const types[] = {"Degraded", "EvictionPressure", "HitRateLow", NULL};

    return base_str_in(type, types);
}

/* Whether Ready says the same: "BackendReady: 0 of 1 pods serve". */
static bool is_told(const struct text_node *ready, const struct text_node *condition)
{
    const char *told = text_get_str(ready, "message"), *type = text_get_str(condition, "type");
    const char *message = text_get_str(condition, "message");
    size_t n = strlen(type);

    return told && message && strncmp(told, type, n) == 0 && strncmp(told + n, ": ", 2) == 0 &&
           strcmp(told + n + 2, message) == 0;
}

static void add_conditions(struct lines *lines, const struct text_node *tree)
{
    const struct text_node *list = text_get(tree, "conditions");

    for (uint32_t i = 0; i < list->len; i++) {
        const struct text_node *condition = &list->u.items[i];
        const char *status = text_get_str(condition, "status");
        bool good = !is_bad_news(text_get_str(condition, "type"));

        if (base_str_eq(status, good ? "True" : "False") ||
            is_told(text_get(tree, "ready"), condition))
            continue;
        add(lines, 1,
            base_arena_format(lines->arena, "%s %s: %s", mark_status(lines, status, good),
                              show(lines, condition, "type"), explain(lines, condition)));
    }
}

static const char *describe_endpoints(const struct lines *lines, const struct text_node *endpoints)
{
    long long ready = number(endpoints, "ready"), others = number(endpoints, "notReady");

    return others ? base_arena_format(lines->arena, "%lld endpoint%s ready, %lld not", ready,
                                      ready == 1 ? "" : "s", others)
                  : base_arena_format(lines->arena, "%lld endpoint%s ready", ready,
                                      ready == 1 ? "" : "s");
}

static const char *mark_endpoints(const struct lines *lines, const struct text_node *endpoints)
{
    return mark_status(lines, number(endpoints, "ready") ? "True" : "False", true);
}

static void add_deployment(struct lines *lines, const struct text_node *child)
{
    const struct text_node *replicas = text_get(child, "replicas");
    const struct text_node *ready = text_get(child, "ready"), *pods = text_get(child, "pods");
    const char *status = text_get_str(ready, "status");
    long long serving = number(replicas, "ready"), updated = number(replicas, "updated");
    long long wanted = number(replicas, "wanted");
    /* Mostly the numbers say it. */
    bool explains = base_str_eq(text_get_str(ready, "reason"), "DeploymentFailed") ||
                    (!base_str_eq(status, "True") && !text_get(child, "deleting") &&
                     serving == wanted && updated == wanted);

    add(lines, 1,
        base_arena_format(lines->arena, "%s Deployment %s%s: %lld of %lld ready, %lld updated%s%s",
                          mark_status(lines, status, true), show(lines, child, "name"),
                          deleting(child), serving, wanted, updated, explains ? ": " : "",
                          explains ? show(lines, ready, "message") : ""));
    for (uint32_t i = 0; i < pods->len; i++)
        add(lines, 2,
            base_arena_format(lines->arena, "%s Pod %s: %s", mark_status(lines, "False", true),
                              show(lines, &pods->u.items[i], "name"),
                              explain(lines, text_get(&pods->u.items[i], "ready"))));
}

static void add_children(struct lines *lines, const struct text_node *tree)
{
    const struct text_node *list = text_get(tree, "children");

    for (uint32_t i = 0; i < list->len; i++) {
        const struct text_node *child = &list->u.items[i];
        const struct text_node *endpoints = text_get(child, "endpoints");

        if (text_get(child, "replicas"))
            add_deployment(lines, child);
        else if (endpoints)
            add(lines, 1,
                base_arena_format(lines->arena, "%s Service %s%s: %s",
                                  mark_endpoints(lines, endpoints), show(lines, child, "name"),
                                  deleting(child), describe_endpoints(lines, endpoints)));
        else
            add(lines, 1,
                base_arena_format(lines->arena, "  %s %s%s", show(lines, child, "kind"),
                                  show(lines, child, "name"), deleting(child)));
    }
}

static const char *name_of(const struct lines *lines, const struct text_node *tree,
                           const struct text_node *other)
{
    const char *name_space = text_get_str(other, "namespace");

    return base_str_eq(name_space, text_get_str(tree, "namespace"))
               ? show(lines, other, "name")
               : base_arena_format(lines->arena, "%s/%s", show(lines, other, "namespace"),
                                   show(lines, other, "name"));
}

static void add_reference(struct lines *lines, const struct text_node *tree,
                          const struct text_node *reference)
{
    const struct text_node *found = text_get(reference, "found");
    const struct text_node *ready = text_get(reference, "ready");
    const struct text_node *endpoints = text_get(reference, "endpoints");
    const char *sign = mark_status(lines, "False", true), *state = "does not exist";

    if (ready) {
        sign = mark_status(lines, text_get_str(ready, "status"), true);
        state = show(lines, ready, "reason");
    } else if (endpoints) {
        sign = mark_endpoints(lines, endpoints);
        state = describe_endpoints(lines, endpoints);
    } else if (text_bool(found)) {
        sign = " ";
        state = "is there";
    }
    add(lines, 1,
        base_arena_format(lines->arena, "%s → %s %s (%s): %s", sign,
                          show(lines, reference, "kind"), name_of(lines, tree, reference),
                          show(lines, reference, "field"), state));
}

static void add_backend(struct lines *lines, const struct text_node *backend)
{
    const char *health = show(lines, backend, "health");
    const char *status = strcmp(health, "Healthy") == 0     ? "True"
                         : strcmp(health, "Unhealthy") == 0 ? "False"
                                                            : "Unknown";

    add(lines, 1,
        base_arena_format(lines->arena, "%s → %s%s%s", mark_status(lines, status, true),
                          show(lines, backend, "url"), *health ? ": " : "", health));
}

static void add_references(struct lines *lines, const struct text_node *tree)
{
    const struct text_node *list = text_get(tree, "references");

    for (uint32_t i = 0; i < list->len; i++) {
        if (text_get(&list->u.items[i], "url"))
            add_backend(lines, &list->u.items[i]);
        else
            add_reference(lines, tree, &list->u.items[i]);
    }
}

static void add_users(struct lines *lines, const struct text_node *tree)
{
    const struct text_node *list = text_get(tree, "usedBy");

    for (uint32_t i = 0; i < list->len; i++)
        add(lines, 1,
            base_arena_format(lines->arena, "  ← %s %s", show(lines, &list->u.items[i], "kind"),
                              name_of(lines, tree, &list->u.items[i])));
}

/* ---- drawing ---- */

static void draw(const struct lines *lines, struct base_buf *out)
{
    bool *last = base_arena_zalloc(lines->arena, lines->n_items * sizeof(*last));
    bool *below = base_arena_zalloc(lines->arena, lines->n_items * sizeof(*below));
    bool more[DEPTHS] = {false};

    for (size_t i = lines->n_items; i-- > 0;) {
        size_t depth = lines->items[i].depth;

        last[i] = !more[depth];
        below[i] = more[1];
        more[depth] = true;
        for (size_t k = depth + 1; k < DEPTHS; k++)
            more[k] = false;
    }
    for (size_t i = 0; i < lines->n_items; i++) {
        if (lines->items[i].depth == 2)
            base_buf_puts(out, below[i] ? "│  " : "   ");
        if (lines->items[i].depth > 0)
            base_buf_puts(out, last[i] ? "└─ " : "├─ ");
        base_buf_puts(out, lines->items[i].text);
        base_buf_putc(out, '\n');
    }
}

void tree_write_text(const struct text_node *tree, bool color, struct base_arena *arena,
                     struct base_buf *out)
{
    const struct text_node *ready = text_get(tree, "ready");
    struct lines lines = {.arena = arena, .color = color};

    add(&lines, 0,
        base_arena_format(arena, "%s %s %s/%s%s: %s",
                          mark_status(&lines, text_get_str(ready, "status"), true),
                          show(&lines, tree, "kind"), show(&lines, tree, "namespace"),
                          show(&lines, tree, "name"), deleting(tree), explain(&lines, ready)));
    add_columns(&lines, tree);
    add_conditions(&lines, tree);
    add_children(&lines, tree);
    add_references(&lines, tree);
    add_users(&lines, tree);
    draw(&lines, out);
}
