/*
 * Links of objects that the laws' worlds do not have: whose plan needs a pod, endpoints, an
 * autoscaler, or an object that stands where a child should.
 */
#include "support/test.h"

#include <routerctl.h>
#include <stdio.h>
#include <string.h>

#define OURS "production-stack.vllm.ai/v1alpha1"

enum { MOST = 64 };

struct names {
    uint64_t asks[MOST], answers[MOST];
    size_t n_asks, n_answers;
    uint64_t seen;
};

static void take(void *ctx, rctl_link link, uint64_t name)
{
    struct names *names = ctx;

    cr_assert(names->n_asks < MOST && names->n_answers < MOST);
    if (link == RCTL_LINK_ASKS)
        names->asks[names->n_asks++] = name;
    else
        names->answers[names->n_answers++] = name;
}

/* `owner`: kind and name of a controller of ours, or NULL. */
static struct names links_of(const char *api_version, const char *kind, const char *name,
                             const char *const *owner, const char *rest)
{
    struct names names = {.n_asks = 0};
    rctl_links links = {.size = sizeof(links), .ctx = &names, .link = take};
    rctl_observed observed = {.size = sizeof(observed),
                              .api_version = api_version,
                              .kind = kind,
                              .name = name,
                              .owner_api_version = owner ? OURS : "",
                              .owner_kind = owner ? owner[0] : "",
                              .owner_name = owner ? owner[1] : ""};
    rctl_ctx *ctx;
    char text[2048];

    snprintf(text, sizeof(text),
             "{\"apiVersion\": \"%s\", \"kind\": \"%s\", \"metadata\": {\"name\": \"%s\", "
             "\"namespace\": \"default\"%s%s}",
             api_version, kind, name, rest, strchr(rest, '}') ? "" : "}");
    observed.data = text;
    observed.len = strlen(text);
    cr_assert_eq(rctl_ctx_new(NULL, &ctx), 0);
    cr_assert_eq(rctl_links_of(ctx, &observed, &links, &names.seen), 0);
    rctl_ctx_free(ctx);
    return names;
}

static bool needs(const struct names *asker, const struct names *other)
{
    for (size_t i = 0; i < asker->n_asks; i++)
        for (size_t k = 0; k < other->n_answers; k++)
            if (asker->asks[i] == other->answers[k])
                return true;
    return false;
}

static struct names service(void)
{
    return links_of(OURS, "InferenceService", "chat", NULL, ", \"uid\": \"u\"");
}

static struct names halves(void)
{
    return links_of(OURS, "PrefillDecodingDisaggregation", "halves", NULL, ", \"uid\": \"u\"");
}

TEST(links, an_orphan_is_found_by_its_owner)
{
    static const char *const chat[] = {"InferenceService", "chat"};
    static const char *const gateway[] = {"InferenceGateway", "chat"};
    struct names asker = service();
    struct names orphan = links_of("apps/v1", "Deployment", "old", chat, "");
    struct names foreign = links_of("apps/v1", "Deployment", "old", gateway, "");

    cr_assert(needs(&asker, &orphan));
    cr_assert_not(needs(&asker, &foreign));
}

TEST(links, what_stands_where_a_child_should_is_found)
{
    struct names asker = service();
    struct names there = links_of("apps/v1", "Deployment", "chat", NULL, "");
    struct names other = links_of("apps/v1", "Deployment", "chats", NULL, "");

    cr_assert(needs(&asker, &there));
    cr_assert_not(needs(&asker, &other));
}

