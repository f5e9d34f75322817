/* Rounds: looking up, asking each address, taking over what came whole. */
#include "io/scraper.h"

#include "core/gpus.h"
#include "core/scrape.h"
#include "io/bytes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum result { SUCCESS, FAILED, REFUSED, TYPE, CUT_OFF, TOO_LARGE, MALFORMED, N_RESULTS };

static const char *const result_names[N_RESULTS] = {"success", "failed",    "refused",  "type",
                                                    "cut_off", "too_large", "malformed"};

struct scraper {
    struct loop *loop;
    const struct probes_out *fence;
    rctl_allocator from;
    char *url;
    struct curl_slist *headers;
    bool own; /* the URL's host is an address of this machine */
    struct call *calls;
    unsigned under_way;
    bool works;        /* a round has begun and not ended */
    core_time began, due;
    struct sockaddr_storage addresses[SCRAPER_ADDRESSES];
    size_t n_addresses, asked;
    bool refused, fine; /* in this round: an address was forbidden; one was read */
    struct gpus coming, gpus;
    core_time read_at; /* when `gpus` was made; CORE_AT_ONCE: never */
    double took;       /* seconds, of the last round; below 0 before */
    uint64_t counts[N_RESULTS], dropped;
};

/* One transfer: that which looks up, or one address. */
struct call {
    struct loop_job job; /* first, so that the one is found from the other */
    struct scraper *scraper;
    struct call *next, *prev;
    const struct sockaddr *to; /* NULL: looks up only */
    struct curl_slist *connect_to;
    bool reads, wrong_type;
    struct gpus gpus;
    struct scrape scrape;
};

/* ---- addresses ---- */

