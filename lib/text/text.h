/*
 * text: value trees with source marks, read from YAML or JSON and written back.
 * Trees are immutable once built and live in an arena. Scalars keep the text that
 * the user wrote; their JSON form is made when it is asked for.
 */
#ifndef TEXT_TEXT_H
#define TEXT_TEXT_H

#include "base/base.h"
#include "diag/diag.h"

/* ---- node.c: the tree ---- */

enum text_type { TEXT_NULL, TEXT_BOOL, TEXT_INT, TEXT_FLOAT, TEXT_STR, TEXT_LIST, TEXT_MAP };
enum text_style { TEXT_PLAIN, TEXT_QUOTED, TEXT_BLOCK };

/* Where a value stands; line and column count from 1, 0 = made by us. */
struct text_mark {
    uint32_t line, column;
};

struct text_pair;
struct text_node {
    uint8_t type;  /* enum text_type */
    uint8_t style; /* enum text_style, as it was written */
    uint32_t len;  /* bytes of `str`, or how many children */
    struct text_mark mark;
    union {
        const char *str;               /* scalars: the text as written, NUL-terminated */
        const struct text_node *items; /* TEXT_LIST */
        const struct text_pair *pairs; /* TEXT_MAP, in the order written */
    } u;
};

struct text_pair {
    const char *key;
    uint32_t key_len;
    struct text_mark mark; /* of the key */
    struct text_node value;
};

const char *text_type_name(enum text_type type); /* "a string", "a map", ... */
/* The value of a key, or NULL; `map` may be NULL or no map. */
const struct text_node *text_get(const struct text_node *map, const char *key);
const struct text_pair *text_get_pair(const struct text_node *map, const char *key);
/* The text of a string scalar, or NULL. */
const char *text_get_str(const struct text_node *map, const char *key);
/* By value as JSON sees it: 1 and 1.0 and 0x1 are equal, "1" is another; map order is free. */
bool text_equal(const struct text_node *a, const struct text_node *b);

/*
 * The JSON form of a scalar, as kubectl makes it from YAML: 0x1F is 31, 1e3 is
 * 1000, 9223372036854775808 is 9223372036854776000, yes is true.
 */
bool text_bool(const struct text_node *node);               /* TEXT_BOOL */
bool text_int(const struct text_node *node, int64_t *ret);  /* TEXT_INT, or an integral float */
bool text_double(const struct text_node *node, double *ret); /* TEXT_INT or TEXT_FLOAT */
void text_scalar_json(const struct text_node *node, struct base_buf *out);
/* What kind of scalar a plain YAML word is under kubectl's table. */
enum text_type text_plain_type(const char *text, size_t len);

/* ---- sort.c ---- */

/* The same value with the keys of every map in order; `node` itself when they are. */
const struct text_node *text_sorted(const struct text_node *node, struct base_arena *arena);

/* ---- path.c: spec.a[0]["b.c"] ---- */

/* A path that a walker extends while it goes down; printed only when needed. */
struct text_path {
    const struct text_path *parent;
    const char *key; /* NULL for a list index */
    size_t index;
};
const char *text_path_print(const struct text_path *path, struct base_arena *arena);
/* Follows a printed path from a node; NULL when nothing is there. */
const struct text_node *text_path_find(const struct text_node *root, const char *path);

/* ---- builder.c: an event feed that makes trees ---- */

struct text_frame;
struct text_builder {
    struct base_arena *arena;   /* the finished tree */
    struct base_arena scratch;  /* what is still open */
    struct text_frame *top, *spare;
    struct text_node result;
    bool done;
};
void text_build_init(struct text_builder *builder, struct base_arena *arena);
void text_build_done(struct text_builder *builder); /* frees the scratch space */
void text_build_key(struct text_builder *builder, const char *key, size_t len,
                    struct text_mark mark, bool copy);
void text_build_scalar(struct text_builder *builder, enum text_type type, enum text_style style,
                       const char *text, size_t len, struct text_mark mark);
void text_build_node(struct text_builder *builder, const struct text_node *node);
void text_build_open(struct text_builder *builder, enum text_type list_or_map,
                     struct text_mark mark);
