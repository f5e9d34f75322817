/*
 * router/fbi_hash: numbers of a second program that was written from the published
 * algorithm; the rings of vllm-router itself are in test_simulate_ring.c.
 */
#include "router/simulate_parts.h"
#include "support/test.h"

TEST(router_fbi_hash, known_values)
{
    static const struct {
        const char *text;
        uint64_t want;
    } cases[] = {
        {"", UINT64_C(0xc0663e029346e424)},
        {"a", UINT64_C(0x29d1ab12ec5fea11)},
        {"abcdefgh", UINT64_C(0x084c3506fc1ea190)},
        {"abcdefghijklmnop0", UINT64_C(0x800bb4d00dd25bb1)},
        {"header:x-session-id:s0", UINT64_C(0x245fa4f56b95502f)},
        {"http://127.0.0.1:18101:0", UINT64_C(0x2bffed3485a575d3)},
    };

    for (size_t i = 0; i < BASE_COUNT(cases); i++)
        cr_assert_eq(router_fbi_hash(cases[i].text, strlen(cases[i].text)), cases[i].want,
                     "case %zu", i);
}
