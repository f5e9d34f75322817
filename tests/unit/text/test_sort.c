/* text/sort: the keys of maps in one order, and nothing else changed. */
#include "reading.h"

TEST(text_sort, keys_of_every_map)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"b: 1\na: {d: x, c: w}\n", "{\"a\":{\"c\":\"w\",\"d\":\"x\"},\"b\":1}"},
        {"l: [{b: 1, a: 2}, z, v]\n", "{\"l\":[{\"a\":2,\"b\":1},\"z\",\"v\"]}"},
        {"ab: 1\na: 2\nB: 3\n", "{\"B\":3,\"a\":2,\"ab\":1}"},
        {"{}", "{}"},
    };

    for (size_t i = 0; i < BASE_COUNT(rows); i++) {
        struct reading reading;
        struct base_buf out;

        reading_init(&reading);
        reading_run(&reading, rows[i].in, strlen(rows[i].in));
        base_buf_init(&out, &reading.memory.arena, NULL);
        text_write_json(text_sorted(reading.roots[0], &reading.memory.arena), 0, &out);
        cr_expect_str_eq(out.data, rows[i].out, "%s became %s", rows[i].in, out.data);
        reading_done(&reading);
    }
}

TEST(text_sort, what_is_sorted_stays_as_it_is)
{
    static const char text[] = "a: 1\nb: {c: 2, d: 3}\n";
    struct reading reading;

    reading_init(&reading);
    reading_run(&reading, text, sizeof(text) - 1);
    cr_assert_eq(text_sorted(reading.roots[0], &reading.memory.arena), reading.roots[0]);
    reading_done(&reading);
}
