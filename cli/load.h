/*
 * From operands to a set of documents, for the commands that read manifests.
 */
#ifndef CLI_LOAD_H
#define CLI_LOAD_H

#include "io.h"

struct load {
    rctl_ctx *ctx;
    rctl_set *set;
    struct io_files files;
    bool broken; /* something could not be read; it was told */
};

/* Reads all that the operands name. Returns false after telling what went wrong. */
bool load_open(struct load *load, const struct cli_args *args, rctl_set_options *options);
void load_close(struct load *load);
/* "GATEWAY=FILE": reads what the provider of a gateway reads, and hands it over. */
typedef int load_discover(void *to, const char *gateway, const char *name, const char *data,
                          size_t len);
int load_endpoints(const char *option, bool *broken, load_discover *discover, void *to);
/* Writes all diagnostics in a format; returns a code of the library. */
int load_write_diags(const struct load *load, rctl_diag_format format, bool color,
                     const rctl_sink *sink);
/* "5 documents in 3 files: 2 errors, 1 warning" on standard error. */
void load_say_summary(const struct load *load);
/* The exit code of a run that came to its end; `strict` makes warnings count. */
int load_exit(const struct load *load, bool strict);

#endif
