/*
 * The structs and shapes that the rows of shapes.def become. A spec member holds
 * its value and the node it came from, so that a rule can point at it.
 */
#ifndef KINDS_SHAPES_H
#define KINDS_SHAPES_H

#include "schema/schema.h"

#define SCHEMA_ROWS "kinds/shapes.def"
#define SCHEMA_EXPAND 1
#include "schema/expand.h"
#define SCHEMA_EXPAND 2
#include "schema/expand.h"

#endif
