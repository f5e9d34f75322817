/*
 * Random objects that satisfy the rows of a shape. They come from the rows alone,
 * so a new field is covered on the day it is written.
 */
#ifndef SUPPORT_RANDOBJ_H
#define SUPPORT_RANDOBJ_H

#include "kinds/kinds.h"

/* A seed gives the same object on every machine. */
struct randobj {
    uint64_t state;
    unsigned size; /* 0 to 100: how many optional fields and items there are */
};

/* Adds a value of the shape to what is open, as the entry `key`. */
void randobj_put(struct randobj *random, struct text_builder *out, const char *key,
                 const struct schema_shape *shape);
uint32_t randobj_next(struct randobj *random, uint32_t below);

#endif
