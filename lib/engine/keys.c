/*
 * The keys of engineConfig and of a role's overlay: neutral keys become the flags
 * of this engine, each flag is judged (known? open to users? there in this
 * version?), and each value is read by its row.
 */
#include "engine/settings.h"

struct diag_entry *engine_complain(const struct engine_check *check,
                                   const struct engine_place *place,
                                   const struct engine_complaint *complaint)
{
    enum diag_code code = check->input->of_router ? DIAG_ROUTER_BAD_ARGUMENT : complaint->code;

    return diag_add_as(check->diags, diag_code_severity(complaint->code), code, place->mark,
                       check->input->object, place->path, complaint->hint, "%s",
                       complaint->message);
}

static bool refuse(const struct engine_check *check, const struct engine_place *place,
                   enum diag_code code, const char *hint, const char *message)
{
    engine_complain(check, place, &(struct engine_complaint){code, message, hint});
    return false;
}

static bool has_version(const struct engine_check *check, const rctl_flag *flag)
{
    const char *version = check->input->job->version;

    if (flag->type == RCTL_FLAG_REMOVED || flag->until)
        return version && flag->until && engine_version_compare(version, flag->until) <= 0;
    return !version || !flag->since || engine_version_compare(version, flag->since) >= 0;
}

static bool judge_version(const struct engine_check *check, const struct engine_place *place,
                          const rctl_flag *flag, const char *key)
{
    const char *title = check->input->engine->title;
    struct base_arena *arena = check->arena;

    if (has_version(check, flag))
        return true;
    if (flag->type == RCTL_FLAG_REMOVED || flag->until)
        return refuse(check, place, DIAG_ENGINE_REMOVED_KEY,
                      flag->instead ? base_arena_format(arena, "use %s", flag->instead)
                      : flag->note  ? base_arena_format(arena, "remove it: %s", flag->note)
                                    : "remove it; nothing took its place",
                      base_arena_format(arena, "%s was last known to %s %s",
                                        engine_quote(key, arena), title,
                                        flag->until ? flag->until : "of long ago"));
    return refuse(check, place, DIAG_ENGINE_NOT_YET_KEY,
                  base_arena_format(arena, "use an image of %s %s or later, or remove the flag",
                                    title, flag->since),
                  base_arena_format(arena, "%s needs %s %s, and the image holds %s",
                                    engine_quote(key, arena), title, flag->since,
                                    check->input->job->version));
}

static bool is_allowed(const struct engine_input *input, const rctl_flag *flag,
                       const char *key)
{
    const struct text_node *list = input->unsafe;

    for (uint32_t i = 0; list && list->type == TEXT_LIST && i < list->len; i++) {
        const struct text_node *item = &list->u.items[i];

        if (item->type == TEXT_STR &&
            (strcmp(item->u.str, flag->name) == 0 || strcmp(item->u.str, key) == 0))
            return true;
    }
    return false;
}

bool engine_judge_flag(const struct engine_check *check, const struct engine_place *place,
                       const rctl_flag *flag, const char *key)
{
    struct base_arena *arena = check->arena;
    const char *quoted = engine_quote(key, arena), *instead = flag->instead;

    if (flag->traits & RCTL_FLAG_OURS)
        return refuse(check, place, DIAG_ENGINE_OUR_KEY,
                      instead ? base_arena_format(arena, "use %s", instead) : "remove it",
                      flag->note ? base_arena_format(arena, "%s is not open to users: %s", quoted,
                                                     flag->note)
                                 : base_arena_format(arena, "%s is set from other fields", quoted));
    if (flag->traits & RCTL_FLAG_UNSAFE && !is_allowed(check->input, flag, key))
        return refuse(check, place, DIAG_ENGINE_UNSAFE_KEY,
                      base_arena_format(arena, "%s%sadd '%s' to allowUnsafeFlags if it is meant",
                                        instead ? base_arena_format(arena, "use %s", instead) : "",
                                        instead ? ", or " : "", flag->name),
                      base_arena_format(arena, "%s %s", quoted,
                                        flag->note ? flag->note : "is unsafe"));
    if (!judge_version(check, place, flag, key))
        return false;
    if (flag->traits & RCTL_FLAG_DEPRECATED)
        refuse(check, place, DIAG_ENGINE_DEPRECATED_KEY,
               instead ? base_arena_format(arena, "use %s", instead) : "remove it",
               base_arena_format(arena, "%s is deprecated", quoted));
    return true;
}

