/*
 * rctl run-local: renders, and hands the objects to rctl-run-local, which starts processes
 * and sends requests. That program has the libraries for it, so that rctl itself starts in
 * a millisecond; it takes this one's place, and reads the objects on its standard input.
 */
#include "load.h"
#include "opt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT(member) offsetof(struct cli_args, member)
#define PROGRAM "rctl-run-local"

enum { OUTPUT_TEXT, OUTPUT_JSON };
enum { MOST_REQUESTS = 1000000, MOST_REPLICAS = 64, MOST_SECONDS = 3600 };

static const struct opt_row options[] = {
    {"fake-engines", '\0', OPT_SWITCH, AT(fake_engines), 0, NULL, NULL,
     "Start a fake engine for each one that is not given by --engine"},
    {"engine", '\0', OPT_LIST, AT(engines), 0, "NAME=URL", NULL,
     "An engine that runs already, for a service, model or address; may be repeated"},
    {"router", '\0', OPT_LIST, AT(routers), 0, "NAME=COMMAND", NULL,
     "What starts a kind of router, or one by its name; may be repeated"},
    {"send", '\0', OPT_COUNT, AT(send), AT(send_given), "N", NULL,
     "Send N requests to each router, tell who answered, and end"},
    {"requests", '\0', OPT_TEXT, AT(requests), 0, "FILE", NULL,
     "Send the requests of FILE, one JSON object a line, and end"},
    {"port", '\0', OPT_COUNT, AT(port), AT(port_given), "N", NULL,
     "Port of the first router, N+1 that of the next; free ones by themselves"},
    {"replicas", '\0', OPT_COUNT, AT(replicas), AT(replicas_given), "N", NULL,
     "At most N replicas of an engine whose pods a router looks for [3]"},
    {"timeout", '\0', OPT_COUNT, AT(timeout), AT(timeout_given), "SECONDS", NULL,
     "How long a router may take to be ready [60]"},
    {"keep", '\0', OPT_SWITCH, AT(keep), 0, NULL, NULL, "Keep files and logs when all went well"},
    {"output", 'o', OPT_CHOICE, AT(output), 0, "FORMAT", "text|json", "Format of the answers"},
    {"namespace", 'n', OPT_TEXT, AT(name_space), 0, "NAME", NULL,
     "Namespace of objects that name none [default]"},
    OPT_ENDPOINTS,
    OPT_COLOR,
};

/* ---- arguments ---- */

static bool are_pairs(const struct cli_words *words, const char *option, const char *value)
{
    for (size_t i = 0; i < words->n_items; i++) {
        const char *equals = strchr(words->items[i], '=');

        if (!equals || equals == words->items[i] || equals[1] == '\0') {
            io_say("--%s needs NAME=%s, not '%s'", option, value, words->items[i]);
            return false;
        }
        if (strcmp(value, "URL") == 0 && strncmp(equals + 1, "http://", 7) != 0 &&
            strncmp(equals + 1, "https://", 8) != 0) {
            io_say("--engine needs a URL with http:// or https://, not '%s'", equals + 1);
            return false;
        }
    }
    return true;
}

static bool is_within(const char *option, bool given, size_t n, size_t least, size_t most)
{
    if (!given || (n >= least && n <= most))
        return true;
    io_say("--%s is a number from %zu to %zu, not %zu", option, least, most, n);
    return false;
}

static bool check_args(const struct cli_args *args)
{
    return are_pairs(&args->engines, "engine", "URL") &&
           are_pairs(&args->routers, "router", "COMMAND") &&
           is_within("send", args->send_given, args->send, 1, MOST_REQUESTS) &&
           is_within("port", args->port_given, args->port, 1, 65535) &&
           is_within("replicas", args->replicas_given, args->replicas, 1, MOST_REPLICAS) &&
           is_within("timeout", args->timeout_given, args->timeout, 1, MOST_SECONDS);
}

