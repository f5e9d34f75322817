/*
 * One engine pod for unit tests: settings as YAML in, arguments and codes out, each
 * as one line. The job starts as a plain pod of one model without a known GPU count.
 */
#ifndef UNIT_ENGINE_POD_H
#define UNIT_ENGINE_POD_H

#include "engine/settings.h"
#include "support/tree.h"

struct pod {
    struct memory memory;
    struct rctl_diags diags;
    rctl_engine_job job;
    struct engine_input input;
    struct engine_result result;
};

static const struct text_path pod_spec = {NULL, "spec", 0};
static const struct text_path pod_config_path = {&pod_spec, "engineConfig", 0};
static const struct text_path pod_overlay_path = {&pod_spec, "decodeEngineConfig", 0};
static const struct text_path pod_args_path = {&pod_spec, "engineArgs", 0};

static inline void pod_init(struct pod *pod, const rctl_engine *engine)
{
    static const char *const files[] = {"pod.yaml"};

    memset(pod, 0, sizeof(*pod));
    memory_init(&pod->memory);
    diag_init(&pod->diags, &pod->memory.arena, 0);
    pod->diags.files = files;
    pod->diags.n_files = 1;
    pod->job = (rctl_engine_job){.size = sizeof(pod->job),
                                 .model = "org/model",
                                 .served_name = "model",
                                 .port = 8000,
                                 .gpus = -1,
                                 .replicas = 1};
    pod->input = (struct engine_input){
        .engine = engine,
        .job = &pod->job,
        .sources = {{NULL, &pod_config_path}, {NULL, &pod_overlay_path}},
        .args_path = &pod_args_path,
        .mark = {0, 1, 1},
        .object = "InferenceService/default/chat"};
}

static inline void pod_config(struct pod *pod, const char *yaml)
{
    if (yaml)
        pod->input.sources[0].config = tree_parse(&pod->memory, yaml);
}

static inline void pod_overlay(struct pod *pod, const char *yaml)
{
    if (yaml)
        pod->input.sources[1].config = tree_parse(&pod->memory, yaml);
}

static inline void pod_args(struct pod *pod, const char *yaml)
{
    if (yaml)
        pod->input.args = tree_parse(&pod->memory, yaml);
}

static inline void pod_unsafe(struct pod *pod, const char *yaml)
{
    if (yaml)
        pod->input.unsafe = tree_parse(&pod->memory, yaml);
}

/* The codes of all faults, in order, apart by blanks; "" when there are none. */
static inline const char *pod_codes(struct pod *pod)
{
    struct base_buf buf;

    diag_sort(&pod->diags);
    base_buf_init(&buf, &pod->memory.arena, NULL);
    base_buf_puts(&buf, "");
    for (size_t i = 0; i < pod->diags.n_items; i++)
        base_buf_format(&buf, "%s%s", i ? " " : "", pod->diags.items[i]->told.code);
    return buf.data;
}

static inline const char *pod_resolve(struct pod *pod)
{
    engine_resolve(&pod->input, &pod->memory.arena, &pod->diags, &pod->result);
    return pod_codes(pod);
}

static inline bool pod_has_code(struct pod *pod, const char *code)
{
    for (size_t i = 0; i < pod->diags.n_items; i++)
        if (strcmp(pod->diags.items[i]->told.code, code) == 0)
            return true;
    return false;
}

static inline const rctl_diag *pod_diag(struct pod *pod, size_t i)
{
    diag_sort(&pod->diags);
    cr_assert_lt(i, pod->diags.n_items, "too few faults: %s", pod_codes(pod));
    return &pod->diags.items[i]->told;
}

static inline const char *pod_words(struct pod *pod)
{
    struct base_buf buf;

    base_buf_init(&buf, &pod->memory.arena, NULL);
    base_buf_puts(&buf, "");
    for (size_t i = 0; i < pod->result.n_words; i++)
        base_buf_format(&buf, "%s%s", i ? " " : "", pod->result.words[i].text);
    return buf.data;
}

/* The value of a variable; of one taken from the pod, its field path. */
static inline const char *pod_env(struct pod *pod, const char *name)
{
    for (size_t i = 0; i < pod->result.n_env; i++)
        if (strcmp(pod->result.env[i].name, name) == 0)
            return pod->result.env[i].value ? pod->result.env[i].value
                                            : pod->result.env[i].field_path;
    return NULL;
}

/* "name=number", all ports apart by blanks. */
static inline const char *pod_ports(struct pod *pod)
{
    struct base_buf buf;

    base_buf_init(&buf, &pod->memory.arena, NULL);
    base_buf_puts(&buf, "");
    for (size_t i = 0; i < pod->result.n_ports; i++)
        base_buf_format(&buf, "%s%s=%d", i ? " " : "", pod->result.ports[i].name,
                        (int)pod->result.ports[i].number);
    return buf.data;
}

static inline const char *pod_pair(const struct engine_pair *pairs, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(pairs[i].key, key) == 0)
            return pairs[i].value;
    return NULL;
}

static inline void pod_done(struct pod *pod)
{
    memory_done(&pod->memory);
}

#endif
