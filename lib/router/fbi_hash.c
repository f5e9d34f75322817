/*
 * The hash of vllm-router's rings. furc_hash, known from mcrouter, picks a number
 * below 2^23 - 1 by walking down a tree whose branches are bits of the key's
 * MurmurHash64A; that number, as four bytes, is hashed once more. Two texts in
 * eight million meet, which a ring with many endpoints notices.
 */
#include "router/simulate_parts.h"

#define MIX UINT64_C(0xc6a4a7935bd1e995)
#define SEED UINT64_C(4193360111)
enum { SHIFT = 47, STRIDE = 23, DEPTH = 23, MOST_TRIES = 32, MODULUS = (1 << 23) - 1 };

static uint64_t stir(uint64_t word)
{
    word *= MIX;
    word ^= word >> SHIFT;
    return word * MIX;
}

static uint64_t finish(uint64_t hash)
{
    hash ^= hash >> SHIFT;
    hash *= MIX;
    return hash ^ hash >> SHIFT;
}

/* The bytes in little-endian order, whatever the machine's. */
static uint64_t read_bytes(const unsigned char *at, size_t n)
{
    uint64_t word = 0;

    for (size_t i = 0; i < n; i++)
        word |= (uint64_t)at[i] << 8 * i;
    return word;
}

static uint64_t murmur(const unsigned char *data, size_t len)
{
    uint64_t hash = SEED ^ (uint64_t)len * MIX;
    size_t left = len % 8;

    for (size_t i = 0; i + 8 <= len; i += 8) {
        hash ^= stir(read_bytes(data + i, 8));
        hash *= MIX;
    }
    if (left) {
        hash ^= read_bytes(data + len - left, left);
        hash *= MIX;
    }
    return finish(hash);
}

static uint64_t murmur_again(uint64_t word)
{
    return finish((SEED ^ 8 * MIX ^ stir(word)) * MIX);
}

/* Bits without end: the hash, the hash of that, and so on. */
struct bits {
    uint64_t words[(DEPTH + 2) * STRIDE * MOST_TRIES / 64 + 1];
    size_t n;
};

static unsigned bit_at(struct bits *bits, unsigned at)
{
    for (; bits->n <= at / 64; bits->n++)
        bits->words[bits->n] = murmur_again(bits->words[bits->n - 1]);
    return (unsigned)(bits->words[at / 64] >> at % 64) & 1;
}

static uint32_t furc(const unsigned char *data, size_t len)
{
    struct bits bits = {.words = {murmur(data, len)}, .n = 1};
    unsigned depth = DEPTH, at = DEPTH;

    for (int i = 0; i < MOST_TRIES; i++) {
        uint32_t number = 1;

        while (!bit_at(&bits, at)) {
            if (depth == 0)
                return 0;
            at = --depth;
        }
        at += STRIDE;
        for (unsigned k = 1; k < depth; k++, at += STRIDE)
            number = number << 1 | bit_at(&bits, at);
        if (number < MODULUS)
            return number;
    }
    return 0;
}

uint64_t router_fbi_hash(const char *data, size_t len)
{
    uint32_t number = furc((const unsigned char *)data, len);
    unsigned char bytes[4];

    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
    return murmur(bytes, sizeof(bytes));
}
