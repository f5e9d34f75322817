/* The descriptors of all shapes; the rows are in the .def files. */
#include "kinds/shapes.h"

#include "kinds/k8s.h"
#include "kinds/kinds.h"

#define SCHEMA_ROWS "kinds/shapes.def"
#define SCHEMA_EXPAND 3
#include "schema/expand.h"
