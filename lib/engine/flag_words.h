/*
 * The words that the flag tables (flags_*.def) are written in. Included by the one
 * file of each engine and router that holds its table, and by nothing else.
 */
#ifndef ENGINE_FLAG_WORDS_H
#define ENGINE_FLAG_WORDS_H

#include <routerctl/engine.h>

enum {
    NONE = 0,
    ADVISORY = RCTL_FLAG_ADVISORY,
    OPTIONAL = RCTL_FLAG_OPTIONAL,
    OURS = RCTL_FLAG_OURS,
    UNSAFE = RCTL_FLAG_UNSAFE,
    DEPRECATED = RCTL_FLAG_DEPRECATED,
    MIN = RCTL_FLAG_MIN,
    MIN_OPEN = RCTL_FLAG_MIN_OPEN,
    MAX = RCTL_FLAG_MAX,
    MAX_OPEN = RCTL_FLAG_MAX_OPEN,
    SPELLED = RCTL_FLAG_SPELLED,
    DOTTED = RCTL_FLAG_DOTTED,
    REPEAT = RCTL_FLAG_REPEAT
};

#define FLAG(name, type, traits, choices, min, max, fallback, since, until, alias_of, instead,    \
             note)                                                                                 \
    {name,  RCTL_FLAG_##type, traits,   choices, min,  max,                                        \
     fallback, since,         until,    alias_of, instead, note},

#endif
