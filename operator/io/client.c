/* Requests to the API server, and what became of them. */
#include "io/client.h"

#include "io/auth.h"
#include "io/bytes.h"
#include "io/json.h"
#include "io/log.h"
#include "io/warnings.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <routerctl/base.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/utsname.h>

enum {
    IDLE_SECONDS = 30,  /* of a connection, before the kernel asks whether it lives */
    PROBE_SECONDS = 10, /* between such questions */
    PROBES = 3,
    UNACKED_MS = 45000  /* sent bytes that nobody confirms for so long end a connection */
};

struct client {
    struct loop *loop;
    struct auth *auth;
    struct client_call *first;
    struct warnings warnings;
    char agent[128];
};

struct client_call {
    struct loop_job job; /* first, so that the one is found from the other */
    struct client *client;
    struct client_call *next, *prev;
    struct client_request request; /* its texts are not ours; see client_send() */
    struct curl_slist *headers;
    char *body;
    size_t sent;
    struct bytes answer; /* what is collected: a 2xx without on_data, or a failure */
    size_t received;
    bool opened, unwanted;
    core_time since;
    char why[CLIENT_MESSAGE]; /* ours, when we broke it off */
    char error[CURL_ERROR_SIZE];
};

/* ---- what comes ---- */

static long get_status(const struct client_call *call)
{
    long status = 0;

    curl_easy_getinfo(call->job.easy, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

static bool is_fine(long status)
{
    return status >= 200 && status < 300;
}

static bool is_json(const char *type)
{
    size_t n = strlen("application/json");

    return type && strncasecmp(type, "application/json", n) == 0 &&
           (type[n] == '\0' || type[n] == ';' || type[n] == ' ');
}

/* The head is complete. A 2xx of somebody who is no API server is not believed. */
static bool open_answer(struct client_call *call)
{
    char *type = NULL;

    curl_easy_getinfo(call->job.easy, CURLINFO_CONTENT_TYPE, &type);
    if (!is_json(type)) {
        snprintf(call->why, sizeof(call->why), "the answer is '%.100s', not JSON",
                 type ? type : "");
        return false;
    }
    call->opened = true;
    if (call->request.on_open)
        call->request.on_open(call->request.ctx);
    return !call->unwanted;
}

static size_t on_header(char *line, size_t size, size_t n, void *ctx)
{
    struct client_call *call = ctx;

    if (call->unwanted)
        return 0;
    n *= size;
    if (n == 2 && line[0] == '\r' && !call->opened && is_fine(get_status(call)))
        return open_answer(call) ? n : 0;
    return n;
}

static bool is_over(struct client_call *call, size_t most)
{
    if (call->received <= most)
        return false;
    snprintf(call->why, sizeof(call->why), "the answer is longer than %zu bytes", most);
    return true;
}

/* Another return than n ends the transfer. */
static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct client_call *call = ctx;
    const struct client_request *request = &call->request;

    if (call->unwanted)
        return CURL_WRITEFUNC_ERROR;
    n *= size;
    call->received += n;
    if (!call->opened) {
        if (call->received > CLIENT_ERROR_BODY)
            return CURL_WRITEFUNC_ERROR;
        bytes_add(&call->answer, data, n);
        return n;
    }
    if (!request->on_data) {
        if (is_over(call, CLIENT_BODY))
            return CURL_WRITEFUNC_ERROR;
        bytes_add(&call->answer, data, n);
        return n;
    }
    if (!request->stream && is_over(call, CLIENT_DATA))
        return CURL_WRITEFUNC_ERROR;
    if (!request->on_data(request->ctx, data, n)) {
        snprintf(call->why, sizeof(call->why), "the answer was not wanted to its end");
        return CURL_WRITEFUNC_ERROR;
    }
    return call->unwanted ? CURL_WRITEFUNC_ERROR : n;
}

/*
 * Gives the body of a request. It cannot be rewound, by intent: libcurl would send a
 * request again by itself when a connection that it had used before breaks, and the
 * server may have carried out the first one.
 */
static size_t give_body(char *to, size_t size, size_t n, void *ctx)
{
    struct client_call *call = ctx;
    size_t left = call->request.body_size - call->sent;

    n *= size;
    if (n > left)
        n = left;
    memcpy(to, call->body + call->sent, n);
    call->sent += n;
    return n;
}

/* ---- how it ended ---- */

static void mask(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = ' ';
}

static void read_failure(struct client_call *call, struct client_result *result, char *message)
{
    struct curl_header *header;

    result->answer.reason = json_read_status(call->answer.data ? call->answer.data : "",
                                             call->answer.n, message);
    if (curl_easy_header(call->job.easy, "Retry-After", 0, CURLH_HEADER, -1, &header) ==
        CURLHE_OK)
        result->answer.retry_after = answer_retry_after(header->value);
    if (result->answer.status == 401)
        auth_refused(call->client->auth, call->since);
}

/* What became of a call that was answered by a failure, or not to its end. */
static void judge(struct client_call *call, CURLcode code, struct client_result *result,
                  char *message)
{
    long status = get_status(call);

    if (status >= 300) {
        /* A head is an answer, whatever became of its body. */
        result->answer.status = (int)status;
        read_failure(call, result, message);
        if (!*message)
            snprintf(message, JSON_MESSAGE, "HTTP status %ld", status);
        return;
    }
    if (call->opened && (code == CURLE_OK || (call->request.stream && !*call->why)))
        result->answer.status = (int)status;
    if (code != CURLE_OK)
        snprintf(message, JSON_MESSAGE, "%.250s",
                 *call->why    ? call->why
                 : *call->error ? call->error
                                : curl_easy_strerror(code));
    if (code == CURLE_OK && !call->opened)
        snprintf(message, JSON_MESSAGE, "the answer has no head");
}

static void take_warnings(struct client_call *call)
{
    struct curl_header *header;

    for (size_t i = 0; curl_easy_header(call->job.easy, "Warning", i, CURLH_HEADER, -1,
                                        &header) == CURLHE_OK; i++)
        warnings_take(&call->client->warnings, header->value);
}

static void unlink_call(struct client_call *call)
{
    *(call->prev ? &call->prev->next : &call->client->first) = call->next;
    if (call->next)
        call->next->prev = call->prev;
}

static void free_call(struct client_call *call)
{
    unlink_call(call);
    curl_easy_cleanup(call->job.easy);
    curl_slist_free_all(call->headers);
    free(call->body);
    bytes_done(&call->answer);
    free(call);
}

static void on_end(struct loop_job *job, CURLcode code, bool cancelled)
{
    struct client_call *call = (struct client_call *)(void *)job;
    struct client_result result = {{0, ANSWER_REASON_NONE, 0}, "", NULL, 0};
    char message[JSON_MESSAGE] = "";

    /* libcurl keeps a connection on which a request was given up, dead or not. */
    if (code == CURLE_OPERATION_TIMEDOUT)
        loop_distrust(call->client->loop, job);
    take_warnings(call);
    /* Broken off by us before it was sent: `why` tells. */
    if (!call->unwanted && (!cancelled || *call->why)) {
        judge(call, code, &result, message);
        mask(message);
        result.message = message;
        if (is_fine(result.answer.status) && !call->request.on_data) {
            result.body = call->answer.data ? call->answer.data : "";
            result.body_size = call->answer.n;
        }
        call->request.on_done(call->request.ctx, &result);
    }
    free_call(call);
}

/* ---- sending ---- */

/* Finds dead peers also where nothing is sent for minutes, as on a watch. */
static int on_socket(void *ctx, curl_socket_t fd, curlsocktype type)
{
    int probes = PROBES, unacked = UNACKED_MS;

    (void)ctx, (void)type;
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked, sizeof(unacked));
    return CURL_SOCKOPT_OK;
}

