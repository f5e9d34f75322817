/*
 * engine: the registry of engines and the check of one engine's settings. Knows
 * no kind: it is given a key/value tree, and a job in plain words.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "text/text.h"

#include <routerctl/engine.h>

/* ---- registry.c ---- */

extern const rctl_engine engine_vllm;   /* vllm.c */
extern const rctl_engine engine_sglang; /* sglang.c */

struct engine_registry {
    const rctl_engine **items;
    size_t n_items, room;
};
/* 0, INVALID_ARG or LIMIT; raises NOMEM. */
int engine_registry_add(struct engine_registry *registry, struct base_arena *arena,
                        const rctl_engine *engine);
const rctl_engine *engine_registry_find(const struct engine_registry *registry, const char *name);

/* "vllm/vllm-openai:v0.23.0-cu129" -> "0.23.0"; NULL when the tag tells no version. */
const char *engine_image_version(const char *image, struct base_arena *arena);
/* Compares dotted versions by number: < 0, 0, > 0. */
int engine_version_compare(const char *a, const char *b);

/* ---- check.c: one engine's settings, checked and turned into arguments ---- */

/* Where settings come from; later ones win. */
struct engine_source {
    const struct text_node *config; /* a map key -> scalar, or NULL */
    const struct text_path *path;   /* "spec.engineConfig" */
};

struct engine_input {
    const rctl_engine *engine;
    const rctl_engine_job *job;
    struct engine_source sources[2];   /* engineConfig, then the role's overlay */
    const struct text_node *args;      /* engineArgs: a list of strings, or NULL */
    const struct text_path *args_path;
    const struct text_node *unsafe;    /* allowUnsafeFlags: a list of strings, or NULL */
    bool check_required;               /* false for the overlays of a role */
    bool of_router;                    /* the table is a router's: faults are told as its own */
    uint32_t file;                     /* of the diagnostics */
    struct diag_mark mark;             /* used where a fault has no line of its own */
    const char *object;
};

struct engine_word {
    const char *text; /* one argument: "--max-num-seqs" or "256" */
    const char *why;
};
struct engine_env {
    const char *name, *value, *field_path; /* one of the last two is NULL */
    const char *why;
};
struct engine_port {
    const char *name;
    int32_t number;
};
struct engine_pair {
    const char *key, *value;
};
struct engine_scratch {
    const char *name, *path;
    int64_t bytes;
};

/* Everything the engine adds to its pod; all in the arena given to engine_resolve(). */
struct engine_result {
    struct engine_word *words; /* without the model, host, port and served name */
    size_t n_words;
    struct engine_env *env;
    size_t n_env;
    struct engine_port *ports;
    size_t n_ports;
    struct engine_pair *labels, *annotations;
    size_t n_labels, n_annotations;
    struct engine_scratch *scratch;
    size_t n_scratch;
    int64_t host_memory;  /* bytes */
    int64_t tensor_parallel, pipeline_parallel, data_parallel; /* as set, 1 when not */
    const rctl_engine_config *config; /* the settings themselves, for engine_check_pair() */
};

/*
 * Checks the settings of one engine pod, by row and by rule, and turns them into
 * arguments: neutral keys are mapped, booleans get their --no- form, engineArgs
 * stand last. Faults go to `diags`; `ret` is complete also when there are some.
 */
void engine_resolve(const struct engine_input *input, struct base_arena *arena,
                    struct rctl_diags *diags, struct engine_result *ret);

/* Room for one more at the end of an array that only ever grew through this call. */
void *engine_grow(struct base_arena *arena, void *items, size_t n, size_t size);

/* ---- pair.c ---- */

/* What must hold between the two halves of a P/D pair; both were resolved before. */
void engine_check_pair(const struct engine_input *prefill,
                       const struct engine_result *prefill_result,
                       const struct engine_input *decode,
                       const struct engine_result *decode_result, struct base_arena *arena,
                       struct rctl_diags *diags);

/* ---- table.c ---- */

/* The row of a flag, never that of another name; NULL when the engine has none. */
const rctl_flag *engine_find_flag(const rctl_engine *engine, const char *name);
/* The name of that row; `name` itself when there is none. */
const char *engine_flag_name(const rctl_engine *engine, const char *name);

/* NULL when the table is sane, or what is not. */
const char *engine_check_table(const rctl_engine *engine);

/* ---- settings.c: behind rctl_engine_config_get() and rctl_engine_config_int() ---- */

const char *engine_config_get(const rctl_engine_config *config, const char *flag);
int64_t engine_config_int(const rctl_engine_config *config, const char *flag, int64_t fallback);

/* ---- out.c: behind rctl_engine_out_*(); they raise NOMEM ---- */

void engine_out_arg(rctl_engine_out *out, const char *flag, const char *value, const char *why);
void engine_out_env(rctl_engine_out *out, const char *name, const char *value, const char *why);
void engine_out_env_field(rctl_engine_out *out, const char *name, const char *field_path,
                          const char *why);
void engine_out_port(rctl_engine_out *out, const char *name, int32_t number);
void engine_out_label(rctl_engine_out *out, const char *key, const char *value);
void engine_out_annotation(rctl_engine_out *out, const char *key, const char *value);
void engine_out_scratch(rctl_engine_out *out, const char *name, const char *path, int64_t bytes);
void engine_out_host_memory(rctl_engine_out *out, int64_t bytes);
void engine_out_fault(rctl_engine_out *out, rctl_severity severity, const char *flag,
                      const char *message, const char *hint);
struct base_arena *engine_out_arena(rctl_engine_out *out);

/* For vllm.c and sglang.c: a fault with its own code, at the place of a setting. */
void engine_fault(rctl_engine_out *out, enum diag_code code, const char *flag, const char *hint,
                  const char *message, ...) __attribute__((format(printf, 5, 6)));

#endif
