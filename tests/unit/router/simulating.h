/*
 * Simulations in tests: endpoints A, B, C ... of a snapshot in short form, requests as
 * JSON, and the decisions as one line. "B" is certain; "?AB" is drawn among A and B,
 * "~AB" depends on something else; "=1" behind it follows request 1; "!404" is answered
 * by the router.
 */
#ifndef UNIT_ROUTER_SIMULATING_H
#define UNIT_ROUTER_SIMULATING_H

#include "router/simulate.h"
#include "support/memory.h"

#include <stdio.h>

enum { SIMULATING_MOST = 16 };

struct simulating {
    struct memory memory;
    struct rctl_diags diags;
    struct router_sim_setup setup;
    struct router_sim_endpoint endpoints[SIMULATING_MOST];
    size_t n_endpoints;
    struct router_sim *sim;
    struct base_buf decisions;
    const char *why; /* of the last decision */
};

/* Healthy, idle endpoints of a model, with these URLs. */
static inline void simulating_add(struct simulating *s, const char *url, const char *model)
{
    s->endpoints[s->n_endpoints++] = (struct router_sim_endpoint){
        .url = url, .model = model, .healthy = true};
}

static inline void simulating_init(struct simulating *s, const char *router, const char *policy)
{
    memset(s, 0, sizeof(*s));
    memory_init(&s->memory);
    diag_init(&s->diags, &s->memory.arena, 0);
    s->setup = (struct router_sim_setup){
        .router = router, .policy = policy, .cache_threshold = -1, .static_list = true};
}

/* n endpoints "http://10.0.0.1:8000" ... of the model m. */
static inline void simulating_pool(struct simulating *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        simulating_add(s, base_arena_format(&s->memory.arena, "http://10.0.0.%zu:8000", i + 1),
                       "m");
}

static inline void simulating_done(struct simulating *s)
{
    memory_done(&s->memory);
}

static inline char simulating_letter(const struct simulating *s, const char *url)
{
    for (size_t i = 0; i < s->n_endpoints; i++)
        if (strcmp(s->endpoints[i].url, url) == 0)
            return (char)('A' + i);
    return '-';
}

static inline void simulating_each(void *ctx, const struct router_sim_request *request,
                                   uint32_t line)
{
    struct simulating *s = ctx;
    struct router_sim_answer answer;

    (void)line;
    router_sim_next(s->sim, request, &answer);
    s->why = answer.why;
    if (s->decisions.len)
        base_buf_putc(&s->decisions, ' ');
    if (answer.status)
        base_buf_format(&s->decisions, "!%d", answer.status);
    else if (answer.url)
        base_buf_putc(&s->decisions, simulating_letter(s, answer.url));
    else
        base_buf_putc(&s->decisions, answer.how == ROUTER_SIM_RANDOM ? '?' : '~');
    for (size_t i = 0; i < answer.n_candidates; i++)
        base_buf_putc(&s->decisions, simulating_letter(s, answer.candidates[i]));
    if (answer.same_as)
        base_buf_format(&s->decisions, "=%zu", answer.same_as);
}

/* The decisions on requests, JSON objects in a row; the first call makes the simulation. */
static inline const char *simulate(struct simulating *s, const char *requests)
{
    static const char *const files[] = {"requests"};
    struct router_sim_source source = {.arena = &s->memory.arena,
                                       .keys = text_interner_new(&s->memory.arena),
                                       .limits = &text_limits_default,
                                       .diags = &s->diags,
                                       .data = requests,
                                       .len = strlen(requests)};

    s->diags.files = files;
    s->diags.n_files = 1;
    if (!s->sim)
        s->sim = router_sim_new(&s->memory.arena, &s->setup, s->endpoints, s->n_endpoints);
    base_buf_init(&s->decisions, &s->memory.arena, NULL);
    base_buf_puts(&s->decisions, "");
    router_sim_read_requests(&source, simulating_each, s);
    return s->decisions.data;
}

/* A completion of the model m, and one in a session. */
#define ASK(prompt) "{\"model\":\"m\",\"prompt\":\"" prompt "\"}"
#define ASK_OF(model) "{\"model\":\"" model "\",\"prompt\":\"x\"}"
#define ASK_WITH(header, value)                                                                    \
    "{\"model\":\"m\",\"prompt\":\"x\",\"headers\":{\"" header "\":\"" value "\"}}"

#endif