static void set_transport(CURL *easy, const struct client *client, bool stream)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, client->agent);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CLIENT_CONNECT_SECONDS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, (long)IDLE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, (long)PROBE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
    if (!stream)
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
}

static void add_header(struct client_call *call, const char *header)
{
    struct curl_slist *longer = curl_slist_append(call->headers, header);

    if (longer)
        call->headers = longer;
}

static void set_body(struct client_call *call, const struct client_request *request)
{
    CURL *easy = call->job.easy;
    char header[128];

    if (!request->body) {
        if (strcmp(request->method, "GET") != 0) {
            curl_easy_setopt(easy, CURLOPT_POST, 1L);
            curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
        }
    } else {
        call->body = bytes_alloc(request->body_size);
        memcpy(call->body, request->body, request->body_size);
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
    }
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, call);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    snprintf(header, sizeof(header), "Content-Type: %s",
             request->content_type ? request->content_type : "application/json");
    /* Without a value libcurl leaves out the header that it would send by itself. */
    add_header(call, request->body ? header : "Content-Type:");
    add_header(call, "Expect:");
}

static void set_up(struct client_call *call, const struct client_request *request)
{
    CURL *easy = call->job.easy;

    set_transport(easy, call->client, request->stream);
    set_body(call, request);
    add_header(call, "Accept: application/json");
    if (request->timeout > 0)
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                         (long)core_later(1, request->timeout / CORE_MS));
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
}

struct client_call *client_send(struct client *client, const struct client_request *request)
{
    struct client_call *call = bytes_alloc(sizeof(*call));
    bool ready;

    call->client = client;
    call->job.easy = curl_easy_init();
    if (!call->job.easy) {
        log_event(LOG_LEVEL_ERROR, "a request cannot be made", NULL);
        exit(1);
    }
    call->job.lane = request->stream ? LOOP_STREAMS : LOOP_REQUESTS;
    call->job.done = on_end;
    call->next = client->first;
    if (client->first)
        client->first->prev = call;
    client->first = call;
    call->since = loop_now();
    set_up(call, request);
    ready = auth_sign(client->auth, call->job.easy, request->path, &call->headers, call->since,
                      call->why);
    curl_easy_setopt(call->job.easy, CURLOPT_HTTPHEADER, call->headers);
    call->request = *request;
    call->request.method = call->request.path = call->request.content_type = NULL;
    call->request.body = NULL;
    loop_add(client->loop, &call->job);
    if (!ready)
        loop_cancel(client->loop, &call->job);
    return call;
}

void client_cancel(struct client_call *call, bool silent)
{
    call->unwanted = true;
    if (silent)
        loop_distrust(call->client->loop, &call->job);
    loop_cancel(call->client->loop, &call->job);
}

/* ---- life ---- */

struct client *client_new(struct loop *loop, struct auth *auth)
{
    struct client *client = bytes_alloc(sizeof(*client));
    struct utsname system = {.machine = "unknown"};

    uname(&system);
    client->loop = loop;
    client->auth = auth;
    snprintf(client->agent, sizeof(client->agent), "rctl-operator/%s (linux/%.64s)",
             RCTL_VERSION, system.machine);
    return client;
}

uint64_t client_warnings(const struct client *client)
{
    return client->warnings.count;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    for (struct client_call *call = client->first; call; call = call->next)
        client_cancel(call, /* silent= */ false);
    loop_settle(client->loop);
    free(client);
}
