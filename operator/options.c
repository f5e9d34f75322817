/* Options from rows: environment, command line, help and faults. */
#include "options.h"

#include "core/metrics.h"

#include <routerctl/base.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum type { TEXT, ADDRESS, SWITCH, URL, LIST, CHOICE };

static const struct row {
    enum type type;
    size_t member;
    const char *variable, *flag, *usual, *value, *help;
} rows[] = {
#define OPTION(member, type, variable, flag, usual, value, help)                                   \
    {type, offsetof(struct options, member), variable, flag, usual, value, help},
#include "options.def"
#undef OPTION
};

enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

_Static_assert(N_ROWS <= sizeof(((struct options *)0)->texts) / sizeof(char *),
               "options.texts has room for each row");

/* ---- values ---- */

static bool is_port(const char *text)
{
    size_t n = strlen(text);

    return n >= 1 && n <= 5 && strspn(text, "0123456789") == n && strtol(text, NULL, 10) <= 65535;
}

static bool is_address(const char *text)
{
    const char *colon = strrchr(text, ':');
    /* More than one colon is IPv6, which needs its brackets. */
    bool v6 = colon && memchr(text, ':', (size_t)(colon - text)) != NULL;

    return colon && is_port(colon + 1) && (!v6 || (text[0] == '[' && colon[-1] == ']')) &&
           colon - text < 250;
}

bool options_is_name(const char *text, size_t n)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    for (size_t i = 0; i < n; i++)
        if (!text[i] || !strchr(allowed, text[i]))
            return false;
    return n >= 1 && n <= 63 && text[0] != '-' && text[n - 1] != '-';
}

static const char *set_switch(bool *to, const char *text)
{
    static const char *const words[][2] = {
        {"true", "false"}, {"1", "0"}, {"yes", "no"}, {"on", "off"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        *to = strcmp(text, words[i][0]) == 0;
        if (*to || strcmp(text, words[i][1]) == 0)
            return NULL;
    }
    return "is neither true nor false";
}

static const char *set_choice(unsigned *to, const char *text, const char *choices)
{
    size_t n = strlen(text);

    for (unsigned i = 0; *choices; i++) {
        size_t len = strcspn(choices, "|");

        if (len == n && strncmp(choices, text, n) == 0) {
            *to = i;
            return NULL;
        }
        choices += len + (choices[len] == '|');
    }
    return "is none of the choices";
}

/* Cuts `text` at its commas, in place. */
static const char *set_list(struct options_list *to, char *text)
{
    const char *fault = NULL;

    free(to->items);
    to->n = 0;
    to->items = bytes_alloc((strlen(text) / 2 + 1) * sizeof(*to->items));
    while (*text) {
        size_t n = strcspn(text, ",");
        bool more = text[n] == ',';

        if (!options_is_name(text, n) || (more && !text[n + 1])) {
            fault = "is not a list of namespaces";
            break;
        }
        to->items[to->n++] = text;
        text[n] = '\0';
        text += n + more;
    }
    return fault;
}

/* NULL, or what is wrong with the value. `text` belongs to `options`. */
static const char *set(struct options *options, const struct row *row, char *text)
{
    void *member = (char *)options + row->member;

    switch (row->type) {
    case SWITCH:
        return set_switch(member, text);
    case CHOICE:
        return set_choice(member, text, row->value);
    case LIST:
        return set_list(member, text);
    case ADDRESS:
        if (!is_address(text))
            return "is not HOST:PORT";
        break;
    case URL:
        if (*text && strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0)
            return "is not an http or https URL";
        break;
    case TEXT:
        break;
    }
    *(const char **)member = text;
    return NULL;
}

/* ---- help ---- */

static bool has_word(int argc, char **argv, const char *word)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], word) == 0)
            return true;
    return false;
}

