/*
 * Reads single files and standard input, writes standard output. A short write, a full disk
 * and a closed pipe end in exit code 3; nothing is ever lost in silence.
 */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Why standard output failed first, or 0. */
static int stdout_error;

/* ---- output ---- */

void io_start(void)
{
    static const int flags[] = {O_RDONLY, O_RDONLY, O_WRONLY};

    /* A closed stdout is opened for reading only: writing to it still fails, as it should. */
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", flags[fd]) != fd)
            _exit(CLI_BROKEN);
    signal(SIGPIPE, SIG_IGN);
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static int write_stdout(void *ctx, const char *data, size_t len)
{
    (void)ctx;
    if (stdout_error == 0)
        stdout_error = write_all(STDOUT_FILENO, data, len);
    return stdout_error;
}

static int write_stderr(void *ctx, const char *data, size_t len)
{
    (void)ctx;
    write_all(STDERR_FILENO, data, len); /* there is no one left to tell */
    return 0;
}

const rctl_sink io_stdout = {write_stdout, NULL}, io_stderr = {write_stderr, NULL};

int io_finish(int code)
{
    if (close(STDOUT_FILENO) != 0 && stdout_error == 0)
        stdout_error = errno;
    if (stdout_error == 0)
        return code;
    if (stdout_error != EPIPE) /* a reader that has seen enough is no fault */
        io_say("cannot write to standard output: %s", strerror(stdout_error));
    return CLI_BROKEN;
}

void io_say(const char *format, ...)
{
    char text[4096], line[sizeof(text) * 4 + 16];
    size_t used = (size_t)snprintf(line, sizeof(line), "rctl: ");
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            used += (size_t)snprintf(line + used, 5, "\\x%02x", (unsigned)(unsigned char)*c);
        else
            line[used++] = *c;
    }
    line[used++] = '\n';
    write_all(STDERR_FILENO, line, used);
}

void io_print(const char *format, ...)
{
    char text[4096];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len > 0)
        write_stdout(NULL, text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

bool io_wants_color(const struct cli_args *args, int fd)
{
    const char *off = getenv("NO_COLOR"), *term = getenv("TERM");

    if (args->color != CLI_COLOR_AUTO)
        return args->color == CLI_COLOR_ALWAYS;
    return !(off && *off) && term && strcmp(term, "dumb") != 0 && isatty(fd) == 1;
}

int io_fail(int code)
{
    if (code != RCTL_E_SINK)
        io_say("%s", rctl_strerror(code));
    return CLI_BROKEN;
}

void *io_grow(void *old, size_t size)
{
    void *grown = realloc(old, size);

    if (!grown) {
        io_say("out of memory");
        _exit(CLI_BROKEN);
    }
    return grown;
}

/* ---- reading ---- */

/*
 * A file that was found in a folder was regular then; should it be a pipe by now,
 * opening it must not wait.
 */
static int open_file(const struct io_file *file, struct stat *ret_status)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (file->named ? 0 : O_NONBLOCK);
    int fd = file->is_stdin ? STDIN_FILENO : open(file->name, flags);

    if (fd < 0)
        return -1;
    if (fstat(fd, ret_status) == 0 && (file->named || S_ISREG(ret_status->st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

static void make_room(struct io_text *text, size_t room)
{
    if (room > IO_MAX_BYTES + 1)
        room = IO_MAX_BYTES + 1;
    if (text->room >= room)
        return;
    text->data = io_grow(text->data, room);
    text->room = room;
}

bool io_make_room(struct io_text *text)
{
    if (text->len == text->room)
        make_room(text, text->room ? text->room * 2 : 64 * 1024);
    return text->len < text->room;
}

static int read_all(int fd, struct io_text *text)
{
    for (;;) {
        ssize_t n;

        if (!io_make_room(text))
            return 0; /* the library refuses what is longer */
        n = read(fd, text->data + text->len, text->room - text->len);
        if (n == 0)
            return 0;
        if (n > 0)
            text->len += (size_t)n;
        else if (errno != EINTR)
            return errno;
    }
}

bool io_read(const struct io_file *file, struct io_text *text)
{
    struct stat status;
    int fd = open_file(file, &status), error = fd < 0 ? errno : 0;

    text->len = 0;
    if (fd >= 0) {
        bool sized = S_ISREG(status.st_mode) && status.st_size > 0;

        make_room(text, sized && (uint64_t)status.st_size < IO_MAX_BYTES
                            ? (size_t)status.st_size + 1
                            : 64 * 1024);
        error = read_all(fd, text);
        if (!file->is_stdin)
            close(fd);
    }
    if (error != 0)
        io_say("cannot read '%s': %s", file->name, strerror(error));
    return error == 0;
}
