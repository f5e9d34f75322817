/* What people read, and what programs read. */
#include "run.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* ---- what runs ---- */

static const char *models_of(struct pool *pool, const struct plan_process *process)
{
    const char *text = "";

    for (size_t i = 0; i < process->models.n_items; i++)
        text = pool_format(pool, "%s%s%s", text, i ? ", " : "", process->models.items[i]);
    return text;
}

static void say_process(const struct run *run, const struct plan_process *process, FILE *to)
{
    if (process->why_not)
        fprintf(to, "  %-28s cannot run here: %s\n", process->name, process->why_not);
    else if (process->kind == PLAN_ROUTER)
        fprintf(to, "  %-28s %s  (%s%s%s)\n", process->name, process->url, process->app,
                process->key ? ", key " : "", process->key ? process->key : "");
    else
        fprintf(to, "  %-28s %s  (%s%s: %s)\n", process->name, process->url,
                process->theirs ? "yours" : process->app,
                strcmp(process->role, "engine") == 0 ? ""
                : strcmp(process->role, "prefill") == 0 ? " prefill"
                                                        : " decode",
                models_of(run->pool, process));
}

/* On standard error when JSON goes to the other one. */
void report_plan(const struct run *run)
{
    FILE *to = run->options.json ? stderr : stdout;

    for (int kind = PLAN_ENGINE; kind <= PLAN_ROUTER; kind++) {
        const char *title = kind == PLAN_ENGINE ? "engines:\n" : "routers:\n";

        for (size_t i = 0; i < run->plan.n_items; i++) {
            if ((int)run->plan.items[i]->kind != kind)
                continue;
            fputs(title, to);
            say_process(run, run->plan.items[i], to);
            title = "";
        }
    }
    for (size_t i = 0; i < run->plan.notes.n_items; i++)
        fprintf(to, "note: %s\n", run->plan.notes.items[i]);
    if (run->processes)
        fprintf(to, "logs: %s\n", run->options.wish.folder);
    fflush(to);
}

/* ---- who answered ---- */

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The smallest time that is not below the share of all. */
static double quantile(const struct run_row *row, double share)
{
    size_t rank = (size_t)(share * (double)row->n);

    qsort(row->ms, row->n, sizeof(*row->ms), compare);
    if ((double)rank < share * (double)row->n)
        rank++;
    return row->n ? row->ms[rank > 0 ? rank - 1 : 0] : 0;
}

/* How many sessions there were at a router, and how many stayed with one backend. */
static size_t count_sessions(const struct run *run, const char *router, size_t *ret_kept)
{
    size_t n = 0;

    *ret_kept = 0;
    for (size_t i = 0; i < run->n_sessions; i++) {
        if (strcmp(run->sessions[i].router, router) != 0)
            continue;
        n++;
        *ret_kept += !run->sessions[i].moved;
    }
    return n;
}

static void print_sessions(const struct run *run)
{
    for (size_t i = 0; i < run->plan.n_items; i++) {
        size_t kept, n = count_sessions(run, run->plan.items[i]->name, &kept);

        if (n > 0)
            printf("%s: %zu of %zu sessions stayed with one backend\n", run->plan.items[i]->name,
                   kept, n);
    }
}

static void print_rows(const struct run *run)
{
    int router = 6, asked = 5, backend = 8;

    for (size_t i = 0; i < run->n_rows; i++) {
        const struct run_row *row = &run->rows[i];
        int n = (int)strlen(row->router), m = (int)strlen(row->asked);
        int b = row->backend ? (int)strlen(row->backend) : 1;

        router = n > router ? n : router;
        asked = m > asked ? m : asked;
        backend = b > backend ? b : backend;
    }
    printf("\n%-*s  %-*s  %-*s  %8s  %8s  %8s\n", router, "ROUTER", asked, "MODEL", backend,
           "BACKEND", "REQUESTS", "P50 MS", "P95 MS");
    for (size_t i = 0; i < run->n_rows; i++) {
        const struct run_row *row = &run->rows[i];

        printf("%-*s  %-*s  %-*s  %8zu  %8.1f  %8.1f%s%s\n", router, row->router, asked, row->asked,
               backend, row->backend ? row->backend : "-", row->n, quantile(row, 0.5),
               quantile(row, 0.95), row->why ? "  " : "", row->why ? row->why : "");
    }
    fputc('\n', stdout);
    print_sessions(run);
    printf("%s\n", run->wrong ? "not all were answered by the right backend"
                                : "all were answered by the right backend");
}

