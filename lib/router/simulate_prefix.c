/*
 * Trees of prompts. production-stack cuts a prompt into pieces of 128 characters
 * (the last one shorter) and keeps, for each piece behind its predecessors, where it
 * was sent; the pieces themselves are compared here, which its hashes stand for. smg
 * keeps a radix tree of characters.
 */
#include "router/simulate_parts.h"

#include <stdio.h>

enum { PIECE = 128, KEY_HEAD = 8, MOST_BYTES = 4 };
#define SMG_THRESHOLD 0.3
#define SMG_BALANCE_REL 1.5
#define SMG_LEAST_MARGIN 4.0

struct node {
    const char *text; /* smg: of the edge that leads here */
    size_t len;
    struct sim_place **places; /* where prompts went that came by here, all different */
    size_t n_places, room;
};

struct sim_prefix {
    struct text_index children; /* by the parent's number and what follows it */
    struct node **nodes;        /* the first is the root */
    uint32_t n_nodes, room;
};

/* ---- nodes ---- */

static uint32_t add_node(struct base_arena *arena, struct sim_prefix *tree)
{
    if (tree->n_nodes == tree->room) {
        uint32_t room = tree->room ? tree->room * 2 : 16;
        struct node **larger = base_arena_alloc(arena, room * sizeof(*larger));

        if (tree->n_nodes)
            memcpy(larger, tree->nodes, tree->n_nodes * sizeof(*larger));
        tree->nodes = larger;
        tree->room = room;
    }
    tree->nodes[tree->n_nodes] = base_arena_zalloc(arena, sizeof(struct node));
    return tree->n_nodes++;
}

static struct sim_prefix *new_tree(struct base_arena *arena)
{
    struct sim_prefix *tree = base_arena_zalloc(arena, sizeof(*tree));

    text_index_init(&tree->children, arena);
    add_node(arena, tree);
    return tree;
}

struct child_key {
    char text[KEY_HEAD + PIECE * MOST_BYTES + 1];
    size_t len;
};

static void make_key(struct child_key *key, uint32_t parent, const char *text, size_t len)
{
    snprintf(key->text, sizeof(key->text), "%08x", (unsigned)parent);
    memcpy(key->text + KEY_HEAD, text, len);
    key->len = KEY_HEAD + len;
}

/* The number of a child; 0, which is the root's, for none. */
static uint32_t find_child(const struct sim_prefix *tree, uint32_t parent, const char *text,
                           size_t len)
{
    struct child_key key;
    uint32_t found;

    make_key(&key, parent, text, len);
    found = text_index_find(&tree->children, key.text, key.len);
    return found == TEXT_INDEX_NONE ? 0 : found;
}

static void set_child(struct base_arena *arena, struct sim_prefix *tree, uint32_t parent,
                      const char *text, size_t len, uint32_t child)
{
    struct child_key key;

    make_key(&key, parent, text, len);
    text_index_set(&tree->children, base_arena_text(arena, key.text, key.len), key.len, child);
}

static bool is_same(const struct sim_place *a, const struct sim_place *b)
{
    return a == b || (a->at && b->at && strcmp(a->at->url, b->at->url) == 0);
}

/* Notes that a prompt came by; past `most` places, more make no difference. */
static void add_place(struct base_arena *arena, struct node *node, struct sim_place *place,
                      size_t most)
{
    for (size_t i = 0; i < node->n_places; i++)
        if (is_same(node->places[i], place))
            return;
    if (node->n_places == most)
        return;
    if (node->n_places == node->room) {
        size_t room = node->room ? node->room * 2 : 1;
        struct sim_place **larger = base_arena_alloc(arena, room * sizeof(*larger));

        if (node->n_places)
            memcpy(larger, node->places, node->n_places * sizeof(*larger));
        node->places = larger;
        node->room = room;
    }
    node->places[node->n_places++] = place;
}

/* The bytes of the character at `text`, which is UTF-8. */
static size_t char_size(const char *text)
{
    unsigned char c = (unsigned char)*text;

    return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t count_chars(const char *text, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++)
        n += !is_inside(text[i]);
    return n;
}

/* ---- production-stack ---- */

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

    for (size_t i = 0; i < node->n_places; i++) {
        enum member member = find_member(step, node->places[i]);

        match.maybe |= member == MAYBE;
        if (member == THERE && match.n++ == 0)
            match.place = node->places[i];
    }
    return match;
}

