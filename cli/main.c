/*
 * rctl: the table of commands, and nothing that works before one was chosen. Each
 * command is a file of its own, cmd_<name>.c.
 */
#include "io.h"
#include "opt.h"

#include <string.h>

static const struct cli_command *const commands[] = {
    &cmd_validate, &cmd_render,    &cmd_diff, &cmd_plan, &cmd_status,  &cmd_graph,
    &cmd_simulate, &cmd_run_local, &cmd_crds, &cmd_rbac, &cmd_explain, &cmd_docs,
    &cmd_version,
};

static const char *command_name(const void *ctx, size_t i)
{
    (void)ctx;
    return i < CLI_COUNT(commands) ? commands[i]->name : "help";
}

static const struct cli_command *find_command(const char *name)
{
    const char *nearest;

    for (size_t i = 0; i < CLI_COUNT(commands); i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    nearest = opt_suggest(name, command_name, NULL, CLI_COUNT(commands) + 1);
    if (nearest)
        io_say("unknown command '%s'; did you mean '%s'?", name, nearest);
    else
        io_say("unknown command '%s'; see 'rctl help'", name);
    return NULL;
}

/* As a plugin, the program is called kubectl-rctl, but users type "kubectl rctl". */
static const char *program_name(const char *argv0)
{
    const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
    const char *base = slash ? slash + 1 : argv0;

    return base && strcmp(base, "kubectl-rctl") == 0 ? "kubectl rctl" : "rctl";
}

static void print_help(const char *program)
{
    io_print("Usage: %s COMMAND [OPTION...] [ARGUMENT...]\n\n"
             "Validates and renders the custom resources of an LLM serving stack, offline, and\n"
             "shows what a cluster makes of them.\n\n"
             "Commands:\n",
             program);
    for (size_t i = 0; i < CLI_COUNT(commands); i++)
        io_print("  %-10s%s\n", commands[i]->name, commands[i]->summary);
    io_print("  %-10s%s\n\nSee '%s help COMMAND' for the options of a command.\n", "help",
             "Show this help, or that of a command", program);
}

static int run_help(const char *program, size_t n_operands, char **operands)
{
    const struct cli_command *command = NULL;

    if (n_operands > 1) {
        io_say("help takes one command");
        return CLI_USAGE;
    }
    if (n_operands == 1 && strcmp(operands[0], "help") != 0) {
        command = find_command(operands[0]);
        if (!command)
            return CLI_USAGE;
    }
    if (command)
        opt_help(command, program);
    else
        print_help(program);
    return CLI_FINE;
}

static int run_command(const struct cli_command *command, const char *program, size_t argc,
                       char **argv)
{
    struct cli_args args = {0};
    int code = CLI_FINE;

    if (!opt_parse(command, argc, argv, &args)) {
        io_say("see '%s %s --help'", program, command->name);
        code = CLI_USAGE;
    } else if (args.help) {
        opt_help(command, program);
    } else {
        code = command->run(&args);
    }
    opt_done(command, &args);
    return code;
}

static bool is_word(const char *word, const char *a, const char *b, const char *c)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

static int run(const char *program, size_t argc, char **argv)
{
    const struct cli_command *command;

    if (argc == 0) {
        io_say("a command is needed; see '%s help'", program);
        return CLI_USAGE;
    }
    if (is_word(argv[0], "help", "--help", "-h"))
        return run_help(program, argc - 1, argv + 1);
    if (is_word(argv[0], "--version", "-V", "version"))
        return run_command(&cmd_version, program, argc - 1, argv + 1);
    if (argv[0][0] == '-') {
        io_say("options stand after the command; see '%s help'", program);
        return CLI_USAGE;
    }
    command = find_command(argv[0]);
    return command ? run_command(command, program, argc - 1, argv + 1) : CLI_USAGE;
}

int main(int argc, char **argv)
{
    io_start();
    return io_finish(run(program_name(argc > 0 ? argv[0] : NULL), argc > 0 ? (size_t)argc - 1 : 0,
                         argv + (argc > 0)));
}
