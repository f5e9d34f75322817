/*
 * A small model of an API server, for laws that need thousands of writes: objects by
 * name with uids, versions and generations, server-side apply for one manager, defaults
 * that a real server adds, the controller of Deployments and the garbage collector. It
 * knows nothing of our kinds but that they have a status.
 */
#ifndef SUPPORT_MODEL_H
#define SUPPORT_MODEL_H

#include "text/text.h"

#include <routerctl.h>

struct server_object {
    const char *api_version, *kind, *name_space, *name, *uid, *owner; /* owner: a uid or NULL */
    uint64_t version;
    int64_t generation;
    const struct text_node *root;    /* without what the server itself adds to metadata */
    const struct text_node *applied; /* the newest body of our manager, or NULL */
    bool gone;
};

struct server {
    struct base_arena *arena;
    struct text_builder *out;
    struct server_object items[256];
    size_t n_items;
    uint64_t version; /* of the newest write */
    unsigned births;
};

/* What a user or anybody else applies; an object that is there gets the new spec. */
void model_put(struct server *model, const struct text_node *root);
/* Carries one action out; false when the server would refuse it. */
bool model_act(struct server *model, const rctl_action *action, const struct text_node *body);
void model_delete(struct server *model, const char *kind, const char *name);
/* What controllers do by themselves: pods of Deployments become ready, orphans go. */
void model_run(struct server *model);
/* An object as its user wrote it. */
const struct text_node *model_without_status(struct server *model, const struct text_node *root);
struct server_object *model_find(struct server *model, const char *kind, const char *name);
enum model_view {
    MODEL_WHOLE,  /* as a server shows it */
    MODEL_ENDS,   /* without what two runs to one end may differ in: uids, versions and the like */
    MODEL_WISHES, /* also without any status, which tells generations */
};
/* Everything as a List; `seed` shuffles it. */
const char *model_list(const struct server *model, uint64_t seed, enum model_view view);
/* The document of a text. */
const struct text_node *model_parse(struct base_arena *arena, const char *data, size_t len);

#endif
