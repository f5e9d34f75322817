/*
 * Inference engines: walk the table of those that are known, and register
 * another. An engine is data (its flags, ports, probes) plus two small functions
 * (cross-field rules; arguments for role, speculation and cache). vLLM and SGLang
 * are registered in every new context by the very same call.
 */
#ifndef ROUTERCTL_ENGINE_H
#define ROUTERCTL_ENGINE_H

#include <routerctl/context.h>
#include <routerctl/diag.h>
#include <routerctl/flag.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A key that means the same for every engine, and the flag it becomes here. A key
 * may have several rows; all that match are rendered. */
typedef struct rctl_engine_neutral {
    const char *key;
    const char *flag;
    const char *when;  /* only for this value; NULL for every value */
    const char *value; /* rendered in its place; NULL for the value itself */
    bool times_dp;     /* multiplied by the data-parallel size under DP attention */
    const char *note;  /* how the meaning differs, shown as a warning; NULL when it does not */
} rctl_engine_neutral;

/* Which part of the work an engine does. */
typedef enum rctl_engine_role {
    RCTL_ROLE_SERVE = 0, /* one engine does both stages */
    RCTL_ROLE_PREFILL,
    RCTL_ROLE_DECODE
} rctl_engine_role;

/* Speculative decoding that the engine is asked for. */
typedef struct rctl_speculation {
    const char *method;       /* "draft_model", "eagle3", "ngram", ... */
    const char *draft_model;  /* NULL for methods without one */
    int64_t num_tokens;       /* drafted for each step, >= 1 */
    int64_t draft_tensor_parallel; /* 0: the engine's own choice */
    int64_t lookup_min, lookup_max; /* prompt look-up window; 0: the engine's own */
} rctl_speculation;

/* Where KV blocks may go when GPU memory is full. Bytes; 0 means "not asked for". */
typedef struct rctl_kv_cache {
    int64_t cpu_bytes;
    int64_t disk_bytes;
    const char *disk_path;   /* NULL without a disk tier */
    const char *server_host; /* an LMCache server; NULL without one */
    int32_t server_port;
} rctl_kv_cache;

/* One engine pod, as the manifests ask for it. */
typedef struct rctl_engine_job {
    size_t size;             /* sizeof(rctl_engine_job) of the library */
    rctl_engine_role role;
    const char *model;       /* what to load: "org/name" or a path */
    const char *served_name; /* what clients ask for */
    int32_t port;            /* HTTP */
    int64_t gpus;            /* of one pod; -1 when the manifest does not say */
    int64_t replicas;
    const char *version;     /* taken from the image's tag, "0.23.0"; NULL when it tells none */
    const char *connector;   /* KV transfer between the halves; NULL outside P/D */
    const rctl_speculation *speculation; /* NULL when none */
    const rctl_kv_cache *cache;          /* NULL when none */
    const char *front_host;  /* P/D: what stands in front of the halves; NULL when not known */
    int32_t front_port;
} rctl_engine_job;

/* The user's settings after neutral keys were mapped; lives for one callback. */
typedef struct rctl_engine_config rctl_engine_config;
/* The value of a flag, or NULL when it is not set. A switch that is on is "true". */
RCTL_EXPORT const char *rctl_engine_config_get(const rctl_engine_config *config, const char *flag);
/* The value of a flag as a number; `fallback` when it is not set or is no number. */
RCTL_EXPORT int64_t rctl_engine_config_int(const rctl_engine_config *config, const char *flag,
                                           int64_t fallback);

/*
 * What a callback produces. Every text is copied. `why` says in a few words which
 * field or rule made the thing; `rctl render --explain` prints it. The calls
 * return 0, NOMEM or INVALID_ARG; a callback hands on what is not 0.
 */
typedef struct rctl_engine_out rctl_engine_out;
/* Adds an argument; `value` is NULL for a switch. */
RCTL_EXPORT int rctl_engine_out_arg(rctl_engine_out *out, const char *flag, const char *value,
                                    const char *why);
/* Sets an environment variable of the container. */
RCTL_EXPORT int rctl_engine_out_env(rctl_engine_out *out, const char *name, const char *value,
                                    const char *why);
/* Sets an environment variable from a field of the pod: `field_path` is "status.podIP". */
RCTL_EXPORT int rctl_engine_out_env_field(rctl_engine_out *out, const char *name,
                                          const char *field_path, const char *why);