/* ---- what is handed over ---- */

static int write_file(void *ctx, const char *data, size_t len)
{
    return fwrite(data, 1, len, ctx) == len ? 0 : 1;
}

/* Names are those of objects without errors, so they need no escapes. */
static void write_identity(FILE *file, const rctl_object *object)
{
    fprintf(file, "\"kind\": \"%s\", \"namespace\": \"%s\", \"name\": \"%s\"",
            rctl_object_kind(object), rctl_object_namespace(object), rctl_object_name(object));
}

static int write_rendered(const rctl_render *render, FILE *file, const rctl_sink *sink)
{
    int code = RCTL_OK;

    fputs("{\"objects\": [", file);
    for (size_t i = 0; i < rctl_render_count(render) && code == RCTL_OK; i++) {
        rctl_manifest manifest;

        code = rctl_render_get(render, i, &manifest);
        fputs(i ? ",\n{\"owner\": {" : "\n{\"owner\": {", file);
        if (code == RCTL_OK && manifest.owner)
            write_identity(file, manifest.owner);
        fputs("}, \"object\": ", file);
        if (code == RCTL_OK)
            code = rctl_render_write(render, i, RCTL_RENDER_JSON, sink);
        fputs("}", file);
    }
    fputs("],\n\"sources\": [", file);
    return code;
}

static int write_sources(const rctl_set *set, FILE *file, const rctl_sink *sink)
{
    int code = RCTL_OK;

    for (size_t i = 0; i < rctl_set_count(set) && code == RCTL_OK; i++) {
        const rctl_object *object = rctl_set_get(set, i);

        fputs(i ? ",\n{" : "\n{", file);
        write_identity(file, object);
        fputs(", \"spec\": ", file);
        code = rctl_object_get(object, "spec", sink);
        fputs("}", file);
    }
    fputs("]}\n", file);
    return code;
}

/* Tells what is wrong with the documents; then the exit code, CLI_FINE to go on. */
static int write_all(struct load *load, const struct cli_args *args, FILE *file)
{
    const rctl_sink sink = {write_file, file};
    rctl_render *render = NULL;
    int code = rctl_render_new(load->set, &render), told;

    if (code == RCTL_OK)
        code = write_rendered(render, file, &sink);
    if (code == RCTL_OK)
        code = write_sources(load->set, file, &sink);
    rctl_render_free(render);
    told = load_write_diags(load, RCTL_DIAG_TEXT, io_wants_color(args, STDERR_FILENO), &io_stderr);
    code = code == RCTL_OK ? told : code;
    if (code != RCTL_OK && code != RCTL_E_SINK)
        return io_fail(code);
    if (code == RCTL_E_SINK || ferror(file) || fflush(file) != 0) {
        io_say("cannot write a temporary file: %s", strerror(errno));
        return CLI_BROKEN;
    }
    return load_exit(load, /* strict= */ false);
}

/* ---- the other program ---- */

struct words {
    char **items; /* NULL behind the last one */
    size_t n_items;
};

/* "--NAME=VALUE", or the name alone as it is. */
static void add(struct words *words, const char *name, const char *value)
{
    size_t size = strlen(name) + (value ? strlen(value) : 0) + 4;
    char *word = io_grow(NULL, size);

    snprintf(word, size, "%s%s%s%s", value ? "--" : "", name, value ? "=" : "",
             value ? value : "");
    words->items = io_grow(words->items, (words->n_items + 2) * sizeof(*words->items));
    words->items[words->n_items++] = word;
    words->items[words->n_items] = NULL;
}

static void add_all(struct words *words, const char *name, const struct cli_words *values)
{
    for (size_t i = 0; i < values->n_items; i++)
        add(words, name, values->items[i]);
}

static void add_count(struct words *words, const char *name, bool given, size_t n)
{
    char text[32];

    snprintf(text, sizeof(text), "%zu", n);
    if (given)
        add(words, name, text);
}

