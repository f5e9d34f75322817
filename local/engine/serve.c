/* The routes of both faces, and the order of checks: hung, known, allowed, readable. */
#include "serve.h"

#include "../memory.h"
#include "infer.h"
#include "pages.h"
#include "record.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <json-c/json.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { VLLM = 1 << ENGINE_VLLM, SGLANG = 1 << ENGINE_SGLANG, ANY = VLLM | SGLANG };
enum { GET = EVHTTP_REQ_GET, POST = EVHTTP_REQ_POST };

struct server {
    struct engine *engine;
    struct evhttp *http;
    struct evhttp_request **hung; /* not answered while the knob says so */
    size_t n_hung;
};

/* Either `page` answers, or it is a request for tokens of a shape. */
static const struct route {
    const char *path;
    int faces, method;
    pages_answer *page;
    enum infer_shape shape;
} routes[] = {
    {"/health", ANY, GET, pages_health, 0},
    {"/ping", VLLM, GET, pages_health, 0},
    {"/health_generate", SGLANG, GET, pages_health, 0},
    {"/v1/models", ANY, GET, pages_models, 0},
    {"/metrics", ANY, GET, pages_metrics, 0},
    {"/version", VLLM, GET, pages_version, 0},
    {"/load", VLLM, GET, pages_load, 0},
    {"/tokenize", ANY, POST, pages_tokenize, 0},
    {"/get_server_info", SGLANG, GET, pages_server_info, 0},
    {"/server_info", SGLANG, GET, pages_server_info, 0},
    {"/get_model_info", SGLANG, GET, pages_model_info, 0},
    {"/model_info", SGLANG, GET, pages_model_info, 0},
    {"/get_load", SGLANG, GET, pages_get_load, 0},
    {"/v1/loads", SGLANG, GET, pages_loads, 0},
    {"/v1/completions", ANY, POST, NULL, INFER_COMPLETION},
    {"/v1/chat/completions", ANY, POST, NULL, INFER_CHAT},
    {"/generate", SGLANG, POST, NULL, INFER_GENERATE},
    {"/fake/knobs", ANY, GET, pages_knobs, 0},
    {"/fake/knobs", ANY, POST, pages_set_knobs, 0},
    {"/fake/stats", ANY, GET, pages_stats, 0},
};

enum { N_ROUTES = sizeof(routes) / sizeof(routes[0]) };

/* ---- answers ---- */

int serve_text(const struct engine *engine, struct evhttp_request *request, int status,
               const char *type, const char *text, size_t n)
{
    struct evkeyvalq *headers = evhttp_request_get_output_headers(request);
    struct evbuffer *body = evbuffer_new();

    evbuffer_add(body, text, n);
    evhttp_add_header(headers, "Content-Type", type);
    evhttp_add_header(headers, "X-Fake-Engine", engine->options.name);
    evhttp_send_reply(request, status, /* reason= */ NULL, body);
    evbuffer_free(body);
    return status;
}

