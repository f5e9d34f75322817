/* The command line: --name=value or --name value, by two tables, that of the knobs included. */
#include "options.h"

#include "../memory.h"
#include "knobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USAGE = 2, NAME = 64 };
enum type { TEXT, TEXTS, CHOICE, NUMBER };

static const struct row {
    const char *name;
    enum type type;
    size_t member;       /* offset in struct engine_options */
    const char *choices; /* in the order of the enum */
    double most;
    const char *value, *help;
} rows[] = {
#define AT(member) offsetof(struct engine_options, member)
    {"engine", CHOICE, AT(kind), "vllm|sglang", 0, NULL, "Whose face it shows [vllm]"},
    {"host", TEXT, AT(host), NULL, 0, "ADDRESS", "Where it listens [127.0.0.1]"},
    {"port", NUMBER, AT(port), NULL, 65535, "N", "Its port; 0: a free one, which is told [0]"},
    {"model", TEXTS, AT(models), NULL, 0, "NAME", "A model that it serves; may be repeated"},
    {"role", CHOICE, AT(role), "both|prefill|decode", 0, NULL, "Half of a P/D pair [both]"},
    {"connector", CHOICE, AT(connector), "nixl|mooncake|lmcache|other", 0, NULL,
     "How the halves of vLLM meet [nixl]"},
    {"bootstrap-port", NUMBER, AT(bootstrap_port), NULL, 65535, "N",
     "Of a prefill half: where decode fetches KV blocks; 0: a free one [0]"},
    {"peer", TEXTS, AT(peers), NULL, 0, "HOST:PORT",
     "Of a decode half on lmcache: where prefill halves hold blocks; may be repeated"},
    {"name", TEXT, AT(name), NULL, 0, "ID", "What its answers say who they are from [fake]"},
    {"api-key", TEXT, AT(api_key), NULL, 0, "KEY", "What clients have to show"},
    {"log", TEXT, AT(log), NULL, 0, "FILE", "Add a JSON line for each request"},
    {"cache-blocks", NUMBER, AT(cache_blocks), NULL, 1e6, "N",
     "Blocks of 16 tokens that the prefix cache holds [4096]"},
#undef AT
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static void print_help(void)
{
    fputs("Usage: rctl-fake-engine [OPTION...]\n\n"
          "Answers as vLLM or SGLang would, without a model, to try routers with.\n\nOptions:\n",
          stdout);
    for (size_t i = 0; i < N_ROWS; i++) {
        const char *value = rows[i].choices ? rows[i].choices : rows[i].value;

        printf("  --%s=%s\n        %s\n", rows[i].name, value, rows[i].help);
    }
    fputs("\nKnobs, also set by POST /fake/knobs (with _ for -):\n", stdout);
    for (size_t i = 0; i < knobs_count(); i++) {
        const struct knob *knob = knobs_get(i);

        fputs("  --", stdout);
        for (const char *at = knob->name; *at; at++)
            putchar(*at == '_' ? '-' : *at);
        printf("=N\n        %s [%g]\n", knob->help, knob->usual);
    }
}

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "rctl-fake-engine: %s%s\n", what, about);
    return USAGE;
}

static bool read_number(const char *text, double *ret_number)
{
    char *end;
    double number = strtod(text, &end);

    if (*text == '\0' || *end != '\0' || strspn(text, "0123456789.eE+-") != strlen(text))
        return false;
    *ret_number = number;
    return true;
}

static bool read_choice(const char *choices, const char *text, unsigned *ret_choice)
{
    size_t n = strlen(text);
    unsigned choice = 0;

    for (const char *at = choices; at; choice++) {
        size_t word = strcspn(at, "|");

        if (word == n && strncmp(at, text, n) == 0) {
            *ret_choice = choice;
            return true;
        }
        at = at[word] ? at + word + 1 : NULL;
    }
    return false;
}

static int set_row(struct engine_options *options, const struct row *row, const char *text)
{
    void *member = (char *)options + row->member;
    struct engine_texts *texts = member;
    double number = -1;

    switch (row->type) {
    case TEXT:
        *(const char **)member = text;
        return OPTIONS_GO;
    case TEXTS:
        texts->items = memory_grow(texts->items, texts->n_items + 1, sizeof(*texts->items));
        texts->items[texts->n_items++] = text;
        return OPTIONS_GO;
    case CHOICE:
        if (read_choice(row->choices, text, member))
            return OPTIONS_GO;
        fprintf(stderr, "rctl-fake-engine: --%s is one of %s, not '%s'\n", row->name,
                row->choices, text);
        return USAGE;
    case NUMBER:
        if (read_number(text, &number) && number >= 0 && number <= row->most &&
            number == (double)(long)number) {
            *(double *)member = number;
            return OPTIONS_GO;
        }
    }
    fprintf(stderr, "rctl-fake-engine: --%s is a number from 0 to %g, not '%s'\n", row->name,
            row->most, text);
    return USAGE;
}

static int set_knob(struct engine_options *options, const char *name, const char *text)
{
    for (size_t i = 0; i < knobs_count(); i++) {
        const struct knob *knob = knobs_get(i);
        double number;

        if (strcmp(knob->name, name) != 0)
            continue;
        if (read_number(text, &number) && knobs_set(&options->knobs, knob, number))
            return OPTIONS_GO;
        fprintf(stderr, "rctl-fake-engine: %s is a number from %g to %g, not '%s'\n", name,
                knob->least, knob->most, text);
        return USAGE;
    }
    return complain("there is no such option: ", name);
}

/* `name` is what stands between the dashes and the equals sign. */
static int set(struct engine_options *options, const char *name, const char *text)
{
    char spelled[NAME];

    for (size_t i = 0; i < N_ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return set_row(options, &rows[i], text);
    snprintf(spelled, sizeof(spelled), "%s", name);
    for (char *at = spelled; *at; at++)
        *at = *at == '-' ? '_' : *at;
    return set_knob(options, spelled, text);
}

static int check(const struct engine_options *options)
{
    if (options->models.n_items == 0)
        return complain("--model=NAME is needed", "");
    if (options->connector == ENGINE_OTHER && options->role != ENGINE_BOTH &&
        options->kind == ENGINE_VLLM)
        return complain("--connector: halves of vLLM meet by nixl, mooncake or lmcache", "");
    return OPTIONS_GO;
}

int options_parse(struct engine_options *options, int argc, char **argv)
{
    *options = (struct engine_options){.host = "127.0.0.1", .name = "fake", .cache_blocks = 4096};
    knobs_reset(&options->knobs);
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *equals = strchr(word, '=');
        size_t n = equals ? (size_t)(equals - word) : strlen(word);
        char name[NAME];
        int code;

        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            print_help();
            return 0;
        }
        if (strcmp(word, "--version") == 0) {
            puts("rctl-fake-engine " LOCAL_VERSION);
            return 0;
        }
        if (strncmp(word, "--", 2) != 0 || n < 3 || n >= sizeof(name) + 2)
            return complain("this is no option: ", word);
        snprintf(name, sizeof(name), "%.*s", (int)(n - 2), word + 2);
        if (!equals && i + 1 == argc)
            return complain("a value is missing after ", word);
        code = set(options, name, equals ? equals + 1 : argv[++i]);
        if (code != OPTIONS_GO)
            return code;
    }
    return check(options);
}

void options_done(struct engine_options *options)
{
    free(options->models.items);
    free(options->peers.items);
}
