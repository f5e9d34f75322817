/*
 * The small servers, on libevent's buffers. They read a head, answer and go on; a request
 * with a body is refused. evhttp would do, but it takes doubled headers, bare line ends
 * and a byte a second for ever, and knows no number of connections that is enough.
 */
#include "io/httpd.h"

#include "io/http_head.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct connection {
    struct httpd *httpd;
    struct bufferevent *bytes;
    struct event *deadline; /* of the request under way, its answer included */
    struct connection *next, *prev;
    bool answering, last;
};

struct httpd {
    const struct httpd_route *routes;
    size_t n_routes;
    void *ctx;
    struct evconnlistener *listener;
    struct connection *first;
    unsigned n;
};

struct reply {
    int status;
    const char *type;
    struct bytes text;
};

static const char plain[] = "text/plain; charset=utf-8";

/* ---- connections ---- */

static void close_connection(struct connection *connection)
{
    struct httpd *httpd = connection->httpd;

    *(connection->prev ? &connection->prev->next : &httpd->first) = connection->next;
    if (connection->next)
        connection->next->prev = connection->prev;
    httpd->n--;
    event_free(connection->deadline);
    bufferevent_free(connection->bytes);
    free(connection);
}

static void set_deadline(struct connection *connection)
{
    struct timeval after = {.tv_sec = HTTPD_SECONDS};

    evtimer_add(connection->deadline, &after);
}

/* ---- answers ---- */

static void answer_checks(const struct httpd *httpd, const struct httpd_route *route,
                          const char *query, struct reply *reply)
{
    bool fine = true;

    for (size_t i = 0; i < route->n_checks; i++) {
        const struct httpd_check *check = &route->checks[i];

        if (http_head_has_word(query, "exclude", check->name)) {
            bytes_format(&reply->text, "[+]%s excluded: ok\n", check->name);
        } else if (check->is_fine(httpd->ctx)) {
            bytes_format(&reply->text, "[+]%s ok\n", check->name);
        } else {
            bytes_format(&reply->text, "[-]%s failed: reason withheld\n", check->name);
            fine = false;
        }
    }
    bytes_format(&reply->text, "%s check %s\n", route->path + 1, fine ? "passed" : "failed");
    reply->status = fine ? 200 : 500;
    if (fine && !http_head_has_word(query, "verbose", NULL)) {
        bytes_clear(&reply->text);
        bytes_add_text(&reply->text, "ok");
    }
}

static bool answer_one_check(const struct httpd *httpd, const struct httpd_route *route,
                             const char *name, struct reply *reply)
{
    for (size_t i = 0; i < route->n_checks; i++) {
        if (strcmp(route->checks[i].name, name) != 0)
            continue;
        reply->status = route->checks[i].is_fine(httpd->ctx) ? 200 : 500;
        bytes_add_text(&reply->text,
                       reply->status == 200 ? "ok" : "internal server error: reason withheld");
        return true;
    }
    return false;
}

static void answer_path(const struct httpd *httpd, const struct http_head *head,
                        struct reply *reply)
{
    for (size_t i = 0; i < httpd->n_routes; i++) {
        const struct httpd_route *route = &httpd->routes[i];
        size_t n = strlen(route->path);
        const char *rest = head->path + n;

        if (strncmp(head->path, route->path, n) != 0 || (*rest && *rest != '/'))
            continue;
        if (route->write && !*rest) {
            reply->type = route->write(httpd->ctx, head->accept, &reply->text);
            reply->status = 200;
            return;
        }
        if (!route->write && (!*rest || !rest[1])) {
            answer_checks(httpd, route, head->query, reply);
            return;
        }
        if (!route->write && answer_one_check(httpd, route, rest + 1, reply))
            return;
    }
    reply->status = 404;
}

static const char *phrase(int status)
{
    return status == 200   ? "OK"
           : status == 404 ? "Not Found"
           : status == 405 ? "Method Not Allowed"
           : status == 431 ? "Request Header Fields Too Large"
           : status == 500 ? "Internal Server Error"
                           : "Bad Request";
}

static void send_reply(struct connection *connection, const struct http_head *head,
                       struct reply *reply)
{
    struct evbuffer *output = bufferevent_get_output(connection->bytes);

    if (reply->status != 200 && reply->text.n == 0)
        bytes_format(&reply->text, "%d %s\n", reply->status, phrase(reply->status));
    evbuffer_add_printf(output,
                        "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                        "X-Content-Type-Options: nosniff\r\n%s%s\r\n",
                        reply->status, phrase(reply->status), reply->type, reply->text.n,
                        reply->status == 405 ? "Allow: GET, HEAD\r\n" : "",
                        connection->last ? "Connection: close\r\n" : "");
    if (head->with_body && reply->text.n > 0)
        evbuffer_add(output, reply->text.data, reply->text.n);
    connection->answering = true;
}

