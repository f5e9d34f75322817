/*
 * Requests: made up, or read from a file. First each name is asked for until it is
 * answered, since routers need a while to know their backends; that does not count.
 */
#include "run.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SETTLE_SECONDS = 20, REQUEST_SECONDS = 120, SESSIONS = 4, PREFIXES = 4, PREFIX = 600 };

/* ---- rows ---- */

static struct run_row *find_row(struct run *run, const char *router, const char *asked,
                                const char *backend, const char *why)
{
    struct run_row *row;

    for (size_t i = 0; i < run->n_rows; i++) {
        row = &run->rows[i];
        if (strcmp(row->router, router) == 0 && strcmp(row->asked, asked) == 0 &&
            (row->backend ? backend && strcmp(row->backend, backend) == 0 : !backend) &&
            (row->why ? why && strcmp(row->why, why) == 0 : !why))
            return row;
    }
    run->rows =
        pool_grow(run->pool, run->rows, run->n_rows, &run->rows_room, sizeof(*run->rows));
    row = &run->rows[run->n_rows++];
    *row = (struct run_row){router, asked, backend, why, 0, NULL, 0};
    return row;
}

static void add_ms(struct run *run, struct run_row *row, double ms)
{
    row->ms = pool_grow(run->pool, row->ms, row->n, &row->room, sizeof(*row->ms));
    row->ms[row->n++] = ms;
}

/* ---- sessions ---- */

static void note_session(struct run *run, const char *router, const char *asked, size_t number,
                         const char *backend)
{
    for (size_t i = 0; i < run->n_sessions; i++) {
        struct run_session *session = &run->sessions[i];

        if (session->number == number && strcmp(session->router, router) == 0 &&
            strcmp(session->asked, asked) == 0) {
            session->moved = session->moved || strcmp(session->backend, backend) != 0;
            run->wrong = run->wrong || session->moved;
            return;
        }
    }
    run->sessions = pool_grow(run->pool, run->sessions, run->n_sessions, &run->sessions_room,
                              sizeof(*run->sessions));
    run->sessions[run->n_sessions++] =
        (struct run_session){router, asked, backend, number, /* moved= */ false};
}

/* ---- one request ---- */

/* One line of at most 120 bytes, without what does not belong in a table. */
static const char *one_line(struct pool *pool, const char *text)
{
    char line[121];
    size_t n = 0;

    for (; *text && n + 1 < sizeof(line); text++)
        line[n++] = (unsigned char)*text >= ' ' && *text != 127 ? *text : ' ';
    return pool_text(pool, line, n);
}

/* Who a good answer says that it is from; NULL when it does not say. */
static const char *backend_of(struct run *run, const char *text)
{
    struct json_object *answer = json_tokener_parse(text);
    const char *name = world_text(answer, "system_fingerprint");

    name = *name ? name : world_text(answer, "meta_info.engine");
    name = *name ? pool_text(run->pool, name, strlen(name)) : NULL;
    json_object_put(answer);
    return name && plan_find(&run->plan, name) ? name : NULL;
}

/* Where nobody says who he is, the user's own engine that must have answered. */
static const char *only_theirs(const struct run *run, const struct plan_want *want)
{
    for (size_t i = 0; want && i < want->backends.n_items; i++)
        if (!plan_find(&run->plan, want->backends.items[i])->theirs)
            return NULL;
    if (!want || want->backends.n_items == 0)
        return NULL;
    return want->backends.n_items == 1 ? want->backends.items[0] : "(one of several)";
}

/* NULL when the answer is right. A name that nobody serves must be refused. */
static const char *judge(const struct plan_want *want, int status, const char *backend)
{
    if (!want)
        return status >= 400 && status < 500 ? NULL : "nobody is to serve it";
    if (status != 200)
        return "failed";
    if (!backend)
        return "does not say who it is from";
    return backend[0] == '(' || texts_have(&want->backends, backend) ? NULL : "is not to serve it";
}

