/*
 * render: from checked objects to the Kubernetes objects that serve them. What is
 * made depends on the objects only: no clock, no chance, no order of input.
 */
#ifndef RENDER_RENDER_H
#define RENDER_RENDER_H

#include "kinds/kinds.h"

#include <routerctl/render.h>

/* Comments for a list of arguments: why[i] speaks of items[i]. */
struct render_remarks {
    const struct text_node *items;
    const char *const *why;
    size_t n;
};

struct render_output {
    const char *api_version, *kind, *name_space, *name;
    const struct text_node *root;
    const rctl_object *owner; /* NULL for what is passed through */
    struct render_remarks remarks;
    size_t order; /* among the outputs of one owner */
};

struct render {
    struct kinds_world *world;
    struct base_arena *arena;    /* of the outputs */
    struct text_builder builder; /* used again for each output */
    struct render_output *outputs;
    size_t n_outputs, room;
};

/* Renders every object of the world that has no errors; sorts the outputs. */
void render_world(struct render *render);
/*
 * Checks the world. Afterwards each object has errors that may not be rendered, be it
 * only because of an object that it refers to.
 */
void render_check(struct render *render);
/* The outputs of one object of a checked world; none when it has errors. */
void render_one(struct render *render, rctl_object *object);

/* ---- output.c: for the other files of this folder ---- */

/* Room for one more output. */
struct render_output *render_add(struct render *render);

/* Starts an output: opens the root and writes apiVersion, kind, metadata and labels. */
void render_open(struct render *render, const char *api_version, const char *kind,
                 const rctl_object *owner, const char *name, const char *app,
                 const char *component);
/* The same with annotations, or NULL. */
void render_open_with(struct render *render, const char *api_version, const char *kind,
                      const rctl_object *owner, const char *name, const char *app,
                      const char *component, const struct text_node *annotations);
/* Ends it and adds it to the list. */
struct render_output *render_close(struct render *render, const char *api_version,
                                   const char *kind, const rctl_object *owner, const char *name);
/* A copy that lives as long as the outputs. */
const char *render_text(struct render *render, const char *text);

/* ---- parts.c ---- */

/* Annotation of templates and files: what they hold, as one word. */
#define RENDER_HASH_KEY RCTL_GROUP "/config-hash"

struct render_probe {
    const char *path; /* NULL: a TCP connection is enough */
    const char *port;
    int64_t period, failures, timeout; /* timeout 0: the usual second */
};
void render_put_words(struct text_builder *out, const char *key, const char *const *words);
void render_put_port(struct text_builder *out, const char *name, int64_t number);
void render_put_probe(struct text_builder *out, const char *key, const struct render_probe *probe);
void render_put_pre_stop(struct render *render, int64_t seconds);
void render_put_secret_env(struct text_builder *out, const char *name,
                           const struct secret_key_ref *secret);
void render_put_env_value(struct text_builder *out, const char *name, const char *value);
void render_put_empty_dir(struct text_builder *out, const char *name, const char *medium,
                          const char *limit);
void render_put_mount(struct text_builder *out, const char *name, const char *path,
                      bool read_only);
void render_put_container_security(struct text_builder *out, bool drop_all, bool read_only_root);
/* `user` 0: whoever the image says. */
void render_put_pod_security(struct text_builder *out, int64_t user);
/* A quantity in the form that an API server would write it, in whole mebibytes. */
const char *render_bytes(struct render *render, int64_t bytes);
const char *render_hash(struct render *render, const char *data, size_t len);
/* The template with the annotation that holds its own hash. */
const struct text_node *render_add_hash(struct render *render, const struct text_node *template);

/* ---- labels.c ---- */
void render_put_labels(struct render *render, const char *key, const rctl_object *owner,
                       const char *app, const char *component);
void render_put_selector(struct render *render, const char *key, const rctl_object *owner,
                         const char *component);

/* ---- workload.c: the Deployment of an engine ---- */
struct render_workload {
    const rctl_object *owner;
    const char *name, *component; /* "engine", "prefill", "decode" */
    const struct kinds_job *job;
    const struct model *model;
    const struct topology_hint *topology;
    const struct text_node *resources, *env, *pull_secrets, *pod_template;
    int64_t replicas;
};
void render_workload(struct render *render, const struct render_workload *work);

/* ---- pod.c: the parts of an engine pod ---- */
/* Kubernetes replaces $(NAME) in arguments; nothing of ours is meant that way. */
const char *render_escape_dollar(struct render *render, const char *text);
void render_put_args(struct render *render, const struct render_workload *work,
                     struct render_remarks *ret_remarks);
void render_put_env(struct render *render, const struct render_workload *work);
void render_put_volumes(struct render *render, const struct render_workload *work);
void render_put_mounts(struct render *render, const struct render_workload *work);
void render_put_resources(struct render *render, const struct render_workload *work);
/* Seconds between SIGTERM and SIGKILL, and those of them before SIGTERM. */
struct render_grace {
    int64_t pre_stop, drain, total;
};
struct render_grace render_grace(const struct kinds_job *job);

/* ---- service.c ---- */
struct render_service {
    const rctl_object *owner;
    const char *name, *component, *app;
    int32_t port;
    bool headless;
    const char *type;                    /* NULL: ClusterIP */
    const struct text_node *annotations; /* NULL: none */
    const struct engine_port *more; /* further ports */
    size_t n_more;
};
void render_service(struct render *render, const struct render_service *service);

/* ---- front.c: the router of a gateway or of two halves, and what it needs ---- */
void render_front(struct render *render, const rctl_object *owner,
                  const struct kinds_front *front, const struct igw_spec *gateway);

/* ---- exposure.c: how clients come to a gateway ---- */
void render_exposure(struct render *render, const rctl_object *owner,
                     const struct kinds_front *front, const struct igw_spec *spec);

/* ---- cache_server.c static_config.c ---- */
void render_cache_server(struct render *render, const rctl_object *owner,
                         const struct icache_spec *spec);
void render_static_config(struct render *render, const rctl_object *owner,
                          const struct sroute_spec *spec);

#endif