static void make_words(const struct cli_args *args, struct words *words)
{
    add(words, PROGRAM, NULL);
    if (args->fake_engines)
        add(words, "--fake-engines", NULL);
    if (args->keep)
        add(words, "--keep", NULL);
    if (args->output == OUTPUT_JSON)
        add(words, "--json", NULL);
    add_all(words, "engine", &args->engines);
    add_all(words, "router", &args->routers);
    if (args->requests)
        add(words, "requests", args->requests);
    add_count(words, "send", args->send_given, args->send);
    add_count(words, "port", args->port_given, args->port);
    add_count(words, "replicas", args->replicas_given, args->replicas);
    add_count(words, "timeout", args->timeout_given, args->timeout);
}

/* Beside rctl, else by PATH. Returns only when it cannot be started. */
static int become(const struct cli_args *args, FILE *file)
{
    char path[4096] = "";
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(PROGRAM));
    char *slash = n > 0 ? strrchr(path, '/') : NULL;
    struct words words = {0};

    if (fseek(file, 0, SEEK_SET) != 0 || dup2(fileno(file), STDIN_FILENO) < 0) {
        io_say("cannot hand over a temporary file: %s", strerror(errno));
        return CLI_BROKEN;
    }
    make_words(args, &words);
    if (slash) {
        memcpy(slash + 1, PROGRAM, sizeof(PROGRAM));
        execv(path, words.items);
    }
    execvp(PROGRAM, words.items);
    io_say("cannot start " PROGRAM ": %s", strerror(errno));
    io_say("it lies beside rctl where libcurl, libevent and json-c were there when it was built");
    for (size_t i = 0; i < words.n_items; i++)
        free(words.items[i]);
    free(words.items);
    return CLI_BROKEN;
}

static int run_on(struct load *load, const struct cli_args *args)
{
    FILE *file = tmpfile();
    int code;

    if (!file) {
        io_say("cannot make a temporary file: %s", strerror(errno));
        return CLI_BROKEN;
    }
    code = rctl_set_check(load->set);
    code = code == RCTL_OK ? write_all(load, args, file) : io_fail(code);
    if (code == CLI_FINE)
        code = become(args, file);
    fclose(file);
    return code;
}

static int run(const struct cli_args *args)
{
    rctl_set_options how = {.missing = RCTL_MISSING_RENDER};
    struct load load;
    int code;

    if (!check_args(args))
        return CLI_USAGE;
    if (args->requests && access(args->requests, R_OK) != 0) {
        io_say("cannot read '%s': %s", args->requests, strerror(errno));
        return CLI_BROKEN;
    }
    if (!load_open(&load, args, &how))
        return CLI_BROKEN;
    code = run_on(&load, args);
    load_close(&load);
    return code;
}

const struct cli_command cmd_run_local = {
    .name = "run-local",
    .operands = "PATH...",
    .summary = "Start the rendered routers on this machine, and send requests",
    .details = "PATHs are the same as for validate. Each router starts with the arguments and\n"
               "files that are rendered, in front of engines on this machine: fake ones, or\n"
               "those that --engine names. Names of Services, ports and mounted paths become\n"
               "local ones, and what a router would ask Kubernetes for, it is given as a list;\n"
               "docs/run-local.md has all of it. Without --send and --requests, it waits for\n"
               "Ctrl-C. Exit status 1: not all were answered by the right backend, too.\n",
    .examples = "  rctl run-local --fake-engines --send 40 manifests/\n"
                "  rctl run-local --fake-engines --port 8080 manifests/\n"
                "  rctl run-local --engine chat=http://localhost:8000 --send 10 \\\n"
                "      --router smg=\"$HOME/smg/bin/python -m smg.launch_router\" manifests/\n",
    .options = options,
    .n_options = CLI_COUNT(options),
    .min_operands = 1,
    .max_operands = SIZE_MAX,
    .run = run,
};
