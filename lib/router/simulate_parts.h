/*
 * What the files simulate_*.c share. A *place* is where a request goes, known or
 * not: one endpoint, or one of several that the router draws. A place that was
 * drawn stays the same place, so later requests can be said to follow it.
 */
#ifndef ROUTER_SIMULATE_PARTS_H
#define ROUTER_SIMULATE_PARTS_H

#include "router/simulate.h"
#include "text/index.h"

struct sim_pool;

/* Some endpoints, and their URLs in the same order. */
struct sim_group {
    const struct router_sim_endpoint **items;
    const char **urls;
    size_t n, room;
};

struct sim_place {
    const struct router_sim_endpoint *at; /* NULL: one of `among` */
    enum router_sim_how how;
    const struct sim_group *among; /* of a place that is not known */
    size_t first;                  /* the request that went there first, from 1; 0: none did */
};

/* Pointers by name. */
struct sim_table {
    struct text_index index;
    void **items;
    size_t n_items, room;
};

struct sim_places {
    struct sim_place **items; /* all different */
    size_t n, room;
};

/* The endpoints that a request may reach, and what the router remembers of them. */
struct sim_pool {
    struct sim_group all;     /* of the model, or all; in the given order */
    struct sim_group open;    /* those that the router would choose */
    struct text_index urls;   /* of `open` */
    struct sim_table members; /* production-stack: is a group of another pool in this one? */
    struct sim_place *places; /* one for each of `open`, known */
    size_t *sessions;         /* vllm-router: active ones of each of `open` */
    bool unsure;              /* how many those are depends on an earlier draw */
    size_t n_requests;
    struct sim_rotation *rotation; /* simulate_load.c */
    struct sim_wait *wait;         /* simulate_load.c */
    struct sim_ring *ring;         /* simulate_ring.c */
    struct sim_radix *radix;       /* simulate_radix.c */
    bool all_over;                 /* smg: every endpoint is overloaded */
    int64_t most;                  /* of `open`: the highest and the mean number of requests */
    double mean;                   /* in flight */
};

/* One run of router_sim_next(). */
struct sim_step {
    struct router_sim *sim;
    struct sim_pool *pool;
    const struct router_sim_request *request;
    struct router_sim_answer *answer;
    struct sim_place *place; /* that the answer was made of; NULL: refused */
};

struct sim_policy {
    const char *router, *name;
    void (*decide)(struct sim_step *step);
    bool one_pool; /* looks at no model: any request reaches any endpoint */
};

struct router_sim {
    struct base_arena *arena;
    const struct router_sim_setup *setup;
    const struct sim_policy *policy;
    const struct router_sim_endpoint *endpoints;
    size_t n_endpoints, n_requests;
    struct sim_table pools;    /* by model */
    struct sim_table serving;  /* "model": on how many endpoints; "model\nurl" */
    struct sim_table aliases;  /* alias to model */
    struct sim_table sessions; /* session key to struct sim_place */
    struct sim_table seen;     /* production-stack: URLs that got a request */
    struct sim_table turns;    /* production-stack: rotations by their URLs */
    struct sim_pieces *pieces; /* simulate_pieces.c */
};

/* ---- simulate.c ---- */

void *sim_find(const struct sim_table *table, const char *key, size_t len);
/* Replaces what the key had; the key is copied. */
void sim_set(struct base_arena *arena, struct sim_table *table, const char *key, size_t len,
             void *value);
/* Past `most` places, more are not kept. */
void sim_places_add(struct base_arena *arena, struct sim_places *places, struct sim_place *place,
                    size_t most);
/* A place that is drawn anew. */
struct sim_place *sim_draw(const struct sim_step *step, enum router_sim_how how,
                           const struct sim_group *among);
/* Answers with a place. `why` is a format. */
void sim_answer(struct sim_step *step, struct sim_place *place, const char *why, ...)
    __attribute__((format(printf, 3, 4)));
/* The router answers itself. */
void sim_refuse(struct sim_step *step, int status, const char *why);
void sim_group_add(struct base_arena *arena, struct sim_group *group,
                   const struct router_sim_endpoint *endpoint);
/* The value of the first header with a name, in any case, or NULL. */
const char *sim_header(const struct router_sim_request *request, const char *name);
int64_t sim_in_flight(const struct router_sim_endpoint *endpoint);

/* ---- simulate_text.c: the text that a router looks at ---- */

/* The bytes of the white space that the text starts with, one character; 0 for none. */
size_t sim_space(const char *at);
/* The bytes of the character at `text`, which is UTF-8, and how many characters there are. */
size_t sim_char_size(const char *text);
size_t sim_count_chars(const char *text, size_t len);

/* NULL when the body holds neither messages nor a prompt that the router reads. */
const char *sim_text_production_stack(struct base_arena *arena, const struct text_node *body,
                                      size_t *ret_len);
const char *sim_text_smg(struct base_arena *arena, const struct text_node *body,
                         size_t *ret_len);
const char *sim_text_vllm_router(struct base_arena *arena, const struct text_node *body,
                                 size_t *ret_len);

/* ---- the policies ---- */

/* simulate_ring.c */
void sim_ps_session(struct sim_step *step);
void sim_vr_consistent_hash(struct sim_step *step);
/* vllm-router: the first of its session headers that is not empty, or NULL. */
const char *sim_vr_session_header(const struct router_sim_request *request,
                                  const char **ret_name);
/* simulate_pieces.c, simulate_radix.c */
void sim_ps_prefix(struct sim_step *step);
void sim_smg_cache_aware(struct sim_step *step);
/* simulate_load.c */
void sim_ps_round_robin(struct sim_step *step);
void sim_turns(struct sim_step *step);
void sim_random(struct sim_step *step);
void sim_two_choices(struct sim_step *step);
void sim_two_polled(struct sim_step *step);
void sim_first_idle(struct sim_step *step);
void sim_smg_least_load(struct sim_step *step);
void sim_smg_open_pool(struct router_sim *sim, struct sim_pool *pool);
/* Where smg sends what nothing binds: the least expected wait, as far as it is known. */
struct sim_place *sim_smg_least_wait(struct sim_step *step);
/* simulate_session.c */
void sim_manual(struct sim_step *step);
void sim_vr_sticky(struct sim_step *step);
/* smg's routing key: true when it decided. */
bool sim_smg_session(struct sim_step *step);

/* ---- md5.c, fbi_hash.c ---- */

void router_md5(const char *data, size_t len, unsigned char ret_digest[16]);
/* The hash of vllm-router's rings: mcrouter's furc_hash, spread over 64 bits. */
uint64_t router_fbi_hash(const char *data, size_t len);

#endif
