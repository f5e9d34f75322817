/*
 * discover PROVIDER [CONFIG] FILE: runs a provider on a file by the public API, and
 * prints the endpoints to stdout and what is wrong to stderr, as the golden runner
 * expects it of a verb of rctl. The first argument is that verb.
 */
#include <routerctl.h>
#include <stdio.h>
#include <stdlib.h>

static int to_file(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, ctx) == len ? 0 : -1;
}

static char *read_all(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    char *data = NULL;
    long len;

    if (file && fseek(file, 0, SEEK_END) == 0 && (len = ftell(file)) >= 0) {
        rewind(file);
        data = malloc((size_t)len + 1);
        if (data && fread(data, 1, (size_t)len, file) == (size_t)len)
            *ret_len = (size_t)len;
    }
    if (!data) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return data;
}

static void print(const rctl_endpoint *endpoint)
{
    static const char *const roles[] = {"serve", "prefill", "decode"};

    printf("- url: %s\n", endpoint->url);
    if (endpoint->model)
        printf("  model: %s\n", endpoint->model);
    if (endpoint->role != RCTL_ROLE_SERVE)
        printf("  role: %s\n", roles[endpoint->role]);
    if (endpoint->weight != 1)
        printf("  weight: %lld\n", (long long)endpoint->weight);
    if (endpoint->bootstrap_port)
        printf("  bootstrapPort: %d\n", (int)endpoint->bootstrap_port);
    printf("  place: %s:%u:%u\n", endpoint->place.file, (unsigned)endpoint->place.line,
           (unsigned)endpoint->place.column);
}

int main(int argc, char **argv)
{
    const char *path = argv[argc - 1];
    rctl_sink sink = {to_file, stderr};
    rctl_endpoints *endpoints = NULL;
    rctl_ctx *ctx = NULL;
    rctl_endpoint endpoint;
    size_t len = 0, errors;
    char *data;
    int code;

    if (argc < 4 || argc > 5)
        return 2;
    data = read_all(path, &len);
    code = rctl_ctx_new(NULL, &ctx);
    if (code == 0)
        code = rctl_discover(ctx, argv[2], path, data, len, argc == 5 ? argv[3] : NULL,
                             &endpoints);
    free(data);
    if (code == 0)
        code = rctl_diags_write(rctl_endpoints_diags(endpoints), RCTL_DIAG_TEXT, NULL, &sink);
    for (size_t i = 0; rctl_endpoints_get(endpoints, i, &endpoint) == 0; i++)
        print(&endpoint);
    if (code != 0)
        fprintf(stderr, "%s\n", rctl_strerror(code));
    errors = rctl_diags_total(rctl_endpoints_diags(endpoints), RCTL_SEVERITY_ERROR);
    rctl_endpoints_free(endpoints);
    rctl_ctx_free(ctx);
    return code != 0 ? 2 : errors > 0 ? 1 : 0;
}
