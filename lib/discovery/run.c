/*
 * One run of a provider, and what is done with its endpoints whoever it was: they are
 * put into an order that does not depend on that of the input, and what was given
 * twice is told and counts once.
 */
#include "discovery/input.h"

static int compare_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

static int compare_number(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* By what makes an endpoint one of its own. */
static int compare_identity(const rctl_endpoint *a, const rctl_endpoint *b)
{
    int order = strcmp(a->url, b->url);

    if (order == 0)
        order = compare_text(a->model, b->model);
    return order ? order : compare_number(a->role, b->role);
}

/* Weight and port come in, so that which of two counts is not a matter of order. */
static int compare(const void *one, const void *other)
{
    const struct discovery_item *a = one, *b = other;
    const rctl_endpoint *x = &a->endpoint, *y = &b->endpoint;
    int order = compare_identity(x, y);

    if (order == 0)
        order = compare_number(x->weight, y->weight);
    if (order == 0)
        order = compare_number(x->bootstrap_port, y->bootstrap_port);
    if (order == 0)
        order = compare_number(a->mark.line, b->mark.line);
    return order ? order : compare_number(a->mark.column, b->mark.column);
}

static void tell_duplicate(struct rctl_discovery_out *out, const struct discovery_item *first,
                           const struct discovery_item *again)
{
    const rctl_endpoint *endpoint = &again->endpoint;
    struct diag_entry *entry;

    entry = diag_add(out->diags, DIAG_DISCOVERY_DUPLICATE_TARGET, again->mark, NULL, NULL,
                     "remove one of them", "'%.100s' is given twice%s%.100s%s and counts once",
                     endpoint->url, endpoint->model ? " for model '" : "",
                     endpoint->model ? endpoint->model : "", endpoint->model ? "'" : "");
    diag_related(out->diags, entry, first->mark, "this one counts");
}

static struct discovery_endpoints finish(struct rctl_discovery_out *out)
{
    size_t size = out->n_items * sizeof(*out->items), n = 0;
    struct discovery_item *items;

    if (out->n_items == 0)
        return (struct discovery_endpoints){NULL, 0};
    base_sort(out->items, base_arena_alloc(&out->scratch, size), out->n_items,
              sizeof(*out->items), compare);
    items = base_arena_alloc(out->arena, size);
    for (size_t i = 0; i < out->n_items; i++) {
        const struct discovery_item *item = &out->items[i];

        if (n > 0 && compare_identity(&items[n - 1].endpoint, &item->endpoint) == 0)
            tell_duplicate(out, &items[n - 1], item);
        else
            items[n++] = *item;
    }
    return (struct discovery_endpoints){items, n};
}

struct run {
    const rctl_discovery *provider;
    const rctl_discovery_job *job;
    struct rctl_discovery_out out;
    struct discovery_endpoints found;
    int code;
};

static void run_provider(void *arg)
{
    struct run *run = arg;
    struct rctl_discovery_out *out = &run->out;
    size_t errors = out->diags->totals[RCTL_SEVERITY_ERROR];

    run->code = run->provider->resolve(run->provider->ctx, run->job, out);
    if (run->code != RCTL_OK)
        return;
    run->found = finish(out);
    if (run->found.n_items == 0 && out->diags->totals[RCTL_SEVERITY_ERROR] == errors)
        discovery_fault(out, DIAG_DISCOVERY_EMPTY, (struct text_mark){1, 1}, NULL,
                        "check what the data was read from, and its selector",
                        "there is no endpoint");
}

int discovery_run(const rctl_discovery *provider, const rctl_discovery_job *job, uint32_t file,
                  struct base_arena *arena, struct rctl_diags *diags,
                  struct discovery_endpoints *ret)
{
    struct base_fail *fail = &arena->mem->fail;
    struct run run = {.provider = provider,
                      .job = job,
                      .out = {.arena = arena, .diags = diags, .file = file}};
    int code;

    base_arena_init(&run.out.scratch, arena->mem);
    code = base_try(fail, run_provider, &run);
    base_arena_done(&run.out.scratch);
    if (code != RCTL_OK)
        base_raise(fail, code);
    if (run.code == RCTL_OK)
        *ret = run.found;
    return run.code;
}
