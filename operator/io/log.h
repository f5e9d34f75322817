/*
 * log: one line an event on standard error, as text or JSON. Values are escaped, so that
 * no text of a user or a server can make a second line or move a terminal's cursor.
 * Bodies, tokens and headers are never given to it, but for the text of a warning.
 */
#ifndef IO_LOG_H
#define IO_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };
enum log_format { LOG_FORMAT_JSON, LOG_FORMAT_TEXT };
enum { LOG_LINE = 8192 }; /* bytes of a line; longer values are cut */

/* From which level on, and how. Before: info and above, JSON. */
void log_setup(enum log_level level, enum log_format format);
bool log_wants(enum log_level level);

/*
 * A message and pairs of name and value, all texts, ended by NULL:
 * log_event(LOG_LEVEL_INFO, "list is complete", "resource", "pods", NULL). A NULL value
 * leaves its pair out.
 */
void log_event(enum log_level level, const char *message, ... /* NULL */)
    __attribute__((sentinel));

#endif
