/*
 * snapshot: a world of the library's, made of all known objects of one namespace. Rounds of
 * one namespace share it as long as nothing in there changes, because making it is the
 * dear part of a round that finds nothing to do.
 */
#ifndef CORE_SNAPSHOT_H
#define CORE_SNAPSHOT_H

#include "core/cache.h"
#include "core/probes.h"

struct snapshot {
    rctl_world *world;
    uint64_t generation; /* of its namespace */
    core_time made;
    uint32_t users; /* rounds, and the maker that may hand it out again */
};

struct snapshots {
    const rctl_ctx *ctx;
    rctl_allocator from;
    bool probes;
    core_time fresh;          /* for so long one is handed out again */
    struct snapshot *current; /* the newest, or NULL */
};

void snapshots_init(struct snapshots *snapshots, const rctl_allocator *from, const rctl_ctx *ctx,
                    bool probes, core_time fresh);
/* A snapshot of a namespace in which something is known. What the library returns. */
int snapshots_take(struct snapshots *snapshots, const struct cache_space *space,
                   const struct probes *probes, core_time now, int64_t wall,
                   struct snapshot **ret_snapshot);
/* Hand the newest out no more: a plan of it could not be made. */
void snapshots_forget(struct snapshots *snapshots);
/* NULL is fine. */
void snapshots_give_back(struct snapshots *snapshots, struct snapshot *snapshot);

#endif
