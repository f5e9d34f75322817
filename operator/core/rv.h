/*
 * rv: resource versions. They are opaque texts; where both are plain decimal numbers
 * they are ordered (guaranteed since Kubernetes 1.35). They may have 128 bits, so they
 * are compared as text. Those of different resources are never compared.
 */
#ifndef CORE_RV_H
#define CORE_RV_H

enum { RV_SIZE = 48 }; /* room for the longest that is kept, with its NUL */

enum rv_order { RV_OLDER, RV_SAME, RV_NEWER, RV_UNORDERED };

/* What `a` is beside `b`. UNORDERED when they differ and one is no plain number. */
enum rv_order rv_compare(const char *a, const char *b);

#endif
