/*
 * The only file that knows zlib: unpacks gzip files in memory, and no more of
 * them than the limit allows, so that a small file cannot become a huge one.
 */
#include "text/text.h"

#include <zlib.h>

enum { GZIP_OR_NOTHING = 16 + MAX_WBITS, SMALLEST_ROOM = 64 * 1024, GROWTH = 2 };

enum outcome { COMPLETE, CORRUPT, TRUNCATED, TOO_LARGE };

struct job {
    struct base_mem *mem;
    const char *data;
    size_t len, cap;
    z_stream stream;
    bool open;
    char *out;
    size_t n_out, room;
    enum outcome outcome;
};

bool text_is_gzip(const char *data, size_t len)
{
    return len >= 2 && (unsigned char)data[0] == 0x1f && (unsigned char)data[1] == 0x8b;
}

/* zlib copes with NULL itself, so nothing may jump through it. Sizes stand in front. */
static voidpf take(voidpf opaque, uInt items, uInt size)
{
    struct job *job = opaque;
    size_t total = (size_t)items * size + sizeof(uint64_t) * 2;
    uint64_t *block = job->mem->from.alloc(job->mem->from.ctx, total);

    if (!block)
        return Z_NULL;
    block[0] = total;
    return block + 2;
}

static void give(voidpf opaque, voidpf address)
{
    struct job *job = opaque;
    uint64_t *block = (uint64_t *)address - 2;

    base_mem_free(job->mem, block, (size_t)block[0]);
}

/* One byte beyond the limit is enough to know that there is more. */
static void grow(struct job *job)
{
    size_t room = job->room ? job->room * GROWTH : job->len * 4;
    char *out;

    if (room < SMALLEST_ROOM)
        room = SMALLEST_ROOM;
    if (room > job->cap + 1)
        room = job->cap + 1;
    out = base_mem_alloc(job->mem, room);
    if (job->n_out)
        memcpy(out, job->out, job->n_out);
    base_mem_free(job->mem, job->out, job->room);
    job->out = out;
    job->room = room;
}

static uInt piece(size_t len)
{
    return len > 1u << 30 ? 1u << 30 : (uInt)len;
}

/* Runs until the member that is open ends, or something is wrong. */
static bool inflate_member(struct job *job)
{
    int status = Z_OK;

    while (status != Z_STREAM_END) {
        uInt offered, room;

        if (job->n_out > job->cap) {
            job->outcome = TOO_LARGE;
            return false;
        }
        if (job->n_out == job->room)
            grow(job);
        offered = piece(job->len);
        room = piece(job->room - job->n_out);
        job->stream.next_in = (z_const Bytef *)job->data;
        job->stream.avail_in = offered;
        job->stream.next_out = (Bytef *)job->out + job->n_out;
        job->stream.avail_out = room;
        status = inflate(&job->stream, Z_NO_FLUSH);
        job->data += offered - job->stream.avail_in;
        job->len -= offered - job->stream.avail_in;
        job->n_out += room - job->stream.avail_out;
        if (status == Z_MEM_ERROR)
            base_raise(&job->mem->fail, RCTL_E_NOMEM);
        if (status == Z_BUF_ERROR && job->len == 0) {
            job->outcome = TRUNCATED;
            return false;
        }
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
            job->outcome = CORRUPT;
            return false;
        }
    }
    return true;
}

static void run(void *arg)
{
    struct job *job = arg;

    job->stream.zalloc = take;
    job->stream.zfree = give;
    job->stream.opaque = job;
    if (inflateInit2(&job->stream, GZIP_OR_NOTHING) != Z_OK)
        base_raise(&job->mem->fail, RCTL_E_NOMEM);
    job->open = true;
    while (inflate_member(job)) {
        /* Padding with zero bytes after the last member is common on tapes and disks. */
        while (job->len && *job->data == '\0') {
            job->data++;
            job->len--;
        }
        if (job->n_out > job->cap)
            job->outcome = TOO_LARGE;
        if (job->len == 0 || job->outcome != COMPLETE)
            return;
        inflateReset(&job->stream);
    }
}

static void tell(const struct job *job, struct rctl_diags *diags, uint32_t file)
{
    struct diag_mark mark = {file, 1, 1};

    if (job->outcome == TOO_LARGE)
        diag_add(diags, DIAG_TEXT_TOO_LARGE, mark, NULL, NULL,
                 "split the file, or raise the limit on bytes",
                 "the unpacked file is larger than %zu bytes", job->cap);
    else
        diag_add(diags, DIAG_TEXT_BAD_GZIP, mark, NULL, NULL, "pack the file again",
                 "the gzip data is %s",
                 job->outcome == TRUNCATED ? "cut off before its end" : "damaged");
}

bool text_gunzip(struct base_mem *mem, const char *data, size_t len, size_t cap,
                 struct rctl_diags *diags, uint32_t file, char **ret_data, size_t *ret_len,
                 size_t *ret_size)
{
    struct job job = {.mem = mem, .data = data, .len = len, .cap = cap};
    int code = base_try(&mem->fail, run, &job);

    if (job.open)
        inflateEnd(&job.stream);
    if (code != RCTL_OK) {
        base_mem_free(mem, job.out, job.room);
        base_raise(&mem->fail, code);
    }
    if (job.outcome != COMPLETE) {
        base_mem_free(mem, job.out, job.room);
        tell(&job, diags, file);
        return false;
    }
    *ret_data = job.out;
    *ret_len = job.n_out;
    *ret_size = job.room;
    return true;
}
