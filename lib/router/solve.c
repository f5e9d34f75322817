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

/* "engine/connector" among words like it. */
static bool in_pairs(const char *words, const char *engine, const char *connector)
{
    size_t e = engine ? strlen(engine) : 0, c = connector ? strlen(connector) : 0;

    for (const char *from = words; from; from = strchr(from, '|')) {
        from += *from == '|';
        if (e && c && strncmp(from, engine, e) == 0 && from[e] == '/' &&
            strncmp(from + e + 1, connector, c) == 0 &&
            (from[e + 1 + c] == '|' || from[e + 1 + c] == '\0'))
            return true;
    }
    return false;
}

/* Rows that hold only for some: headers of sessions, pairs of engine and connector. */
static bool holds_for(const rctl_router_way *way, const rctl_router_job *job)
{
    if (!way->only)
        return true;
    return way->wish == RCTL_WISH_PD ? in_pairs(way->only, job->engine, job->connector)
                                     : in_words(way->only, job->session_header);
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

static bool holds(const rctl_router *router, const char *version, const rctl_router_way *way,
                  const rctl_router_job *job)
{
    return way->how && holds_for(way, job) && !missing_flag(router, version, way->flag);
}

/* A row of a wish that counts under a policy: its own ones stand before the general. */
static bool counts(const rctl_router_way *way, rctl_wish wish, const char *policy, bool *own)
{
    if (way->wish != wish || (way->policy ? strcmp(way->policy, policy) != 0 : *own))
        return false;
    *own |= way->policy != NULL;
    return true;
}

const rctl_router_way *router_find_way(const rctl_router *router, const char *policy,
                                       const char *version, rctl_wish wish,
                                       const rctl_router_job *job)
{
    bool own = false;

    if (wish == RCTL_WISH_LOAD_KV && job->fronts)
        return NULL;
    for (size_t i = 0; i < router->n_ways; i++)
        if (counts(&router->ways[i], wish, policy, &own) &&
            holds(router, version, &router->ways[i], job))
            return &router->ways[i];
    return NULL;
}

/* Why a row does not hold. */
static const char *why_not(const rctl_router *router, const char *version,
                           const rctl_router_way *way, const rctl_router_job *job,
                           struct base_arena *arena)
{
    const rctl_flag *flag = missing_flag(router, version, way->flag);

    if (!way->how)
        return way->but;
    if (!holds_for(way, job))
        return why_not_only(router, way->wish, arena);
    return base_arena_format(arena, "it needs version %s for --%s", flag->since, flag->name);
}

const char *router_why_not(const rctl_router *router, const char *policy, const char *version,
                           rctl_wish wish, const rctl_router_job *job, struct base_arena *arena)
{
    const rctl_router_way *last = NULL, *elsewhere = NULL;
    bool own = false;

    if (wish == RCTL_WISH_LOAD_KV && job->fronts)
        return "a router in front of prefill and decode pods reports no KV usage";
    for (size_t i = 0; i < router->n_ways; i++) {
        const rctl_router_way *way = &router->ways[i];

        if (counts(way, wish, policy, &own))
            last = way;
        else if (way->wish == wish && way->policy && way->how && !elsewhere)
            elsewhere = way;
    }
    if (last)
        return why_not(router, version, last, job, arena);
    if (!elsewhere)
        return "it cannot";
    /* What another policy could not do either is the better reason. */
    return holds(router, version, elsewhere, job)
               ? base_arena_format(arena, "only under its policy %s, not %s", elsewhere->policy,
                                   policy)
               : why_not(router, version, elsewhere, job, arena);
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
    uint64_t all = asked->wishes | asked->soft;
    rctl_router_job job = *asked;

    for (int wish = 0; wish < RCTL_WISH__COUNT; wish++)
        if ((all & RCTL_WISH_BIT(wish)) &&
            router_find_way(router, policy->name, version, (rctl_wish)wish, asked))
            verdict.honoured |= RCTL_WISH_BIT(wish);
    verdict.lacks = asked->wishes & ~verdict.honoured;
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
    return verdict->policy && !verdict->lacks && !verdict->refusal;
}

static size_t count_lacks(const struct router_verdict *verdict)
{
    size_t n = 0;

    for (uint64_t bits = verdict->lacks; bits; bits &= bits - 1)
        n++;
    return n;
}

/* What may serve although something is missing. */
static bool is_usable(const struct router_verdict *verdict)
{
    return verdict->policy && !verdict->refusal &&
           !(verdict->lacks & router_hard_wishes());
}

/* Fewer lacks are better; with as many, one that serves rightly is. */
static bool is_better(const struct router_verdict *a, const struct router_verdict *b)
{
    size_t x = count_lacks(a) + (a->refusal != NULL), y = count_lacks(b) + (b->refusal != NULL);

    if (!b->policy)
        return true;
    if (is_usable(a) != is_usable(b))
        return is_usable(a);
    return x < y;
}

/* What was refused would have done more: its reason is what a user can act on. */
static void note_nearer(struct router_verdict *best, const struct router_verdict *refused)
{
    if (refused->refusal && !best->refusal && count_lacks(refused) < count_lacks(best))
        best->nearer = refused->refusal;
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
        if (is_better(&verdict, &best)) {
            note_nearer(&verdict, &best);
            best = verdict;
        } else {
            note_nearer(&best, &verdict);
        }
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
        if (is_usable(verdict) && (!best || count_lacks(verdict) < count_lacks(best)))
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
    bool found = false;

    *ret = (struct router_solution){0};
    ret->verdicts = base_arena_alloc(arena, (registry->n_items + 1) * sizeof(*ret->verdicts));
    for (size_t i = 0; i < registry->n_items && !(found && !question->every); i++) {
        const rctl_router *router = registry->items[i];
        bool named = question->type && strcmp(question->type, router->name) == 0;
        struct router_verdict *verdict = &ret->verdicts[ret->n_verdicts];

        if (question->type && !named && !question->every)
            continue;
        *verdict = judge_router(router, named ? question->version : router->version,
                                question->job, arena);
        found |= is_full(verdict) && (named || !question->type);
        ret->n_verdicts++;
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

const char *router_lacks_text(const struct router_verdict *verdict, const rctl_router_job *job,
                              struct base_arena *arena)
{
    struct base_buf text;
    bool first = true;

    base_buf_init(&text, arena, NULL);
    base_buf_puts(&text, verdict->router->name);
    if (!verdict->policy)
        add_needs(verdict->router, &text);
    for (int wish = 0; verdict->policy && wish < RCTL_WISH__COUNT; wish++) {
        if (!(verdict->lacks & RCTL_WISH_BIT(wish)))
            continue;
        base_buf_format(&text, "%s %s (%s)", first ? " lacks" : ",",
                        rctl_wish_name((rctl_wish)wish),
                        router_why_not(verdict->router, verdict->policy->name, verdict->version,
                                       (rctl_wish)wish, job, arena));
        first = false;
    }
    if (verdict->refusal)
        base_buf_format(&text, "%s: %s", verdict->lacks ? ", and" : "", verdict->refusal);
    else if (verdict->nearer)
        base_buf_format(&text, "; %s", verdict->nearer);
    return text.data;
}
