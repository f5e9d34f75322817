/*
 * Which router does all that is asked? A walk over tables: routers in the order of
 * the registry, their policies in order of preference, and for each wish the row
 * that says how. What no row says is not done.
 */
#include "router/router.h"

static bool in_words(const char *words, const char *word)
{
    size_t len = word ? strlen(word) : 0;

    for (const char *from = words; from; from = strchr(from, '|')) {
        from += *from == '|';
        if (len && strncmp(from, word, len) == 0 && (from[len] == '|' || from[len] == '\0'))
            return true;
    }
    return false;
}

/* What a wish is about, for rows that hold only for some: a header, or a pair. */
static const char *detail_of(rctl_wish wish, const rctl_router_job *job, struct base_arena *arena)
{
    if (wish == RCTL_WISH_SESSION)
        return job->session_header;
    if (wish == RCTL_WISH_PD && job->engine && job->connector)
        return base_arena_format(arena, "%s/%s", job->engine, job->connector);
    return NULL;
}

/* All that its rows do of a wish, under whatever policy. */
static const char *why_not_only(const rctl_router *router, rctl_wish wish,
                                struct base_arena *arena)
{
    struct base_buf text;
    bool first = true;

    base_buf_init(&text, arena, NULL);
    base_buf_puts(&text, wish == RCTL_WISH_SESSION ? "it reads only the header "
                         : wish == RCTL_WISH_PD    ? "it drives only "
                                                   : "it does only ");
    for (size_t i = 0; i < router->n_ways; i++) {
        if (router->ways[i].wish != wish || !router->ways[i].only)
            continue;
        /* Equal lists of several policies are one. */
        if (i > 0 && router->ways[i - 1].wish == wish &&
            base_str_eq(router->ways[i - 1].only, router->ways[i].only))
            continue;
        for (const char *word = router->ways[i].only; *word; word += *word == '|') {
            size_t len = strcspn(word, "|");

            base_buf_format(&text, "%s%.*s", first ? "" : ", ", (int)len, word);
            first = false;
            word += len;
        }
    }
    return text.data;
}

/* The row of the flag that a way needs, when the version does not have it. */
static const rctl_flag *missing_flag(const rctl_router *router, const char *version,
                                     const char *name)
{
    rctl_engine table = router_as_engine(router);
    const rctl_flag *flag = name && version ? engine_find_flag(&table, name) : NULL;

    return flag && flag->since && engine_version_compare(version, flag->since) < 0 ? flag : NULL;
}

/* A row that holds for this job and version, or NULL and why not. */
static const rctl_router_way *judge_way(const rctl_router *router, const char *version,
                                        const rctl_router_way *way, const rctl_router_job *job,
                                        struct base_arena *arena, const char **ret_why)
{
    const rctl_flag *flag = missing_flag(router, version, way->flag);

    if (!way->how) {
        *ret_why = way->but;
    } else if (way->only && !in_words(way->only, detail_of(way->wish, job, arena))) {
        *ret_why = why_not_only(router, way->wish, arena);
    } else if (flag) {
        *ret_why = base_arena_format(arena, "it needs version %s for --%s", flag->since, flag->name);
    } else {
        return way;
    }
    return NULL;
}

const rctl_router_way *router_find_way(const rctl_router *router, const char *policy,
                                       const char *version, rctl_wish wish,
                                       const rctl_router_job *job, struct base_arena *arena,
                                       const char **ret_why)
{
    const rctl_router_way *elsewhere = NULL;
    bool own = false;

    *ret_why = NULL;
    if (wish == RCTL_WISH_LOAD_KV && job->fronts) {
        *ret_why = "a router in front of prefill and decode pods reports no KV usage";
        return NULL;
    }
    for (size_t i = 0; i < router->n_ways; i++) {
        const rctl_router_way *way = &router->ways[i];

        if (way->wish != wish)
            continue;
        if (way->policy && strcmp(way->policy, policy) != 0) {
            if (way->how && !elsewhere)
                elsewhere = way;
            continue;
        }
        if (own && !way->policy)
            continue;
        own |= way->policy != NULL;
        way = judge_way(router, version, way, job, arena, ret_why);
        if (way)
            return way;
    }
    /* What another policy could not do either is the better reason. */
    if (!*ret_why && elsewhere && judge_way(router, version, elsewhere, job, arena, ret_why))
        *ret_why = base_arena_format(arena, "only under its policy %s, not %s", elsewhere->policy,
                                     policy);
    if (!*ret_why)
        *ret_why = "it cannot";
    return NULL;
}

static void ask_fits(struct router_verdict *verdict, rctl_router_job *job,
                     struct base_arena *arena)
{
    struct router_result unused = {0};
    rctl_router_out out = {.router = verdict->router, .arena = arena, .result = &unused};
    int code;

    if (!verdict->router->fits)
        return;
    code = verdict->router->fits(verdict->router->ctx, job, &out);
    if (code != RCTL_OK)
        base_raise(&arena->mem->fail, code);
    verdict->refusal = out.refusal;
}

