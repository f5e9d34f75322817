/*
 * What the files of lib/engine share and nobody else sees: the user's settings
 * after they were matched with the rows of the flag table, and the receiver that
 * the two callbacks of an engine write to.
 */
#ifndef ENGINE_SETTINGS_H
#define ENGINE_SETTINGS_H

#include "engine/engine.h"

/* ---- value.c: one value against one row ---- */

struct engine_value {
    const char *text;         /* NULL for lists and for what is unset */
    const char *const *items; /* lists */
    size_t n_items;
    const struct text_node *tree; /* JSON */
    int64_t number;               /* INT, INT_HUMAN and ENUM_INT */
    bool has_number;
    bool unset; /* "None" or "" where that is allowed */
};

/* Why a value cannot stay as it is; a warning leaves it usable. */
struct engine_complaint {
    enum diag_code code;
    const char *message; /* NULL: nothing to complain about */
    const char *hint;
};

/* Returns false when the value is of no use. */
bool engine_value_read(const rctl_flag *flag, const struct text_node *node,
                       struct base_arena *arena, struct engine_value *ret,
                       struct engine_complaint *ret_complaint);
/* A harmful character sequence in what becomes an argument. */
bool engine_value_safe(const char *text, struct base_arena *arena,
                       struct engine_complaint *ret_complaint);
/* The user's text for a message: cut when long, in ticks. */
const char *engine_quote(const char *text, struct base_arena *arena);

/* ---- number.c, json_value.c: parts of value.c ---- */

bool engine_read_number(const rctl_flag *flag, const char *text, struct base_arena *arena,
                        struct engine_value *ret, struct engine_complaint *ret_complaint);
/* Strict JSON, an object or a list, as a tree; NULL when it is not. */
const struct text_node *engine_read_json(const char *text, struct base_arena *arena);

/* ---- table.c: rows by name ---- */

/* A flag as a user may have spelled it: "tp_size", "no-enforce-eager", "a-config.key". */
struct engine_name {
    const rctl_flag *flag; /* NULL: unknown */
    const char *part;             /* "key" of "a-config.key", or NULL */
    bool negated;                 /* "no-" in front of a boolean */
};
struct engine_name engine_find_name(const rctl_engine *engine, const char *spelling,
                                    struct base_arena *arena);
/* What a name that is unknown may have meant: a message's end and a hint. */
struct engine_complaint engine_unknown_name(const rctl_engine *engine, const char *spelling,
                                            struct base_arena *arena);
bool engine_has_choice(const char *choices, const char *word);

/* ---- settings.c ---- */

enum engine_origin { ENGINE_FROM_CONFIG, ENGINE_FROM_OVERLAY, ENGINE_FROM_ARGS };

struct engine_setting {
    const rctl_flag *flag;
    const char *part;
    struct engine_value value;
    enum engine_origin origin;
    const char *key; /* as the user wrote it */
    const char *path;
    struct diag_mark mark;
    const char *why;
    bool times_dp;
};

struct rctl_engine_config {
    const rctl_engine *engine;
    struct engine_setting *items;
    size_t n_items;
};

/* The setting of a whole flag (not of a part), by the name of its row; or NULL. */
const struct engine_setting *engine_config_find(const rctl_engine_config *config,
                                                const char *flag);
bool engine_config_on(const rctl_engine_config *config, const char *flag);  /* is "true" */
bool engine_config_off(const rctl_engine_config *config, const char *flag); /* is "false" */
/* The value of one key of a JSON flag, given inside or as "flag.key"; or NULL. */
const struct text_node *engine_config_json(const rctl_engine_config *config, const char *flag,
                                           const char *key);
bool engine_config_has_part(const rctl_engine_config *config, const char *flag, const char *key);

/* ---- check.c, keys.c, args.c ---- */

struct engine_check {
    const struct engine_input *input;
    struct rctl_engine_config *config;
    struct base_arena *arena;
    struct rctl_diags *diags;
};
/* Where a fault is told. */
struct engine_place {
    struct diag_mark mark;
    const char *path;
};
struct diag_entry *engine_complain(const struct engine_check *check,
                                   const struct engine_place *place,
                                   const struct engine_complaint *complaint);
/* May this flag be set at all, by this user and in this version? */
bool engine_judge_flag(const struct engine_check *check, const struct engine_place *place,
                       const rctl_flag *flag, const char *key);
/* Adds a setting; a flag that the same source has already is a fault. */
void engine_add_setting(const struct engine_check *check, const struct engine_setting *setting);
void engine_take_keys(const struct engine_check *check, size_t source);
/* Checks engineArgs; returns the words as they are, in *ret_n. */
const struct engine_word *engine_take_args(const struct engine_check *check, size_t *ret_n);

/* ---- out.c ---- */

struct rctl_engine_out {
    const struct engine_input *input;
    const rctl_engine_config *config;
    struct base_arena *arena;
    struct rctl_diags *diags;
    struct engine_result *result;
};
void engine_out_word(rctl_engine_out *out, const char *text, const char *why);
/* The words of one setting. */
void engine_out_setting(rctl_engine_out *out, const struct engine_setting *setting);

/* The number of GPUs that one pod needs, against those that it has. */
void engine_check_gpus(rctl_engine_out *out, const char *flag, int64_t needed);

#endif
