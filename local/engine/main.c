/* rctl-fake-engine: listens, says where, and answers until SIGTERM or SIGINT comes. */
#include "../memory.h"
#include "engine.h"
#include "infer.h"
#include "options.h"
#include "prefix.h"
#include "record.h"
#include "serve.h"
#include "transfer.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BROKEN = 3 };

static int complain(const char *what, const char *about)
{
    fprintf(stderr, "rctl-fake-engine: %s%s: %s\n", what, about, strerror(errno));
    return BROKEN;
}

static void on_signal(evutil_socket_t signal, short what, void *ctx)
{
    (void)signal, (void)what;
    event_base_loopbreak(ctx);
}

static int open_all(struct engine *engine)
{
    const struct engine_options *options = &engine->options;

    engine->prefix = prefix_new((size_t)options->cache_blocks);
    if (options->log) {
        engine->record = record_new(options->log, options->name);
        if (!engine->record)
            return complain("cannot write ", options->log);
    }
    if (!serve_open(engine))
        return complain("cannot listen on ", options->host);
    printf("listening on %s:%u\n", options->host, engine->port);
    if (options->role == ENGINE_PREFILL) {
        engine->transfer = transfer_new(engine->base, options->host,
                                        (unsigned)options->bootstrap_port, options->name);
        if (!engine->transfer)
            return complain("cannot listen for decode on ", options->host);
        printf("bootstrap on %s:%u\n", options->host, transfer_port(engine->transfer));
    }
    return fflush(stdout) == 0 ? 0 : complain("cannot write", "");
}

static int run(struct engine *engine)
{
    struct event *term = evsignal_new(engine->base, SIGTERM, on_signal, engine->base);
    struct event *interrupt = evsignal_new(engine->base, SIGINT, on_signal, engine->base);
    int code = open_all(engine);

    event_add(term, NULL);
    event_add(interrupt, NULL);
    if (code == 0)
        event_base_dispatch(engine->base);
    infer_stop(engine);
    serve_close(engine);
    transfer_free(engine->transfer);
    event_free(term);
    event_free(interrupt);
    record_free(engine->record);
    prefix_free(engine->prefix);
    return code;
}

int main(int argc, char **argv)
{
    struct engine engine = {0};
    int code = options_parse(&engine.options, argc, argv);

    signal(SIGPIPE, SIG_IGN);
    if (code == OPTIONS_GO) {
        engine.knobs = engine.options.knobs;
        engine.base = event_base_new();
        if (!engine.base)
            return complain("cannot wait for events", "");
        code = run(&engine);
        event_base_free(engine.base);
    }
    options_done(&engine.options);
    return code;
}
