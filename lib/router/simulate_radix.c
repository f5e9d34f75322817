/*
 * smg's cache_aware: a radix tree of characters for each model. A prompt that is known
 * for more than a share of it goes where that part went before, any other to the
 * endpoint with the shortest expected wait.
 */
#include "router/simulate_parts.h"

#include <stdio.h>

enum { FEW = 4, KEY_HEAD = 8, KEY_SIZE = 16, MOST_PLACES = 2 };
#define THRESHOLD 0.3
#define BALANCE_REL 1.5
#define LEAST_MARGIN 4.0

/* More places than two make no difference: one is followed, among several is drawn. */
struct node {
    const char *text; /* of the edge that leads here */
    size_t len, number;
    struct sim_places places; /* where prompts went that came by here */
    struct node *few[FEW];    /* children; those that find no room are in the table */
    size_t n_few;
    bool more;
};

struct sim_radix {
    struct sim_table children; /* by the parent's number and a character */
    struct node root;
    size_t n_nodes;
};

/* ---- the tree ---- */

static struct node *add_node(struct base_arena *arena, struct sim_radix *tree, const char *text,
                             size_t len)
{
    struct node *node = base_arena_zalloc(arena, sizeof(*node));

    node->text = text;
    node->len = len;
    node->number = ++tree->n_nodes;
    return node;
}

static bool starts_alike(const struct node *node, const char *text)
{
    return memcmp(node->text, text, sim_char_size(text)) == 0;
}

static size_t make_key(char key[KEY_SIZE], const struct node *parent, const char *text)
{
    size_t len = sim_char_size(text);

    snprintf(key, KEY_SIZE, "%08zx", parent->number);
    memcpy(key + KEY_HEAD, text, len);
    return KEY_HEAD + len;
}

static struct node *find_child(const struct sim_radix *tree, const struct node *parent,
                               const char *text)
{
    char key[KEY_SIZE];

    for (size_t i = 0; i < parent->n_few; i++)
        if (starts_alike(parent->few[i], text))
            return parent->few[i];
    return parent->more ? sim_find(&tree->children, key, make_key(key, parent, text)) : NULL;
}

/* Takes the place of the child that starts with the same character, if there is one. */
static void set_child(struct base_arena *arena, struct sim_radix *tree, struct node *parent,
                      struct node *child)
{
    char key[KEY_SIZE];
    size_t i = 0;

    while (i < parent->n_few && !starts_alike(parent->few[i], child->text))
        i++;
    if (i < FEW && !(i == parent->n_few && parent->more)) {
        parent->n_few += i == parent->n_few;
        parent->few[i] = child;
        return;
    }
    parent->more = true;
    sim_set(arena, &tree->children, key, make_key(key, parent, child->text), child);
}

/* Where a prompt leaves the tree. */
struct fall {
    struct node *node;    /* the last that matches as a whole */
    struct node *partial; /* its child of which a part matches; NULL for none */
    size_t bytes;         /* of the prompt that match */
    size_t shared;        /* of them in `partial` */
};

static bool is_inside(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* The middle of a character is no place to part. */
static size_t shared_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0;

    while (n < a_len && n < b_len && a[n] == b[n])
        n++;
    while (n > 0 && ((n < a_len && is_inside(a[n])) || (n < b_len && is_inside(b[n]))))
        n--;
    return n;
}

static struct fall descend(struct sim_radix *tree, const char *text, size_t len)
{
    struct fall fall = {.node = &tree->root};

    while (fall.bytes < len) {
        const char *rest = text + fall.bytes;
        struct node *child = find_child(tree, fall.node, rest);
        size_t shared;

        if (!child)
            break;
        shared = shared_bytes(rest, len - fall.bytes, child->text, child->len);
        fall.bytes += shared;
        if (shared < child->len) {
            fall.partial = child;
            fall.shared = shared;
            break;
        }
        fall.node = child;
    }
    return fall;
}

/* Notes a place at all nodes that match as a whole. */
static void mark_path(struct base_arena *arena, struct sim_radix *tree, const char *text,
                      const struct fall *fall, struct sim_place *place)
{
    struct node *at = &tree->root;

    while (at != fall->node) {
        at = find_child(tree, at, text);
        text += at->len;
        sim_places_add(arena, &at->places, place, MOST_PLACES);
    }
}

/* Parts the edge to the partial child; returns the node between. */
static struct node *split(struct base_arena *arena, struct sim_radix *tree,
                          const struct fall *fall)
{
    struct node *below = fall->partial;
    struct node *above = add_node(arena, tree, below->text, fall->shared);

    for (size_t i = 0; i < below->places.n; i++)
        sim_places_add(arena, &above->places, below->places.items[i], MOST_PLACES);
    set_child(arena, tree, fall->node, above);
    below->text += fall->shared;
    below->len -= fall->shared;
    set_child(arena, tree, above, below);
    return above;
}

