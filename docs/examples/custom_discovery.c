/* Registers a provider that the library does not know: one URL and model on a line. */
#include <routerctl.h>
#include <stdio.h>
#include <string.h>

static int to_stdout(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, (FILE *)ctx) == len ? 0 : -1;
}

static int resolve(void *ctx, const rctl_discovery_job *job, rctl_discovery_out *out)
{
    char line[256], url[128], model[128];
    const char *at = job->data, *end = at + job->len, *next;
    uint32_t number = 1;
    int code = 0;

    (void)ctx;
    for (; at < end && code == 0; at = next < end ? next + 1 : end, number++) {
        rctl_endpoint endpoint = {url, model, RCTL_ROLE_SERVE, 0, 1, {NULL, 0, 0}};

        next = (const char *)memchr(at, '\n', (size_t)(end - at));
        if (!next)
            next = end;
        snprintf(line, sizeof(line), "%.*s", next - at < 255 ? (int)(next - at) : 255, at);
        endpoint.place.line = number;
        if (sscanf(line, "%127s %127s", url, model) == 2)
            code = rctl_discovery_out_endpoint(out, &endpoint);
        else
            code = rctl_discovery_out_fault(out, RCTL_SEVERITY_ERROR, number, 1,
                                            "the line has no model", "write URL and model");
    }
    return code; /* NOMEM of the calls above is handed on */
}

int main(void)
{
    const char *text = "http://chat.team-a.svc:8000 llama3\nhttp://code.team-a.svc\n"
                       "http://10.1.2.3:8000 coder\nhttp://code:8000 coder\n";
    rctl_discovery lines = {sizeof(lines), "lines", "URL and model on a line.", resolve, NULL};
    rctl_sink sink = {to_stdout, stdout};
    rctl_endpoints *found = NULL;
    rctl_endpoint endpoint;
    rctl_ctx *ctx = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    if (code == 0)
        code = rctl_discovery_register(ctx, &lines);
    if (code == 0)
        code = rctl_discover(ctx, "lines", "hosts.txt", text, strlen(text), NULL, &found);
    for (size_t i = 0; rctl_endpoints_get(found, i, &endpoint) == 0; i++)
        printf("%s serves %s\n", endpoint.url, endpoint.model);
    if (code == 0)
        code = rctl_diags_write(rctl_endpoints_diags(found), RCTL_DIAG_TEXT, NULL, &sink);
    rctl_endpoints_free(found);
    rctl_ctx_free(ctx);
    return code == 0 ? 0 : 1;
}
