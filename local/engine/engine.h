/*
 * rctl-fake-engine: what vLLM and SGLang show to a router, without a model. One thread,
 * one loop. This header is what its files share: the options, the knobs, the state.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct event_base;
struct prefix;
struct record;
struct server;
struct transfer;

enum engine_kind { ENGINE_VLLM, ENGINE_SGLANG };
enum engine_role { ENGINE_BOTH, ENGINE_PREFILL, ENGINE_DECODE };
/* How a vLLM half gets its KV blocks; SGLang's halves meet the same way with all of theirs. */
enum engine_connector { ENGINE_NIXL, ENGINE_MOONCAKE, ENGINE_LMCACHE, ENGINE_OTHER };

/* What can be changed while the engine runs. All are numbers, so that one table reads and
 * shows them: knobs.c. */
struct engine_knobs {
    double fail_rate, fail_status; /* of requests for tokens */
    double health;                 /* status of /health */
    double hang;                   /* 1: nothing but /fake/ is answered any more */
    double delay_ms, token_ms;     /* before the first token, between two of them */
    double running, waiting;       /* requests that are reported beside the real ones */
    double kv_usage;               /* reported, 0 to 1 */
    double die;                    /* 1: the process ends at once */
};

struct engine_texts {
    const char **items;
    size_t n_items;
};

struct engine_options {
    unsigned kind, role, connector; /* enums of the same names */
    const char *host, *name, *api_key, *log;
    double port, bootstrap_port, cache_blocks;
    struct engine_texts models, peers;
    struct engine_knobs knobs;
};

/* What has come about; metrics are written from it. */
struct engine_counts {
    uint64_t requests;           /* for tokens */
    uint64_t answered, failed;   /* with a status of 200, with any other */
    uint64_t refused;            /* of the failed: a wrong P/D handshake */
    uint64_t running;            /* under way now */
    uint64_t prompt_tokens, cached_tokens, answer_tokens;
    uint64_t blocks_asked, blocks_hit;
    double first_token_seconds, whole_seconds; /* sums, over `answered` */
};

struct engine {
    struct engine_options options;
    struct engine_knobs knobs;
    struct engine_counts counts;
    char last_error[512], last_refusal[512];
    double fail_debt; /* grows by fail_rate; a request that finds it at 1 fails */
    unsigned port;    /* where it listens */
    struct event_base *base;
    struct server *server; /* serve.c */
    struct prefix *prefix;
    struct record *record;     /* NULL: no log */
    struct transfer *transfer; /* where decode fetches blocks; of a prefill half */
    struct call *calls;        /* for tokens, under way; infer.c */
};

#endif