/* A flag without a usable row (of another version): its type is guessed from the value. */
static const rctl_flag *guess_row(const struct engine_check *check, const char *name,
                                         struct text_node *node)
{
    rctl_flag *flag = base_arena_zalloc(check->arena, sizeof(*flag));
    bool word = node->type == TEXT_STR;

    flag->name = name;
    if (node->type == TEXT_BOOL ||
        (word && (strcmp(node->u.str, "true") == 0 || strcmp(node->u.str, "false") == 0)))
        flag->type = RCTL_FLAG_SWITCH;
    else if (node->type == TEXT_LIST)
        flag->type = RCTL_FLAG_LIST_STRING;
    else if (node->type == TEXT_MAP)
        flag->type = RCTL_FLAG_JSON;
    else if (node->type == TEXT_INT || node->type == TEXT_FLOAT)
        node->type = TEXT_STR;
    return flag;
}

struct key {
    const struct engine_check *check;
    size_t source;
    const struct text_pair *pair;
    struct engine_place place;       /* of the key */
    struct engine_place value_place; /* of the value */
};

static void take_value(const struct key *key, const rctl_flag *flag, const char *part,
                       const struct text_node *node, const rctl_engine_neutral *neutral)
{
    const struct engine_check *check = key->check;
    struct engine_complaint complaint;
    struct engine_setting setting = {
        .flag = flag,
        .part = part,
        .origin = key->source == 0 ? ENGINE_FROM_CONFIG : ENGINE_FROM_OVERLAY,
        .key = key->pair->key,
        .path = key->place.path,
        .mark = key->value_place.mark,
        .why = key->place.path,
        .times_dp = neutral && neutral->times_dp,
    };
    bool usable = engine_value_read(flag, node, check->arena, &setting.value, &complaint);

    if (complaint.message)
        engine_complain(check, &key->value_place, &complaint);
    if (!usable)
        return;
    if (neutral)
        setting.why = base_arena_format(check->arena, "%s, a neutral key", setting.why);
    engine_add_setting(check, &setting);
}

/* "true" and "false" however they are spelled; NULL for what is no scalar. */
static const char *scalar_text(const struct text_node *node)
{
    if (node->type == TEXT_BOOL)
        return text_bool(node) ? "true" : "false";
    return node->type == TEXT_LIST || node->type == TEXT_MAP ? NULL : node->u.str;
}

static void take_neutral_row(const struct key *key, const rctl_engine_neutral *row)
{
    const struct engine_check *check = key->check;
    const rctl_flag *flag = engine_find_flag(check->input->engine, row->flag);
    struct text_node node = key->pair->value;

    if (!has_version(check, flag)) {
        judge_version(check, &key->place, flag, flag->name);
        return;
    }
    if (row->value)
        node = (struct text_node){.type = TEXT_STR,
                                  .len = (uint32_t)strlen(row->value),
                                  .mark = node.mark,
                                  .u.str = row->value};
    if (row->note)
        refuse(check, &key->place, DIAG_ENGINE_NEUTRAL_DIFFERS, NULL,
               base_arena_format(check->arena, "becomes '%s' of %s: %s", flag->name,
                                 check->input->engine->title, row->note));
    take_value(key, flag, NULL, &node, row);
}

/* Returns false when the key is not a neutral one. */
static bool take_neutral(const struct key *key)
{
    const rctl_engine *engine = key->check->input->engine;
    const char *text = scalar_text(&key->pair->value);
    bool known = false, taken = false;

    for (size_t i = 0; i < engine->n_neutral; i++) {
        const rctl_engine_neutral *row = &engine->neutral[i];

        if (strcmp(row->key, key->pair->key) != 0)
            continue;
        known = true;
        if (row->when && !base_str_eq(row->when, text))
            continue;
        taken = true;
        take_neutral_row(key, row);
    }
    if (known && !taken)
        refuse(key->check, &key->value_place, DIAG_ENGINE_BAD_VALUE,
               "write \"true\" or \"false\"",
               base_arena_format(key->check->arena, "%s is neither true nor false",
                                 text ? engine_quote(text, key->check->arena) : "the value"));
    return known;
}

