/*
 * engineArgs: words for the engine as a user would type them. They are passed on as
 * they are, but every flag in them meets the same table as a key of engineConfig.
 */
#include "engine/settings.h"

struct cursor {
    const struct engine_check *check;
    const char *const *words;
    const struct engine_place *places;
    size_t n, i;
};

static bool is_flag(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !(word[1] >= '0' && word[1] <= '9') &&
           word[1] != '.';
}

static void refuse(const struct cursor *cursor, size_t i, const char *hint, const char *format,
                   const char *what)
{
    engine_complain(cursor->check, &cursor->places[i],
                    &(struct engine_complaint){
                        DIAG_ENGINE_BAD_ARGUMENT,
                        base_arena_format(cursor->check->arena, format, what), hint});
}

static bool takes_no_value(const struct engine_name *name)
{
    return !name->part &&
           (name->flag->type == RCTL_FLAG_BOOL || name->flag->type == RCTL_FLAG_SWITCH);
}

static bool is_list(const struct engine_name *name)
{
    return !name->part &&
           (name->flag->type == RCTL_FLAG_LIST_STRING || name->flag->type == RCTL_FLAG_LIST_INT ||
            name->flag->type == RCTL_FLAG_LIST_FLOAT || name->flag->type == RCTL_FLAG_LIST_ENUM);
}

static struct text_node text_of(const char *word)
{
    return (struct text_node){.type = TEXT_STR, .len = (uint32_t)strlen(word), .u.str = word};
}

/* The value of the flag at hand as a node; moves past the words that it takes. */
static bool read_node(struct cursor *cursor, const struct engine_name *name, const char *inlined,
                      struct text_node *ret)
{
    size_t first = cursor->i + 1, last = first;
    /* Nobody knows any more how many values a removed flag took. */
    bool unknown = name->flag->type == RCTL_FLAG_REMOVED, many = unknown || is_list(name);
    struct text_node *items;

    if (takes_no_value(name)) {
        *ret = text_of(name->negated ? "false" : "true");
        if (inlined)
            refuse(cursor, cursor->i, "remove the part after '='", "%s takes no value",
                   engine_quote(cursor->words[cursor->i], cursor->check->arena));
        return !inlined;
    }
    if (inlined) {
        *ret = text_of(inlined);
        return true;
    }
    while (last < cursor->n && !is_flag(cursor->words[last]) && (last == first || many))
        last++;
    if (last == first && !unknown) {
        refuse(cursor, cursor->i, "give its value as the next item, or after '='",
               "%s needs a value", engine_quote(cursor->words[cursor->i], cursor->check->arena));
        return false;
    }
    cursor->i = last - 1;
    *ret = text_of(last == first ? "true" : cursor->words[first]);
    if (!many || unknown)
        return true;
    items = base_arena_alloc(cursor->check->arena, (last - first) * sizeof(*items));
    for (size_t i = first; i < last; i++)
        items[i - first] = text_of(cursor->words[i]);
    *ret = (struct text_node){.type = TEXT_LIST, .len = (uint32_t)(last - first)};
    ret->u.items = items;
    return true;
}

static void take_flag(struct cursor *cursor, const struct engine_name *name, const char *inlined)
{
    const struct engine_check *check = cursor->check;
    const struct engine_place *place = &cursor->places[cursor->i];
    struct engine_setting setting = {.flag = name->flag,
                                     .part = name->part,
                                     .origin = ENGINE_FROM_ARGS,
                                     .key = cursor->words[cursor->i],
                                     .path = place->path,
                                     .mark = place->mark,
                                     .why = place->path};
    bool open = engine_judge_flag(check, place, name->flag, setting.key);
    struct engine_complaint complaint;
    struct text_node node;

    if (!read_node(cursor, name, inlined, &node) || !open)
        return;
    if (name->part || name->flag->type == RCTL_FLAG_REMOVED) {
        setting.value.text = node.u.str;
    } else {
        bool usable =
            engine_value_read(name->flag, &node, check->arena, &setting.value, &complaint);

        if (complaint.message)
            engine_complain(check, place, &complaint);
        if (!usable)
            return;
    }
    engine_add_setting(check, &setting);
}

