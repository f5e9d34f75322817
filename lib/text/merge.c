/*
 * The merge key "<<". Its pairs join the map when the map closes, behind its own.
 * kubectl lets a merge override keys that stand before it and YAML does not, so
 * that order is refused.
 */
#include "text/read.h"

static bool is_before(struct text_mark a, struct text_mark b)
{
    return a.line < b.line || (a.line == b.line && a.column < b.column);
}

static size_t count_sources(const struct text_node *value)
{
    return value->type == TEXT_LIST ? value->len : 1;
}

static const struct text_node *source(const struct text_node *value, size_t i)
{
    return value->type == TEXT_LIST ? &value->u.items[i] : value;
}

static bool check_sources(const struct text_reader *reader, const struct text_pair *merge)
{
    for (size_t i = 0; i < count_sources(&merge->value); i++) {
        const struct text_node *map = source(&merge->value, i);

        if (map->type == TEXT_MAP)
            continue;
        diag_add(reader->diags, DIAG_TEXT_BAD_MERGE, text_at(reader, map->mark), NULL, NULL,
                 "merge a map or a list of maps, or put the key '<<' in quotes",
                 "%s cannot be merged with '<<'", text_type_name(map->type));
        return false;
    }
    return true;
}

/* Asked before anything is merged, so all that the map has is its own. */
static bool check_order(const struct text_reader *reader, const struct text_builder *builder,
                        const struct text_pair *merge, const struct text_node *map)
{
    for (size_t i = 0; i < map->len; i++) {
        const struct text_pair *pair = &map->u.pairs[i];
        const struct text_pair *own = text_build_has(builder, pair->key, pair->key_len);
        struct diag_entry *entry;

        if (!own || !is_before(own->mark, merge->mark))
            continue;
        entry = diag_add(reader->diags, DIAG_TEXT_MERGE_ORDER, text_at(reader, merge->mark), NULL,
                         NULL, "put '<<' before the map's other keys",
                         "the merge also has '%s', which is given before it",
                         text_quote(reader, pair->key, pair->key_len));
        diag_related(reader->diags, entry, text_at(reader, own->mark), "given here");
        return false;
    }
    return true;
}

static void add_pairs(struct text_builder *builder, const struct text_node *map)
{
    for (size_t i = 0; i < map->len; i++) {
        const struct text_pair *pair = &map->u.pairs[i];

        if (text_build_has(builder, pair->key, pair->key_len))
            continue;
        text_build_key(builder, pair->key, pair->key_len, pair->mark, /* copy= */ false);
        text_build_node(builder, &pair->value);
    }
}

void text_merge(const struct text_reader *reader, struct text_builder *builder, uint32_t at)
{
    struct text_pair merge = text_build_take(builder, at);

    if (!check_sources(reader, &merge))
        return;
    for (size_t i = 0; i < count_sources(&merge.value); i++)
        if (!check_order(reader, builder, &merge, source(&merge.value, i)))
            break;
    for (size_t i = 0; i < count_sources(&merge.value); i++)
        add_pairs(builder, source(&merge.value, i));
}
