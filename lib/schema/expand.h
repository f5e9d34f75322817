/*
 * The only X-macro file. Include it with SCHEMA_ROWS naming a .def file, and
 * SCHEMA_EXPAND one of 1 (structs), 2 (declarations of the shapes), 3 (the
 * descriptors). No include guard: it is meant to be included three times.
 *
 * Rows of shapes that we decode:
 *   SHAPE(shape, "Doc.")  ...  END(shape, check function or NULL)
 *   F (shape, member, "wire", TYPE, flags, (constraints), "Doc.")       scalar
 *   O (shape, member, "wire", sub, flags, (constraints), "Doc.")        object
 *   L (shape, member, "wire", sub, flags, (constraints), "Doc.")        list of objects
 *   LS(shape, member, "wire", ITEM, flags, (constraints), "Doc.")       list of scalars
 *   M (shape, member, "wire", ITEM, flags, (constraints), "Doc.")       map of scalars, a tree
 *   R (shape, member, "wire", sub, "Kind", flags, (constraints), "Doc.") reference
 *   K (shape, member, "wire", TYPE, ksub, flags, (constraints), "Doc.") tree of a KSHAPE
 * Rows of Kubernetes' own shapes, which are checked and passed on as trees:
 *   KSHAPE(shape)  ...  KEND(shape, check function or NULL)
 *   C ("wire", TYPE, flags, (constraints))   scalar
 *   CO("wire", ksub, flags, (constraints))   object
 *   CL("wire", ksub, flags, (constraints))   list of objects
 *   CS("wire", ITEM, flags, (constraints))   list of scalars
 *   CM("wire", ITEM, flags, (constraints))   map of scalars
 */
#ifndef SCHEMA_CONSTRAINTS
#define SCHEMA_CONSTRAINTS
#define SCHEMA_UNPAREN(...) __VA_ARGS__
#define OPT 0
#define REQ SCHEMA_REQ
#define EXTRA SCHEMA_EXTRA
#define SHORTHAND SCHEMA_SHORTHAND
#define SOFT SCHEMA_SOFT
#define CSV SCHEMA_CSV
#define IMMUTABLE SCHEMA_IMMUTABLE
#define NOTEMPTY SCHEMA_NOTEMPTY
#define UNION SCHEMA_UNION
#define STATUS SCHEMA_STATUS
#define NONE .spare = 0
#define MIN(value) .has_min = true, .min = (value)
#define MAX(value) .has_max = true, .max = (value)
#define RANGE(low, high) MIN(low), MAX(high)
#define DEFAULT(text) .fallback = text
#define VALUES(...) .values = (const char *const[]){__VA_ARGS__, NULL}
#define SYNTAX(name) .syntax = SCHEMA_##name
#define KEYS(name) .key_syntax = SCHEMA_##name
#define MERGE(key) .merge_key = key
#define SCHEMA_MEMBER_STR struct schema_str
#define SCHEMA_MEMBER_ENUM struct schema_str
#define SCHEMA_MEMBER_QUANTITY struct schema_str
#define SCHEMA_MEMBER_INT struct schema_int
#define SCHEMA_MEMBER_NUM struct schema_num
#define SCHEMA_MEMBER_BOOL struct schema_bool
#define SCHEMA_MEMBER_ANY const struct text_node *
#endif

#if SCHEMA_EXPAND == 1
#define SHAPE(shp, text) struct shp {
#define END(shp, fn) };
#define F(shp, member, wire, kind, flag, cons, text) SCHEMA_MEMBER_##kind member;
#define O(shp, member, wire, sub, flag, cons, text) const struct sub *member;
#define L(shp, member, wire, sub, flag, cons, text) struct schema_list member;
#define LS(shp, member, wire, kind, flag, cons, text) struct schema_list member;
#define M(shp, member, wire, kind, flag, cons, text) const struct text_node *member;
#define R(shp, member, wire, sub, kind, flag, cons, text) const struct sub *member;
#define K(shp, member, wire, kind, sub, flag, cons, text) const struct text_node *member;
#define KSHAPE(shp)
#define KEND(shp, fn)
#define C(wire, kind, flag, cons)
#define CO(wire, sub, flag, cons)
#define CL(wire, sub, flag, cons)
#define CS(wire, kind, flag, cons)
#define CM(wire, kind, flag, cons)
#elif SCHEMA_EXPAND == 2
#define SHAPE(shp, text) extern const struct schema_shape shape_##shp;
#define END(shp, fn)
#define F(shp, member, wire, kind, flag, cons, text)
#define O(shp, member, wire, sub, flag, cons, text)
#define L(shp, member, wire, sub, flag, cons, text)
#define LS(shp, member, wire, kind, flag, cons, text)
#define M(shp, member, wire, kind, flag, cons, text)
#define R(shp, member, wire, sub, kind, flag, cons, text)
#define K(shp, member, wire, kind, sub, flag, cons, text)
#define KSHAPE(shp) extern const struct schema_shape shape_##shp;
#define KEND(shp, fn)
#define C(wire, kind, flag, cons)
#define CO(wire, sub, flag, cons)
#define CL(wire, sub, flag, cons)
#define CS(wire, kind, flag, cons)
#define CM(wire, kind, flag, cons)
#elif SCHEMA_EXPAND == 3
#define SCHEMA_ROW(wire, flag, cons, text)                                                         \
    .name = wire, .flags = (flag), .doc = text, SCHEMA_UNPAREN cons
