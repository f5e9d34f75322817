/*
 * Gives any bytes to every provider, as data and as options. What comes out must be
 * in order, each endpoint once, and of a form that routers take.
 */
#include <routerctl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int drop(void *ctx, const char *data, size_t len)
{
    (void)ctx;
    (void)data;
    (void)len;
    return 0;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static int compare(const rctl_endpoint *a, const rctl_endpoint *b)
{
    int order = strcmp(a->url, b->url);

    if (order == 0)
        order = strcmp(a->model ? a->model : "", b->model ? b->model : "");
    return order ? order : (int)a->role - (int)b->role;
}

static void check(const rctl_endpoint *endpoint)
{
    const char *host = strstr(endpoint->url, "://");

    require(host && (host - endpoint->url == 4 || host - endpoint->url == 5));
    require(memchr(host + 3, '@', strcspn(host + 3, "/")) == NULL);
    require(endpoint->url[strlen(endpoint->url) - 1] != '/');
    require(endpoint->weight >= 0 && endpoint->weight <= 1000000);
    require(endpoint->bootstrap_port >= 0 && endpoint->bootstrap_port <= 65535);
    require(endpoint->place.line > 0 && strcmp(endpoint->place.file, "in") == 0);
}

static void run(const rctl_ctx *ctx, const char *provider, const char *data, size_t len,
                const char *config)
{
    rctl_sink nowhere = {drop, NULL};
    rctl_endpoints *found = NULL;
    rctl_endpoint last, endpoint;

    require(rctl_discover(ctx, provider, "in", data, len, config, &found) == 0);
    for (size_t i = 0; rctl_endpoints_get(found, i, &endpoint) == 0; i++) {
        check(&endpoint);
        require(i == 0 || compare(&last, &endpoint) < 0);
        last = endpoint;
    }
    require(rctl_endpoints_count(found) > 0 || rctl_diags_count(rctl_endpoints_diags(found)) > 0);
    require(rctl_diags_write(rctl_endpoints_diags(found), RCTL_DIAG_TEXT, NULL, &nowhere) == 0);
    rctl_endpoints_free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *config = malloc(size + 1);
    rctl_ctx *ctx = NULL;

    require(config && rctl_ctx_new(NULL, &ctx) == 0);
    if (size > 0)
        memcpy(config, data, size);
    config[size] = '\0';
    for (size_t i = 0; i < rctl_discoveries_count(ctx); i++)
        run(ctx, rctl_discoveries_get(ctx, i)->name, (const char *)data, size, NULL);
    run(ctx, "file", "[]", 2, config);
    rctl_ctx_free(ctx);
    free(config);
    return 0;
}
