/*
 * gen: text that is made from the tables of kinds, codes, engines and routers. Nothing here
 * is told twice: a row changes, and the CRDs and reference pages follow.
 */
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include "kinds/kinds.h"

/* The CustomResourceDefinition of a kind; its choices are what is registered. */
void gen_crd(const struct kinds_kind *kind, const struct kinds_tables *tables,
             struct base_buf *out);

/* The roles of the operator. `namespaced`: for its own namespace only. */
void gen_rbac(const struct kinds_tables *tables, const char *name_space, bool namespaced,
              struct base_buf *out);

/* ---- kinds_md.c diagnostics_md.c engines_md.c routers_md.c: pages of docs/reference ---- */
void gen_kinds_md(const struct kinds_tables *tables, struct base_buf *out);
void gen_diagnostics_md(const struct kinds_tables *tables, struct base_buf *out);
void gen_engines_md(const struct kinds_tables *tables, struct base_buf *out);
void gen_routers_md(const struct kinds_tables *tables, struct base_buf *out);
/* ---- kinds_py.c: the dataclasses of the Python package ---- */
void gen_kinds_py(const struct kinds_tables *tables, struct base_buf *out);

/* ---- markdown.c: text within a table or a line; what Markdown would read is escaped ---- */
void gen_md_text(struct base_buf *out, const char *text);
void gen_md_code(struct base_buf *out, const char *text);

/* ---- flags_md.c ---- */
void gen_md_flags(struct base_buf *out, const rctl_flag *flags, size_t n);

#endif
