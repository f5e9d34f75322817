/* opcore/request: paths, queries and bodies are what the API of Kubernetes expects. */
#include "core/request.h"
#include "support/memory.h"

static void expect(struct text *text, const char *wanted)
{
    cr_assert_str_eq(text_end(text), wanted);
    text_begin(text);
}

TEST(opcore_request, writes_paths_and_queries)
{
    const struct request_place pods = {.api_version = "v1", .plural = "pods"};
    const struct request_place status = {"apps/v1", "deployments", "a b", "x/y", "status"};
    struct memory memory;
    struct text text;

    memory_init(&memory);
    text_init(&text, &memory.mem.from);
    request_path(&text, &status);
    expect(&text, "/apis/apps/v1/namespaces/a%20b/deployments/x%2Fy/status");
    request_apply(&text, &status, false);
    expect(&text, "/apis/apps/v1/namespaces/a%20b/deployments/x%2Fy/status"
                  "?fieldManager=router-controller&force=false&fieldValidation=Strict");
    request_watch(&text, &pods, NULL,
                  &(struct watch_request){WATCH_LIST, 500, "t=", NULL, 0});
    expect(&text, "/api/v1/pods?limit=500&continue=t%3D");
    request_watch(&text, &pods, NULL, &(struct watch_request){WATCH_LIST, 0, NULL, "7", 0});
    expect(&text, "/api/v1/pods?resourceVersion=7&resourceVersionMatch=NotOlderThan");
    request_watch(&text, &pods, NULL, &(struct watch_request){WATCH_STREAM, 0, NULL, "7", 300});
    expect(&text, "/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=300"
                  "&resourceVersion=7");
    request_watch(&text, &pods, "a=b,c in (d,e)", &(struct watch_request){WATCH_DISCOVER, 0, NULL, NULL, 0});
    expect(&text, "/api/v1/pods?labelSelector=a%3Db%2Cc%20in%20%28d%2Ce%29&limit=1");
    text_done(&text);
    memory_done(&memory);
}

TEST(opcore_request, writes_bodies)
{
    const struct lease_request lease = {.verb = LEASE_UPDATE,
                                        .resource_version = "7",
                                        .duration_seconds = 15,
                                        .transitions = 2,
                                        .acquired = INT64_C(1709164799123456789),
                                        .renewed = INT64_C(1709164800000000000)};
    struct memory memory;
    struct text text;

    memory_init(&memory);
    text_init(&text, &memory.mem.from);
    request_delete_body(&text, "u\"1");
    expect(&text, "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"propagationPolicy\":"
                  "\"Background\",\"preconditions\":{\"uid\":\"u\\\"1\"}}");
    request_lease_body(&text, "system", "op", "me", &lease);
    expect(&text, "{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{"
                  "\"name\":\"op\",\"namespace\":\"system\",\"resourceVersion\":\"7\"},\"spec\":{"
                  "\"holderIdentity\":\"me\",\"leaseDurationSeconds\":15,"
                  "\"acquireTime\":\"2024-02-28T23:59:59.123456Z\","
                  "\"renewTime\":\"2024-02-29T00:00:00.000000Z\",\"leaseTransitions\":2}}");
    memory.fail_at = memory.calls + 1;
    for (int i = 0; i < 1000; i++)
        text_add_json(&text, "more");
    cr_assert_null(text_end(&text), "what lacks a part is no text");
    text_done(&text);
    memory_done(&memory);
}
