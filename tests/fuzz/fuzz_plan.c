/*
 * Gives any bytes as what a cluster has, plans for everything in it and shows it; then the same
 * bytes as what is applied to nothing. The same bytes must give the same plans, deletes name a
 * uid, and what is refused writes a status only.
 */
#include <routerctl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int hash_text(void *ctx, const char *data, size_t len)
{
    uint64_t *hash = ctx;

    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ (unsigned char)data[i]) * UINT64_C(1099511628211);
    return 0;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(const rctl_plan *plan)
{
    rctl_action action;

    for (size_t i = 0; rctl_plan_get(plan, i, &action) == 0; i++) {
        require(action.kind && action.name && action.name_space && action.reason);
        require(action.type != RCTL_ACTION_DELETE || (action.uid && *action.uid));
        require(action.precondition != RCTL_PRECONDITION_UID || action.uid);
        require(!rctl_plan_refusal(plan) || action.type == RCTL_ACTION_STATUS ||
                action.type == RCTL_ACTION_EVENT);
    }
}

static void show(rctl_world *world, const rctl_sink *sink)
{
    rctl_status_count text, json;

    require(rctl_status_write(world, NULL, RCTL_STATUS_TEXT, sink, &text) == 0);
    require(rctl_status_write(world, NULL, RCTL_STATUS_JSON, sink, &json) == 0);
    require(text.shown == json.shown && text.ready == json.ready && text.ready <= text.shown);
}

static void compare(rctl_world *world, const rctl_sink *sink)
{
    rctl_diff *diff = NULL;
    rctl_change change;

    require(rctl_diff_world(world, &diff) == 0);
    for (size_t i = 0; rctl_diff_get(diff, i, &change) == 0; i++)
        require(change.manifest.name && change.manifest.kind);
    require(rctl_diff_write(diff, sink) == 0);
    rctl_diff_free(diff);
}

static uint64_t run(const rctl_ctx *ctx, const char *data, size_t len)
{
    rctl_world *world = NULL;
    uint64_t hash = 0;
    rctl_sink sink = {hash_text, &hash};
    rctl_key key;

    require(rctl_world_new(ctx, NULL, &world) == 0);
    require(rctl_world_add(world, "in", data, len) == 0);
    require(rctl_world_set_now(world, RCTL_SECOND) == 0);
    if (len % 2)
        require(rctl_world_set_unserved(world, "gateway.networking.k8s.io/v1", "HTTPRoute") == 0);
    for (size_t i = 0; rctl_world_key(world, i, &key) == 0; i++) {
        rctl_plan *plan = NULL;

        require(rctl_reconcile(world, key.kind, key.name_space, key.name, &plan) == 0);
        check(plan);
        require(rctl_plan_write(plan, &sink) == 0);
        rctl_plan_free(plan);
    }
    show(world, &sink);
    rctl_world_free(world);
    require(rctl_world_new(ctx, NULL, &world) == 0);
    require(rctl_world_edit(world, "in", data, len) == 0);
    compare(world, &sink);
    rctl_world_free(world);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rctl_ctx *ctx = NULL;

    require(rctl_ctx_new(NULL, &ctx) == 0);
    require(run(ctx, (const char *)data, size) == run(ctx, (const char *)data, size));
    rctl_ctx_free(ctx);
    return 0;
}
