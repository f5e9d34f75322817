/* One stable, non-cryptographic hash. */
#include "base/base.h"

uint64_t base_hash(uint64_t seed, const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        seed = (seed ^ (unsigned char)data[i]) * UINT64_C(1099511628211);
    return seed;
}
