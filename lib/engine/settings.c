/*
 * The list of settings and the questions that rules and callbacks ask it. A flag
 * stands at most once in it (a JSON flag's parts apart, and those that may be given
 * several times), whatever it was called.
 */
#include "engine/settings.h"

static bool same_target(const struct engine_setting *a, const rctl_flag *flag,
                        const char *part)
{
    return strcmp(a->flag->name, flag->name) == 0 && base_str_eq(a->part, part);
}

/* Keys are taken in the order of their names; whoever reads the file sees their lines. */
static bool stands_before(const struct diag_mark *a, const struct diag_mark *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

static void tell_twice(const struct engine_check *check, const struct engine_setting *a,
                       const struct engine_setting *b)
{
    bool turned = stands_before(&b->mark, &a->mark);
    const struct engine_setting *first = turned ? b : a, *second = turned ? a : b;
    struct diag_entry *entry = engine_complain(
        check, &(struct engine_place){second->mark, second->path},
        &(struct engine_complaint){DIAG_ENGINE_SET_TWICE,
                                   base_arena_format(check->arena, "%s sets the same flag as %s",
                                                     engine_quote(second->key, check->arena),
                                                     engine_quote(first->key, check->arena)),
                                   "keep one of the two"});

    diag_related(check->diags, entry, first->mark, "first set here");
}

void engine_add_setting(const struct engine_check *check, const struct engine_setting *setting)
{
    struct rctl_engine_config *config = check->config;

    for (size_t i = 0; i < config->n_items; i++) {
        struct engine_setting *old = &config->items[i];

        if (!same_target(old, setting->flag, setting->part))
            continue;
        if (old->origin == ENGINE_FROM_CONFIG && setting->origin == ENGINE_FROM_OVERLAY) {
            *old = *setting;
            return;
        }
        if (setting->flag->traits & RCTL_FLAG_REPEAT)
            continue;
        tell_twice(check, old, setting);
        return;
    }
    config->items = engine_grow(check->arena, config->items, config->n_items,
                                sizeof(*config->items));
    config->items[config->n_items++] = *setting;
}

/* Rules ask by a row's own name, and settings are few: no look-up in the table. */
const struct engine_setting *engine_config_find(const rctl_engine_config *config,
                                                const char *flag)
{
    for (size_t i = 0; i < config->n_items; i++)
        if (!config->items[i].part && strcmp(config->items[i].flag->name, flag) == 0)
            return &config->items[i];
    return NULL;
}

const char *engine_config_get(const rctl_engine_config *config, const char *flag)
{
    const struct engine_setting *setting = engine_config_find(config, flag);

    return setting ? setting->value.text : NULL;
}

int64_t engine_config_int(const rctl_engine_config *config, const char *flag, int64_t fallback)
{
    const struct engine_setting *setting = engine_config_find(config, flag);

    return setting && setting->value.has_number ? setting->value.number : fallback;
}

bool engine_config_on(const rctl_engine_config *config, const char *flag)
{
    return base_str_eq(engine_config_get(config, flag), "true");
}

bool engine_config_off(const rctl_engine_config *config, const char *flag)
{
    return base_str_eq(engine_config_get(config, flag), "false");
}

const struct text_node *engine_config_json(const rctl_engine_config *config, const char *flag,
                                           const char *key)
{
    const struct engine_setting *setting = engine_config_find(config, flag);

    return setting && setting->value.tree ? text_get(setting->value.tree, key) : NULL;
}

bool engine_config_has_part(const rctl_engine_config *config, const char *flag, const char *key)
{
    for (size_t i = 0; i < config->n_items; i++)
        if (base_str_eq(config->items[i].flag->name, flag) &&
            base_str_eq(config->items[i].part, key))
            return true;
    return engine_config_json(config, flag, key) != NULL;
}
