/* rctl simulate: what a router would do with requests. */
#include "load.h"
#include "opt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)

enum { OUTPUT_TEXT, OUTPUT_JSON };

static const struct opt_row options[] = {
    {"gateway", 'g', OPT_TEXT, AT(gateway), 0, "NAME", NULL,
     "InferenceGateway to simulate, NAMESPACE/NAME if need be"},
    {"requests", '\0', OPT_TEXT, AT(requests), 0, "FILE", NULL,
     "Requests, one JSON object a line; - is standard input"},
    {"endpoints", '\0', OPT_TEXT, AT(snapshot), 0, "FILE", NULL,
     "Endpoints and their load, JSON; - is standard input"},
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "text|json", "Format of the decisions"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Namespace of objects that name none [default]"},
    {"max-errors", '\0', OPT_COUNT, AT(max_errors), AT(max_errors_given), "N", NULL,
     "Show at most N of each severity, 0 for all [100]"},
    OPT_COLOR,
};

static bool is_stdin(const char *name)
{
    return strcmp(name, "-") == 0;
}

/* Standard input can be read once. */
static bool shares_stdin(const struct cli_args *args)
{
    int n = is_stdin(args->requests) + is_stdin(args->snapshot);

    for (size_t i = 1; i < args->n_operands; i++)
        n += is_stdin(args->operands[i]);
    return n > 1;
}

static bool check_args(const struct cli_args *args)
{
    static const char *const names[] = {"gateway", "requests", "endpoints"};
    const char *const values[] = {args->gateway, args->requests, args->snapshot};

    if (strcmp(args->operands[0], "routing") != 0) {
        io_say("'%s' cannot be simulated; only 'routing' can", args->operands[0]);
        return false;
    }
    for (size_t i = 0; i < CLI_COUNT(names); i++) {
        if (values[i])
            continue;
        io_say("--%s is needed", names[i]);
        return false;
    }
    if (shares_stdin(args)) {
        io_say("standard input can stand for one file only");
        return false;
    }
    return true;
}

static bool read_file(const char *name, struct io_text *text)
{
    struct io_file file = {.name = is_stdin(name) ? (char[]){"<stdin>"} : (char *)name,
                           .named = true,
                           .is_stdin = is_stdin(name)};

    return io_read(&file, text);
}

static const char *shown_name(const char *name)
{
    return is_stdin(name) ? "<stdin>" : name;
}

static int simulate(const struct load *load, const struct cli_args *args,
                    const struct io_text *endpoints, const struct io_text *requests)
{
    rctl_simulation simulation = {
        .size = sizeof(simulation),
        .gateway = args->gateway,
        .endpoints_name = shown_name(args->snapshot),
        .endpoints = endpoints->data,
        .endpoints_len = endpoints->len,
        .requests_name = shown_name(args->requests),
        .requests = requests->data,
        .requests_len = requests->len,
        .format = args->output == OUTPUT_JSON ? RCTL_SIMULATION_JSON : RCTL_SIMULATION_TEXT,
    };

    return rctl_simulate_routing(load->set, &simulation, &io_stdout);
}

static int run_on(struct load *load, const struct cli_args *args,
                  const struct io_text *endpoints, const struct io_text *requests)
{
    int code = simulate(load, args, endpoints, requests);

    if (code == RCTL_OK || code == RCTL_E_SINK) {
        int told = load_write_diags(load, RCTL_DIAG_TEXT, io_wants_color(args, STDERR_FILENO),
                                    &io_stderr);

        code = code == RCTL_OK ? told : code;
    }
    return code == RCTL_OK ? load_exit(load, /* strict= */ false) : io_fail(code);
}

static int run(const struct cli_args *args)
{
    struct io_text endpoints = {0}, requests = {0};
    struct cli_args manifests = *args;
    rctl_set_options how = {.missing = RCTL_MISSING_RENDER};
    struct load load;
    int code = CLI_BROKEN;

    if (!check_args(args))
        return CLI_USAGE;
    manifests.operands++;
    manifests.n_operands--;
    if (read_file(args->snapshot, &endpoints) && read_file(args->requests, &requests) &&
        load_open(&load, &manifests, &how)) {
        code = run_on(&load, args, &endpoints, &requests);
        load_close(&load);
    }
    free(endpoints.data);
    free(requests.data);
    return code;
}

const struct cli_command cmd_simulate = {
    .name = "simulate",
    .operands = "routing PATH...",
    .summary = "Show where a gateway's router would send requests, and why",
    .details = "PATHs are the same as for validate, and hold the InferenceGateway. The router is\n"
               "taken to have just started; the endpoints stay as the file says, and each request\n"
               "is answered before the next one comes. What the router draws is shown as 'one of\n"
               "N', and 'as 3' when it is where request 3 went; -o json lists all N.\n",
    .examples = "  rctl simulate routing --gateway front --requests requests.jsonl \\\n"
                "      --endpoints endpoints.json manifests/\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 2,
    .max_operands = SIZE_MAX,
    .run = run,
};
