/* The servers for metrics and health, over real connections. */
#include "io/httpd.h"
#include "support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool sick;

static bool is_fine(void *ctx)
{
    (void)ctx;
    return true;
}

static bool is_well(void *ctx)
{
    (void)ctx;
    return !sick;
}

static const char *write_metrics(void *ctx, const char *accept, struct bytes *text)
{
    (void)ctx;
    bytes_format(text, "m{accept=\"%s\"} 1\n", accept);
    return "text/plain; version=0.0.4";
}

static const struct httpd_check checks[] = {{"ping", is_fine}, {"lease", is_well}};
static const struct httpd_route routes[] = {
    {"/metrics", write_metrics, NULL, 0},
    {"/healthz", NULL, checks, 2},
    {"/readyz", NULL, checks, 1}};

struct world {
    struct loop *loop;
    struct httpd *httpd;
    const char *request;
    struct bytes answer;
    int ends[2]; /* its reading end wakes the loop */
};

static core_time turn(void *ctx, core_time now)
{
    struct world *world = ctx;
    char byte;

    if (recv(world->ends[0], &byte, 1, MSG_DONTWAIT) == 1)
        loop_stop(world->loop);
    return core_after(now, 5 * CORE_MS);
}

static void stop(void *ctx)
{
    loop_stop(((struct world *)ctx)->loop);
}

static int dial(const struct world *world)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)httpd_port(world->httpd)),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    cr_assert_eq(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

/* Sends all and reads until the server closes. */
static void *ask(void *ctx)
{
    struct world *world = ctx;
    int fd = dial(world);
    char block[4096];
    ssize_t n;

    send(fd, world->request, strlen(world->request), MSG_NOSIGNAL);
    while ((n = recv(fd, block, sizeof(block), 0)) > 0)
        bytes_add(&world->answer, block, (size_t)n);
    close(fd);
    send(world->ends[1], "x", 1, 0);
    return NULL;
}

/* All that the server answers to these bytes. */
static const char *exchange(struct world *world, const char *request)
{
    struct loop_calls calls = {turn, stop, world};
    char why[128];
    pthread_t client;

    bytes_done(&world->answer);
    world->loop = loop_new(&calls);
    world->httpd = httpd_new(world->loop, "127.0.0.1:0", routes, 3, NULL, why, sizeof(why));
    cr_assert_not_null(world->httpd, "%s", why);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, world->ends), 0);
    world->request = request;
    pthread_create(&client, NULL, ask, world);
    loop_run(world->loop);
    pthread_join(client, NULL);
    httpd_free(world->httpd);
    loop_free(world->loop);
    close(world->ends[0]);
    close(world->ends[1]);
    return world->answer.data ? world->answer.data : "";
}

#define CLOSE " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