static size_t piece_size(const char *text, size_t len)
{
    size_t size = 0;

    for (int i = 0; i < PIECE && size < len; i++)
        size += char_size(text + size);
    return size;
}

static struct match match_pieces(struct sim_step *step, const struct sim_prefix *tree,
                                 const char *text, size_t len)
{
    struct match best = {0};
    uint32_t at = 0;

    for (size_t i = 0, size; i < len; i += size) {
        struct match match;

        size = piece_size(text + i, len - i);
        at = find_child(tree, at, text + i, size);
        if (!at)
            break;
        match = look_at(step, tree->nodes[at]);
        match.pieces = best.pieces + 1;
        if (match.n == 0 && !match.maybe)
            break;
        best = match;
        if (match.n == 0)
            break;
    }
    return best;
}

static void insert_pieces(struct base_arena *arena, struct sim_prefix *tree, const char *text,
                          size_t len, struct sim_place *place)
{
    uint32_t at = 0;

    for (size_t i = 0, size; i < len; i += size) {
        uint32_t child;

        size = piece_size(text + i, len - i);
        child = find_child(tree, at, text + i, size);
        if (!child) {
            child = add_node(arena, tree);
            set_child(arena, tree, at, text + i, size, child);
        }
        add_place(arena, tree->nodes[child], place, SIZE_MAX);
        at = child;
    }
}

static size_t shown_chars(const char *text, size_t len, size_t pieces)
{
    size_t all = count_chars(text, len);

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
    if (!step->sim->prefix)
        step->sim->prefix = new_tree(arena);
    match = match_pieces(step, step->sim->prefix, text, len);
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
    insert_pieces(arena, step->sim->prefix, text, len, place);
}

/* ---- smg ---- */

/* Where a prompt leaves the tree. */
struct fall {
    uint32_t node;    /* the last that matches as a whole */
    uint32_t partial; /* its child of which a part matches; 0 for none */
    size_t bytes;     /* of the prompt that match; */
    size_t shared;    /* of them in `partial` */
};

static size_t shared_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0;

    while (n < a_len && n < b_len && a[n] == b[n])
        n++;
    while (n > 0 && ((n < a_len && is_inside(a[n])) || (n < b_len && is_inside(b[n]))))
        n--;
    return n;
}

/* Follows a prompt down; when `place` is given, it is noted on the way. */
static struct fall descend(struct base_arena *arena, struct sim_prefix *tree, const char *text,
                           size_t len, struct sim_place *place)
{
    struct fall fall = {0};

    while (fall.bytes < len) {
        const char *rest = text + fall.bytes;
        uint32_t child = find_child(tree, fall.node, rest, char_size(rest));
        const struct node *node = tree->nodes[child];
        size_t shared;

        if (!child)
            break;
        shared = shared_bytes(rest, len - fall.bytes, node->text, node->len);
        fall.bytes += shared;
        if (shared < node->len) {
            fall.partial = child;
            fall.shared = shared;
            break;
        }
        fall.node = child;
        if (place)
            add_place(arena, tree->nodes[child], place, 2);
    }
    return fall;
}

/* Parts the edge to `child`, which starts as `rest` does; returns the node between. */
static uint32_t split(struct base_arena *arena, struct sim_prefix *tree, const struct fall *fall,
                      const char *rest)
{
    uint32_t middle = add_node(arena, tree);
    struct node *above = tree->nodes[middle], *below = tree->nodes[fall->partial];

    above->text = below->text;
    above->len = fall->shared;
    for (size_t i = 0; i < below->n_places; i++)
        add_place(arena, above, below->places[i], 2);
    below->text += fall->shared;
    below->len -= fall->shared;
    set_child(arena, tree, fall->node, rest, char_size(rest), middle);
    set_child(arena, tree, middle, below->text, char_size(below->text), fall->partial);
    return middle;
}

static void insert_text(struct base_arena *arena, struct sim_prefix *tree, const char *text,
                        size_t len, struct sim_place *place)
{
    struct fall fall = descend(arena, tree, text, len, place);
    uint32_t at = fall.node, leaf;

    if (fall.partial) {
        at = split(arena, tree, &fall, text + fall.bytes - fall.shared);
        add_place(arena, tree->nodes[at], place, 2);
    }
    if (fall.bytes == len)
        return;
    leaf = add_node(arena, tree);
    tree->nodes[leaf]->text = text + fall.bytes;
    tree->nodes[leaf]->len = len - fall.bytes;
    add_place(arena, tree->nodes[leaf], place, 2);
    set_child(arena, tree, at, text + fall.bytes, char_size(text + fall.bytes), leaf);
}

