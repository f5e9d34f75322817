/*
 * Explanations of what has a command line: engines and routers, and one flag of
 * either. Their flag tables have one form, so one piece of code speaks of both.
 */
#include "gen/explain.h"

static const char *const flag_types[] = {
    [RCTL_FLAG_STRING] = "string",
    [RCTL_FLAG_INT] = "integer",
    [RCTL_FLAG_INT_HUMAN] = "integer, also as 8k or 8K",
    [RCTL_FLAG_FLOAT] = "number",
    [RCTL_FLAG_BOOL] = "true or false",
    [RCTL_FLAG_SWITCH] = "true or false",
    [RCTL_FLAG_ENUM] = "choice",
    [RCTL_FLAG_ENUM_INT] = "choice of integers",
    [RCTL_FLAG_JSON] = "JSON",
    [RCTL_FLAG_JSON_OR_STRING] = "JSON or string",
    [RCTL_FLAG_LIST_STRING] = "list of strings",
    [RCTL_FLAG_LIST_INT] = "list of integers",
    [RCTL_FLAG_LIST_FLOAT] = "list of numbers",
    [RCTL_FLAG_LIST_ENUM] = "list of choices",
    [RCTL_FLAG_REMOVED] = "removed",
};

static void explain_flag(const char *title, const rctl_flag *flag, struct base_buf *out)
{
    base_buf_format(out, "%s --%s (%s)\n\n", title, flag->name, flag_types[flag->type]);
    if (flag->alias_of)
        base_buf_format(out, "  Another spelling of --%s\n", flag->alias_of);
    if (flag->choices)
        base_buf_format(out, "  Choices: %s\n", flag->choices);
    if (flag->fallback)
        base_buf_format(out, "  Default: %s\n", flag->fallback);
    if (flag->since)
        base_buf_format(out, "  Since: %s\n", flag->since);
    if (flag->until)
        base_buf_format(out, "  Last version that had it: %s\n", flag->until);
    if (flag->instead)
        base_buf_format(out, "  Instead: %s\n", flag->instead);
    if (flag->traits & RCTL_FLAG_OURS)
        base_buf_puts(out, "  Rendered by the library; not to be set by hand\n");
    if (flag->traits & RCTL_FLAG_UNSAFE)
        base_buf_puts(out, "  Weakens security: must also be named in allowUnsafeFlags\n");
    if (flag->traits & RCTL_FLAG_DEPRECATED)
        base_buf_puts(out, "  Deprecated\n");
    if (flag->note)
        base_buf_format(out, "  Note: %s\n", flag->note);
}

static void put_words(const char *title, const char *const *words, struct base_buf *out)
{
    if (!words || !words[0])
        return;
    base_buf_format(out, "  %s:", title);
    for (size_t i = 0; words[i]; i++)
        base_buf_format(out, "%s %s", i ? "," : "", words[i]);
    base_buf_putc(out, '\n');
}

static void explain_engine(const rctl_engine *engine, struct base_buf *out)
{
    base_buf_format(out, "%s (engine: %s), flags of version %s\n\n", engine->title, engine->name,
                    engine->version);
    base_buf_format(out, "  Image: %s\n  Health: GET %s\n  Flags known: %zu\n", engine->image,
                    engine->health_path, engine->n_flags);
    put_words("Required keys of engineConfig", engine->required, out);
    put_words("Connectors between prefill and decode", engine->connectors, out);
    put_words("Methods of speculative decoding", engine->methods, out);
    if (engine->n_neutral)
        base_buf_puts(out, "\nKeys that mean the same for every engine:\n\n");
    for (size_t i = 0; i < engine->n_neutral; i++) {
        const rctl_engine_neutral *row = &engine->neutral[i];

        base_buf_format(out, "  %s%s%s -> --%s%s%s\n", row->key, row->when ? ": " : "",
                        row->when ? row->when : "", row->flag, row->value ? " " : "",
                        row->value ? row->value : "");
    }
    base_buf_format(out, "\nMore: rctl explain %s.FLAG\n", engine->name);
}

/* ---- routers ---- */

