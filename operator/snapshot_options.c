/* The command line of "rctl-operator snapshot", and what it says on standard error. */
#include "options.h"
#include "snapshot_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_SECONDS = 60, MOST_SECONDS = 3600, LINE = 4096 };

static const char help[] =
    "Usage: rctl-operator snapshot [OPTION]...\n\n"
    "Prints all objects that the controllers read as one List in JSON, for 'rctl plan --world -'.\n"
    "Only GET requests are sent.\n\n"
    "  -n, --namespace NAME[,NAME...]  Only of these [the context's own]\n"
    "  -A, --all-namespaces            Of all namespaces\n"
    "      --kubeconfig FILE           [$KUBECONFIG, else in-cluster, else ~/.kube/config]\n"
    "      --context NAME              Of the kubeconfig [its current-context]\n"
    "      --timeout SECONDS           For all of it [60]\n"
    "      --show-namespace            Print the context's own namespace, and nothing else\n"
    "  -h, --help                      Show this help\n\n"
    "Exit status: 0 all was read, 2 wrong usage, 3 it was not: nothing is printed then.\n";

void snapshot_say(const char *format, ...)
{
    char line[LINE];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    fprintf(stderr, "rctl-operator: %s\n", line);
}

/* ---- values ---- */

/* Cuts at the commas. */
static bool set_namespaces(struct snapshot_options *options, const char *value)
{
    char *rest;

    free(options->words);
    rest = options->words = bytes_text(value);
    options->n_namespaces = 0;
    while (rest) {
        char *word = rest;
        size_t n = strcspn(word, ",");

        rest = word[n] ? word + n + 1 : NULL;
        if (!options_is_name(word, n) || options->n_namespaces == SNAPSHOT_NAMESPACES) {
            snapshot_say("'%s' is no list of up to %d namespaces", value, SNAPSHOT_NAMESPACES);
            return false;
        }
        word[n] = '\0';
        options->namespaces[options->n_namespaces++] = word;
    }
    return true;
}

static bool set_seconds(struct snapshot_options *options, const char *value)
{
    size_t n = strlen(value);

    options->seconds = strtol(value, NULL, 10);
    if (n <= 4 && strspn(value, "0123456789") == n && options->seconds >= 1 &&
        options->seconds <= MOST_SECONDS)
        return true;
    snapshot_say("--timeout: '%s' is no number of seconds from 1 to %d", value, MOST_SECONDS);
    return false;
}

static bool set_value(struct snapshot_options *options, const char *name, const char *value)
{
    if (!*value) {
        snapshot_say("%s needs a value", name);
        return false;
    }
    if (strcmp(name, "--timeout") == 0)
        return set_seconds(options, value);
    if (strcmp(name, "--kubeconfig") == 0)
        options->kubeconfig = value;
    else if (strcmp(name, "--context") == 0)
        options->context = value;
    else
        return set_namespaces(options, value);
    return true;
}

/* ---- words ---- */

static bool set_switch(struct snapshot_options *options, const char *word)
{
    if (strcmp(word, "-A") == 0 || strcmp(word, "--all-namespaces") == 0)
        options->all_namespaces = true;
    else if (strcmp(word, "--show-namespace") == 0)
        options->show_namespace = true;
    else
        return false;
    return true;
}

/* The option that a word begins with, and whether its value follows '='. */
static const char *find_valued(const char *word, const char **ret_value)
{
    static const char *const names[] = {"-n", "--namespace", "--kubeconfig", "--context",
                                        "--timeout"};
    size_t n = strcspn(word, "=");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == n && strncmp(word, names[i], n) == 0) {
            *ret_value = word[n] ? word + n + 1 : NULL;
            return names[i];
        }
    }
    return NULL;
}

static bool read_words(int argc, char **argv, struct snapshot_options *options)
{
    for (int i = 1; i < argc; i++) {
        const char *value = NULL, *name = find_valued(argv[i], &value);

        if (!name && set_switch(options, argv[i]))
            continue;
        if (!name) {
            snapshot_say("unknown argument '%s'; see 'rctl-operator snapshot --help'", argv[i]);
            return false;
        }
        if (!value)
            value = i + 1 < argc ? argv[++i] : "";
        if (!set_value(options, name, value))
            return false;
    }
    if (!options->all_namespaces || !options->n_namespaces)
        return true;
    snapshot_say("--all-namespaces and --namespace exclude each other");
    return false;
}

bool snapshot_read_options(int argc, char **argv, struct snapshot_options *options,
                           int *ret_code)
{
    const char *variable = getenv("KUBECONFIG");

    *options = (struct snapshot_options){.kubeconfig = variable && *variable ? variable : NULL,
                                         .seconds = USUAL_SECONDS};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            *ret_code = fputs(help, stdout) < 0 ? SNAPSHOT_BROKEN : SNAPSHOT_WHOLE;
            return false;
        }
    }
    *ret_code = SNAPSHOT_USAGE;
    return read_words(argc, argv, options);
}

void snapshot_options_done(struct snapshot_options *options)
{
    free(options->words);
}
