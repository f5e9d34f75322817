/*
 * production-stack's prefixaware: a prompt is cut into pieces of 128 characters (the
 * last one shorter), and each piece behind its predecessors knows where it was sent.
 * The pieces themselves are compared here, which the router's hashes stand for. One
 * tree serves all models.
 */
#include "router/simulate_parts.h"

#include <stdio.h>

enum { PIECE = 128, KEY_HEAD = 8, MOST_BYTES = 4 };

struct node {
    size_t number;
    struct sim_places places; /* where prompts went that came by here */
};

struct sim_pieces {
    struct sim_table children; /* by the parent's number and a piece */
    struct node root;
};

struct child_key {
    char text[KEY_HEAD + PIECE * MOST_BYTES + 1];
    size_t len;
};

static struct child_key make_key(const struct node *parent, const char *piece, size_t len)
{
    struct child_key key = {.len = KEY_HEAD + len};

    snprintf(key.text, sizeof(key.text), "%08zx", parent->number);
    memcpy(key.text + KEY_HEAD, piece, len);
    return key;
}

enum member { NOT_THERE, THERE, MAYBE };

static bool has_url(const struct sim_pool *pool, const char *url)
{
    return text_index_find(&pool->urls, url, strlen(url)) != TEXT_INDEX_NONE;
}

static enum member compare(const struct sim_group *group, const struct sim_pool *pool)
{
    size_t n = 0;

    for (size_t i = 0; i < group->n; i++)
        n += has_url(pool, group->urls[i]);
    return n == 0 ? NOT_THERE : n == group->n ? THERE : MAYBE;
}

/* Is a place, wherever it is, among the endpoints of a pool? Groups are compared once. */
static enum member find_member(struct sim_step *step, const struct sim_place *place)
{
    struct sim_pool *pool = step->pool;
    enum member *known;
    char key[32];
    size_t len;

    if (place->at)
        return has_url(pool, place->at->url) ? THERE : NOT_THERE;
    if (place->among == &pool->open)
        return THERE;
    len = (size_t)snprintf(key, sizeof(key), "%p", (const void *)place->among);
    known = sim_find(&pool->members, key, len);
    if (!known) {
        known = base_arena_alloc(step->sim->arena, sizeof(*known));
        *known = compare(place->among, pool);
        sim_set(step->sim->arena, &pool->members, key, len, known);
    }
    return *known;
}

/* What a node says to a request of this pool. */
struct match {
    struct sim_place *place; /* the first that is there for certain */
    size_t n;                /* how many are */
    bool maybe;              /* and others may be */
    size_t pieces;
};

static struct match look_at(struct sim_step *step, const struct node *node)
{
    struct match match = {0};

    for (size_t i = 0; i < node->places.n; i++) {
        enum member member = find_member(step, node->places.items[i]);

        match.maybe |= member == MAYBE;
        if (member == THERE && match.n++ == 0)
            match.place = node->places.items[i];
    }
    return match;
}

static size_t piece_size(const char *text, size_t len)
{
    size_t size = 0;

    for (int i = 0; i < PIECE && size < len; i++)
        size += sim_char_size(text + size);
    return size;
}

static struct match match_pieces(struct sim_step *step, const struct sim_pieces *tree,
                                 const char *text, size_t len)
{
    struct match best = {0};
    const struct node *at = &tree->root;

    for (size_t i = 0, size; i < len; i += size) {
        struct child_key key;
        struct match match;

        size = piece_size(text + i, len - i);
        key = make_key(at, text + i, size);
        at = sim_find(&tree->children, key.text, key.len);
        if (!at)
            break;
        match = look_at(step, at);
        match.pieces = best.pieces + 1;
        if (match.n == 0 && !match.maybe)
            break;
        best = match;
        if (match.n == 0)
            break;
    }
    return best;
}

static void insert_pieces(struct base_arena *arena, struct sim_pieces *tree, const char *text,
                          size_t len, struct sim_place *place)
{
    struct node *at = &tree->root;

    for (size_t i = 0, size; i < len; i += size) {
        struct child_key key;
        struct node *child;

        size = piece_size(text + i, len - i);
        key = make_key(at, text + i, size);
        child = sim_find(&tree->children, key.text, key.len);
        if (!child) {
            child = base_arena_zalloc(arena, sizeof(*child));
            child->number = tree->children.n_items + 1;
            sim_set(arena, &tree->children, key.text, key.len, child);
        }
        sim_places_add(arena, &child->places, place, SIZE_MAX);
        at = child;
    }
}

static size_t shown_chars(const char *text, size_t len, size_t pieces)
{
    size_t all = sim_count_chars(text, len);

    return all < pieces * PIECE ? all : pieces * PIECE;
}

void sim_ps_prefix(struct sim_step *step)
{
    struct base_arena *arena = step->sim->arena;
    struct sim_pool *pool = step->pool;
    struct sim_place *place;
    struct match match;
    size_t len = 0;
    const char *text = sim_text_production_stack(arena, step->request->body, &len);

    if (!text) {
        sim_refuse(step, 500, "the router fails on what has neither messages nor a prompt");
        return;
    }
    if (!step->sim->pieces)
        step->sim->pieces = base_arena_zalloc(arena, sizeof(*step->sim->pieces));
    match = match_pieces(step, step->sim->pieces, text, len);
    if (pool->urls.n == 1)
        place = &pool->places[0];
    else if (match.n == 1 && !match.maybe)
        place = match.place;
    else
        place = sim_draw(step, match.maybe ? ROUTER_SIM_UNKNOWN : ROUTER_SIM_RANDOM,
                         &pool->open);
    if (pool->urls.n == 1)
        sim_answer(step, place, "the only endpoint to choose");
    else if (match.maybe)
        sim_answer(step, place, "depends on where a request for another model was drawn to");
    else if (match.n == 0)
        sim_answer(step, place, "no prompt with these first %zu characters so far; drawn",
                   shown_chars(text, len, 1));
    else
        sim_answer(step, place, "its first %zu characters went %s before%s",
                   shown_chars(text, len, match.pieces), match.n == 1 ? "there" : "to several",
                   match.n == 1 ? "" : "; drawn");
    insert_pieces(arena, step->sim->pieces, text, len, place);
}
