/* The providers of a context, in order of registration. */
#include "discovery/discovery.h"

static bool is_complete(const rctl_discovery *provider, struct base_mem *mem)
{
    return provider->size == sizeof(*provider) && provider->name && provider->name[0] &&
           !schema_syntax_check(SCHEMA_DNS_LABEL, provider->name, mem) && provider->doc &&
           provider->resolve;
}

int discovery_registry_add(struct discovery_registry *registry, struct base_arena *arena,
                           const rctl_discovery *provider)
{
    if (!is_complete(provider, arena->mem))
        return RCTL_E_INVALID_ARG;
    if (discovery_registry_find(registry, provider->name))
        return RCTL_E_LIMIT;
    if (registry->n_items == registry->room) {
        size_t room = registry->room ? registry->room * 2 : 4;
        const rctl_discovery **items = base_arena_alloc(arena, room * sizeof(*items));

        if (registry->n_items)
            memcpy(items, registry->items, registry->n_items * sizeof(*items));
        registry->items = items;
        registry->room = room;
    }
    registry->items[registry->n_items++] = provider;
    return RCTL_OK;
}

const rctl_discovery *discovery_registry_find(const struct discovery_registry *registry,
                                              const char *name)
{
    for (size_t i = 0; i < registry->n_items; i++)
        if (base_str_eq(registry->items[i]->name, name))
            return registry->items[i];
    return NULL;
}
