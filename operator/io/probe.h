/*
 * probe: asks backends for their health, at URLs that users of the cluster have written.
 * Its requests come from our place in the network, so they are fenced in: the policy says
 * which names may be asked, and each address is looked at when the connection is made,
 * after all names were resolved. No redirects, cookies, proxies or credentials.
 */
#ifndef IO_PROBE_H
#define IO_PROBE_H

#include "io/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum {
    PROBE_CONNECT_MS = 2000,
    PROBE_TOTAL_MS = 5000,
    PROBE_BODY = 64 * 1024, /* read; then the connection is closed */
    PROBE_AT_ONCE = 16,     /* the rest waits */
    PROBE_URL = 2048
};

enum probe_policy {
    PROBE_SAME_NAMESPACE, /* Services of the object's namespace, by their names */
    PROBE_CLUSTER,        /* Services by name, and private addresses */
    PROBE_ANY             /* all that is not denied always */
};

enum probe_result { PROBE_HEALTHY, PROBE_UNHEALTHY, PROBE_REFUSED };

struct probes_out;
struct probe_call;

/* Called once, unless cancelled. `body` is the start of a 2xx body, or NULL. */
typedef void probe_done(void *ctx, enum probe_result result, const char *body, size_t n);

/*
 * `server` is the API server's URL, whose addresses are denied. When it has a name, that
 * is looked up now, which may wait.
 */
struct probes_out *probe_new(struct loop *loop, enum probe_policy policy, const char *server);
/* Cancels what is under way. Before loop_free(), not from a callback. Takes NULL. */
void probe_free(struct probes_out *out);

/*
 * `ns` is the namespace of the object that names the URL; a host without a dot is a
 * Service there. "" when it is not known: such hosts are then refused. `done` comes from
 * the loop, never from within this call.
 */
struct probe_call *probe_send(struct probes_out *out, const char *ns, const char *url,
                              probe_done *done, void *ctx);
void probe_cancel(struct probe_call *call);
/*
 * For others that connect, as probes do: what a transfer may be, and how long it may take. They
 * set a callback that opens sockets themselves, and ask probe_may_connect() in it.
 */
void probe_fence(CURL *easy, const char *url, long connect_ms, long total_ms);
/* For others that connect: is it allowed by our policy, and no address of the API server? */
bool probe_may_connect(const struct probes_out *out, const struct sockaddr *address);
/* May this address be connected to? `denied`: n more that may not, or NULL. */
bool probe_allows(enum probe_policy policy, const struct sockaddr *address,
                  const struct sockaddr_storage *denied, size_t n);

#endif
