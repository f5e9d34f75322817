/*
 * The way into reading: refuses what is no text at all, chooses the syntax as
 * kubectl does (a text that starts with a brace is JSON), and keeps documents with
 * bad bytes away from the readers while the others are still read.
 */
#include "text/read.h"

enum { MOST_BAD_LINES = 16 };

const struct text_limits text_limits_default = {
    .bytes = (size_t)64 << 20,
    .depth = 64,
    .nodes = 8000000,
    .expansions = 100000,
    .string = (size_t)1 << 20,
};

struct job {
    const struct text_reader *reader;
    struct text_compose compose;
    const char *data;
    size_t len;
};

static bool is_utf16(const char *data, size_t len)
{
    return len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0);
}

/* Where the text starts, without the mark that some editors put in front. */
static size_t skip_bom(const char *data, size_t len)
{
    return len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static bool is_json(const char *data, size_t len, size_t at)
{
    while (at < len && strchr(" \t\r\n", data[at]) && data[at])
        at++;
    return at < len && data[at] == '{';
}

/* Moves to the last fence at or before `byte`, but not before where it stands. */
static void seek_document(const struct job *job, size_t byte, struct text_cursor *cursor)
{
    struct text_cursor line = *cursor;

    while (text_next_line(job->data, job->len, &line) && line.byte <= byte)
        if (text_is_fence(job->data, job->len, line.byte))
            *cursor = line;
}

/* Moves to the first fence behind where it stands; false when there is none. */
static bool seek_fence(const struct job *job, struct text_cursor *cursor)
{
    while (text_next_line(job->data, job->len, cursor))
        if (text_is_fence(job->data, job->len, cursor->byte))
            return true;
    return false;
}

/*
 * Reads around documents with bad bytes. Each of their lines is told once, up to
 * a number; what comes behind so many is hardly YAML.
 */
static void read_yaml(struct job *job)
{
    struct text_cursor start = {0, 1}, line = start;
    size_t bad = 0;

    for (int n = 0; text_find_bad_byte(job->reader, job->data, job->len, false, &bad, &line); n++) {
        struct text_cursor broken = start;

        if (bad >= start.byte) {
            seek_document(job, bad, &broken);
            text_read_yaml(&job->compose, job->data, start, broken.byte);
            text_compose_end(&job->compose, (struct text_mark){broken.line, 1}, false);
            start = line;
            if (!seek_fence(job, &start))
                start.byte = job->len;
        }
        if (n == MOST_BAD_LINES || job->compose.state == TEXT_SKIP_FILE)
            return;
        if (!text_next_line(job->data, job->len, &line))
            break;
        bad = line.byte;
    }
    text_read_yaml(&job->compose, job->data, start, job->len);
}

static void read_json(struct job *job, size_t start)
{
    struct text_cursor line = {0, 1};
    size_t bad = start;
    bool fine = true;

    for (int n = 0; n < MOST_BAD_LINES; n++) {
        if (!text_find_bad_byte(job->reader, job->data, job->len, true, &bad, &line))
            break;
        fine = false;
        if (!text_next_line(job->data, job->len, &line))
            break;
        bad = line.byte;
    }
    if (fine)
        text_read_json(&job->compose, job->data, job->len, start);
    else
        text_compose_end(&job->compose, (struct text_mark){1, 1}, false);
}

static void run(void *arg)
{
    struct job *job = arg;
    size_t start = skip_bom(job->data, job->len);

    if (is_json(job->data, job->len, start))
        read_json(job, start);
    else
        read_yaml(job);
}

void text_read(const struct text_reader *reader, const char *data, size_t len)
{
    struct job job = {.reader = reader, .data = data, .len = len};
    struct diag_mark top = {reader->file, 1, 1};
    struct base_fail *fail = &reader->arena->mem->fail;
    int code;

    if (len > reader->limits->bytes) {
        diag_add(reader->diags, DIAG_TEXT_TOO_LARGE, top, NULL, NULL,
                 "split the file, or raise the limit on bytes", "the file is larger than %zu bytes",
                 reader->limits->bytes);
        return;
    }
    if (is_utf16(data, len)) {
        diag_add(reader->diags, DIAG_TEXT_BAD_ENCODING, top, NULL, NULL, "save the file as UTF-8",
                 "the file is UTF-16");
        return;
    }
    text_compose_init(&job.compose, reader);
    code = base_try(fail, run, &job);
    text_compose_done(&job.compose);
    if (code != RCTL_OK)
        base_raise(fail, code);
}
