/*
 * Makes trees from a feed of events. What is still open lives in scratch arrays,
 * one for each level, which are used again and again; a closed list or map is
 * copied once, at its exact size, to the arena of the finished tree.
 */
#include "text/index.h"
#include "text/text.h"

#include <stdio.h>

/* Maps up to this size are searched one by one. */
enum { FIRST_ROOM = 8, SMALL_MAP = 24 };

struct text_frame {
    struct text_frame *below; /* towards the root, or the next spare one */
    void *children;           /* struct text_node[] or struct text_pair[] */
    size_t room;              /* bytes */
    uint32_t n, n_indexed;
    bool map, has_key;
    struct text_mark mark;
    struct text_pair next; /* the key that waits for its value */
    struct text_index index;
};

void text_build_init(struct text_builder *builder, struct base_arena *arena)
{
    *builder = (struct text_builder){.arena = arena};
    base_arena_init(&builder->scratch, arena->mem);
}

void text_build_done(struct text_builder *builder)
{
    base_arena_done(&builder->scratch);
    builder->top = builder->spare = NULL;
}

static size_t child_size(const struct text_frame *frame)
{
    return frame->map ? sizeof(struct text_pair) : sizeof(struct text_node);
}

static void grow(struct text_builder *builder, struct text_frame *frame)
{
    size_t room = frame->room ? frame->room * 2 : FIRST_ROOM * sizeof(struct text_pair);
    void *children = base_arena_alloc(&builder->scratch, room);

    if (frame->n)
        memcpy(children, frame->children, frame->n * child_size(frame));
    frame->children = children;
    frame->room = room;
}

static void add(struct text_builder *builder, const struct text_node *node)
{
    struct text_frame *frame = builder->top;

    if (!frame) {
        assert(!builder->done);
        builder->result = *node;
        builder->done = true;
        return;
    }
    if ((frame->n + (size_t)1) * child_size(frame) > frame->room)
        grow(builder, frame);
    if (frame->map) {
        assert(frame->has_key);
        frame->next.value = *node;
        ((struct text_pair *)frame->children)[frame->n++] = frame->next;
        frame->has_key = false;
    } else {
        ((struct text_node *)frame->children)[frame->n++] = *node;
    }
}

void text_build_key(struct text_builder *builder, const char *key, size_t len,
                    struct text_mark mark, bool copy)
{
    struct text_frame *frame = builder->top;

    assert(frame && frame->map && !frame->has_key);
    frame->next.key = copy ? base_arena_text(builder->arena, key, len) : key;
    frame->next.key_len = (uint32_t)len;
    frame->next.mark = mark;
    frame->has_key = true;
}

void text_build_scalar(struct text_builder *builder, enum text_type type, enum text_style style,
                       const char *text, size_t len, struct text_mark mark)
{
    struct text_node node = {(uint8_t)type, (uint8_t)style, (uint32_t)len, mark, {""}};

    if (len)
        node.u.str = base_arena_text(builder->arena, text, len);
    add(builder, &node);
}

void text_build_node(struct text_builder *builder, const struct text_node *node)
{
    add(builder, node);
}

void text_build_open(struct text_builder *builder, enum text_type list_or_map,
                     struct text_mark mark)
{
    struct text_frame *frame = builder->spare;

    if (frame) {
        builder->spare = frame->below;
    } else {
        frame = base_arena_zalloc(&builder->scratch, sizeof(*frame));
        text_index_init(&frame->index, &builder->scratch);
    }
    frame->below = builder->top;
    frame->n = frame->n_indexed = 0;
    frame->map = list_or_map == TEXT_MAP;
    frame->has_key = false;
    frame->mark = mark;
    builder->top = frame;
}

struct text_node text_build_close(struct text_builder *builder)
{
    struct text_frame *frame = builder->top;
    struct text_node node = {TEXT_LIST, TEXT_PLAIN, frame->n, frame->mark, {NULL}};
    size_t size = frame->n * child_size(frame);
    void *children = size ? base_arena_alloc(builder->arena, size) : NULL;

    assert(!frame->has_key);
    if (size)
        memcpy(children, frame->children, size);
    if (frame->map) {
        node.type = TEXT_MAP;
        node.u.pairs = children;
    } else {
        node.u.items = children;
    }
    builder->top = frame->below;
    frame->below = builder->spare;
    builder->spare = frame;
    add(builder, &node);
    return node;
}

void text_build_abandon(struct text_builder *builder)
{
    while (builder->top) {
        struct text_frame *frame = builder->top;

        builder->top = frame->below;
        frame->below = builder->spare;
        builder->spare = frame;
    }
    builder->done = false;
}