static bool is_own(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >>
                   24 == 127;
    return address->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

static bool may_connect(const struct scraper *scraper, const struct sockaddr *address)
{
    return (scraper->own && is_own(address)) || probe_may_connect(scraper->fence, address);
}

/* Each address is offered in turn, as long as none is taken: so this sees all of them. */
static curl_socket_t note_address(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct scraper *scraper = ((struct call *)ctx)->scraper;

    (void)purpose;
    if (!may_connect(scraper, &address->addr))
        scraper->refused = true;
    else if (scraper->n_addresses < SCRAPER_ADDRESSES &&
             address->addrlen <= sizeof(scraper->addresses[0]))
        memcpy(&scraper->addresses[scraper->n_addresses++], &address->addr, address->addrlen);
    return CURL_SOCKET_BAD;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    const struct call *call = ctx;

    (void)purpose;
    if (!may_connect(call->scraper, &address->addr))
        return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Any host and port of the URL is this address and the URL's port. */
static struct curl_slist *name_address(const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN] = "";
    bool v6 = address->sa_family == AF_INET6;
    struct bytes row = {0};
    struct curl_slist *list;

    inet_ntop(address->sa_family,
              v6 ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr
                 : (const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr,
              text, sizeof(text));
    bytes_format(&row, v6 ? "::[%s]:" : "::%s:", text);
    list = curl_slist_append(NULL, row.data);
    bytes_done(&row);
    return list;
}

/* ---- one transfer ---- */

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct call *call = ctx;
    long status = 0;
    char *type = NULL;

    n *= size;
    if (!call->reads) {
        enum scrape_form form;

        curl_easy_getinfo(call->job.easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(call->job.easy, CURLINFO_CONTENT_TYPE, &type);
        form = scrape_form_of(type);
        call->wrong_type = form == SCRAPE_UNKNOWN;
        if (status / 100 != 2 || call->wrong_type)
            return CURL_WRITEFUNC_ERROR;
        scrape_begin(&call->scrape, form, gpus_take, &call->gpus);
        call->reads = true;
    }
    return scrape_feed(&call->scrape, data, n) ? n : CURL_WRITEFUNC_ERROR;
}

static enum result judge(const struct call *call, CURLcode code)
{
    static const enum result ends[] = {[SCRAPE_FINE] = SUCCESS,
                                       [SCRAPE_CUT_OFF] = CUT_OFF,
                                       [SCRAPE_TOO_LARGE] = TOO_LARGE,
                                       [SCRAPE_NO_METRICS] = MALFORMED};
    long status = 0;

    curl_easy_getinfo(call->job.easy, CURLINFO_RESPONSE_CODE, &status);
    if (status / 100 != 2)
        return FAILED;
    if (call->wrong_type)
        return TYPE;
    if (code == CURLE_FILESIZE_EXCEEDED || (call->reads && call->scrape.too_large))
        return TOO_LARGE;
    if (code == CURLE_PARTIAL_FILE)
        return CUT_OFF;
    if (code != CURLE_OK)
        return FAILED;
    return call->reads ? ends[scrape_end(&call->scrape)] : SUCCESS;
}

static void end_address(struct scraper *scraper, const struct call *call, CURLcode code)
{
    enum result result = judge(call, code);

    scraper->counts[result]++;
    if (result != SUCCESS)
        return;
    scraper->fine = true;
    gpus_merge(&scraper->coming, &call->gpus);
}

static void end_round(struct scraper *scraper)
{
    core_time now = loop_now();

    scraper->took = (double)(now - scraper->began) / (double)CORE_SECOND;
    scraper->dropped += scraper->coming.dropped;
    if (scraper->fine) {
        gpus_done(&scraper->gpus);
        scraper->gpus = scraper->coming;
        gpus_init(&scraper->coming, &scraper->from, loop_random());
        scraper->read_at = now;
    }
    scraper->works = false;
}

static void go_on(struct scraper *scraper);

static void on_end(struct loop_job *job, CURLcode code, bool cancelled)
{
    struct call *call = (struct call *)(void *)job;
    struct scraper *scraper = call->scraper;

    *(call->prev ? &call->prev->next : &scraper->calls) = call->next;
    if (call->next)
        call->next->prev = call->prev;
    scraper->under_way--;
    if (!cancelled && call->to)
        end_address(scraper, call, code);
    else if (!cancelled && scraper->n_addresses == 0)
        scraper->counts[scraper->refused ? REFUSED : FAILED]++;
    if (!cancelled)
        go_on(scraper);
    curl_easy_cleanup(job->easy);
    curl_slist_free_all(call->connect_to);
    gpus_done(&call->gpus);
    free(call);
}

static void set_up(struct call *call)
{
    const struct scraper *scraper = call->scraper;
    CURL *easy = call->job.easy;

    probe_fence(easy, scraper->url, SCRAPER_CONNECT_MS, SCRAPER_TOTAL_MS);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, scraper->headers);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)SCRAPE_BYTES);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, call->to ? open_socket : note_address);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    if (call->connect_to)
        curl_easy_setopt(easy, CURLOPT_CONNECT_TO, call->connect_to);
}

static void send_call(struct scraper *scraper, const struct sockaddr *to)
{
    struct call *call = bytes_alloc(sizeof(*call));

    call->scraper = scraper;
    call->to = to;
    call->connect_to = to ? name_address(to) : NULL;
    call->job.lane = LOOP_SCRAPES;
    call->job.done = on_end;
    call->job.easy = curl_easy_init();
    if (!call->job.easy)
        exit(1);
    gpus_init(&call->gpus, &scraper->from, loop_random());
    set_up(call);
    call->next = scraper->calls;
    if (call->next)
        call->next->prev = call;
    scraper->calls = call;
    scraper->under_way++;
    loop_add(scraper->loop, &call->job);
}

/* ---- rounds ---- */

static void go_on(struct scraper *scraper)
{
    while (scraper->asked < scraper->n_addresses && scraper->under_way < SCRAPER_AT_ONCE)
        send_call(scraper, (const struct sockaddr *)&scraper->addresses[scraper->asked++]);
    if (scraper->under_way == 0)
        end_round(scraper);
}