TEST(links, endpoints_are_found_by_their_service_and_seen_when_ready)
{
    static const char label[] =
        ", \"labels\": {\"kubernetes.io/service-name\": \"door\"}}, \"endpoints\": [%s]";
    char rest[512];
    struct names asker = links_of(OURS, "InferenceService", "chat", NULL,
                                  "}, \"spec\": {\"backendMode\": \"External\", "
                                  "\"backendRef\": {\"name\": \"door\"}}");
    struct names none, one, two, other = service();

    snprintf(rest, sizeof(rest), label, "{\"conditions\": {\"ready\": false}}");
    none = links_of("discovery.k8s.io/v1", "EndpointSlice", "door-1", NULL, rest);
    snprintf(rest, sizeof(rest), label, "{\"addresses\": [\"10.0.0.1\"]}");
    one = links_of("discovery.k8s.io/v1", "EndpointSlice", "door-1", NULL, rest);
    snprintf(rest, sizeof(rest), label, "{}, {}");
    two = links_of("discovery.k8s.io/v1", "EndpointSlice", "door-1", NULL, rest);
    cr_assert(needs(&asker, &none));
    cr_assert_not(needs(&other, &none));
    cr_assert_neq(none.seen, one.seen);
    cr_assert_eq(one.seen, two.seen); /* more of the same changes no plan */
}

TEST(links, pods_are_found_by_their_label_and_seen_when_ready)
{
    static const char rest[] =
        ", \"labels\": {\"app.kubernetes.io/instance\": \"halves\"}}, \"status\": {\"podIP\": "
        "\"%s\", \"conditions\": [{\"type\": \"Ready\", \"status\": \"%s\"}]}";
    struct names asker = halves(), pod[3];
    const char *const values[3][2] = {{"", "False"}, {"10.0.0.1", "False"}, {"10.0.0.1", "True"}};

    for (int i = 0; i < 3; i++) {
        char text[512];

        snprintf(text, sizeof(text), rest, values[i][0], values[i][1]);
        pod[i] = links_of("v1", "Pod", "halves-decode-0", NULL, text);
        cr_assert(needs(&asker, &pod[i]));
    }
    cr_assert_eq(pod[0].seen, pod[1].seen);
    cr_assert_neq(pod[1].seen, pod[2].seen);
}

TEST(links, autoscalers_are_found_by_their_target)
{
    struct names asker = halves();
    struct names scaler = links_of("autoscaling/v2", "HorizontalPodAutoscaler", "any", NULL,
                                   "}, \"spec\": {\"scaleTargetRef\": {\"kind\": \"Deployment\", "
                                   "\"name\": \"halves-decode\"}}");
    struct names keda = links_of("keda.sh/v1alpha1", "ScaledObject", "any", NULL,
                                 "}, \"spec\": {\"scaleTargetRef\": {\"name\": \"other\"}}");

    cr_assert(needs(&asker, &scaler));
    cr_assert_not(needs(&asker, &keda));
}

TEST(links, a_broken_object_still_has_its_name)
{
    struct names asker = links_of(OURS, "InferenceGateway", "door", NULL,
                                  "}, \"spec\": {\"routes\": [{\"inferenceServiceRef\": \"chat\"}, "
                                  "7], \"no\": 1}");
    struct names target = service();
    struct names broken = links_of(OURS, "InferenceService", "chat", NULL, "}, \"spec\": 7");

    cr_assert(needs(&asker, &target));
    cr_assert(needs(&asker, &broken));
}

TEST(links, refuses_arguments_that_are_not_there)
{
    rctl_links links = {.size = sizeof(links), .link = take};
    rctl_observed observed = {.size = sizeof(observed), .api_version = "v1", .kind = "Pod"};
    rctl_ctx *ctx;
    uint64_t seen;

    cr_assert_eq(rctl_ctx_new(NULL, &ctx), 0);
    cr_assert_eq(rctl_links_of(ctx, &observed, &links, &seen), RCTL_E_INVALID_ARG);
    observed.name = "x";
    observed.data = "{}";
    observed.len = 2;
    cr_assert_eq(rctl_links_of(NULL, &observed, &links, &seen), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_links_of(ctx, &observed, NULL, &seen), RCTL_E_INVALID_ARG);
    cr_assert_eq(rctl_links_of(ctx, &observed, &links, &seen), 0);
    rctl_ctx_free(ctx);
}
