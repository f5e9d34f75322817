/* One line an event on standard error. */
#include "io/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"debug", "info", "warning", "error"};

static enum log_level least = LOG_LEVEL_INFO;
static enum log_format how = LOG_FORMAT_JSON;

/* A line that is cut when it is full, with room kept for its end. */
struct line {
    char text[LOG_LINE];
    size_t n;
    bool full;
};

enum { ROOM_FOR_END = 8 };

void log_setup(enum log_level level, enum log_format format)
{
    least = level;
    how = format;
}

bool log_wants(enum log_level level)
{
    return level >= least;
}

/* Ends may have gone into their own room. */
static size_t room(const struct line *line)
{
    size_t most = sizeof(line->text) - ROOM_FOR_END;

    return line->n < most ? most - line->n : 0;
}

static void add(struct line *line, const char *text, size_t n)
{
    if (line->full || n > room(line)) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->n, text, n);
    line->n += n;
}

static void add_end(struct line *line, const char *text)
{
    size_t n = strlen(text);

    memcpy(line->text + line->n, text, n);
    line->n += n;
}

/* The length of the UTF-8 character at `s`, 0 when it is none. */
static size_t character(const unsigned char *s)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3
               : s[0] >= 0xf0 && s[0] < 0xf5                 ? 4
                                                             : 0;

    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0;
    return n;
}

/* C0, DEL, C1, and what turns or breaks lines: U+2028, U+2029, the marks of direction. */
static bool is_control(const unsigned char *s, size_t n)
{
    return (n == 1 && (s[0] < 0x20 || s[0] == 0x7f)) || (n == 2 && s[0] == 0xc2 && s[1] < 0xa0) ||
           (n == 3 && s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae) ||
           (n == 3 && s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

static unsigned code_point(const unsigned char *s, size_t n)
{
    return n == 1   ? s[0]
           : n == 2 ? (unsigned)((s[0] & 0x1f) << 6 | (s[1] & 0x3f))
                    : (unsigned)((s[0] & 0x0f) << 12 | (s[1] & 0x3f) << 6 | (s[2] & 0x3f));
}

static void add_escaped(struct line *line, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    char escape[8];

    while (*s && !line->full) {
        size_t n = character(s);

        if (n == 0) {
            add(line, "\\ufffd", 6);
            n = 1;
        } else if (is_control(s, n)) {
            snprintf(escape, sizeof(escape), "\\u%04x", code_point(s, n));
            add(line, escape, 6);
        } else if (*s == '"' || *s == '\\') {
            escape[0] = '\\';
            escape[1] = (char)*s;
            add(line, escape, 2);
        } else {
            add(line, (const char *)s, n);
        }
        s += n;
    }
}

static void add_quoted(struct line *line, const char *text)
{
    add(line, "\"", 1);
    add_escaped(line, text);
    add_end(line, "\"");
}

static void add_pair(struct line *line, const char *name, const char *value)
{
    /* What is begun is also ended: a pair whose name may not fit is left out. */
    if (line->full || strlen(name) * 6 + 32 > room(line)) {
        line->full = true;
        return;
    }
    if (how == LOG_FORMAT_JSON) {
        add(line, ",", 1);
        add_quoted(line, name);
        add(line, ":", 1);
    } else {
        add(line, " ", 1);
        add_escaped(line, name);
        add(line, "=", 1);
    }
    add_quoted(line, value);
}

static void add_time(struct line *line)
{
    struct timespec now;
    struct tm utc;
    char text[64];

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03ldZ", utc.tm_year + 1900,
             utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
             now.tv_nsec / 1000000);
    add(line, text, strlen(text));
}

/* One write a line, so that lines of two processes do not mix. */
static void put(const char *text, size_t n)
{
    while (n > 0) {
        ssize_t written = write(STDERR_FILENO, text, n);

        if (written <= 0)
            return;
        text += written;
        n -= (size_t)written;
    }
}

void log_event(enum log_level level, const char *message, ...)
{
    struct line line;
    va_list pairs;
    const char *name;

    if (!log_wants(level))
        return;
    line.n = 0;
    line.full = false;
    if (how == LOG_FORMAT_JSON) {
        add(&line, "{\"time\":\"", 9);
        add_time(&line);
        add(&line, "\",\"level\":\"", 11);
        add(&line, names[level], strlen(names[level]));
        add(&line, "\",\"message\":", 12);
        add_quoted(&line, message);
    } else {
        add_time(&line);
        add(&line, " ", 1);
        add(&line, names[level], strlen(names[level]));
        add(&line, " ", 1);
        add_escaped(&line, message);
    }
    va_start(pairs, message);
    while ((name = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);

        if (value)
            add_pair(&line, name, value);
    }
    va_end(pairs);
    add_end(&line, how == LOG_FORMAT_JSON ? "}\n" : "\n");
    put(line.text, line.n);
}