static void add_text(struct json_object *object, const char *name, const char *text)
{
    json_object_object_add(object, name, text ? json_object_new_string(text) : NULL);
}

static struct json_object *process_json(const struct run *run, const struct plan_process *process)
{
    struct json_object *object = json_object_new_object();
    size_t kept, n = count_sessions(run, process->name, &kept);

    add_text(object, "name", process->name);
    add_text(object, "kind", process->app);
    add_text(object, "url", process->url);
    if (process->kind == PLAN_ENGINE) {
        struct json_object *models = json_object_new_array();

        for (size_t i = 0; i < process->models.n_items; i++)
            json_object_array_add(models, json_object_new_string(process->models.items[i]));
        add_text(object, "role", process->role);
        json_object_object_add(object, "models", models);
    }
    if (n > 0) {
        json_object_object_add(object, "sessions", json_object_new_int64((int64_t)n));
        json_object_object_add(object, "sessionsKept", json_object_new_int64((int64_t)kept));
    }
    if (process->why_not)
        add_text(object, "cannotRun", process->why_not);
    return object;
}

static struct json_object *row_json(const struct run_row *row)
{
    struct json_object *object = json_object_new_object();

    add_text(object, "router", row->router);
    add_text(object, "model", row->asked);
    add_text(object, "backend", row->backend);
    add_text(object, "why", row->why);
    json_object_object_add(object, "requests", json_object_new_int64((int64_t)row->n));
    json_object_object_add(object, "p50Ms", json_object_new_double(quantile(row, 0.5)));
    json_object_object_add(object, "p95Ms", json_object_new_double(quantile(row, 0.95)));
    return object;
}

static void print_json(const struct run *run)
{
    static const char *const names[] = {"engines", "routers"};
    struct json_object *whole = json_object_new_object(), *list;

    for (int kind = PLAN_ENGINE; kind <= PLAN_ROUTER; kind++) {
        list = json_object_new_array();
        for (size_t i = 0; i < run->plan.n_items; i++)
            if ((int)run->plan.items[i]->kind == kind)
                json_object_array_add(list, process_json(run, run->plan.items[i]));
        json_object_object_add(whole, names[kind], list);
    }
    list = json_object_new_array();
    for (size_t i = 0; i < run->plan.notes.n_items; i++)
        json_object_array_add(list, json_object_new_string(run->plan.notes.items[i]));
    json_object_object_add(whole, "notes", list);
    list = json_object_new_array();
    for (size_t i = 0; i < run->n_rows; i++)
        json_object_array_add(list, row_json(&run->rows[i]));
    json_object_object_add(whole, "answers", list);
    json_object_object_add(whole, "right", json_object_new_boolean(!run->wrong));
    puts(json_object_to_json_string_ext(whole, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                   JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(whole);
}

void report_rows(const struct run *run)
{
    if (run->options.json)
        print_json(run);
    else
        print_rows(run);
}

void report_refusals(struct run *run)
{
    for (size_t i = 0; i < run->plan.n_items; i++) {
        const struct plan_process *engine = run->plan.items[i];
        struct http_answer answer;
        struct json_object *stats;

        if (engine->kind != PLAN_ENGINE || engine->theirs || run->processes[i].pid == 0)
            continue;
        answer = http_ask(run->http, pool_format(run->pool, "%s/fake/stats", engine->url), NULL,
                          NULL, /* seconds= */ 3);
        stats = answer.status == 200 ? json_tokener_parse(answer.text) : NULL;
        if (world_number(stats, "refused") > 0)
            run_say("%s refused %ld requests, the last one because: %s", engine->name,
                    world_number(stats, "refused"), world_text(stats, "last_refusal"));
        json_object_put(stats);
    }
}
