/*
 * Reads command lines by tables of options: short and long ones, values behind a
 * space or '=', "--" before operands that look like options. A word that is unknown
 * is answered with the nearest one that is not.
 */
#include "opt.h"

#include "io.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_WORD = 40 };

/* What every command has. */
static const struct opt_row common[] = {
    {"help", 'h', OPT_SWITCH, offsetof(struct cli_args, help), 0, NULL, NULL, "Show this help"},
};

static size_t count_rows(const struct cli_command *command)
{
    return command->n_options + CLI_COUNT(common);
}

static const struct opt_row *get_row(const struct cli_command *command, size_t i)
{
    return i < command->n_options ? &command->options[i] : &common[i - command->n_options];
}

/* ---- nearest words ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters must be changed to make one word of the other. */
static size_t distance(const char *a, const char *b)
{
    size_t row[LONGEST_WORD + 1], len = strlen(b);

    if (len > LONGEST_WORD || strlen(a) > LONGEST_WORD)
        return SIZE_MAX;
    for (size_t k = 0; k <= len; k++)
        row[k] = k;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t k = 1; k <= len; k++) {
            size_t above = row[k];

            row[k] = smaller(smaller(above, row[k - 1]) + 1, diagonal + (a[i - 1] != b[k - 1]));
            diagonal = above;
        }
    }
    return row[len];
}

const char *opt_suggest(const char *word, const char *(*get)(const void *ctx, size_t i),
                        const void *ctx, size_t n)
{
    const char *nearest = NULL;
    size_t best = strlen(word) / 3 + 2;

    for (size_t i = 0; i < n; i++) {
        const char *candidate = get(ctx, i);
        size_t changes = distance(word, candidate);

        if (changes < best && changes < strlen(candidate)) {
            best = changes;
            nearest = candidate;
        }
    }
    return nearest;
}

static const char *row_name(const void *ctx, size_t i)
{
    return get_row(ctx, i)->name;
}

/* ---- parsing ---- */

struct parser {
    const struct cli_command *command;
    struct cli_args *args;
    char **argv;
    size_t argc, next;
};

static void *member_of(const struct parser *parser, size_t offset)
{
    return (char *)parser->args + offset;
}

