/* router/md5: against the digests of another implementation, at the edges of its blocks. */
#include "router/simulate_parts.h"
#include "support/test.h"

#include <stdio.h>

TEST(router_md5, known_digests)
{
    static const struct {
        size_t n; /* letters a; 0: the text "abc" */
        const char *want;
    } cases[] = {
        {0, "900150983cd24fb0d6963f7d28e17f72"},   {55, "ef1772b6dff9a122358552954ad0df65"},
        {56, "3b0c8ac703f828b04c6c197006d17218"},  {64, "014842d480b571495a4a0363793f7367"},
        {119, "8a7bd0732ed6a28ce75f6dabc90e1613"}, {200, "887f30b43b2867f4a9accceee7d16e6c"},
    };

    for (size_t i = 0; i < BASE_COUNT(cases); i++) {
        unsigned char digest[16];
        char text[256] = "abc", hex[33];

        if (cases[i].n)
            memset(text, 'a', cases[i].n);
        router_md5(text, cases[i].n ? cases[i].n : 3, digest);
        for (int k = 0; k < 16; k++)
            snprintf(hex + 2 * k, 3, "%02x", digest[k]);
        cr_assert_str_eq(hex, cases[i].want, "case %zu", i);
    }
    {
        unsigned char digest[16];

        router_md5("", 0, digest);
        cr_assert_eq(digest[0], 0xd4);
        cr_assert_eq(digest[15], 0x7e);
    }
}
