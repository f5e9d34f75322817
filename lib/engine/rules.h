/*
 * Cross-field rules as rows: a code, the flag at which the fault is told, the hint,
 * and a function that says what is wrong, or NULL. Rules see only the settings and
 * the job; what needs a GPU or the files of a model is not judged here.
 */
#ifndef ENGINE_RULES_H
#define ENGINE_RULES_H

#include "engine/settings.h"

struct rule_view {
    const rctl_engine_job *job;
    const rctl_engine_config *config;
    struct base_arena *arena;
};

struct rule {
    enum diag_code code;
    const char *flag;
    const char *(*broken)(const struct rule_view *view);
    const char *hint;
};

struct rule_list {
    const struct rule *items;
    size_t n_items;
};

static inline int64_t rule_int(const struct rule_view *view, const char *flag, int64_t fallback)
{
    return engine_config_int(view->config, flag, fallback);
}

static inline const char *rule_get(const struct rule_view *view, const char *flag)
{
    return engine_config_get(view->config, flag);
}

static inline bool rule_is(const struct rule_view *view, const char *flag, const char *value)
{
    return base_str_eq(rule_get(view, flag), value);
}

static inline bool rule_on(const struct rule_view *view, const char *flag)
{
    return rule_is(view, flag, "true");
}

static inline bool rule_off(const struct rule_view *view, const char *flag)
{
    return rule_is(view, flag, "false");
}

/* The method of the speculation asked for, or "". */
static inline const char *rule_method(const struct rule_view *view)
{
    return view->job->speculation ? view->job->speculation->method : "";
}

/* rules.c */
void engine_rules_run(const struct rule_list *lists, size_t n, const rctl_engine_job *job,
               const rctl_engine_config *config, rctl_engine_out *out);

extern const struct rule_list engine_rules_vllm_size, engine_rules_vllm_parallel,
    engine_rules_vllm_serve;
extern const struct rule_list engine_rules_sglang_size, engine_rules_sglang_serve;

/* The callbacks that vllm.c and sglang.c name. */
int engine_vllm_rules(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
               rctl_engine_out *out);
int engine_sglang_rules(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                 rctl_engine_out *out);
int engine_vllm_arguments(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                   rctl_engine_out *out);
int engine_sglang_arguments(void *ctx, const rctl_engine_job *job, const rctl_engine_config *config,
                     rctl_engine_out *out);

/* vllm_kv.c: KV connectors, of the role and of the cache. */
void engine_vllm_kv(const rctl_engine_job *job, const rctl_engine_config *config,
                    rctl_engine_out *out);

#endif