static bool read_count(const char *text, size_t *ret)
{
    size_t value = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        size_t digit = (size_t)(*text - '0');

        if (*text < '0' || *text > '9' || value > (SIZE_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

static bool read_choice(const char *choices, const char *text, unsigned *ret)
{
    size_t len = strlen(text);

    for (unsigned i = 0; choices; i++) {
        const char *end = strchr(choices, '|');
        size_t n = end ? (size_t)(end - choices) : strlen(choices);

        if (n == len && memcmp(choices, text, n) == 0) {
            *ret = i;
            return true;
        }
        choices = end ? end + 1 : NULL;
    }
    return false;
}

static void add_word(struct cli_words *words, const char *word)
{
    words->items = io_grow(words->items, (words->n_items + 1) * sizeof(*words->items));
    words->items[words->n_items++] = word;
}

static bool set_value(const struct parser *parser, const struct opt_row *row, const char *value)
{
    switch (row->type) {
    case OPT_SWITCH: *(bool *)member_of(parser, row->member) = true; return true;
    case OPT_TEXT: *(const char **)member_of(parser, row->member) = value; break;
    case OPT_LIST: add_word(member_of(parser, row->member), value); break;
    case OPT_COUNT:
        if (!read_count(value, member_of(parser, row->member))) {
            io_say("--%s needs a number, not '%s'", row->name, value);
            return false;
        }
        *(bool *)member_of(parser, row->given) = true;
        return true;
    case OPT_CHOICE:
        if (!read_choice(row->choices, value, member_of(parser, row->member))) {
            io_say("--%s must be one of %s, not '%s'", row->name, row->choices, value);
            return false;
        }
        return true;
    }
    if (!*value)
        io_say("--%s must not be empty", row->name);
    return *value != '\0';
}

/* `value` is what stands in the same word, or NULL. */
static bool apply(struct parser *parser, const struct opt_row *row, const char *value)
{
    if (row->type == OPT_SWITCH && value) {
        io_say("--%s takes no value", row->name);
        return false;
    }
    if (row->type != OPT_SWITCH && !value) {
        if (parser->next == parser->argc) {
            io_say("--%s needs a value: %s", row->name, row->value);
            return false;
        }
        value = parser->argv[parser->next++];
    }
    return set_value(parser, row, value);
}

static bool parse_long(struct parser *parser, const char *word)
{
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    char name[LONGEST_WORD] = "";
    const char *nearest;

    for (size_t i = 0; i < count_rows(parser->command); i++) {
        const struct opt_row *row = get_row(parser->command, i);

        if (strlen(row->name) == len && memcmp(row->name, word, len) == 0)
            return apply(parser, row, equals ? equals + 1 : NULL);
    }
    if (len < sizeof(name))
        memcpy(name, word, len);
    nearest = opt_suggest(name, row_name, parser->command, count_rows(parser->command));
    if (nearest)
        io_say("unknown option '--%.*s'; did you mean '--%s'?", (int)len, word, nearest);
    else
        io_say("unknown option '--%.*s'", (int)len, word);
    return false;
}

static const struct opt_row *find_letter(const struct cli_command *command, char letter)
{
    for (size_t i = 0; i < count_rows(command); i++)
        if (get_row(command, i)->letter == letter)
            return get_row(command, i);
    return NULL;
}

/* "-q", "-qn NAME", "-ojson", "-o=json" */
static bool parse_short(struct parser *parser, const char *letters)
{
    while (*letters) {
        const struct opt_row *row = find_letter(parser->command, *letters);
        const char *rest = letters + 1;

        if (!row) {
            io_say("unknown option '-%c'", *letters);
            return false;
        }
        if (row->type != OPT_SWITCH)
            return apply(parser, row, *rest == '=' ? rest + 1 : *rest ? rest : NULL);
        if (!apply(parser, row, NULL))
            return false;
        letters = rest;
    }
    return true;
}

void opt_done(const struct cli_command *command, struct cli_args *args)
{
    for (size_t i = 0; i < command->n_options; i++)
        if (command->options[i].type == OPT_LIST)
            free(((struct cli_words *)(void *)((char *)args + command->options[i].member))->items);
}

bool opt_parse(const struct cli_command *command, size_t argc, char **argv,
               struct cli_args *args)
{
    struct parser parser = {.command = command, .args = args, .argv = argv, .argc = argc};
    bool options = true;

    args->operands = argv;
    while (parser.next < argc) {
        char *word = argv[parser.next++];

        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && strncmp(word, "--", 2) == 0) {
            if (!parse_long(&parser, word + 2))
                return false;
        } else if (options && word[0] == '-' && word[1] != '\0') {
            if (!parse_short(&parser, word + 1))
                return false;
        } else {
            argv[args->n_operands++] = word;
        }
    }
    if (args->help)
        return true;
    if (args->n_operands < command->min_operands)
        io_say("%s needs an argument: %s", command->name, command->operands);
    else if (args->n_operands > command->max_operands)
        io_say("%s does not take '%s'", command->name, args->operands[command->max_operands]);
    else
        return true;
    return false;
}

/* ---- help ---- */

static void print_row(const struct opt_row *row, size_t width)
{
    char left[LONGEST_WORD * 2];
    size_t used = 0;

    left[used++] = row->letter ? '-' : ' ';
    left[used++] = row->letter ? row->letter : ' ';
    left[used++] = row->letter ? ',' : ' ';
    left[used] = '\0';
    io_print("  %s --%s %s%*s", left, row->name, row->value ? row->value : "",
             (int)(width - strlen(row->name) - (row->value ? strlen(row->value) : 0)), "");
    io_print("%s", row->help);
    for (const char *c = row->choices; c; c = strchr(c, '|')) {
        c += *c == '|';
        io_print("%s%.*s", c == row->choices ? ": " : ", ", (int)strcspn(c, "|"), c);
    }
    io_print("\n");
}

void opt_help(const struct cli_command *command, const char *program)
{
    size_t width = 0;

    io_print("Usage: %s %s%s%s [OPTION...]\n\n%s.\n", program, command->name,
             *command->operands ? " " : "", command->operands, command->summary);
    if (command->details)
        io_print("\n%s", command->details);
    for (size_t i = 0; i < count_rows(command); i++) {
        const struct opt_row *row = get_row(command, i);
        size_t n = strlen(row->name) + (row->value ? strlen(row->value) : 0);

        width = n > width ? n : width;
    }
    io_print("\nOptions:\n");
    for (size_t i = 0; i < count_rows(command); i++)
        print_row(get_row(command, i), width + 2);
    io_print("\nExamples:\n%s", command->examples);
    io_print("\nExit status: 0 fine, 1 the documents have errors, 2 wrong usage,\n"
             "3 something could not be read or written.\n");
}
