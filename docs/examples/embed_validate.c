/* Checks a document that is already in memory and prints what is wrong with it. */
#include <routerctl.h>
#include <stdio.h>
#include <string.h>

static int to_stdout(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, (FILE *)ctx) == len ? 0 : -1;
}

int main(void)
{
    const char *text = "apiVersion: production-stack.vllm.ai/v1alpha1\n"
                       "kind: InferenceService\n"
                       "metadata: {name: chat}\n"
                       "spec: {modelNam: llama3}\n";
    rctl_sink sink = {to_stdout, stdout};
    rctl_ctx *ctx = NULL;
    rctl_set *set = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    if (code == 0)
        code = rctl_set_new(ctx, NULL, &set);
    if (code == 0)
        code = rctl_set_add(set, "chat.yaml", text, strlen(text));
    if (code == 0)
        code = rctl_set_check(set);
    if (code == 0)
        code = rctl_diags_write(rctl_set_diags(set), RCTL_DIAG_TEXT, NULL, &sink);
    if (code != 0)
        fprintf(stderr, "%s\n", rctl_strerror(code));
    rctl_set_free(set);
    rctl_ctx_free(ctx);
    return code == 0 ? 0 : 1;
}
