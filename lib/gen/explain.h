/* gen/explain: one topic in plain text. Called by lib/api only. */
#ifndef GEN_EXPLAIN_H
#define GEN_EXPLAIN_H

#include "kinds/kinds.h"

/* ---- explain_programs.c ---- */
void gen_explain_routers(const struct router_registry *routers, struct base_buf *out);
/* An engine, a router, or a flag of one; false when the topic is none of these. */
bool gen_explain_program(const struct kinds_tables *tables, const char *topic,
                         struct base_buf *out);
/* "vllm.max-num-seq" -> "vllm.max-num-seqs", when something is near. */
bool gen_suggest_flag(const struct kinds_tables *tables, const char *topic, struct base_buf *out);

/* ---- explain.c ---- */
/* False when there is no such topic; then the nearest one, if any, is written. */
bool gen_explain(const struct kinds_tables *tables, const char *topic, struct base_buf *out);

#endif
