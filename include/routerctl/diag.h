/*
 * Diagnostics: everything that is wrong with a user's documents, as data. A
 * walk never stops at the first fault; a caller reads the whole list, in a
 * total and stable order (file, line, column, code).
 */
#ifndef ROUTERCTL_DIAG_H
#define ROUTERCTL_DIAG_H

#include <routerctl/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How bad it is. */
typedef enum rctl_severity {
    RCTL_SEVERITY_NOTE = 0,    /* worth knowing; changes nothing */
    RCTL_SEVERITY_WARNING = 1, /* works, but perhaps not as meant */
    RCTL_SEVERITY_ERROR = 2,   /* the object is refused */
    RCTL_SEVERITY__COUNT
} rctl_severity;

/* The word for a severity: "note", "warning" or "error". Static storage. */
RCTL_EXPORT const char *rctl_severity_name(rctl_severity severity);

/* A place in a file. `line` and `column` count from 1, columns in characters;
 * 0 means that the place is not known. `file` is NULL for objects that did not
 * come from a file. */
typedef struct rctl_place {
    const char *file;
    uint32_t line;
    uint32_t column;
} rctl_place;

/*
 * One diagnostic. Every pointer is lent by the list and lives as long as it;
 * `path`, `object` and `hint` may be NULL, `code` and `message` never are.
 */
typedef struct rctl_diag {
    rctl_severity severity;
    const char *code;    /* stable word pair: "engine.missing-key" */
    rctl_place place;
    const char *object;  /* "InferenceService/default/chat" */
    const char *path;    /* "spec.engineConfig[\"max-num-seqs\"]" */
    const char *message; /* one line, present tense */
    const char *hint;    /* what to do; starts with a verb */
    size_t n_related;    /* at most 3 */
    const rctl_place *related;
    const char *const *related_messages; /* one for each related place */
} rctl_diag;

/* Opaque: a list of diagnostics, lent by the object that found them. */
typedef struct rctl_diags rctl_diags;

/* How many are in the list, and the one at `index`. Errors: NOT_FOUND (past the
 * end), INVALID_ARG. */
RCTL_EXPORT size_t rctl_diags_count(const rctl_diags *diags);
RCTL_EXPORT int rctl_diags_get(const rctl_diags *diags, size_t index, rctl_diag *ret_diag);

/* How many of a severity were found, those above the cap included. A list that
 * holds 100 of 250 errors says 250 here. */
RCTL_EXPORT size_t rctl_diags_total(const rctl_diags *diags, rctl_severity severity);

/* In which form a list is written. */
typedef enum rctl_diag_format {
    RCTL_DIAG_TEXT = 0,   /* file:line:col: severity: path: message [code] */
    RCTL_DIAG_JSON = 1,   /* one object: {"diagnostics": [...], "summary": {...}} */
    RCTL_DIAG_JUNIT = 2,  /* JUnit XML, a test case for each file */
    RCTL_DIAG_SARIF = 3,  /* SARIF 2.1.0 */
    RCTL_DIAG_GITHUB = 4, /* workflow commands: ::error file=...:: */
    RCTL_DIAG_FORMAT__COUNT
} rctl_diag_format;

/* How it is written. */
typedef struct rctl_diag_format_options {
    size_t size;             /* sizeof(rctl_diag_format_options), set by the caller */
    bool color;              /* TEXT only: ANSI colours */
    const char *const *files; /* JUNIT: files that were read, so that clean ones show */
    size_t n_files;
} rctl_diag_format_options;

/*
 * Writes the whole list in a format. `options` may be NULL. Errors: NOMEM,
 * INVALID_ARG, UNSUPPORTED (unknown format), SINK.
 */
RCTL_EXPORT int rctl_diags_write(const rctl_diags *diags, rctl_diag_format format,
                                 const rctl_diag_format_options *options,
                                 const rctl_sink *sink);

/* What a code means. `code` is the word pair. Static storage. */
typedef struct rctl_code_info {
    const char *code;
    rctl_severity severity; /* the usual one */
    const char *meaning;    /* one sentence */
    const char *example;    /* a fragment that shows it */
    const char *fix;        /* one sentence, starts with a verb */
} rctl_code_info;

/* The table of all codes: how many, the one at `index` in order of name, and the one
 * of that name. Any thread. Errors: NOT_FOUND, INVALID_ARG. */
RCTL_EXPORT size_t rctl_codes_count(void);
RCTL_EXPORT int rctl_codes_get(size_t index, rctl_code_info *ret_info);
RCTL_EXPORT int rctl_codes_find(const char *code, rctl_code_info *ret_info);

#ifdef __cplusplus
}
#endif

#endif
