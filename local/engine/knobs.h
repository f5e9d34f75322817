/*
 * knobs: what can be changed while the engine runs, as one table: read from the command
 * line and from POST /fake/knobs, shown by GET /fake/knobs.
 */
#ifndef ENGINE_KNOBS_H
#define ENGINE_KNOBS_H

#include "engine.h"

struct json_object;

struct knob {
    const char *name; /* in JSON; an option spells it with dashes */
    size_t member;    /* offset of the double in struct engine_knobs */
    double least, most, usual;
    const char *help;
};

size_t knobs_count(void);
const struct knob *knobs_get(size_t index);
void knobs_reset(struct engine_knobs *knobs);
double knobs_read(const struct engine_knobs *knobs, const struct knob *knob);
/* False when the number is out of bounds. */
bool knobs_set(struct engine_knobs *knobs, const struct knob *knob, double value);
/*
 * Takes all members of an object, or none and false with a message of at most `n` bytes
 * in `why`.
 */
bool knobs_take(struct engine_knobs *knobs, struct json_object *object, char *why, size_t n);
/* A new object. */
struct json_object *knobs_show(const struct engine_knobs *knobs);

#endif