/* Returns the closed node; it is stable, and also its parent's new child. */
struct text_node text_build_close(struct text_builder *builder);
/* The key that the open map already has, or NULL. */
const struct text_pair *text_build_has(const struct text_builder *builder, const char *key,
                                       size_t len);
/* Drops what is open or done, for the next tree. */
void text_build_abandon(struct text_builder *builder);
/* Forgets the newest child of what is open; its key was not looked up since. */
void text_build_undo(struct text_builder *builder);
/* How many children the open list or map has, and one pair taken out of the open map. */
uint32_t text_build_count(const struct text_builder *builder);
struct text_pair text_build_take(struct text_builder *builder, uint32_t at);
/* The root, once everything is closed. */
const struct text_node *text_build_finish(struct text_builder *builder);
/* The tree that `build` makes, with a builder that is cleaned also when something is raised. */
const struct text_node *text_built(struct base_arena *arena,
                                   void (*build)(struct text_builder *builder, const void *arg),
                                   const void *arg);

/* For trees made by us: inside a map, `key` names the entry; inside a list it is NULL. */
void text_put_map(struct text_builder *builder, const char *key);
void text_put_list(struct text_builder *builder, const char *key);
void text_put_end(struct text_builder *builder);
void text_put_str(struct text_builder *builder, const char *key, const char *value);
void text_put_int(struct text_builder *builder, const char *key, int64_t value);
void text_put_bool(struct text_builder *builder, const char *key, bool value);
void text_put_node(struct text_builder *builder, const char *key, const struct text_node *node);

/* ---- yaml_read.c: the only file that knows libyaml ---- */

struct text_limits {
    size_t bytes;      /* of one file, after gunzip */
    uint32_t depth;
    size_t nodes;      /* of one file */
    size_t expansions; /* nodes that aliases may add to one file */
    size_t string;     /* bytes of one scalar */
};
extern const struct text_limits text_limits_default;

/* One document of a file. `root` is NULL when it was broken beyond use. */
struct text_doc {
    const struct text_node *root;
    struct text_mark mark;
};

/* Equal keys of a whole set share one copy. */
struct text_interner;
struct text_interner *text_interner_new(struct base_arena *arena);
const char *text_intern(struct text_interner *interner, const char *text, size_t len);
/* The same for values, of which only those that come again soon are shared. */
const char *text_intern_value(struct text_interner *interner, const char *text, size_t len);

/*
 * Reads every document of one file, YAML or JSON. Faults become diagnostics; what
 * could be read comes out. `each` is called once for each non-empty document, in
 * order; the tree is in `arena`.
 */
struct text_reader {
    struct base_arena *arena;
    struct text_interner *keys;
    const struct text_limits *limits;
    struct rctl_diags *diags;
    uint32_t file;
    void (*each)(void *ctx, const struct text_doc *doc);
    void *ctx;
};
void text_read(const struct text_reader *reader, const char *data, size_t len);

/* ---- inflate.c: the only file that knows zlib ---- */

bool text_is_gzip(const char *data, size_t len);
/*
 * Unpacks gzip, at most `cap` bytes, into one block from `mem` (size in *ret_size,
 * freed by the caller). Returns false after adding a diagnostic.
 */
bool text_gunzip(struct base_mem *mem, const char *data, size_t len, size_t cap,
                 struct rctl_diags *diags, uint32_t file, char **ret_data, size_t *ret_len,
                 size_t *ret_size);

/* ---- yaml_write.c json_write.c: canonical output ---- */

/* A remark for a node, printed as a comment at the end of its line; or NULL. */
struct text_remarks {
    const char *(*find)(const void *ctx, const struct text_node *node);
    const void *ctx;
};
/* One YAML document without its "---"; ends with a newline. `remarks` may be NULL. */
void text_write_yaml(const struct text_node *node, const struct text_remarks *remarks,
                     struct base_buf *out);
/* JSON that ends with a newline; `indent` 0 writes one line without one. */
void text_write_json(const struct text_node *node, unsigned indent, struct base_buf *out);

#endif
