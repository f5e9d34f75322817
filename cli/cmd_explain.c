/* rctl explain: what a diagnostic, a kind, a field, an engine or a flag means. */
#include "io.h"

#include <stdlib.h>
#include <string.h>

/* The answer is kept until it is known to be one. */
static int keep(void *ctx, const char *data, size_t len)
{
    struct io_text *text = ctx;

    text->data = io_grow(text->data, text->len + len + 1);
    memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
    return 0;
}

static int say_unknown(const char *topic, const struct io_text *nearest)
{
    if (nearest->len > 0)
        io_say("nothing is called '%s'; did you mean '%.*s'?", topic,
               (int)strcspn(nearest->data, "\n"), nearest->data);
    else
        io_say("nothing is called '%s'", topic);
    return CLI_USAGE;
}

static int run(const struct cli_args *args)
{
    struct io_text text = {0};
    rctl_sink sink = {keep, &text};
    rctl_ctx *ctx = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    if (code == RCTL_OK)
        code = rctl_explain(ctx, args->operands[0], &sink);
    if (code == RCTL_OK) {
        code = CLI_FINE;
        io_stdout.write(io_stdout.ctx, text.data, text.len);
    } else if (code == RCTL_E_NOT_FOUND) {
        code = say_unknown(args->operands[0], &text);
    } else {
        code = io_fail(code);
    }
    rctl_ctx_free(ctx);
    free(text.data);
    return code;
}

const struct cli_command cmd_explain = {
    .name = "explain",
    .operands = "TOPIC",
    .summary = "Explain a diagnostic, a kind, a field, an engine or one of its flags",
    .examples = "  rctl explain engine.missing-key\n"
                "  rctl explain infsvc.spec.model\n"
                "  rctl explain vllm.max-num-seqs\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