void text_build_undo(struct text_builder *builder)
{
    struct text_frame *frame = builder->top;

    assert(frame && frame->n && frame->n > frame->n_indexed);
    frame->n--;
}

struct text_pair text_build_take(struct text_builder *builder, uint32_t at)
{
    struct text_frame *frame = builder->top;
    struct text_pair *pairs = frame->children, taken = pairs[at];

    assert(frame->map && at < frame->n);
    frame->n--;
    memmove(pairs + at, pairs + at + 1, (frame->n - at) * sizeof(*pairs));
    frame->n_indexed = 0;
    return taken;
}

uint32_t text_build_count(const struct text_builder *builder)
{
    return builder->top ? builder->top->n : 0;
}

/* Takes in what came since the last look-up. */
static void update_index(struct text_frame *frame)
{
    const struct text_pair *pairs = frame->children;

    if (frame->n_indexed == 0)
        text_index_reset(&frame->index);
    for (; frame->n_indexed < frame->n; frame->n_indexed++) {
        const struct text_pair *pair = &pairs[frame->n_indexed];

        text_index_set(&frame->index, pair->key, pair->key_len, frame->n_indexed);
    }
}

const struct text_pair *text_build_has(const struct text_builder *builder, const char *key,
                                       size_t len)
{
    struct text_frame *frame = builder->top;
    const struct text_pair *pairs = frame->children;
    uint32_t at;

    assert(frame->map);
    if (frame->n > SMALL_MAP) {
        update_index(frame);
        at = text_index_find(&frame->index, key, len);
        return at == TEXT_INDEX_NONE ? NULL : &pairs[at];
    }
    for (uint32_t i = 0; i < frame->n; i++)
        if (pairs[i].key_len == len &&
            (pairs[i].key == key || memcmp(pairs[i].key, key, len) == 0))
            return &pairs[i];
    return NULL;
}

const struct text_node *text_build_finish(struct text_builder *builder)
{
    struct text_node *root = base_arena_alloc(builder->arena, sizeof(*root));

    assert(builder->done && !builder->top);
    *root = builder->result;
    builder->done = false;
    return root;
}

struct built {
    struct text_builder builder;
    void (*build)(struct text_builder *builder, const void *arg);
    const void *arg;
    const struct text_node *root;
};

static void run_built(void *arg)
{
    struct built *built = arg;

    built->build(&built->builder, built->arg);
    built->root = text_build_finish(&built->builder);
}

const struct text_node *text_built(struct base_arena *arena,
                                   void (*build)(struct text_builder *builder, const void *arg),
                                   const void *arg)
{
    struct built built = {.build = build, .arg = arg};
    int code;

    text_build_init(&built.builder, arena);
    code = base_try(&arena->mem->fail, run_built, &built);
    text_build_done(&built.builder);
    if (code != RCTL_OK)
        base_raise(&arena->mem->fail, code);
    return built.root;
}

/* ---- trees made by us ---- */

static const struct text_mark nowhere = {0, 0};

static void put_key(struct text_builder *builder, const char *key)
{
    assert(!builder->top || builder->top->map == (key != NULL));
    if (builder->top && key)
        text_build_key(builder, key, strlen(key), nowhere, /* copy= */ false);
}

void text_put_map(struct text_builder *builder, const char *key)
{
    put_key(builder, key);
    text_build_open(builder, TEXT_MAP, nowhere);
}

void text_put_list(struct text_builder *builder, const char *key)
{
    put_key(builder, key);
    text_build_open(builder, TEXT_LIST, nowhere);
}

void text_put_end(struct text_builder *builder)
{
    text_build_close(builder);
}

void text_put_str(struct text_builder *builder, const char *key, const char *value)
{
    if (!value)
        return;
    put_key(builder, key);
    text_build_scalar(builder, TEXT_STR, TEXT_QUOTED, value, strlen(value), nowhere);
}

void text_put_int(struct text_builder *builder, const char *key, int64_t value)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)value);

    put_key(builder, key);
    text_build_scalar(builder, TEXT_INT, TEXT_PLAIN, text, (size_t)len, nowhere);
}

void text_put_bool(struct text_builder *builder, const char *key, bool value)
{
    put_key(builder, key);
    text_build_scalar(builder, TEXT_BOOL, TEXT_PLAIN, value ? "true" : "false", value ? 4 : 5,
                      nowhere);
}

void text_put_node(struct text_builder *builder, const char *key, const struct text_node *node)
{
    put_key(builder, key);
    add(builder, node);
}
