/*
 * Rows of a flag table by name. Engines read names with more freedom than a table
 * lists them: other names, a negative form, parts of a JSON flag, underscores; what
 * none of these explains gets the nearest name as a hint.
 */
#include "engine/settings.h"

static const rctl_flag *find_row(const rctl_engine *engine, const char *name)
{
    size_t low = 0, high = engine->n_flags;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, engine->flags[middle].name);

        if (order == 0)
            return &engine->flags[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const rctl_flag *engine_find_flag(const rctl_engine *engine, const char *name)
{
    const rctl_flag *row = find_row(engine, name);

    return row && row->alias_of ? find_row(engine, row->alias_of) : row;
}

const char *engine_flag_name(const rctl_engine *engine, const char *name)
{
    const rctl_flag *row = engine_find_flag(engine, name);

    return row ? row->name : name;
}

/* With dashes for underscores, up to the first dot. */
static char *with_dashes(const char *spelling, struct base_arena *arena)
{
    char *copy = base_arena_text(arena, spelling, strlen(spelling));

    for (char *c = copy; *c && *c != '.'; c++)
        if (*c == '_')
            *c = '-';
    return copy;
}

struct engine_name engine_find_name(const rctl_engine *engine, const char *spelling,
                                    struct base_arena *arena)
{
    struct engine_name name = {engine_find_flag(engine, spelling), NULL, false};
    const char *dot;
    char *copy;

    if (name.flag)
        return name;
    copy = engine->underscores ? with_dashes(spelling, arena)
                               : base_arena_text(arena, spelling, strlen(spelling));
    name.flag = engine_find_flag(engine, copy);
    if (!name.flag && base_str_starts(copy, "no-")) {
        name.flag = engine_find_flag(engine, copy + 3);
        name.negated = name.flag && name.flag->type == RCTL_FLAG_BOOL;
        if (!name.negated)
            name.flag = NULL;
    }
    dot = strchr(copy, '.');
    if (!name.flag && dot && dot[1] != '\0') {
        copy[dot - copy] = '\0';
        name.flag = engine_find_flag(engine, copy);
        if (name.flag && name.flag->traits & RCTL_FLAG_DOTTED)
            name.part = dot + 1;
        else
            name.flag = NULL;
    }
    return name;
}

static const char *candidate(const void *ctx, size_t i)
{
    const rctl_engine *engine = ctx;

    return i < engine->n_flags ? engine->flags[i].name : engine->neutral[i - engine->n_flags].key;
}

/* The only flag that starts with `text`, or NULL. */
static const rctl_flag *only_longer(const rctl_engine *engine, const char *text)
{
    const rctl_flag *found = NULL;

    for (size_t i = 0; i < engine->n_flags; i++) {
        const rctl_flag *flag = &engine->flags[i];

        if (flag->type == RCTL_FLAG_REMOVED || !base_str_starts(flag->name, text))
            continue;
        if (flag->alias_of)
            flag = engine_find_flag(engine, flag->name);
        if (found && found != flag)
            return NULL;
        found = flag;
    }
    return found;
}

static const char *nearest(const rctl_engine *engine, const char *text)
{
    const char *near = base_suggest(text, candidate, engine, engine->n_flags + engine->n_neutral);
    const rctl_flag *flag = near ? engine_find_flag(engine, near) : NULL;

    if (flag && flag->type == RCTL_FLAG_REMOVED)
        return NULL;
    return flag && near[0] == '-' ? flag->name : near;
}

struct engine_complaint engine_unknown_name(const rctl_engine *engine, const char *spelling,
                                            struct base_arena *arena)
{
    struct engine_complaint complaint = {DIAG_ENGINE_UNKNOWN_KEY, NULL, NULL};
    const char *text = with_dashes(spelling + strspn(spelling, "-"), arena);
    const rctl_flag *flag = engine_find_name(engine, text, arena).flag;
    const char *other = flag ? flag->name : NULL;

    complaint.message = base_arena_format(arena, "%s has no flag %s", engine->title,
                                          engine_quote(spelling, arena));
    if (!flag) {
        flag = engine_find_flag(engine, base_arena_format(arena, "-%s", text));
        if (!flag && *text)
            flag = only_longer(engine, text);
        other = flag ? flag->name : NULL;
        if (flag)
            complaint.message = base_arena_format(arena, "%s is only short for a flag of %s",
                                                  engine_quote(spelling, arena), engine->title);
    }
    if (other)
        complaint.hint = base_arena_format(arena, "write '%s'", other);
    else if ((other = nearest(engine, text)) != NULL)
        complaint.hint = base_arena_format(arena, "did you mean '%s'?", other);
    return complaint;
}

bool engine_has_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);

    for (const char *from = choices, *end; from; from = *end ? end + 1 : NULL) {
        end = from + strcspn(from, "|");
        if ((size_t)(end - from) == len && memcmp(from, word, len) == 0)
            return true;
    }
    return false;
}

static const char *check_row(const rctl_engine *engine, size_t i)
{
    const rctl_flag *flag = &engine->flags[i], *target;

    if (!flag->name || !*flag->name)
        return "a flag has no name";
    if (i > 0 && strcmp(engine->flags[i - 1].name, flag->name) >= 0)
        return "flags are not in order of name";
    if ((unsigned)flag->type >= RCTL_FLAG_TYPE__COUNT)
        return "a flag has an unknown type";
    if (!flag->alias_of)
        return NULL;
    target = find_row(engine, flag->alias_of);
    return !target || target->alias_of ? "another name leads to no flag" : NULL;
}

const char *engine_check_table(const rctl_engine *engine)
{
    const char *fault = NULL;

    for (size_t i = 0; i < engine->n_flags && !fault; i++)
        fault = check_row(engine, i);
    for (size_t i = 0; i < engine->n_neutral && !fault; i++)
        if (!engine->neutral[i].key || !engine_find_flag(engine, engine->neutral[i].flag))
            fault = "a neutral key leads to no flag";
    return fault;
}
