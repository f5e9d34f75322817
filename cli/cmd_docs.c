/* rctl docs: the reference pages, made from the same tables as everything else. */
#include "io.h"

static int run(const struct cli_args *args)
{
    rctl_ctx *ctx = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    if (code == RCTL_OK)
        code = rctl_gen_reference(ctx, args->operands[0], &io_stdout);
    rctl_ctx_free(ctx);
    if (code == RCTL_E_NOT_FOUND) {
        io_say("there is no page '%s'; there are: kinds, diagnostics, engines, routers, "
               "python",
               args->operands[0]);
        return CLI_USAGE;
    }
    return code == RCTL_OK ? CLI_FINE : io_fail(code);
}

const struct cli_command cmd_docs = {
    .name = "docs",
    .operands = "PAGE",
    .summary = "Print a reference page in Markdown: kinds, diagnostics, engines or routers",
    .details = "python prints the dataclasses of the kinds, as the Python package has them.\n",
    .examples = "  rctl docs diagnostics\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
