/*
 * Paths into a tree as users read them: spec.args[0]["max-num-seqs"]. A walker
 * keeps the steps on its stack; text is made only when something is wrong.
 */
#include "text/text.h"

static bool is_word(const char *text, size_t len)
{
    if (len == 0 || (text[0] >= '0' && text[0] <= '9'))
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_'))
            return false;
    }
    return true;
}

static void print_step(const struct text_path *path, struct base_buf *out)
{
    size_t len;

    if (path->parent)
        print_step(path->parent, out);
    if (!path->key) {
        base_buf_format(out, "[%zu]", path->index);
        return;
    }
    len = strlen(path->key);
    if (is_word(path->key, len)) {
        if (out->len)
            base_buf_putc(out, '.');
        base_buf_add(out, path->key, len);
        return;
    }
    base_buf_putc(out, '[');
    base_buf_json(out, path->key, len);
    base_buf_putc(out, ']');
}

const char *text_path_print(const struct text_path *path, struct base_arena *arena)
{
    struct base_buf out;

    if (!path)
        return "";
    base_buf_init(&out, arena, NULL);
    print_step(path, &out);
    return out.data;
}

/* The escapes are those that base_buf_json() makes; returns the end of the quoted key. */
static const char *match_quoted(const char *path, const char *key)
{
    for (; *path && *path != '"'; path++, key++) {
        char want = *path;

        if (want == '\\') {
            path++;
            switch (*path) {
            case 'n': want = '\n'; break;
            case 'r': want = '\r'; break;
            case 't': want = '\t'; break;
            case 'u': {
                unsigned value = 0;

                for (int i = 0; i < 4; i++) {
                    char c = path[1];

                    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
                        return NULL;
                    value = value * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
                    path++;
                }
                want = (char)value;
                break;
            }
            default: want = *path;
            }
        }
        if (*key != want || want == '\0')
            return NULL;
    }
    return *path == '"' && *key == '\0' ? path + 1 : NULL;
}

static const struct text_node *find_word(const struct text_node *map, const char *path, size_t len)
{
    for (size_t i = 0; i < map->len; i++) {
        const struct text_pair *pair = &map->u.pairs[i];

        if (pair->key_len == len && memcmp(pair->key, path, len) == 0)
            return &pair->value;
    }
    return NULL;
}

static const struct text_node *find_quoted(const struct text_node *map, const char **path)
{
    for (size_t i = 0; i < map->len; i++) {
        const char *end = match_quoted(*path, map->u.pairs[i].key);

        if (end) {
            *path = end;
            return &map->u.pairs[i].value;
        }
    }
    return NULL;
}

static const struct text_node *find_index(const struct text_node *list, const char **path)
{
    size_t index = 0;
    const char *p = *path;

    if (*p < '0' || *p > '9')
        return NULL;
    for (; *p >= '0' && *p <= '9' && index <= list->len; p++)
        index = index * 10 + (size_t)(*p - '0');
    *path = p;
    return index < list->len ? &list->u.items[index] : NULL;
}

/* One [..] step; *path stands behind the bracket. */
static const struct text_node *find_bracket(const struct text_node *node, const char **path)
{
    const struct text_node *found = NULL;

    if (**path == '"' && node->type == TEXT_MAP) {
        ++*path;
        found = find_quoted(node, path);
    } else if (node->type == TEXT_LIST) {
        found = find_index(node, path);
    }
    if (!found || **path != ']')
        return NULL;
    ++*path;
    return found;
}

const struct text_node *text_path_find(const struct text_node *root, const char *path)
{
    const struct text_node *node = root;
    bool first = true;

    for (; node && *path; first = false) {
        size_t len;

        if (*path == '[') {
            path++;
            node = find_bracket(node, &path);
            continue;
        }
        if (!first && *path++ != '.')
            return NULL;
        len = strcspn(path, ".[");
        if (len == 0 || node->type != TEXT_MAP)
            return NULL;
        node = find_word(node, path, len);
        path += len;
    }
    return node;
}
