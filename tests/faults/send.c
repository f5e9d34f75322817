/*
 * Sends requests through the operator's client, one after the other, and prints what each
 * came to: the answer's status, reason and Retry-After, how many bytes of a body were
 * seen, the warnings so far if there were any, and the message.
 * send KUBECONFIG METHOD PATH [--times N] [--body TEXT] [--stream] [--timeout MS] [--cancel]
 * --cancel: from within the callback that tells of its head, so that nothing may follow.
 */
#include "io/auth.h"
#include "io/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const reasons[ANSWER_REASON__COUNT] = {
    "none", "no-status", "exists", "terminating", "future", "too-large"};

struct sender {
    struct loop *loop;
    struct client *client;
    struct client_request request;
    struct client_call *call;
    int left;
    bool out, opened, cancels;
    size_t bytes;
};

static void end_request(struct sender *sender)
{
    sender->out = sender->opened = false;
    sender->bytes = 0;
    if (--sender->left == 0)
        loop_stop(sender->loop);
}

static void on_open(void *ctx)
{
    struct sender *sender = ctx;

    sender->opened = true;
    if (sender->cancels) {
        client_cancel(sender->call, /* silent= */ true);
        puts("cancelled");
        end_request(sender);
    }
}

static bool on_data(void *ctx, const char *bytes, size_t n)
{
    (void)bytes;
    ((struct sender *)ctx)->bytes += n;
    return true;
}

static void on_done(void *ctx, const struct client_result *result)
{
    struct sender *sender = ctx;
    unsigned warnings = (unsigned)client_warnings(sender->client);
    char text[32] = "";

    if (warnings)
        snprintf(text, sizeof(text), "warnings=%u ", warnings);
    printf("%d %s retry=%d opened=%d bytes=%zu %s%s\n", result->answer.status,
           reasons[result->answer.reason], (int)(result->answer.retry_after / CORE_SECOND),
           sender->opened, sender->bytes + result->body_size, text, result->message);
    end_request(sender);
}

static core_time turn(void *ctx, core_time now)
{
    struct sender *sender = ctx;

    (void)now;
    if (!sender->out && sender->left > 0) {
        sender->out = true;
        sender->call = client_send(sender->client, &sender->request);
    }
    return CORE_NEVER;
}

static void stop(void *ctx)
{
    loop_stop(((struct sender *)ctx)->loop);
}

int main(int argc, char **argv)
{
    struct sender sender = {.left = 1};
    struct loop_calls calls = {turn, stop, &sender};
    struct auth_place place = {.kubeconfig = argc > 3 ? argv[1] : NULL};
    char why[AUTH_MESSAGE];
    struct auth *auth;

    if (argc <= 3)
        return 2;
    sender.request = (struct client_request){
        .method = argv[2], .path = argv[3], .on_open = on_open, .on_done = on_done,
        .ctx = &sender};
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--stream") == 0) {
            sender.request.stream = true;
            sender.request.on_data = on_data;
        } else if (strcmp(argv[i], "--cancel") == 0) {
            sender.cancels = true;
        } else if (strcmp(argv[i], "--times") == 0 && i + 1 < argc) {
            sender.left = atoi(argv[++i]);
        } else if (strcmp(argv[i], "--timeout") == 0 && i + 1 < argc) {
            sender.request.timeout = atoi(argv[++i]) * CORE_MS;
        } else if (strcmp(argv[i], "--body") == 0 && i + 1 < argc) {
            sender.request.body = argv[++i];
            sender.request.body_size = strlen(argv[i]);
        }
    }
    sender.loop = loop_new(&calls);
    auth = auth_new(&place, why);
    if (!auth) {
        printf("auth: %s\n", why);
        loop_free(sender.loop);
        return 1;
    }
    sender.client = client_new(sender.loop, auth);
    loop_run(sender.loop);
    client_free(sender.client);
    loop_free(sender.loop);
    auth_free(auth);
    return 0;
}
