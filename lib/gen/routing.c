/*
 * Why this router? For each gateway and each service with prefill and decode halves:
 * who was chosen, a table of wishes and routers, how the chosen one honours each wish,
 * and what it is told. The same answer that validation and rendering go by.
 */
#include "gen/routing.h"

struct page {
    const rctl_object *object;
    const struct kinds_front *front;
    const struct router_verdict *chosen; /* NULL without one */
    uint64_t asked;
    struct base_arena *arena;
    struct base_buf *out;
};

static const char *version_text(const struct router_verdict *verdict)
{
    return verdict->version ? verdict->version : "of unknown version";
}

static const char *why_not(const struct page *page, const struct router_verdict *verdict, int wish)
{
    return router_why_not(verdict->router, verdict->policy->name, verdict->version,
                          (rctl_wish)wish, &page->front->job, page->arena);
}

/* ---- text ---- */

static void put_choice(const struct page *page)
{
    const struct kinds_front *front = page->front;
    struct base_buf *out = page->out;

    base_buf_puts(out, kinds_object_label(page->object, page->arena));
    base_buf_putc(out, '\n');
    if (!page->chosen) {
        base_buf_puts(out, front->solution.n_verdicts
                               ? "  router: none does all that is asked\n"
                               : "  router: not decided, as its backends are not known\n");
        return;
    }
    base_buf_format(out, "  router: %s %s, policy %s%s\n", page->chosen->router->title,
                    version_text(page->chosen), page->chosen->policy->name,
                    front->solution.degraded ? " (degraded: it does not do all)" : "");
    if (front->image)
        base_buf_format(out, "  image:  %s\n", front->image);
}

/* Routers that serve only who asks for them in particular have no column. */
static bool has_column(const struct router_verdict *verdict)
{
    return verdict->policy != NULL;
}

static bool is_honoured(const struct router_verdict *verdict, int wish)
{
    return (verdict->honoured & RCTL_WISH_BIT(wish)) != 0;
}

static size_t width_of_names(const struct page *page)
{
    size_t width = strlen("asked for");

    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++) {
        size_t len = strlen(rctl_wish_name((rctl_wish)wish));

        if (page->asked & RCTL_WISH_BIT(wish) && len > width)
            width = len;
    }
    return width;
}

static void put_cell(const struct page *page, const char *text, size_t width)
{
    size_t len = strlen(text);

    base_buf_puts(page->out, text);
    base_buf_fill(page->out, ' ', width > len ? width - len : 0);
    base_buf_puts(page->out, "  ");
}

static void end_line(const struct page *page)
{
    struct base_buf *out = page->out;

    while (out->len && out->data[out->len - 1] == ' ')
        out->len--;
    base_buf_putc(out, '\n');
}

static void put_table(const struct page *page)
{
    const struct router_solution *solution = &page->front->solution;
    size_t width = width_of_names(page);

    base_buf_puts(page->out, "\n  ");
    put_cell(page, "asked for", width);
    for (size_t i = 0; i < solution->n_verdicts; i++)
        if (has_column(&solution->verdicts[i]))
            put_cell(page, solution->verdicts[i].router->name, 0);
    end_line(page);
    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++) {
        if (!(page->asked & RCTL_WISH_BIT(wish)))
            continue;
        base_buf_puts(page->out, "  ");
        put_cell(page, rctl_wish_name((rctl_wish)wish), width);
        for (size_t i = 0; i < solution->n_verdicts; i++)
            if (has_column(&solution->verdicts[i]))
                put_cell(page, is_honoured(&solution->verdicts[i], wish) ? "yes" : "-",
                         strlen(solution->verdicts[i].router->name));
        end_line(page);
    }
}

static void put_ways(const struct page *page)
{
    const struct router_verdict *chosen = page->chosen;
    size_t width = width_of_names(page);

    base_buf_format(page->out, "\n  how %s does it:\n", chosen->router->name);
    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++) {
        const rctl_router_way *way;

        if (!(page->asked & RCTL_WISH_BIT(wish)))
            continue;
        way = router_find_way(chosen->router, chosen->policy->name, chosen->version,
                              (rctl_wish)wish, &page->front->job);
        base_buf_puts(page->out, "    ");
        put_cell(page, rctl_wish_name((rctl_wish)wish), width);
        base_buf_puts(page->out, way ? way->how : "not: ");
        if (!way)
            base_buf_puts(page->out, why_not(page, chosen, wish));
        if (way && way->but)
            base_buf_format(page->out, " (%s)", way->but);
        end_line(page);
    }
}

static void put_others(const struct page *page)
{
    const struct router_solution *solution = &page->front->solution;
    bool first = true;

    for (size_t i = 0; i < solution->n_verdicts; i++) {
        const struct router_verdict *verdict = &solution->verdicts[i];

        if (!has_column(verdict) || (!verdict->lacks && !verdict->refusal))
            continue;
        base_buf_puts(page->out, first ? "\n  why not:\n" : "");
        base_buf_format(page->out, "    %s\n", router_lacks_text(verdict, &page->front->job, page->arena));
        first = false;
    }
}

/* Words that a shell would take apart are put in quotes, so that lines can be pasted. */
static void put_word(struct base_buf *out, const char *word)
{
    if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "-_./:,=@+%") == strlen(word)) {
        base_buf_puts(out, word);
        return;
    }
    base_buf_putc(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            base_buf_puts(out, "'\\''");
        else
            base_buf_putc(out, *word);
    base_buf_putc(out, '\'');
}

