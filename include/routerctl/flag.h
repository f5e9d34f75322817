/*
 * Command-line flags as rows: one table for each engine and each router says what
 * its program takes, so that a wrong flag is told before a pod fails on it.
 */
#ifndef ROUTERCTL_FLAG_H
#define ROUTERCTL_FLAG_H

#include <routerctl/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What values a flag takes, and how they are rendered. */
typedef enum rctl_flag_type {
    RCTL_FLAG_STRING = 0,
    RCTL_FLAG_INT,            /* plain decimal digits */
    RCTL_FLAG_INT_HUMAN,      /* also 8k (8000) and 8K (8192) */
    RCTL_FLAG_FLOAT,
    RCTL_FLAG_BOOL,           /* "true" renders --name, "false" renders --no-name */
    RCTL_FLAG_SWITCH,         /* "true" renders --name, "false" renders nothing */
    RCTL_FLAG_ENUM,
    RCTL_FLAG_ENUM_INT,
    RCTL_FLAG_JSON,           /* a JSON object or list */
    RCTL_FLAG_JSON_OR_STRING,
    RCTL_FLAG_LIST_STRING,    /* values apart by spaces, each an argument of its own */
    RCTL_FLAG_LIST_INT,
    RCTL_FLAG_LIST_FLOAT,
    RCTL_FLAG_LIST_ENUM,
    RCTL_FLAG_REMOVED,        /* an older version had it; using it is an error */
    RCTL_FLAG_TYPE__COUNT
} rctl_flag_type;

/* What else is true of a flag. */
enum rctl_flag_trait {
    RCTL_FLAG_ADVISORY = 1u << 0, /* other values than `choices` may exist: a warning */
    RCTL_FLAG_OPTIONAL = 1u << 1, /* "None" or "" means unset */
    RCTL_FLAG_OURS = 1u << 2,     /* rendered by the library: users may not set it */
    RCTL_FLAG_UNSAFE = 1u << 3,   /* weakens security: needs an explicit opt-in */
    RCTL_FLAG_DEPRECATED = 1u << 4,
    RCTL_FLAG_MIN = 1u << 5,      /* `min` holds: value >= min */
    RCTL_FLAG_MIN_OPEN = 1u << 6, /* value > min */
    RCTL_FLAG_MAX = 1u << 7,      /* value <= max */
    RCTL_FLAG_MAX_OPEN = 1u << 8, /* value < max */
    RCTL_FLAG_SPELLED = 1u << 9,  /* a word may stand for the number, see `choices` */
    RCTL_FLAG_DOTTED = 1u << 10,  /* JSON whose parts may be given alone: name.key */
    RCTL_FLAG_REPEAT = 1u << 11   /* may be given several times */
};

/* One flag. */
typedef struct rctl_flag {
    const char *name;     /* without dashes: "max-num-seqs" */
    rctl_flag_type type;
    unsigned traits;      /* enum rctl_flag_trait, or-ed */
    const char *choices;  /* "a|b|c", or NULL; of JSON: the keys the object may have */
    double min, max;
    const char *fallback; /* the engine's own default as text, or NULL */
    const char *since;    /* first version that has it, or NULL */
    const char *until;    /* last version that had it, or NULL */
    const char *alias_of; /* another spelling of this flag, or NULL */
    const char *instead;  /* what to use in its place, or NULL */
    const char *note;     /* one line, or NULL */
} rctl_flag;

#ifdef __cplusplus
}
#endif

#endif