/* Takes a request from what came, when there is a whole one. */
static void answer_next(struct connection *connection)
{
    struct evbuffer *input = bufferevent_get_input(connection->bytes);
    struct evbuffer_ptr end = evbuffer_search(input, "\r\n\r\n", 4, NULL);
    struct http_head head = {.accept = "", .with_body = true};
    struct reply reply = {.type = plain};
    char *text = NULL;

    if (connection->answering || (end.pos < 0 && evbuffer_get_length(input) < HTTPD_HEAD))
        return;
    if (end.pos < 0 || end.pos >= HTTPD_HEAD) {
        reply.status = 431;
    } else {
        size_t n = (size_t)end.pos + 4;

        text = bytes_alloc(n + 1);
        evbuffer_remove(input, text, n);
        text[n - 2] = '\0'; /* without the empty line */
        reply.status = strlen(text) == n - 2 ? http_head_read(&head, text) : 400;
    }
    connection->last = head.last || reply.status != 0;
    if (reply.status == 0)
        answer_path(connection->httpd, &head, &reply);
    send_reply(connection, &head, &reply);
    bytes_done(&reply.text);
    free(text);
}

/* ---- libevent ---- */

static void on_read(struct bufferevent *bytes, void *ctx)
{
    (void)bytes;
    answer_next(ctx);
}

/* All that was written has gone out. */
static void on_written(struct bufferevent *bytes, void *ctx)
{
    struct connection *connection = ctx;

    (void)bytes;
    if (!connection->answering)
        return;
    if (connection->last) {
        close_connection(connection);
        return;
    }
    connection->answering = false;
    set_deadline(connection);
    answer_next(connection);
}

static void on_gone(struct bufferevent *bytes, short what, void *ctx)
{
    (void)bytes, (void)what;
    close_connection(ctx);
}

static void on_late(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd, (void)what;
    close_connection(ctx);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
                      struct sockaddr *address, int size, void *ctx)
{
    struct httpd *httpd = ctx;
    struct event_base *base = evconnlistener_get_base(listener);
    struct connection *connection;
    int on = 1;

    (void)address, (void)size;
    if (httpd->n >= HTTPD_CONNECTIONS) {
        evutil_closesocket(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    connection = bytes_alloc(sizeof(*connection));
    connection->httpd = httpd;
    connection->bytes = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    connection->deadline = evtimer_new(base, on_late, connection);
    if (!connection->bytes || !connection->deadline)
        exit(1);
    connection->next = httpd->first;
    if (httpd->first)
        httpd->first->prev = connection;
    httpd->first = connection;
    httpd->n++;
    bufferevent_setcb(connection->bytes, on_read, on_written, on_gone, connection);
    /* Reading stops there, so nobody can make us keep more. */
    bufferevent_setwatermark(connection->bytes, EV_READ, 0, HTTPD_HEAD);
    bufferevent_enable(connection->bytes, EV_READ | EV_WRITE);
    set_deadline(connection);
}

/* ---- life ---- */

/* "HOST:PORT", ":PORT", "[V6]:PORT" -> a bound socket, or -1 and errno or EAI text. */
static int bind_to(const char *address, const char **ret_fault)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    const char *colon = strrchr(address, ':');
    struct addrinfo *found;
    char host[256];
    size_t n = colon ? (size_t)(colon - address) : sizeof(host);
    bool brackets = n >= 2 && address[0] == '[' && address[n - 1] == ']';
    int fd, on = 1, off = 0, code;

    *ret_fault = "it is not HOST:PORT";
    if (n >= sizeof(host))
        return -1;
    snprintf(host, sizeof(host), "%.*s", (int)(brackets ? n - 2 : n), address + brackets);
    /* All addresses: of both families, by one socket. */
    code = getaddrinfo(*host ? host : "::", colon + 1, &hints, &found);
    if (code != 0) {
        *ret_fault = gai_strerror(code);
        return -1;
    }
    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *ret_fault = NULL;
    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (!*host)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
        if (bind(fd, found->ai_addr, found->ai_addrlen) != 0) {
            code = errno;
            close(fd);
            errno = code;
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

struct httpd *httpd_new(struct loop *loop, const char *address, const struct httpd_route *routes,
                        size_t n_routes, void *ctx, char *why, size_t n)
{
    struct httpd *httpd = bytes_alloc(sizeof(*httpd));
    const char *fault;
    char v4[64];
    int fd = bind_to(address, &fault);

    /* Where there is no IPv6, all addresses are those of IPv4. */
    if (fd < 0 && address[0] == ':' && (fault || errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
        snprintf(v4, sizeof(v4), "0.0.0.0%.50s", address);
        fd = bind_to(v4, &fault);
    }
    httpd->routes = routes;
    httpd->n_routes = n_routes;
    httpd->ctx = ctx;
    if (fd >= 0)
        httpd->listener = evconnlistener_new(loop_base(loop), on_accept, httpd,
                                             LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 128,
                                             fd);
    if (httpd->listener)
        return httpd;
    snprintf(why, n, "%s: %s", address, fault ? fault : strerror(errno));
    if (fd >= 0)
        close(fd);
    free(httpd);
    return NULL;
}

void httpd_free(struct httpd *httpd)
{
    if (!httpd)
        return;
    while (httpd->first)
        close_connection(httpd->first);
    evconnlistener_free(httpd->listener);
    free(httpd);
}

unsigned httpd_port(const struct httpd *httpd)
{
    struct sockaddr_storage at;
    socklen_t size = sizeof(at);

    memset(&at, 0, sizeof(at));
    getsockname(evconnlistener_get_fd(httpd->listener), (struct sockaddr *)&at, &size);
    return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&at)->sin6_port
                                          : ((struct sockaddr_in *)(void *)&at)->sin_port);
}