/* Returns who answered, or NULL. */
static const char *count(struct run *run, const struct plan_process *router, const char *asked,
                         const struct plan_want *want, const struct http_answer *answer)
{
    const char *backend = NULL, *wrong, *why = NULL;

    if (answer->status == 200) {
        backend = backend_of(run, answer->text);
        backend = backend ? backend : only_theirs(run, want);
    }
    wrong = judge(want, answer->status, backend);
    if (answer->status != 200)
        why = pool_format(run->pool, "%sstatus %d: %s", wrong ? "" : "rightly ", answer->status,
                          one_line(run->pool, answer->text));
    else if (wrong)
        why = wrong;
    run->wrong = run->wrong || wrong;
    add_ms(run, find_row(run, router->name, asked, backend, why), answer->ms);
    return backend;
}

static struct http_answer post(struct run *run, const struct plan_process *router,
                               struct texts *headers, const char *path, const char *body)
{
    texts_add(run->pool, headers, "Content-Type: application/json");
    texts_add(run->pool, headers, "Expect:");
    if (router->key)
        texts_add(run->pool, headers,
                  pool_format(run->pool, "Authorization: Bearer %s", router->key));
    return http_ask(run->http, pool_format(run->pool, "%s%s", router->url, path), headers, body,
                    REQUEST_SECONDS);
}

/* ---- requests that are made up ---- */

/* `n` counts the questions; each session asks with each prefix. */
static struct http_answer ask(struct run *run, const struct plan_process *router,
                              const struct plan_want *want, size_t n)
{
    struct json_object *body = json_object_new_object(), *messages = json_object_new_array();
    struct texts headers = {0};
    struct http_answer answer;
    char prefix[PREFIX + 1];

    for (size_t i = 0; i < PREFIX; i++)
        prefix[i] = (char)('a' + (i * 7 + n / SESSIONS % PREFIXES) % 26);
    prefix[PREFIX] = '\0';
    json_object_object_add(body, "model", json_object_new_string(want->asked));
    json_object_object_add(body, "max_tokens", json_object_new_int(4));
    for (size_t i = 0; i < 2; i++) {
        struct json_object *message = json_object_new_object();
        const char *text = i == 0 ? prefix : pool_format(run->pool, "Question %zu?", n);

        json_object_object_add(message, "role", json_object_new_string(i ? "user" : "system"));
        json_object_object_add(message, "content", json_object_new_string(text));
        json_object_array_add(messages, message);
    }
    json_object_object_add(body, "messages", messages);
    if (router->session_key)
        texts_add(run->pool, &headers,
                  pool_format(run->pool, "%s: session-%zu", router->session_key, n % SESSIONS));
    answer = post(run, router, &headers, "/v1/chat/completions", json_object_to_json_string(body));
    json_object_put(body);
    return answer;
}

static bool is_tried(const struct plan_process *process)
{
    return process->kind == PLAN_ROUTER && process->entrance && !process->why_not;
}

/* Until a name is answered, or it has taken long enough for all of them. */
static void settle(struct run *run, const struct plan_process *router,
                   const struct plan_want *want, time_t end)
{
    while (!*run->stop && time(NULL) < end && ask(run, router, want, 0).status != 200)
        run_nap();
}

static void send_made_up(struct run *run, const struct plan_process *router)
{
    for (size_t i = 0; i < run->options.send && router->n_wants > 0 && !*run->stop; i++) {
        const struct plan_want *want = &router->wants[i % router->n_wants];
        size_t n = i / router->n_wants;
        struct http_answer answer = ask(run, router, want, n);
        const char *backend =
            *run->stop ? NULL : count(run, router, want->asked, want, &answer);

        if (backend && router->session_key)
            note_session(run, router->name, want->asked, n % SESSIONS, backend);
    }
}

/* ---- requests from a file ---- */

static const struct plan_want *find_want(const struct plan_process *router, const char *model)
{
    for (size_t i = 0; i < router->n_wants; i++)
        if (strcmp(router->wants[i].asked, model) == 0)
            return &router->wants[i];
    return NULL;
}