core_time scraper_turn(struct scraper *scraper, core_time now)
{
    if (scraper->works)
        return CORE_NEVER;
    if (now < scraper->due)
        return scraper->due;
    scraper->works = true;
    scraper->began = now;
    scraper->due = now + SCRAPER_EVERY + core_share(SCRAPER_EVERY / 10, loop_random());
    scraper->n_addresses = scraper->asked = 0;
    scraper->refused = scraper->fine = false;
    gpus_done(&scraper->coming);
    gpus_init(&scraper->coming, &scraper->from, loop_random());
    send_call(scraper, NULL);
    return CORE_AT_ONCE;
}

void scraper_report(const struct scraper *scraper, struct metrics *metrics, core_time now)
{
    bool was_read = scraper->read_at != CORE_AT_ONCE;
    bool fresh = was_read && now - scraper->read_at < SCRAPER_FORGET;
    struct gpus none;

    gpus_init(&none, &scraper->from, 0);
    gpus_report(fresh ? &scraper->gpus : &none, metrics);
    for (size_t i = 0; i < N_RESULTS; i++)
        metrics_set(metrics, METRICS_GPU_SCRAPES, &result_names[i], (double)scraper->counts[i]);
    metrics_set(metrics, METRICS_GPU_DROPPED, NULL, (double)scraper->dropped);
    if (was_read)
        metrics_set(metrics, METRICS_GPU_SCRAPE_AGE, NULL,
                    (double)(now - scraper->read_at) / (double)CORE_SECOND);
    if (scraper->took >= 0)
        metrics_set(metrics, METRICS_GPU_SCRAPE_TIME, NULL, scraper->took);
}

/* ---- life ---- */

static bool check_url(const char *text, bool *ret_own)
{
    CURLU *url = strlen(text) <= PROBE_URL ? curl_url() : NULL;
    char *host = NULL, *scheme = NULL, *part = NULL;
    bool fine = url && curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
                curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
    struct in_addr v4;

    for (const char *c = text; *c; c++)
        fine = fine && *c > ' ' && (unsigned char)*c < 0x7f;
    if (fine && curl_url_get(url, CURLUPART_PORT, &part, CURLU_DEFAULT_PORT) == CURLUE_OK)
        fine = strcmp(part, "0") != 0;
    /* Just these spellings, so that nobody asks his own machine without knowing. */
    *ret_own = fine && (strcmp(host, "[::1]") == 0 ||
                        (inet_pton(AF_INET, host, &v4) == 1 && strstr(text, host)));
    curl_free(part);
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(url);
    return fine;
}

struct scraper *scraper_new(struct loop *loop, const struct probes_out *fence,
                            const rctl_allocator *from, const char *url)
{
    struct scraper *scraper;
    bool own;

    if (!check_url(url, &own))
        return NULL;
    scraper = bytes_alloc(sizeof(*scraper));
    scraper->loop = loop;
    scraper->fence = fence;
    scraper->from = *from;
    scraper->url = bytes_text(url);
    scraper->headers = curl_slist_append(
        NULL, "Accept: text/plain;version=0.0.4, application/openmetrics-text;q=0.5");
    scraper->own = own;
    scraper->due = scraper->read_at = CORE_AT_ONCE;
    scraper->took = -1;
    gpus_init(&scraper->coming, from, loop_random());
    gpus_init(&scraper->gpus, from, loop_random());
    return scraper;
}

void scraper_free(struct scraper *scraper)
{
    if (!scraper)
        return;
    for (struct call *call = scraper->calls; call; call = call->next)
        loop_cancel(scraper->loop, &call->job);
    while (scraper->calls)
        loop_settle(scraper->loop);
    gpus_done(&scraper->coming);
    gpus_done(&scraper->gpus);
    curl_slist_free_all(scraper->headers);
    free(scraper->url);
    free(scraper);
}
