/*
 * diag: the list of everything that is wrong with a set of documents, and its
 * output formats. Strings given to diag_add() are copied; a diagnostic names its
 * code by number, so each code is written once, in codes.def.
 */
#ifndef DIAG_DIAG_H
#define DIAG_DIAG_H

#include "base/base.h"

#include <routerctl/diag.h>

enum diag_code {
#define CODE(id, name, severity, meaning, example, fix) DIAG_##id,
#include "diag/codes.def"
#include "diag/codes_engine.def"
#undef CODE
    DIAG__COUNT
};

/* A place in one of the files of a set; line 0 means "not from a file". */
struct diag_mark {
    uint32_t file; /* index into the list's file names, DIAG_NO_FILE for none */
    uint32_t line, column;
};
#define DIAG_NO_FILE UINT32_MAX

/*
 * One entry. `told` is what callers see: its strings are cleaned of everything that
 * could disturb a terminal, except for file names, which stay usable as they are.
 */
struct diag_entry {
    rctl_diag told;
    enum diag_code code;
};

struct diag_seen; /* in diag.c */

struct rctl_diags {
    struct base_arena *arena; /* owns everything below */
    const char *const *files;
    size_t n_files;
    size_t cap; /* entries kept for each severity; 0 means all */
    struct diag_entry **items;
    size_t n_items, room;
    size_t totals[RCTL_SEVERITY__COUNT];
    size_t n_sorted;            /* how many of the first items are in order */
    struct diag_entry **spare;  /* as large as `items`, for sorting */
    struct diag_seen *seen;     /* all that was added, to report a fault once */
    size_t n_seen, seen_room;
};

void diag_init(struct rctl_diags *diags, struct base_arena *arena, size_t cap);

/*
 * Adds one diagnostic. `message` is a format, `hint` is plain text or NULL; `object`
 * and `path` may be NULL. Returns the entry, for diag_related(), or NULL when the cap
 * was reached or the same was told before. A file must be in `files` already.
 */
struct diag_entry *diag_add(struct rctl_diags *diags, enum diag_code code, struct diag_mark mark,
                            const char *object, const char *path, const char *hint,
                            const char *message, ...) __attribute__((format(printf, 7, 8)));
/* The same at another severity than the code's usual one. */
struct diag_entry *diag_add_as(struct rctl_diags *diags, rctl_severity severity,
                               enum diag_code code, struct diag_mark mark, const char *object,
                               const char *path, const char *hint, const char *message, ...)
    __attribute__((format(printf, 8, 9)));
/* "first given here": at most 3; `entry` may be NULL. */
void diag_related(struct rctl_diags *diags, struct diag_entry *entry, struct diag_mark mark,
                  const char *message);

/*
 * Puts the list into its order. Every public call that may have added something ends
 * with this, so that readers never change the list.
 */
void diag_sort(struct rctl_diags *diags);
/* How many of a severity were found but not kept. */
size_t diag_dropped(const struct rctl_diags *diags, rctl_severity severity);
/* "150 more errors and 1 more warning"; returns false when nothing was dropped. */
bool diag_write_dropped(const struct rctl_diags *diags, struct base_buf *out);

/* ---- codes.c ---- */

const char *diag_code_name(enum diag_code code);
rctl_severity diag_code_severity(enum diag_code code);
void diag_code_info(enum diag_code code, rctl_code_info *ret_info);
const char *diag_severity_name(rctl_severity severity);

/* ---- escape.c ---- */

/*
 * Adds `text` with control characters, bidirectional overrides and bytes that are no
 * UTF-8 spelled out as \xNN and \uNNNN: user text must not move a terminal's cursor,
 * nor show something else than it says.
 */
void diag_escape(struct base_buf *out, const char *text);
/* The same as a string of its own; NULL stays NULL. */
const char *diag_escape_text(struct base_arena *arena, const char *text);

/* ---- one file each: text.c json.c junit.c sarif.c github.c ---- */
struct diag_output {
    const struct rctl_diags *diags; /* sorted */
    const rctl_diag_format_options *options; /* never NULL */
    struct base_buf *out;
};
void diag_write_text(const struct diag_output *output);
void diag_write_json(const struct diag_output *output);
void diag_write_junit(const struct diag_output *output);
void diag_write_sarif(const struct diag_output *output);
void diag_write_github(const struct diag_output *output);

#endif