/* One router under one of its policies. */
static struct router_verdict judge_policy(const rctl_router *router,
                                          const rctl_router_policy *policy, const char *version,
                                          const rctl_router_job *asked, struct base_arena *arena)
{
    struct router_verdict verdict = {.router = router, .policy = policy, .version = version};
    rctl_router_job job = *asked;
    uint64_t all = asked->wishes | asked->soft;

    verdict.lacks = base_arena_alloc(arena, RCTL_WISH__COUNT * sizeof(*verdict.lacks));
    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++) {
        const char *why;

        if (!(all & RCTL_WISH_BIT(wish)))
            continue;
        if (router_find_way(router, policy->name, version, (rctl_wish)wish, asked, arena, &why))
            verdict.honoured |= RCTL_WISH_BIT(wish);
        else if (asked->wishes & RCTL_WISH_BIT(wish))
            verdict.lacks[verdict.n_lacks++] = (struct router_lack){(rctl_wish)wish, why};
    }
    job.policy = policy->name;
    job.version = version;
    job.soft &= verdict.honoured;
    if (version && policy->since && engine_version_compare(version, policy->since) < 0)
        verdict.refusal = base_arena_format(arena, "its policy %s needs version %s", policy->name,
                                            policy->since);
    else
        ask_fits(&verdict, &job, arena);
    return verdict;
}

static bool is_full(const struct router_verdict *verdict)
{
    return verdict->policy && verdict->n_lacks == 0 && !verdict->refusal;
}

static bool lacks_hard(const struct router_verdict *verdict)
{
    uint64_t hard = router_hard_wishes();

    for (size_t i = 0; i < verdict->n_lacks; i++)
        if (hard & RCTL_WISH_BIT(verdict->lacks[i].wish))
            return true;
    return false;
}

/* What may serve although something is missing. */
static bool is_usable(const struct router_verdict *verdict)
{
    return verdict->policy && !verdict->refusal && !lacks_hard(verdict);
}

/* Fewer lacks are better; with as many, one that serves rightly is. */
static bool is_better(const struct router_verdict *a, const struct router_verdict *b)
{
    size_t x = a->n_lacks + (a->refusal != NULL), y = b->n_lacks + (b->refusal != NULL);

    if (!b->policy)
        return true;
    if (is_usable(a) != is_usable(b))
        return is_usable(a);
    return x < y;
}

static struct router_verdict judge_router(const rctl_router *router, const char *version,
                                          const rctl_router_job *job, struct base_arena *arena)
{
    struct router_verdict best = {.router = router, .version = version};

    for (size_t i = 0; i < router->n_policies && !is_full(&best); i++) {
        const rctl_router_policy *policy = &router->policies[i];
        struct router_verdict verdict;

        if ((policy->needs & job->wishes) != policy->needs)
            continue;
        verdict = judge_policy(router, policy, version, job, arena);
        if (is_better(&verdict, &best))
            best = verdict;
    }
    return best;
}

static void choose(struct router_solution *solution, const struct router_question *question)
{
    const struct router_verdict *best = NULL;

    for (size_t i = 0; i < solution->n_verdicts; i++) {
        const struct router_verdict *verdict = &solution->verdicts[i];

        if (question->type && strcmp(question->type, verdict->router->name) != 0)
            continue;
        if (is_full(verdict)) {
            solution->chosen = verdict;
            return;
        }
        if (is_usable(verdict) && (!best || verdict->n_lacks < best->n_lacks))
            best = verdict;
    }
    if (!question->allow_degraded || !best)
        return;
    solution->chosen = best;
    solution->degraded = true;
}

void router_solve(const struct router_registry *registry, const struct router_question *question,
                  struct base_arena *arena, struct router_solution *ret)
{
    *ret = (struct router_solution){.n_verdicts = registry->n_items};
    ret->verdicts = base_arena_alloc(arena, (registry->n_items + 1) * sizeof(*ret->verdicts));
    for (size_t i = 0; i < registry->n_items; i++) {
        const rctl_router *router = registry->items[i];
        bool named = question->type && strcmp(question->type, router->name) == 0;

        ret->verdicts[i] = judge_router(router, named ? question->version : router->version,
                                        question->job, arena);
    }
    choose(ret, question);
}

/* A router that only serves who asks for it in particular. */
static void add_needs(const rctl_router *router, struct base_buf *text)
{
    bool first = true;

    base_buf_puts(text, " serves only with");
    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++) {
        if (!(router->policies[0].needs & RCTL_WISH_BIT(wish)))
            continue;
        base_buf_format(text, "%s %s", first ? "" : ",", rctl_wish_name((rctl_wish)wish));
        first = false;
    }
}

const char *router_lacks_text(const struct router_verdict *verdict, struct base_arena *arena)
{
    struct base_buf text;

    base_buf_init(&text, arena, NULL);
    base_buf_puts(&text, verdict->router->name);
    if (!verdict->policy)
        add_needs(verdict->router, &text);
    for (size_t i = 0; i < verdict->n_lacks; i++)
        base_buf_format(&text, "%s %s (%s)", i ? "," : " lacks",
                        rctl_wish_name(verdict->lacks[i].wish), verdict->lacks[i].why);
    if (verdict->refusal)
        base_buf_format(&text, "%s: %s", verdict->n_lacks ? ", and" : "", verdict->refusal);
    return text.data;
}
