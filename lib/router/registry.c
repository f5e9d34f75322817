/*
 * The routers of a context. A router is checked once, when it is added: whoever
 * reads its tables later may trust them.
 */
#include "router/router.h"

static bool is_word(const char *text)
{
    if (!text || !*text || *text == '-')
        return false;
    for (; *text; text++)
        if (!(*text >= '0' && *text <= '9') && !(*text >= 'a' && *text <= 'z') && *text != '-')
            return false;
    return true;
}

bool router_does(const rctl_router *router, rctl_wish wish)
{
    for (size_t i = 0; i < router->n_ways; i++)
        if (router->ways[i].wish == wish && router->ways[i].how)
            return true;
    return false;
}

rctl_engine router_as_engine(const rctl_router *router)
{
    return (rctl_engine){.size = sizeof(rctl_engine),
                         .name = router->name,
                         .title = router->title,
                         .version = router->version,
                         .flags = router->flags,
                         .n_flags = router->n_flags};
}

static bool has_flag(const rctl_engine *engine, const char *flag)
{
    return !flag || engine_find_flag(engine, flag) != NULL;
}

static bool has_policy(const rctl_router *router, const char *name)
{
    for (size_t i = 0; i < router->n_policies; i++)
        if (strcmp(router->policies[i].name, name) == 0)
            return true;
    return false;
}

static bool rows_are_sane(const rctl_router *router)
{
    rctl_engine engine = router_as_engine(router);

    if (engine_check_table(&engine) || !has_flag(&engine, router->host_flag) ||
        !has_flag(&engine, router->port_flag) || !has_flag(&engine, router->metrics_host_flag) ||
        !has_flag(&engine, router->metrics_port_flag))
        return false;
    for (size_t i = 0; i < router->n_policies; i++)
        if (!router->policies[i].name)
            return false;
    for (size_t i = 0; i < router->n_ways; i++) {
        const rctl_router_way *way = &router->ways[i];

        if ((unsigned)way->wish >= RCTL_WISH__COUNT || (!way->how && !way->but) ||
            (way->policy && !has_policy(router, way->policy)) || !has_flag(&engine, way->flag))
            return false;
    }
    return true;
}

static bool is_complete(const rctl_router *router)
{
    bool runs = router->image && router->port_flag && router->live_path && router->ready_path &&
                router->cpu && router->memory;

    return router->size == sizeof(*router) && is_word(router->name) && router->title &&
           router->version && (runs || !router->image) && router->policies &&
           router->n_policies > 0 && router->ways && router->n_ways > 0 &&
           (router->flags || router->n_flags == 0) && router->arguments;
}

int router_registry_add(struct router_registry *registry, struct base_arena *arena,
                        const rctl_router *router)
{
    if (!is_complete(router) || !rows_are_sane(router))
        return RCTL_E_INVALID_ARG;
    if (strcmp(router->name, "auto") == 0 || router_registry_find(registry, router->name))
        return RCTL_E_LIMIT;
    if (registry->n_items == registry->room) {
        size_t room = registry->room ? registry->room * 2 : 8;
        const rctl_router **items = base_arena_alloc(arena, room * sizeof(*items));

        if (registry->n_items)
            memcpy(items, registry->items, registry->n_items * sizeof(*items));
        registry->items = items;
        registry->room = room;
    }
    registry->items[registry->n_items++] = router;
    return RCTL_OK;
}

const rctl_router *router_registry_find(const struct router_registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->n_items; i++)
        if (base_str_eq(registry->items[i]->name, name))
            return registry->items[i];
    return NULL;
}
