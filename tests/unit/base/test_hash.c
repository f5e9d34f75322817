/*
 * base/hash: names of rendered objects come from it, so its values may never
 * change. The numbers are the published vectors of FNV-1a, 64 bits.
 */
#include "support/memory.h"

TEST(base_hash, published_vectors)
{
    const struct {
        const char *text;
        uint64_t want;
    } cases[] = {
        {"", UINT64_C(0xcbf29ce484222325)},
        {"a", UINT64_C(0xaf63dc4c8601ec8c)},
        {"foobar", UINT64_C(0x85944171f73967e8)},
        {"\xff", UINT64_C(0xaf64724c8602eb6e)},
    };

    for (size_t i = 0; i < BASE_COUNT(cases); i++)
        cr_assert_eq(base_hash(BASE_HASH_SEED, cases[i].text, strlen(cases[i].text)),
                     cases[i].want, "case %zu", i);
}

TEST(base_hash, pieces_chain)
{
    uint64_t whole = base_hash(BASE_HASH_SEED, "foobar", 6);
    uint64_t first = base_hash(BASE_HASH_SEED, "foo", 3);

    cr_assert_eq(base_hash(first, "bar", 3), whole);
}
