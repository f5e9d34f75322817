/*
 * JSON given as text. Engines read it strictly, our own reader takes YAML as well,
 * so the syntax is checked here before the reader makes a tree of it.
 */
#include "engine/settings.h"

enum { DEEPEST = 32 };

struct scan {
    const char *at;
    unsigned depth;
};

static bool scan_value(struct scan *scan);

static void skip_blanks(struct scan *scan)
{
    scan->at += strspn(scan->at, " \t\r\n");
}

static bool take(struct scan *scan, char c)
{
    skip_blanks(scan);
    if (*scan->at != c)
        return false;
    scan->at++;
    return true;
}

static bool scan_string(struct scan *scan)
{
    if (!take(scan, '"'))
        return false;
    for (; *scan->at != '"'; scan->at++) {
        if ((unsigned char)*scan->at < 0x20)
            return false;
        if (*scan->at != '\\')
            continue;
        scan->at++;
        if (*scan->at == 'u') {
            if (strspn(scan->at + 1, "0123456789abcdefABCDEF") < 4)
                return false;
        } else if (*scan->at == '\0' || !strchr("\"\\/bfnrt", *scan->at)) {
            return false;
        }
    }
    scan->at++;
    return true;
}

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

static bool scan_number(struct scan *scan)
{
    const char *at = scan->at + (*scan->at == '-');
    size_t n = digits_at(at);

    if (n == 0 || (*at == '0' && n > 1))
        return false;
    at += n;
    if (*at == '.') {
        n = digits_at(++at);
        if (n == 0)
            return false;
        at += n;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        n = digits_at(at);
        if (n == 0)
            return false;
        at += n;
    }
    scan->at = at;
    return true;
}

static bool scan_members(struct scan *scan, char end)
{
    if (scan->depth == DEEPEST)
        return false;
    scan->depth++;
    if (!take(scan, end)) {
        do {
            if (end == '}' && (!scan_string(scan) || !take(scan, ':')))
                return false;
            if (!scan_value(scan))
                return false;
        } while (take(scan, ','));
        if (!take(scan, end))
            return false;
    }
    scan->depth--;
    return true;
}

static bool scan_value(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};

    if (take(scan, '{'))
        return scan_members(scan, '}');
    if (take(scan, '['))
        return scan_members(scan, ']');
    if (*scan->at == '"')
        return scan_string(scan);
    for (size_t i = 0; i < BASE_COUNT(words); i++)
        if (base_str_starts(scan->at, words[i])) {
            scan->at += strlen(words[i]);
            return true;
        }
    return scan_number(scan);
}

static void keep_root(void *ctx, const struct text_doc *doc)
{
    *(const struct text_node **)ctx = doc->root;
}

const struct text_node *engine_read_json(const char *text, struct base_arena *arena)
{
    const struct text_node *root = NULL;
    struct scan scan = {text, 0};
    struct rctl_diags faults;
    struct text_reader reader = {.arena = arena,
                                 .limits = &text_limits_default,
                                 .diags = &faults,
                                 .file = DIAG_NO_FILE,
                                 .each = keep_root,
                                 .ctx = &root};

    skip_blanks(&scan);
    if ((*scan.at != '{' && *scan.at != '[') || !scan_value(&scan))
        return NULL;
    skip_blanks(&scan);
    if (*scan.at != '\0')
        return NULL;
    diag_init(&faults, arena, 1);
    reader.keys = text_interner_new(arena);
    text_read(&reader, text, strlen(text));
    return faults.totals[RCTL_SEVERITY_ERROR] ? NULL : root;
}