/* The gateway that is named, else the one that knows the model, else the first. */
static const struct plan_process *choose(const struct run *run, const char *gateway,
                                         const char *model)
{
    const struct plan_process *first = NULL, *knows = NULL;

    for (size_t i = 0; i < run->plan.n_items; i++) {
        const struct plan_process *router = run->plan.items[i];

        if (!is_tried(router))
            continue;
        if (*gateway && strcmp(router->name, gateway) == 0)
            return router;
        first = first ? first : router;
        knows = knows || !find_want(router, model) ? knows : router;
    }
    return *gateway ? NULL : knows ? knows : first;
}

/* The body is given whole, or made of a prompt or of messages. The caller's. */
static struct json_object *make_body(struct json_object *line, const char *model)
{
    static const char *const copied[] = {"prompt", "messages", "max_tokens"};
    struct json_object *given = world_at(line, "body"), *body;

    if (json_object_is_type(given, json_type_object))
        body = json_object_get(given);
    else
        body = json_object_new_object();
    for (size_t i = 0; body != given && i < sizeof(copied) / sizeof(copied[0]); i++)
        if (world_at(line, copied[i]))
            json_object_object_add(body, copied[i], json_object_get(world_at(line, copied[i])));
    if (*model)
        json_object_object_add(body, "model", json_object_new_string(model));
    return body;
}

static bool send_line(struct run *run, struct json_object *line)
{
    const char *model = world_text(line, "model");
    struct json_object *headers = world_at(line, "headers"), *body;
    const struct plan_process *router;
    struct texts lines = {0};
    struct http_answer answer;

    model = *model ? model : world_text(line, "body.model");
    model = pool_text(run->pool, model, strlen(model));
    router = choose(run, world_text(line, "gateway"), model);
    if (!router)
        return false;
    if (json_object_is_type(headers, json_type_object)) {
        json_object_object_foreach(headers, name, value)
        {
            texts_add(run->pool, &lines,
                      pool_format(run->pool, "%s: %s", name, json_object_get_string(value)));
        }
    }
    body = make_body(line, model);
    answer = post(run, router, &lines,
                  world_at(body, "prompt") ? "/v1/completions" : "/v1/chat/completions",
                  json_object_to_json_string(body));
    json_object_put(body);
    if (!*run->stop)
        count(run, router, model, find_want(router, model), &answer);
    return true;
}

/* A line that is one object and nothing else; NULL for anything else. */
static struct json_object *parse_line(const char *text, size_t n)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *line = json_tokener_parse_ex(tokener, text, (int)n);
    size_t end = json_tokener_get_parse_end(tokener);

    json_tokener_free(tokener);
    if (json_object_is_type(line, json_type_object) && strspn(text + end, " \t\r\n") == n - end)
        return line;
    json_object_put(line);
    return NULL;
}

static bool send_file(struct run *run)
{
    FILE *file = fopen(run->options.requests, "re");
    char *text = NULL;
    size_t room = 0, number = 0;
    bool fine = true;
    ssize_t n;

    if (!file) {
        run_say("cannot read '%s'", run->options.requests);
        return false;
    }
    while (fine && !*run->stop && (n = getline(&text, &room, file)) >= 0) {
        struct json_object *line;

        number++;
        if (text[strspn(text, " \t\r\n")] == '\0')
            continue;
        line = parse_line(text, (size_t)n);
        fine = line && send_line(run, line);
        if (!fine)
            run_say("%s:%zu: this is no request, or its gateway is not there",
                    run->options.requests, number);
        json_object_put(line);
    }
    free(text);
    fclose(file);
    return fine;
}

bool send_all(struct run *run)
{
    time_t end = time(NULL) + SETTLE_SECONDS;

    for (size_t i = 0; i < run->plan.n_items; i++)
        for (size_t k = 0; is_tried(run->plan.items[i]) && k < run->plan.items[i]->n_wants; k++)
            settle(run, run->plan.items[i], &run->plan.items[i]->wants[k], end);
    if (run->options.requests && !send_file(run))
        return false;
    for (size_t i = 0; i < run->plan.n_items; i++)
        if (is_tried(run->plan.items[i]))
            send_made_up(run, run->plan.items[i]);
    return !*run->stop;
}
