/*
 * Options as rows: one table drives the parsing and the help of a command.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "cli.h"

#include <stddef.h>

enum opt_type {
    OPT_SWITCH, /* bool */
    OPT_TEXT,   /* const char * */
    OPT_COUNT,  /* size_t; the bool at `given` tells 0 from absent */
    OPT_CHOICE, /* unsigned: which of `choices` */
    OPT_LIST    /* struct cli_words; may be given several times */
};

struct opt_row {
    const char *name; /* without dashes */
    char letter;      /* '\0' for none */
    enum opt_type type;
    size_t member, given; /* offsets in struct cli_args */
    const char *value;    /* what stands for the value in the help: "DIR" */
    const char *choices;  /* "yaml|json", the default first */
    const char *help;
};

/* The row of commands that look at gateways with custom discovery. */
#define OPT_ENDPOINTS                                                                              \
    {                                                                                              \
        "endpoints", '\0', OPT_LIST, offsetof(struct cli_args, endpoints), 0, "GATEWAY=FILE",      \
            NULL, "What the provider of a gateway reads; may be repeated"                          \
    }

/* The row of commands that may colour their text. */
#define OPT_COLOR                                                                                  \
    {                                                                                              \
        "color", '\0', OPT_CHOICE, offsetof(struct cli_args, color), 0, "WHEN",                    \
            "auto|always|never", "Colours in text"                                                 \
    }

/*
 * Reads the arguments after the command's name into `args`; operands are moved to the
 * front of `argv` and lent from there. Returns false after telling what is wrong.
 */
bool opt_parse(const struct cli_command *command, size_t argc, char **argv,
               struct cli_args *args);

/* Frees the lists that options have made. */
void opt_done(const struct cli_command *command, struct cli_args *args);

/* The help of one command, on standard output. */
void opt_help(const struct cli_command *command, const char *program);

/* The nearest of `n` words, or NULL; for "did you mean". */
const char *opt_suggest(const char *word, const char *(*get)(const void *ctx, size_t i),
                        const void *ctx, size_t n);

#endif