static void take_unknown(const struct key *key)
{
    const struct engine_input *input = key->check->input;
    struct engine_complaint complaint =
        engine_unknown_name(input->engine, key->pair->key, key->check->arena);
    struct text_node node = key->pair->value;

    if (input->job->version && engine_value_safe(key->pair->key, key->check->arena, &complaint) &&
        engine_version_compare(input->job->version, input->engine->version) > 0 &&
        key->pair->key[0] != '-' && !strpbrk(key->pair->key, " =")) {
        complaint.code = DIAG_ENGINE_UNJUDGED_KEY;
        complaint.message = base_arena_format(
            key->check->arena, "%s is not known up to %s %s, and the image holds %s",
            engine_quote(key->pair->key, key->check->arena), input->engine->title,
            input->engine->version, input->job->version);
        take_value(key, guess_row(key->check, key->pair->key, &node), NULL, &node, NULL);
    }
    engine_complain(key->check, &key->place, &complaint);
}

static void take_part(const struct key *key, const struct engine_name *name)
{
    struct text_node node = key->pair->value;
    rctl_flag *row = base_arena_zalloc(key->check->arena, sizeof(*row));

    *row = *name->flag;
    row->type = node.type == TEXT_MAP || node.type == TEXT_LIST ? RCTL_FLAG_JSON : RCTL_FLAG_STRING;
    row->choices = NULL;
    row->traits = 0;
    if (node.type != TEXT_MAP && node.type != TEXT_LIST && node.type != TEXT_NULL) {
        node.u.str = scalar_text(&node);
        node.len = (uint32_t)strlen(node.u.str);
        node.type = TEXT_STR;
    }
    take_value(key, row, name->part, &node, NULL);
}

static void take_flag(const struct key *key, const struct engine_name *name)
{
    const struct engine_check *check = key->check;
    struct text_node node = key->pair->value;
    const rctl_flag *flag = name->flag;

    if (!engine_judge_flag(check, &key->place, flag, key->pair->key))
        return;
    if (name->negated) {
        refuse(check, &key->place, DIAG_ENGINE_UNKNOWN_KEY,
               base_arena_format(check->arena, "write '%s' with the value \"false\"", flag->name),
               base_arena_format(check->arena, "%s is the negative form of a flag",
                                 engine_quote(key->pair->key, check->arena)));
        return;
    }
    if (name->part) {
        take_part(key, name);
        return;
    }
    if (flag->type == RCTL_FLAG_REMOVED)
        flag = guess_row(check, flag->name, &node);
    take_value(key, flag, NULL, &node, NULL);
}

static struct diag_mark mark_at(const struct engine_input *input, struct text_mark mark)
{
    return mark.line ? (struct diag_mark){input->file, mark.line, mark.column} : input->mark;
}

void engine_take_keys(const struct engine_check *check, size_t source)
{
    const struct engine_input *input = check->input;
    const struct text_node *config = input->sources[source].config;

    for (uint32_t i = 0; config && config->type == TEXT_MAP && i < config->len; i++) {
        const struct text_pair *pair = &config->u.pairs[i];
        struct text_path path = {input->sources[source].path, pair->key, 0};
        struct key key = {check, source, pair, {mark_at(input, pair->mark), NULL}, {{0}, NULL}};
        struct engine_name name;

        key.place.path = text_path_print(&path, check->arena);
        key.value_place = (struct engine_place){
            mark_at(input, pair->value.mark.line ? pair->value.mark : pair->mark),
            key.place.path};
        if (take_neutral(&key))
            continue;
        name = engine_find_name(input->engine, pair->key, check->arena);
        if (name.flag)
            take_flag(&key, &name);
        else
            take_unknown(&key);
    }
}