/* Opens a further port of the container. */
RCTL_EXPORT int rctl_engine_out_port(rctl_engine_out *out, const char *name, int32_t number);
/* Adds a label, or an annotation, to the pods. */
RCTL_EXPORT int rctl_engine_out_label(rctl_engine_out *out, const char *key, const char *value);
RCTL_EXPORT int rctl_engine_out_annotation(rctl_engine_out *out, const char *key,
                                           const char *value);
/* Mounts an empty directory of the pod's own at `path`, at most `bytes` large (0: no bound). */
RCTL_EXPORT int rctl_engine_out_scratch(rctl_engine_out *out, const char *name, const char *path,
                                        int64_t bytes);
/* Tells of host memory that the engine will pin besides its own; added to the pod's request. */
RCTL_EXPORT int rctl_engine_out_host_memory(rctl_engine_out *out, int64_t bytes);
/*
 * Tells a fault of the user's settings. `flag` is the setting it is about (NULL: the
 * engine as a whole); `hint` may be NULL. Shown with the code "engine.custom".
 */
RCTL_EXPORT int rctl_engine_out_fault(rctl_engine_out *out, rctl_severity severity,
                                      const char *flag, const char *message, const char *hint);

/*
 * A function of an engine, called by the library only. `ctx` is that of the engine; the rest
 * is lent until it returns. Returns 0, or what a call gave that is not 0.
 */
typedef int (*rctl_engine_fn)(void *ctx, const rctl_engine_job *job,
                              const rctl_engine_config *config, rctl_engine_out *out);

/* An engine. Pointers are kept: tables must outlive the context. */
typedef struct rctl_engine {
    size_t size;                    /* sizeof(rctl_engine), set by whoever fills it */
    const char *name;               /* the word in spec.engine, lower case */
    const char *title;              /* "vLLM" */
    const char *version;            /* of the engine that the flag table describes */
    const char *image;              /* used when the manifest names none */
    const char *const *command;     /* NULL-ended; NULL when the image's entry point serves */
    const char *model_flag;         /* NULL: the model is the first argument */
    const char *served_name_flag;   /* NULL: serves under the name of the model */
    const char *host_flag;          /* NULL: binds all addresses by itself */
    const char *port_flag;
    const char *metrics_flag;       /* switch that turns metrics on; NULL: always on */
    const char *tensor_parallel_flag;
    const char *pipeline_parallel_flag; /* NULL: has none */
    const char *data_parallel_flag;     /* NULL: has none */
    const char *health_path;        /* HTTP GET, 200 when alive */
    const char *ready_path;
    int32_t probe_timeout_seconds;
    int32_t startup_seconds;        /* how long loading a model may take */
    int32_t run_as_user;            /* a non-root user the image works with; 0: runs as root */
    const char *cache_dir;          /* where downloaded models go */
    const char *home_dir;           /* writable home of that user */
    const char *const *required;    /* keys of engineConfig that must be given; NULL-ended */
    const char *const *connectors;  /* P/D connectors by neutral name; the first is the default */
    const char *const *methods;     /* speculation methods; NULL-ended */
    const rctl_flag *flags;  /* in order of name */
    size_t n_flags;
    const rctl_engine_neutral *neutral;
    size_t n_neutral;
    rctl_engine_fn check;           /* cross-field rules, the number of GPUs among them; NULL:
                                       only TP x PP x DP is held against the GPUs */
    rctl_engine_fn arguments;       /* role, speculation and cache; may be NULL */
    void *ctx;                      /* given to both */
    bool underscores;               /* flags may be spelled with '_' for '-' */
    const char *dp_attention_flag;  /* see rctl_engine_neutral.times_dp; NULL: has none */
} rctl_engine;

/*
 * Registers an engine. Errors: INVALID_ARG (a needed member is NULL, flags out of
 * order, a wrong size), LIMIT (the name is taken), NOMEM.
 */
RCTL_EXPORT int rctl_engine_register(rctl_ctx *ctx, const rctl_engine *engine);
/* The engines of a context in order of registration: how many, the one at `index`, and the
 * one of that name. NULL when there is none. Lent by whoever registered it. */
RCTL_EXPORT size_t rctl_engines_count(const rctl_ctx *ctx);
RCTL_EXPORT const rctl_engine *rctl_engines_get(const rctl_ctx *ctx, size_t index);
RCTL_EXPORT const rctl_engine *rctl_engines_find(const rctl_ctx *ctx, const char *name);
/* The row of a flag, its aliases included; NULL when the engine has none. */
RCTL_EXPORT const rctl_flag *rctl_engine_find_flag(const rctl_engine *engine,
                                                   const char *name);

#ifdef __cplusplus
}
#endif

#endif
