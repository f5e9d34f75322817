/*
 * One value of a user against one row of the flag table. What passes here becomes an
 * argument of a process in a cluster, so it also may not look like another argument
 * or like a variable that Kubernetes would put in its place.
 */
#include "engine/settings.h"

enum { QUOTE_LENGTH = 80 };

const char *engine_quote(const char *text, struct base_arena *arena)
{
    size_t len = strlen(text);

    if (len <= QUOTE_LENGTH)
        return base_arena_format(arena, "'%s'", text);
    for (len = QUOTE_LENGTH; len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
        ; /* not within a character */
    return base_arena_format(arena, "'%.*s...'", (int)len, text);
}

static bool complain(struct engine_complaint *ret, enum diag_code code, const char *message,
                     const char *hint)
{
    *ret = (struct engine_complaint){code, message, hint};
    return false;
}

bool engine_value_safe(const char *text, struct base_arena *arena,
                       struct engine_complaint *ret_complaint)
{
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return complain(ret_complaint, DIAG_ENGINE_INJECTION,
                            base_arena_format(arena, "%s holds a control character",
                                              engine_quote(text, arena)),
                            "write the value on one line, without tabs");
    if (strstr(text, "$(") || strstr(text, "$$"))
        return complain(
            ret_complaint, DIAG_ENGINE_INJECTION,
            base_arena_format(arena, "%s holds a sequence that Kubernetes replaces",
                              engine_quote(text, arena)),
            "write the value itself in place of '$(' or '$$'");
    return true;
}

/* A value that stands alone as an argument must not start like a flag. */
static bool check_argument(const rctl_flag *flag, const char *text,
                           struct base_arena *arena, struct engine_complaint *ret)
{
    bool number = flag->type == RCTL_FLAG_INT || flag->type == RCTL_FLAG_INT_HUMAN ||
                  flag->type == RCTL_FLAG_FLOAT || flag->type == RCTL_FLAG_ENUM_INT ||
                  flag->type == RCTL_FLAG_LIST_INT || flag->type == RCTL_FLAG_LIST_FLOAT;

    if (!engine_value_safe(text, arena, ret))
        return false;
    if (text[0] == '-' && (text[1] == '-' || !number))
        return complain(ret, DIAG_ENGINE_INJECTION,
                        base_arena_format(arena, "%s looks like a flag, not like a value",
                                          engine_quote(text, arena)),
                        "give each flag as a key of its own");
    return true;
}

static const char *list_choices(const char *choices, struct base_arena *arena)
{
    struct base_buf buf;

    base_buf_init(&buf, arena, NULL);
    base_buf_puts(&buf, "use one of ");
    for (const char *c = choices; *c; c++) {
        if (*c == '|')
            base_buf_puts(&buf, ", ");
        else
            base_buf_putc(&buf, *c);
        if (buf.len > 400 && c[1] == '|') {
            base_buf_puts(&buf, ", ...");
            break;
        }
    }
    return buf.data;
}

static bool same_word(const char *a, size_t len, const char *b)
{
    for (size_t i = 0; i < len; i++) {
        char x = a[i], y = b[i];

        x = (char)(x >= 'A' && x <= 'Z' ? x + 32 : x);
        y = (char)(y >= 'A' && y <= 'Z' ? y + 32 : y);
        if (x != y)
            return false;
    }
    return b[len] == '\0';
}

static bool nearly_has_choice(const char *choices, const char *word)
{
    for (const char *from = choices; from; from = strchr(from, '|')) {
        from += *from == '|';
        if (same_word(from, strcspn(from, "|"), word))
            return true;
    }
    return false;
}

static bool check_choice(const rctl_flag *flag, const char *text, struct base_arena *arena,
                         struct engine_complaint *ret)
{
    bool advisory = flag->traits & RCTL_FLAG_ADVISORY;

    if (!flag->choices || flag->traits & RCTL_FLAG_SPELLED ||
        engine_has_choice(flag->choices, text) ||
        (advisory && nearly_has_choice(flag->choices, text)))
        return true;
    ret->code = advisory ? DIAG_ENGINE_UNKNOWN_CHOICE : DIAG_ENGINE_BAD_CHOICE;
    ret->message = base_arena_format(arena, "%s is %s here", engine_quote(text, arena),
                                     advisory ? "none of the words that are known" : "not allowed");
    ret->hint = list_choices(flag->choices, arena);
    return advisory;
}

static bool is_scalar(const struct text_node *node)
{
    return node->type != TEXT_LIST && node->type != TEXT_MAP && node->type != TEXT_NULL;
}

static bool wrong_type(const struct text_node *node, const char *wanted, struct base_arena *arena,
                       struct engine_complaint *ret)
{
    return complain(ret, DIAG_ENGINE_BAD_VALUE,
                    base_arena_format(arena, "%s is given where %s is needed",
                                      text_type_name((enum text_type)node->type), wanted),
                    NULL);
}

/* One word: a scalar flag's value, or an item of a list. */
static bool read_word(const rctl_flag *flag, const struct text_node *node,
                      struct base_arena *arena, struct engine_value *ret,
                      struct engine_complaint *ret_complaint)
{
    const char *text = is_scalar(node) ? node->u.str : NULL;

    switch (flag->type) {
    case RCTL_FLAG_INT:
    case RCTL_FLAG_INT_HUMAN:
    case RCTL_FLAG_FLOAT:
    case RCTL_FLAG_ENUM_INT:
    case RCTL_FLAG_LIST_INT:
    case RCTL_FLAG_LIST_FLOAT:
        if (!text || node->type == TEXT_BOOL)
            return wrong_type(node, "a number", arena, ret_complaint);
        return check_argument(flag, text, arena, ret_complaint) &&
               engine_read_number(flag, text, arena, ret, ret_complaint) &&
               (flag->type != RCTL_FLAG_ENUM_INT ||
                check_choice(flag, text, arena, ret_complaint));
    default:
        if (!text || node->type != TEXT_STR) {
            wrong_type(node, "a text", arena, ret_complaint);
            if (text)
                ret_complaint->hint = "put the value in quotes";
            return false;
        }
        ret->text = text;
        return check_argument(flag, text, arena, ret_complaint) &&
               check_choice(flag, text, arena, ret_complaint);
    }
}

static bool read_bool(const struct text_node *node, struct base_arena *arena,
                      struct engine_value *ret, struct engine_complaint *ret_complaint)
{
    if (node->type == TEXT_BOOL) {
        ret->text = text_bool(node) ? "true" : "false";
        return true;
    }
    if (node->type != TEXT_STR)
        return wrong_type(node, "true or false", arena, ret_complaint);
    if (strcmp(node->u.str, "true") == 0 || strcmp(node->u.str, "false") == 0) {
        ret->text = node->u.str;
        return true;
    }
    return complain(ret_complaint, DIAG_ENGINE_BAD_VALUE,
                    base_arena_format(arena, "%s is neither true nor false",
                                      engine_quote(node->u.str, arena)),
                    "write \"true\" or \"false\"");
}

static bool check_keys(const rctl_flag *flag, const struct text_node *tree,
                       struct base_arena *arena, struct engine_complaint *ret)
{
    if (!flag->choices || tree->type != TEXT_MAP)
        return true;
    for (uint32_t i = 0; i < tree->len; i++) {
        const char *key = tree->u.pairs[i].key;
        char *folded = base_arena_text(arena, key, strlen(key));

        for (char *c = folded; *c; c++)
            if (*c == '-')
                *c = '_';
        if (!engine_has_choice(flag->choices, folded))
            return complain(ret, DIAG_ENGINE_BAD_CHOICE,
                            base_arena_format(arena, "its object has no key %s",
                                              engine_quote(key, arena)),
                            list_choices(flag->choices, arena));
    }
    return true;
}

/* A value outlives the node that it was read from; what is below lives in the document. */
static const struct text_node *keep_node(const struct text_node *node, struct base_arena *arena)
{
    struct text_node *kept = base_arena_alloc(arena, sizeof(*kept));

    *kept = *node;
    return kept;
}

static bool read_json(const rctl_flag *flag, const struct text_node *node,
                      struct base_arena *arena, struct engine_value *ret,
                      struct engine_complaint *ret_complaint)
{
    bool plain = flag->type == RCTL_FLAG_JSON_OR_STRING && node->type == TEXT_STR &&
                 !strchr("{[", node->u.str[strspn(node->u.str, " \t\r\n")]);
    struct base_buf buf;

    if (plain || (is_scalar(node) && node->type != TEXT_STR)) {
        ret->text = node->u.str;
        if (node->type != TEXT_STR)
            return wrong_type(node, "a JSON object", arena, ret_complaint);
        return check_argument(flag, ret->text, arena, ret_complaint);
    }
    if (node->type == TEXT_NULL)
        return wrong_type(node, "a JSON object", arena, ret_complaint);
    ret->tree = node->type == TEXT_STR ? engine_read_json(node->u.str, arena)
                                       : keep_node(node, arena);
    if (!ret->tree)
        return complain(ret_complaint, DIAG_ENGINE_BAD_VALUE,
                        base_arena_format(arena, "%s is not a JSON object",
                                          engine_quote(node->u.str, arena)),
                        "write valid JSON, or give the object as a map");
    base_buf_init(&buf, arena, NULL);
    text_write_json(ret->tree, 0, &buf);
    ret->text = buf.data;
    return check_argument(flag, ret->text, arena, ret_complaint) &&
           check_keys(flag, ret->tree, arena, ret_complaint);
}

/* A text as the list that it stands for: words apart by blanks; JSON stays whole. */
static const struct text_node *split(const struct text_node *node, struct base_arena *arena)
{
    const char *text = node->u.str;
    struct text_node *items = base_arena_alloc(arena, (strlen(text) / 2 + 1) * sizeof(*items));
    struct text_node *list = base_arena_alloc(arena, sizeof(*list));
    size_t n = 0;

    text += strspn(text, " ");
    while (*text) {
        size_t len = *text == '{' || *text == '[' ? strlen(text) : strcspn(text, " ");

        items[n] = *node;
        items[n].len = (uint32_t)len;
        items[n++].u.str = base_arena_text(arena, text, len);
        text += len;
        text += strspn(text, " ");
    }
    *list = (struct text_node){.type = TEXT_LIST, .len = (uint32_t)n, .mark = node->mark};
    list->u.items = items;
    return list;
}

static bool read_list(const rctl_flag *flag, const struct text_node *node,
                      struct base_arena *arena, struct engine_value *ret,
                      struct engine_complaint *ret_complaint)
{
    struct base_buf joined;
    const char **items;

    if (node->type == TEXT_STR)
        node = split(node, arena);
    if (node->type != TEXT_LIST) {
        /* A single number is a list of one. */
        struct text_node *list = base_arena_alloc(arena, sizeof(*list));

        *list = (struct text_node){.type = TEXT_LIST, .len = 1, .mark = node->mark};
        list->u.items = node;
        node = list;
    }
    if (node->len == 0)
        return complain(ret_complaint, DIAG_ENGINE_BAD_VALUE, "the list is empty",
                        "give at least one value, or remove the key");
    items = base_arena_alloc(arena, node->len * sizeof(*items));
    base_buf_init(&joined, arena, NULL);
    for (uint32_t i = 0; i < node->len; i++) {
        struct engine_value word = {0};

        if (!read_word(flag, &node->u.items[i], arena, &word, ret_complaint))
            return false;
        items[i] = word.text;
        if (i > 0)
            base_buf_putc(&joined, ' ');
        base_buf_puts(&joined, word.text);
    }
    ret->text = joined.data;
    ret->items = items;
    ret->n_items = node->len;
    return true;
}

static bool is_unset(const rctl_flag *flag, const struct text_node *node)
{
    return flag->traits & RCTL_FLAG_OPTIONAL && node->type == TEXT_STR &&
           (node->len == 0 || strcmp(node->u.str, "None") == 0);
}

bool engine_value_read(const rctl_flag *flag, const struct text_node *node,
                       struct base_arena *arena, struct engine_value *ret,
                       struct engine_complaint *ret_complaint)
{
    *ret = (struct engine_value){0};
    *ret_complaint = (struct engine_complaint){DIAG_ENGINE_BAD_VALUE, NULL, NULL};
    if (node->type == TEXT_NULL)
        return complain(ret_complaint, DIAG_ENGINE_BAD_VALUE, "the value is empty",
                        "give a value, or remove the key");
    if (node->type != TEXT_LIST && node->type != TEXT_MAP && strlen(node->u.str) != node->len)
        return complain(ret_complaint, DIAG_ENGINE_INJECTION, "the value holds a NUL character",
                        "remove the character");
    if (is_unset(flag, node)) {
        ret->unset = true;
        return true;
    }
    switch (flag->type) {
    case RCTL_FLAG_BOOL:
    case RCTL_FLAG_SWITCH:
        return read_bool(node, arena, ret, ret_complaint);
    case RCTL_FLAG_JSON:
    case RCTL_FLAG_JSON_OR_STRING:
        return read_json(flag, node, arena, ret, ret_complaint);
    case RCTL_FLAG_LIST_STRING:
    case RCTL_FLAG_LIST_INT:
    case RCTL_FLAG_LIST_FLOAT:
    case RCTL_FLAG_LIST_ENUM:
        return read_list(flag, node, arena, ret, ret_complaint);
    default:
        return read_word(flag, node, arena, ret, ret_complaint);
    }
}
