/*
 * Runs a simulation for the tests that hold it against routers:
 * replay ENDPOINTS REQUESTS ROUTER POLICY [NAME=VALUE...], the last being members of
 * the set-up. One line a request: how, status, same_as, then what may be chosen, and
 * why, apart by tabs.
 */
#include "router/simulate.h"

#include <stdio.h>
#include <stdlib.h>

struct replay {
    struct base_mem mem;
    struct base_arena arena;
    struct rctl_diags diags;
    struct text_interner *keys;
    struct router_sim *sim;
};

static char *read_file(const char *name, size_t *ret_len)
{
    FILE *file = fopen(name, "rb");
    char *data = NULL;
    size_t room = 0, n;

    *ret_len = 0;
    if (!file) {
        perror(name);
        exit(2);
    }
    do {
        room += 1 << 20;
        data = realloc(data, room);
        if (!data)
            exit(2);
        n = fread(data + *ret_len, 1, room - *ret_len, file);
        *ret_len += n;
    } while (n > 0);
    fclose(file);
    return data;
}

static void each(void *ctx, const struct router_sim_request *request, uint32_t line)
{
    static const char *const words[] = {"certain", "random", "unknown"};
    struct replay *replay = ctx;
    struct router_sim_answer answer;

    (void)line;
    router_sim_next(replay->sim, request, &answer);
    printf("%s\t%d\t%zu\t%s", words[answer.how], answer.status, answer.same_as,
           answer.url ? answer.url : "");
    for (size_t i = 0; i < answer.n_candidates; i++)
        printf("%s%s", i ? " " : "", answer.candidates[i]);
    printf("\t%s\n", answer.why);
}

static void set(struct router_sim_setup *setup, const char *pair)
{
    const char *value = strchr(pair, '=');
    size_t len = value ? (size_t)(value - pair) : 0;

    if (len == 14 && memcmp(pair, "session_header", len) == 0)
        setup->session_header = value + 1;
    else if (len == 15 && memcmp(pair, "cache_threshold", len) == 0)
        setup->cache_threshold = atof(value + 1);
    else if (len == 14 && memcmp(pair, "overload_usage", len) == 0)
        setup->overload_usage = atof(value + 1);
    else if (strcmp(pair, "routing_key_override=1") == 0)
        setup->routing_key_override = true;
    else if (strcmp(pair, "no_overload_protection=1") == 0)
        setup->no_overload_protection = true;
    else if (strcmp(pair, "static_list=1") == 0)
        setup->static_list = true;
    else {
        fprintf(stderr, "unknown: %s\n", pair);
        exit(2);
    }
}

static struct router_sim_source source_of(struct replay *replay, const char *name, uint32_t file)
{
    struct router_sim_source source = {.arena = &replay->arena,
                                       .keys = replay->keys,
                                       .limits = &text_limits_default,
                                       .diags = &replay->diags,
                                       .file = file};

    source.data = read_file(name, &source.len);
    return source;
}

int main(int argc, char **argv)
{
    const char *const files[] = {argc > 2 ? argv[1] : "", argc > 2 ? argv[2] : ""};
    struct router_sim_setup setup = {.cache_threshold = -1};
    struct router_sim_source source;
    struct router_sim_endpoint *endpoints;
    struct replay replay = {0};
    size_t n;

    if (argc < 5)
        return 2;
    setup.router = argv[3];
    setup.policy = argv[4];
    for (int i = 5; i < argc; i++)
        set(&setup, argv[i]);
    base_mem_init(&replay.mem, NULL);
    base_arena_init(&replay.arena, &replay.mem);
    diag_init(&replay.diags, &replay.arena, 0);
    replay.diags.files = files;
    replay.diags.n_files = 2;
    replay.keys = text_interner_new(&replay.arena);
    if (router_sim_refuses(&setup)) {
        fprintf(stderr, "%s\n", router_sim_refuses(&setup));
        return 2;
    }
    source = source_of(&replay, argv[1], 0);
    endpoints = router_sim_read_endpoints(&source, &n);
    replay.sim = router_sim_new(&replay.arena, &setup, endpoints, n);
    free((char *)source.data);
    source = source_of(&replay, argv[2], 1);
    router_sim_read_requests(&source, each, &replay);
    for (size_t i = 0; i < replay.diags.n_items; i++)
        fprintf(stderr, "%u: %s\n", (unsigned)replay.diags.items[i]->told.place.line,
                replay.diags.items[i]->told.message);
    n = replay.diags.n_items;
    free((char *)source.data);
    base_arena_done(&replay.arena);
    return n > 0;
}