static void take_unknown(struct cursor *cursor, const char *bare)
{
    const struct engine_input *input = cursor->check->input;
    struct engine_complaint complaint =
        engine_unknown_name(input->engine, bare, cursor->check->arena);

    if (input->job->version &&
        engine_version_compare(input->job->version, input->engine->version) > 0)
        complaint.code = DIAG_ENGINE_UNJUDGED_KEY;
    engine_complain(cursor->check, &cursor->places[cursor->i], &complaint);
    while (cursor->i + 1 < cursor->n && !is_flag(cursor->words[cursor->i + 1]))
        cursor->i++;
}

static void take_word(struct cursor *cursor)
{
    struct base_arena *arena = cursor->check->arena;
    const rctl_engine *engine = cursor->check->input->engine;
    const char *word = cursor->words[cursor->i], *equals = strchr(word, '='), *bare;
    struct engine_name name = {NULL, NULL, false};

    if (!is_flag(word) || strcmp(word, "--") == 0) {
        refuse(cursor, cursor->i, "start with a flag, such as \"--max-num-seqs\"",
               "%s belongs to no flag", engine_quote(word, arena));
        return;
    }
    bare = base_arena_text(arena, word, equals ? (size_t)(equals - word) : strlen(word));
    if (word[1] == '-')
        name = engine_find_name(engine, bare + 2, arena);
    else
        name.flag = engine_find_flag(engine, bare);
    if (name.flag)
        take_flag(cursor, &name, equals ? equals + 1 : NULL);
    else
        take_unknown(cursor, bare);
}

/* The list as words; what is no text, or harmful, is told and left out. */
static void read_words(const struct engine_check *check, struct cursor *cursor,
                       const char **words, struct engine_place *places)
{
    const struct engine_input *input = check->input;

    for (uint32_t i = 0; i < input->args->len; i++) {
        const struct text_node *item = &input->args->u.items[i];
        struct text_path path = {input->args_path, NULL, i};
        struct engine_place place = {
            item->mark.line ? (struct diag_mark){input->file, item->mark.line, item->mark.column}
                            : input->mark,
            text_path_print(&path, check->arena)};
        struct engine_complaint complaint;

        if (item->type != TEXT_STR || strlen(item->u.str) != item->len) {
            complaint = (struct engine_complaint){DIAG_ENGINE_BAD_ARGUMENT,
                                                  "an argument is not a text",
                                                  "put the argument in quotes"};
            engine_complain(check, &place, &complaint);
        } else if (!engine_value_safe(item->u.str, check->arena, &complaint)) {
            engine_complain(check, &place, &complaint);
        } else {
            places[cursor->n] = place;
            words[cursor->n++] = item->u.str;
        }
    }
}

const struct engine_word *engine_take_args(const struct engine_check *check, size_t *ret_n)
{
    const struct text_node *args = check->input->args;
    struct cursor cursor = {check, NULL, NULL, 0, 0};
    struct engine_word *ret;
    struct engine_place *places;
    const char **words;

    *ret_n = 0;
    if (!args || args->type != TEXT_LIST || args->len == 0)
        return NULL;
    words = base_arena_alloc(check->arena, args->len * sizeof(*words));
    places = base_arena_alloc(check->arena, args->len * sizeof(*places));
    cursor.words = words;
    cursor.places = places;
    read_words(check, &cursor, words, places);
    for (; cursor.i < cursor.n; cursor.i++)
        take_word(&cursor);
    ret = base_arena_alloc(check->arena, args->len * sizeof(*ret));
    for (size_t i = 0; i < cursor.n; i++)
        ret[i] = (struct engine_word){words[i], places[i].path};
    *ret_n = cursor.n;
    return ret;
}