/* A prompt as the tree knows it. */
struct found {
    struct fall fall;
    const struct node *node;
    double share;
};

static void insert_text(struct base_arena *arena, struct sim_radix *tree, const char *text,
                        size_t len, const struct found *found, struct sim_place *place)
{
    const struct fall *fall = &found->fall;
    struct node *at = fall->node, *leaf;

    /* Who is known at the end is known all the way there. */
    if (found->node->places.n != 1 || found->node->places.items[0] != place)
        mark_path(arena, tree, text, fall, place);
    if (fall->partial) {
        at = split(arena, tree, fall);
        sim_places_add(arena, &at->places, place, MOST_PLACES);
    }
    if (fall->bytes == len)
        return;
    leaf = add_node(arena, tree, text + fall->bytes, len - fall->bytes);
    sim_places_add(arena, &leaf->places, place, MOST_PLACES);
    set_child(arena, tree, at, leaf);
}

static struct found find_text(struct sim_radix *tree, const char *text, size_t len)
{
    struct found found = {.fall = descend(tree, text, len)};
    size_t all = sim_count_chars(text, len);

    found.node = found.fall.partial ? found.fall.partial : found.fall.node;
    if (all)
        found.share =
            (double)((float)sim_count_chars(text, found.fall.bytes) / (float)all);
    return found;
}

/* ---- decisions ---- */

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
    double rel = setup->balance_rel > 0 ? setup->balance_rel : BALANCE_REL;
    double margin = LEAST_MARGIN, load = (double)sim_in_flight(endpoint);

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

/* A prompt that is known well enough; NULL when it is not. */
static struct sim_place *follow(struct sim_step *step, const struct found *found)
{
    double threshold = step->sim->setup->cache_threshold, percent = found->share * 100;
    const struct node *node = found->node;
    struct sim_place *place;

    if (threshold < 0)
        threshold = THRESHOLD;
    if ((float)found->share <= (float)threshold || node->places.n == 0)
        return NULL;
    for (size_t i = 0; i < node->places.n; i++) {
        if (!place_may_leave(step, node->places.items[i]))
            continue;
        place = sim_draw(step, ROUTER_SIM_UNKNOWN, &step->pool->open);
        sim_answer(step, place,
                   "%.0f %% of the prompt is known where too many requests may be in flight",
                   percent);
        return place;
    }
    if (node->places.n == 1) {
        place = node->places.items[0];
        sim_answer(step, place, "%.0f %% of the prompt went there before", percent);
    } else {
        place = sim_draw(step, ROUTER_SIM_RANDOM, &step->pool->open);
        sim_answer(step, place, "%.0f %% of the prompt went to several before; drawn among them",
                   percent);
    }
    return place;
}

static struct sim_place *send_idle(struct sim_step *step, const struct found *found, bool pressed)
{
    struct sim_place *place = sim_smg_least_wait(step);
    const char *how = place->at                         ? ""
                      : place->how == ROUTER_SIM_RANDOM ? ", drawn among equals"
                                                        : ", which depends on when loads are read";

    if (pressed)
        sim_answer(step, place, "a KV cache is too full to keep prompts together: the shortest "
                                "expected wait%s", how);
    else
        sim_answer(step, place, "%.0f %% of the prompt is known: the shortest expected wait%s",
                   found->share * 100, how);
    return place;
}

void sim_smg_cache_aware(struct sim_step *step)
{
    struct base_arena *arena = step->sim->arena;
    struct sim_pool *pool = step->pool;
    struct sim_place *place = NULL;
    struct found found;
    size_t len = 0;
    const char *text = sim_text_smg(arena, step->request->body, &len);
    bool pressed = is_pressed(step);

    if (pool->open.n == 1) {
        sim_answer(step, &pool->places[0], "the only endpoint to choose");
        return;
    }
    if (!text) {
        sim_answer(step, sim_draw(step, ROUTER_SIM_UNKNOWN, &pool->open),
                   "neither messages nor a prompt of text");
        return;
    }
    if (!pool->radix)
        pool->radix = base_arena_zalloc(arena, sizeof(*pool->radix));
    found = find_text(pool->radix, text, len);
    if (!pressed)
        place = follow(step, &found);
    if (!place)
        place = send_idle(step, &found, pressed);
    insert_text(arena, pool->radix, text, len, &found, place);
}
