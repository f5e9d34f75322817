/* Worlds with a count of their users. */
#include "core/snapshot.h"

#include <string.h>

void snapshots_init(struct snapshots *snapshots, const rctl_allocator *from, const rctl_ctx *ctx,
                    bool probes, core_time fresh)
{
    *snapshots = (struct snapshots){
        .ctx = ctx, .from = *from, .probes = probes, .fresh = fresh};
}

void snapshots_give_back(struct snapshots *snapshots, struct snapshot *snapshot)
{
    if (!snapshot || --snapshot->users)
        return;
    rctl_world_free(snapshot->world);
    snapshots->from.release(snapshots->from.ctx, snapshot, sizeof(*snapshot));
}

void snapshots_forget(struct snapshots *snapshots)
{
    snapshots_give_back(snapshots, snapshots->current);
    snapshots->current = NULL;
}

static int fill(const struct snapshots *snapshots, const struct cache_space *space,
                const struct probes *probes, int64_t wall, rctl_world *world)
{
    int code = rctl_world_set_now(world, wall);

    for (uint32_t i = 0; code == RCTL_OK && i < CACHE_RESOURCES; i++)
        for (const struct object_copy *copy = space->heads[i]; code == RCTL_OK && copy;
             copy = copy->next)
            code = rctl_world_add(world, copy->name, copy->bytes, copy->n);
    if (code == RCTL_OK && snapshots->probes)
        code = probes_add_to(probes, space->slot.parts[0], world);
    return code;
}

int snapshots_take(struct snapshots *snapshots, const struct cache_space *space,
                   const struct probes *probes, core_time now, int64_t wall,
                   struct snapshot **ret_snapshot)
{
    rctl_world_options options = {.size = sizeof(options), .no_probes = !snapshots->probes};
    struct snapshot *made = snapshots->current;
    int code;

    if (made && made->generation == space->generation && now - made->made <= snapshots->fresh) {
        made->users++;
        *ret_snapshot = made;
        return RCTL_OK;
    }
    made = snapshots->from.alloc(snapshots->from.ctx, sizeof(*made));
    if (!made)
        return RCTL_E_NOMEM;
    *made = (struct snapshot){.generation = space->generation, .made = now, .users = 1};
    code = rctl_world_new(snapshots->ctx, &options, &made->world);
    if (code == RCTL_OK)
        code = fill(snapshots, space, probes, wall, made->world);
    if (code != RCTL_OK) {
        snapshots_give_back(snapshots, made);
        return code;
    }
    snapshots_forget(snapshots);
    snapshots->current = made;
    made->users++;
    *ret_snapshot = made;
    return RCTL_OK;
}
