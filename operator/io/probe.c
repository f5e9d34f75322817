/* Health of backends, asked for within a fence. */
#include "io/probe.h"

#include "io/bytes.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DENIED = 16 };

struct probes_out {
    struct loop *loop;
    enum probe_policy policy;
    struct sockaddr_storage denied[DENIED]; /* addresses of the API server */
    size_t n_denied;
    struct probe_call *first, *last; /* all, in the order they came */
    unsigned under_way;
};

struct probe_call {
    struct loop_job job; /* first, so that the one is found from the other */
    struct probes_out *out;
    struct probe_call *next, *prev;
    struct curl_slist *connect_to;
    struct bytes body;
    probe_done *done;
    void *ctx;
    bool started, refused, connected, unwanted;
};

/* ---- addresses ---- */

struct range {
    const char *address;
    unsigned bits;
};

/* Never, under any policy: ourselves, our link, metadata of clouds, many, nobody. */
static const struct range never[] = {
    {"0.0.0.0", 8},     {"127.0.0.0", 8}, {"169.254.0.0", 16}, {"192.0.0.0", 24},
    {"224.0.0.0", 4},   {"240.0.0.0", 4}, {"100.100.100.200", 32}, {"168.63.129.16", 32},
    {"::", 128},        {"::1", 128},     {"fe80::", 10},      {"fec0::", 10},
    {"ff00::", 8},      {"fd00:ec2::254", 128},
};

static const struct range private[] = {
    {"10.0.0.0", 8}, {"172.16.0.0", 12}, {"192.168.0.0", 16}, {"100.64.0.0", 10}, {"fc00::", 7},
};

/* An address without its wrapping: 4 or 16 bytes. */
struct plain {
    unsigned char bytes[16];
    size_t n;
};

/* IPv6 in which IPv4 is wrapped, and where. */
static const struct wrapping {
    struct range range;
    size_t at;
} wrappings[] = {
    {{"::ffff:0:0", 96}, 12}, {{"64:ff9b::", 96}, 12}, {{"2002::", 16}, 2}, {{"::", 96}, 12},
};

static bool is_in(const struct plain *plain, const struct range *range)
{
    unsigned char bytes[16];
    size_t whole = range->bits / 8, rest = range->bits % 8;
    bool v6 = strchr(range->address, ':') != NULL;

    if (plain->n != (v6 ? 16U : 4U) ||
        inet_pton(v6 ? AF_INET6 : AF_INET, range->address, bytes) != 1)
        return false;
    return memcmp(plain->bytes, bytes, whole) == 0 &&
           (rest == 0 || (plain->bytes[whole] >> (8 - rest)) == (bytes[whole] >> (8 - rest)));
}

static bool is_in_any(const struct plain *plain, const struct range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_in(plain, &ranges[i]))
            return true;
    return false;
}

static struct plain unwrap(const struct sockaddr *address)
{
    static const struct range self[] = {{"::", 128}, {"::1", 128}};
    struct plain plain = {{0}, 0}, inner = {{0}, 4};

    if (address->sa_family == AF_INET) {
        plain.n = 4;
        memcpy(plain.bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        plain.n = 16;
        memcpy(plain.bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    }
    if (is_in_any(&plain, self, 2))
        return plain;
    for (size_t i = 0; i < sizeof(wrappings) / sizeof(wrappings[0]); i++) {
        if (!is_in(&plain, &wrappings[i].range))
            continue;
        memcpy(inner.bytes, plain.bytes + wrappings[i].at, 4);
        return inner;
    }
    return plain;
}

bool probe_allows(enum probe_policy policy, const struct sockaddr *address,
                  const struct sockaddr_storage *denied, size_t n)
{
    struct plain plain = unwrap(address);

    if (plain.n == 0 || is_in_any(&plain, never, sizeof(never) / sizeof(never[0])))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct plain other = unwrap((const struct sockaddr *)&denied[i]);

        if (other.n == plain.n && memcmp(other.bytes, plain.bytes, plain.n) == 0)
            return false;
    }
    return policy == PROBE_ANY ||
           is_in_any(&plain, private, sizeof(private) / sizeof(private[0]));
}

bool probe_may_connect(const struct probes_out *out, const struct sockaddr *address)
{
    return probe_allows(out->policy, address, out->denied, out->n_denied);
}

/* ---- names ---- */

/* "name.ns", "name.ns.svc", "name.ns.svc.cluster.local", pods in front allowed. */
static bool is_of_namespace(const char *host, const char *ns)
{
    static const char *const tails[] = {"", ".svc", ".svc.cluster.local"};
    size_t n = strlen(host);

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        char tail[128];
        size_t len = (size_t)snprintf(tail, sizeof(tail), ".%s%s", ns, tails[i]);

        if (len < sizeof(tail) && n > len && strcasecmp(host + n - len, tail) == 0)
            return true;
    }
    return false;
}

static bool allows_name(const struct probes_out *out, const char *ns, const char *host)
{
    unsigned char bytes[16];
    bool literal = host[0] == '[' || inet_pton(AF_INET, host, bytes) == 1;

    if (!literal && !strchr(host, '.'))
        return *ns != '\0';
    return out->policy != PROBE_SAME_NAMESPACE || (!literal && *ns && is_of_namespace(host, ns));
}

/* A Service without its namespace is looked up where its user would look it up. */
static void complete_name(struct probe_call *call, const char *ns, const char *host)
{
    struct bytes row = {0};

    if (strchr(host, '.') || host[0] == '[')
        return;
    bytes_format(&row, "%s::%s.%s.svc:", host, host, ns);
    call->connect_to = curl_slist_append(NULL, row.data);
    bytes_done(&row);
}

