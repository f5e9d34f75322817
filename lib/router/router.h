/*
 * router: the registry of routers, the solver that finds the one which honours what
 * is asked, and the arguments of the chosen one. Knows no kind: it is given a job in
 * plain words.
 */
#ifndef ROUTER_ROUTER_H
#define ROUTER_ROUTER_H

#include "engine/engine.h"

#include <routerctl/router.h>

/* ---- wishes.c ---- */

/* Wishes that cannot be left undone without serving wrongly, or unsafely. */
uint64_t router_hard_wishes(void);
/* Wishes that are honoured where that is possible, and told where it is not. */
uint64_t router_soft_wishes(void);

/* ---- registry.c ---- */

extern const rctl_router router_production_stack, router_vllm_router, router_smg,
    router_sglang_router, router_gateway_api;

struct router_registry {
    const rctl_router **items;
    size_t n_items, room;
};
/* 0, INVALID_ARG or LIMIT; raises NOMEM. */
int router_registry_add(struct router_registry *registry, struct base_arena *arena,
                        const rctl_router *router);
const rctl_router *router_registry_find(const struct router_registry *registry, const char *name);
/* Under some policy, in some version, for some jobs at least. */
bool router_does(const rctl_router *router, rctl_wish wish);
/* The flag table as engines have one, so that the same code judges both. */
rctl_engine router_as_engine(const rctl_router *router);

/* ---- solve.c ---- */

/* What one router makes of a job, under the policy that suits it best. */
struct router_verdict {
    const rctl_router *router;
    const rctl_router_policy *policy; /* NULL: none may be looked at */
    const char *version;              /* NULL when it is not known */
    uint64_t honoured;                /* of job->wishes and job->soft */
    uint64_t lacks;                   /* of job->wishes */
    const char *refusal;              /* of `fits`; NULL when it has none */
    const char *nearer; /* why a policy that lacks less is not the one; NULL: there is none */
};

struct router_solution {
    struct router_verdict *verdicts; /* of those that were asked, in the registry's order */
    size_t n_verdicts;
    const struct router_verdict *chosen; /* NULL: nobody can do it */
    bool degraded;                       /* the chosen one lacks something */
};

struct router_question {
    const rctl_router_job *job;
    const char *type;       /* NULL: the first that honours everything */
    const char *version;    /* of the router that `type` names; NULL: its own */
    bool allow_degraded;
    bool every;             /* ask the others, too, when the answer is known */
};

/* Asks routers in order; raises NOMEM and what a callback returned. */
void router_solve(const struct router_registry *registry, const struct router_question *question,
                  struct base_arena *arena, struct router_solution *ret);

/* How a wish is honoured under a policy in a version; NULL when it is not. */
const rctl_router_way *router_find_way(const rctl_router *router, const char *policy,
                                       const char *version, rctl_wish wish,
                                       const rctl_router_job *job);
/* Why it is not: "no policy of it looks at load". */
const char *router_why_not(const rctl_router *router, const char *policy, const char *version,
                           rctl_wish wish, const rctl_router_job *job, struct base_arena *arena);

/* "smg lacks prefix affinity (...), aliases (...)": what a verdict lacks, in one line. */
const char *router_lacks_text(const struct router_verdict *verdict, const rctl_router_job *job,
                              struct base_arena *arena);

/* ---- arguments.c: the command line and files of the chosen router ---- */

/* Where routers with a port of its own for metrics show them. */
#define ROUTER_METRICS_PORT 29000

struct router_word {
    const char *text, *why;
    bool variable; /* Kubernetes is meant to replace $(NAME) in it */
};
struct router_env {
    const char *name, *value;
};
struct router_file {
    const char *name, *text;
    bool restart;
};
struct router_note {
    rctl_severity severity;
    const char *message, *hint;
};

struct router_result {
    struct router_word *words;
    size_t n_words;
    struct router_env *env;
    size_t n_env;
    struct router_file *files;
    size_t n_files;
    struct router_note *notes;
    size_t n_notes;
    const rctl_engine_config *given; /* what extraArgs set */
};

struct router_input {
    const struct router_verdict *verdict;
    const rctl_router_job *job;       /* with policy and version filled in */
    const struct text_node *args;     /* extraArgs: a list of strings, or NULL */
    const struct text_path *args_path;
    const struct text_node *unsafe;   /* allowUnsafeFlags, or NULL */
    uint32_t file;
    struct diag_mark mark;
    const char *object;
};

/*
 * Checks extraArgs by the router's flag table and makes its words: host and ports,
 * what its own function adds, and extraArgs last. A flag that extraArgs set is left
 * to them.
 */
void router_resolve(const struct router_input *input, struct base_arena *arena,
                    struct rctl_diags *diags, struct router_result *ret);

/* The receiver of both callbacks. */
struct rctl_router_out {
    const rctl_router *router;
    const char *version; /* of it; NULL when that is not known */
    struct base_arena *arena;
    struct router_result *result;
    const char *refusal;
    bool skips; /* the flag at hand is not ours to set: its further words are left out */
};
void router_out_arg(rctl_router_out *out, const char *flag, const char *value, const char *why);
void router_out_word(rctl_router_out *out, const char *word);
void router_out_arg_env(rctl_router_out *out, const char *flag, const char *variable,
                        const char *why);
void router_out_env(rctl_router_out *out, const char *name, const char *value);
void router_out_file(rctl_router_out *out, const char *name, const char *text, bool restart);
void router_out_note(rctl_router_out *out, rctl_severity severity, const char *message,
                     const char *hint);
void router_out_refuse(rctl_router_out *out, const char *reason);

/* ---- for the routers that ship ---- */

static inline bool router_asks(const rctl_router_job *job, rctl_wish wish)
{
    return ((job->wishes | job->soft) & RCTL_WISH_BIT(wish)) != 0;
}
const char *router_number(rctl_router_out *out, int64_t value);

/* family.c: vllm-router, smg and sglang-router have ancestors in common, and flags. */
/* A policy that compares two backends does not start with fewer. */
int router_family_fits(void *ctx, const rctl_router_job *job, rctl_router_out *out);
/* `spread`: the thresholds of the policy are so high that they would not even anything out. */
void router_family_policy(const rctl_router_job *job, bool spread, rctl_router_out *out);
void router_family_patience(rctl_router_out *out);
void router_family_security(const rctl_router_job *job, rctl_router_out *out);
void router_family_backends(const rctl_router_job *job, rctl_router_out *out);
void router_family_discovery(const rctl_router_job *job, rctl_router_out *out);
/* The labels of one selector, each an argument of its own behind the flag. */
void router_family_selector(rctl_router_out *out, const char *flag,
                            const rctl_router_selector *selector);

#endif
