/* gen/explain: one topic in plain text. Called by lib/api only. */
#ifndef GEN_EXPLAIN_H
#define GEN_EXPLAIN_H

#include "kinds/kinds.h"

/* False when there is no such topic; then the nearest one, if any, is written. */
bool gen_explain(const struct engine_registry *engines, const char *topic, struct base_buf *out);

#endif
