/*
 * schema: row types and the walkers over them. A shape is a list of fields; rows
 * are written once, in the .def files of lib/kinds, and become struct members, descriptors
 * and constants through schema/expand.h. No kind's name is known here.
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include "text/text.h"

enum schema_type {
    SCHEMA_STR,
    SCHEMA_INT,
    SCHEMA_NUM,      /* a number, with or without a fraction */
    SCHEMA_BOOL,
    SCHEMA_ENUM,     /* one word of `values` */
    SCHEMA_QUANTITY, /* "500m", "64Gi", 4 */
    SCHEMA_INT_OR_STR,
    SCHEMA_OBJ,      /* a map with the fields of `shape` */
    SCHEMA_REF,      /* an OBJ that names another object; with SHORTHAND also a bare name */
    SCHEMA_LIST,     /* of `item` */
    SCHEMA_MAP,      /* any key -> `item` */
    SCHEMA_ANY       /* any value */
};

enum schema_flag {
    SCHEMA_REQ = 1u << 0,
    SCHEMA_IMMUTABLE = 1u << 1,
    SCHEMA_SECRET = 1u << 2,
    SCHEMA_DEPRECATED = 1u << 3,
    SCHEMA_STATUS = 1u << 4,
    SCHEMA_SHORTHAND = 1u << 5,
    SCHEMA_CSV = 1u << 6,     /* a string that is a comma-separated list */
    SCHEMA_SOFT = 1u << 7,    /* REF: what is rendered does not depend on the target */
    SCHEMA_RAW = 1u << 8,     /* checked but kept as a tree, with its keys in order */
    SCHEMA_EXTRA = 1u << 9,   /* goes beyond the source document's examples */
    SCHEMA_NOTEMPTY = 1u << 10, /* a list or map with at least one entry, a string with a letter */
    SCHEMA_UNION = 1u << 11    /* fields of a shape that exclude each other */
};

/* Syntax that a string (or each key of a map) must have: syntax.c. */
enum schema_syntax {
    SCHEMA_FREE,
    SCHEMA_DNS_LABEL,     /* RFC 1123 label, 63 */
    SCHEMA_DNS_SUBDOMAIN, /* RFC 1123 subdomain, 253 */
    SCHEMA_SERVICE_NAME,  /* RFC 1035 label, 63: names of Services */
    SCHEMA_LABEL_KEY,     /* [prefix/]name */
    SCHEMA_LABEL_VALUE,   /* 63, may be empty */
    SCHEMA_ENV_NAME,
    SCHEMA_PORT_NAME,     /* IANA service name, 15 */
    SCHEMA_ABS_PATH,      /* starts with a slash, no ".." */
    SCHEMA_IMAGE,         /* a container image reference */
    SCHEMA_HEADER,        /* an HTTP header name */
    SCHEMA_PATTERN,       /* a regular expression */
    SCHEMA_MODEL_NAME,    /* what a client may write into "model" */
    SCHEMA_MODEL_SOURCE,  /* hf://org/name, pvc://claim/path, /path */
    SCHEMA_RESOURCE_NAME, /* cpu, memory, nvidia.com/gpu */
    SCHEMA_URL_LIST,      /* CSV of http(s) URLs of backends */
    SCHEMA_ENGINE_NAME,   /* an engine of the context; judged by the kinds' rules */
    SCHEMA_CONFIG_KEY,    /* a key of a ConfigMap or Secret */
    SCHEMA_REL_PATH,      /* stays below where it starts: no leading slash, no ".." */
    SCHEMA_IP,            /* an IPv4 or IPv6 address */
    SCHEMA_ROUTER_NAME,   /* a router of the context; judged by the kinds' rules */
    SCHEMA_VERSION,       /* 1.13.0, perhaps with a suffix */
    SCHEMA_HOST_NAME      /* a DNS name that may start with "*." */
};

struct schema_shape;
struct schema_field {
    const char *name; /* wire name */
    const char *doc;  /* one sentence, or NULL for what Kubernetes documents itself */
    const struct schema_shape *shape;      /* OBJ, REF; LIST and MAP of those */
    const char *const *values;             /* ENUM: NULL-ended */
    const char *fallback;                  /* default, as text */
    const char *target;                    /* REF: kind that it must name */
    const char *merge_key;                 /* LIST: key of a strategic merge */
    double min, max;
    uint16_t flags;
    uint16_t offset;                       /* of the struct member; unused when RAW rows */
    uint8_t type, item;
    uint8_t syntax;                        /* of a string or of a LIST's strings */
    uint8_t key_syntax;                    /* MAP */
    bool has_min, has_max;
    char spare;                            /* lets a row say NONE */
};