void gen_explain_routers(const struct router_registry *routers, struct base_buf *out)
{
    base_buf_puts(out, "In the order in which `type: auto` asks them:\n\n");
    for (size_t i = 0; i < routers->n_items; i++)
        base_buf_format(out, "%-18s %s %s\n", routers->items[i]->name, routers->items[i]->title,
                        routers->items[i]->version);
    base_buf_format(out, "\n%-33s", "");
    for (size_t i = 0; i < routers->n_items; i++)
        base_buf_format(out, "%s%s", i ? "  " : "", routers->items[i]->name);
    base_buf_putc(out, '\n');
    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++) {
        base_buf_format(out, "%-33s", rctl_wish_name((rctl_wish)wish));
        for (size_t i = 0; i < routers->n_items; i++) {
            const char *cell = router_does(routers->items[i], (rctl_wish)wish) ? "yes" : "-";

            base_buf_puts(out, cell);
            if (i + 1 < routers->n_items)
                base_buf_fill(out, ' ', strlen(routers->items[i]->name) + 2 - strlen(cell));
        }
        base_buf_putc(out, '\n');
    }
    base_buf_puts(out, "\nNot all at once: see rctl explain ROUTER, and rctl explain routing PATH.\n");
}

static void explain_ways(const rctl_router *router, struct base_buf *out)
{
    for (size_t i = 0; i < router->n_ways; i++) {
        const rctl_router_way *way = &router->ways[i];

        base_buf_format(out, "  %-33s %s%s", rctl_wish_name(way->wish), way->how ? "" : "no: ",
                        way->how ? way->how : way->but);
        if (way->policy)
            base_buf_format(out, ", under policy %s", way->policy);
        if (way->only)
            base_buf_format(out, ", only for %s", way->only);
        if (way->how && way->but)
            base_buf_format(out, " (%s)", way->but);
        base_buf_putc(out, '\n');
    }
}

static void explain_router(const rctl_router *router, struct base_buf *out)
{
    base_buf_format(out, "%s (router: %s), as of version %s\n\n", router->title, router->name,
                    router->version);
    if (router->image)
        base_buf_format(out, "  Image: %s\n  Liveness: GET %s\n  Readiness: GET %s\n",
                        router->image, router->live_path, router->ready_path);
    base_buf_puts(out, "  Policies:");
    for (size_t i = 0; i < router->n_policies; i++)
        base_buf_format(out, "%s %s", i ? "," : "", router->policies[i].name);
    base_buf_format(out, "\n  Flags known: %zu\n\nWhat it does:\n\n", router->n_flags);
    explain_ways(router, out);
    if (router->n_flags)
        base_buf_format(out, "\nMore: rctl explain %s.FLAG\n", router->name);
}

/* ---- either ---- */

/* Something with flags, by number: engines first, then routers. */
struct program {
    const char *name, *title;
    rctl_engine table;
    const rctl_engine *engine; /* one of the two is NULL */
    const rctl_router *router;
};

static bool program_at(const struct kinds_tables *tables, size_t i, struct program *ret)
{
    *ret = (struct program){NULL, NULL, {0}, NULL, NULL};
    if (i < tables->engines.n_items) {
        ret->engine = tables->engines.items[i];
        ret->table = *ret->engine;
    } else if (i - tables->engines.n_items < tables->routers.n_items) {
        ret->router = tables->routers.items[i - tables->engines.n_items];
        ret->table = router_as_engine(ret->router);
    } else {
        return false;
    }
    ret->name = ret->table.name;
    ret->title = ret->table.title;
    return true;
}

/* "smg" and "smg.policy": what stands behind the name, or NULL. */
static const char *behind(const struct program *program, const char *topic)
{
    size_t len = strlen(program->name);

    return strncmp(topic, program->name, len) == 0 && (topic[len] == '.' || topic[len] == '\0')
               ? topic + len
               : NULL;
}

bool gen_explain_program(const struct kinds_tables *tables, const char *topic,
                         struct base_buf *out)
{
    struct program program;

    for (size_t i = 0; program_at(tables, i, &program); i++) {
        const char *rest = behind(&program, topic);
        const rctl_flag *flag;

        if (!rest)
            continue;
        if (*rest == '\0' && program.engine)
            explain_engine(program.engine, out);
        if (*rest == '\0' && program.router)
            explain_router(program.router, out);
        if (*rest == '\0')
            return true;
        rest += base_str_starts(rest, ".--") ? 3 : 1;
        flag = rctl_engine_find_flag(&program.table, rest);
        if (flag)
            explain_flag(program.title, flag, out);
        return flag != NULL;
    }
    return false;
}

static const char *flag_at(const void *ctx, size_t i)
{
    return ((const rctl_engine *)ctx)->flags[i].name;
}

bool gen_suggest_flag(const struct kinds_tables *tables, const char *topic, struct base_buf *out)
{
    struct program program;

    for (size_t i = 0; program_at(tables, i, &program); i++) {
        const char *rest = behind(&program, topic), *near;

        if (!rest || *rest == '\0')
            continue;
        near = base_suggest(rest + 1, flag_at, &program.table, program.table.n_flags);
        if (near)
            base_buf_format(out, "%s.%s\n", program.name, near);
        return near != NULL;
    }
    return false;
}