#define SCHEMA_AT(shp, member) .offset = (uint16_t)offsetof(struct shp, member)
#define SHAPE(shp, text)                                                                         \
    static const char shp##_doc[] = text;                                                        \
    static const struct schema_field shp##_fields[] = {
#define END(shp, fn)                                                                             \
    }                                                                                              \
    ;                                                                                              \
    const struct schema_shape shape_##shp = {#shp, shp##_doc, shp##_fields,                \
                                               BASE_COUNT(shp##_fields), sizeof(struct shp),   \
                                               fn};
#define F(shp, member, wire, kind, flag, cons, text)                                             \
    {SCHEMA_ROW(wire, flag, cons, text), SCHEMA_AT(shp, member), .type = SCHEMA_##kind},
#define O(shp, member, wire, sub, flag, cons, text)                                              \
    {SCHEMA_ROW(wire, flag, cons, text), SCHEMA_AT(shp, member), .type = SCHEMA_OBJ,             \
     .shape = &shape_##sub},
#define L(shp, member, wire, sub, flag, cons, text)                                              \
    {SCHEMA_ROW(wire, flag, cons, text), SCHEMA_AT(shp, member), .type = SCHEMA_LIST,            \
     .item = SCHEMA_OBJ, .shape = &shape_##sub},
#define LS(shp, member, wire, kind, flag, cons, text)                                            \
    {SCHEMA_ROW(wire, flag, cons, text), SCHEMA_AT(shp, member), .type = SCHEMA_LIST,            \
     .item = SCHEMA_##kind},
#define M(shp, member, wire, kind, flag, cons, text)                                             \
    {SCHEMA_ROW(wire, (flag) | SCHEMA_RAW, cons, text), SCHEMA_AT(shp, member),                  \
     .type = SCHEMA_MAP, .item = SCHEMA_##kind},
#define R(shp, member, wire, sub, kind, flag, cons, text)                                        \
    {SCHEMA_ROW(wire, flag, cons, text), SCHEMA_AT(shp, member), .type = SCHEMA_REF,             \
     .shape = &shape_##sub, .target = kind},
#define K(shp, member, wire, kind, sub, flag, cons, text)                                        \
    {SCHEMA_ROW(wire, (flag) | SCHEMA_RAW, cons, text), SCHEMA_AT(shp, member),                  \
     .type = SCHEMA_##kind, .item = SCHEMA_OBJ, .shape = &shape_##sub},
#define KSHAPE(shp) static const struct schema_field shp##_fields[] = {
#define KEND(shp, fn)                                                                            \
    }                                                                                              \
    ;                                                                                              \
    const struct schema_shape shape_##shp = {#shp, NULL, shp##_fields,                       \
                                               BASE_COUNT(shp##_fields), 0, fn};
#define C(wire, kind, flag, cons) {SCHEMA_ROW(wire, flag, cons, NULL), .type = SCHEMA_##kind},
#define CO(wire, sub, flag, cons)                                                                  \
    {SCHEMA_ROW(wire, flag, cons, NULL), .type = SCHEMA_OBJ, .shape = &shape_##sub},
#define CL(wire, sub, flag, cons)                                                                  \
    {SCHEMA_ROW(wire, flag, cons, NULL), .type = SCHEMA_LIST, .item = SCHEMA_OBJ,                  \
     .shape = &shape_##sub},
#define CS(wire, kind, flag, cons)                                                                 \
    {SCHEMA_ROW(wire, flag, cons, NULL), .type = SCHEMA_LIST, .item = SCHEMA_##kind},
#define CM(wire, kind, flag, cons)                                                                 \
    {SCHEMA_ROW(wire, flag, cons, NULL), .type = SCHEMA_MAP, .item = SCHEMA_##kind},
#else
#error "SCHEMA_EXPAND must be 1, 2 or 3"
#endif

#include SCHEMA_ROWS

#undef SHAPE
#undef END
#undef F
#undef O
#undef L
#undef LS
#undef M
#undef R
#undef K
#undef KSHAPE
#undef KEND
#undef C
#undef CO
#undef CL
#undef CS
#undef CM
#undef SCHEMA_ROW
#undef SCHEMA_AT
#undef SCHEMA_EXPAND
