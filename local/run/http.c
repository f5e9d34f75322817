/* One easy handle, which keeps its connections. */
#include "http.h"

#include "../memory.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct http {
    CURL *easy;
    const volatile sig_atomic_t *stop;
    char *text;
    size_t n, room;
    char why[CURL_ERROR_SIZE];
};

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct http *http = ctx;

    n *= size;
    if (n > HTTP_BODY - http->n)
        return n;
    if (http->n + n + 1 > http->room) {
        http->room = 2 * (http->n + n + 1);
        http->text = memory_grow(http->text, http->room, 1);
    }
    memcpy(http->text + http->n, data, n);
    http->n += n;
    http->text[http->n] = '\0';
    return n;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct http *http = ctx;

    (void)a, (void)b, (void)c, (void)d;
    return *http->stop != 0;
}

struct http *http_new(const volatile sig_atomic_t *stop)
{
    struct http *http = memory_new(sizeof(*http));

    http->stop = stop;
    http->easy = curl_global_init(CURL_GLOBAL_DEFAULT) == 0 ? curl_easy_init() : NULL;
    if (http->easy)
        return http;
    free(http);
    return NULL;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    curl_easy_cleanup(http->easy);
    curl_global_cleanup();
    free(http->text);
    free(http);
}

struct http_answer http_ask(struct http *http, const char *url, const struct texts *headers,
                            const char *body, double seconds)
{
    struct curl_slist *lines = NULL;
    struct http_answer answer = {0};
    curl_off_t us = 0;
    long status = 0;
    CURLcode code;

    for (size_t i = 0; headers && i < headers->n_items; i++)
        lines = curl_slist_append(lines, headers->items[i]);
    http->n = 0;
    http->why[0] = '\0';
    curl_easy_reset(http->easy);
    curl_easy_setopt(http->easy, CURLOPT_URL, url);
    curl_easy_setopt(http->easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(http->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(http->easy, CURLOPT_TIMEOUT_MS, (long)(seconds * 1000));
    curl_easy_setopt(http->easy, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(http->easy, CURLOPT_ERRORBUFFER, http->why);
    curl_easy_setopt(http->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(http->easy, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(http->easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(http->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(http->easy, CURLOPT_XFERINFODATA, http);
    if (body)
        curl_easy_setopt(http->easy, CURLOPT_POSTFIELDS, body);
    code = curl_easy_perform(http->easy);
    curl_slist_free_all(lines);
    if (code == CURLE_OK)
        curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(http->easy, CURLINFO_TOTAL_TIME_T, &us);
    answer.status = (int)status;
    answer.ms = (double)us / 1000;
    if (code != CURLE_OK)
        answer.text = http->why[0] ? http->why : curl_easy_strerror(code);
    else
        answer.text = http->n ? http->text : http->why;
    return answer;
}
