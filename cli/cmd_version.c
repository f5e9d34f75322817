/* rctl version: of the program, and of the library that it runs with. */
#include "io.h"

static int run(const struct cli_args *args)
{
    (void)args;
    io_print("rctl %s (librouterctl %s)\n", RCTL_VERSION, rctl_version());
    return CLI_FINE;
}

const struct cli_command cmd_version = {
    .name = "version",
    .operands = "",
    .summary = "Print the version",
    .examples = "  rctl version\n",
    .run = run,
};
