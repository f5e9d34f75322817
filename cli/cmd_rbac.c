/* rctl rbac: what the operator may do, made from what its controllers read and write. */
#include "io.h"
#include "opt.h"

static const struct opt_row options[] = {
    {"namespace", 'n', OPT_TEXT, offsetof(struct cli_args, name_space), 0, "NAME", NULL,
     "Namespace of the operator [router-controller-system]"},
    {"namespaced", '\0', OPT_SWITCH, offsetof(struct cli_args, namespaced), 0, NULL, NULL,
     "A Role for that namespace only, instead of a ClusterRole"},
};

static int run(const struct cli_args *args)
{
    rctl_ctx *ctx = NULL;
    int code = rctl_ctx_new(NULL, &ctx);

    if (code == RCTL_OK)
        code = rctl_gen_rbac(ctx, args->name_space, args->namespaced, &io_stdout);
    rctl_ctx_free(ctx);
    if (code == RCTL_E_INVALID_ARG) {
        io_say("'%s' is no name of a namespace", args->name_space);
        return CLI_USAGE;
    }
    return code == RCTL_OK ? CLI_FINE : io_fail(code);
}

const struct cli_command cmd_rbac = {
    .name = "rbac",
    .operands = "",
    .summary = "Print the roles that the operator needs",
    .examples = "  rctl rbac | kubectl apply -f -\n"
                "  rctl rbac --namespaced -n team-a\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .run = run,
};