static bool is_pressed(const struct sim_step *step)
{
    double most = step->sim->setup->overload_usage;

    for (size_t i = 0; most > 0 && most < 1 && i < step->pool->open.n; i++)
        if (step->pool->open.items[i]->kv_usage > most)
            return true;
    return false;
}

/*
 * smg leaves the endpoint that knows a prompt when that has so many more requests in
 * flight than the mean. How many more depends on how their number swings, four at
 * least, so what is above four may be left or not.
 */
static bool may_leave(const struct sim_step *step, const struct router_sim_endpoint *endpoint)
{
    const struct router_sim_setup *setup = step->sim->setup;
    double rel = setup->balance_rel > 0 ? setup->balance_rel : SMG_BALANCE_REL;
    double margin = SMG_LEAST_MARGIN, load = (double)sim_in_flight(endpoint);

    if (setup->balance_abs > 0 && (double)setup->balance_abs < margin)
        margin = (double)setup->balance_abs;
    return load > step->pool->mean * rel && load > step->pool->mean + margin;
}

static bool place_may_leave(const struct sim_step *step, const struct sim_place *place)
{
    if (place->at)
        return may_leave(step, place->at);
    for (size_t i = 0; step->pool->most > 0 && i < place->among->n; i++)
        if (may_leave(step, place->among->items[i]))
            return true;
    return false;
}

/* The share of a prompt that is known, and the node that knows it. */
static double match_text(struct base_arena *arena, struct sim_prefix *tree, const char *text,
                         size_t len, const struct node **ret_node)
{
    struct fall fall = descend(arena, tree, text, len, NULL);
    size_t all = count_chars(text, len);

    *ret_node = tree->nodes[fall.partial ? fall.partial : fall.node];
    return all ? (double)((float)count_chars(text, fall.bytes) / (float)all) : 0;
}

static void choose(struct sim_step *step, double known, const struct node *node,
                   struct sim_place **ret_place)
{
    double threshold = step->sim->setup->cache_threshold;
    bool pressed = is_pressed(step);
    struct sim_place *place;

    if (threshold < 0)
        threshold = SMG_THRESHOLD;
    if (!pressed && (float)known > (float)threshold && node->n_places > 0) {
        bool one = node->n_places == 1;

        for (size_t i = 0; i < node->n_places; i++) {
            if (!place_may_leave(step, node->places[i]))
                continue;
            *ret_place = sim_draw(step, ROUTER_SIM_UNKNOWN, &step->pool->open);
            sim_answer(step, *ret_place, "%.0f %% of the prompt is known where too many requests "
                       "may be in flight", known * 100);
            return;
        }
        place = one ? node->places[0]
                    : sim_draw(step, ROUTER_SIM_RANDOM, &step->pool->open);
        sim_answer(step, place, "%.0f %% of the prompt went %s before%s", known * 100,
                   one ? "there" : "to several", one ? "" : "; drawn among them");
    } else {
        place = sim_smg_least_wait(step);
        sim_answer(step, place, "%s: the shortest expected wait%s",
                   pressed ? "a KV cache is too full to keep prompts together"
                           : base_arena_format(step->sim->arena,
                                               "%.0f %% of the prompt is known", known * 100),
                   place->at                           ? ""
                   : place->how == ROUTER_SIM_RANDOM ? ", drawn among equals"
                                                       : ", which depends on when loads are read");
    }
    *ret_place = place;
}

void sim_smg_cache_aware(struct sim_step *step)
{
    struct base_arena *arena = step->sim->arena;
    struct sim_pool *pool = step->pool;
    const struct node *node;
    struct sim_place *place;
    size_t len = 0;
    double known;
    const char *text = sim_text_smg(arena, step->request->body, &len);

    if (pool->open.n == 1) {
        sim_answer(step, &pool->places[0], "the only endpoint to choose");
        return;
    }
    if (!text) {
        sim_answer(step, sim_draw(step, ROUTER_SIM_UNKNOWN, &pool->open),
                   "neither messages nor a prompt of text");
        return;
    }
    if (!pool->prefix)
        pool->prefix = new_tree(arena);
    known = match_text(arena, pool->prefix, text, len, &node);
    choose(step, known, node, &place);
    insert_text(arena, pool->prefix, text, len, place);
}
