/*
 * The engines of a context, and what the tag of an image tells about the version
 * inside. An engine is checked once, when it is added: everything that comes later
 * may trust its table.
 */
#include "engine/settings.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(const char *text)
{
    if (!text || !*text || *text == '-')
        return false;
    for (; *text; text++)
        if (!is_digit(*text) && !(*text >= 'a' && *text <= 'z') && *text != '-')
            return false;
    return true;
}

static bool is_complete(const rctl_engine *engine)
{
    return engine->size == sizeof(*engine) && is_word(engine->name) && engine->title &&
           engine->version && engine->image && engine->port_flag &&
           engine->tensor_parallel_flag && engine->health_path && engine->ready_path &&
           engine->cache_dir && engine->home_dir && (engine->flags || engine->n_flags == 0) &&
           (engine->neutral || engine->n_neutral == 0);
}

int engine_registry_add(struct engine_registry *registry, struct base_arena *arena,
                        const rctl_engine *engine)
{
    if (!is_complete(engine) || engine_check_table(engine))
        return RCTL_E_INVALID_ARG;
    if (engine_registry_find(registry, engine->name))
        return RCTL_E_LIMIT;
    if (registry->n_items == registry->room) {
        size_t room = registry->room ? registry->room * 2 : 4;
        const rctl_engine **items = base_arena_alloc(arena, room * sizeof(*items));

        if (registry->n_items)
            memcpy(items, registry->items, registry->n_items * sizeof(*items));
        registry->items = items;
        registry->room = room;
    }
    registry->items[registry->n_items++] = engine;
    return RCTL_OK;
}

const rctl_engine *engine_registry_find(const struct engine_registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->n_items; i++)
        if (base_str_eq(registry->items[i]->name, name))
            return registry->items[i];
    return NULL;
}

/* "0.23.0", "0.5.15.post1", "0.5.10rc0": the end of it, or NULL. */
static const char *version_end(const char *text)
{
    size_t dots = 0;

    if (!is_digit(*text))
        return NULL;
    for (;;) {
        while (is_digit(*text))
            text++;
        if (*text != '.' || !is_digit(text[1]))
            break;
        text++;
        dots++;
    }
    if (base_str_starts(text, ".post"))
        text += 5;
    else if (base_str_starts(text, "rc"))
        text += 2;
    while (is_digit(*text))
        text++;
    return dots > 0 && (*text == '\0' || *text == '-' || *text == '+' || *text == '_') ? text
                                                                                       : NULL;
}

const char *engine_image_version(const char *image, struct base_arena *arena)
{
    const char *digest = strchr(image, '@'), *name, *tag, *end;
    char *copy;

    copy = base_arena_text(arena, image, digest ? (size_t)(digest - image) : strlen(image));
    name = strrchr(copy, '/');
    tag = strchr(name ? name : copy, ':');
    if (!tag)
        return NULL;
    tag++;
    tag += *tag == 'v';
    end = version_end(tag);
    return end ? base_arena_text(arena, tag, (size_t)(end - tag)) : NULL;
}

/* The next number of a version; a release candidate stands below what has no more. */
static int64_t next_part(const char **text)
{
    int64_t value = 0;

    if (base_str_starts(*text, "rc")) {
        *text += 2;
        return -1;
    }
    while (**text == '.' || (**text >= 'a' && **text <= 'z'))
        (*text)++;
    for (; is_digit(**text) && value < INT32_MAX; (*text)++)
        value = value * 10 + (**text - '0');
    if (**text && !is_digit(**text) && **text != '.' && **text != 'r' && **text != 'p')
        *text += strlen(*text);
    return value;
}

int engine_version_compare(const char *a, const char *b)
{
    while (*a || *b) {
        int64_t x = next_part(&a), y = next_part(&b);

        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}
