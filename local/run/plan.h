/*
 * plan: from rendered objects to the processes that stand for them on this machine. Pure:
 * ports come from a callback, and nothing is started or written here.
 *
 * What is made local, and nothing else is: words.c and discover.c say how.
 */
#ifndef RUN_PLAN_H
#define RUN_PLAN_H

#include "../pool.h"
#include "world.h"

enum plan_kind { PLAN_ENGINE, PLAN_ROUTER };

/* What stands for every Secret, and for a pod's address. */
#define PLAN_SECRET "local-key"
#define PLAN_HOST "127.0.0.1"
enum { PLAN_PORTS = 8 }; /* that one router listens at */

struct plan_file {
    const char *path; /* in whole */
    const char *text; /* NULL: a folder */
};

/* A router's port as it was rendered, and what stands for it here. */
struct plan_port {
    long rendered;
    unsigned local;
};

/* Who must answer when a name is asked for. */
struct plan_want {
    const char *asked;     /* a model or an alias */
    const char *model;     /* the model that it stands for */
    struct texts backends; /* names of engines; one of them */
};

/* A flag with its dashes, and the words up to the next one. */
struct plan_group {
    const char *flag; /* "" for words before the first flag */
    struct texts values;
};

struct plan_groups {
    struct plan_group *items;
    size_t n_items;
};

struct plan_process {
    enum plan_kind kind;
    const char *name;  /* "chat-0" of a Deployment "chat", "chat" of a router */
    const char *app;   /* vllm, sglang, smg, ... */
    const char *space;
    struct json_object *object; /* the Deployment or the StaticRoute's ConfigMap; or NULL */
    const char *folder;         /* of its files and its log */
    const char *why_not;        /* it cannot run here, because; NULL when it can */
    const char *url;            /* "http://127.0.0.1:PORT" without a slash at the end */

    /* of an engine */
    const char *role; /* engine, prefill, decode */
    bool theirs;      /* somebody else runs it: it is not started */
    struct texts models;
    unsigned port, bootstrap;
    long bootstrap_rendered; /* 0 for none */
    bool announced;          /* by an annotation of its pods */
    const char *outside;     /* the URL that it stands for, when no Service was rendered for it */
    const char *connector;

    /* of a router */
    struct plan_groups rendered; /* arguments as the kubelet hands them over */
    const char *command; /* what starts it, cut at spaces; "" when nobody knows */
    struct texts words;   /* its arguments */
    struct texts env;     /* NAME=VALUE */
    struct plan_file *files;
    size_t n_files, files_room;
    struct plan_port ports[PLAN_PORTS];
    size_t n_ports;
    const char *ready;       /* path of the readiness probe */
    const char *session_key; /* header that names a session; NULL: sessions may go anywhere */
    const char *key;         /* what clients have to show, or NULL */
    bool entrance;           /* no other router stands before it */
    struct texts behind;     /* names of processes that its words and files lead to */
    struct plan_want *wants;
    size_t n_wants;
};

struct plan {
    struct pool *pool;
    struct world world;
    struct plan_process **items; /* in an order in which they can be started */
    size_t n_items;
    struct texts notes;  /* what is otherwise here than in a cluster */
    struct texts faults; /* what the user asked for cannot be */
};

struct plan_wish {
    bool fake_engines;
    struct texts engines; /* NAME=URL: a Service, a model or a URL that is rendered */
    struct texts routers; /* NAME=COMMAND: a kind of router, or one by its name */
    size_t most_replicas;
    const char *folder; /* where files and logs will be */
    unsigned first_port; /* of routers that clients reach, one after the other; 0: free ones */
    unsigned (*port)(void *ctx); /* a free one, or 0 */
    void *ctx;
};

/* `root` is lent, and must outlive the plan. False with a fault when it is no world. */
bool plan_make(struct plan *plan, struct json_object *root, const struct plan_wish *wish);
void plan_done(struct plan *plan);
const struct plan_process *plan_find(const struct plan *plan, const char *name);

#endif
