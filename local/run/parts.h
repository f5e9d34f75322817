/*
 * parts: what the files that make a plan share. Pure, as plan.h says.
 */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H

#include "plan.h"

struct making {
    struct plan *plan;
    const struct plan_wish *wish;
    struct pool *pool; /* that of the plan */
    size_t room;       /* for processes */
    bool *used;        /* which of the user's --engine were */
    unsigned n_first;  /* ports taken behind wish->first_port */
    const struct plan_process *placed; /* whom the last URL led to */
};

/* ---- plan.c ---- */

void plan_note(struct making *making, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct plan_process *plan_add(struct making *making, enum plan_kind kind);
/* The name of a Deployment's process, with its namespace where another has that name, too. */
const char *plan_name_of(struct making *making, struct json_object *object);
unsigned plan_take_port(struct making *making);
/* The process that stands for a Deployment: its first replica. NULL when there is none. */
struct plan_process *plan_process_of(struct making *making, struct json_object *deployment);

/* ---- words.c ---- */

/* Arguments as the kubelet hands them over: variables filled in, --flag=value cut. */
void words_group(struct making *making, struct plan_process *router);
const struct plan_group *words_find(const struct plan_groups *groups, const char *flag);
/* Chooses the local ports of a router by its words. */
void words_ports(struct making *making, struct plan_process *router);
/* Writes words, environment and files of a router. */
void words_make(struct making *making, struct plan_process *router);
/* A text with the URLs in it made local; notes in `router` whom they lead to. */
const char *words_urls(struct making *making, struct plan_process *router, const char *text);
/* Notes that a router leads to a process. */
void words_lead(struct making *making, struct plan_process *router,
                const struct plan_process *process);

/* ---- mounts.c ---- */

/* The files and folders of a router. */
void mounts_make(struct making *making, struct plan_process *router);
/* The files of a ConfigMap that is mounted at `path`. */
void mounts_add(struct making *making, struct plan_process *router, const char *path,
                struct json_object *config);
/* A path below a mount becomes one below the folder; anything else stays. */
const char *mounts_path(struct making *making, const struct plan_process *router,
                        const char *word);

/* ---- discover.c ---- */

/* Whether a router asks Kubernetes for its backends. */
bool discover_is_used(const struct plan_process *router);
/* Whether it would find the pods of a Deployment. */
bool discover_finds(const struct plan_process *router, struct json_object *deployment);
/* Whether a flag is about discovery, and so is left out when discovery is replaced. */
bool discover_is_about(const char *flag);
/* Adds the flags that name the pods instead; sets `why_not` when there are none. */
void discover_replace(struct making *making, struct plan_process *router);

/* ---- engines.c ---- */

void engines_plan(struct making *making);
/* Who answers an address that no rendered Service has: an engine of the user's, a fake one,
 * or whoever is there. */
struct plan_process *engines_outside(struct making *making, const char *url, const char *host);
/* Every --engine of the user must have been of use. */
void engines_check(struct making *making);

/* ---- routes.c ---- */

/* A router that reads the file of a StaticRoute, in front of the backends it lists. */
void routes_plan(struct making *making);
/* Words and files of such a router. */
void routes_make(struct making *making, struct plan_process *router);
/* Adds the models that StaticRoutes say are behind a URL. */
void routes_models(struct making *making, const char *url, struct texts *models);

/* ---- wants.c ---- */

void wants_make(struct making *making);

#endif