static bool check_url(struct probe_call *call, const char *ns, const char *text)
{
    CURLU *url = strlen(text) <= PROBE_URL ? curl_url() : NULL;
    char *host = NULL, *scheme = NULL, *part = NULL;
    bool fine = url && curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);

    for (const char *c = text; *c; c++)
        fine = fine && *c > ' ' && (unsigned char)*c < 0x7f;
    for (int i = 0; i < 3 && fine; i++) {
        static const CURLUPart unwanted[] = {CURLUPART_QUERY, CURLUPART_FRAGMENT,
                                             CURLUPART_ZONEID};

        fine = curl_url_get(url, unwanted[i], &part, 0) != CURLUE_OK;
        curl_free(part);
        part = NULL;
    }
    if (fine && curl_url_get(url, CURLUPART_PORT, &part, CURLU_DEFAULT_PORT) == CURLUE_OK)
        fine = strcmp(part, "0") != 0;
    fine = fine && allows_name(call->out, ns, host);
    if (fine)
        complete_name(call, ns, host);
    curl_free(part);
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(url);
    return fine;
}

/* ---- one probe ---- */

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct probe_call *call = ctx;

    (void)purpose;
    if (!probe_may_connect(call->out, &address->addr)) {
        call->refused = true;
        return CURL_SOCKET_BAD;
    }
    call->connected = true;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct probe_call *call = ctx;
    size_t room = PROBE_BODY - call->body.n;

    n *= size;
    bytes_add(&call->body, data, n < room ? n : room);
    /* Enough was seen; another return than n ends the transfer. */
    return n <= room ? n : CURL_WRITEFUNC_ERROR;
}

static void start_next(struct probes_out *out)
{
    for (struct probe_call *call = out->first; call && out->under_way < PROBE_AT_ONCE;
         call = call->next) {
        if (call->started)
            continue;
        call->started = true;
        out->under_way++;
        loop_add(out->loop, &call->job);
        if (call->refused || call->unwanted)
            loop_cancel(out->loop, &call->job);
    }
}

static void on_end(struct loop_job *job, CURLcode code, bool cancelled)
{
    struct probe_call *call = (struct probe_call *)(void *)job;
    struct probes_out *out = call->out;
    long status = 0;
    bool read;

    *(call->prev ? &call->prev->next : &out->first) = call->next;
    *(call->next ? &call->next->prev : &out->last) = call->prev;
    out->under_way--;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &status);
    read = !cancelled && status >= 200 && status < 300 &&
           (code == CURLE_OK || (code == CURLE_WRITE_ERROR && call->body.n == PROBE_BODY));
    if (!call->unwanted && (!cancelled || call->refused)) {
        if (call->refused && !call->connected)
            call->done(call->ctx, PROBE_REFUSED, NULL, 0);
        else
            call->done(call->ctx, read ? PROBE_HEALTHY : PROBE_UNHEALTHY,
                       read ? (call->body.data ? call->body.data : "") : NULL,
                       read ? call->body.n : 0);
    }
    start_next(out);
    curl_easy_cleanup(job->easy);
    curl_slist_free_all(call->connect_to);
    bytes_done(&call->body);
    free(call);
}

void probe_fence(CURL *easy, const char *url, long connect_ms, long total_ms)
{
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, total_ms);
    /* An old connection would pass by the callback that opens sockets. */
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

static void set_up(struct probe_call *call, const char *url)
{
    CURL *easy = call->job.easy;

    probe_fence(easy, url, PROBE_CONNECT_MS, PROBE_TOTAL_MS);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    if (call->connect_to)
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, call->connect_to);
}

struct probe_call *probe_send(struct probes_out *out, const char *ns, const char *url,
                              probe_done *done, void *ctx)
{
    struct probe_call *call = bytes_alloc(sizeof(*call));

    call->out = out;
    call->done = done;
    call->ctx = ctx;
    call->job.lane = LOOP_PROBES;
    call->job.done = on_end;
    call->job.easy = curl_easy_init();
    if (!call->job.easy)
        exit(1);
    call->prev = out->last;
    *(out->last ? &out->last->next : &out->first) = call;
    out->last = call;
    call->refused = !check_url(call, ns, url);
    if (!call->refused)
        set_up(call, url);
    start_next(out);
    return call;
}

void probe_cancel(struct probe_call *call)
{
    call->unwanted = true;
    if (call->started)
        loop_cancel(call->out->loop, &call->job);
}

/* ---- life ---- */

static void deny_server(struct probes_out *out, const char *server)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    CURLU *url = curl_url();
    char *host = NULL, *name;

    if (url && curl_url_set(url, CURLUPART_URL, server, 0) == CURLUE_OK &&
        curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        name = host;
        if (*name == '[') {
            name[strlen(name) - 1] = '\0';
            name++;
        }
        if (getaddrinfo(name, NULL, &hints, &found) == 0)
            for (struct addrinfo *at = found; at && out->n_denied < DENIED; at = at->ai_next)
                memcpy(&out->denied[out->n_denied++], at->ai_addr, at->ai_addrlen);
    }
    if (found)
        freeaddrinfo(found);
    curl_free(host);
    curl_url_cleanup(url);
}

struct probes_out *probe_new(struct loop *loop, enum probe_policy policy, const char *server)
{
    struct probes_out *out = bytes_alloc(sizeof(*out));

    out->loop = loop;
    out->policy = policy;
    deny_server(out, server);
    return out;
}

void probe_free(struct probes_out *out)
{
    if (!out)
        return;
    for (struct probe_call *call = out->first; call; call = call->next)
        probe_cancel(call);
    while (out->first) {
        start_next(out);
        loop_settle(out->loop);
    }
    free(out);
}
