/*
 * All reading of files, all writing to standard output, and the messages of rctl
 * itself on standard error.
 */
#ifndef CLI_IO_H
#define CLI_IO_H

#include "cli.h"

/* Of one file, unpacked. One byte more is read, so that the library can tell. */
#define IO_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* The first call of a run: a closed stdin, stdout or stderr must not become a file. */
void io_start(void);
/* The last one: the exit code, which is CLI_BROKEN when output was lost. */
int io_finish(int code);

/* "rctl: MESSAGE" on standard error; control characters are spelled out. */
void io_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Formatted text on standard output. */
void io_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

extern const rctl_sink io_stdout, io_stderr;
/* Whether a stream is a terminal that wants colours. */
bool io_wants_color(const struct cli_args *args, int fd);
/* Says why a call into the library failed, unless output was at fault; CLI_BROKEN. */
int io_fail(int code);

/* ---- input ---- */

struct io_file {
    char *name;          /* as it is shown */
    bool named;          /* on the command line, so it may be a pipe or a device */
    bool is_stdin;
    uint64_t device, inode;
};

struct io_files {
    struct io_file *items;
    size_t n_items, room;
    bool failed; /* something could not be read, and was told */
};

/*
 * Finds all manifests that the operands name: files, directories with all below
 * them, "-" for standard input. A file that is reached twice is listed once.
 */
void io_find(struct io_files *files, char *const *operands, size_t n_operands);
void io_free(struct io_files *files);

/* A growing block that is used for one file after the other. */
struct io_text {
    char *data;
    size_t len, room;
};
/* Returns false after telling what went wrong. */
bool io_read(const struct io_file *file, struct io_text *text);

/* Room for at least one byte more; false when the text has IO_MAX_BYTES and one already. */
bool io_make_room(struct io_text *text);

/* Never returns NULL: says that memory is out, and ends the program. */
void *io_grow(void *old, size_t size);

#endif
