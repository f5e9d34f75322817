/*
 * The type of a scalar, from its tag and style. Tags follow kubectl: the core
 * ones are honoured and must fit, and any other one turns its scalar into a string.
 */
#include "text/read.h"

static const char core[] = "tag:yaml.org,2002:";

/* The word of a core tag ("int"), or NULL. */
static const char *core_word(const char *tag)
{
    return base_str_starts(tag, core) ? tag + sizeof(core) - 1 : NULL;
}

static void warn_unknown(const struct text_reader *reader, const char *tag, struct text_mark mark)
{
    diag_add(reader->diags, DIAG_TEXT_UNKNOWN_TAG, text_at(reader, mark), NULL, NULL,
             "remove the tag", "the tag '%s' means nothing here",
             text_quote(reader, tag, strlen(tag)));
}

/* ---- base64 ---- */

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes within `out`, which has room for `len`; false when it is no base64. */
static bool decode_base64(const char *text, size_t len, char *out, size_t *ret_len)
{
    unsigned bits = 0, n_bits = 0;
    size_t n = 0, digits = 0, padding = 0;

    for (size_t i = 0; i < len; i++) {
        int value = sextet(text[i]);

        if (text[i] == '\r' || text[i] == '\n')
            continue;
        if (text[i] == '=') {
            padding++;
            continue;
        }
        if (value < 0 || padding)
            return false;
        digits++;
        bits = (bits << 6 | (unsigned)value) & 0xffffffu;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out[n++] = (char)(bits >> n_bits & 0xff);
        }
    }
    *ret_len = n;
    return (digits + padding) % 4 == 0 && padding < 3;
}

static bool is_utf8(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t size = text_char_size(text + i, len - i);

        if (size == 0 || text[i] == '\0')
            return false;
        i += size;
    }
    return true;
}

static void resolve_binary(const struct text_reader *reader, const struct text_scalar *scalar,
                           struct text_node *node)
{
    char *out = base_arena_alloc(reader->arena, scalar->len + 1);
    const char *fault = NULL;
    size_t len = 0;

    if (!decode_base64(scalar->text, scalar->len, out, &len))
        fault = "the !!binary value is not base64";
    else if (!is_utf8(out, len))
        fault = "the !!binary value does not hold UTF-8 text";
    if (fault)
        diag_add(reader->diags, DIAG_TEXT_BAD_TAG, text_at(reader, scalar->mark), NULL, NULL,
                 "write the text itself, without the tag", "%s", fault);
    node->type = TEXT_STR;
    node->style = TEXT_QUOTED;
    if (fault)
        return;
    out[len] = '\0';
    node->u.str = out;
    node->len = (uint32_t)len;
}

/* ---- core tags ---- */

static const struct {
    const char *word;
    enum text_type type;
    const char *name;
} typed[] = {{"int", TEXT_INT, "an integer"},
             {"float", TEXT_FLOAT, "a number"},
             {"bool", TEXT_BOOL, "a boolean"},
             {"null", TEXT_NULL, "null"}};

static bool fits(enum text_type found, enum text_type wanted)
{
    return found == wanted || (wanted == TEXT_FLOAT && found == TEXT_INT);
}

static void resolve_core(const struct text_reader *reader, const struct text_scalar *scalar,
                         const char *word, struct text_node *node)
{
    enum text_type found = text_plain_type(scalar->text, scalar->len);

    node->type = TEXT_STR;
    if (strcmp(word, "binary") == 0) {
        resolve_binary(reader, scalar, node);
        return;
    }
    for (size_t i = 0; i < BASE_COUNT(typed); i++) {
        if (strcmp(word, typed[i].word) != 0)
            continue;
        if (fits(found, typed[i].type))
            node->type = (uint8_t)typed[i].type;
        else
            diag_add(reader->diags, DIAG_TEXT_BAD_TAG, text_at(reader, scalar->mark), NULL, NULL,
                     "correct the value, or remove the tag", "'%s' is not %s, as its tag !!%s says",
                     text_quote(reader, scalar->text, scalar->len), typed[i].name, word);
        return;
    }
    if (strcmp(word, "str") != 0 && strcmp(word, "timestamp") != 0)
        diag_add(reader->diags, DIAG_TEXT_BAD_TAG, text_at(reader, scalar->mark), NULL, NULL,
                 "remove the tag", "the tag !!%s is not for a single value",
                 text_quote(reader, word, strlen(word)));
}

static void check_finite(const struct text_reader *reader, const struct text_scalar *scalar,
                         struct text_node *node)
{
    double value;

    if (node->type != TEXT_FLOAT || text_double(node, &value))
        return;
    diag_add(reader->diags, DIAG_TEXT_NOT_FINITE, text_at(reader, scalar->mark), NULL, NULL,
             "use a finite number, or put the text in quotes",
             "'%s' is a number that Kubernetes cannot hold",
             text_quote(reader, scalar->text, scalar->len));
    node->type = TEXT_STR;
}

/* "\0" ends the text early, so that nobody sees two different values. */
static void check_nul(const struct text_reader *reader, const struct text_scalar *scalar,
                      struct text_node *node)
{
    const char *nul = scalar->escapes ? memchr(scalar->text, '\0', scalar->len) : NULL;

    if (!nul)
        return;
    diag_add(reader->diags, DIAG_TEXT_BAD_ESCAPE, text_at(reader, scalar->mark), NULL, NULL,
             "remove the escape", "an escape stands for NUL, which no text may hold");
    node->len = (uint32_t)(nul - scalar->text);
}

struct text_node text_resolve(const struct text_reader *reader, const struct text_scalar *scalar)
{
    struct text_node node = {TEXT_STR, (uint8_t)scalar->style, (uint32_t)scalar->len, scalar->mark,
                             {scalar->text}};
    const char *word = scalar->tag ? core_word(scalar->tag) : NULL;

    check_nul(reader, scalar, &node);
    if (!scalar->tag && scalar->style == TEXT_PLAIN)
        node.type = (uint8_t)text_plain_type(scalar->text, scalar->len);
    else if (word)
        resolve_core(reader, scalar, word, &node);
    else if (scalar->tag && strcmp(scalar->tag, "!") != 0)
        warn_unknown(reader, scalar->tag, scalar->mark);
    check_finite(reader, scalar, &node);
    return node;
}

void text_check_tag(const struct text_reader *reader, const char *tag, struct text_mark mark,
                    bool map)
{
    static const char *const maps[] = {"map", "set", NULL};
    static const char *const lists[] = {"seq", "omap", "pairs", NULL};
    const char *word = core_word(tag);

    if (!word && strcmp(tag, "!") != 0)
        warn_unknown(reader, tag, mark);
    else if (word && !base_str_in(word, map ? maps : lists))
        diag_add(reader->diags, DIAG_TEXT_BAD_TAG, text_at(reader, mark), NULL, NULL,
                 "correct or remove the tag", "the tag !!%s is not for %s",
                 text_quote(reader, word, strlen(word)), map ? "a map" : "a list");
}