static void add_help(struct bytes *text)
{
    bytes_add_text(text,
                   "Usage: rctl-operator [OPTION]...\n       rctl-operator snapshot [OPTION]...\n\n"
                   "Keeps the objects of a cluster as its custom resources say. With the word\n"
                   "snapshot: prints what it would see of them, once; see 'rctl-operator snapshot "
                   "--help'.\n\n");
    for (size_t i = 0; i < N_ROWS; i++) {
        const struct row *row = &rows[i];

        bytes_format(text, "  --%s=%s\n      %s.\n      $%s%s%s\n", row->flag, row->value,
                     row->help, row->variable, *row->usual ? ", default " : "", row->usual);
    }
    bytes_add_text(text, "  --help\n      Show this help.\n  --version\n      Show the version.\n"
                         "  --print-metrics\n      Show what /metrics serves, in Markdown.\n");
}

static int add_text(void *ctx, const char *data, size_t len)
{
    bytes_add(ctx, data, len);
    return 0;
}

static bool show(int argc, char **argv, struct bytes *text)
{
    const rctl_sink sink = {add_text, text};

    if (has_word(argc, argv, "--help") || has_word(argc, argv, "-h"))
        add_help(text);
    else if (has_word(argc, argv, "--version"))
        bytes_format(text, "rctl-operator %s\n", RCTL_VERSION);
    else if (has_word(argc, argv, "--print-metrics"))
        (void)metrics_write_reference(&sink); /* its only error is the sink's */
    return text->n > 0;
}

/* ---- reading ---- */

/* The row of "--flag" or "--flag=value", and its value, NULL when that stands behind. */
static const struct row *find_flag(const char *word, const char **ret_value)
{
    size_t n = strcspn(word, "=");

    for (size_t i = 0; i < N_ROWS; i++) {
        if (strlen(rows[i].flag) == n - 2 && strncmp(word + 2, rows[i].flag, n - 2) == 0) {
            *ret_value = word[n] == '=' ? word + n + 1 : NULL;
            return &rows[i];
        }
    }
    return NULL;
}

/* Where each row's value was found. */
struct found {
    const char *value, *prefix, *name;
};

static void read_flags(int argc, char **argv, struct found *found, struct bytes *text)
{
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        const struct row *row = strncmp(argv[i], "--", 2) == 0 ? find_flag(argv[i], &value) : NULL;

        if (!row) {
            bytes_format(text, "rctl-operator: unknown argument '%s'\n", argv[i]);
        } else if (!value && ++i == argc) {
            bytes_format(text, "rctl-operator: --%s needs a value\n", row->flag);
        } else {
            found[row - rows] =
                (struct found){value ? value : argv[i], "--", row->flag};
        }
    }
}

enum options_outcome options_read(int argc, char **argv, char *(*get)(const char *name),
                                  struct options *options, struct bytes *text)
{
    struct found found[N_ROWS];

    memset(options, 0, sizeof(*options));
    if (show(argc, argv, text))
        return OPTIONS_SHOWN;
    for (size_t i = 0; i < N_ROWS; i++) {
        const char *value = get(rows[i].variable);

        found[i] = (struct found){value && *value ? value : rows[i].usual, "$", rows[i].variable};
    }
    read_flags(argc, argv, found, text);
    for (size_t i = 0; i < N_ROWS; i++) {
        const char *fault;

        options->texts[i] = bytes_text(found[i].value);
        fault = set(options, &rows[i], options->texts[i]);
        if (fault)
            bytes_format(text, "rctl-operator: %s%s: '%s' %s%s%s\n", found[i].prefix,
                         found[i].name, found[i].value, fault,
                         rows[i].type == CHOICE ? ": " : "",
                         rows[i].type == CHOICE ? rows[i].value : "");
    }
    return text->n > 0 ? OPTIONS_WRONG : OPTIONS_RUN;
}

void options_done(struct options *options)
{
    for (size_t i = 0; i < N_ROWS; i++)
        free(options->texts[i]);
    free(options->watch_namespaces.items);
    memset(options, 0, sizeof(*options));
}
