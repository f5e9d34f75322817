/*
 * Canonical JSON: keys in the order of the tree, one way to write each value.
 * The tree holds no cycles and no more levels than the reader allows.
 */
#include "text/text.h"

struct json {
    struct base_buf *out;
    unsigned indent; /* 0: all on one line */
};

static void write_value(const struct json *json, const struct text_node *node, unsigned level);

static void new_line(const struct json *json, unsigned level)
{
    if (json->indent == 0)
        return;
    base_buf_putc(json->out, '\n');
    base_buf_fill(json->out, ' ', (size_t)json->indent * level);
}

static void write_list(const struct json *json, const struct text_node *list, unsigned level)
{
    base_buf_putc(json->out, '[');
    for (size_t i = 0; i < list->len; i++) {
        if (i)
            base_buf_putc(json->out, ',');
        new_line(json, level + 1);
        write_value(json, &list->u.items[i], level + 1);
    }
    if (list->len)
        new_line(json, level);
    base_buf_putc(json->out, ']');
}

static void write_map(const struct json *json, const struct text_node *map, unsigned level)
{
    base_buf_putc(json->out, '{');
    for (size_t i = 0; i < map->len; i++) {
        const struct text_pair *pair = &map->u.pairs[i];

        if (i)
            base_buf_putc(json->out, ',');
        new_line(json, level + 1);
        base_buf_json(json->out, pair->key, pair->key_len);
        base_buf_puts(json->out, json->indent ? ": " : ":");
        write_value(json, &pair->value, level + 1);
    }
    if (map->len)
        new_line(json, level);
    base_buf_putc(json->out, '}');
}

static void write_value(const struct json *json, const struct text_node *node, unsigned level)
{
    if (node->type == TEXT_LIST)
        write_list(json, node, level);
    else if (node->type == TEXT_MAP)
        write_map(json, node, level);
    else
        text_scalar_json(node, json->out);
}

void text_write_json(const struct text_node *node, unsigned indent, struct base_buf *out)
{
    struct json json = {out, indent};

    write_value(&json, node, 0);
    if (indent)
        base_buf_putc(out, '\n');
}