TEST(httpd, rows_are_answered)
{
    static const struct {
        const char *request, *start, *end;
        bool sick;
    } rows[] = {
        {"GET /metrics HTTP/1.1\r\naccept: a/b\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK\r\n",
         "\r\n\r\nm{accept=\"a/b\"} 1\n", false},
        {"GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nm{accept=\"\"} 1\n", false},
        {"HEAD /metrics" CLOSE, "HTTP/1.1 200 ", "Content-Length: 15\r\nX-Content-Type-Options: "
         "nosniff\r\nConnection: close\r\n\r\n", false},
        {"GET /healthz" CLOSE, "HTTP/1.1 200 ", "\r\n\r\nok", false},
        {"GET /healthz/" CLOSE, "HTTP/1.1 200 ", "\r\n\r\nok", false},
        {"GET /healthz?verbose" CLOSE, "HTTP/1.1 200 ",
         "\r\n\r\n[+]ping ok\n[+]lease ok\nhealthz check passed\n", false},
        {"GET /healthz" CLOSE, "HTTP/1.1 500 ",
         "[+]ping ok\n[-]lease failed: reason withheld\nhealthz check failed\n", true},
        {"GET /healthz?a=b&exclude=lease&verbose=1" CLOSE, "HTTP/1.1 200 ",
         "[+]ping ok\n[+]lease excluded: ok\nhealthz check passed\n", true},
        {"GET /healthz/ping" CLOSE, "HTTP/1.1 200 ", "\r\n\r\nok", true},
        {"GET /healthz/lease" CLOSE, "HTTP/1.1 500 ",
         "\r\n\r\ninternal server error: reason withheld", true},
        {"GET /readyz" CLOSE, "HTTP/1.1 200 ", "\r\n\r\nok", true},
        {"GET /healthz/other" CLOSE, "HTTP/1.1 404 ", "\n", false},
        {"GET /healthzz" CLOSE, "HTTP/1.1 404 ", "\n", false},
        {"GET /metrics/x" CLOSE, "HTTP/1.1 404 ", "\n", false},
        {"GET /" CLOSE, "HTTP/1.1 404 ", "\n", false},
        {"POST /metrics" CLOSE, "HTTP/1.1 405 ", "\n", false},
        {"GET /healthz HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 400 ", "\n", false},
        {"GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 400 ", "\n",
         false},
        {"GET /healthz HTTP/1.1\r\nHost : x\r\n\r\n", "HTTP/1.1 400 ", "\n", false},
        {"GET /healthz HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "HTTP/1.1 400 ", "\n", false},
        {"GET /healthz HTTP/1.1\nA: b\r\n\r\n", "HTTP/1.1 400 ", "\n", false},
        {"GET healthz HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "\n", false},
        {"GET /healthz HTTP/2.0\r\n\r\n", "HTTP/1.1 400 ", "\n", false},
        {"\r\n\r\n", "HTTP/1.1 400 ", "\n", false},
        {"\x16\x03\x01\r\n\r\n", "HTTP/1.1 400 ", "\n", false},
    };
    struct world world = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *answer;
        size_t n = strlen(rows[i].end);

        sick = rows[i].sick;
        answer = exchange(&world, rows[i].request);
        cr_assert_eq(strncmp(answer, rows[i].start, strlen(rows[i].start)), 0, "%s: %s",
                     rows[i].request, answer);
        cr_assert(strlen(answer) >= n && strcmp(answer + strlen(answer) - n, rows[i].end) == 0,
                  "%s: %s", rows[i].request, answer);
    }
    bytes_done(&world.answer);
}

TEST(httpd, requests_that_come_together_are_answered_in_turn)
{
    struct world world = {0};
    const char *answer;

    sick = false;
    answer = exchange(&world, "GET /healthz HTTP/1.1\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"
                              "GET /nothing" CLOSE);
    answer = strstr(answer, "\r\n\r\nokHTTP/1.1 200 OK\r\n");
    cr_assert_not_null(answer);
    answer = strstr(answer, " 1\nHTTP/1.1 404 Not Found\r\n");
    cr_assert_not_null(answer);
    bytes_done(&world.answer);
}

TEST(httpd, a_head_that_is_too_long_is_refused)
{
    struct world world = {0};
    struct bytes request = {0};

    bytes_add_text(&request, "GET /healthz HTTP/1.1\r\nX: ");
    while (request.n < HTTPD_HEAD)
        bytes_add_text(&request, "y");
    cr_assert_eq(strncmp(exchange(&world, request.data), "HTTP/1.1 431 ", 13), 0);
    bytes_done(&request);
    bytes_done(&world.answer);
}

/* Fills the server with silent connections, then one more. */
static void *crowd(void *ctx)
{
    struct world *world = ctx;
    int fds[HTTPD_CONNECTIONS + 1];
    char byte;

    for (int i = 0; i <= HTTPD_CONNECTIONS; i++)
        fds[i] = dial(world);
    /* The last one is closed at once; the first still works. */
    if (recv(fds[HTTPD_CONNECTIONS], &byte, 1, 0) == 0)
        bytes_add_text(&world->answer, "closed ");
    send(fds[0], "GET /healthz" CLOSE, strlen("GET /healthz" CLOSE), 0);
    if (recv(fds[0], &byte, 1, 0) == 1)
        bytes_add_text(&world->answer, "answered");
    for (int i = 0; i <= HTTPD_CONNECTIONS; i++)
        close(fds[i]);
    send(world->ends[1], "x", 1, 0);
    return NULL;
}

TEST(httpd, connections_are_bounded)
{
    struct world world = {0};
    struct loop_calls calls = {turn, stop, &world};
    char why[128];
    pthread_t client;

    world.loop = loop_new(&calls);
    world.httpd = httpd_new(world.loop, ":0", routes, 3, NULL, why, sizeof(why));
    cr_assert_not_null(world.httpd, "%s", why);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, world.ends), 0);
    pthread_create(&client, NULL, crowd, &world);
    loop_run(world.loop);
    pthread_join(client, NULL);
    cr_assert_str_eq(world.answer.data, "closed answered");
    httpd_free(world.httpd);
    loop_free(world.loop);
    bytes_done(&world.answer);
    close(world.ends[0]);
    close(world.ends[1]);
}

TEST(httpd, an_address_that_cannot_be_had_is_told)
{
    struct world world = {0};
    struct loop_calls calls = {turn, stop, &world};
    char why[128] = "";

    world.loop = loop_new(&calls);
    cr_assert_null(httpd_new(world.loop, "192.0.2.1:1", routes, 3, NULL, why, sizeof(why)));
    cr_assert(strstr(why, "192.0.2.1:1: "), "%s", why);
    loop_free(world.loop);
}
