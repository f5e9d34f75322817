/* text/inflate: members in a row, limits, damage, and memory that runs out. */
#include "reading.h"

#include <zlib.h>

struct packed {
    struct memory memory;
    struct rctl_diags diags;
    const char *data;
    size_t len, cap;
    bool fine;
    char *out;
    size_t n_out, room;
};

static size_t pack(const char *text, size_t len, unsigned char *out, size_t room)
{
    z_stream stream;

    memset(&stream, 0, sizeof(stream));
    cr_assert_eq(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)text;
    stream.avail_in = (uInt)len;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void unpack(void *arg)
{
    struct packed *packed = arg;

    diag_init(&packed->diags, &packed->memory.arena, 0);
    packed->fine = text_gunzip(&packed->memory.mem, packed->data, packed->len, packed->cap,
                               &packed->diags, 0, &packed->out, &packed->n_out, &packed->room);
}

static int try_unpack(struct packed *packed, const void *data, size_t len, size_t cap,
                      size_t fail_at)
{
    memset(packed, 0, sizeof(*packed));
    memory_init(&packed->memory);
    packed->memory.fail_at = fail_at;
    packed->data = data;
    packed->len = len;
    packed->cap = cap;
    return base_try(&packed->memory.mem.fail, unpack, packed);
}

static void finish(struct packed *packed)
{
    if (packed->fine)
        base_mem_free(&packed->memory.mem, packed->out, packed->room);
    memory_done(&packed->memory);
}

/* Expects `text`, or the code of a diagnostic when it is NULL. */
static void check(const void *data, size_t len, size_t cap, const char *text, const char *code)
{
    struct packed packed;
    rctl_diag diag;

    cr_assert_eq(try_unpack(&packed, data, len, cap, 0), RCTL_OK);
    cr_assert_eq(packed.fine, text != NULL);
    if (text) {
        cr_assert_eq(packed.n_out, strlen(text));
        cr_assert_eq(memcmp(packed.out, text, packed.n_out), 0);
    } else {
        static const char *const files[] = {"in.gz"};

        packed.diags.files = files;
        cr_assert_eq(rctl_diags_get(&packed.diags, 0, &diag), RCTL_OK);
        cr_assert_str_eq(diag.code, code);
        cr_assert_eq(diag.place.line, 1);
    }
    finish(&packed);
}

TEST(text_inflate, members)
{
    unsigned char data[1024] = {0};
    size_t one = pack("a: 1\n", 5, data, sizeof(data));
    size_t two = one + pack("b: 2\n", 5, data + one, sizeof(data) - one);

    cr_assert(text_is_gzip((char *)data, two));
    cr_assert_not(text_is_gzip("a: 1", 4));
    cr_assert_not(text_is_gzip("\x1f", 1));
    check(data, one, 100, "a: 1\n", NULL);
    check(data, two, 100, "a: 1\nb: 2\n", NULL);
    check(data, two + 20, 100, "a: 1\nb: 2\n", NULL);
    check(data, two, 10, "a: 1\nb: 2\n", NULL);
    check(data, two, 9, NULL, "text.too-large");
    data[two] = 'x';
    check(data, two + 1, 100, NULL, "text.bad-gzip");
    check(data, pack("", 0, data, sizeof(data)), 0, "", NULL);
}

TEST(text_inflate, damage)
{
    unsigned char data[256];
    size_t len = pack("apiVersion: v1\nkind: ConfigMap\n", 31, data, sizeof(data));

    for (size_t cut = 2; cut < len; cut++)
        check(data, cut, 1000, NULL, "text.bad-gzip");
    data[len - 6] ^= 1;
    check(data, len, 1000, NULL, "text.bad-gzip");
}

TEST(text_inflate, bomb)
{
    enum { SIZE = 8 << 20 };
    static unsigned char data[64 * 1024];
    char *zeros = calloc(1, SIZE);
    size_t len = pack(zeros, SIZE, data, sizeof(data));
    struct packed packed;

    free(zeros);
    cr_assert_eq(try_unpack(&packed, data, len, 1 << 20, 0), RCTL_OK);
    cr_assert_not(packed.fine);
    finish(&packed);
}

TEST(text_inflate, every_allocation_may_fail)
{
    static unsigned char data[64 * 1024];
    char *text = calloc(1, 300000);
    size_t len = pack(text, 300000, data, sizeof(data));
    int code = RCTL_E_NOMEM;

    free(text);
    for (size_t n = 1; code != RCTL_OK; n++) {
        struct packed packed;

        code = try_unpack(&packed, data, len, 1 << 20, n);
        cr_assert(code == RCTL_OK || code == RCTL_E_NOMEM);
        finish(&packed);
    }
}