static void put_command(const struct page *page)
{
    const struct router_result *result = &page->front->result;
    const char *const *command = page->chosen->router->command;
    struct base_buf *out = page->out;

    base_buf_puts(out, "\n  command:\n    ");
    for (size_t i = 0; command && command[i]; i++)
        base_buf_format(out, "%s%s", i ? " " : "", command[i]);
    if (!command)
        base_buf_puts(out, "(entry point of the image)");
    for (size_t i = 0; i < result->n_words; i++) {
        /* A flag starts a line, its values follow it. */
        base_buf_puts(out, strncmp(result->words[i].text, "--", 2) == 0 ? " \\\n      " : " ");
        put_word(out, result->words[i].text);
    }
    base_buf_putc(out, '\n');
}

static void put_files(const struct page *page)
{
    const struct router_result *result = &page->front->result;

    for (size_t i = 0; i < result->n_files; i++) {
        base_buf_format(page->out, "\n  %s/%s:\n", page->front->job.folder,
                        result->files[i].name);
        for (const char *line = result->files[i].text; *line;) {
            size_t len = strcspn(line, "\n");

            base_buf_format(page->out, "    %.*s\n", (int)len, line);
            line += len + (line[len] == '\n');
        }
    }
}

static void put_text(const struct page *page)
{
    put_choice(page);
    if (page->front->solution.n_verdicts == 0)
        return;
    put_table(page);
    if (page->chosen)
        put_ways(page);
    put_others(page);
    if (page->chosen && page->chosen->router->image) {
        put_command(page);
        put_files(page);
    }
}

/* ---- JSON ---- */

static void put_verdict(struct text_builder *out, const struct page *page,
                        const struct router_verdict *verdict)
{
    text_put_map(out, NULL);
    text_put_str(out, "router", verdict->router->name);
    text_put_str(out, "version", verdict->version);
    text_put_str(out, "policy", verdict->policy ? verdict->policy->name : NULL);
    text_put_bool(out, "fits",
                  verdict->policy && !verdict->lacks && !verdict->refusal);
    text_put_str(out, "refusal", verdict->refusal);
    text_put_list(out, "wishes");
    for (int wish = 0; verdict->policy && wish < RCTL_WISH__COUNT; wish++) {
        const rctl_router_way *way;

        if (!(page->asked & RCTL_WISH_BIT(wish)))
            continue;
        way = router_find_way(verdict->router, verdict->policy->name, verdict->version,
                              (rctl_wish)wish, &page->front->job);
        text_put_map(out, NULL);
        text_put_str(out, "wish", rctl_wish_name((rctl_wish)wish));
        text_put_bool(out, "honoured", way != NULL);
        text_put_str(out, "how", way ? way->how : NULL);
        text_put_str(out, "but", way ? way->but : NULL);
        text_put_str(out, "why", way ? NULL : why_not(page, verdict, wish));
        text_put_end(out);
    }
    text_put_end(out);
    text_put_end(out);
}

static void put_told(struct text_builder *out, const struct page *page)
{
    const struct router_result *result = &page->front->result;
    const char *const *command = page->chosen->router->command;

    text_put_str(out, "image", page->front->image);
    text_put_list(out, "command");
    for (size_t i = 0; command && command[i]; i++)
        text_put_str(out, NULL, command[i]);
    text_put_end(out);
    text_put_list(out, "args");
    for (size_t i = 0; i < result->n_words; i++)
        text_put_str(out, NULL, result->words[i].text);
    text_put_end(out);
    text_put_map(out, "files");
    for (size_t i = 0; i < result->n_files; i++)
        text_put_str(out, result->files[i].name, result->files[i].text);
    text_put_end(out);
}

static void put_json(struct text_builder *out, const void *arg)
{
    const struct page *page = arg;
    const struct router_solution *solution = &page->front->solution;

    text_put_map(out, NULL);
    text_put_str(out, "kind", page->object->kind->kind);
    text_put_str(out, "namespace", page->object->name_space);
    text_put_str(out, "name", page->object->name);
    text_put_str(out, "router", page->chosen ? page->chosen->router->name : NULL);
    text_put_str(out, "policy", page->chosen ? page->chosen->policy->name : NULL);
    text_put_bool(out, "degraded", solution->degraded);
    text_put_list(out, "candidates");
    for (size_t i = 0; i < solution->n_verdicts; i++)
        put_verdict(out, page, &solution->verdicts[i]);
    text_put_end(out);
    if (page->chosen)
        put_told(out, page);
    text_put_end(out);
}

/* ---- all of them ---- */

void gen_routing(struct kinds_world *world, bool json, struct base_buf *out)
{
    size_t n = 0;

    world->every_router = true;
    for (size_t i = 0; i < world->n_ours; i++) {
        struct rctl_diags diags;
        struct kinds_front front;
        struct page page = {.object = world->ours[i],
                            .front = &front,
                            .arena = world->scratch,
                            .out = out};

        base_arena_reset(world->scratch);
        diags = kinds_silent(world);
        if (!kinds_object_front(world, world->ours[i], &diags, &front))
            continue;
        page.chosen = front.solution.chosen;
        page.asked = front.asked;
        base_buf_puts(out, json ? (n ? ",\n" : "[\n") : n ? "\n" : "");
        if (json)
            text_write_json(text_built(world->scratch, put_json, &page), /* indent= */ 2, out);
        else
            put_text(&page);
        n++;
    }
    if (json)
        base_buf_puts(out, n ? "]\n" : "[]\n");
    else if (n == 0)
        base_buf_puts(out, "no gateway, and no service with prefill and decode halves\n");
    base_arena_reset(world->scratch);
    world->every_router = false;
}