struct schema_walk;
struct schema_shape {
    const char *name;
    const char *doc; /* NULL for the shapes of Kubernetes itself */
    const struct schema_field *fields;
    size_t n_fields;
    size_t size;        /* of the struct; 0 for shapes that are only checked */
    /* More than rows can say ("exactly one of"): may be NULL. */
    void (*check)(struct schema_walk *walk, const struct text_node *node,
                  const struct text_path *path);
};

/* ---- what a decoded member looks like; `at` is NULL when the field is absent ---- */
struct schema_str {
    const char *v; /* NULL when absent and without a default */
    const struct text_node *at;
};
struct schema_int {
    int64_t v;
    const struct text_node *at;
};
struct schema_num {
    double v;
    const struct text_node *at;
};
struct schema_bool {
    bool v;
    const struct text_node *at;
};
struct schema_list {
    const void *items; /* of structs, or of schema_str */
    size_t n_items;
    const struct text_node *at;
};

/* ---- decode.c: tree in, struct out; every fault on the way is told ---- */

struct schema_walk {
    struct base_arena *arena;  /* of the structs */
    struct rctl_diags *diags;  /* NULL: decode and say nothing */
    uint32_t file;
    const char *object;        /* "InferenceService/default/chat" */
    struct text_mark mark;     /* for faults of values that have no place */
    size_t n_errors;
};

/*
 * Decodes `node` into a new struct of the shape, defaults filled in. The struct
 * is whole also when there were faults: what is wrong is as if absent.
 */
void *schema_decode(struct schema_walk *walk, const struct schema_shape *shape,
                    const struct text_node *node, const struct text_path *path);
/* The same faults, without a struct: for shapes that stay trees. */
void schema_check(struct schema_walk *walk, const struct schema_shape *shape,
                  const struct text_node *node, const struct text_path *path);

/* Adds a diagnostic at a node (or at the nearest known place above it). */
void schema_fault(struct schema_walk *walk, enum diag_code code, const struct text_node *at,
                  const struct text_path *path, const char *hint, const char *message, ...)
    __attribute__((format(printf, 6, 7)));

/* ---- encode.c: struct in, canonical tree out, as the entry `key` of what is open ---- */
void schema_encode(struct text_builder *builder, const char *key,
                   const struct schema_shape *shape, const void *value);

/* ---- walk.c ---- */
const struct schema_field *schema_find_field(const struct schema_shape *shape, const char *name);
/* Follows "spec.model.source" through the shapes; NULL when there is no such field. */
const struct schema_field *schema_find_path(const struct schema_shape *shape, const char *path);
/* Every REF field that the decoded struct holds, nested ones included. */
void schema_each_ref(const struct schema_shape *shape, const void *value,
                     const struct text_path *path,
                     void (*each)(void *ctx, const struct schema_field *field, const void *ref,
                                  const struct text_path *path),
                     void *ctx);

/* ---- merge.c: a strategic merge by the rows' merge keys ---- */
const struct text_node *schema_merge(const struct schema_shape *shape,
                                     const struct text_node *base,
                                     const struct text_node *overlay, struct base_arena *arena);

/* ---- syntax.c: what a string may look like ---- */

/*
 * NULL when `text` is fine; else what is wrong with it, as the end of a sentence
 * that starts with the value: "must be at most 63 characters long".
 */
const char *schema_syntax_check(enum schema_syntax syntax, const char *text, struct base_mem *mem);
/* The JSON-schema pattern and length that say the same, or NULL and 0. */
const char *schema_syntax_pattern(enum schema_syntax syntax, unsigned *ret_max_length);
const char *schema_syntax_name(enum schema_syntax syntax); /* "DNS label" */

/* ---- url.c ---- */

/*
 * One URL of a backend, as routers take it: lower-case http or https, a host name,
 * an IPv4 address or localhost, perhaps a port and a path. NULL when it is fine,
 * else the end of a sentence, in static storage.
 */
const char *schema_url_check(const char *url, size_t len);
bool schema_is_ipv4(const char *text, size_t len);

/* ---- image.c: the same for a container image ---- */
const char *schema_image_check(const char *text, size_t len);

/* ---- check.c: are the tables themselves sane? NULL, or what is not ---- */
const char *schema_check_shape(const struct schema_shape *shape, struct base_arena *arena);

#endif