int serve_json(const struct engine *engine, struct evhttp_request *request, int status,
               struct json_object *body)
{
    const char *text = json_object_to_json_string_ext(
        body, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

    serve_text(engine, request, status, "application/json", text, strlen(text));
    json_object_put(body);
    return status;
}

static const char *error_type(int status)
{
    return status == 404   ? "NotFoundError"
           : status == 401 ? "AuthenticationError"
           : status < 500  ? "BadRequestError"
                           : "InternalServerError";
}

/* vLLM wraps it in "error"; SGLang has it at the top. */
int serve_error(const struct engine *engine, struct evhttp_request *request, int status,
                const char *message, const char *param)
{
    struct json_object *error = json_object_new_object(), *whole = error;

    if (engine->options.kind == ENGINE_VLLM) {
        whole = json_object_new_object();
        json_object_object_add(whole, "error", error);
    } else {
        json_object_object_add(error, "object", json_object_new_string("error"));
    }
    json_object_object_add(error, "message", json_object_new_string(message));
    json_object_object_add(error, "type", json_object_new_string(error_type(status)));
    json_object_object_add(error, "param", param ? json_object_new_string(param) : NULL);
    json_object_object_add(error, "code", json_object_new_int(status));
    return serve_json(engine, request, status, whole);
}

/* As the frameworks beneath the engines say it. */
static int say_detail(const struct engine *engine, struct evhttp_request *request, int status,
                      const char *detail)
{
    struct json_object *body = json_object_new_object();

    json_object_object_add(body, "detail", json_object_new_string(detail));
    return serve_json(engine, request, status, body);
}

void serve_address(struct evhttp_request *request, char *host, size_t n)
{
    struct evhttp_connection *connection = evhttp_request_get_connection(request);
    struct sockaddr_storage at;
    socklen_t size = sizeof(at);
    int fd = bufferevent_getfd(evhttp_connection_get_bufferevent(connection));

    if (getsockname(fd, (struct sockaddr *)&at, &size) != 0 ||
        getnameinfo((struct sockaddr *)&at, size, host, (socklen_t)n, NULL, 0, NI_NUMERICHOST) != 0)
        host[0] = '\0';
}

/* ---- requests ---- */

static const struct route *find_route(const struct engine *engine, const char *path, int method,
                                      bool *ret_path_known)
{
    *ret_path_known = false;
    for (size_t i = 0; path && i < N_ROUTES; i++) {
        if (!(routes[i].faces & 1 << engine->options.kind) || strcmp(routes[i].path, path) != 0)
            continue;
        *ret_path_known = true;
        if (routes[i].method == method)
            return &routes[i];
    }
    return NULL;
}

/* vLLM guards what is below /v1, SGLang all but what probes and Prometheus read. */
static bool needs_key(const struct engine *engine, const char *path)
{
    if (!engine->options.api_key || strncmp(path, "/fake/", 6) == 0)
        return false;
    if (engine->options.kind == ENGINE_VLLM)
        return strncmp(path, "/v1", 3) == 0;
    return strcmp(path, "/health") != 0 && strcmp(path, "/metrics") != 0;
}

static bool has_key(const struct engine *engine, struct evhttp_request *request)
{
    const char *header =
        evhttp_find_header(evhttp_request_get_input_headers(request), "Authorization");

    return header && strncmp(header, "Bearer ", 7) == 0 &&
           strcmp(header + 7, engine->options.api_key) == 0;
}

/* The whole body as JSON, or NULL with the reason. */
static struct json_object *read_body(struct evhttp_request *request, const char **ret_why)
{
    struct evbuffer *input = evhttp_request_get_input_buffer(request);
    size_t n = evbuffer_get_length(input);
    const char *text = n ? (const char *)evbuffer_pullup(input, -1) : "";
    struct json_tokener *tokener = json_tokener_new_ex(SERVE_DEPTH);
    struct json_object *body;

    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* The NUL ends a number that stands alone. */
    body = json_tokener_parse_ex(tokener, text, (int)n);
    if (json_tokener_get_error(tokener) == json_tokener_continue)
        body = json_tokener_parse_ex(tokener, "", 1);
    *ret_why = json_tokener_get_error(tokener) == json_tokener_success
                   ? NULL
                   : json_tokener_error_desc(json_tokener_get_error(tokener));
    json_tokener_free(tokener);
    return body;
}

/* Returns the status, 0 when the request was taken over together with the line. */
static int answer(struct engine *engine, struct evhttp_request *request, const struct route *route,
                  struct json_object *body, struct json_object *line, const char **why)
{
    if (needs_key(engine, route->path) && !has_key(engine, request)) {
        *why = "no key, or a wrong one";
        return serve_error(engine, request, 401, "Unauthorized", NULL);
    }
    if (route->method == POST && !json_object_is_type(body, json_type_object)) {
        *why = *why ? *why : "the body is no JSON object";
        return serve_error(engine, request, 400, *why, NULL);
    }
    return route->page ? route->page(engine, request, body)
                       : infer_start(engine, request, route->shape, body, line, why);
}

static void dispatch(struct engine *engine, struct evhttp_request *request, const char *path)
{
    bool known, fake = strncmp(path, "/fake/", 6) == 0;
    const struct route *route =
        find_route(engine, path, (int)evhttp_request_get_command(request), &known);
    const char *why = NULL;
    struct json_object *body = NULL, *line;
    int status;

    if (route && route->method == POST)
        body = read_body(request, &why);
    line = fake ? NULL : record_start(engine->record, request, body);
    if (route)
        status = answer(engine, request, route, body, line, &why);
    else
        status = say_detail(engine, request, known ? 405 : 404,
                            known ? "Method Not Allowed" : "Not Found");
    if (status != 0)
        record_end(engine->record, line, status, why);
    json_object_put(body);
}

/* Answers what was kept back. */
static void wake_hung(struct server *server)
{
    struct evhttp_request **hung = server->hung;
    size_t n = server->n_hung;

    server->hung = NULL;
    server->n_hung = 0;
    for (size_t i = 0; i < n; i++) {
        if (evhttp_request_get_connection(hung[i]))
            dispatch(server->engine, hung[i],
                     evhttp_uri_get_path(evhttp_request_get_evhttp_uri(hung[i])));
        else
            evhttp_send_error(hung[i], 503, NULL); /* releases it: the client went away */
    }
    free(hung);
}

static void on_request(struct evhttp_request *request, void *ctx)
{
    struct server *server = ctx;
    const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);
    const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

    if (!path) {
        say_detail(server->engine, request, 400, "Bad Request");
        return;
    }
    if (server->engine->knobs.hang > 0 && strncmp(path, "/fake/", 6) != 0) {
        server->hung = memory_grow(server->hung, server->n_hung + 1, sizeof(*server->hung));
        server->hung[server->n_hung++] = request;
        return;
    }
    dispatch(server->engine, request, path);
    if (server->engine->knobs.hang <= 0 && server->n_hung > 0)
        wake_hung(server);
}

/* ---- life ---- */

bool serve_open(struct engine *engine)
{
    struct server *server = memory_new(sizeof(*server));
    struct evhttp_bound_socket *bound;
    struct sockaddr_storage at;
    socklen_t size = sizeof(at);
    char port[16];

    server->engine = engine;
    server->http = evhttp_new(engine->base);
    engine->server = server;
    evhttp_set_max_body_size(server->http, SERVE_BODY);
    evhttp_set_max_headers_size(server->http, SERVE_HEAD);
    evhttp_set_default_content_type(server->http, NULL);
    evhttp_set_gencb(server->http, on_request, server);
    bound = evhttp_bind_socket_with_handle(server->http, engine->options.host,
                                           (uint16_t)engine->options.port);
    if (!bound)
        return false;
    getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&at, &size);
    if (getnameinfo((struct sockaddr *)&at, size, NULL, 0, port, sizeof(port), NI_NUMERICSERV) == 0)
        engine->port = (unsigned)strtoul(port, NULL, 10);
    return true;
}

void serve_close(struct engine *engine)
{
    struct server *server = engine->server;

    if (!server)
        return;
    for (size_t i = 0; i < server->n_hung; i++)
        evhttp_send_error(server->hung[i], 503, NULL);
    free(server->hung);
    evhttp_free(server->http);
    free(server);
}
