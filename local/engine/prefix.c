/* A ring of block hashes, the next to go first, and chains to find them by. */
#include "prefix.h"

#include "../memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct block {
    uint64_t hash;
    size_t next; /* in the chain: its number + 1, 0 at the end */
};

struct prefix {
    size_t room, n, oldest;
    struct block *blocks;
    size_t *chains; /* by hash: number + 1 of the first one */
};

struct prefix *prefix_new(size_t blocks)
{
    struct prefix *prefix = memory_new(sizeof(*prefix));

    prefix->room = blocks;
    prefix->blocks = memory_new(blocks * sizeof(*prefix->blocks));
    prefix->chains = memory_new(blocks * sizeof(*prefix->chains));
    return prefix;
}

void prefix_free(struct prefix *prefix)
{
    free(prefix->blocks);
    free(prefix->chains);
    free(prefix);
}

static size_t *chain_of(struct prefix *prefix, uint64_t hash)
{
    return &prefix->chains[hash % prefix->room];
}

static bool is_known(struct prefix *prefix, uint64_t hash)
{
    for (size_t at = *chain_of(prefix, hash); at; at = prefix->blocks[at - 1].next)
        if (prefix->blocks[at - 1].hash == hash)
            return true;
    return false;
}

static void forget(struct prefix *prefix, size_t number)
{
    size_t *link = chain_of(prefix, prefix->blocks[number].hash);

    while (*link != number + 1)
        link = &prefix->blocks[*link - 1].next;
    *link = prefix->blocks[number].next;
}

static void add(struct prefix *prefix, uint64_t hash)
{
    size_t number = prefix->n;
    size_t *chain;

    if (prefix->n < prefix->room) {
        prefix->n++;
    } else {
        number = prefix->oldest;
        prefix->oldest = (number + 1) % prefix->room;
        forget(prefix, number);
    }
    chain = chain_of(prefix, hash);
    prefix->blocks[number] = (struct block){hash, *chain};
    *chain = number + 1;
}

/* FNV-1a, going on from the block before. */
static uint64_t mix(uint64_t hash, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

size_t prefix_ask(struct prefix *prefix, const char *prompt, size_t n)
{
    size_t size = PREFIX_TOKEN * PREFIX_BLOCK, hits = 0;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    bool still = true;

    if (prefix->room == 0)
        return 0;
    for (size_t at = 0; at + size <= n; at += size) {
        bool known;

        hash = mix(hash, prompt + at, size);
        known = is_known(prefix, hash);
        still = still && known;
        hits += (size_t)still;
        if (!known)
            add(prefix, hash);
    }
    return hits;
}
